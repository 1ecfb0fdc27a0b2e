"""Text templates with alternatives, slots and number ranges, expanded by a random generator.

`[red|green|]` is one of its alternatives (they nest), `{town}` is a slot, `{3-9}` a number from 3
to 9, and `a~ {job}` is `a` or `an` by the next word. All other text is literal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import NamedTuple

from erastyle.corpus.errors import ConfigError


class Slot(NamedTuple):
    """A slot, by its name."""

    name: str


class Range(NamedTuple):
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int


class Choice(NamedTuple):
    """One of several sequences of parts."""

    options: tuple[tuple[Part, ...], ...]


Part = str | Slot | Range | Choice

_TOKEN = re.compile(r"[\[\]|]|\{[^{}]*\}|[^\[\]|{}]+")
_RANGE = re.compile(r"(\d+)-(\d+)")
_ARTICLE = re.compile(r"\b([Aa])~ *(\w+)")
_SOUNDS_LIKE_CONSONANT = ("uni", "use", "usu", "eu", "one", "ute", "uku")
_SOUNDS_LIKE_VOWEL = ("hour", "honest", "heir")


@cache
def parse(template: str) -> tuple[Part, ...]:
    """Return the parts of a template.

    Raises:
        ConfigError: A bracket is not closed, or was never opened.
    """
    tokens = _TOKEN.findall(template)
    if "".join(tokens) != template:
        raise ConfigError(f"Template {template!r}: a brace is not closed; close it.")
    parts, end = _sequence(tokens, 0, template, inside=False)
    if end != len(tokens):
        raise ConfigError(f"Template {template!r}: `]` without `[`; remove it.")
    return parts


def _sequence(
    tokens: list[str], at: int, template: str, inside: bool
) -> tuple[tuple[Part, ...], int]:
    parts: list[Part] = []
    while at < len(tokens):
        token = tokens[at]
        if token == "[":  # noqa: S105 - a bracket, not a password
            options = []
            while True:
                option, at = _sequence(tokens, at + 1, template, inside=True)
                options.append(option)
                if at >= len(tokens):
                    raise ConfigError(f"Template {template!r}: `[` is not closed; close it.")
                if tokens[at] == "]":
                    break
            parts.append(Choice(tuple(options)))
        elif token == "]" or (token == "|" and inside):  # noqa: S105
            return tuple(parts), at
        elif token.startswith("{"):
            bounds = _RANGE.fullmatch(token[1:-1])
            parts.append(Range(int(bounds[1]), int(bounds[2])) if bounds else Slot(token[1:-1]))
        else:
            parts.append(token)
        at += 1
    return tuple(parts), at


def expand(template: str, rng: Random, slots: Mapping[str, str]) -> str:
    """Return `template` with its alternatives, slots and numbers filled in.

    Args:
        template: The template.
        rng: Random generator of the choices.
        slots: Text of each slot, which may be a template.

    >>> expand("a~ [old] {what}, {3-3} of them", Random(1), {"what": "hive"})
    'an old hive, 3 of them'

    Raises:
        ConfigError: A slot has no value, or the template is not well formed.
    """
    out: list[str] = []
    _write(parse(template), rng, slots, out)
    text = "".join(out)
    if "{" in text:  # a slot's value may itself be a template
        text = expand(text, rng, slots)
    return _ARTICLE.sub(_article, text) if "~" in text else text


def _write(parts: tuple[Part, ...], rng: Random, slots: Mapping[str, str], out: list[str]) -> None:
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, Slot):
            if part.name not in slots:
                raise ConfigError(f"No value for the slot {{{part.name}}}; check its name.")
            out.append(slots[part.name])
        elif isinstance(part, Range):
            out.append(str(part.low + int(rng.random() * (part.high - part.low + 1))))
        else:
            options = part.options
            _write(options[int(rng.random() * len(options))], rng, slots, out)


def _article(match: re.Match[str]) -> str:
    article, word = match.groups()
    lower = word.lower()
    vowel = lower[0] in "aeiou8" and not lower.startswith(_SOUNDS_LIKE_CONSONANT)
    vowel = vowel or lower.startswith(_SOUNDS_LIKE_VOWEL) or lower in ("11", "18", "hp", "sf")
    return f"{article}{'n' if vowel else ''} {word}"


_CONTRACTIONS = {
    "do not": "don't",
    "does not": "doesn't",
    "did not": "didn't",
    "is not": "isn't",
    "cannot": "can't",
    "will not": "won't",
    "I am": "I'm",
    "I have": "I've",
    "it is": "it's",
    "It is": "It's",
    "you are": "you're",
    "You are": "You're",
    "that is": "that's",
    "That is": "That's",
    "would not": "wouldn't",
    "Do not": "Don't",
    "we have": "we've",
    "was not": "wasn't",
    "There is": "There's",
    "there is": "there's",
    "are not": "aren't",
}
_LONG = re.compile(
    r"\b(" + "|".join(_CONTRACTIONS) + r")\b(?= (?!a [a-z]+ that\b)[a-z])(?! to\b)(?! is\b)"
)
_POSSESSION = re.compile(r"(?:I|we)'ve (?:a|an|the|one|two|no|my|our|room|over|lived)\b", re.I)


def contract(text: str) -> str:
    """Return `text` with contractions, as in spoken English.

    >>> contract("I do not know. It is late, but there it is.")
    "I don't know. It's late, but there it is."
    """
    short = _LONG.sub(lambda m: _CONTRACTIONS[m[1]], text)
    return _POSSESSION.sub(lambda m: m[0].replace("'ve", " have", 1), short)


def sentence(text: str) -> str:
    """Return `text` with a capital first letter.

    >>> sentence("my hives")
    'My hives'
    """
    return text[:1].upper() + text[1:]
