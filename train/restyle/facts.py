"""Facts of a text: names, numbers with their units, dates, links, quotations and negations.

A fact counts only inside a sentence, so a list of facts below a text keeps none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "number", "date", "link", "quotation", "negation"]

MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = "|".join(f"{month}|{month[:3]}" for month in MONTHS)
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTH})\.?(?:,?\s+\d{{4}})?"
    rf"|(?:{_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?"
    rf"|(?:{_MONTH})\.?\s+\d{{4}}|\d{{1,4}}[/-]\d{{1,2}}[/-]\d{{2,4}}|(?:1[5-9]|20)\d\d)\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:https?|ftp|gopher)://[^\s<>\"')]+[^\s<>\"').,;:!?]|(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    r"|\bwww\.[\w.-]+\.\w+",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"[“\"]([^”\"\n]{3,200})[”\"]")
_NUMBER = re.compile(
    r"(?<![\w.])[$£€]?\d[\d,]*(?:\.\d+)?(?:\s?(?:%|percent|dollars?|cents?|pounds?|km|kilometres?|"
    r"miles?|m|metres?|meters?|feet|foot|ft|inch(?:es)?|cm|mm|kg|g|lbs?|tons?|hours?|minutes?|"
    r"seconds?|days?|weeks?|months?|years?|degrees?|mb|kb|k|mhz|baud|bps|volts?|watts?|people|"
    r"pages?|members?)\b|%)?",
    re.IGNORECASE,
)
_UNITS = {
    "%": "%", "percent": "%", "$": "dollar", "£": "pound", "€": "euro", "kilometre": "km",
    "metre": "m", "meter": "m", "feet": "ft", "foot": "ft", "inche": "inch", "lb": "lbs",
}  # fmt: skip
"""Other spellings of a unit, without their plural s."""
_COUNTED = frozenset(("people", "page", "member"))
"""What is counted rather than measured: another word for it changes no fact."""
_WORDS_AS_NUMBERS = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(list(_WORDS_AS_NUMBERS)[2:])})\b", re.IGNORECASE)
_NAME = re.compile(r"\b(?:[A-Z][\w'&.-]*[\w](?:\s+(?:of|the|de|von|van|la)\s+(?=[A-Z]))?\s*){1,5}")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|can't|won't|don't|doesn't|"
    r"isn't|aren't|wasn't|weren't|didn't|hasn't|haven't|shouldn't|wouldn't|couldn't)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\w)[^.!?\n]*)*[.!?]*")
_FUNCTION = frozenset(
    "a an the and or but of in on at to for from with by as is are was were be been has have had "
    "it its this that these those you your we our i my he she they their his her there here will "
    "would can could do does did not no if when while who which what than then so".split()
)
_OPENERS = _FUNCTION | frozenset(
    "every each all many most some several one two three after before during since until please "
    "welcome thanks thank come send write call click back next last first new also only just "
    "mail visit see read".split()
)
WRAPPED = 40
"""Characters from which a line may be one that a program or a person wrapped."""
_ITEM = re.compile(r"\s*(?:[-*+>]|\d{1,2}[.)])\s")
LEAST_WORDS = 4
"""Words of the shortest sentence."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of a text.

    Attributes:
        kind: What it is.
        text: As it stands there.
        form: What is compared: no case; a number and its unit; a date as year-month-day, where
            a part that is not said is empty.
        sentence: The sentence that it stands in.
    """

    kind: Kind
    text: str
    form: str
    sentence: str


def unwrapped(text: str) -> str:
    r"""Return plain text with the lines of each paragraph joined, where they were only wrapped.

    A line goes on if it is long and does not end in a colon or semicolon, and the next one is no
    item of a list: names and sentences are then whole again.

    >>> unwrapped("The club was founded in the year 1987 by Ann\nHill.\n\nBring:\nkites\nfood")
    'The club was founded in the year 1987 by Ann Hill.\n\nBring:\nkites\nfood'
    """
    lines: list[str] = []
    for line in text.split("\n"):
        before = lines[-1].rstrip() if lines else ""
        goes_on = len(before) >= WRAPPED and before[-1] not in ":;" and line.strip()
        if goes_on and not _ITEM.match(line):
            lines[-1] = f"{before} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def sentences(prose: str) -> list[str]:
    """Return the sentences of a text: four words and more, with a word that joins others.

    >>> sentences("The club meets in May. Kites; wind; 25; Mr Hill. We fly.")
    ['The club meets in May.']
    """
    parts = (" ".join(match[0].split()) for match in SENTENCE.finditer(prose))
    return [part for part in parts if _is_sentence(part)]


def _is_sentence(text: str) -> bool:
    words = re.findall(r"[\w']+", text.lower())
    joined = sum(word in _FUNCTION for word in words)
    return len(words) >= LEAST_WORDS and joined >= max(1, len(words) // 12)


def facts(prose: str) -> list[Fact]:
    """Return the facts of a text, sentence by sentence, each once."""
    seen: dict[tuple[str, str], Fact] = {}
    for sentence in sentences(prose):
        for kind, text in _in_sentence(sentence):
            form = comparable(kind, text, sentence)
            seen.setdefault((kind, form), Fact(kind, text, form, sentence))
    return list(seen.values())


def _in_sentence(sentence: str) -> Iterator[tuple[Kind, str]]:
    """Yield (kind, text) of a sentence's facts; what a link or a date holds is no number."""
    rest = sentence
    for kind, pattern in (("link", _LINK), ("quotation", _QUOTATION), ("date", _DATE)):
        for match in pattern.finditer(rest):
            yield kind, match[1] if kind == "quotation" else match[0]  # type: ignore[misc]
        if kind != "quotation":
            rest = pattern.sub(lambda m: " " * len(m[0]), rest)
    for match in _NUMBER.finditer(rest):
        yield "number", match[0].strip()
    for match in _NUMBER_WORD.finditer(rest):
        yield "number", match[0]
    for match in _NAME.finditer(rest):
        if name := _name(match[0], opens=not rest[: match.start()].strip()):
            yield "name", name
    for match in _NEGATION.finditer(rest):
        yield "negation", match[0]


