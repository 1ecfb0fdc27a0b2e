"""Anachronisms: how many planted ones are found, and how many false alarms real documents raise.

Half of what is planted is drawn from the lexicon; the other half are sentences in `MODERN`, written
without looking it up, which shows how far the lexicon reaches. Hits on real documents are counted
raw; `JUDGED` names those that were read and where the label, not the hit, is wrong.
"""

from __future__ import annotations

import random
import time
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
MODERN = (
    "I posted a selfie on Instagram this morning.",
    "My daughter watches YouTube on her iPad all day.",
    "Please follow us on Twitter and like our Facebook page.",
    "She texted me from her smartphone while driving.",
    "You can pay with Bitcoin or with PayPal.",
    "Our podcast is on Spotify every Friday.",
    "Ask ChatGPT to write the letter for you.",
    "The meeting is on Zoom, you will get a link by email.",
    "He took an Uber to the airport and stayed in an Airbnb.",
    "We binge-watched the whole season on Netflix.",
    "The school was closed during the COVID lockdown.",
    "Scan the QR code with the camera of your phone and download the app.",
    "The video went viral on TikTok.",
    "I saw the drone footage of the flood.",
    "All our files are in the cloud, on Google Drive.",
    "The code is on GitHub, send me a pull request.",
    "My new Tesla needs no gasoline, only a charging station.",
    "Google it and you will find the answer.",
    "The blogger was sued for what she wrote on her blog.",
    "He voted for Brexit and Trump was elected in 2016.",
    "Turn off your Wi-Fi and use Bluetooth.",
    "Use the hashtag when you tweet about it.",
    "The Kindle holds a thousand ebooks.",
    "After 9/11 the airport security got worse.",
    "We were in Iraq in 2003 with the army.",
    "The influencer has a million followers on Instagram.",
    "This emoji says it all \U0001f602",
    "I bought it on Black Friday with Apple Pay.",
    "Wikipedia has an article about our village.",
    "Ask Alexa or Siri for the weather.",
    "The millennials rent, the boomers own.",
    "Her DVD player broke, so she streams from Netflix.",
    "The startup makes a wearable with machine learning on big data.",
    "Install Docker and run the container.",
    "I got my second Pfizer shot and a booster against Covid.",
    "The crowdfunding campaign on Kickstarter raised a lot.",
)
ERAS = (
    ("web1990s", 1997),
    ("texts1990s", 1997),
    ("usenet1993", 1995),
    ("manuals1990s", 1999),
    ("newspapers", 1920),
    ("books-and-journals", 1910),
)
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
        part = [d for d, label in pairs if label["year"] and label["year"] <= cutoff]
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
    bench.finish()


def _false_alarms(part: list[Document], cutoff: int) -> tuple[int, list[str], float]:
    words, hits = 0, []
    start = time.process_time()
    for document in part:
        words += len(document.body.split())
        hits += [hit.term for hit in find(document.body, document.format, cutoff)]
    return words, hits, time.process_time() - start


def _planted(bench: Bench, hosts: list[Document]) -> None:
    """Plant 500 sentences after the cutoff 1997 into real documents and look for them."""
    draw = random.Random(11)
    later = [t for t in lexicon() if t.first_year > 1997 and not t.ambiguous]
    known = [draw.choice(TEMPLATES).format(t.text) for t in draw.sample(later, 320)]
    own = [MODERN[n % len(MODERN)] for n in range(180)]
    found: dict[str, list[bool]] = {"of the lexicon": [], "of sentences of our own": []}
    missed: dict[str, Any] = {}
    for kind, sentences in zip(found, (known, own), strict=True):
        for sentence in sentences:
            host = draw.choice(hosts)
            at = host.body.find("\n", draw.randrange(max(1, len(host.body) // 2)))
            at = max(at, 0) if host.format == "text" else len(host.body)
            body = f"{host.body[:at]}\n{sentence}\n{host.body[at:]}"
            begin, end = at, at + len(sentence) + 2
            hit = any(begin <= h.start < end for h in find(body, host.format, 1997))
            found[kind].append(hit)
            if not hit:
                missed[sentence] = 1
    for kind, hits in found.items():
        share = sum(hits) / len(hits)
        bench.figure(
            f"planted and found, {kind} ({len(hits)})",
            round(share, 4),
            "share",
            ">= .95",
            share >= 0.95,
        )
    share = sum(map(sum, found.values())) / sum(map(len, found.values()))
    bench.figure(
        "planted and found (500)",
        round(share, 4),
        "share",
        ">= .95",
        share >= 0.95,
        {"missed": "; ".join(list(missed)[:6])},
    )


if __name__ == "__main__":
    main()
