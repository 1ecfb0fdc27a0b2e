"""The adapter alone as a GGUF file, for llama-server, where each request says how much of it.

llama.cpp scales an adapter by alpha / rank. rsLoRA scales by alpha / sqrt(rank), so alpha is
written as alpha * sqrt(rank). Rows of B for q and k of a Llama model are in llama.cpp's order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.gguf_file import PERMUTED, gguf_name, permuted, unpermuted
from erastyle.train.export import self_check
from erastyle.train.export.adapter import WEIGHTS, config_of
from erastyle.train.export.gguf_model import add_facts, facts_of, refuse_architecture
from erastyle.train.export.gguf_vocabulary import known_rule
from erastyle.train.export.job import ExportJob, check_lora, model_at
from erastyle.train.export.provenance import CheckResult
from erastyle.train.model import loading

if TYPE_CHECKING:
    from numpy.typing import NDArray

_KEY = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")
_UNLIKE = {
    "use_dora": "DoRA has lengths beside A and B",
    "modules_to_save": "whole layers were trained beside it",
    "trainable_token_indices": "tokens were trained beside it",
    "lora_bias": "its B has a bias",
    "rank_pattern": "its layers have different ranks",
    "alpha_pattern": "its layers have different scales",
    "target_parameters": "it changes parameters that are no layers",
    "fan_in_fan_out": "its layers are transposed",
}
"""Settings of PEFT that an adapter of llama.cpp cannot hold."""


def write(job: ExportJob, folder: Path) -> list[CheckResult]:
    """Write the adapter as a GGUF file, and compare it with the model as it is read again.

    Raises:
        ModelError: There is no adapter, llama.cpp cannot hold it, or what was written differs.
    """
    from safetensors.numpy import load_file

    check_lora(job, "gguf-lora")
    config = config_of(job)
    refuse_unlike(job, config)
    tokenizer = loading.load_tokenizer(job.description.base)
    known_rule(job.base_name, tokenizer)
    rows = self_check.probe_rows(tokenizer, job.texts)
    expected = self_check.logits_of(model_at(job, 1.0), rows)
    base = loading.load_base(job.description.base, "cpu")
    refuse_architecture(base.config, job.base_name)
    path = folder / f"{job.stem(1.0)}-lora.gguf"
    job.say(f"writing {path.name}")
    parts = arranged(load_file(job.model / "adapter" / WEIGHTS), base.config)
    write_file(parts, path, base.config.model_type, alpha_for_llama_cpp(config), facts_of(job, 1.0))
    add_adapter(path, base)
    difference = self_check.furthest(expected, self_check.logits_of(base, rows))
    what = f"largest difference of logits from the model, {sum(map(len, rows))} positions"
    return [self_check.require(what, difference, self_check.LARGEST_DIFFERENCE, "", path)]


def alpha_for_llama_cpp(config: Mapping[str, Any]) -> float:
    """Return the alpha with which llama.cpp scales an adapter as PEFT does.

    >>> alpha_for_llama_cpp({"lora_alpha": 32, "r": 16, "use_rslora": True})
    128.0
    >>> alpha_for_llama_cpp({"lora_alpha": 32, "r": 16})
    32.0
    """
    alpha = float(config["lora_alpha"])
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def refuse_unlike(job: ExportJob, config: Mapping[str, Any]) -> None:
    """Refuse an adapter that llama.cpp cannot hold.

    Raises:
        ModelError: It cannot.
    """
    why = next((why for key, why in _UNLIKE.items() if config.get(key)), "")
    if not why and config.get("bias", "none") != "none":
        why = "biases were trained beside it"
    if why:
        raise ModelError(
            f"{job.model}: llama.cpp cannot hold this adapter: {why}. Export it with --to gguf, "
            "which merges it into the weights."
        )


def arranged(weights: Mapping[str, NDArray[Any]], config: Any) -> dict[str, NDArray[Any]]:
    """Return A and B of each layer by their names in a GGUF file.

    Raises:
        ModelError: A tensor has no place in a GGUF file.
    """
    parts: dict[str, NDArray[Any]] = {}
    for key, values in sorted(weights.items()):
        match = _KEY.fullmatch(key)
        name = gguf_name(f"{match[1]}.weight") if match else None
        if match is None or name is None:
            raise ModelError(
                f"the adapter's tensor {key} has no place in a GGUF file. Export it with --to "
                "gguf, which merges it into the weights."
            )
        rotated = PERMUTED.fullmatch(name)
        if rotated and match[2] == "B" and config.model_type == "llama":
            values = permuted(values, _heads(rotated[1], config))
        parts[f"{name}.lora_{match[2].lower()}"] = values
    return parts


def _heads(letter: str, config: Any) -> int:
    return int(config.num_attention_heads if letter == "q" else config.num_key_value_heads)


def write_file(
    parts: Mapping[str, NDArray[Any]],
    path: Path,
    architecture: str,
    alpha: float,
    facts: dict[str, str | float],
) -> None:
    """Write an adapter in float32, as it was trained."""
    import gguf
    import numpy as np

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    add_facts(writer, {key: value for key, value in facts.items() if key != "erastyle.strength"})
    for name, values in parts.items():
        writer.add_tensor(name, np.ascontiguousarray(values, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_adapter(path: Path, base: Any, scale: float = 1.0) -> None:
    """Add the adapter in a GGUF file to the weights of a base, by llama.cpp's arithmetic.

    Args:
        path: The file.
        base: A model of transformers.
        scale: The scale that a request asks for.

    Raises:
        ModelError: The file holds a tensor that the base does not have.
    """
    import torch
    from gguf import GGUFReader, Keys

    reader = GGUFReader(path)
    field = reader.get_field(Keys.Adapter.LORA_ALPHA)
    if field is None:
        raise ModelError(f"{path.name}: it has no alpha, so it is not an adapter of llama.cpp.")
    alpha = float(field.contents())
    stored = {tensor.name: tensor.data for tensor in reader.tensors}
    named = {gguf_name(name): weight for name, weight in base.named_parameters()}
    with torch.no_grad():
        for name in sorted({name.rpartition(".lora_")[0] for name in stored}):
            a, b = stored[f"{name}.lora_a"], stored[f"{name}.lora_b"]
            if name not in named:
                raise ModelError(f"{path.name}: the base has no tensor {name}.")
            change = b @ a * (scale * alpha / a.shape[0])
            rotated = PERMUTED.fullmatch(name)
            if rotated and base.config.model_type == "llama":
                change = unpermuted(change, _heads(rotated[1], base.config))
            named[name].add_(torch.from_numpy(change))
