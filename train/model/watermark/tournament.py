"""Tournament sampling: draws a token such that its g-values tend to be 1.

In a layer two candidates are drawn and the one with the greater g-value goes on; the winners meet
in the next layer. What comes out of all layers has a closed form, by which the chances are changed
before one token is drawn. The mean over all keys is the chances as they were. A context that stands
earlier in the text leaves them as they are, so that the same holds for a whole text.

Source:
    Dathathri et al., "Scalable watermarking for identifying large language model outputs", Nature
    634, 2024: two-way tournaments, repeated context masking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from erastyle.train.model.watermark.g_values import (
    CONTEXT,
    KEY,
    LAYERS,
    context_hashes,
    g_hashes,
)

if TYPE_CHECKING:
    import torch

Context = tuple[int, ...]


class TextContexts:
    """The contexts of a text so far: the next token bears a mark where its context is new."""

    def __init__(self) -> None:
        """Begin with an empty text."""
        self._contexts: list[Context] = []
        self._counts: Counter[Context] = Counter()

    def new(self, ids: Sequence[int]) -> Context | None:
        """Return the context of the next token; None: it is too short, or stood there before.

        Args:
            ids: The text so far. It may have grown since the last call by any number of tokens.
        """
        if len(ids) < CONTEXT:
            return None
        for end in range(len(self._contexts) + CONTEXT, len(ids)):
            context = tuple(ids[end - CONTEXT : end])
            self._contexts.append(context)
            self._counts[context] += 1
        context = tuple(ids[len(ids) - CONTEXT :])
        return None if self._counts[context] else context

    def cut(self, length: int) -> None:
        """Forget what comes after the first `length` tokens, which were taken back."""
        while len(self._contexts) > max(0, length - CONTEXT):
            self._counts[self._contexts.pop()] -= 1


def chances_after(chances: torch.Tensor, hashes: torch.Tensor) -> torch.Tensor:
    """Return the chances of candidates to win the tournament.

    Args:
        chances: Chances that add up to 1. Shape: (rows, candidates).
        hashes: Their g-values, as `g_hashes` gives them. Shape: (rows, candidates).

    Returns:
        Shape: (rows, candidates).
    """
    for layer in range(LAYERS):
        g = ((hashes >> layer) & 1).to(chances.dtype)
        chances = chances * (1 + g - (chances * g).sum(dim=-1, keepdim=True))
    return chances


def marked(
    chances: torch.Tensor, ids: torch.Tensor, contexts: Sequence[Context], key: int = KEY
) -> torch.Tensor:
    """Return the chances of each row's candidates to win the tournament behind its context.

    Args:
        chances: Chances that add up to 1. Shape: (rows, candidates).
        ids: Tokens of the candidates. Shape: (rows, candidates).
        contexts: The context of each row.
        key: The key.
    """
    import torch

    known = torch.from_numpy(context_hashes(contexts, key)).to(ids.device)
    return chances_after(chances, g_hashes(known[:, None], ids))
