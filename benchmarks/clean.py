"""How fast and how right the clean stage is: prose, charsets, whole documents.

    python benchmarks/clean.py [--quick]

Peers (trafilatura, resiliparse, charset-normalizer, chardet alone, BeautifulSoup with lxml) run in
the same process on the same pages; one that is not installed is reported so.
"""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from harness import Bench, cpu_seconds, quick, shared_data

from erastyle.corpus import era
from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.decode import encoding
from erastyle.corpus.document import Document
from erastyle.corpus.html import markup

PEERS = ("trafilatura", "bs4+lxml", "resiliparse")
SAMPLES = 2000
PLAIN = str.maketrans("\u2019\u201c\u201d\u2013", '\'""-')
WESTERN = ("en-accent", "de", "fr", "es", "it", "pt", "sv", "da", "fi")
LANGUAGES = {
    "utf-8": (*WESTERN, "pl", "cs", "ru", "ja"),
    "windows-1252": WESTERN,
    "mac-roman": WESTERN,
    "cp850": ("de", "fr", "es", "it", "pt", "sv", "da", "fi"),
    "iso-8859-2": ("pl", "cs", "hu"),
    "koi8-r": ("ru",),
}


def pages(quickly: bool) -> list[bytes]:
    """Return the real pages of the 1990s, or every tenth of them."""
    from fastwarc.warc import ArchiveIterator

    with (shared_data() / "web1990s.warc.gz").open("rb") as file:
        found = [record.reader.read() for record in ArchiveIterator(file)]
    return found[::10] if quickly else found


def prose_peers() -> dict[str, Callable[[str], object]]:
    """Return the peers that are installed, by name."""
    peers: dict[str, Callable[[str], object]] = {}
    try:
        import trafilatura

        peers["trafilatura"] = lambda html: trafilatura.extract(html, include_tables=True)
    except ImportError:
        pass
    try:
        from bs4 import BeautifulSoup

        peers["bs4+lxml"] = lambda html: BeautifulSoup(html, "lxml").get_text("\n", strip=True)
    except ImportError:
        pass
    try:
        from resiliparse.extract.html2text import extract_plain_text

        peers["resiliparse"] = lambda html: extract_plain_text(html, main_content=True)
    except ImportError:
        pass
    return peers


