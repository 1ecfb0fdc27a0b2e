"""The next token: penalty, temperature and nucleus, with a random stream of its own for each text.

The nucleus is taken from the likeliest `TOP` tokens, which is a quarter of the time of sorting a
vocabulary of 49,152. Where these hold less than `top_p` of the probability, all are sorted, so the
distribution is that of the full sort.

A watermark changes the chances within the nucleus, of the likeliest `TOP` tokens alone. Where the
nucleus is wider, first one of its two parts is drawn: tokens beyond `TOP` keep their chances.

Source:
    Nucleus sampling: Holtzman et al., "The curious case of neural text degeneration", 2020.
    Repetition penalty: Keskar et al., "CTRL", 2019.
    Guidance: Sanchez et al., "Stay on topic with classifier-free guidance", 2023; what
    is unlikely is left alone as in Li et al., "Contrastive decoding", 2023.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.train.model.watermark.tournament import Context, marked

if TYPE_CHECKING:
    import torch

TOP = 1024
PLAUSIBLE = 0.01
"""Share of the likeliest token's probability below which no token becomes likelier."""


def chance(seed: int, request: str, number: int) -> np.random.Generator:
    """Return the source of chance of one text: the same wherever and beside whatever it is written.

    Args:
        seed: Seed of the whole.
        request: The request.
        number: How many times the same request was asked before.
    """
    digest = hashlib.sha256(f"{seed}\0{number}\0{request}".encode("utf-8", "surrogatepass"))
    return np.random.default_rng(int.from_bytes(digest.digest()[:16], "big"))


def guided(logits: torch.Tensor, neutral: torch.Tensor, strengths: Sequence[float]) -> torch.Tensor:
    """Return logits drawn towards what the brief makes likelier.

    Tokens that the model finds unlikely with the brief become no likelier, however much the brief
    helped them.

    Args:
        logits: Those with the brief. Shape: (texts, vocabulary).
        neutral: Those without it. Shape: (texts, vocabulary).
        strengths: For each text: 1 gives the logits with the brief, 0 those without it.
    """
    import torch

    own, other = logits.float().log_softmax(-1), neutral.float().log_softmax(-1)
    gain = (torch.tensor(strengths, device=logits.device)[:, None] - 1) * (own - other)
    unlikely = own < own.amax(dim=-1, keepdim=True) + log(PLAUSIBLE)
    return (logits + torch.where(unlikely, gain.clamp(max=0), gain)).to(logits.dtype)


def penalised(logits: torch.Tensor, written: torch.Tensor, penalty: float) -> torch.Tensor:
    """Return logits with those of written tokens made less likely.

    Args:
        logits: Shape: (texts, vocabulary).
        written: Whether the token stands in the request or the text. Shape: (texts, vocabulary).
        penalty: 1 changes nothing.
    """
    import torch

    if penalty == 1:
        return logits
    less = torch.where(logits < 0, logits * penalty, logits / penalty)
    return torch.where(written, less, logits)


def draw(
    logits: torch.Tensor,
    uniform: Any,
    temperature: float,
    top_p: float,
    contexts: Sequence[Context | None] = (),
) -> torch.Tensor:
    """Return a token for each text.

    Args:
        logits: Shape: (texts, vocabulary).
        uniform: A number from 0 to 1 for each text, which decides. Shape: (texts,).
        temperature: 0 takes the likeliest token.
        top_p: Choose among the likeliest tokens that together have this probability.
        contexts: For each text the tokens that decide its watermark; None: this token bears none.
            Empty: no watermark. A temperature of 0 leaves nothing to mark.

    Returns:
        Token ids. Shape: (texts,).
    """
    import torch

    if temperature == 0:
        return logits.argmax(dim=-1)
    scaled = logits.float() / temperature
    chances = torch.as_tensor(uniform, dtype=torch.float32, device=logits.device)
    size = scaled.shape[-1]
    total = torch.logsumexp(scaled, dim=-1, keepdim=True)
    top, ids = scaled.topk(min(TOP, size), dim=-1)
    tokens, held = _in_nucleus(top - total, ids, chances, top_p, contexts)
    short = torch.nonzero(held < top_p).flatten() if size > TOP else held[:0]
    if len(short):  # a flat distribution: its nucleus is wider than the likeliest `TOP`
        whole, order = scaled[short].sort(dim=-1, descending=True)
        own = [contexts[n] for n in short.tolist()] if contexts else ()
        tokens[short] = _in_nucleus(whole - total[short], order, chances[short], top_p, own)[0]
    return tokens


def _in_nucleus(
    logs: torch.Tensor,
    ids: torch.Tensor,
    chances: torch.Tensor,
    top_p: float,
    contexts: Sequence[Context | None],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a token of each row's nucleus, and the probability that all its columns hold.

    Args:
        logs: Log-probabilities, falling. Shape: (rows, columns).
        ids: The token of each column. Shape: (rows, columns).
        chances: A number from 0 to 1 for each row. Shape: (rows,).
        top_p: Probability of the nucleus.
        contexts: The context of each row, or none at all.
    """
    import torch

    each = logs.exp()
    sums = each.cumsum(dim=-1)
    inside = (sums - each) < top_p  # the token that reaches top_p is the last one inside
    inside[:, 0] = True
    last = inside.sum(dim=-1, keepdim=True) - 1
    wanted = chances[:, None] * sums.gather(1, last)
    place = torch.minimum(torch.searchsorted(sums, wanted, right=True), last)
    rows = [n for n, context in enumerate(contexts) if context is not None]
    if rows:
        at = torch.tensor(rows, device=logs.device)
        first = torch.where(inside, each, 0)[at, :TOP]
        own = [context for context in contexts if context is not None]
        won = _won_place(first, ids[at, :TOP], wanted[at], own)
        place[at] = torch.where(place[at] < TOP, won, place[at])
    return ids.gather(1, place)[:, 0], sums[:, -1]


def _won_place(
    each: torch.Tensor, ids: torch.Tensor, wanted: torch.Tensor, contexts: Sequence[Context]
) -> torch.Tensor:
    """Return the column of each row that wins the tournament.

    Args:
        each: Probabilities, 0 outside the nucleus. Shape: (rows, columns).
        ids: The token of each column. Shape: (rows, columns).
        wanted: A number up to the sum of the probabilities, which decides. Shape: (rows, 1).
        contexts: The context of each row.
    """
    import torch

    total = each.sum(dim=-1, keepdim=True)
    after = marked(each / total, ids, contexts)
    sums = after.cumsum(dim=-1)
    last = (after > 0).cumsum(dim=-1).argmax(dim=-1, keepdim=True)  # the last one that can win
    share = (wanted / total) * sums[:, -1:]
    return torch.minimum(torch.searchsorted(sums, share, right=True), last)
