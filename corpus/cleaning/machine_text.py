"""Machine-likeness of a text: a linear score of how much it reads like a language model's output.

Assistants write alike: the same connectives, even sentences, tidy lists, no mistakes. The features
count style per 100 words and no subject words. `benchmarks/machine_text.py --fit` fitted the
weights (`machine_text.tsv`) on outputs of language models and people's texts of three centuries.
docs/benchmarks.md gives the error on models and sites that the fit did not see: the score detects
.85 of assistants' answers and flags .002 of period texts (.009 of web pages) and .08 of
encyclopedia articles. It detects .14 of the texts that a model without instruction tuning writes
in the manner of its prompt. Short texts are not judged.

Source of the idea: Solaiman et al., "Release strategies and the social impacts of language models",
2019 (a linear model as the baseline of detection).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import NamedTuple

MIN_WORDS = 60
"""Words of the shortest text that is judged."""
MAX_CHARS = 20_000  # characters read of a long text; more do not change the score

_words = str.split  # lists of words are written as one text

MARKERS = tuple(
    _words(
        "additionally furthermore moreover overall however therefore thus consequently ultimately "
        "essentially typically generally specifically especially particularly significantly "
        "potentially effectively efficiently seamlessly carefully simply "
        "ensure ensuring ensures provide provides providing allow allows allowing help helps "
        "helping include includes including involve involves create creates creating explore "
        "exploring enhance enhances enhancing improve improving foster fostering promote promoting "
        "navigate navigating leverage leveraging delve delves highlight highlights showcase "
        "showcasing underscore underscores embrace embracing encourage remember consider "
        "crucial essential important significant vital key various numerous diverse range wide "
        "unique specific effective potential overall comprehensive valuable vibrant intricate rich "
        "profound seamless robust meaningful powerful modern innovative traditional healthy "
        "aspects factors elements steps tips ways benefits challenges opportunities insights "
        "approach experience experiences process understanding knowledge skills impact role "
        "importance sense journey tapestry testament realm landscape world community support "
        "individuals people others someone you your let's here's conclusion summary example such "
        "as well while whether both these this can may might could should would"
    )
)
PLAIN = tuple(
    _words(
        "the of and to a in is it that for on are with be was have or at by not from but if all we "
        "an my there has they one which what so do more when about out no up some his me any their "
        "who them him had were like then also its than only into been use new see time get how our "
        "very most now make over where much first because even after too us did many don't it's "
        "i'm i he she her upon shall said being i've that's can't you're didn't doesn't really "
        "just got going pretty sure anyway etc thing things stuff lot maybe actually know think "
        "guess"
    )
)
_STYLE = tuple(
    _words(
        "sentence_words sentence_spread word_chars commas semicolons colons dashes exclamations "
        "questions ellipses parentheses quotes digits capitals lower_starts bold heading_marks "
        "numbered_lines bulleted_lines paragraph_words line_chars double_spaces triads "
        "ing_clauses opening_connective not_only long_words distinct blank_lines repeated_marks"
    )
)
NAMES = tuple(dict.fromkeys((*_STYLE, *MARKERS, *PLAIN)))

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SENTENCE = re.compile(r"[.!?]+[\"')\]]*\s+|\n\s*\n")
_COUNTED = {
    "commas": ",",
    "semicolons": ";",
    "colons": r":(?:\s|$)",
    "dashes": r"\u2014|\u2013| - |--",
    "exclamations": "!",
    "questions": r"\?",
    "ellipses": r"\.\.\.|\u2026",
    "parentheses": r"\(",
    "quotes": r"[\"\u201c\u201d]",
    "digits": r"\d+",
    "capitals": r"\b[A-Z]{2,}\b",
    "lower_starts": r"[.!?]\s+[a-z]|(?:^|\s)i\s",
    "bold": r"\*\*[^*\n]{1,80}\*\*",
    "heading_marks": r"(?m)^#{1,6} ",
    "numbered_lines": r"(?m)^\s{0,4}\d{1,2}[.)] ",
    "bulleted_lines": r"(?m)^\s{0,4}[-*\u2022] ",
    "double_spaces": r"[a-z.!?,]  +\w",
    "triads": r"\w+, \w+, and \w+",
    "ing_clauses": r", (?:[a-z]+ly )?[a-z]{3,}ing\b",
    "opening_connective": r"(?:^|[.!?]\s+|\n)(?:Additionally|Furthermore|Moreover|Overall|However|"
    r"In conclusion|In summary|Finally|Firstly|Secondly|Ultimately|By|As a result|While|Whether)\b",
    "not_only": r"(?i)\bnot (?:only|just)\b.{3,80}\bbut\b",
    "long_words": r"\b[a-z]{10,}\b",
    "blank_lines": r"\n\s*\n",
    "repeated_marks": r"[!?]{2,}|[*=_#~-]{4,}",
}


class _Weights(NamedTuple):
    bias: float
    threshold: float
    scaled: dict[str, tuple[float, float]]  # feature: weight over its spread, largest value


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _COUNTED.items())


@cache
def _weights() -> _Weights:
    table = files("erastyle.corpus.cleaning") / "machine_text.tsv"
    rows = table.read_text(encoding="utf-8").splitlines()
    values: dict[str, tuple[float, float]] = {}
    for row in rows[1:]:
        name, weight, largest = row.split("\t")
        values[name] = (float(weight), float(largest))
    bias, threshold = values.pop("(bias)")[0], values.pop("(threshold)")[0]
    return _Weights(bias, threshold, values)


def features(text: str) -> dict[str, float] | None:
    """Return the style features of a text by `NAMES`: counts per 100 words, shares and means.

    A text of fewer than `MIN_WORDS` words gives None.
    """
    text = text[:MAX_CHARS].replace("\u2019", "'")
    words = _WORD.findall(text)
    if len(words) < MIN_WORDS:
        return None
    per = 100 / len(words)
    lower = Counter(map(str.lower, words))
    style = {name: lower[name] * per for name in NAMES}
    for name, pattern in _patterns():
        style[name] = len(pattern.findall(text)) * per
    lengths = [n for n in (len(_WORD.findall(s)) for s in _SENTENCE.split(text)) if n]
    mean = sum(lengths) / len(lengths)
    paragraphs = max(1, len(re.findall(r"\n\s*\n", text)) + 1)
    lines = [line for line in text.split("\n") if line.strip()]
    style |= {
        "sentence_words": mean,
        "sentence_spread": math.sqrt(sum((n - mean) ** 2 for n in lengths) / len(lengths)) / mean,
        "word_chars": sum(map(len, words)) / len(words),
        "paragraph_words": math.log(len(words) / paragraphs),
        "line_chars": math.log(sum(map(len, lines)) / len(lines)),
        "distinct": len(lower) / math.sqrt(len(words)),
    }
    return style


def score(text: str) -> float | None:
    """Return the machine-likeness of a text, 0 to 1, or None if it is too short to judge.

    The number is the logistic of a linear score and no probability: compare it with `threshold`,
    which 1 in 500 period texts reaches.

    >>> score("Too short to tell.") is None
    True
    """
    style = features(text)
    if style is None:
        return None
    weights = _weights()
    total = weights.bias + sum(
        weight * min(style[name], largest) for name, (weight, largest) in weights.scaled.items()
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def threshold() -> float:
    """Return the lowest score of a text that counts as machine-like."""
    return _weights().threshold


def machine_like(text: str) -> bool:
    """Say whether a text reads like an assistant's answer; False if it is too short to judge."""
    likeness = score(text)
    return likeness is not None and likeness >= threshold()


def reasons(text: str, most: int = 5) -> list[tuple[str, float]]:
    """Return the features that raise the score of a text most, each with what it adds."""
    style = features(text)
    if style is None:
        return []
    added = [
        (name, weight * min(style[name], largest))
        for name, (weight, largest) in _weights().scaled.items()
        if style[name]
    ]
    return sorted((pair for pair in added if pair[1] > 0), key=lambda pair: -pair[1])[:most]
