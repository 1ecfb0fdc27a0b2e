"""Stage `clean`: undo what archives did, render prose, date, and drop what is not of the era."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial

from pydantic import Field

from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.pipeline.join_framesets import Framed
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.stage import Context, Stage, Stats
from erastyle.pipeline.runtime.workers import ordered_map

CHANGED = "a stand-in for an address leaves the attribute that holds it: `HREF=jane@uni.edu`"


class CleanOptions(Options):
    """Options of `clean`. The thresholds are the era's: `era.quality`."""

    privacy: bool = False
    """Replace e-mail addresses, phone and card numbers by consistent stand-ins."""
    salt: str = ""
    """Of the stand-ins; empty means one made from the run's seed. Who knows it can test guesses."""
    workers: int = Field(default=0, ge=0, exclude=True)
    """Processes; 0 means one a core."""


def salt(options: CleanOptions, seed: int) -> str:
    """Return the salt of a run's stand-ins: the one given, or one made from the seed."""
    return options.salt or hashlib.sha256(f"{cleaner.SALT}|{seed}".encode()).hexdigest()[:16]


def _clean(documents: list[Document], era: Era, privacy: bool, salt: str) -> list[Document | Drop]:
    return [cleaner.clean(document, era, privacy, salt) for document in documents]


def clean(context: Context[CleanOptions]) -> Stats:
    """Clean the documents of `context.inputs["ingest"]` into `context.out`; return the counts."""
    source = context.inputs["ingest"]
    total = ledger.count(source)
    context.progress.start("clean", total)
    options = context.options
    secret = salt(options, context.seed)
    cleaned = partial(_clean, era=context.era, privacy=options.privacy, salt=secret)
    years: Counter[str] = Counter()
    outside = undated = 0.0
    framed = Framed(source)
    results = ordered_map(cleaned, framed.read(), options.workers)
    with Ledger(context.out) as book:
        # Read a second time beside the results: a dropped document is not sent back by a worker.
        for document, result in zip(ledger.read(source), results, strict=True):
            context.progress.advance()
            holder = framed.holder(document)
            if holder:
                book.drop(document, "shown in a frameset", f"its text is in {holder}")
            elif isinstance(result, Drop):
                book.drop(document, result.reason, result.detail)
            else:
                years[_year(result)] += 1
                undated += not result.date_from
                outside += share_outside(result, context.era)
                book.keep(result)
        stats = book.stats(total)
    kept = max(1, stats["kept"])
    return stats | {
        "years": dict(sorted(years.items())),
        "outside": round(outside / kept, 4),
        "undated": round(undated / kept, 4),
    }


def share_outside(document: Document, era: Era) -> float:
    """Return how likely a document is of another time than the period; 0 where it is undated."""
    first, last = document.date_from, document.date_to
    if not first or not last:
        return 0.0
    return 1 - document.signals.get("in_period", era.inside(first, last))


def _doubt(outside: float, undated: float, least: float) -> str:
    """Return the sentence on how many kept documents may not be of the period; nothing: none."""
    if round(outside, 2) == 0 == round(undated, 2):
        return ""
    text = f"about {outside:.0%} of the kept documents may be outside the period, by their dates"
    if undated:
        text += f"; {undated:.0%} more have no date"
    more = min(0.9, least + 0.2)  # of the era's 0.4, 0.6: another time is less likely than this one
    return text + (
        f" (more certainty: --set era.quality.min_inside={more:g})" if more > least else ""
    )


def _run(context: Context[CleanOptions]) -> Stats:
    stats = clean(context)
    if not stats["kept"]:
        reasons = ", ".join(f"{count} {reason}" for reason, count in stats["reasons"].items())
        raise SourceError(
            f"No period document is left after cleaning ({reasons}). Read why with "
            "`erastyle why`, then change the era's quality rules or its period."
        )
    if doubt := _doubt(stats["outside"], stats["undated"], context.era.quality.min_inside):
        context.progress.say(doubt)
    return stats


def _year(document: Document) -> str:
    """Return the year of the document, or `unknown` where its interval spans several years."""
    first, last = document.date_from[:4], document.date_to[:4]
    if not first or not last or int(last) - int(first) > 1:
        return "unknown"
    return first


CLEAN = Stage(
    "clean",
    "Undo what archives did, render prose, date, and drop what is not of the era.",
    CleanOptions,
    _run,
    needs=("ingest",),
    era=("period", "language", "markup", "ocr", "quality", "lexicon_cutoff"),
    version=5,
    changed=CHANGED,
)
