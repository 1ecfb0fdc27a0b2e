"""Every task ends in a text or in a reason, and a text does not depend on what is beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model.generation import GeneratedText
from erastyle.writing import answers, best_of
from erastyle.writing.answers import tasks, write
from erastyle.writing.brief import Brief
from erastyle.writing.engine import Engine

KITES, BEES = Brief(text="A page about kites."), Brief(text="A page about bees.")


def texts(briefs: list[Brief], engine: Engine, **options: Any) -> list[GeneratedText | None]:
    planned = tasks(briefs, engine, seed=1, **options)
    return [outcome.text for outcome in write(planned, engine, Progress())]


def test_a_text_depends_on_its_brief_and_seed_alone(engine: Engine) -> None:
    alone = texts([BEES], engine)
    mixed = texts([KITES, KITES, replace(KITES, seed=9), replace(KITES, length=40), BEES], engine)
    assert mixed[-1] == alone[0]
    assert mixed[0] != mixed[1], "the same brief again gets another text"
    twice = texts([KITES], engine, n=2)
    assert twice == mixed[:2]


def test_a_brief_says_its_own_number_seed_and_length(engine: Engine) -> None:
    own = replace(KITES, n=3, seed=7, length=50)
    planned = tasks([own, BEES], engine, seed=1, n=2, length=10)
    assert [(t.number, t.copy, t.seed) for t in planned] == [
        (1, 1, 7), (1, 2, 7), (1, 3, 7), (2, 1, 1), (2, 2, 1),
    ]  # fmt: skip
    assert planned[0].room == 4 * 50
    assert "About 50 words." in planned[0].request
    assert "About 10 words." in planned[3].request
    assert len({task.key for task in planned}) == 5


def test_later_topics_later_years_and_long_requests_are_rejected_with_a_reason(
    engine: Engine,
) -> None:
    briefs = [
        Brief(text="A page about my YouTube channel."),
        Brief(text="A page.", year=2005),
        Brief(text="kites " * 2000),
        KITES,
    ]
    outcomes = list(write(tasks(briefs, engine, seed=1), engine, Progress()))
    reasons = [outcome.rejected[0].reason if outcome.rejected else "" for outcome in outcomes]
    assert reasons == [answers.LATER, answers.LATER, answers.TOO_LONG, ""]
    assert "YouTube" in outcomes[0].rejected[0].detail
    assert "(2005)" in outcomes[0].rejected[0].detail
    allowed = write(tasks(briefs[:2], engine, seed=1), engine, Progress(), later=True)
    assert all(outcome.text for outcome in allowed)


def test_an_empty_text_is_no_text(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "erastyle.train.model.generation.generate",
        lambda _w, requests, *_a, **_k: [GeneratedText(" \n", 1, True) for _ in requests],
    )
    (outcome,) = write(tasks([KITES], engine, seed=1), engine, Progress())
    assert outcome.text is None
    assert outcome.rejected[0].reason == answers.EMPTY


def test_candidates_that_are_not_taken_say_which_one_was(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Said:
        outcome, score, sentence = "passes", 0.5, "it is of the era"

    def choose(candidates: Any, _brief: str, _judges: Any, _form: str) -> best_of.Chosen:
        return best_of.Chosen(candidates[2], 2, Said(), Said())  # type: ignore[arg-type]

    monkeypatch.setattr(best_of, "choose", choose)
    judged = replace(engine, judges=(None, "html"))  # type: ignore[arg-type]
    planned = tasks([KITES, BEES], judged, seed=1, best_of=3)
    outcomes = list(write(planned, judged, Progress()))
    plain = texts([KITES, KITES, KITES], engine)
    guided = replace(engine, options=engine.options.model_copy(update={"guidance": 1.5}))
    second = texts([KITES, KITES], guided)[1]  # every second one is guided
    assert second != plain[1]
    assert outcomes[0].text == plain[2]
    assert [(r.candidate, r.text) for r in outcomes[0].rejected] == [(0, plain[0]), (1, second)]
    assert "candidate 2 was taken" in outcomes[1].rejected[0].detail
    assert outcomes[1].scores
    assert outcomes[1].scores["choosing"]["outcome"] == "passes"


def test_a_single_text_is_given_piece_by_piece(engine: Engine) -> None:
    pieces: list[str] = []
    (outcome,) = write(tasks([KITES], engine, seed=1), engine, Progress(), on_text=pieces.append)
    assert outcome.text
    assert "".join(pieces) == outcome.text.text
    assert len(pieces) > 1
