"""Dataset card: the documents of a run, for the Hugging Face Hub and for people."""

from __future__ import annotations

from collections.abc import Iterator

from erastyle.corpus.era import Era
from erastyle.eval.cards.sections import (
    MOST,
    bullets,
    energy,
    front_matter,
    how_to_repeat,
    licence_of,
    share,
    sources,
    table,
)
from erastyle.eval.report.numbers import capital
from erastyle.eval.report.parts import Corpus
from erastyle.eval.report.report import Report

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
LIMITS = (
    "Licences are what the sources state. Of documents without a statement the rights are not "
    "known: check them before you pass any of them on.",
    "Archives kept only a part of what there was: large, English and technical sites were kept "
    "more often.",
    "Documents may hold names, addresses and opinions of living people, and words that hurt.",
)


def size_of(documents: int) -> str:
    """Return the Hub's size category.

    >>> size_of(531), size_of(1000), size_of(99_999_999)
    ('n<1K', '1K<n<10K', 'n>10M')
    """
    names = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "n>10M")
    return names[sum(documents >= size for size in SIZES)]


def dataset_card(report: Report, era: Era) -> str:
    """Return the card of the corpus, Markdown with the Hub's metadata in front."""
    corpus = report.corpus or Corpus(0, 0, 0, 0)
    machine = sum(n for name, n in corpus.origins.items() if name in ("synthetic", "rewritten"))
    front = {
        "pretty_name": f"{capital(era.title)}: documents",
        "language": era.language,
        **licence_of(corpus.licences),
        "task_categories": ["text-generation"],
        "size_categories": [size_of(corpus.documents + corpus.contrast)],
        "tags": ["erastyle", "period-documents", era.name],
        "annotations_creators": ["machine-generated"],
    }
    splits = [(name or "none", f"{n:,}") for name, n in corpus.splits.items()]
    parts = [
        f"# {capital(era.title)}: documents",
        f"{corpus.documents:,} documents of {corpus.sites:,} sites ({corpus.words:,} words), "
        f"dated, cleaned and freed from duplicates, and {corpus.contrast:,} modern documents for "
        "contrast. Each document is one row: see `croissant.json` for the columns.",
        f"**Made by a machine: {machine:,} of {corpus.documents:,} documents "
        f"({share(machine, corpus.documents)}).** The column `origin` says it of each.",
        *sources(report),
        "## Dates",
        f"Possible dates run from {corpus.first or 'not known'} to {corpus.last or 'not known'}. "
        f"{corpus.documents - corpus.dated:,} documents have no date. "
        "`date_evidence` says what a date rests on, `date_confidence` how sure it is.",
        table(("Year", "Documents"), [(year, f"{n:,}") for year, n in corpus.years.items()]),
        "## What was dropped, and why",
        *_dropped(report),
        "## Splits",
        table(("Split", "Documents"), splits),
        "Every site is in one split, and near-duplicates are never in two.",
        "## Limits",
        *bullets([*LIMITS, *report.caveats]),
        "## Energy",
        f"{capital(energy(report))}.",
        *how_to_repeat(report),
    ]
    return front_matter(front) + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def _dropped(report: Report) -> Iterator[str]:
    yield table(
        ("Stage", "Read", "Kept", "Dropped", "Quarantined"),
        [
            (s.name, *(f"{n:,}" for n in (s.read, s.kept, s.dropped, s.quarantined)))
            for s in report.stages
        ],
    )
    reasons = sorted(report.reasons, key=lambda reason: -reason.count)
    cells = [(r.reason, r.stage, f"{r.count:,}") for r in reasons[:MOST]]
    if len(reasons) > MOST:
        rest = sum(r.count for r in reasons[MOST:])
        cells.append((f"{len(reasons) - MOST} other reasons", "", f"{rest:,}"))
    yield table(("Reason", "Stage", "Documents"), cells)
