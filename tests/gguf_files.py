"""Writes tiny GGUF files with random weights, and the same models for transformers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HIDDEN, INNER, HEADS, KV_HEADS, HEAD, LAYERS = 64, 96, 4, 2, 16, 2
SYSTEM = "<|im_start|>system\nYou are a tiny model<|im_end|>\n"
TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a tiny model<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["t h", "th e", "Ġ the", "Ġ Ġ", "1 9", "19 9", "i n", "Ġ a"]


@dataclass(frozen=True)
class Tiny:
    """What a tiny file holds.

    Attributes:
        architecture: `llama`, `qwen2` or `qwen3`.
        kind: Type of the matrices by llama.cpp's name.
        tied: Whether the output uses the embedding's weights.
        bias: Whether the attention adds biases (always so in qwen2).
        rule: How words are split.
        template: The chat template.
        extra: Further metadata, a number or a text each; None leaves a key out.
    """

    architecture: str = "llama"
    kind: str = "F32"
    tied: bool = True
    bias: bool = False
    rule: str = "smollm"
    template: str = TEMPLATE
    extra: dict[str, Any] = field(default_factory=dict)


def tokens() -> list[str]:
    """Return the vocabulary: special tokens, bytes, merged pieces."""
    from tokenizers.pre_tokenizers import ByteLevel

    pieces = [m.replace(" ", "") for m in MERGES]
    return [*SPECIAL, *sorted(ByteLevel.alphabet()), *pieces]


def model(tiny: Tiny) -> Any:
    """Return a random transformers model of the tiny sizes."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(7)
    more: dict[str, Any] = {} if tiny.architecture == "qwen2" else {"attention_bias": tiny.bias}
    config = AutoConfig.for_model(
        tiny.architecture,
        vocab_size=len(tokens()),
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        head_dim=HEAD,
        max_position_embeddings=256,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 50_000.0},
        tie_word_embeddings=tiny.tied,
        **more,
    )
    made = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, weight in made.named_parameters():
            scale = 0.3 if name.endswith(("proj.weight", "bias")) else 1.0
            weight.copy_(torch.randn_like(weight) * scale)
    return made


def write(path: Path, tiny: Tiny) -> Any:
    """Write a GGUF file, and return a transformers model of exactly the weights that it holds."""
    import gguf
    import torch

    made = model(tiny)
    writer = gguf.GGUFWriter(path, tiny.architecture)
    _metadata(writer, tiny)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[tiny.architecture.upper()], LAYERS)
    kind = gguf.GGMLQuantizationType[tiny.kind]
    for name, weight in made.state_dict().items():
        if tiny.tied and name == "lm_head.weight":
            continue
        values = weight.numpy().copy()
        if values.ndim == 2:
            stored = gguf.quantize(values, kind)
            exact = gguf.dequantize(stored, kind).reshape(values.shape)
            weight.copy_(torch.from_numpy(np.array(exact, dtype=np.float32)))
        permuted = values
        if tiny.architecture == "llama" and ".q_proj." in name:
            permuted = _permuted(values, HEADS)
        if tiny.architecture == "llama" and ".k_proj." in name:
            permuted = _permuted(values, KV_HEADS)
        own = kind if values.ndim == 2 else gguf.GGMLQuantizationType.F32
        written = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if own.name in ("F32", "F16"):
            dtype = np.float32 if own.name == "F32" else np.float16
            writer.add_tensor(written, np.ascontiguousarray(permuted, dtype=dtype))
        else:
            writer.add_tensor(written, gguf.quantize(permuted, own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return made


def _permuted(values: np.ndarray, heads: int) -> np.ndarray:
    """Return rows in the order in which llama.cpp's converter stores q and k."""
    half = values.shape[0] // heads // 2
    split = values.reshape(heads, 2, half, *values.shape[1:])
    return split.swapaxes(1, 2).reshape(values.shape)


def _metadata(writer: Any, tiny: Tiny) -> None:
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_rope_freq_base(50_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_license("apache-2.0")
    values: dict[str, Any] = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": tiny.rule,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.padding_token_id": 2,  # as in the file of SmolLM2
        "tokenizer.chat_template": tiny.template,
        **tiny.extra,
    }
    writer.add_token_list(tokens())
    writer.add_token_types([3] * len(SPECIAL) + [1] * (len(tokens()) - len(SPECIAL)))
    writer.add_token_merges(MERGES)
    for key, value in values.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
