"""Generates records of synthetic pages: early web pages, and modern pages on the same topics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from erastyle.corpus.record import Record
from erastyle.corpus.synthetic.pages import pages

VERSION = 1
"""Version of the generator; raise it when the same count and seed give other bytes."""


def records(
    count: int, seed: int, kind: Literal["period", "modern"] = "period"
) -> Iterator[Record]:
    """Yield synthetic pages.

    About six in a hundred period records imitate the noise of a crawl: error pages, listings,
    mirrors, pages of later years, archive banners.

    Args:
        count: Number of records. The first `n` records do not depend on it.
        seed: Seed of the records; equal seeds give equal records on every machine.
        kind: `period` (1994-1996) or `modern` (2015-2024), on the same topics.

    Yields:
        Records with `origin` `synthetic` or `modern`, with addresses under `.example`.
    """
    for page in islice(pages(seed, kind), count):
        yield page.record