def _name(text: str, *, opens: bool) -> str:
    """Return a name without the word that only opens its sentence, or nothing."""
    words = text.split()
    while words and (words[0].lower() in _OPENERS or words[0] in ("I", "I'm", "I'll", "I've")):
        words = words[1:]
        opens = False
    if not words or (opens and len(words) == 1):  # any word has a capital at the start
        return ""
    return " ".join(words).rstrip(".'")


def comparable(kind: Kind, text: str, sentence: str) -> str:
    """Return the form in which two mentions of one fact agree.

    >>> comparable("number", "1,250 dollars", ""), comparable("date", "4th of May 1995", "")
    ('1250 dollar', '1995-5-4')
    """
    plain = " ".join(text.lower().split())
    if kind == "number":
        if plain in _WORDS_AS_NUMBERS:
            return _WORDS_AS_NUMBERS[plain]
        digits = re.sub(r"[^\d.]", "", plain).strip(".")
        return f"{digits.lstrip('0') or '0'} {_unit(plain)}".rstrip()
    if kind == "date":
        return _date(plain)
    if kind == "negation":
        return _negated(sentence)
    if kind == "link":
        return plain.removesuffix("/")
    return re.sub(r"[^\w ]", "", plain)


def _unit(plain: str) -> str:
    """Return the unit of a number in one spelling, or nothing."""
    sign = re.match(r"[$£€]", plain)
    word = re.search(r"[a-z%]+$", plain)
    unit = sign[0] if sign else word[0] if word else ""
    short = unit.removesuffix("s") if len(unit) > 2 else unit
    return "" if short in _COUNTED else _UNITS.get(short, short)


def _date(plain: str) -> str:
    month = next((n for n, m in enumerate(MONTHS, 1) if re.search(rf"\b{m[:3]}", plain)), 0)
    year = re.search(r"\b(1[5-9]|20)\d\d\b", plain)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", plain)
    if re.search(r"\d[/-]\d", plain) or (not month and not year):
        return plain  # which part is the month, nobody can say
    parts = [year[0] if year else "", str(month or ""), day[1] if day and month else ""]
    return "-".join(parts)


def _negated(sentence: str) -> str:
    """Return the telling words of a sentence that denies something, in order of the alphabet."""
    words = re.findall(r"[\w']+", sentence.lower())
    telling = {w[:5] for w in words if len(w) > 2 and w not in _FUNCTION}
    return " ".join(sorted(w for w in telling if not _NEGATION.fullmatch(w)))
