"""Rows of training and test documents as the memorisation measures read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from erastyle.train.model.inference import (
    prefix_token,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A request and the document that answers it.

    Attributes:
        document: Its id.
        site: What a split must not tear apart.
        request: The brief.
        text: The document as the model learnt to write it.
    """

    document: str
    site: str
    request: str
    text: str


def draw(rows: Iterable[Row], count: int, seed: int) -> list[Row]:
    """Return at most `count` rows, drawn without regard to their order."""

    def lot(row: Row) -> bytes:
        return hashlib.sha256(f"{seed} {row.document}".encode("utf-8", "replace")).digest()

    return sorted(rows, key=lot)[:count]


def request_ids(tokenizer: Any, request: str) -> list[int]:
    """Return the tokens of a request up to where the answer begins; never none.

    A tokenizer without a chat template gets the request as it is.
    """
    if getattr(tokenizer, "chat_template", None):
        message = [{"role": "user", "content": request}]
        text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    else:
        text = f"{request}\n\n"
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids or [prefix_token(tokenizer)]


def text_ids(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of a document; what looks like a control token in it stays text."""
    ids: list[int] = tokenizer(
        text, add_special_tokens=False, split_special_tokens=True, verbose=False
    )["input_ids"]
    return ids
