"""The synthetic source: written pages of the early web, and modern ones on the same topics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from erastyle.corpus.record import Record
from erastyle.corpus.synthetic.pages import pages

VERSION = 1
"""Raised whenever the same count and seed give other bytes."""


def records(
    count: int, seed: int, kind: Literal["period", "modern"] = "period"
) -> Iterator[Record]:
    """Yield pages that nobody put up, but somebody might have.

    About six in a hundred period records are what a crawl brings home besides: error pages,
    listings, mirrors, pages of later years, archive banners.

    Args:
        count: How many. The first `n` records of a longer run are the same.
        seed: Same seed, same records, on every machine.
        kind: `period` (1994-1996) or `modern` (2015-2024), on the same topics.

    Yields:
        Records with `origin` `synthetic` or `modern`; addresses are under `.example`.
    """
    for page in islice(pages(seed, kind), count):
        yield page.record
