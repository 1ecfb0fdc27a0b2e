"""The next token: the nucleus of the full sort, whatever way it is found."""

from __future__ import annotations

import numpy as np
import pytest

from erastyle.train.model import sampling

torch = pytest.importorskip("torch")


def shares(logits: list[float], temperature: float, top_p: float, draws: int = 2000) -> list[float]:
    """Return how often each token is drawn when the chances lie evenly from 0 to 1."""
    rows = torch.tensor([logits] * draws)
    uniform = (np.arange(draws) + 0.5) / draws
    tokens = sampling.draw(rows, uniform, temperature, top_p)
    return [float((tokens == n).float().mean()) for n in range(len(logits))]


def expected(logits: list[float], temperature: float, top_p: float) -> list[float]:
    """Return the shares by the words of the method: sort, add up, cut, share out."""
    each = np.exp(np.array(logits) / temperature)
    each /= each.sum()
    order = np.argsort(-each)
    kept, total = [], 0.0
    for n in order:
        kept.append(n)
        total += each[n]
        if total >= top_p:
            break
    return [float(each[n] / total) if n in kept else 0.0 for n in range(len(logits))]


@pytest.mark.parametrize("top", [1024, 3])
@pytest.mark.parametrize(("temperature", "top_p"), [(0.7, 0.95), (1.0, 0.5), (2.0, 0.99), (1, 1.0)])
def test_tokens_come_as_often_as_their_nucleus_says(
    monkeypatch: pytest.MonkeyPatch, top: int, temperature: float, top_p: float
) -> None:
    monkeypatch.setattr(sampling, "TOP", top)
    logits = np.random.default_rng(2).normal(0, 1.5, 40).tolist()
    drawn = shares(logits, temperature, top_p)
    assert drawn == pytest.approx(expected(logits, temperature, top_p), abs=2e-3)


def test_a_temperature_of_zero_takes_the_likeliest() -> None:
    assert sampling.draw(torch.tensor([[0.0, 3.0, 1.0]]), [0.99], 0.0, 0.5).tolist() == [1]


def test_written_tokens_become_less_likely_whatever_their_sign() -> None:
    logits, written = torch.tensor([[2.0, -2.0, 1.0]]), torch.tensor([[True, True, False]])
    assert sampling.penalised(logits, written, 2.0).tolist() == [[1.0, -4.0, 1.0]]
    assert sampling.penalised(logits, written, 1.0) is logits


def test_chances_are_of_the_seed_the_request_and_its_number_alone() -> None:
    one = sampling.chance(1, "a", 0).random(3).tolist()
    assert sampling.chance(1, "a", 0).random(3).tolist() == one
    others = [
        sampling.chance(*other).random(3).tolist()
        for other in ((2, "a", 0), (1, "b", 0), (1, "a", 1))
    ]
    assert one not in others
    assert len({tuple(other) for other in others}) == 3


@pytest.mark.parametrize("top", [1024, 3])
def test_the_watermark_changes_no_share_over_many_contexts(
    monkeypatch: pytest.MonkeyPatch, top: int
) -> None:
    """With `TOP` 3 the nucleus is wider than what is marked."""
    monkeypatch.setattr(sampling, "TOP", top)
    logits = np.random.default_rng(2).normal(0, 1.0, 12).tolist()
    draws = 6000
    contexts = [(n, n + 1, 7 * n, 3) for n in range(draws)]
    uniform = np.random.default_rng(4).random(draws)
    rows = torch.tensor([logits] * draws)
    tokens = sampling.draw(rows, uniform, 1.0, 0.9, contexts)
    drawn = [float((tokens == n).float().mean()) for n in range(len(logits))]
    assert drawn == pytest.approx(expected(logits, 1.0, 0.9), abs=0.025)
    nothing: list[None] = [None] * draws
    plain = sampling.draw(rows, uniform, 1.0, 0.9)
    assert torch.equal(sampling.draw(rows, uniform, 1.0, 0.9, nothing), plain)
    assert float((tokens != plain).float().mean()) > 0.2
    again = sampling.draw(rows[:2], uniform[:2], 1.0, 0.9, [None, contexts[1]])
    assert again.tolist() == [int(plain[0]), int(tokens[1])], "each text has its own"
