"""Reads GGUF files of Llama and Qwen models: sizes, tensor names, and dequantised weights.

GGUF is llama.cpp's file format. A file holds the weights, often in blocks of 4 or 8 bits, and
everything that the tokenizer needs. What this module cannot read is refused by name, before
anything is written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError

if TYPE_CHECKING:
    from gguf import ReaderTensor
    from numpy.typing import NDArray

ARCHITECTURES = ("llama", "qwen2", "qwen3")
TENSOR_TYPES = ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1")
PERMUTED = re.compile(r"blk\.\d+\.attn_([qk])\.(weight|bias)")

_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_WEIGHTS = [name for name in _INNER.values() if not name.startswith("self_attn") or "proj" in name]


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a model, as its GGUF file gives them.

    Attributes:
        architecture: `llama`, `qwen2` or `qwen3`.
        layers: Number of layers.
        hidden: Width.
        inner: Width of the feed-forward part.
        heads: Attention heads.
        kv_heads: Heads of keys and values.
        head: Width of a head.
        context: Longest text in tokens.
        norm_epsilon: Added inside the root of RMSNorm.
        rope_theta: Base of the rotary embedding's frequencies.
        vocabulary: Rows of the embedding.
        tied: Whether the output uses the embedding's weights.
        attention_bias: Whether the attention's layers add a bias.
        mlp_bias: Whether the feed-forward layers add a bias.
    """

    architecture: str
    layers: int
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head: int
    context: int
    norm_epsilon: float
    rope_theta: float
    vocabulary: int
    tied: bool
    attention_bias: bool
    mlp_bias: bool

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape that the tensor with transformers' `name` must have."""
        queries, keys = self.heads * self.head, self.kv_heads * self.head
        outer = {
            "model.embed_tokens.weight": (self.vocabulary, self.hidden),
            "lm_head.weight": (self.vocabulary, self.hidden),
            "model.norm.weight": (self.hidden,),
        }
        inner = {
            "input_layernorm": (self.hidden,),
            "post_attention_layernorm": (self.hidden,),
            "q_proj": (queries, self.hidden),
            "k_proj": (keys, self.hidden),
            "v_proj": (keys, self.hidden),
            "o_proj": (self.hidden, queries),
            "q_norm": (self.head,),
            "k_norm": (self.head,),
            "gate_proj": (self.inner, self.hidden),
            "up_proj": (self.inner, self.hidden),
            "down_proj": (self.hidden, self.inner),
        }
        if name in outer:
            return outer[name]
        module, kind = name.split(".")[-2:]
        shape: tuple[int, ...] = inner[module]
        return shape[:1] if kind == "bias" else shape


