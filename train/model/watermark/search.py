"""Searches a text for the watermark: with each tokenizer that is known here, wrapped lines joined.

Which model wrote a text is not known, so every tokenizer is tried. A text whose lines were wrapped
is tried with its lines joined too. Every trial is another chance of a false alarm, so p-values are
multiplied by the number of trials (Bonferroni).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from erastyle.train.model.watermark.detection import WatermarkEvidence, evidence

WIDEST = 132
"""Longest line, in characters, of a text that may have been wrapped."""
_FIRST_WORD = re.compile(r"[^\s<]\S*")


@dataclass(frozen=True, slots=True)
class WatermarkTrial:
    """One trial of a text.

    Attributes:
        tokenizer: Name of the base whose tokenizer was tried.
        joined: Whether wrapped lines were joined.
        evidence: What its tokens say.
        p: Chance that any of all trials says as much of an unmarked text.
        part: Where the mark stands, from 0 to 1 of the text.
    """

    tokenizer: str
    joined: bool
    evidence: WatermarkEvidence
    p: float
    part: tuple[float, float]


def search(text: str, tokenizers: Mapping[str, Any]) -> list[WatermarkTrial]:
    """Return the trials of a text, the one that says most first.

    Args:
        text: The text without a label.
        tokenizers: Tokenizers by the names of their bases.
    """
    trials = [
        (name, form != text, *_tried(form, tokenizer))
        for name, tokenizer in tokenizers.items()
        for form in _forms(text)
    ]
    done = [
        WatermarkTrial(name, joined, said, min(1.0, len(trials) * said.p), part)
        for name, joined, said, part in trials
    ]
    return sorted(done, key=lambda trial: (trial.p, -trial.evidence.contexts))


def _tried(text: str, tokenizer: Any) -> tuple[WatermarkEvidence, tuple[float, float]]:
    """Return what the tokens of a text say, and which part of it bears the mark."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
    said = evidence(ids)
    if not ids:
        return said, (0.0, 1.0)
    start, end = offsets[said.start][0], offsets[said.end - 1][1]
    return said, (start / len(text), end / len(text))


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it stands, and with its wrapped lines joined where it has any."""
    yield text
    if (joined := join_lines(text)) != text:
        yield joined


def join_lines(text: str) -> str:
    r"""Return a text whose wrapped lines are joined; others are kept.

    A line was wrapped where the first word of the next one had no room in it.

    >>> join_lines("one two three\nfour five six\nseven\n\nNew.")
    'one two three four five six seven\n\nNew.'
    >>> join_lines("a list\nof short\nlines and a long one at its end")
    'a list\nof short\nlines and a long one at its end'
    """
    lines = text.split("\n")
    widest = max(map(len, lines))
    if widest > WIDEST:
        return text
    parts = [lines[0]]
    for before, line in pairwise(lines):
        word = _FIRST_WORD.match(line)
        wrapped = word is not None and before.strip() and len(before) + 1 + len(word[0]) > widest
        parts.append(f" {line}" if wrapped else f"\n{line}")
    return "".join(parts)
