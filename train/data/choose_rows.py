"""Chooses rows within a budget: whole documents first, sites in turn, few that begin alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from random import Random
from typing import Any

from erastyle.corpus.prompts import balance
from erastyle.corpus.prompts.balance import Card
from erastyle.train.data.training_row import TrainingRow

MISFITS = 8  # rows that may be longer than what is left of the budget before a pass ends
# Largest share of the style rows that begin alike, while there are others. A model writes the
# commonest opening far more often than it reads it: 9 % of the rows became half of the texts.
ALIKE_SHARE = 0.02
SPARSE = 0.08
"""Words outside of tags for each character, below which a page is little more than links and
pictures. A model learns its markup from any page, and what a sentence is from the others alone."""
CHARACTERS_PER_TOKEN = 2.6  # of web pages; a document that is longer than it looks is cut
FEWEST_ALIKE = 3  # so many may begin alike however few the rows are
_TAG = re.compile(r"<[^<>]*>|&#?\w+;?")
_WORD = re.compile(r"[^\W\d_]{2,}")

Encode = Callable[[int], Iterator[TrainingRow]]


@dataclass
class ChosenRows:
    """The rows that are learnt.

    Attributes:
        rows: Rows by the number of their pair, in the order of the pairs.
        rests: Pairs of which the beginning is learnt and not the whole rest.
        tokens: Tokens of all rows.
    """

    rows: dict[int, list[TrainingRow]] = field(default_factory=dict)
    rests: list[int] = field(default_factory=list)
    tokens: int = 0

    def add(self, number: int, row: TrainingRow) -> None:
        """Add a row of the pair `number`."""
        self.rows.setdefault(number, []).append(row)
        self.tokens += len(row.input_ids)


class _Choice:
    """One choice: what is taken, what waits, and what is left of the budget."""

    def __init__(self, pairs: Sequence[Mapping[str, Any]], encode: Encode, most: float) -> None:
        self.pairs, self.encode, self.most = pairs, encode, most
        self.chosen = ChosenRows()
        self.openings = Counter[str]()
        self.style = 0
        self.misfits = 0
        self.alike: list[tuple[int, TrainingRow, Iterator[TrainingRow]]] = []
        self.begun: list[tuple[int, Iterator[TrainingRow]]] = []

    @property
    def full(self) -> bool:
        return self.misfits >= MISFITS

    def fits(self, row: TrainingRow) -> bool:
        if self.chosen.tokens + len(row.input_ids) <= self.most:
            return True
        self.misfits += 1
        return False

    def like_too_many(self, number: int) -> bool:
        """Say whether as many rows as may be alike begin like this one."""
        most = max(FEWEST_ALIKE, ALIKE_SHARE * (self.style + 1))
        openings = self.pairs[number].get("templates") or ()
        return any(self.openings[name] + 1 > most for name in openings)

    def take(self, number: int, row: TrainingRow, parts: Iterator[TrainingRow]) -> None:
        self.chosen.add(number, row)
        self.style += 1
        self.openings.update(self.pairs[number].get("templates") or ())
        if not row.ends:
            self.begun.append((number, parts))

    def in_order(self, order: Iterable[int], others: Iterator[int], ratio: float) -> None:
        """Take documents in their order; those that begin like too many others wait."""
        for number in order:
            if self.full:
                return
            parts = self.encode(number)
            first = next(parts, None)
            if first is None:
                continue
            if self.like_too_many(number):
                self.alike.append((number, first, parts))
            elif self.fits(first):
                self.take(number, first, parts)
                self.beside(others, ratio)

    def alike_ones(self, others: Iterator[int], ratio: float) -> None:
        """Take what waited: within the share first, then whatever fits."""
        for whatever in (False, True):
            self.misfits = 0
            for number, first, parts in self.alike:
                if self.full:
                    return
                if number in self.chosen.rows or (not whatever and self.like_too_many(number)):
                    continue
                if self.fits(first):
                    self.take(number, first, parts)
                    self.beside(others, ratio)

    def beside(self, others: Iterator[int], ratio: float) -> None:
        """Take as many other rows as belong to the style rows so far."""
        have = len(self.chosen.rows) - self.style
        for number in islice(others, max(0, round(self.style * ratio) - have)):
            if (row := next(self.encode(number), None)) and self.fits(row):
                self.chosen.add(number, row)

    def continuations(self, most: float) -> None:
        """Take later parts of long documents in turn, until they hold `most` tokens."""
        used = 0
        # zip binds the number of each; a nested generator would bind the last one's.
        turns = balance.round_robin(
            zip(repeat(number), parts, strict=False) for number, parts in self.begun
        )
        for number, row in turns:
            if used + len(row.input_ids) > most:
                return
            used += len(row.input_ids)
            self.chosen.add(number, row)


def choose(
    pairs: Sequence[Mapping[str, Any]],
    encode: Encode,
    most: int | None,
    seed: int,
    *,
    longest: int,
    continuations: float = 0.0,
) -> ChosenRows:
    """Return the rows that are learnt.

    Documents of sentences come first, those of links alone after all of them. Of both, sites take
    turns; each gives documents that fit a row first, then the beginnings of longer ones. Years and
    kinds of documents take turns too. Documents that begin alike stay under a fiftieth of the rows
    while there are others. General rows and rows of an earlier run accompany the style rows in the
    proportion in which they were given. Continuations of what was begun come last.

    Pairs are encoded in the order of their turns and hardly further than the budget, which may be
    a hundredth of a large corpus. Which documents fit is told from their characters.

    Args:
        pairs: Pairs with their `role`.
        encode: Returns the rows of the pair of a number, the first one first; none if it is unfit.
        most: Most tokens; None for no limit.
        seed: Same pairs and seed, same choice.
        longest: Tokens of the longest row.
        continuations: Share of the tokens that continuations may take.
    """
    style = [number for number, pair in enumerate(pairs) if pair["role"] == "style"]
    other = [number for number, pair in enumerate(pairs) if pair["role"] != "style"]
    Random(seed).shuffle(other)  # noqa: S311 - a choice, not a secret
    limit = float("inf") if most is None else most * (1 - continuations)
    choice = _Choice(pairs, encode, limit)
    others, ratio = iter(other), len(other) / max(1, len(style))
    choice.in_order(_order(pairs, style, seed, CHARACTERS_PER_TOKEN * longest), others, ratio)
    choice.alike_ones(others, ratio)
    if most is None:
        choice.misfits = 0
        choice.beside(others, float(len(other)))
    if continuations:
        room = choice.chosen.tokens * continuations / (1 - continuations)
        choice.continuations(room)
    chosen = choice.chosen
    chosen.rows = dict(sorted(chosen.rows.items()))
    chosen.rests = [
        number for number, rows in chosen.rows.items() if not any(row.ends for row in rows)
    ]
    return chosen


def _order(
    pairs: Sequence[Mapping[str, Any]], style: Sequence[int], seed: int, fits: float
) -> list[int]:
    """Return the numbers of the style pairs in the order of their turns.

    Args:
        pairs: All pairs.
        style: Numbers of the style pairs.
        seed: Another seed, another order.
        fits: Characters of a pair that fits a row.
    """

    def size(number: int) -> int:
        asked, answered = pairs[number]["prompt"], pairs[number]["completion"]
        return sum(len(str(message["content"])) for message in (*asked, *answered))

    cards = [
        Card(
            str(number),
            str(pairs[number].get("site") or ""),
            str(pairs[number].get("year") or ""),
            str(pairs[number].get("kind") or ""),
        )
        for number in style
    ]

    sparse = {number: _sparse(str(pairs[number]["completion"][0]["content"])) for number in style}

    def rank(card: Card) -> tuple[bool, bool]:
        number = int(card.id)
        return sparse[number], size(number) > fits

    turns = [int(card.id) for card in balance.in_turns(cards, seed, rank)]
    return sorted(turns, key=sparse.__getitem__)  # which keeps the turns of both


def _sparse(text: str) -> bool:
    """Return whether a document is little more than links and pictures."""
    return len(_WORD.findall(_TAG.sub(" ", text))) < SPARSE * len(text)
