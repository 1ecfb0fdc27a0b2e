"""Layers of a LoRA training on a CPU that keep less for the backward pass and pass over it less.

A plain layer with LoRA keeps of each token what goes into and comes out of every elementwise step,
and fills fresh memory in each. Here a product and its adapter are one step; SwiGLU keeps only its
gate and its other half, and makes what lies between anew; RMSNorm keeps one number for each token.
Losses and gradients are the same within rounding.

Only where gradients of adapters are made: where a layer's own weights are learnt, its adapter is
merged or has dropout, or no gradients are wanted, it does what it always does.

Source: Han and Han, "Unsloth", 2023, for the idea of deriving LoRA's layers by hand.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from peft.tuners.lora import Linear
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import silu

CHUNK = 256  # tokens whose inner values exist at a time
PROBED = 3  # made-up tokens on which a layer has to give the same
FEED_FORWARD = ("gate_proj", "up_proj", "down_proj")


class Adapted(NamedTuple):
    """The weights of a linear layer and of the adapter beside it."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    down: torch.Tensor
    up: torch.Tensor
    scale: float

    @classmethod
    def of(cls, weights: Sequence[Any], scale: float) -> Adapted:
        """Return the layer of these four tensors."""
        weight, bias, down, up = weights
        return cls(weight, bias, down, up, scale)

    def there(self, x: torch.Tensor, narrow: torch.Tensor) -> torch.Tensor:
        """Return the product; `narrow` is `x @ down.T`."""
        if self.bias is None:
            result = x @ self.weight.T
        else:
            result = torch.addmm(self.bias, x, self.weight.T)
        return result.addmm_(narrow, self.up.T, alpha=self.scale)

    def back(self, gradient: torch.Tensor, narrow: torch.Tensor) -> torch.Tensor:
        """Return the gradient of the input; `narrow` is `scale * gradient @ up`."""
        return (gradient @ self.weight).addmm_(narrow, self.down)


class AdaptedProduct(Function):
    """A linear layer with its adapter."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor, scale: float, *weights: Any) -> torch.Tensor:
        """Return the product.

        Args:
            context: Context of torch's autograd.
            x: Shape: (..., inputs).
            scale: Of the adapter.
            weights: The fields of `Adapted` before the scale.
        """
        layer = Adapted.of(weights, scale)
        flat = x.reshape(-1, x.shape[-1])
        narrow = flat @ layer.down.T
        context.save_for_backward(flat, narrow, *weights)
        context.scale = scale
        return layer.there(flat, narrow).view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: torch.Tensor) -> Any:
        """Return the gradients of the input and of the adapter."""
        flat, narrow, *weights = context.saved_tensors
        layer = Adapted.of(weights, context.scale)
        given = gradients[0].reshape(-1, gradients[0].shape[-1])
        inner = (given @ layer.up).mul_(layer.scale)
        of_x = None
        if context.needs_input_grad[0]:
            of_x = layer.back(given, inner).view(*gradients[0].shape[:-1], -1)
        of_up = (given.T @ narrow).mul_(layer.scale)
        return of_x, None, None, None, inner.T @ flat, of_up


class SwiGLU(Function):
    """A feed-forward part `down(silu(gate(x)) * up(x))` with adapters on its three layers."""

    @staticmethod
    def forward(
        context: Any, x: torch.Tensor, scales: tuple[float, float, float], *weights: Any
    ) -> torch.Tensor:
        """Return the output.

        Args:
            context: Context of torch's autograd.
            x: Shape: (..., width).
            scales: Of the adapters of gate, up and down.
            weights: For each of them the fields of `Adapted` before the scale.
        """
        gate, up, down = _layers(weights, scales)
        flat = x.reshape(-1, x.shape[-1])
        narrow_gate, narrow_up = flat @ gate.down.T, flat @ up.down.T
        gated, other = gate.there(flat, narrow_gate), up.there(flat, narrow_up)
        result = flat.new_empty(len(flat), len(down.weight))
        narrow_down = flat.new_empty(len(flat), len(down.down))
        for start in range(0, len(flat), CHUNK):
            part = slice(start, start + CHUNK)
            inner = silu(gated[part]).mul_(other[part])
            narrow_down[part] = inner @ down.down.T
            result[part] = down.there(inner, narrow_down[part])
        context.save_for_backward(flat, narrow_gate, narrow_up, narrow_down, gated, other, *weights)
        context.scales = scales
        return result.view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: torch.Tensor) -> Any:
        """Return the gradients of the input and of the three adapters."""
        flat, narrow_gate, narrow_up, narrow_down, gated, other, *weights = context.saved_tensors
        gate, up, down = _layers(weights, context.scales)
        given = gradients[0].reshape(-1, gradients[0].shape[-1])
        of = [torch.zeros_like(matrix) for one in (gate, up, down) for matrix in one[2:4]]
        of_x = torch.empty_like(flat)
        for start in range(0, len(flat), CHUNK):
            part = slice(start, start + CHUNK)
            g, x, a, b = given[part], flat[part], gated[part], other[part]
            active = silu(a)
            narrow = (g @ down.up).mul_(down.scale)
            of[4].addmm_(narrow.T, active * b)
            of[5].addmm_(g.T, narrow_down[part], alpha=down.scale)
            inner = down.back(g, narrow)
            of_other = active.mul_(inner)
            of_gated = torch.ops.aten.silu_backward(inner.mul_(b), a)
            narrow = (of_other @ up.up).mul_(up.scale)
            of[2].addmm_(narrow.T, x)
            of[3].addmm_(of_other.T, narrow_up[part], alpha=up.scale)
            to_x = up.back(of_other, narrow)
            narrow = (of_gated @ gate.up).mul_(gate.scale)
            of[0].addmm_(narrow.T, x)
            of[1].addmm_(of_gated.T, narrow_gate[part], alpha=gate.scale)
            of_x[part] = to_x.addmm_(of_gated, gate.weight).addmm_(narrow, gate.down)
        pairs = ((None, None, of[2 * n], of[2 * n + 1]) for n in range(3))
        of_x = of_x.view(*gradients[0].shape[:-1], -1)
        return of_x, None, *(one for pair in pairs for one in pair)


class RMSNorm(Function):
    """RMSNorm with weights that are not learnt."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> Any:
        """Return the normalised input."""
        mean = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1])
        scale = mean.add_(epsilon).rsqrt_()
        context.save_for_backward(x, weight, scale)
        return (x * scale).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(context: Any, *gradients: torch.Tensor) -> Any:
        """Return the gradient of the input."""
        x, weight, scale = context.saved_tensors
        result = gradients[0] * weight
        along = (result * x).sum(-1, keepdim=True).mul_(scale.pow(3)).div_(-x.shape[-1])
        return result.mul_(scale).addcmul_(x, along), None, None


