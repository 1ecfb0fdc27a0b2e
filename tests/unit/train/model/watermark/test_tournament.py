"""Tournament sampling: the chances of real tournaments, and over all keys the chances as before."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erastyle.train.model.watermark import tournament
from erastyle.train.model.watermark.g_values import CONTEXT
from erastyle.train.model.watermark.tournament import TextContexts, chances_after, marked

torch = pytest.importorskip("torch")
CHANCES = [0.6, 0.3, 0.1]


def test_over_all_g_values_the_chances_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """All assignments of bits in two layers to three tokens, each equally likely."""
    monkeypatch.setattr(tournament, "LAYERS", 2)
    hashes = torch.tensor(list(itertools.product(range(4), repeat=3)))
    chances = torch.tensor([CHANCES] * len(hashes), dtype=torch.float64)
    after = chances_after(chances, hashes)
    assert after.sum(dim=1).tolist() == pytest.approx([1.0] * len(hashes))
    assert after.mean(dim=0).tolist() == pytest.approx(CHANCES)
    assert (after - chances).abs().max() > 0.2, "each key alone changes them"


def test_a_layer_is_a_match_of_two_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tournament, "LAYERS", 1)
    for g in itertools.product((0, 1), repeat=3):
        wins = [0.0, 0.0, 0.0]
        for one, two in itertools.product(range(3), repeat=2):
            both = CHANCES[one] * CHANCES[two]
            for winner in (
                (one, two) if g[one] == g[two] else 2 * (max(one, two, key=g.__getitem__),)
            ):
                wins[winner] += both / 2
        after = chances_after(torch.tensor([CHANCES], dtype=torch.float64), torch.tensor([g]))
        assert after[0].tolist() == pytest.approx(wins)


def test_over_many_keys_the_chances_are_as_before_with_all_layers() -> None:
    chances = torch.tensor([CHANCES], dtype=torch.float64)
    ids = torch.tensor([[11, 12, 13]])
    after = torch.cat([marked(chances, ids, [(1, 2, 3, 4)], key) for key in range(3000)])
    assert after.mean(dim=0).tolist() == pytest.approx(CHANCES, abs=0.03)
    assert after.max(dim=1).values.mean() > 0.9, "all layers leave little to chance"


def test_a_context_is_new_once() -> None:
    contexts = TextContexts()
    ids = [1, 2, 3]
    assert contexts.new(ids) is None, "too short"
    ids += [4]
    assert contexts.new(ids) == (1, 2, 3, 4)
    assert contexts.new(ids) == (1, 2, 3, 4), "nothing was written behind it yet"
    ids += [9, 1, 2, 3, 4]
    assert contexts.new(ids) is None


@given(st.lists(st.tuples(st.integers(0, 6), st.lists(st.integers(0, 2), max_size=9)), max_size=9))
def test_what_was_taken_back_is_forgotten(steps: list[tuple[int, list[int]]]) -> None:
    contexts, ids = TextContexts(), list[int]()
    for back, more in steps:
        del ids[max(0, len(ids) - back) :]
        contexts.cut(len(ids))
        for token in more:
            earlier = {tuple(ids[n - CONTEXT : n]) for n in range(CONTEXT, len(ids))}
            now = tuple(ids[-CONTEXT:])
            wanted = None if len(ids) < CONTEXT or now in earlier else now
            assert contexts.new(ids) == wanted
            ids.append(token)


def test_no_candidate_comes_from_nothing() -> None:
    rng = np.random.default_rng(3)
    chances = torch.from_numpy(rng.dirichlet(np.ones(50), 20))
    chances[:, 30:] = 0
    chances /= chances.sum(dim=1, keepdim=True)
    ids = torch.arange(50).expand(20, 50)
    after = marked(chances, ids, [(n, n, n, n) for n in range(20)])
    assert bool((after >= 0).all())
    assert bool((after[:, 30:] == 0).all())
    assert after.sum(dim=1).tolist() == pytest.approx([1.0] * 20)