def prose(bench: Bench, texts: list[str]) -> None:
    """Pages a CPU second of prose rendering, beside the peers on a sample of the same pages."""
    markup.prose(texts[0])
    ours = len(texts) / cpu_seconds(lambda: [markup.prose(t) for t in texts], 3)
    few = texts[:: max(1, len(texts) // 200)]
    found = {}
    peers: dict[str, float | str] = dict.fromkeys(PEERS, "not installed")
    for name, extract in prose_peers().items():
        extract(few[0])
        # In turns: what else the machine does meanwhile slows both alike.
        rounds = [
            (
                cpu_seconds(lambda: [markup.prose(t) for t in few]),
                cpu_seconds(lambda e=extract: [e(t) for t in few]),
            )
            for _ in range(5)
        ]
        found[name] = sorted(theirs / mine for mine, theirs in rounds)[len(rounds) // 2]
        peers[name] = round(len(few) / sorted(theirs for _, theirs in rounds)[len(rounds) // 2], 1)
    bench.figure("prose", ours, "pages per CPU second", "", None, peers)
    for name, times in {"trafilatura": 10, "bs4+lxml": 5}.items():
        if name in found:
            ratio = found[name]
            bench.figure(f"prose against {name}", ratio, "times", f">= {times}", ratio >= times)


def charset_samples(dense: bool, seed: int = 3) -> list[tuple[str, str, bytes]]:
    """Return made samples: encoding, text, bytes. Dense: accents all over; sparse: one to three."""
    rows = (Path(__file__).parent / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    sentences: dict[str, list[str]] = {}
    for row in rows:
        language, _, sentence = row.partition("\t")
        sentences.setdefault(language, []).append(sentence)
    rng = random.Random(seed)
    made: list[tuple[str, str, bytes]] = []
    while len(made) < SAMPLES:
        label = list(LANGUAGES)[len(made) % len(LANGUAGES)]
        language = rng.choice(LANGUAGES[label])
        pool = sentences[language]
        if dense:
            chosen = rng.choices(pool, k=rng.randint(4, 10))
        else:
            words = [w for s in pool for w in s.split() if not w.isascii()]
            # Half are English pages with foreign names in them (in the West), half are pages in
            # the language itself that hold hardly any of its accents.
            if language in ("ru", "ja") or (language in WESTERN and rng.random() < 0.5):
                pool = sentences["en"]
            chosen = [
                " ".join(w for w in s.split() if w.isascii())
                for s in rng.choices(pool, k=rng.randint(5, 12))
            ]
            for _ in range(rng.randint(1, 3)):
                at = rng.randrange(len(chosen))
                chosen[at] += f" {rng.choice(words)}"
        text = "\n".join(chosen)
        try:
            made.append((label, text, text.encode(label)))
        except UnicodeEncodeError:  # a quotation mark that this code page lacks
            plain = unicodedata.normalize("NFKC", text).translate(PLAIN)
            if not plain.isascii():
                made.append((label, plain, plain.encode(label)))
    return made


def _right(decode: Callable[[bytes], str], samples: list[tuple[str, str, bytes]]) -> float:
    return sum(decode(raw) == text for _, text, raw in samples) / len(samples)


def _normalizer(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(raw).best()
    return str(best) if best else ""


def _chardet(raw: bytes) -> str:
    import chardet

    found = chardet.detect(raw)["encoding"] or "ascii"
    return raw.decode(found, "replace")


def charsets(bench: Bench, quickly: bool) -> None:
    """Share of samples decoded to exactly the text they were made from, and how fast."""
    for name, dense, goal in (("dense", True, 0.99), ("sparse", False, 0.95)):
        samples = charset_samples(dense)[:: 10 if quickly else 1]
        right = _right(lambda raw: encoding.decode(raw).text, samples)
        wrong: dict[str, int] = {}
        for label, text, raw in samples:
            if encoding.decode(raw).text != text:
                wrong[label] = wrong.get(label, 0) + 1
        print(f"charset, {name}: wrong {wrong}", file=sys.stderr)
        peers: dict[str, float | str] = {"chardet alone": round(_right(_chardet, samples), 3)}
        try:
            some = samples[::5]
            peers["charset-normalizer"] = round(_right(_normalizer, some), 3)
        except ImportError:
            peers["charset-normalizer"] = "not installed"
        bench.figure(
            f"charset, {name} accents", right, "share right", f">= {goal}", right >= goal, peers
        )
        if dense:
            ours = len(samples) / cpu_seconds(
                lambda s=samples: [encoding.decode(r) for _, _, r in s]
            )
            chardet = len(samples) / cpu_seconds(lambda s=samples: [_chardet(r) for _, _, r in s])
            bench.figure(
                "charset speed", ours, "samples per CPU second", "", None,
                {"chardet alone": round(chardet, 1)},
            )  # fmt: skip


def whole(bench: Bench, raws: list[bytes]) -> None:
    """Documents a minute and core through decoding and the whole clean stage."""
    profile = era.load("web-1995")

    def one(number: int, raw: bytes) -> Document | Drop:
        declared = markup.declared_charset(raw)
        decoded = encoding.decode(raw, declared, profile.encodings)
        document = Document(
            id=f"{number:016x}", source=f"http://a.example/{number}", site="a.example",
            format="html", body=decoded.text, raw_sha256="",
        )  # fmt: skip
        return cleaner.clean(document, profile)

    one(0, raws[0])
    taken = cpu_seconds(lambda: [one(i, raw) for i, raw in enumerate(raws)])
    rate = 60 * len(raws) / taken
    bench.figure("whole clean stage", rate, "pages per minute and core", ">= 1500", rate >= 1500)


def main() -> None:
    """Run all and write the results."""
    quickly = quick()
    bench = Bench("clean")
    raws = pages(quickly)
    texts = [encoding.decode(raw, markup.declared_charset(raw)).text for raw in raws]
    prose(bench, texts)
    charsets(bench, quickly)
    whole(bench, raws)
    bench.finish()


if __name__ == "__main__":
    main()
