"""The verdict on a text in one sentence: could it be of the period, and what speaks against it?

The reporting judge of a run decides where there is one. Otherwise later words decide, by the rule
of the judge's question of time, and then the style classifier with its threshold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from erastyle.eval.anachronism.hits import Hit
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.judge.questions import time as time_question

Outcome = Literal["passes", "fails", "cannot judge", "not judged"]
MEANINGS = {
    "form": "form (tags and layout)",
    "voice": "voice (choice of words)",
    "sense": "sense (word order, loops, length)",
    "time": "time (later words)",
}
"""The judge's questions in plain words."""
SHOWN = 2


_COUNT = re.compile(r"(?:^|\()\d[\d,]* words?\b")


@dataclass(frozen=True, slots=True)
class TextVerdict:
    """What is said of one text before any number.

    Attributes:
        outcome: `passes`, `fails`, `cannot judge`, or `not judged` where nothing could judge style.
        sentence: The outcome and its reason, for a person.
        by: `reporting judge`, `style classifier`, `later words`, or empty where nothing decided.
        question: form, voice, sense or time, where one of them failed the text; or empty.
        score: Score that was held against the threshold, or None.
        threshold: Score from which a text passes, or None.
    """

    outcome: Outcome
    sentence: str
    by: str = ""
    question: str = ""
    score: float | None = None
    threshold: float | None = None


def of_judgement(judgement: Judgement, words: int) -> TextVerdict:
    """Return the verdict of the reporting judge on a text of so many words."""
    by = "reporting judge"
    reason = judgement.sentence.partition(": ")[2].rstrip(".")
    decided = TextVerdict("passes", "", by, "", judgement.score, judgement.threshold)
    if judgement.outcome == "cannot judge":
        # The judge's own count leaves out links and the like: two counts would contradict.
        counted = reason if _COUNT.search(reason) else f"{_counted(words)}, {reason}"
        return TextVerdict("cannot judge", f"cannot be judged: {counted}", by)
    if judgement.outcome == "passes":
        return replace(decided, sentence=f"could be of the period: {reason}")
    question = failing_question(judgement, reason)
    reason = reason.removeprefix("not of the period: ")
    named = f"{MEANINGS[question]}: {reason}" if question else reason
    sentence = f"not of the period: {named}"
    return replace(decided, outcome="fails", sentence=sentence, question=question)


def failing_question(judgement: Judgement, reason: str) -> str:
    """Return which question a judgement failed on; nothing where a copy or a template failed it."""
    for answer in judgement.answers:
        if answer.evidence and answer.evidence == reason:
            return answer.question
    starts = {"repeats itself": "sense", "no tags": "form", "not of the period": "time"}
    named = next((q for start, q in starts.items() if reason.startswith(start)), "")
    if named or judgement.score == 0:  # a rule failed it
        return named
    asked = [a for a in judgement.answers if a.percentile is not None]
    return min(asked, key=lambda a: a.percentile or 0.0).question if asked else ""


def of_scores(
    words: int,
    hits: Sequence[Hit],
    cutoff: int,
    *,
    style: float | None = None,
    threshold: float | None = None,
    problem: str = "",
    too_short: str = "",
) -> TextVerdict:
    """Return the verdict without a judge.

    Args:
        words: Words of the text.
        hits: What of it is later than the era.
        cutoff: Last year of the era.
        style: Style score, or None where there is none.
        threshold: Score that real documents reach, or None without a classifier.
        problem: Why there is no style score.
        too_short: Why no text of the kind could be judged by style, classifier or not.
    """
    later = time_question.surest_terms(hits)
    if time_question.fails(later):
        named = ", ".join(described(hit) for hit in later[:SHOWN])
        return TextVerdict("fails", f"not of the period: {named}", "later words", "time")
    aside = f"; but {described(later[0])}, which alone is no proof" if later else ""
    if threshold is None and too_short:
        return TextVerdict("cannot judge", f"cannot be judged: {_counted(words)}, {too_short}")
    if threshold is None:
        sentence = f"could be of the period: nothing in it is surely later than {cutoff}"
        return TextVerdict("not judged", f"{sentence}, but its style was not judged{aside}")
    by = "style classifier"
    if style is None:
        return TextVerdict("cannot judge", f"cannot be judged: {_counted(words)}, {problem}", by)
    held = f"its style scores {style:.2f}, the threshold is {threshold:.2f}"
    if style < threshold:
        said = f"not of the period: {held}{aside}"
        return TextVerdict("fails", said, by, "", style, threshold)
    said = f"could be of the period: {held}{aside}"
    return TextVerdict("passes", said, by, "", style, threshold)


def _counted(words: int) -> str:
    return f"{words:,} word" + ("" if words == 1 else "s")


def described(hit: Hit) -> str:
    """Return a later term as a clause: `names Hugging Face, 2016`."""
    if hit.kind == "year":
        return f"speaks of {hit.term} as past"
    return f"{'names' if hit.kind == 'word' else 'uses'} {hit.term}, {hit.first_year}"
