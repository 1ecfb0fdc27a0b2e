"""Merged models as GGUF files in f16 and q8_0, for llama.cpp and what is built on it.

Llama, Qwen2 and Qwen3 models are written; whatever else changes the arithmetic is refused by name.
K-quants are made by llama.cpp's own `llama-quantize` from the f16 file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.gguf_file import (
    ARCHITECTURES,
    PERMUTED,
    GgufFile,
    gguf_name,
    permuted,
)
from erastyle.train.export.gguf_vocabulary import GgufVocabulary, vocabulary_of
from erastyle.train.export.job import ExportJob, WeightType, check_trained, model_at
from erastyle.train.export.merged import merge
from erastyle.train.export.provenance import MADE_BY_MACHINE, CheckResult
from erastyle.train.export.read_back import check_file
from erastyle.train.export.self_check import logits_of, probe_rows
from erastyle.train.model import loading

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 32  # values of a row that share a scale in q8_0
LARGEST_F16 = 65504.0
ROWS_AT_ONCE = 4096


def write(job: ExportJob, folder: Path) -> list[CheckResult]:
    """Write one GGUF file for each strength and number type, and check each as it is read again.

    Raises:
        ModelError: The model cannot be written as GGUF, or what was written is not equal to it.
    """
    check_trained(job)
    tokenizer = loading.load_tokenizer(job.description.base)
    rows = probe_rows(tokenizer, job.texts)
    checks: list[CheckResult] = []
    for strength in job.strengths:
        job.say(f"merging at strength {strength:g}")
        model = model_at(job, strength)
        vocabulary = refuse_unknown(job, model, tokenizer)
        expected = logits_of(model, rows)
        model = merge(model)
        written = []
        for kind in job.types:
            path = folder / f"{job.stem(strength)}-{kind}.gguf"
            job.say(f"writing {path.name}")
            write_file(model, vocabulary, path, kind, facts_of(job, strength))
            written.append((path, kind))
        for path, kind in written:  # the weights in memory become those of the file
            job.say(f"checking {path.name}")
            file = GgufFile(path)
            checks += check_file(file, kind, model, tokenizer, (rows, expected), job.texts)
    return checks


def refuse_unknown(job: ExportJob, model: Any, tokenizer: Any) -> GgufVocabulary:
    """Refuse what llama.cpp would compute in another way, and return the vocabulary.

    Raises:
        ModelError: The architecture, a variant of it, or the tokenizer is not known.
    """
    config, name = model.config, job.base_name
    refuse_architecture(config, name)
    rows = int(model.get_input_embeddings().weight.shape[0])
    return vocabulary_of(name, tokenizer, rows)


def refuse_architecture(config: Any, name: str) -> None:
    """Refuse what llama.cpp would compute in another way.

    Raises:
        ModelError: The architecture or a variant of it is not written here.
    """
    why = ""
    rope = getattr(config, "rope_parameters", None) or {}
    if config.model_type not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        why = f"the architecture {config.model_type!r} is not written as GGUF here (known: {known})"
    elif rope.get("rope_type", "default") != "default":
        why = f"its rotary embedding is rescaled ({rope['rope_type']}), which is not written here"
    elif float(rope.get("partial_rotary_factor") or 1) != 1:
        why = "only a part of each head is rotated, which is not written here"
    elif getattr(config, "use_sliding_window", False):
        why = "its attention looks at a sliding window, which is not written here"
    elif config.hidden_act != "silu":
        why = f"its activation {config.hidden_act!r} is not the one of llama.cpp"
    if why:
        raise ModelError(
            f"{name}: {why}. Export it with --to merged, or run llama.cpp's own converter with "
            "--llama-cpp DIR."
        )


def facts_of(job: ExportJob, strength: float) -> dict[str, str | float]:
    """Return the metadata that says what the file is."""
    facts: dict[str, str | float] = {
        "general.name": f"{job.name} on {job.base_name}",
        "general.description": MADE_BY_MACHINE,
        "erastyle.era": job.description.era,
        "erastyle.base": job.base_name,
        "erastyle.base_digest": job.description.base_digest,
        "erastyle.method": job.description.method,
        "erastyle.strength": float(strength),
    }
    return facts | ({"general.license": job.licence} if job.licence else {})


def tensors(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield each tensor of a model by transformers' name; tied embeddings once.

    Raises:
        ModelError: A tensor has no name in a GGUF file.
    """
    tied = bool(model.config.tie_word_embeddings)
    for name, weight in model.state_dict().items():
        if tied and name == "lm_head.weight":
            continue
        if gguf_name(name) is None:
            raise ModelError(
                f"the tensor {name} has no place in a GGUF file. Export it with --to merged."
            )
        yield name, weight


