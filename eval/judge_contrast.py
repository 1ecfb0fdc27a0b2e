"""The texts from which the judges of a run learn what must not pass."""

from __future__ import annotations

from collections.abc import Sequence

from erastyle.corpus.prompts import general
from erastyle.eval.judge.kinds import KINDS, KindSources, of_kind
from erastyle.eval.judge.learning_texts import ContrastText
from erastyle.eval.style.features import Text

LEARNT = ("modern in form", "machine in form")
"""Made kinds that a judge learns from; the broken kinds are caught by gates of real documents."""
EACH = 100
"""Texts of each made kind, and most general texts and answers."""
LEAST_WORDS = 40


def contrast(real: Sequence[Text], modern: Sequence[Text], seed: int) -> list[ContrastText]:
    """Return texts that must not pass for the era of a run.

    Args:
        real: Documents of the period.
        modern: Documents of the comparison corpus.
        seed: Same documents and seed, same texts.
    """
    texts = [Text(t, t, "text") for t in general.texts("train")[:EACH]]
    replies = (reply for _, reply in general.rows(10 * EACH, seed))
    long = [reply for reply in replies if len(reply.split()) >= LEAST_WORDS]
    answers = [Text(t, t, "text") for t in long[:EACH]]
    sources = KindSources(real, modern, texts, answers)
    rows = [
        *((text, "modern", "modern") for text in modern),
        *((text, "general", "modern") for text in texts),
        *((text, "general answers", "modern") for text in answers),
    ]
    made = [
        (m.text, kind, KINDS[kind].family)
        for kind in LEARNT
        for m in of_kind(kind, sources, "learn", EACH, seed)
    ]
    return [ContrastText(*row) for row in (*rows, *made)]
