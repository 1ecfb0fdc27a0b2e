"""What a model would lose if its multiplications were additions: L-Mul, emulated.

L-Mul replaces the product of two floating-point numbers (1 + a) 2^x and (1 + b) 2^y by
(1 + a + b + 2^-l) 2^(x+y), which hardware could do with an integer addition. This module computes
the same numbers with ordinary multiplications, so it says what accuracy such hardware would have
and nothing of its speed: an emulation. It follows equation 4 of the paper, without the carry of the
sum of mantissas into the exponent (which an integer adder would have, and which would make large
products less short), in linear layers and attention; everything else stays exact.

Source: Luo and Sun, "Addition is All You Need for Energy-efficient Language Models", 2024,
arXiv 2410.00907. The energy is their estimate, not a measurement of ours.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MANTISSA_BITS = 3  # of fp8 (e4m3), the precision that the paper compares with
PUBLISHED = (
    "Published estimate (arXiv 2410.00907): 80 % less energy for dot products and 95 % less for "
    "elementwise products, on hardware built for it. Nothing of that was measured here."
)


def offset(mantissa_bits: int) -> float:
    """Return 2^-l(m), the constant that makes up for the product of the mantissas on average.

    >>> offset(3), offset(4), offset(7)
    (0.125, 0.125, 0.0625)
    """
    bits = mantissa_bits if mantissa_bits <= 3 else 3 if mantissa_bits == 4 else 4
    return 2.0**-bits


def parts(x: torch.Tensor, mantissa_bits: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `x` rounded to so many mantissa bits, and the power of two below it with its sign."""
    import torch

    mantissa, exponent = torch.frexp(x.float())  # 0.5 <= |mantissa| < 1, or 0
    steps = 2.0 ** (mantissa_bits + 1)
    mantissa, carry = torch.frexp(torch.round(mantissa * steps) / steps)
    exponent = exponent + carry
    rounded = torch.ldexp(mantissa, exponent)
    power = torch.ldexp(torch.sign(mantissa) * 0.5, exponent)
    return rounded, power


def matmul(x: torch.Tensor, y: torch.Tensor, mantissa_bits: int = MANTISSA_BITS) -> torch.Tensor:
    """Return the matrix product with L-Mul for each product and exact sums.

    With powers P and Q below the factors X and Y, one product is X Q + P Y + (c - 1) P Q: three
    matrix products give all of them.
    """
    first, power = parts(x, mantissa_bits)
    second, other = parts(y, mantissa_bits)
    c = offset(mantissa_bits)
    return first @ other + power @ second + (c - 1) * (power @ other)


@contextmanager
def emulated(mantissa_bits: int = MANTISSA_BITS) -> Iterator[None]:
    """Let every linear layer and attention of torch compute with L-Mul inside the block."""
    import torch
    from torch.overrides import TorchFunctionMode

    functional = torch.nn.functional

    def linear(x: Any, weight: Any, bias: Any = None) -> Any:
        found = matmul(x, weight.transpose(-1, -2), mantissa_bits).to(x.dtype)
        return found if bias is None else found + bias

    def attention(
        query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
        is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
    ) -> Any:  # fmt: skip
        del dropout_p
        if enable_gqa:
            times = query.shape[-3] // key.shape[-3]
            key, value = (t.repeat_interleave(times, dim=-3) for t in (key, value))
        scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        weights = matmul(query, key.transpose(-1, -2), mantissa_bits) * scale
        if is_causal:
            seen = torch.ones(weights.shape[-2:], dtype=torch.bool, device=weights.device).tril()
            weights = weights.masked_fill(~seen, -math.inf)
        if attn_mask is not None:
            if attn_mask.dtype == torch.bool:
                weights = weights.masked_fill(~attn_mask, -math.inf)
            else:
                weights = weights + attn_mask
        shares = weights.softmax(-1).nan_to_num(0.0)  # a padded row sees nothing
        return matmul(shares, value, mantissa_bits).to(query.dtype)

    instead = {
        functional.linear: linear,
        functional.scaled_dot_product_attention: attention,
    }

    class Emulation(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            del types
            return instead.get(function, function)(*args, **(kwargs or {}))

    with Emulation():
        yield
