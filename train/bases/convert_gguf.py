"""GGUF file -> a folder that transformers loads, tensor by tensor, once, in the user's cache."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases import base_cache
from erastyle.train.bases.base_cache import Say
from erastyle.train.bases.gguf_file import GgufFile, file_digest
from erastyle.train.bases.gguf_tokenizer import TokenizerFiles, tokenizer_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORIGINAL_TEMPLATE = "chat_template_original.jinja"
SMALL = 20_000_000  # bytes of the tokenizer and the rest, at most
_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_NAMES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_LARGEST_F16 = 65504.0


class _TooLargeError(Exception):
    """A weight does not fit into float16."""


def converted(path: Path, say: Say) -> Path:
    """Return the folder of a converted GGUF file, made now where it is not in the cache.

    Raises:
        ModelError: The file cannot be read, or the cache cannot be written.
    """
    digest = file_digest(path)
    folder = base_cache.base_folder(digest)
    if base_cache.stored(folder, digest) is not None:
        return folder
    file = GgufFile(path)  # refuses what it cannot read before anything is written
    files = tokenizer_files(file)
    needed = file.parameters * _BYTES[stored_type(file)] + SMALL
    with base_cache.one_writer(digest, needed, say) as partial:
        if base_cache.stored(folder, digest) is None:  # another process may have made it
            say(f"converting {path.name} into {folder}, once")
            write(file, files, partial, folder, digest)
    return folder


def write(
    file: GgufFile,
    files: TokenizerFiles,
    partial: Path,
    folder: Path,
    digest: str,
    *,
    check: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write everything into `partial` and move it to `folder`.

    Args:
        file: The open GGUF file.
        files: Its tokenizer.
        partial: An empty folder beside the final one.
        folder: The final one.
        digest: Of the GGUF file.
        check: Called with the finished folder before it is moved; raises where it is not right.

    Raises:
        ModelError: A weight is no number, or `check` raises it.
    """
    weights = stored_type(file)
    try:
        write_weights(file, partial / "model.safetensors", weights)
    except _TooLargeError:
        weights = "F32"
        write_weights(file, partial / "model.safetensors", weights)
    special = files.special
    ids = {"bos_token_id": special.begin, "pad_token_id": special.pad}
    ends = list(dict.fromkeys([special.end, special.turn]))
    end = ends[0] if len(ends) == 1 else ends
    config = model_config(file, weights) | ids | {"eos_token_id": special.end}
    _write_json(partial / "config.json", config)
    _write_json(partial / "generation_config.json", ids | {"eos_token_id": end})
    _write_json(partial / "tokenizer_config.json", files.config)
    (partial / "tokenizer.json").write_text(files.tokenizer, encoding="utf-8")
    if files.template:
        (partial / "chat_template.jinja").write_text(files.template, encoding="utf-8")
        (partial / ORIGINAL_TEMPLATE).write_text(files.original, encoding="utf-8")
    manifest = {
        "converter": base_cache.CONVERTER,
        "source": file.path.name,
        "source_sha256": digest,
        "parameters": file.parameters,
        "context": file.sizes.context,
        "licence": file.text("general.license"),
        "weights": weights,
    }
    check(partial)
    base_cache.publish(partial, folder, manifest)


def stored_type(file: GgufFile) -> str:
    """Return the number type that the matrices are stored in.

    A file of one float type keeps it, exactly. Quantised values (scale times integer, plus minimum)
    have more digits than bfloat16 holds; float16 keeps 11 of them, at half the size of float32.
    """
    types = {kind for name, kind in file.types().items() if _is_matrix(file, name)}
    if len(types) == 1 and types <= set(_BYTES):
        return types.pop()
    return "F32" if types & {"F32", "BF16"} else "F16"


def _is_matrix(file: GgufFile, name: str) -> bool:
    return len(file.sizes.shape(name)) == 2


def write_weights(file: GgufFile, path: Path, weights: str) -> None:
    """Write a safetensors file, one tensor in memory at a time.

    Args:
        file: The open GGUF file.
        path: To write.
        weights: Number type of the matrices. Norms and biases are float32: they are small.

    Raises:
        ModelError: A weight is no number.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    kinds = {}
    for name in file.tensors:
        shape = file.sizes.shape(name)
        kinds[name] = weights if _is_matrix(file, name) else "F32"
        size = _BYTES[kinds[name]]
        for length in shape:
            size *= length
        offsets = [offset, offset + size]
        header[name] = {"dtype": kinds[name], "shape": list(shape), "data_offsets": offsets}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little"))
        stream.write(text)
        for name, values in file.weights():
            _check_numbers(file, name, values, kinds[name])
            stream.write(_encoded(values, kinds[name]).data)


def _check_numbers(file: GgufFile, name: str, values: NDArray[Any], kind: str) -> None:
    import numpy as np

    largest = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(largest):
        raise file.refused(f"the tensor {name} holds values that are no numbers")
    if kind == "F16" and largest > _LARGEST_F16:
        raise _TooLargeError


def _encoded(values: NDArray[Any], kind: str) -> NDArray[Any]:
    """Return values of float32 in another type; bfloat16 (exact here) as its upper 16 bits."""
    import numpy as np

    if kind == "BF16":
        bits = np.ascontiguousarray(values, dtype="<f4").view("<u4")
        return (bits >> np.uint32(16)).astype("<u2")
    return np.ascontiguousarray(values, dtype="<f4" if kind == "F32" else "<f2")


def model_config(file: GgufFile, weights: str) -> dict[str, Any]:
    """Return the content of `config.json`, but for the ids of special tokens."""
    sizes = file.sizes
    names = {"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}
    config: dict[str, Any] = {
        "architectures": [f"{names[sizes.architecture]}ForCausalLM"],
        "model_type": sizes.architecture,
        "dtype": _NAMES[weights],
        "hidden_act": "silu",
        "hidden_size": sizes.hidden,
        "intermediate_size": sizes.inner,
        "max_position_embeddings": sizes.context,
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "num_key_value_heads": sizes.kv_heads,
        "head_dim": sizes.head,
        "rms_norm_eps": sizes.norm_epsilon,
        "rope_parameters": {"rope_type": "default", "rope_theta": sizes.rope_theta},
        "tie_word_embeddings": sizes.tied,
        "vocab_size": sizes.vocabulary,
    }
    if sizes.architecture != "qwen2":
        config["attention_bias"] = sizes.attention_bias
    if sizes.architecture == "llama":
        config["mlp_bias"] = sizes.mlp_bias
    return config


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def with_original_template(tokenizer: Any, folder: Path) -> Any:
    """Give a tokenizer the chat template that its GGUF file had, system prompt included.

    The untuned base is measured with it as well: one template for all would handicap the base.

    Raises:
        ModelError: The template cannot be read.
    """
    path = folder / ORIGINAL_TEMPLATE
    try:
        tokenizer.chat_template = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return tokenizer  # no template of its own, or not converted from a GGUF file
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}).") from None
    return tokenizer
