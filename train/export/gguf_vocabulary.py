"""A transformers tokenizer as the metadata that llama.cpp reads from a GGUF file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.gguf_tokenizer import CONTROL, USER_DEFINED, rule_of
from erastyle.train.model.prompt import Encoder

NORMAL, UNUSED = 1, 5  # llama.cpp's types of tokens


@dataclass(frozen=True, slots=True)
class GgufVocabulary:
    """What a GGUF file says of its tokenizer.

    Attributes:
        rule: How words are split, `tokenizer.ggml.pre`.
        tokens: Text of each token.
        types: Type of each token.
        merges: Pairs that are merged, in order.
        ids: Ids of special tokens by the end of their key, such as `eos_token_id`.
        adds_begin: Whether each text begins with the beginning token.
        template: The chat template.
    """

    rule: str
    tokens: list[str]
    types: list[int]
    merges: list[str]
    ids: dict[str, int]
    adds_begin: bool
    template: str


def vocabulary_of(name: str, tokenizer: Any, rows: int) -> GgufVocabulary:
    """Return what a GGUF file says of a tokenizer.

    Args:
        name: Name of the base, for messages.
        tokenizer: Its tokenizer.
        rows: Rows of the embedding; those without a token become unused tokens.

    Raises:
        ModelError: llama.cpp does not split words as this tokenizer does.
    """
    rule = known_rule(name, tokenizer)
    backend = tokenizer.backend_tokenizer
    parts = json.loads(backend.to_str())
    tokens = [f"[PAD{index}]" for index in range(rows)]
    types = [UNUSED] * rows
    for token, index in backend.get_vocab(with_added_tokens=True).items():
        tokens[index], types[index] = token, NORMAL
    for added in parts["added_tokens"]:
        types[added["id"]] = CONTROL if added["special"] else USER_DEFINED
    merges = [m if isinstance(m, str) else " ".join(m) for m in parts["model"]["merges"]]
    ids = {"eos_token_id": tokenizer.eos_token_id, "padding_token_id": tokenizer.pad_token_id}
    if tokenizer.bos_token_id is not None:
        ids["bos_token_id"] = tokenizer.bos_token_id
    for index in ids.values():  # llama.cpp prints what is not a control token
        types[index] = CONTROL
    begun = tokenizer("", add_special_tokens=True)["input_ids"][:1]
    adds_begin = bool(begun) and begun[0] == tokenizer.bos_token_id
    Encoder(tokenizer)  # refuses a template that loses text
    return GgufVocabulary(
        rule, tokens, types, merges, ids, adds_begin, str(tokenizer.chat_template)
    )


def known_rule(name: str, tokenizer: Any) -> str:
    """Return the rule of llama.cpp by which a tokenizer splits words.

    Raises:
        ModelError: llama.cpp has none, or none that is known here.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    rule = None if backend is None else rule_of(backend)
    if rule is None:
        raise ModelError(
            f"{name}: llama.cpp does not know how its tokenizer splits words, so a GGUF file would "
            "give other tokens than it was trained with. Export it with --to merged, or run "
            "llama.cpp's own converter with --llama-cpp DIR."
        )
    return rule
