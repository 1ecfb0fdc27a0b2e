"""Values behind the pictures of a report: years, sites, lengths, date evidence, keyness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LENGTH_EDGES = (0, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800)
"""Lower ends of the bins of a length distribution, in words; the last bin is open."""


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What a reader asks first, and the answer in plain words.

    Attributes:
        question: `What was made`, `How good is it`, `May I use it`.
        text: One or two sentences.
    """

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class YearCount:
    """Documents of one year.

    Attributes:
        year: The year.
        certain: Documents dated to this year alone.
        possible: Parts of documents that may be of this year or of another one.
    """

    year: int
    certain: int
    possible: float


@dataclass(frozen=True, slots=True)
class SiteMark:
    """A site on the map of sources.

    Attributes:
        site: Its name.
        documents: Documents of the site.
        kind: What most of them are: `article`, `list`, …
        year: Middle of their dates; None where none is dated.
        words: Words of their prose.
    """

    site: str
    documents: int
    kind: str
    year: float | None
    words: int


@dataclass(frozen=True, slots=True)
class KeyFeature:
    """A word or tag that tells documents of the era from the comparison corpus.

    Attributes:
        what: The word or tag.
        by: What it adds to the log odds of a held-out document in the mean; positive: the era.
        period: Held-out documents of the era that have it.
        comparison: Held-out documents of the comparison corpus that have it.
        example: A passage of a held-out document with it.
        source: Where that passage is from.
    """

    what: str
    by: float
    period: int
    comparison: int
    example: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class StyleYear:
    """Style score of a held-out document with a date.

    Attributes:
        year: Middle of its possible dates; of a comparison document the last possible date.
        score: Style score.
        side: `period` or `comparison`.
    """

    year: float
    score: float
    side: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Everything that the pictures of the corpus show.

    Attributes:
        era_first: First year of the era.
        era_last: Last year of the era.
        years: Documents by year.
        undated: Documents without a date, or with one that spans too many years.
        outside: Documents that are expected to lie outside the era, by their possible dates.
        surely_outside: Documents of which every possible date lies outside the era.
        sites: The largest sites.
        all_sites: Number of all sites.
        lengths: Series -> documents in each bin of `LENGTH_EDGES`.
        evidence: Kind of the best evidence of the date -> documents.
        key: Words and tags that the classifier learnt, the strongest first.
        key_period: Held-out documents of the era that were looked at for `key`.
        key_comparison: Held-out comparison documents that were looked at for `key`.
        styles: Held-out documents with a date and a score.
    """

    era_first: int
    era_last: int
    years: Sequence[YearCount] = ()
    undated: int = 0
    outside: float = 0.0
    surely_outside: int = 0
    sites: Sequence[SiteMark] = ()
    all_sites: int = 0
    lengths: Mapping[str, Sequence[int]] = field(default_factory=dict)
    evidence: Mapping[str, int] = field(default_factory=dict)
    key: Sequence[KeyFeature] = ()
    key_period: int = 0
    key_comparison: int = 0
    styles: Sequence[StyleYear] = ()
