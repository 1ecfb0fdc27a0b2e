"""Instructions whose answers a program can check: the form counts, not the content.

Source of the method: Zhou et al., "Instruction-Following Evaluation for Large Language Models",
2023. Requests and checks are our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("instructions.tsv")

_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_ITEM = re.compile(r"^\s*(?:[-*\u2022]|\(?\d{1,2}[.)])\s+\S", re.M)


@dataclass(frozen=True, slots=True)
class Instruction:
    """A request and how its answer is checked.

    Attributes:
        check: Name in `CHECKS`.
        value: Argument of the check: a number, a word, a list of words, or None.
        prompt: The request.
    """

    check: str
    value: Any
    prompt: str


def _words(answer: str) -> list[str]:
    return _WORD.findall(answer.casefold())


def _json_keys(answer: str, keys: Any) -> bool:
    bare = re.sub(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", r"\1", answer, flags=re.S)
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and set(keys) <= set(value)


def _upper(answer: str, _: Any) -> bool:
    return answer.upper() == answer and any(c.isalpha() for c in answer)


def _lower(answer: str, _: Any) -> bool:
    return answer.lower() == answer and any(c.isalpha() for c in answer)


def _one_of(answer: str, options: Any) -> bool:
    return _words(answer) in [[option] for option in options]


CHECKS: dict[str, Callable[[str, Any], bool]] = {
    "upper": _upper,
    "lower": _lower,
    "words": lambda answer, n: len(_words(answer)) == n,
    "at most": lambda answer, n: 0 < len(_words(answer)) <= n,
    "at least": lambda answer, n: len(_words(answer)) >= n,
    "list": lambda answer, n: len(_ITEM.findall(answer)) == n,
    "contains": lambda answer, words: set(words) <= set(_words(answer)),
    "without": lambda answer, letter: bool(_words(answer)) and letter not in answer.casefold(),
    "starts": lambda answer, start: answer.strip().startswith(start),
    "ends": lambda answer, end: answer.strip().endswith(end),
    "one of": _one_of,
    "number": lambda answer, _: re.fullmatch(r"\s*-?\d+\.?\s*", answer) is not None,
    "json": _json_keys,
    "lines": lambda answer, n: len([x for x in answer.splitlines() if x.strip()]) == n,
    "quoted": lambda answer, _: (
        re.fullmatch(r'\s*(".+"|\u201c.+\u201d)\s*', answer, re.S) is not None
    ),
}


def load(path: Path = FILE) -> list[Instruction]:
    """Return the instructions of a table: check, value as JSON, prompt, separated by tabs.

    Raises:
        ValueError: A line is not one.
    """
    instructions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 3 or fields[0] not in CHECKS or not fields[2].strip():
            raise ValueError(
                f"{path}:{number}: wants a check, its value and a request, separated by tabs; "
                f"checks: {', '.join(CHECKS)}"
            )
        try:
            instructions.append(Instruction(fields[0], json.loads(fields[1]), fields[2]))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: the value is not JSON ({error})") from error
    return instructions


def follows(instruction: Instruction, answer: str) -> bool:
    """Return whether `answer` has the form that `instruction` asks for; an empty one never has.

    >>> follows(Instruction("words", 2, "Say it in two words."), "Good evening!")
    True
    """
    return bool(answer.strip()) and CHECKS[instruction.check](answer, instruction.value)
