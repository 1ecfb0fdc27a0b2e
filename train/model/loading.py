"""Base models and fine-tuned models: how they are loaded, and what identifies a base."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from erastyle.corpus.errors import ModelError
from erastyle.train.bases import known
from erastyle.train.bases.convert_gguf import with_original_template
from erastyle.train.bases.known import STARTER
from erastyle.train.model.devices import check_device
from erastyle.train.model.folder import TRAINED, describe

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["STARTER"]

Quantize = Literal["none", "nf4"]


# For a base without a chat template: plain words that every tokenizer knows.
PLAIN_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'assistant' -%}"
    "{{- 'Answer:\\n' + message['content'] + eos_token + '\\n' -}}"
    "{%- else -%}{{- 'Request:\\n' + message['content'] + '\\n\\n' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- 'Answer:\\n' -}}{%- endif -%}"
)


def base_path(name: str) -> str:
    """Return what transformers loads for the base `name`: a folder, or the hub name itself.

    Raises:
        ModelError: A known base is not here yet, or a GGUF file cannot be converted.
    """
    return known.resolve(name)


def base_digest(name: str) -> str:
    """Return a digest of a local base, or `hub:NAME` for a hub model.

    A base out of a GGUF file is known by that file's digest and the converter's version, so it need
    not be on this machine; a folder by its files.

    Raises:
        ModelError: A path was meant, and there is no model at it.
    """
    if (digest := known.digest(name)) is not None:
        return digest
    path = Path(base_path(name))
    if path.is_dir():
        total = hashlib.sha256()
        for file in sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith(".")):
            with file.open("rb") as stream:
                total.update(f"{file.name}\0".encode())
                total.update(hashlib.file_digest(stream, "sha256").digest())
        return total.hexdigest()
    looks_like_path = path.is_absolute() or name.startswith(".") or name.count("/") != 1
    if looks_like_path and name.count("/") != 0:
        raise ModelError(
            f"{name}: no such folder. Give a model folder, a GGUF file, a hub name, `smollm2` or "
            "`starter`."
        )
    return f"hub:{name}"


def load_tokenizer(name: str, *, own_prompt: bool = False) -> PreTrainedTokenizerBase:
    """Return the tokenizer of a base, ready for pairs.

    A request stands alone: a base out of a GGUF file has its chat template without the system
    prompt that came with it. The untuned base is measured with that prompt too. A missing chat
    template is replaced by a plain one; a missing pad token by the end token, which is safe here
    because padding is masked by position and never by its id.

    Args:
        name: A known base, a GGUF file, a folder, or a hub name.
        own_prompt: Whether the chat template is the one that the GGUF file has.

    Raises:
        ModelError: It cannot be loaded, or has no end token to learn to stop at.
    """
    from transformers import AutoTokenizer

    path = base_path(name)
    with _explained(name):
        tokenizer = AutoTokenizer.from_pretrained(path)
    if own_prompt:
        tokenizer = with_original_template(tokenizer, Path(path))
    if tokenizer.eos_token_id is None:
        raise ModelError(
            f"{name}: its tokenizer has no end token, so a model never learns to stop."
        )
    if tokenizer.chat_template is None:
        tokenizer.chat_template = PLAIN_TEMPLATE
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_base(
    name: str,
    device: str = "cpu",
    *,
    weights: str = "",
    attention: str | None = None,
    quantize: Quantize = "none",
) -> PreTrainedModel:
    """Return a base model in evaluation mode.

    Args:
        name: A known base, a GGUF file, a folder, or a hub name.
        device: `cpu`, `cuda`, or `cuda:1`.
        weights: Number type by torch's name; by default float32 on a CPU, bfloat16 on a GPU.
        attention: Implementation by the name that transformers gives it; None takes its own choice.
        quantize: `nf4` stores the linear layers in 4 bits (needs bitsandbytes); they cannot be
            trained then.

    Raises:
        ModelError: No such model, no network for a hub model, not a causal language model, too big
            for the memory, damaged, a package is missing, or there is no such GPU.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    check_device(device)
    path = base_path(name)
    with _explained(name):
        config = AutoConfig.from_pretrained(path)
        encoder = any(
            a.endswith(("MaskedLM", "ForPreTraining")) for a in config.architectures or ()
        )
        if config.model_type not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES or encoder:
            raise ModelError(
                f"{name} is a {config.model_type} model and cannot write texts; choose a causal "
                "language model such as smollm2."
            )
        dtype = getattr(torch, weights or ("float32" if device == "cpu" else "bfloat16"))
        _check_memory(name, config, device, 1 if quantize == "nf4" else dtype.itemsize)
        given: dict[str, Any] = {"dtype": dtype, "attn_implementation": attention}
        if quantize == "nf4":
            given |= {"quantization_config": _nf4(dtype), "device_map": {"": device}}
        model = AutoModelForCausalLM.from_pretrained(path, **given)
    return model.eval() if quantize == "nf4" else model.to(device).eval()


