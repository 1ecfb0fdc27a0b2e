"""Estimates the memory of a training before it starts.

What a process holds at its peak: the program itself; each weight, and for each learnt one its
gradient and two moments of AdamW; the numbers that the backward pass needs of each token in each
layer; and the logits with what is made of them, on a CPU of one chunk at a time.
`benchmarks/memory.py` and `benchmarks/base.py` compare this with what trainings really took.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from erastyle.train.fit import products
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import Recipe, recipe

CHUNK = 256  # tokens that have logits at a time, as in train/fit/chunked_loss.py
if TYPE_CHECKING:
    from transformers import PreTrainedModel

PROGRAM = 570e6  # bytes: Python with torch, transformers, peft and trl, before a model is loaded
GPU_PROGRAM = 1e9  # what CUDA and its libraries hold
LOGITS = 16  # bytes for each logit: itself, the chosen ones, their softmax, their gradients
NORM_AND_ATTENTION = 11  # hidden-sized vectors a layer keeps of a token, besides the inner ones
INNER = 4  # inner-sized vectors a layer keeps of a token
LEAN_NORM_AND_ATTENTION, LEAN_INNER = 8, 2  # the same of the layers in train/fit/lean_layers.py
ROUNDED = 3  # bytes for each weight, measured: what oneDNN holds of products in bfloat16
# Times these, measured: what is kept twice for a while, and by LoRA.
KEPT, ADAPTED, LEAN = 1.3, 1.9, 1.5


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama-like model.

    Attributes:
        parameters: Number of weights.
        hidden: Width.
        inner: Width of the feed-forward part.
        layers: Number of layers.
        vocabulary: Number of tokens known.
    """

    parameters: int
    hidden: int
    inner: int
    layers: int
    vocabulary: int

    @classmethod
    def of(cls, config: Any, parameters: int) -> Shape:
        """Return the shape that the configuration of a transformers text model gives."""
        hidden = int(config.hidden_size)
        inner = int(getattr(config, "intermediate_size", 0) or 4 * hidden)
        return cls(parameters, hidden, inner, int(config.num_hidden_layers), int(config.vocab_size))


def adapter_weights(shape: Shape, rank: int) -> int:
    """Return the weights of LoRA on all linear layers (a little too many with grouped queries)."""
    attention = 4 * 2 * shape.hidden
    feed_forward = 3 * (shape.hidden + shape.inner)
    return shape.layers * rank * (attention + feed_forward)


def uses_lean_layers(options: TrainOptions, settings: Recipe) -> bool:
    """Say whether a training on a CPU uses the layers that keep less for the backward pass."""
    return options.method == "lora" and settings.adapter != "dora" and not options.dropout


def training_bytes(
    shape: Shape,
    *,
    learnt: int,
    tokens: int,
    adapted: bool,
    gpu: bool = False,
    base: float | None = None,
    in_chunks: bool = False,
    lean: bool = False,
    rounded: bool = False,
) -> int:
    """Return the peak of a training in bytes: of the process, or of the memory of a GPU.

    On a CPU numbers are float32 and every layer keeps what its backward pass needs. On a GPU they
    are bfloat16, but for weights that are learnt, and one layer at a time keeps it (gradient
    checkpointing); that was not measured yet.

    Args:
        shape: Sizes of the base model.
        learnt: Number of learnt weights.
        tokens: Tokens of one micro-batch, padding included.
        adapted: Whether LoRA stands beside the linear layers.
        gpu: Whether it is trained on a GPU.
        base: Bytes of the base's weights as they are loaded; None where they are in 4 bytes each,
            or in 2 beside an adapter on a GPU.
        in_chunks: Whether the loss is made in chunks, so that few tokens have logits at a time.
        lean: Whether the layers are those that keep less for the backward pass.
        rounded: Whether a CPU rounds what it multiplies to bfloat16.
    """
    size, program = (2, GPU_PROGRAM) if gpu else (4, PROGRAM)
    if lean:
        kept = LEAN * (LEAN_NORM_AND_ATTENTION * shape.hidden + LEAN_INNER * shape.inner)
    else:
        kept = NORM_AND_ATTENTION * shape.hidden + INNER * shape.inner
        kept *= ADAPTED if adapted else KEPT
    layer = size * tokens * kept
    layers = layer + shape.layers * size * tokens * shape.hidden if gpu else shape.layers * layer
    if base is None:
        base = (2 if gpu and adapted else 4) * shape.parameters
    extra = learnt if adapted else 0  # the adapter's weights come on top of the base's
    weights = base + 4 * extra + 12 * learnt  # a gradient and two moments, in float32
    logits = LOGITS * (min(tokens, CHUNK) if in_chunks else tokens) * shape.vocabulary
    copies = ROUNDED * shape.parameters if rounded else 0
    return int(program + weights + layers + logits + copies)


def of_training(model: PreTrainedModel, options: TrainOptions, tokens: int, device: str) -> int:
    """Return the peak of a training of `model`, in bytes.

    Args:
        model: The base, without adapter.
        options: Options of `train`, of a method that trains.
        tokens: Tokens of one micro-batch, padding included.
        device: `cpu` or `cuda`.
    """
    shape = Shape.of(model.config, model.num_parameters())
    adapted = options.method == "lora"
    settings = recipe(options, shape.parameters)
    learnt = adapter_weights(shape, settings.rank) if adapted else shape.parameters
    loaded = model.get_memory_footprint()
    gpu = device != "cpu"
    return training_bytes(
        shape,
        learnt=learnt,
        tokens=tokens,
        adapted=adapted,
        gpu=gpu,
        base=loaded,
        in_chunks=not gpu and not options.kl,
        lean=not gpu and uses_lean_layers(options, settings),
        rounded=products.of_training(options, shape.parameters, device) != "float32",
    )
