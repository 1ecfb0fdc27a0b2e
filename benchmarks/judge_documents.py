"""The real documents of `benchmarks/judge.py`, by era, parted by site into learn, check and last.

`last` is parted by a second hash from sites that a judge had only ever learnt from: no text of
theirs was measured while judges, gates or budgets were chosen. The first `last` was looked at
twice, so its sites learn now.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import labelled

from erastyle.corpus import era as eras
from erastyle.corpus.cleaning import cleaner, quality
from erastyle.corpus.era import Era
from erastyle.corpus.prompts import general
from erastyle.eval.style.features import Text

Part = Literal["learn", "check", "last"]
PARTS: tuple[Part, ...] = ("learn", "check", "last")
PER_SITE = 40
SALT = 36
"""Parts check and the first `last` from the rest. Chosen by counts of pages and sites alone, before
anything was measured."""
LAST_SALT = 2
"""Parts the second `last` from the sites that had learnt: the first number that gives 9 or 10 sites
of web-1995 with 130 to 165 pages."""
OTHERS = {
    "web-1995": ("newspapers", "books-and-journals", "usenet1993"),
    "usenet-1993": ("newspapers", "books-and-journals", "web1990s"),
}
PART_OF_GROUP: dict[str, Part] = {
    # Ten groups are too few for a hash of all: check was fixed before anything was measured, and
    # last is one group of comp and one of rec that had learnt, of each the lowest hash.
    "comp.graphics": "learn",
    "comp.os.ms-windows.misc": "last",
    "comp.sys.ibm.pc.hardware": "learn",
    "misc.forsale": "learn",
    "rec.motorcycles": "last",
    "rec.sport.baseball": "learn",
    "comp.sys.mac.hardware": "check",
    "rec.autos": "check",
    "comp.windows.x": "learn",
    "rec.sport.hockey": "learn",
}


@dataclass(frozen=True, slots=True)
class Sited:
    """A text and its site."""

    text: Text
    site: str


@dataclass(frozen=True, slots=True)
class Documents:
    """Documents of one era and of everything else, of one part of the sites.

    Attributes:
        real: Documents labelled inside the era.
        modern: Modern documents of the medium.
        modern_texts: Modern prose.
        machine: Answers of assistants.
        continued: What plain language models continued.
        others: Documents of other eras and media, by collection.
        general: General texts.
        answers: Answers to general requests.
    """

    real: list[Sited]
    modern: list[Sited]
    modern_texts: list[Sited]
    machine: list[Sited]
    continued: list[Sited]
    others: dict[str, list[Sited]]
    general: list[Sited]
    answers: list[Sited]


def part_of(site: str) -> Part:
    """Return the part of a site: 11 in 20 learn, 5 check, 4 last."""
    if site in PART_OF_GROUP:
        return PART_OF_GROUP[site]
    first = _hash(f"{SALT} {site}") % 20
    if first < 4:
        return "learn"
    if first < 9:
        return "check"
    return "last" if _hash(f"last {LAST_SALT} {site}") % 11 < 4 else "learn"


def _hash(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def read(data: Path, era_name: str, size: float) -> dict[Part, Documents]:
    """Return the documents of an era and of everything else, by part.

    Args:
        data: Folder of the collections.
        era_name: `web-1995` or `usenet-1993`.
        size: Share of the documents that is read.
    """
    era = eras.load(era_name)
    period = era.period
    inside = (period.first.year, period.last.year)
    web = era_name == "web-1995"
    real = collection(data, "web1990s" if web else "usenet1993", inside, size, era)
    modern = collection(data, "modern-web", None, 1.0, era) if web else []
    modern_texts = collection(data, "modern-texts", None, size)
    others = {name: collection(data, name, None, size) for name in OTHERS[era_name]}
    general_texts, machine = (
        general_prose(data, modern_texts, size),
        machine_prose(data, size, True),
    )
    continued = machine_prose(data, size, False)

    def of(rows: Sequence[Sited], part: Part) -> list[Sited]:
        return [row for row in rows if part_of(row.site) == part]

    return {
        part: Documents(
            of(real, part), of(modern, part), of(modern_texts, part), of(machine, part),
            of(continued, part),
            {name: of(rows, part) for name, rows in others.items()},
            general_texts if part == "learn" else [],
            general_answers(data, size) if part == "learn" else [],
        )
        for part in PARTS
    }  # fmt: skip


def collection(
    data: Path, name: str, years: tuple[int, int] | None, size: float, era: Era | None = None
) -> list[Sited]:
    """Return documents of a collection, `PER_SITE` a site at most, in seeded order.

    Args:
        data: Folder of the collections.
        name: The collection.
        years: First and last year of the label of real documents; None: whatever the label says.
        size: Share of the documents that is read.
        era: Cleans them as a run would, and real ones are left out that a run would drop for
            anything but their date; None: as they are.
    """
    rows = []
    for document, label in labelled.documents(data, name):
        year = label.get("year")
        if years and not (year and years[0] <= year <= years[1]):
            continue
        if era is not None:
            document = cleaner.measure(document, era)
            if years and quality.why_drop(document, era.quality, era.language):
                continue
        site = label["ref"].split("#")[0] if name == "usenet1993" else label["site"]
        for body in excerpts(document.body) if name == "books-and-journals" else [document.body]:
            rows.append(Sited(Text(body, "", document.format), site))
    random.Random(f"judge {name}").shuffle(rows)
    taken: dict[str, int] = defaultdict(int)
    most = max(3, int((150 if name == "usenet1993" else PER_SITE) * size))
    kept = []
    for row in rows:
        if taken[row.site] < most and len(row.text.body.split()) >= 20:
            taken[row.site] += 1
            kept.append(row)
    return kept[: int(1_500 * size)]


def excerpts(book: str, count: int = 6, size: int = 3_000) -> list[str]:
    """Return passages of a book, whole paragraphs, spread over its length."""
    if len(book) < 3 * size:
        return [book[: 2 * size]]
    starts = range(len(book) // 10, len(book) - size, max(size, len(book) // count))
    at = [max(book.find("\n\n", start), start) for start in starts]
    return [book[n : n + size].strip() for n in at[:count]]


def machine_prose(data: Path, size: float, assistants: bool) -> list[Sited]:
    """Return answers of assistants, or what plain models continued, the model as the site."""
    rows = []
    with zipfile.ZipFile(data / "machine-texts.zip") as archive:
        for member in archive.namelist():
            if ("results" in member) != assistants:
                continue
            held = json.loads(archive.read(member))
            if isinstance(held, dict):
                texts = held["sampled"]
                site = Path(member).name.removesuffix(".raw_data.json").split("_", 1)[1]
            else:
                texts, site = [row["output"] for row in held], member.split("/")[-2]
            if "gpt-4" in site or site == "gpt4":
                site = "gpt4"
            long = [t for t in texts if 60 <= len(t.split()) <= 600]
            random.Random(f"judge {member}").shuffle(long)
            rows += [Sited(Text(t, t, "text"), site) for t in long[: max(4, int(60 * size))]]
    random.Random("judge machine").shuffle(rows)
    return rows


def runs(text: str, length: int = 8) -> set[str]:
    """Return the runs of `length` words of a text."""
    words = text.lower().split()
    return {" ".join(words[i : i + length]) for i in range(max(0, len(words) - length + 1))}


def general_prose(data: Path, others: Sequence[Sited], size: float) -> list[Sited]:
    """Return general texts: those of the package and of the folder, none that `others` share."""
    known: set[str] = set()
    for row in others:
        known |= runs(row.text.body)
    rows = [Sited(Text(t, t, "text"), "general") for t in general.texts("train")]
    with gzip.open(data / "general" / "texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    random.Random("judge general").shuffle(texts)
    for text in texts:
        mine = runs(text[:4_000])
        if len(mine) > 40 and len(mine & known) <= 0.02 * len(mine):
            rows.append(Sited(Text(text[:6_000], text[:6_000], "text"), "general"))
        if len(rows) >= 420 * size:
            break
    return rows


def general_answers(data: Path, size: float) -> list[Sited]:
    """Return answers to general requests, long enough to be judged."""
    with gzip.open(data / "general" / "pairs.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    random.Random("judge answers").shuffle(rows)
    texts = [t for row in rows if 60 <= len((t := answer_of(row)).split()) <= 600]
    return [Sited(Text(t, t, "text"), "general") for t in texts[: int(400 * size)]]


def answer_of(row: dict[str, Any]) -> str:
    """Return the answer of a general row."""
    return str(row.get("response") or row.get("completion") or row.get("output") or "")
