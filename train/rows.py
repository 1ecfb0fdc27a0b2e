"""Training rows: pairs encoded, long documents split, a budget kept, bad sets refused."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline import ledger
from erastyle.pipeline.progress import Progress
from erastyle.train.tokens import Encoder, Example, ends_well

FEWEST_ROWS = 8
MUST_END = 0.99  # share of completions that must end in an end token that is learnt

Pairs = dict[tuple[str, str], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Rows:
    """The encoded rows of one split and role, with what became of the pairs.

    Attributes:
        examples: Training rows.
        split_documents: Pairs that gave more than one row.
    """

    examples: list[Example]
    split_documents: int

    @property
    def tokens(self) -> int:
        """Tokens in all rows."""
        return tokens(self.examples)


def load_pairs(folder: Path) -> Pairs:
    """Return the pairs in a stage folder by (split, role)."""
    found: Pairs = {}
    for row in ledger.rows(folder / "kept"):
        found.setdefault((row["split"], row["role"]), []).append(row)
    return found


def request(pair: Mapping[str, Any]) -> str:
    """Return what a pair asks for."""
    return str(pair["prompt"][0]["content"])


def answer(pair: Mapping[str, Any]) -> str:
    """Return what a pair answers."""
    return str(pair["completion"][0]["content"])


def encode(
    pairs: Sequence[Mapping[str, Any]], encoder: Encoder, max_length: int, progress: Progress
) -> Rows:
    """Return the training rows of `pairs`, long documents split."""
    found: list[Example] = []
    divided = 0
    for pair in pairs:
        before = len(found)
        found.extend(encoder.examples(request(pair), answer(pair), max_length))
        divided += len(found) - before > 1
        progress.advance()
    return Rows(found, divided)


def tokens(examples: Iterable[Example]) -> int:
    """Return the number of tokens in rows."""
    return sum(len(e.input_ids) for e in examples)


def refuse_bad_rows(rows: Sequence[Example], eos: int) -> None:
    """Refuse rows from which a model would not learn, or not learn to stop.

    Raises:
        ModelError: Too few rows, or fewer than 99 % end in an end token that is learnt.
    """
    if len(rows) < FEWEST_ROWS:
        raise ModelError(
            f"Only {len(rows)} training rows; at least {FEWEST_ROWS} are needed, and a few hundred "
            "for a style. Add sources, or loosen the era's quality rules."
        )
    good = sum(ends_well(row, eos) for row in rows)
    if good < MUST_END * len(rows):
        raise ModelError(
            f"Only {good} of {len(rows)} completions end in the end token that is learnt; the "
            "model would never learn to stop. Check the base's chat template and end token."
        )


def within(rows: Sequence[Example], most: int, seed: int) -> list[Example]:
    """Return a seeded choice of rows that holds at most `most` tokens, or all, in order."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a choice, not a secret
    chosen, total = [], 0
    for index in order:
        total += len(rows[index].input_ids)
        if total > most:
            break
        chosen.append(index)
    return [rows[index] for index in sorted(chosen)]


def some(rows: Sequence[Example], most: int, seed: int) -> list[Example]:
    """Return a seeded choice of at most `most` rows, in order."""
    if len(rows) <= most:
        return list(rows)
    chosen = random.Random(seed).sample(range(len(rows)), most)  # noqa: S311
    return [rows[index] for index in sorted(chosen)]


def padding_share(rows: Sequence[Example], batch: int) -> float:
    """Return the share of padding when rows are batched by length.

    >>> padding_share([Example([1, 1], []), Example([1], [])], 2)
    0.25
    """
    lengths = sorted(len(r.input_ids) for r in rows)
    groups = [lengths[i : i + batch] for i in range(0, len(lengths), batch)]
    padded = sum(max(g) * len(g) for g in groups)
    return 1 - sum(lengths) / padded
