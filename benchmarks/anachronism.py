"""Anachronisms: how many planted ones are found, and how many false alarms real documents raise.

What is planted is drawn from the lexicon, or is a sentence of `later-sentences.tsv`, written
without looking the lexicon up, which shows how far it reaches. False alarms are counted on the half
of the sites, by hash, that nobody looked at while the lexicon and the rules for markup grew. Hits
on real documents are counted raw; `JUDGED` names those that were read and where the label, not the
hit, is wrong.
"""

from __future__ import annotations

import hashlib
import random
import time
from pathlib import Path
from typing import Any

from harness import Bench, quick, shared_data
from labelled import documents

from erastyle.corpus.chronology.lexicon import lexicon
from erastyle.corpus.document import Document
from erastyle.eval.anachronism.hits import find

TEMPLATES = (
    "Somebody told me about {} the other day.",
    "We wrote a long letter about {} and never got an answer.",
    "My brother says that {} is the best thing he has seen.",
    "There is nothing quite like {} in our town.",
    "They talked about {} all evening.",
)
SENTENCES = Path(__file__).with_name("later-sentences.tsv")
"""Sentences that name later things, written without the lexicon. What the rounds `first`, `second`
and `third` missed served to mend it, each after it had been measured once (.58, .83, .78 found);
`last` was written when the lexicon was done, so it alone says how far the lexicon reaches."""
BY_ERA = Path(__file__).with_name("later-sentences-by-era.tsv")
"""Sentences of the four eras, written before the terms of their time; each has the last year that
is not later. Half of them, by hash, served to mend the lexicon; what the other half missed was not
read before the lexicon was done."""
INNOCENT = Path(__file__).with_name("innocent-sentences.txt")
"""Sentences of today that name nothing later."""
CUTOFFS = {"web-1995": 1997, "usenet-1993": 1995, "manual-1995": 1999, "newspaper-1890": 1920}
ERAS = (
    ("web1990s", 1997),
    ("texts1990s", 1997),
    ("usenet1993", 1995),
    ("usenet1993", 1993),
    ("manuals1990s", 1999),
    ("newspapers", 1920),
    ("newspapers", 1890),
    ("books-and-journals", 1910),
    ("books-and-journals", 1890),
)
NARROWER = {("usenet1993", 1993), ("newspapers", 1890), ("books-and-journals", 1890)}
"""The same documents with an earlier end: they do not count twice in the rate of all."""
JUDGED: dict[str, str] = {
    "webring": "labelled 1993, the guide names a web ring: the package was updated later",
    "DivX": "labelled 1993, the readme describes a DivX 5 video",
}


def main() -> None:
    """Print the table and write results/anachronism.json."""
    small = quick()
    folder, bench = shared_data(), Bench("anachronism")
    hosts: list[Document] = []
    total_words, total_hits, judged = 0, 0, 0
    for name, cutoff in ERAS:
        pairs = documents(folder, name, 300 if small else 0)
        dated = [d for d, label in pairs if label["year"] and label["year"] <= cutoff]
        part = [d for d in dated if not looked_at(d.site)]
        words, hits, seconds = _false_alarms(part, cutoff)
        real = [hit for hit in hits if hit in JUDGED]
        rate = 1e4 * (len(hits) - len(real)) / max(words, 1)
        bench.figure(
            f"{name}: false alarms per 10,000 words, cutoff {cutoff}",
            round(rate, 3),
            "hits",
            "<= 0.5",
            rate <= 0.5,
            {
                "words": words,
                "hits": len(hits),
                "label wrong": len(real),
                "most": ", ".join(sorted(set(hits))[:8]),
            },
        )
        bench.figure(f"{name}: speed", round(len(part) / seconds), "documents/CPU s", "-", None)
        if (name, cutoff) in NARROWER:
            continue
        total_words, total_hits, judged = (
            total_words + words,
            total_hits + len(hits),
            judged + len(real),
        )
        if cutoff in (1997, 1995):
            hosts += part
    rate = 1e4 * (total_hits - judged) / total_words
    bench.figure(
        "all: false alarms per 10,000 words",
        round(rate, 3),
        "hits",
        "<= 0.5",
        rate <= 0.5,
        {"raw": round(1e4 * total_hits / total_words, 3)},
    )
    _planted(bench, hosts)
    _by_era(bench)
    bench.finish()


