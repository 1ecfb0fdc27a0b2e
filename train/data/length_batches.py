"""Micro-batches of rows of like length, with little padding.

The HF Trainer sorts within draws of at most a quarter of the rows, which hardly
helps where rows are few. Here all rows are sorted, and chance orders the groups.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence


def by_length(lengths: Sequence[int], size: int, seed: str) -> list[int]:
    """Return the order of the rows in one pass: groups of `size` rows of like length.

    The group of the longest rows stands first, so that memory runs out at once or not at all. A
    last group that is not full holds the shortest rows and stands last. Chance orders the others,
    and rows of one length.

    Args:
        lengths: Tokens of each row.
        size: Rows of a micro-batch, on all processes together.
        seed: Same lengths and seed, same order.

    >>> by_length([5, 1, 9, 2, 8], 2, "1")
    [2, 4, 0, 3, 1]
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    order = list(range(len(lengths)))
    chance.shuffle(order)
    order.sort(key=lambda row: -lengths[row])
    full = len(order) // size * size
    groups = [order[start : start + size] for start in range(0, full, size)]
    others = groups[1:]
    chance.shuffle(others)
    return [row for group in (*groups[:1], *others) for row in group] + order[full:]


def padding_share(lengths: Sequence[int], batch: int, multiple: int = 1) -> float:
    """Return the share of padding when rows of so many tokens are batched by length.

    Args:
        lengths: Tokens of each row.
        batch: Rows in a micro-batch.
        multiple: Number of which the places of a row are a multiple.

    >>> padding_share([2, 1], 2), padding_share([2, 1], 1, 4)
    (0.25, 0.625)
    """
    order = by_length(lengths, batch, "")
    groups = [order[start : start + batch] for start in range(0, len(order), batch)]
    longest = (max(lengths[row] for row in group) for group in groups)
    places = (math.ceil(most / multiple) * multiple for most in longest)
    padded = sum(n * len(group) for n, group in zip(places, groups, strict=True))
    return 1 - sum(lengths) / padded


class ByLength:
    """The order of `by_length`, another one in each epoch, the same again after an interruption."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        """Take the arguments of `by_length`."""
        self._lengths, self._size, self._seed, self._epoch = lengths, size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch; the HF Trainer calls this."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        """Yield the rows' numbers."""
        return iter(by_length(self._lengths, self._size, f"{self._seed} {self._epoch}"))
