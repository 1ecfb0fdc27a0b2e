"""Pairs as training rows: chosen within a budget, and refused where they cannot teach."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime import ledger
from erastyle.pipeline.runtime.shards import Shards
from erastyle.train.data.training_row import TrainingRow, ends_well, training_rows
from erastyle.train.model.prompt import Encoder

FEWEST_ROWS = 8
TOO_LONG = "request too long"  # as the ledger says it
REST = "rest of a long document"
MUST_END = 0.99  # share of completions that must end in an end token that is learnt

Item = TypeVar("Item")


OVER = "over max_tokens"
"""Why the ledger says that a pair was not learnt where the budget ended before it."""


class HopelessError(ModelError):
    """The same rows, options and base fail in the same way again: nothing is kept to resume."""


Pairs = dict[tuple[str, str], list[dict[str, Any]]]


def load_pairs(folder: Path) -> Pairs:
    """Return the pairs in a stage folder by (split, role)."""
    pairs: Pairs = {}
    for row in ledger.rows(folder / "kept"):
        pairs.setdefault((row["split"], row["role"]), []).append(row)
    return pairs


def request(pair: Mapping[str, Any]) -> str:
    """Return what a pair asks for."""
    return str(pair["prompt"][0]["content"])


def answer(pair: Mapping[str, Any]) -> str:
    """Return what a pair answers."""
    return str(pair["completion"][0]["content"])


def encode(pair: Mapping[str, Any], encoder: Encoder, max_length: int) -> Iterator[TrainingRow]:
    """Yield the training rows of a pair: one, or several of a long document."""
    return training_rows(encoder, request(pair), answer(pair), max_length)


def tokens(rows: Iterable[TrainingRow]) -> int:
    """Return the number of tokens in rows."""
    return sum(len(row.input_ids) for row in rows)


@dataclass(frozen=True, slots=True)
class Unlearnt:
    """Pairs that are not learnt for one reason.

    Attributes:
        pairs: The pairs.
        reason: The reason as the ledger names it.
        detail: The limit.
    """

    pairs: Sequence[Mapping[str, Any]]
    reason: str
    detail: str = ""


def write_dropped(out: Path, *groups: Unlearnt) -> None:
    """Write the ledger of pairs that were not learnt, anew: a training may be resumed."""
    shutil.rmtree(out / "dropped", ignore_errors=True)
    shards = Shards(out / "dropped", ledger.dropped_schema())
    for group in groups:
        for pair in group.pairs:
            shards.write(
                {
                    "id": pair["document_id"],
                    "source": "",
                    "site": pair["site"],
                    "origin": "",
                    "reason": group.reason,
                    "detail": group.detail,
                    "excerpt": request(pair),
                }
            )
    shards.close()


def refuse_bad_rows(rows: Sequence[TrainingRow], eos: int) -> None:
    """Refuse rows from which a model would not learn, or not learn to stop.

    Raises:
        HopelessError: Too few rows, no document that ends in its row, or fewer than 99 % of those
            that do end in an end token that is learnt.
    """
    if len(rows) < FEWEST_ROWS:
        raise HopelessError(
            f"Only {len(rows)} training rows; at least {FEWEST_ROWS} are needed, and a few hundred "
            "for a style. Add sources, or loosen the era's quality rules."
        )
    ending = [row for row in rows if row.ends]
    if not ending:
        raise HopelessError(
            f"None of {len(rows)} rows holds the end of its document, so the model would never "
            "learn to stop. Raise train.max_length, or add shorter documents or general rows."
        )
    good = sum(ends_well(row, eos) for row in ending)
    if good < MUST_END * len(ending):
        raise HopelessError(
            f"Only {good} of {len(ending)} completions end in the end token that is learnt; the "
            "model would never learn to stop. Check the base's chat template and end token."
        )


def sample_rows(
    items: Sequence[Item],
    encode: Callable[[Item], list[TrainingRow]],
    budget: int,
    count: tuple[int, int],
    seed: int,
) -> list[TrainingRow]:
    """Return a seeded draw of rows: of each item one, then another of each, until it is enough.

    Items are drawn whatever their length, so that long ones are measured too, and no further ones
    are encoded than are needed.

    Args:
        items: Pairs.
        encode: Returns the rows of a pair.
        budget: Tokens at which it is enough.
        count: Fewest rows, if there are so many, and most, whatever the budget.
        seed: Same items and seed, same draw.
    """
    fewest, most = count
    chosen: list[TrainingRow] = []
    for row in _in_turn(items, encode, random.Random(seed)):  # noqa: S311 - a choice, no secret
        if len(chosen) == most or (len(chosen) >= fewest and tokens(chosen) >= budget):
            break
        chosen.append(row)
    return chosen


def _in_turn(
    items: Sequence[Item], encode: Callable[[Item], list[TrainingRow]], chance: random.Random
) -> Iterator[TrainingRow]:
    encoded: list[list[TrainingRow]] = []
    for item in chance.sample(items, len(items)):
        rows = encode(item)
        encoded.append(rows)
        yield from rows[:1]
    for turn in range(1, max(map(len, encoded), default=0)):
        for rows in encoded:
            yield from rows[turn : turn + 1]


def sample(rows: Sequence[TrainingRow], most: int, seed: int) -> list[TrainingRow]:
    """Return a seeded choice of at most `most` rows, in order."""
    if len(rows) <= most:
        return list(rows)
    chosen = random.Random(seed).sample(range(len(rows)), most)  # noqa: S311
    return [rows[index] for index in sorted(chosen)]
