"""The bits behind a context: the same in numpy and torch, fair, and of every token of it."""

from __future__ import annotations

import numpy as np
import pytest

from erastyle.train.model.watermark.g_values import (
    CONTEXT,
    LAYERS,
    bits,
    context_hashes,
    g_hashes,
)


def test_numpy_and_torch_give_the_same_bits() -> None:
    torch = pytest.importorskip("torch")
    tokens = np.random.default_rng(1).integers(0, 49_152, (7, 20))
    contexts = context_hashes(tokens[:, :CONTEXT])
    ours = g_hashes(contexts[:, None], tokens)
    theirs = g_hashes(torch.from_numpy(contexts)[:, None], torch.from_numpy(tokens))
    assert np.array_equal(ours, theirs.numpy())


def test_neighbouring_tokens_have_fair_and_unrelated_bits() -> None:
    contexts = np.stack([np.arange(n, n + CONTEXT) for n in range(40)])
    hashes = g_hashes(context_hashes(contexts)[:, None], np.arange(500))
    g = bits(hashes).reshape(-1, LAYERS)
    assert set(np.unique(g)) == {0, 1}
    assert np.abs(g.mean(axis=0) - 0.5).max() < 0.015  # 20,000 bits: four standard errors
    related = np.corrcoef(np.concatenate([g[:-1], g[1:]], axis=1).T) - np.eye(2 * LAYERS)
    assert np.abs(related).max() < 0.035


def test_every_token_of_the_context_and_the_key_decide() -> None:
    context = [5, 6, 7, 8]
    base = context_hashes([context])
    others = [context_hashes([[*context[:n], 99, *context[n + 1 :]]]) for n in range(CONTEXT)]
    others += [context_hashes([context[::-1]]), context_hashes([context], key=1)]
    assert len({int(one[0]) for one in [base, *others]}) == 1 + len(others)
