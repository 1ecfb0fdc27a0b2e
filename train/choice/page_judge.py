"""What training knows of a judge of pages: a function that stands above this package fills it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """What a judge says of a written page.

    Attributes:
        passes: Whether it passes as a document of the era.
        percentile: Share of real documents that are as bad or worse, where the page is weakest.
        sentence: The verdict and why, for a person.
    """

    passes: bool
    percentile: float
    sentence: str


PageJudge = Callable[[Sequence[str], Sequence[str]], list[PageVerdict]]
"""Judges texts, each written for the brief at the same place."""
JudgeOfFolder = Callable[[Path], PageJudge]
"""Returns the judge in a finished folder of the stage `classifier`; raises ModelError: none."""