class GgufFile:
    """An open GGUF file whose architecture, tensors and sizes are known to be good.

    Raises:
        ModelError: It is cut short, is no GGUF file, or holds what this module cannot read.
    """

    def __init__(self, path: Path) -> None:
        """Read everything but the weights, which stay on the disk until they are asked for."""
        self.path = path
        self._reader = _read(path)
        architecture = self.text("general.architecture")
        if architecture not in ARCHITECTURES:
            raise self.refused(
                f"the architecture {architecture or '(none)'!r} cannot be read. "
                f"Known: {', '.join(ARCHITECTURES)}"
            )
        self.architecture = architecture
        self.tensors: dict[str, ReaderTensor] = {}
        for tensor in self._reader.tensors:
            self.tensors[self._name(tensor)] = tensor
        self._refuse_variants()
        self.sizes = self._sizes()
        self._check_tensors()

    def refused(self, why: str) -> ModelError:
        """Return the error that says why this file is not taken."""
        return ModelError(f"{self.path}: {why}. Choose another GGUF file, or a model folder.")

    def value(self, key: str) -> Any:
        """Return a value of the file's metadata, or None."""
        field = self._reader.get_field(key)
        if field is None:
            return None
        try:
            return field.contents()
        except (UnicodeDecodeError, IndexError) as error:
            raise self.refused(f"{key} cannot be read ({error})") from None

    def text(self, key: str) -> str:
        """Return a text of the file's metadata, empty where it is missing."""
        value = self.value(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number of the architecture's metadata.

        Raises:
            ModelError: It is missing and there is no default, or it is no number.
        """
        full = f"{self.architecture}.{key}"
        value = self.value(full)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise self.refused(f"{full} is {value!r} and should be a number above 0")
        return value

    def _name(self, tensor: ReaderTensor) -> str:
        """Return transformers' name of a tensor."""
        if tensor.tensor_type.name not in TENSOR_TYPES:
            raise self.refused(
                f"tensor {tensor.name} is of type {tensor.tensor_type.name}. "
                f"Known: {', '.join(TENSOR_TYPES)}"
            )
        if tensor.name in _OUTER:
            return _OUTER[tensor.name]
        layer = re.fullmatch(r"blk\.(\d{1,4})\.(\w+)\.(weight|bias)", tensor.name)
        if layer and layer[2] in _INNER:
            return f"model.layers.{layer[1]}.{_INNER[layer[2]]}.{layer[3]}"
        why = f"the tensor {tensor.name} is not known"
        if tensor.name == "rope_freqs.weight":
            why = "its rotary frequencies are rescaled (rope_freqs.weight), which is not supported"
        raise self.refused(why)

    def _refuse_variants(self) -> None:
        """Refuse what changes the arithmetic and stands in the metadata alone."""
        prefix = self.architecture
        if self.value(f"{prefix}.expert_count"):
            raise self.refused("it is a mixture of experts, which is not supported")
        scaling = self.text(f"{prefix}.rope.scaling.type") or "none"
        if scaling != "none":
            raise self.refused(f"its rotary scaling {scaling!r} is not supported")
        if self.value(f"{prefix}.attention.sliding_window"):
            raise self.refused("its attention looks at a sliding window, which is not supported")

    def _sizes(self) -> Sizes:
        hidden, heads = int(self.number("embedding_length")), self.number("attention.head_count")
        embedding = self.tensors.get("model.embed_tokens.weight")
        if embedding is None or len(embedding.shape) != 2:
            raise self.refused("the embedding (token_embd.weight) is missing")
        attention = "model.layers.0.self_attn"
        head = int(self.number("attention.key_length", hidden // heads))
        if head % 2 or int(self.number("rope.dimension_count", head)) != head:
            raise self.refused("only a part of each head is rotated, which is not supported")
        return Sizes(
            architecture=self.architecture,
            layers=int(self.number("block_count")),
            hidden=hidden,
            inner=int(self.number("feed_forward_length")),
            heads=int(heads),
            kv_heads=int(self.number("attention.head_count_kv", heads)),
            head=head,
            context=int(self.number("context_length")),
            norm_epsilon=float(self.number("attention.layer_norm_rms_epsilon", 1e-5)),
            rope_theta=float(self.number("rope.freq_base", 10000.0)),
            vocabulary=int(embedding.shape[1]),
            tied="lm_head.weight" not in self.tensors,
            attention_bias=f"{attention}.q_proj.bias" in self.tensors,
            mlp_bias="model.layers.0.mlp.up_proj.bias" in self.tensors,
        )

    def _check_tensors(self) -> None:
        """Refuse a file whose tensors or shapes are not those that its sizes call for."""
        sizes = self.sizes
        needed = set(self._needed())
        for name in sorted(needed - set(self.tensors)):
            raise self.refused(f"it has no tensor {name}, so it is damaged or of another kind")
        for name, tensor in self.tensors.items():
            if name not in needed:
                raise self.refused(
                    f"the tensor {tensor.name} is not known in a {sizes.architecture} model of "
                    f"{sizes.layers} layers"
                )
            shape = tuple(int(n) for n in reversed(tensor.shape))
            if shape != sizes.shape(name):
                raise self.refused(
                    f"the tensor {tensor.name} has the shape {shape} and should have "
                    f"{sizes.shape(name)}"
                )

    def _needed(self) -> Iterator[str]:
        """Yield transformers' names of the tensors that a model of these sizes has."""
        sizes = self.sizes
        yield from ("model.embed_tokens.weight", "model.norm.weight")
        if not sizes.tied:
            yield "lm_head.weight"
        biased = list("qkv") if sizes.attention_bias or sizes.architecture == "qwen2" else []
        if biased and sizes.architecture != "qwen2":
            biased.append("o")
        for layer in (f"model.layers.{number}" for number in range(sizes.layers)):
            yield from (f"{layer}.{module}.weight" for module in _WEIGHTS)
            yield from (f"{layer}.self_attn.{letter}_proj.bias" for letter in biased)
            if sizes.architecture == "qwen3":
                yield from (f"{layer}.self_attn.{letter}_norm.weight" for letter in "qk")
            if sizes.mlp_bias and sizes.architecture == "llama":
                yield from (f"{layer}.mlp.{part}_proj.bias" for part in ("gate", "up", "down"))

    def weights(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield each tensor as float32, by transformers' name; one is in memory at a time.

        llama.cpp stores the rows of q and k of a Llama model in another order (it rotates
        neighbours, transformers rotates halves); here they are back in transformers' order.
        """
        from gguf import dequantize

        for name, tensor in self.tensors.items():
            values = dequantize(tensor.data, tensor.tensor_type)
            rotated = PERMUTED.fullmatch(tensor.name)
            if rotated and self.architecture == "llama":
                heads = self.sizes.heads if rotated[1] == "q" else self.sizes.kv_heads
                values = unpermuted(values, heads)
            yield name, values.reshape(self.sizes.shape(name))

    def types(self) -> dict[str, str]:
        """Return the type of each tensor by transformers' name."""
        return {name: tensor.tensor_type.name for name, tensor in self.tensors.items()}

    @property
    def parameters(self) -> int:
        """Number of weights; tied ones count once."""
        return sum(int(tensor.n_elements) for tensor in self.tensors.values())


def unpermuted(values: NDArray[Any], heads: int) -> NDArray[Any]:
    """Return the rows of q or k in transformers' order.

    Args:
        values: Weight or bias of q or k; the first axis is heads times head width.
        heads: Number of heads.

    Example:
        >>> import numpy as np
        >>> unpermuted(np.array([0, 2, 1, 3]), 1).tolist()
        [0, 1, 2, 3]
    """
    return _exchanged(values, heads, -1, 2)


def permuted(values: NDArray[Any], heads: int) -> NDArray[Any]:
    """Return the rows of q or k of a Llama model in llama.cpp's order; undoes `unpermuted`.

    Args:
        values: Weight or bias of q or k; the first axis is heads times head width.
        heads: Number of heads.

    Example:
        >>> import numpy as np
        >>> permuted(np.array([0, 1, 2, 3]), 1).tolist()
        [0, 2, 1, 3]
    """
    return _exchanged(values, heads, 2, -1)


def _exchanged(values: NDArray[Any], *sizes: int) -> NDArray[Any]:
    """Return rows with the last two of the axes `sizes`, into which they divide, exchanged."""
    return values.reshape(*sizes, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def gguf_name(name: str) -> str | None:
    """Return the name in a GGUF file of a tensor with transformers' name; None: not known.

    Example:
        >>> gguf_name("model.layers.3.self_attn.q_proj.weight")
        'blk.3.attn_q.weight'
    """
    for theirs, ours in _OUTER.items():
        if ours == name:
            return theirs
    layer = re.fullmatch(r"model\.layers\.(\d{1,4})\.(.+)\.(weight|bias)", name)
    inner = {ours: theirs for theirs, ours in _INNER.items()}
    if layer is None or layer[2] not in inner:
        return None
    return f"blk.{layer[1]}.{inner[layer[2]]}.{layer[3]}"


def _read(path: Path) -> Any:
    """Return the library's reader of a file, which raises where the file ends too early.

    Raises:
        ModelError: It is cut short, or is no GGUF file.
    """
    from gguf import GGUFReader

    class Reader(GGUFReader):  # type: ignore[misc]  # the library is untyped here
        """The library's reader returns fewer bytes at the end of a file and may read for ever."""

        def _get(self, offset: int, dtype: Any, count: int = 1, override_order: Any = None) -> Any:
            values = super()._get(offset, dtype, count, override_order)
            if len(values) < int(count):
                raise ValueError("it ends too early")
            return values

    try:
        with path.open("rb") as stream:
            if stream.read(4) != b"GGUF":
                raise ModelError(f"{path}: not a GGUF file. Choose another file, or a folder.")
        return Reader(path)
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file. Give a GGUF file, or a model folder.") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}).") from None
    except (ValueError, KeyError, IndexError, OverflowError, MemoryError, TypeError) as error:
        text = " ".join(str(error).split())[:120]
        raise ModelError(
            f"{path}: the GGUF file is cut short or damaged ({text}). Fetch it again."
        ) from None


def file_digest(path: Path) -> str:
    """Return the sha256 of a file, read once a process as long as the file stays the same.

    Raises:
        ModelError: It cannot be read.
    """
    try:
        status = path.stat()
        return _digest(str(path.resolve()), status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}).") from None


@lru_cache(maxsize=16)
def _digest(path: str, size: int, changed: int) -> str:
    del size, changed
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
