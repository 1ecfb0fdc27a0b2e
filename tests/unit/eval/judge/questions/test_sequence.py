"""Order of sentences: cohesion, and texts that stand between tags where others stood."""

from __future__ import annotations

import random

import numpy as np

from erastyle.eval.judge.questions.neighbours import NeighbourLessons
from erastyle.eval.judge.questions.sequence import SequenceQuestion, cohesion
from erastyle.eval.judge.views import views
from erastyle.eval.style.features import Text

WORDS = ("harbour", "engine", "garden", "window", "letter", "mountain", "kitchen", "village")


def page(seed: int, mixed: bool = False) -> Text:
    """A page whose headings and links are short and whose paragraphs are sentences."""
    rng = random.Random(seed)
    pieces = []
    for _ in range(12):
        long = " ".join(["The", *rng.choices(WORDS, k=rng.randint(8, 20))]) + "."
        pieces += [rng.choice(WORDS).title(), long]
    if mixed:
        rng.shuffle(pieces)
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return Text("".join(f"<H2>{head}</H2><P>{said}</P>" for head, said in pairs))


def question_of(count: int) -> SequenceQuestion:
    """A question learnt from pages of four sites."""
    lessons = NeighbourLessons.of(views([page(100 + n) for n in range(40)]))
    seen = views([page(n) for n in range(count)])
    return SequenceQuestion.fit(seen, [f"site {n % 4}" for n in range(count)], lessons)


def test_a_heading_that_holds_a_sentence_is_out_of_order():
    question = question_of(20)
    straight = question.measure(views([page(n) for n in range(30, 40)]))["sequence.all.shapes"]
    mixed = question.measure(views([page(n, True) for n in range(30, 40)]))["sequence.all.shapes"]
    assert straight.min() > mixed.max()


def test_a_stored_question_measures_the_same():
    question = question_of(20)
    again = SequenceQuestion.of_plain(question.plain())
    seen = views([page(50)])
    for name in ("sequence.all.shapes", "sequence.all.neighbours"):
        one, two = (q.measure(seen)[name] for q in (question, again))
        assert np.allclose(one, two, atol=0.1)


def test_few_sentences_have_no_order():
    assert np.isnan(cohesion([frozenset({"a"})] * 5))
    measured = question_of(1).measure(views([Text("<P>One.")]))
    assert all(np.isnan(values[0]) for values in measured.values())


def test_sentences_that_share_nothing_are_neither_in_nor_out_of_order():
    assert cohesion([frozenset({str(n)}) for n in range(8)]) == 0
