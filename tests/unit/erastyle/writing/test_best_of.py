"""The best of several texts: whole pages first, then the choosing judge; the other only reports."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval.judge.judgement import Judgement
from erastyle.pipeline.runtime import manifest
from erastyle.train.model.generation import GeneratedText
from erastyle.train.model.guards.guard import Mark
from erastyle.writing import best_of
from tests.studio_run import make_run

PAGE = "<TITLE>Kites</TITLE><P>{} I fly my kites on the hill by the sea."


class ByNumber:
    """A judge whose score of a text is the number in it."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def judge(self, texts: Any, briefs: Any) -> list[Judgement]:
        assert len(texts) == len(briefs)
        scores = [float(text.body.split(">")[-1].split()[0]) for text in texts]
        return [
            Judgement("passes" if s >= self.threshold else "fails", s, self.threshold, (), f"{s}.")
            for s in scores
        ]


JUDGES = cast(Any, SimpleNamespace(choosing=ByNumber(0.5), reporting=ByNumber(0.9)))


def text(score: float, page: str = PAGE, marks: tuple[Mark, ...] = ()) -> GeneratedText:
    return GeneratedText(page.format(score), 20, True, {}, 0, marks)


def test_the_choosing_judge_chooses_and_the_reporting_judge_is_told() -> None:
    chosen = best_of.choose([text(0.2), text(0.7), text(0.6)], "A page.", JUDGES, "html")
    assert (chosen.number, chosen.choosing.outcome, chosen.reporting.outcome) == (
        1,
        "passes",
        "fails",
    )


def test_a_page_that_no_browser_shows_and_a_marked_one_come_behind() -> None:
    broken = text(0.9, PAGE.replace("</TITLE>", ""))
    marked = text(0.8, marks=(Mark("loops", "a line", 0, 4),))
    candidates = [broken, marked, text(0.1)]
    assert best_of.choose(candidates, "A page.", JUDGES, "html").number == 2
    assert best_of.choose(candidates[:2], "A page.", JUDGES, "html").number == 1


def test_of_equal_texts_the_first_is_taken() -> None:
    assert best_of.choose([text(0.7), text(0.7)], "A page.", JUDGES, "html").number == 0


def test_a_long_text_about_its_brief_is_taken_before_a_better_score() -> None:
    long = PAGE + " The wind blows there." * 30
    brief = "A page about kites and birds."
    candidates = [text(0.9), text(0.6, long), text(0.55, long + " Birds, too."), text(0.9, long)]
    assert best_of.choose(candidates, brief, JUDGES, "html").number == 2
    listed = text(0.1, PAGE + " kites and birds" * 40)
    assert best_of.choose([listed, text(0.6)], brief, JUDGES, "html").number == 1, "it fails"
    assert best_of.choose([listed, text(0.2)], brief, JUDGES, "html").number == 1, "both fail"
    assert best_of.choose(candidates[:2], brief, JUDGES, "html").number == 1
    short = text(0.9, PAGE + " The wind blows there." * 6)
    asked = "A page about kites. About 40 words."
    assert best_of.choose([candidates[1], short], asked, JUDGES, "html").number == 1


def test_judges_that_an_earlier_version_learnt_are_found(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", model=False)
    with pytest.raises(ModelError, match="has learnt no judges"):
        best_of.learnt_folder(run)
    for hour, key in enumerate(("b" * 12, "a" * 12)):  # no key of this version
        (folder := run / "classifier" / key).mkdir(parents=True)
        done = manifest.Manifest(
            key=key,
            identity={"stage": "classifier"},
            files=(),
            stats={},
            seconds=0,
            cpu_seconds=0,
            peak_memory_mb=0,
            finished=datetime(2026, 1, 1, hour, tzinfo=UTC),
            versions={},
        )
        manifest.write(folder, done)
    assert best_of.learnt_folder(run).name == "a" * 12
