"""Writes an era profile to start from: every value, each with a comment that explains it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator

from pydantic import BaseModel

from erastyle.corpus.era import Era
from erastyle.corpus.option_texts import texts_of

HEAD = """\
# An era profile, started from {like}. Change what differs; a value that is the same as the default
# may be left out. Then: erastyle eras check {file}
# docs/eras.md says how to choose the thresholds: read twenty documents that were dropped and twenty
# that were kept, and move them until you would have decided the same.
"""
INLINE = 60
"""Longest list, in characters, that stands on one line."""


def write(era: Era, like: str, file: str) -> str:
    """Return `era` as a complete profile with comments.

    Args:
        era: Era with the values to write.
        like: Name of the era that the values come from, for the first line.
        file: Name of the file, for the first lines.
    """
    return HEAD.format(like=like, file=file) + "\n" + "\n".join(_mapping(era, "")) + "\n"


def _mapping(model: BaseModel, indent: str) -> Iterator[str]:
    texts = texts_of(type(model))
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        key = field.alias or name
        yield from _comment(texts.get(name, ""), indent)
        if isinstance(value, BaseModel):
            yield f"{indent}{key}:"
            yield from _mapping(value, indent + "  ")
        elif isinstance(value, tuple) and len(_scalar(value)) > INLINE:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_scalar(item)}" for item in value)
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _comment(text: str, indent: str) -> Iterator[str]:
    import textwrap

    for line in textwrap.wrap(" ".join(text.split()), 96 - len(indent)):
        yield f"{indent}# {line}"


def _scalar(value: object) -> str:
    """Return a value as YAML reads it back: JSON is YAML, and a date stands bare."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str) and value.replace("-", "").isalnum() and value[0].isalpha():
        return value if value.lower() not in _WORDS else json.dumps(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_scalar(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
"""Words that YAML does not read as text."""
