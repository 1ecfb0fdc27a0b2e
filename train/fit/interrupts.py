"""Lets Ctrl-C through while gradients are computed.

A backward pass is one call into torch, and Python sees a signal only when it runs again: with a
base of 135 million weights that took some ten seconds. A hook that does nothing brings Python in
after each layer.
"""

from __future__ import annotations

from typing import Any


def answer_between_layers(model: Any) -> None:
    """Give every layer of a model a hook through which an interruption reaches Python."""
    import torch

    def after_forward(module: Any, given: Any, result: Any) -> None:
        del module, given
        hidden = result[0] if isinstance(result, tuple) else result
        if isinstance(hidden, torch.Tensor) and hidden.requires_grad:
            hidden.register_hook(_let_python_in)

    for layer in getattr(model.get_decoder(), "layers", ()):
        layer.register_forward_hook(after_forward)


def _let_python_in(gradient: Any) -> None:
    """Do nothing with a gradient: Python looks for signals whenever a function begins."""
    del gradient