def _layers(weights: Any, scales: tuple[float, ...]) -> list[Adapted]:
    return [Adapted.of(weights[4 * n : 4 * n + 4], scale) for n, scale in enumerate(scales)]


def adapted(layer: Any) -> Adapted | None:
    """Return the weights of a linear layer whose one plain adapter is learnt now, or None."""
    if type(layer) is not Linear or layer.disable_adapters or layer.merged:
        return None
    base, names = layer.get_base_layer(), layer.active_adapters
    if len(names) != 1 or names[0] not in layer.lora_A or names[0] in layer.lora_variant:
        return None
    name = names[0]
    down, up = layer.lora_A[name], layer.lora_B[name]
    plain = (
        type(base) is torch.nn.Linear
        and not base.weight.requires_grad
        and all(w.dtype == torch.float32 for w in (base.weight, down.weight, up.weight))
        and not getattr(base.bias, "requires_grad", False)
        and up.bias is None
        and not (layer.training and getattr(layer.lora_dropout[name], "p", 0))
    )
    if not plain:
        return None
    return Adapted(base.weight, base.bias, down.weight, up.weight, layer.scaling[name])


def install(model: Any) -> None:
    """Let the layers of a model with LoRA adapters keep less, where it changes no result.

    Feed-forward parts and norms are known by what they compute, not by their names: one that does
    not compute the same on a few made-up tokens stays as it is.
    """
    for part in list(model.modules()):
        forward: Callable[..., Any] | None = None
        usual = part.forward
        if type(part) is Linear:
            forward = functools.partial(_product, part, usual)
        elif all(type(getattr(part, name, None)) is Linear for name in FEED_FORWARD):
            forward = _if_equal(part, functools.partial(_feed_forward, part, usual))
        elif hasattr(part, "variance_epsilon"):
            forward = _if_equal(part, functools.partial(_norm, part, usual))
        if forward is not None:
            part.forward = forward


def _if_equal(part: Any, forward: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return `forward` where it gives what the part gives."""
    first = next(part.parameters(), None)
    if first is None or first.device.type != "cpu" or first.dtype != torch.float32:
        return None
    tokens = torch.arange(PROBED * first.shape[-1], dtype=torch.float32).sin_()  # no random number
    tokens = tokens.view(1, PROBED, -1).requires_grad_()
    wanted, given = part.forward(tokens), forward(tokens)
    equal = wanted.shape == given.shape and torch.allclose(wanted, given, rtol=1e-4, atol=1e-5)
    return forward if equal else None


def _product(layer: Any, usual: Any, x: torch.Tensor, *args: Any, **more: Any) -> Any:
    one = adapted(layer) if _learns(x) and not args and not more else None
    if one is None:
        return usual(x, *args, **more)
    return AdaptedProduct.apply(x, one.scale, *one[:4])  # type: ignore[no-untyped-call]


def _feed_forward(part: Any, usual: Any, x: torch.Tensor) -> Any:
    ones = [one for name in FEED_FORWARD if (one := adapted(getattr(part, name)))]
    if not _learns(x) or len(ones) < len(FEED_FORWARD) or any(one.bias is not None for one in ones):
        return usual(x)
    scales, weights = tuple(one.scale for one in ones), (w for one in ones for w in one[:4])
    return SwiGLU.apply(x, scales, *weights)  # type: ignore[no-untyped-call]


def _norm(part: Any, usual: Any, x: torch.Tensor) -> Any:
    if not _learns(x) or part.weight.requires_grad:
        return usual(x)
    return RMSNorm.apply(x, part.weight, part.variance_epsilon)  # type: ignore[no-untyped-call]


def _learns(x: torch.Tensor) -> bool:
    return torch.is_grad_enabled() and x.dtype == torch.float32
