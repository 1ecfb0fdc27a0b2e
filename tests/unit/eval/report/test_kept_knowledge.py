"""Items that were lost and gained are named, by task and with their exact p-value."""

from __future__ import annotations

from erastyle.corpus import era as eras
from erastyle.eval.capability import scoring
from erastyle.eval.cards.model_card import model_card
from erastyle.eval.measurement import Answers
from erastyle.eval.measures.contradictions import ContradictionsResult
from erastyle.eval.report import kept_knowledge
from erastyle.eval.report.kept_knowledge import GAINED, LOST, MOST
from erastyle.eval.report.report import Report
from erastyle.train.restyle.fact_ledger import Entry

COUNT = len(scoring.shipped(["knowledge"])[0].items)
NOTHING = ContradictionsResult([], ([], [], []), [])


def knowledge(lost: int, gained: int) -> Answers:
    """The first `lost` items are lost, the last `gained` ones gained, the others right."""
    before = [True] * (COUNT - gained) + [False] * gained
    return Answers(before, [False] * lost + [True] * (COUNT - lost), 0.25)


def test_each_task_has_its_counts_and_p() -> None:
    (row,) = kept_knowledge.by_task({"knowledge": knowledge(9, 1)}).cells
    right = (f"{COUNT - 1} of {COUNT}", f"{COUNT - 9} of {COUNT}")
    assert row == ["knowledge", *right, "9", "1", "0.021"]


def test_items_are_named_with_the_right_answer_and_the_way_they_went() -> None:
    tasks = {"knowledge": knowledge(1, 1), "own task": Answers([True], [False], 0.5)}
    table = kept_knowledge.by_item(tasks, 1)
    assert table.cells == [
        ["The capital of France is", "Paris", "knowledge", LOST],
        ["Traffic goes when the light is", "green", "knowledge", GAINED],
    ], "items of tasks that are not shipped have no names here"
    many = kept_knowledge.by_item({"knowledge": knowledge(MOST + 5, 0)}, 1).cells
    assert len(many) == MOST + 1
    assert many[-1][0] == "5 more"


def test_pairs_of_sentences_show_the_good_one_against_the_bad_one() -> None:
    count = len(scoring.shipped(["grammar"], 20)[0].items)
    answers = Answers([True] * count, [False] + [True] * (count - 1), 0.5)
    ((item, right, *_),) = kept_knowledge.by_item({"grammar": answers}, 20).cells
    assert str(item).startswith("rather than “")
    assert right not in str(item)


def test_the_card_and_the_report_list_them_and_nothing_stands_there_without_them() -> None:
    entry = Entry("changed", "number", "25 members", "52 members", "Our club has 25 members.")
    told = ContradictionsResult([True], ([[]], [[entry]], [[]]), ["A page:\nOur club has 25."])
    tables = kept_knowledge.tables({"knowledge": knowledge(2, 0)}, 1, told)
    assert [table.title for table in tables] == [
        kept_knowledge.TASKS,
        kept_knowledge.ITEMS,
        kept_knowledge.FACTS,
    ]
    card = model_card(Report("t", tables=tables), eras.load("web-1995"))
    assert "## What the model still knows" in card
    assert "The capital of France is" in card
    assert "52 members" in card
    assert "still knows" not in model_card(Report("t"), eras.load("web-1995"))
    assert kept_knowledge.tables({}, 1, NOTHING) == []