def stored_as(shape: Sequence[int], kind: WeightType) -> str:
    """Return the type of a tensor: rows that are not whole blocks stay in f16, vectors in f32.

    >>> stored_as((8, 64), "q8_0"), stored_as((8, 48), "q8_0"), stored_as((64,), "q8_0")
    ('Q8_0', 'F16', 'F32')
    """
    if len(shape) == 1:
        return "F32"
    return "Q8_0" if kind == "q8_0" and shape[-1] % BLOCK == 0 else "F16"


def write_file(
    model: Any,
    vocabulary: GgufVocabulary,
    path: Path,
    kind: WeightType,
    facts: dict[str, str | float],
) -> None:
    """Write a GGUF file, one tensor in memory at a time.

    Args:
        model: A merged model of transformers.
        vocabulary: Its tokenizer.
        path: To write.
        kind: Number type of the matrices. Norms and biases are float32.
        facts: Further metadata.

    Raises:
        ModelError: A tensor is not known or does not fit into the type.
    """
    import gguf

    writer = gguf.GGUFWriter(path, model.config.model_type)
    file_type = {
        "f16": gguf.LlamaFileType.MOSTLY_F16,
        "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
    }
    add_sizes(writer, model.config)
    add_vocabulary(writer, vocabulary)
    add_facts(writer, facts)
    writer.add_type("model")
    writer.add_file_type(file_type[kind])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    every = list(tensors(model))
    for name, weight in every:
        own = gguf.GGMLQuantizationType[stored_as(weight.shape, kind)]
        block, size = gguf.GGML_QUANT_SIZES[own]
        count = weight.numel() // block * size
        shape = tuple(weight.shape)
        writer.add_tensor_info(gguf_name(name), shape, _dtype(own.name), count, raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, weight in every:
        own = stored_as(weight.shape, kind)
        writer.write_tensor_data(encoded(arranged(name, weight, model.config), own, name))
    writer.flush()
    writer.close()


def _dtype(kind: str) -> Any:
    """Return a number type for the library's list; shapes are given in values, not in bytes."""
    import numpy as np

    return np.dtype(np.float32 if kind == "F32" else np.float16)


def arranged(name: str, weight: Any, config: Any) -> NDArray[Any]:
    """Return a tensor as float32 in llama.cpp's order of rows."""
    import numpy as np

    values = weight.detach().float().numpy()
    match = PERMUTED.fullmatch(str(gguf_name(name)))
    if match and config.model_type == "llama":
        heads = config.num_attention_heads if match[1] == "q" else config.num_key_value_heads
        values = permuted(values, heads)
    return np.ascontiguousarray(values, dtype=np.float32)


def encoded(values: NDArray[Any], kind: str, name: str) -> NDArray[Any]:
    """Return values of float32 in the type that is stored.

    Raises:
        ModelError: A value is no number, or too large.
    """
    import gguf
    import numpy as np

    largest = max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))
    if not np.isfinite(largest) or (kind == "F16" and largest > LARGEST_F16):
        raise ModelError(
            f"the tensor {name} holds {largest:g}, which {kind} cannot. Export with --to merged."
        )
    if kind == "Q8_0":
        parts = range(0, len(values), ROWS_AT_ONCE)  # the library makes several copies
        q8_0 = gguf.GGMLQuantizationType.Q8_0
        return np.concatenate([gguf.quantize(values[n : n + ROWS_AT_ONCE], q8_0) for n in parts])
    return values if kind == "F32" else values.astype(np.float16)


def add_sizes(writer: Any, config: Any) -> None:
    """Write the sizes of the model."""
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)


def add_vocabulary(writer: Any, vocabulary: GgufVocabulary) -> None:
    """Write the tokenizer."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.rule)
    writer.add_token_list(vocabulary.tokens)
    writer.add_token_types(vocabulary.types)
    writer.add_token_merges(vocabulary.merges)
    for key, index in vocabulary.ids.items():
        writer.add_uint32(f"tokenizer.ggml.{key}", index)
    writer.add_add_bos_token(vocabulary.adds_begin)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(vocabulary.template)


def add_facts(writer: Any, facts: dict[str, str | float]) -> None:
    """Write metadata of texts and numbers."""
    add: Callable[[str, Any], None]
    for key, value in facts.items():
        add = writer.add_string if isinstance(value, str) else writer.add_float32
        add(key, value)