def looked_at(site: str) -> bool:
    """Say whether a site is of the half that was read while the lexicon grew."""
    return int(hashlib.sha256(f"anachronism {site}".encode()).hexdigest(), 16) % 2 == 0


def _false_alarms(part: list[Document], cutoff: int) -> tuple[int, list[str], float]:
    words, hits = 0, []
    start = time.process_time()
    for document in part:
        words += len(document.body.split())
        hits += [hit.term for hit in find(document.body, document.format, cutoff)]
    return words, hits, time.process_time() - start


def _planted(bench: Bench, hosts: list[Document]) -> None:
    """Plant sentences of after the cutoff 1997 into real documents and look for them."""
    draw = random.Random(11)
    later = [t for t in lexicon() if t.first_year > 1997 and not t.ambiguous]
    planted = {
        "of the lexicon": [draw.choice(TEMPLATES).format(t.text) for t in draw.sample(later, 320)]
    }
    for line in SENTENCES.read_text(encoding="utf-8").splitlines()[1:]:
        period, sentence = line.split("\t")
        planted.setdefault(f"our own sentences, round {period}", []).append(sentence)
    for kind, sentences in planted.items():
        missed: list[str] = []
        for sentence in sentences:
            host = draw.choice(hosts)
            at = host.body.find("\n", draw.randrange(max(1, len(host.body) // 2)))
            at = max(at, 0) if host.format == "text" else len(host.body)
            body = f"{host.body[:at]}\n{sentence}\n{host.body[at:]}"
            begin, end = at, at + len(sentence) + 2
            if not any(begin <= h.start < end for h in find(body, host.format, 1997)):
                missed.append(sentence)
        share = 1 - len(missed) / len(sentences)
        peers: dict[str, Any] = {"missed": "; ".join(missed[:6])}
        name = f"planted and found, {kind} ({len(sentences)})"
        bench.figure(name, round(share, 4), "share", ">= .95", share >= 0.95, peers)


def mended(sentence: str) -> bool:
    """Say whether a sentence is of the half that served to mend the lexicon."""
    return int(hashlib.sha256(f"sentence {sentence}".encode()).hexdigest(), 16) % 2 == 0


def _by_era(bench: Bench) -> None:
    """Look for the later things of the four eras' sentences, and for none in innocent ones."""
    hits: dict[str, list[bool]] = {}
    missed: dict[str, list[str]] = {}
    for line in BY_ERA.read_text(encoding="utf-8").splitlines()[1:]:
        era, cutoff, manner, _, sentence = line.split("\t")
        half = "mended with" if mended(sentence) else "never looked at"
        hit = bool(find(sentence, "text", int(cutoff)))
        for kind in ("all eras", era, f"said {manner}ly" if manner == "plain" else "said casually"):
            hits.setdefault(f"{half}, {kind}", []).append(hit)
        if not hit:
            missed.setdefault(half, []).append(sentence)
    for name, seen in sorted(hits.items()):
        share = sum(seen) / len(seen)
        half, kind = name.split(", ")
        peers = {"missed": "; ".join(missed.get(half, []))} if kind == "all eras" else {}
        goal = half == "never looked at"
        bench.figure(
            f"sentences by era, {name} ({len(seen)})",
            round(share, 4),
            "share",
            ">= .95" if goal else "-",
            share >= 0.95 if goal else None,
            peers,
        )
    innocent = INNOCENT.read_text(encoding="utf-8").splitlines()
    wrong = [s for s in innocent if any(find(s, "text", c) for c in CUTOFFS.values())]
    name = f"sentences that name nothing later ({len(innocent)}), with a hit in any era"
    bench.figure(name, len(wrong), "sentences", "0", not wrong, {"which": "; ".join(wrong)})


if __name__ == "__main__":
    main()
