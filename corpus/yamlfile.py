"""Reads YAML files that people write; messages name file and line."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from erastyle.corpus.errors import ConfigError

ModelT = TypeVar("ModelT", bound=BaseModel)
Location = tuple[str | int, ...]


def parse(text: str, name: str) -> tuple[dict[str, Any], dict[Location, int]]:
    r"""Return the mapping in `text`, and the line of each key path, counted from 1.

    Args:
        text: YAML.
        name: File name for messages.

    >>> parse("train:\n  lr: 1e-4\n", "run.yaml")
    ({'train': {'lr': '1e-4'}}, {('train',): 1, ('train', 'lr'): 2})

    Raises:
        ConfigError: The text is not YAML, a key stands twice, or the top level is not a mapping.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: not YAML: {error.problem or error}") from None
    except (yaml.YAMLError, ValueError) as error:  # a day that does not exist is a ValueError
        raise ConfigError(f"{name}: not YAML: {error}") from None
    lines: dict[Location, int] = {}
    if node is None:
        return {}, lines
    if not isinstance(data, dict):
        raise ConfigError(f"{name}:1: write `name: value` lines, not a {type(data).__name__}.")
    _locate(node, (), lines, name)
    return data, lines


def _locate(node: yaml.Node, at: Location, lines: dict[Location, int], name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, key.value)
            line = key.start_mark.line + 1
            if here in lines:
                dotted = ".".join(map(str, here))
                raise ConfigError(f"{name}:{line}: {dotted} is set twice; see line {lines[here]}.")
            lines[here] = line
            _locate(value, here, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[*at, number] = value.start_mark.line + 1
            _locate(value, (*at, number), lines, name)


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return ` Did you mean …?` with the nearest known name, or an empty text.

    >>> nearest("clean.min_char", ["clean.min_chars", "train.lr"])
    ' Did you mean clean.min_chars?'
    """
    matches = difflib.get_close_matches(wanted, list(known), n=1, cutoff=0.6)
    return f" Did you mean {matches[0]}?" if matches else ""


def keys(model: type[BaseModel], at: str = "") -> list[str]:
    """Return the dotted names of all fields of a model and of the models in it.

    Args:
        model: The pydantic model.
        at: Prefix of the names.
    """
    names = []
    for name, info in model.model_fields.items():
        names.append(f"{at}{name}")
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += keys(inner, f"{at}{name}.")
    return names


def validate(
    model: type[ModelT],
    data: dict[str, Any],
    name: str,
    lines: dict[Location, int],
    overrides: Sequence[str] = (),
) -> ModelT:
    """Return `data` as a `model`.

    Args:
        model: The pydantic model.
        data: The mapping from `parse`, possibly changed.
        name: File name for messages.
        lines: The line of each key.
        overrides: Dotted keys from the command line, which messages name `--set`.

    Raises:
        ConfigError: The data do not fit the model. Each problem takes one line with file, line,
            key, what is wrong and the given value.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        known = keys(model)
        problems = []
        for item in _causes(error):
            at: Location = item["loc"]
            dotted = ".".join(map(str, at))
            line = next((lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in lines), None)
            where = f"{name}:{line}" if line else name
            if any(
                f"{dotted}.".startswith(f"{o}.") or o.startswith(f"{dotted}.") for o in overrides
            ):
                where = "--set"
            if item["type"] == "extra_forbidden":
                problems.append(f"{where}: unknown key {dotted}.{nearest(dotted, known)}")
            elif item["type"] == "missing":
                problems.append(f"{where}: {dotted} is missing.")
            else:
                given = "" if isinstance(item["input"], dict) else f" (got {item['input']!r})"
                message = _advice(item) or item["msg"].removeprefix("Value error, ")
                named = f"{dotted}: " if dotted else ""  # a problem of the whole has no key
                problems.append(f"{where}: {named}{message}{given}")
        raise ConfigError("\n".join(problems)) from None


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """Return the problems without those that only follow from another one.

    A list whose every entry is wrong is also too short.
    """
    problems = error.errors()
    return [
        problem
        for problem in problems
        if problem["type"] != "too_short" or not _below(problem, problems)
    ]


def _below(problem: ErrorDetails, problems: list[ErrorDetails]) -> bool:
    at = problem["loc"]
    return any(other is not problem and other["loc"][: len(at)] == at for other in problems)


def _advice(problem: ErrorDetails) -> str:
    """Return what to write instead, or empty if the message of pydantic says it."""
    value = problem["input"]
    if problem["type"].startswith("date"):
        return "write a day: 1999-12-31"
    if problem["type"] in ("tuple_type", "list_type"):
        return f"write a list: [{value}]"
    if problem["type"] != "string_type":
        return ""
    if isinstance(value, bool):
        return f"put quotes around it: YAML reads yes, no, on and off as {str(value).lower()}"
    if isinstance(value, int | float):
        return "put quotes around it: YAML reads a number"
    if isinstance(value, datetime.date):
        return "put quotes around it: YAML reads a day"
    return ""


def read(path: Path) -> str:
    """Return the text of a YAML file.

    Raises:
        ConfigError: The file cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}. Check the path.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8; save it as UTF-8.") from None
