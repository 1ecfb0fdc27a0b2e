"""Instructions whose answers a program checks."""

from __future__ import annotations

import pytest

from erastyle.corpus.errors import ConfigError
from erastyle.eval.capability import scoring
from erastyle.eval.capability.tasks.instructions import CHECKS, Instruction, follows, load

CASES = [
    ("upper", None, "THE SEA IS 9 MILES WIDE.", "THE SEA is wide."),
    ("lower", None, "a cat sleeps.", "A cat sleeps."),
    ("words", 3, "Cold, white, quiet.", "Cold and white quiet."),
    ("at most", 3, "A room full.", "A room full of books."),
    ("at least", 3, "One two three four", "One two"),
    ("list", 2, "Here:\n- one\n- two", "- one\n- two\n- three"),
    ("list", 2, "1. one\n2) two", "one\ntwo"),
    ("contains", ["tree", "apple"], "An Apple fell from the tree.", "Apples fell from trees."),
    ("without", "e", "A cat sat.", "The cat sat."),
    ("starts", "Dear", " Dear friend,", "My dear friend,"),
    ("ends", "The end.", "He left. The end.\n", "The end. He left."),
    ("one of", ["yes", "no"], "Yes.", "Yes and no"),
    ("number", None, " 12.", "12 days"),
    ("json", ["a"], '```json\n{"a": 1}\n```', '["a"]'),
    ("json", ["a", "b"], '{"a": 1, "b": 2}', '{"a": 1}'),
    ("lines", 2, "one\n\ntwo\n", "one"),
    ("quoted", None, '"All is well."', 'He said "well".'),
]


@pytest.mark.parametrize(("check", "value", "right", "wrong"), CASES)
def test_a_check_tells_a_kept_form_from_a_broken_one(check, value, right, wrong):
    instruction = Instruction(check, value, "")
    assert follows(instruction, right)
    assert not follows(instruction, wrong)


def test_every_check_is_tried_and_used():
    assert {case[0] for case in CASES} == set(CHECKS) == {i.check for i in load()}


@pytest.mark.parametrize("answer", ["", "  \n", "\x00", "{" * 100_000])
def test_nothing_and_rubbish_follow_no_instruction_of_form(answer):
    for check, value in [("json", ["a"]), ("words", 3), ("upper", None), ("list", 3)]:
        assert not follows(Instruction(check, value, ""), answer)


def test_a_model_that_answers_nothing_has_no_share_of_kept_forms():
    result = scoring.judge([""] * len(load()))
    assert result.accuracy is None
    assert "answers nothing" in result.problem


def test_judged_answers_are_counted_by_check():
    answers = ["YES" if i.check in ("upper", "one of") else "" for i in load()]
    result = scoring.judge(answers)
    right = [group for group, kept in zip(result.groups, result.correct, strict=True) if kept]
    assert (right.count("upper"), right.count("json")) == (3, 0)
    assert result.accuracy == pytest.approx(result.correct.sum() / len(load()))


def test_the_wrong_number_of_answers_is_refused():
    with pytest.raises(ConfigError, match=r"1 answers for \d+ instructions"):
        scoring.judge(["one"])


@pytest.mark.parametrize(
    ("line", "says"), [("words\t2", "wants"), ("wrds\t2\tSay.", "at most"), ("words\tx\tS", "JSON")]
)
def test_a_bad_line_is_refused_with_its_place(tmp_path, line, says):
    path = tmp_path / "mine.tsv"
    path.write_text(line)
    with pytest.raises(ValueError, match=rf"mine.tsv:1.*{says}"):
        load(path)
