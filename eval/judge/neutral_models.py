"""Neutral language models that a judge reads with, by name."""

from __future__ import annotations

from functools import lru_cache

from erastyle.corpus.errors import ModelError
from erastyle.eval.judge.questions.neutral import TorchNeutral
from erastyle.train.bases.known import SMOLLM2

KNOWN = (SMOLLM2,)
"""Bases that a judge may read with: small enough for one core."""


@lru_cache(maxsize=1)
def load(name: str) -> TorchNeutral:
    """Return the neutral model `name`, loaded once.

    It is read in bfloat16 where the processor multiplies such numbers, in float32 elsewhere: twice
    as fast, and bits per byte differ by less than .001.

    Args:
        name: `smollm2`.

    Raises:
        ModelError: No such neutral model, or it is not on this machine.
    """
    if name not in KNOWN:
        raise ModelError(
            f"{name}: not a language model that a judge reads with. Known: {', '.join(KNOWN)}."
        )
    import torch

    from erastyle.train.model import loading

    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    weights = "bfloat16" if native else "float32"
    model = loading.load_base(name, "cpu", weights=weights)
    return TorchNeutral(model, loading.load_tokenizer(name), full_name(name))


def full_name(name: str) -> str:
    """Return the name of a neutral model with a digest of its weights, as judge files keep it."""
    from erastyle.train.model.loading import base_digest

    return f"{name} {base_digest(name)[:8]}"