def _nf4(dtype: Any) -> Any:
    """Return how QLoRA stores a base: normal floats of 4 bits, their scales quantized too.

    Source: Dettmers et al., "QLoRA: efficient finetuning of quantized LLMs", 2023.
    """
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )


def check_vocabulary(name: str, model: Any, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokenizer that can give tokens which the model does not have.

    Raises:
        ModelError: It does.
    """
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise ModelError(
            f"{name}: its tokenizer has {len(tokenizer):,} tokens and the model only {rows:,}. "
            "Take the tokenizer that belongs to the model."
        )


def _check_memory(name: str, config: Any, device: str, each: float) -> None:
    """Refuse a base before its weights are read, or fetched, that the memory cannot hold.

    Args:
        name: Name of the base as the user gave it.
        config: Configuration of the base; it gives the number type and the sizes.
        device: `cpu`, `cuda`, or `cuda:1`.
        each: Bytes that a weight takes in memory.

    Raises:
        ModelError: It cannot.
    """
    import psutil
    import torch

    folder = Path(base_path(name))
    if folder.is_dir():
        stored = sum(p.stat().st_size for p in folder.glob("*.safetensors"))
        weights = stored / (config.dtype or torch.float32).itemsize
    else:
        from transformers import AutoModelForCausalLM

        with torch.device("meta"):  # shapes alone
            weights = AutoModelForCausalLM.from_config(config).num_parameters()
    size = weights * each
    if device == "cpu":
        free, whose = psutil.virtual_memory().available, ""
    else:
        free, whose = torch.cuda.mem_get_info(device)[0], " of the GPU"
    if size > free:
        raise ModelError(
            f"{name} needs about {size / 1e9:.1f} GB of memory{whose} and {free / 1e9:.1f} GB are "
            "free. Choose a smaller base, or a machine with more."
        )


def _first_sentence(text: str) -> str:
    """Return what a library says, up to the end of its first sentence.

    >>> _first_sentence("We could not connect to the hub. Check it or see how to run at ")
    'We could not connect to the hub.'
    """
    return re.split(r"(?<=[.!?])\s", text)[0][:300]


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what transformers raises into one sentence that says what to do."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    logging.disable_progress_bar()  # loading is a matter of seconds; our own bar says the rest
    try:
        yield
    except ModelError:
        raise
    except ImportError as error:  # of flash attention, bitsandbytes, or what a tokenizer needs
        text = " ".join(str(error).split())
        raise ModelError(f"{name}: a package is missing or too old: {text[:300]}") from error
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        text = " ".join(str(error).split())
        if Path(base_path(name)).is_dir():
            raise ModelError(f"{name}: not a model that can be loaded: {text[:300]}") from error
        offline = os.environ.get("HF_HUB_OFFLINE") == "1"
        why = "HF_HUB_OFFLINE is set" if offline else "not in the local cache, and not fetched"
        raise ModelError(
            f"Base model {name}: {why}. Check the name and the network, or download it elsewhere "
            f"and pass its folder with --base. ({_first_sentence(text)})"
        ) from error


def load_style(folder: Path, device: str = "cpu") -> Any:
    """Return the fine-tuned model in `folder`, in evaluation mode.

    A LoRA model is a `PeftModel`: inside `with model.disable_adapter():` it is its base. A method
    that trains nothing gives the base itself: the difference is in the prompts.

    Raises:
        ModelError: The folder, or its base, cannot be loaded.
    """
    description = describe(folder)
    if description.method in ("full", "blend"):
        return load_base(str(folder / "weights"), device)
    base = load_base(description.base, device)
    if description.method not in TRAINED:
        return base
    from peft import PeftModel

    check_base(folder)
    with _explained(str(folder)):
        return PeftModel.from_pretrained(base, str(folder / "adapter")).eval()


def check_base(folder: Path) -> None:
    """Refuse a fine-tuned model whose base has changed since.

    Raises:
        ModelError: It was trained on another one.
    """
    description = describe(folder)
    if base_digest(description.base) != description.base_digest:
        raise ModelError(
            f"{folder} was trained on another {description.base} than the one that is here now. "
            "Train again, or bring the old base back."
        )
