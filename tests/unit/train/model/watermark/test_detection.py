"""Detection: p-values that are as small as they say, and no smaller."""

from __future__ import annotations

import numpy as np
import pytest

from erastyle.train.model.watermark import detection
from erastyle.train.model.watermark.detection import evidence, g_values, unrepeated
from erastyle.train.model.watermark.g_values import CONTEXT


def unmarked(rng: np.random.Generator, length: int) -> list[int]:
    """Return tokens of which few are frequent, as in a language."""
    return np.minimum(rng.zipf(1.3, length), 40_000).tolist()


def with_mark(rng: np.random.Generator, length: int, choices: int = 4) -> list[int]:
    """Return tokens of which each is the best of a few by its weighted g-values."""
    ids = unmarked(rng, CONTEXT)
    while len(ids) < length:
        own = rng.integers(0, 40_000, choices)
        rows = [[*ids[-CONTEXT:], int(one)] for one in own]
        place = np.array([CONTEXT])
        ids.append(int(own[np.argmax([g_values(r, place)[0] @ detection.WEIGHTS for r in rows])]))
    return ids


def test_unmarked_tokens_have_even_p_values() -> None:
    rng = np.random.default_rng(5)
    said = [evidence(unmarked(rng, int(rng.integers(40, 400)))) for _ in range(1500)]
    for limit in (0.01, 0.1, 0.5):
        error = 4 * (limit * (1 - limit) / len(said)) ** 0.5
        assert np.mean([one.p_whole <= limit for one in said]) == pytest.approx(limit, abs=error)
        assert np.mean([one.p <= limit for one in said]) <= limit + error


def test_marked_tokens_are_found_and_another_key_finds_nothing() -> None:
    ids = with_mark(np.random.default_rng(6), 120)
    assert evidence(ids).p < 1e-12
    assert evidence(ids).mean > 0.55
    assert evidence(ids, key=1).p > 0.001


def test_a_marked_part_is_found_where_it_stands() -> None:
    rng = np.random.default_rng(7)
    ids = [*unmarked(rng, 500), *with_mark(rng, 100, 3), *unmarked(rng, 500)]
    said = evidence(ids)
    assert said.p < 1e-6
    assert said.p < said.p_whole
    assert 400 <= said.start < 560
    assert 540 < said.end <= 740


def test_a_context_counts_once() -> None:
    ids = with_mark(np.random.default_rng(8), 40)
    assert unrepeated(ids * 5).tolist()[: len(ids) - CONTEXT] == unrepeated(ids).tolist()
    assert evidence(ids * 5).contexts <= len(ids)
    assert evidence([7] * 100).contexts == 1


@pytest.mark.parametrize("ids", [[], [1], [1, 2, 3, 4]])
def test_what_has_no_context_says_nothing(ids: list[int]) -> None:
    said = evidence(ids)
    assert (said.contexts, said.p, said.p_whole) == (0, 1.0, 1.0)
