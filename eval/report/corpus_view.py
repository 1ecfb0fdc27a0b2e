"""What the corpus looks like: years, sites, lengths and the evidence of dates, from documents."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.eval.report.pictures import LENGTH_EDGES, SiteMark, YearCount

SPAN = 20
"""Years within which a date says something in a picture."""
MOST_SITES = 60
"""Sites that the map shows, the largest first."""
EVIDENCE = (
    "date given by the source",
    "date written in the document",
    "date of the file or in its address",
    "newest date or year that it names",
    "only words and markup of known age",
    "no evidence",
)
"""Kinds of evidence of a date, the best first."""


def years_of(document: Document) -> tuple[int, int] | None:
    """Return the first and last possible year; None without a date that says something.

    >>> years_of(Document("", "", "", "text", "", "", date_from="1995-02-01", date_to="1996-01-01"))
    (1995, 1996)
    """
    first, last = document.date_from[:4], document.date_to[:4]
    if not (first.isdecimal() and last.isdecimal()):
        return None
    return (int(first), int(last)) if 0 <= int(last) - int(first) < SPAN else None


def middle_year(document: Document) -> float | None:
    """Return the middle of the possible dates of a document, as a year with its fraction.

    >>> day = Document("", "", "", "text", "", "", date_from="1995-01-01", date_to="1996-12-31")
    >>> middle_year(day)
    1996.0
    """
    if years_of(document) is None:
        return None
    return round((fraction(document.date_from) + fraction(document.date_to)) / 2, 2)


def fraction(day: str) -> float:
    """Return a day as a year with its fraction.

    >>> fraction("1995-07-02"), fraction("1996-12-31")
    (1995.5, 1997.0)
    """
    date = datetime.date.fromisoformat(day)
    return round(date.year + date.timetuple().tm_yday / 366, 2)


def years(documents: Iterable[Document]) -> tuple[list[YearCount], int]:
    """Return the documents of each year, and how many have no date.

    A document that several years may hold is possible in equal parts in each of them.
    """
    certain: Counter[int] = Counter()
    possible: defaultdict[int, float] = defaultdict(float)
    undated = 0
    for document in documents:
        span = years_of(document)
        if span is None:
            undated += 1
        elif span[0] == span[1]:
            certain[span[0]] += 1
        else:
            for year in range(span[0], span[1] + 1):
                possible[year] += 1 / (span[1] - span[0] + 1)
    every = sorted({*certain, *possible})
    return [YearCount(y, certain[y], round(possible.get(y, 0.0), 3)) for y in every], undated


def outside(documents: Iterable[Document], era: Era) -> tuple[float, int]:
    """Return the documents expected to lie outside the era, and those that surely do.

    Each possible day of a document counts alike. A document without both dates does not count.
    """
    shares = [
        1 - era.inside(document.date_from, document.date_to)
        for document in documents
        if document.date_from and document.date_to
    ]
    return round(sum(shares), 3), sum(share >= 1 for share in shares)


def sites(documents: Sequence[Document], kinds: Mapping[str, str]) -> list[SiteMark]:
    """Return the largest sites, with what most of their documents are and when they were written.

    Args:
        documents: Documents of the era.
        kinds: Id -> kind of the document; others are called by their format.
    """
    by_site: defaultdict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_site[document.site].append(document)
    marks = []
    for site, group in sorted(by_site.items(), key=lambda item: (-len(item[1]), item[0])):
        dated = [year for d in group if (year := middle_year(d)) is not None]
        kind = Counter(kinds.get(d.id) or d.format for d in group).most_common(1)[0][0]
        words = sum(_words(d) for d in group)
        marks.append(SiteMark(site, len(group), kind, median(dated) if dated else None, words))
    return marks[:MOST_SITES]


def lengths(series: Mapping[str, Iterable[str]]) -> dict[str, list[int]]:
    """Return how many texts of each series fall into each bin of `LENGTH_EDGES`, by their words."""
    counted = {}
    for name, texts in series.items():
        bins = [0] * len(LENGTH_EDGES)
        for text in texts:
            bins[bisect_right(LENGTH_EDGES, len(text.split())) - 1] += 1
        counted[name] = bins
    return counted


def evidence(documents: Iterable[Document]) -> dict[str, int]:
    """Return how many documents rest on each kind of evidence; the best of each document counts."""
    counts = Counter(best_evidence(document.date_evidence) for document in documents)
    return {kind: counts[kind] for kind in EVIDENCE if counts[kind]}


def best_evidence(words: str) -> str:
    """Return the kind of the best evidence in a document's `date_evidence`.

    >>> best_evidence("newest year 1997; <table cellpadding> is from 1995 (Netscape 1.1)")
    'newest date or year that it names'
    >>> best_evidence("“URL” is from 1992"), best_evidence("")
    ('only words and markup of known age', 'no evidence')
    >>> best_evidence("http last-modified 1996-01-21; “updated 21-Jan-96”")
    'date written in the document'
    """
    parts = [part.strip() for part in re.split(r"; |\n", words)]
    ranks = [_rank(part) for part in parts if part and not part.startswith("contradiction")]
    return EVIDENCE[min(ranks, default=len(EVIDENCE) - 1)]


def _rank(part: str) -> int:
    """Return the place of a piece of evidence in `EVIDENCE`."""
    if " is from " in part:
        return 4
    starts = (("source date",), ("http ", "path ", "archived", "capture"), ("newest ",))
    for rank, words in zip((0, 2, 3), starts, strict=True):
        if part.startswith(words):
            return rank
    return 1


def _words(document: Document) -> int:
    return len((document.prose or document.body).split())
