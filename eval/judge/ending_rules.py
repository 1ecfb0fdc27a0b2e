"""Rules that settle a judgement early: what cannot be judged, and what fails in any case."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from erastyle.corpus.cleaning import language
from erastyle.corpus.copying.echo import is_echo
from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.judge.questions import form as form_question
from erastyle.eval.judge.questions import sense as sense_question
from erastyle.eval.judge.questions import time as time_question
from erastyle.eval.judge.views import TextView
from erastyle.eval.style.features import Text

MIN_WORDS = 20
"""Fewest words that are judged."""
MIN_FUNCTION_SHARE = 0.04
"""Share of English sentence words below which a text is code, a list or in another language."""
SURE_LANGUAGE = 0.9
"""Probability from which a text counts as of another language."""
COPIED_TOKENS = 50
"""Tokens in a row of a source that fail a text."""
PLACEHOLDER = re.compile(
    r"lorem ipsum|dolor sit amet|\{\{ ?\w+ ?\}\}"
    r"|\[(?:your|insert|add|name|title|topic)\b[^\]]{0,30}\]"
    r"|\b(?:your|insert|type|put|add) (?:\w+ ){0,2}(?:text|name|title|story|address) here\b"
    r"|\b\w+ goes here\b|\bplaceholder\b|\bsample text\b",
    re.IGNORECASE,
)
PLACEHOLDERS = 2
"""Placeholders that make a text a template."""


def why_not_judged(view: TextView, era_language: str) -> str:
    """Return why a text cannot be judged, or nothing."""
    if view.count < MIN_WORDS:
        return f"too short ({view.count} words, {MIN_WORDS} are needed)"
    prose = view.prose[:8_000]
    if prose.count("\0") + prose.count("\ufffd") > 0.05 * len(prose):
        return "not text"
    code, sure = language.detect(prose)
    if code not in ("", era_language) and sure >= SURE_LANGUAGE:
        return f"its language is {code!r}, the era's is {era_language!r}"
    if era_language == "en" and sense_question.function_share(view) < MIN_FUNCTION_SHARE:
        return "hardly an English function word: program code or a list of names"
    return ""


def placeholders(view: TextView) -> list[str]:
    """Return placeholders of a text that is a template; empty where there are hardly any."""
    marks = [m[0] for m in PLACEHOLDER.finditer(view.prose[:20_000])]
    return marks if len(marks) >= PLACEHOLDERS else []


def why_broken(
    view: TextView,
    later: Sequence[Hit],
    formats: Sequence[str],
    copied: Callable[[Text], int] | None,
    brief: str = "",
) -> str:
    """Return why a rule fails a text, or nothing.

    Args:
        view: The text.
        later: What of it is later than the era.
        formats: Formats of the era's documents.
        copied: Returns the longest run of tokens that a text shares with a source.
        brief: What was asked for, or empty.
    """
    if time_question.fails(later):
        return later_words(later)
    if loop := sense_question.loop(view):
        return f"repeats itself: {loop}"
    if marks := placeholders(view):
        return f"a template, not filled in: “{marks[0]}”"
    if view.page and "html" in formats and len(view.tags) < form_question.MIN_TAGS:
        return "no tags: a page of the era has some"
    if copied is not None and (run := copied(view.text)) >= COPIED_TOKENS:
        return f"copied: {run} tokens in a row are a source's"
    if brief and is_echo(view.prose, brief):
        return "adds nothing to its brief: hardly four words in a row are its own"
    return ""


def later_words(later: Sequence[Hit]) -> str:
    """Return the surest later words of a text with their years, for a person."""
    shown = ", ".join(f"{h.term} ({h.first_year})" for h in later[:3])
    return f"not of the period: {shown}"
