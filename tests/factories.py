"""What many tests make: a document, a tiny language model, a tokenizer of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.document import Document

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast


def document(body: str = "Hello.", **values: Any) -> Document:
    """Return a document; a field that a test does not care about has a default."""
    defaults: dict[str, Any] = {
        "id": "0" * 16,
        "source": "http://a.example/",
        "site": "a.example",
        "format": "text",
        "raw_sha256": "00",
    }
    return Document(body=body, **(defaults | values))


def llama(
    vocabulary: int, *, seed: int, layers: int = 2, width: int = 32, **values: Any
) -> LlamaForCausalLM:
    """Return an untrained model that trains and writes in seconds.

    Args:
        vocabulary: Number of tokens.
        seed: Seed of the weights.
        layers: Number of layers.
        width: Hidden size; the inner layers are twice as wide.
        values: Further values of its configuration.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    sizes = {"hidden_size": width, "intermediate_size": 2 * width, "num_hidden_layers": layers}
    config = LlamaConfig(vocab_size=vocabulary, num_attention_heads=2, **sizes, **values)
    return LlamaForCausalLM(config)


def byte_tokenizer(
    longest: int, texts: Iterable[str] = (), vocabulary: int = 258
) -> PreTrainedTokenizerFast:
    """Return a tokenizer whose tokens are bytes, and pieces that are frequent in `texts`.

    Its pad token is 0 and its end token 1; it has neither a beginning token nor a chat template.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<pad>", "<end>"]
    known = {token: number for number, token in enumerate([*special, *alphabet])}
    backend = Tokenizer(models.BPE() if texts else models.BPE(vocab=known, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    if texts:
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary,
            special_tokens=special,
            initial_alphabet=alphabet,
            show_progress=False,
        )
        backend.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<pad>", eos_token="<end>", model_max_length=longest
    )


def lora_style(folder: Path, base: Path, *, seed: int, era: str = "web-1995") -> Path:
    """Make the folder of a LoRA style over a base, with random weights, and return it.

    Args:
        folder: Where it goes.
        base: Folder of the base.
        seed: Same seed, same weights.
        era: Name of the era.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    from erastyle.train.model import loading
    from erastyle.train.model.folder import StyleModelInfo, write_description

    torch.manual_seed(seed)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"])
    model = get_peft_model(loading.load_base(str(base)), config)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.3)
    folder.mkdir(parents=True)
    model.save_pretrained(str(folder / "adapter"))
    digest = loading.base_digest(str(base))
    about = StyleModelInfo(
        method="lora", base=str(base), base_digest=digest, era=era, max_length=512
    )
    write_description(folder, about)
    return folder
