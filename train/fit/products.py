"""Multiplies matrices in bfloat16 while a base trains, where the processor has units for that.

Weights, activations, sums and gradients stay float32: only what goes into a product is rounded,
and oneDNN adds up in float32. With AMX an update of SmolLM2 is 1.28 times as fast so, and
the losses differ in the fourth digit. The starter's small products get slower, and so does
everything where the processor has AVX-512's bfloat16 but no AMX (docs/log.md has the figures).
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, cast

from erastyle.train.options import TrainOptions

Products = Literal["float32", "bfloat16"]
FEWEST_PARAMETERS = 30_000_000
"""The products of a smaller base take less time than rounding what goes into them."""


def has_amx() -> bool:
    """Say whether the processor multiplies tiles of bfloat16."""
    import torch

    return torch.backends.mkldnn.is_available() and torch.cpu._is_amx_tile_supported()


def may_round(options: TrainOptions, parameters: int) -> bool:
    """Say whether a training on a CPU rounds its products where the processor has AMX."""
    return parameters >= FEWEST_PARAMETERS and options.products == "auto"


def of_training(options: TrainOptions, parameters: int, device: str) -> Products:
    """Return the number type in which a training multiplies.

    Args:
        options: Options of `train`.
        parameters: Parameters of the base.
        device: `cpu` or `cuda`; a GPU has `Settings.mixed` for this.
    """
    able = device == "cpu" and may_round(options, parameters)
    return "bfloat16" if able and has_amx() else "float32"


def padded_to(products: Products) -> int:
    """Return the number of tokens of which rows are padded to a multiple; 1: they are not.

    oneDNN makes a program for each shape of rounded products, and keeps a thousand of them: rows of
    all lengths took 100 MB more with each update, and half of the gain.
    """
    return 64 if products != "float32" else 1


def give_back_memory() -> None:
    """Give the system the memory that is free, where the C library can (glibc).

    oneDNN's programs lie between the large sums of a pass, so that memory which was freed stays
    with the process: in 91 updates of SmolLM2 it grew from 2.6 to 4.7 GB.
    """
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _c_library() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows has none by that name
        return None


@contextmanager
def rounded(products: Products) -> Iterator[None]:
    """Let torch multiply matrices of float32 in another number type for the time of a `with`."""
    import torch

    if products == "float32":
        yield
        return
    matmul = cast("Any", torch.backends.mkldnn).matmul
    before = matmul.fp32_precision
    matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before
