"""Cross entropy without the logits of a whole micro-batch: in chunks, and only where there is loss.

With a vocabulary of 49,152 the logits of 4,096 tokens, with their softmax and their gradients, take
3 GB. Here each chunk's gradient is made with its loss, so only one chunk's logits exist at a time,
and no product is done twice.

Source: Hsu et al., "Liger Kernel: efficient Triton kernels for LLM training", 2024, for the idea.
"""

from __future__ import annotations

from typing import Any

import torch

from erastyle.train.data.training_row import IGNORED

CHUNK = 256  # tokens; 50 MB of logits for a vocabulary of 49,152


class ChunkedCrossEntropy(torch.autograd.Function):
    """Sum of the cross entropy of `hidden @ weight.T` at the targets, in nats."""

    @staticmethod
    def forward(
        context: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        """Return the sum, and keep the gradients.

        Args:
            context: Context of torch's autograd.
            hidden: Output of the last layer. Shape: (tokens, width).
            weight: Weights of the output layer. Shape: (vocabulary, width).
            targets: The right tokens. Shape: (tokens,).
        """
        learnt: tuple[bool, ...] = context.needs_input_grad
        of_hidden = torch.empty_like(hidden) if learnt[0] else None
        of_weight = torch.zeros_like(weight) if learnt[1] else None
        total = hidden.new_zeros(())
        room = hidden.new_empty(min(CHUNK, len(targets)), len(weight))  # of all chunks in turn
        for start in range(0, len(targets), CHUNK):
            part = slice(start, start + CHUNK)
            given, right = hidden[part], targets[part]
            logits = torch.mm(given, weight.T, out=room[: len(given)])
            logits.sub_(logits.amax(-1, keepdim=True))
            chosen = logits.gather(1, right.unsqueeze(1))
            sums = logits.exp_().sum(-1, keepdim=True)  # softmax is `logits / sums` now
            total += (sums.log() - chosen).sum()
            if of_hidden is not None:
                of_hidden[part] = (logits @ weight).div_(sums).sub_(weight[right])
            if of_weight is not None:
                of_weight.addmm_(logits.T, given / sums).index_add_(0, right, given, alpha=-1)
        context.save_for_backward(of_hidden, of_weight)
        return total

    @staticmethod
    def backward(context: Any, *gradients: Any) -> Any:
        """Return the kept gradients, scaled."""
        return (*(g if g is None else g * gradients[0] for g in context.saved_tensors), None)


def output_layer(model: Any) -> torch.nn.Linear | None:
    """Return the output layer where it is a plain product, without bias, adapter or capping."""
    layer = model.get_output_embeddings()
    if type(layer) is not torch.nn.Linear or getattr(layer, "bias", None) is not None:
        return None
    config = model.config.get_text_config()
    changed = ("final_logit_softcapping", "logit_scale", "logits_scaling")
    return None if any(getattr(config, name, None) for name in changed) else layer


def loss_sum(model: Any, inputs: dict[str, torch.Tensor], labels: torch.Tensor) -> Any:
    """Return the summed cross entropy over what is learnt, and of how many tokens it is.

    Args:
        model: A causal language model on a CPU, in float32, with or without a LoRA adapter.
        inputs: Token ids and whatever else the model takes.
        labels: The ids again, and `IGNORED` where nothing is learnt.
    """
    layer = output_layer(model)
    if layer is None:
        raise ValueError("the output layer is not a plain product")
    hidden = model.get_decoder()(**inputs, use_cache=False).last_hidden_state
    targets = labels[:, 1:]
    chosen = targets != IGNORED
    total = ChunkedCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden[:, :-1][chosen], layer.weight, targets[chosen]
    )
    return total, chosen.sum()
