"""Four questions: what cannot be judged does not pass, and each reason stands with its question."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.copying.search import Index
from erastyle.corpus.era import Gate
from erastyle.corpus.errors import ModelError
from erastyle.eval import classifier_stage
from erastyle.eval.judge.ending_rules import COPIED_TOKENS
from erastyle.eval.judge.judgement import Judgement, QuestionAnswer
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.judge_contrast import contrast
from erastyle.eval.material import Judgements, Material
from erastyle.eval.measures import four_questions
from erastyle.eval.style.features import Text


def judgement(outcome: Any, sense: float = 0.6, evidence: str = "") -> Judgement:
    answers = (
        QuestionAnswer("form", 0.5, "", {}),
        QuestionAnswer("sense", sense, evidence, {"order": sense}),
    )
    return Judgement(outcome, 0.0, 0.3, answers, "It does.")


def result() -> Judgements:
    base = [judgement("fails", 0.01, "words out of order"), judgement("cannot judge")]
    style = [judgement("passes"), judgement("cannot judge"), judgement("cannot judge")]
    real = [judgement("passes"), judgement("passes")]
    sides = (base, [*style, judgement("fails", 0.02, "repeats itself")], real)
    return Judgements(sides, sides, "The judges differ.")


def test_what_cannot_be_judged_does_not_pass_and_is_counted() -> None:
    metrics = {metric.id: metric for metric in four_questions.metrics(result())}
    passing = metrics["style_pass"]
    assert (passing.base, passing.style, passing.real) == (0.0, 0.25, 1.0)
    assert "1 of 2 of the base, 2 of 4 of the fine-tuned model, 2 of 2 real" in passing.note
    assert passing.compared


def test_each_question_names_what_speaks_against_the_outputs() -> None:
    metrics = {metric.id: metric for metric in four_questions.metrics(result())}
    sense = metrics["four_questions.sense"]
    assert (sense.base, sense.style, sense.real) == (0.5, 0.25, 0.0)
    assert "repeats itself" in sense.note
    assert "words out of order" not in sense.note, "that was a text of the base"
    assert metrics["four_questions.form"].style == 0.0


def test_what_cannot_be_judged_counts_against_the_line_of_the_gate() -> None:
    (line,) = four_questions.check(result(), Gate(min_style_pass=0.2), 1)
    assert (line.id, line.value, line.n) == ("style_pass", 0.25, 4)


def test_without_judges_the_line_is_open_and_says_why() -> None:
    nothing = Judgements(note="3 documents are too few")
    assert four_questions.metrics(nothing) == []
    (line,) = four_questions.check(nothing, Gate(), 1)
    assert line.verdict == "INCONCLUSIVE"
    assert line.explanation == "No judge of the era: 3 documents are too few."


def write_report(folder: Path, **more: object) -> Path:
    report = {"sha256": "c" * 64, **more}
    (folder / classifier_stage.REPORT).write_text(json.dumps(report))
    return folder


def test_a_folder_without_judges_gives_none_and_says_why(tmp_path: Path) -> None:
    assert classifier_stage.load_judges(write_report(tmp_path)) == (None, "")
    few = write_report(tmp_path, no_judges="3 documents are too few")
    assert classifier_stage.load_judges(few) == (None, "3 documents are too few")


def test_a_missing_or_damaged_file_of_the_judges_is_an_error(tmp_path: Path) -> None:
    write_report(tmp_path, judges={"sha256": ["a" * 64, "b" * 64], "parted": False})
    with pytest.raises(ModelError, match=r"choosing\.skops"):
        classifier_stage.load_judges(tmp_path)
    (tmp_path / classifier_stage.REPORT).write_text("[]")
    with pytest.raises(ModelError, match="Do the classifier stage again"):
        classifier_stage.load_judges(tmp_path)


class CopyJudge:
    """A judge that knows the rule of copies alone."""

    def judge_views(self, seen: Any, briefs: Any, *, copied: Any) -> list[Judgement]:
        del briefs
        runs = [copied(view.text) for view in seen]
        return [judgement("fails" if run >= COPIED_TOKENS else "passes") for run in runs]


def test_a_copy_of_a_training_document_does_not_pass() -> None:
    source = " ".join(f"word{n}" for n in range(90))
    new = " ".join(f"other{n}" for n in range(90))
    judge = CopyJudge()
    given = Material.__new__(Material)
    vars(given).update(
        _judges=(SimpleNamespace(choosing=judge, reporting=judge, note=""), ""),
        index=Index.build([("a", source, "site")]),
        briefs=["b", "b"],
        base=SimpleNamespace(texts=[Text(new), Text(new)]),
        style=SimpleNamespace(texts=[Text(f"<P>{source}</P>"), Text(new)]),
        real=SimpleNamespace(texts=[Text(new)]),
    )
    result = four_questions.measure(given)
    assert [j.passes for j in result.reporting[1]] == [False, True]
    assert all(j.passes for side in (result.reporting[0], result.choosing[2]) for j in side)


def test_three_documents_are_too_few_for_judges() -> None:
    page = "<HTML><BODY><H1>Kites</H1><P>" + "I fly my kites on the hill by the sea. " * 9
    real = [Text(page + str(n)) for n in range(3)]
    texts = contrast(real, [], seed=1)
    assert {c.kind for c in texts} >= {"general", "general answers", "modern in form"}
    with pytest.raises(ModelError, match="needs 20 real documents"):
        JudgePair.fit(real, ["a", "b", "c"], texts, eras.load("web-1995"))
