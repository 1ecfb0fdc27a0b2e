"""Writes an answer again where it holds an anachronism, and keeps the best of a few tries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from erastyle.corpus.chronology import anachronisms
from erastyle.corpus.document import Format

CERTAIN = 0.75
"""Certainty from which a hit is a reason to write an answer again."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What writing again achieved.

    Attributes:
        texts: For each answer, the number of the try that was taken; 0 for the first answer.
        before: Certain anachronisms of the first answers.
        after: Certain anachronisms of the answers taken.
        tries: Answers written besides the first ones.
    """

    texts: list[int]
    before: int
    after: int
    tries: int


def certain(text: str, format: Format, cutoff: int, brief: str) -> int:  # noqa: A002
    """Return the certain anachronisms of a text, without those that the brief asks for."""
    hits = anachronisms.find(text, format, cutoff, brief)
    return sum(hit.certainty >= CERTAIN and not hit.in_brief for hit in hits)


def avoid(
    first: Sequence[str],
    briefs: Sequence[str],
    format: Format,  # noqa: A002
    cutoff: int,
    tries: int,
    write: Callable[[Sequence[int], int], Sequence[str]],
) -> Rewritten:
    """Have answers with a certain anachronism written again, and say which try to take.

    The try with the fewest anachronisms is taken, of equal ones the earliest. The model itself is
    unchanged: its answers are only chosen, which makes them a little less varied.

    Args:
        first: The first answers.
        briefs: The request of each answer.
        format: Format of the answers.
        cutoff: Last year that belongs to the era.
        tries: Most times that an answer is written again.
        write: Returns new texts for the briefs at some places, given the number of the try.
    """
    counts = [certain(t, format, cutoff, b) for t, b in zip(first, briefs, strict=True)]
    before, taken, best, written = sum(counts), [0] * len(counts), list(counts), 0
    for number in range(1, tries + 1):
        places = [n for n, count in enumerate(best) if count]
        if not places:
            break
        texts = write(places, number)
        written += len(places)
        for n, text in zip(places, texts, strict=True):
            # An empty answer holds no anachronism, but it is no answer.
            count = certain(text, format, cutoff, briefs[n]) if text.strip() else best[n]
            if count < best[n]:
                best[n], taken[n] = count, number
    return Rewritten(taken, before, sum(best), written)
