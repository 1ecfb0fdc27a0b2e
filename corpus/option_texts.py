"""The text below each field of a configuration class: what help, profiles and documentation say.

It is read from the source when somebody asks. Pydantic would read it for every class that is
imported, and a command would wait for the source of all of them to be parsed.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel


@cache
def texts_of(model: type[BaseModel]) -> dict[str, str]:
    """Return the text of each field that has one, by the field's name, with inherited ones.

    >>> from erastyle.corpus.era import Period
    >>> texts_of(Period)
    {'first': 'First day of the era.', 'last': 'Last day of the era.'}
    """
    texts: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and not one.__module__.startswith("pydantic"):
            texts |= _own_texts(one)
    return {name: text for name, text in texts.items() if name in model.model_fields}


def _own_texts(model: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(definition, ast.ClassDef)
    texts = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[field.target.id] = inspect.cleandoc(str(below.value.value))
    return texts
