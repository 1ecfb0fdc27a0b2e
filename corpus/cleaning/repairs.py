"""A log of the changes that a repair makes, from which the repair can be undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

MOST_PAIRS = 4_000_000  # pairs of lines that are compared; above that, one repair spans them all


class Repair(NamedTuple):
    """One change of a text.

    Attributes:
        step: Name of the step: `white space`, `archive banner`, `scan`, `privacy`, ….
        at: Offset in the text after the step.
        before: The text that was replaced.
        after: The text that replaces it.
    """

    step: str
    at: int
    before: str
    after: str


def log(step: str, before: str, after: str) -> list[Repair]:
    r"""Return the changes from `before` to `after`, in order, without overlaps.

    >>> log("scan", "a\nfol-\nlows\nb\n", "a\nfollows\nb\n")
    [Repair(step='scan', at=5, before='-\n', after='')]
    """
    if before == after:
        return []
    start, end = _common(before, after)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    repairs = []
    for i, j, k, m in _spans(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        was, now = old[i:j], new[k:m]
        head, tail = _common(was, now)
        repairs.append(
            Repair(step, start + k + head, was[head : len(was) - tail], now[head : len(now) - tail])
        )
    return repairs


def undo(text: str, repairs: Sequence[Repair]) -> str:
    r"""Return the text before the repairs of one step.

    >>> undo("a\nfollows\nb\n", [Repair("scan", 5, "-\n", "")])
    'a\nfol-\nlows\nb\n'

    Raises:
        ValueError: A repair does not fit, because the repairs belong to another text.
    """
    parts = []
    done = 0
    for repair in repairs:
        end = repair.at + len(repair.after)
        if repair.at < done or text[repair.at : end] != repair.after:
            raise ValueError(f"the repair at {repair.at} does not fit this text")
        parts += [text[done : repair.at], repair.before]
        done = end
    return "".join([*parts, text[done:]])


def _common(one: str, other: str) -> tuple[int, int]:
    """Return the lengths of the common start and the common end."""
    most = min(len(one), len(other))
    start = _same(one, other, most)
    end = _same(one[start:][::-1], other[start:][::-1], most - start)
    return start, end


def _same(one: str, other: str, most: int) -> int:
    if one[:most] == other[:most]:
        return most
    low, high = 0, most  # the first `low` are the same, the first `high` are not
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _spans(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the offsets of differing lines: start and end in `old`, start and end in `new`."""
    if len(old) * len(new) > MOST_PAIRS:
        yield 0, sum(map(len, old)), 0, sum(map(len, new))
        return
    olds, news = _offsets(old), _offsets(new)
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield olds[i], olds[j], news[k], news[m]


def _offsets(lines: list[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
