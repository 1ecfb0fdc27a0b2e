"""Tables of what the fine-tuned model still knows, item by item, and of facts that it contradicts.

Each item was asked before and after the training, so what was lost and what was gained are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from erastyle.corpus.errors import ErastyleError
from erastyle.eval.capability import scoring
from erastyle.eval.capability.scoring import Item
from erastyle.eval.capability.tasks import instructions as forms
from erastyle.eval.measurement import Answers
from erastyle.eval.measures.contradictions import ContradictionsResult
from erastyle.eval.metric import ITEM_ROWS
from erastyle.eval.report.parts import FurtherTable
from erastyle.eval.statistics.hypothesis_tests import mcnemar

TASKS = "what the model still knows, by task"
ITEMS = "items whose answer changed"
FACTS = "facts of the briefs that the texts contradict"
MOST = 60
"""Items of one task that are named for each direction; the file has them all."""
LOST, GAINED = "right before, wrong after", "wrong before, right after"


def changed(answers: Answers) -> tuple[list[int], list[int]]:
    """Return the places of the items that were lost, and of those that were gained."""
    pairs = list(enumerate(zip(answers.before, answers.after, strict=True)))
    lost = [n for n, (before, after) in pairs if before and not after]
    return lost, [n for n, (before, after) in pairs if after and not before]


def by_task(tasks: Mapping[str, Answers]) -> FurtherTable:
    """Return how many items of each task were lost and gained, with the exact p-value."""
    cells = []
    for name, answers in tasks.items():
        lost, gained = changed(answers)
        right = (sum(map(bool, side)) for side in (answers.before, answers.after))
        p = f"{mcnemar(len(lost), len(gained)):.2g}"
        counts = [f"{n:,} of {len(answers.before):,}" for n in right]
        cells.append([name, *counts, f"{len(lost):,}", f"{len(gained):,}", p])
    columns = ("task", "right before", "right after", LOST, GAINED, "McNemar p")
    note = (
        "The same items before and after. The exact two-sided p-value says how often chance alone "
        "would part lost and gained items so unevenly."
    )
    return FurtherTable(TASKS, columns, cells, note, ITEM_ROWS)


def by_item(tasks: Mapping[str, Answers], every: int) -> FurtherTable:
    """Return the items of the shipped tasks whose answer changed.

    Args:
        tasks: Answers by task.
        every: One item in so many was asked.
    """
    cells: list[list[str | float | None]] = []
    for name, answers in tasks.items():
        items = _items(name, every)
        if len(items) != len(answers.before):
            continue  # a task of lm-eval: its items are not ours to name
        for word, places in zip((LOST, GAINED), changed(answers), strict=True):
            cells += [[items[n][0], items[n][1], name, word] for n in places[:MOST]]
            if len(places) > MOST:
                more = f"{len(places) - MOST:,} more"
                cells.append([more, "in the file", name, word])
    columns = ("item", "right answer", "task", "change")
    return FurtherTable(ITEMS, columns, cells, "", ITEM_ROWS)


def _items(task: str, every: int) -> Sequence[tuple[str, str]]:
    """Return question and right answer of each item of a shipped task; empty for any other."""
    if task == "instructions":
        return [(one.prompt, one.check) for one in forms.load()]
    try:
        (shipped,) = scoring.shipped([task], every)
    except ErastyleError:
        return []
    return [_named(item) for item in shipped.items]


def _named(item: Item) -> tuple[str, str]:
    right = item.choices[item.answer]
    if item.context:
        return item.context, right
    wrong = [choice for n, choice in enumerate(item.choices) if n != item.answer]
    return f"rather than “{wrong[0]}”", right


def facts(result: ContradictionsResult) -> FurtherTable:
    """Return the facts of the briefs that the fine-tuned model's texts contradict."""
    cells = list(_facts(result))[:MOST]
    columns = ("brief", "fact of the brief", "in the text", "kind")
    note = (
        "A fact is contradicted where the sentence that is likest to its own has another number, "
        "date or name. Facts that are left out are not listed."
    )
    return FurtherTable(FACTS, columns, cells, note)


def _facts(result: ContradictionsResult) -> Iterator[list[str | float | None]]:
    for brief, entries in zip(result.briefs, result.changed[1], strict=True):
        line = " ".join(brief.split())
        for entry in entries:
            yield [line[:80], entry.text, entry.now, entry.kind]


def tables(
    tasks: Mapping[str, Answers], every: int, contradictions: ContradictionsResult
) -> list[FurtherTable]:
    """Return the tables that have rows."""
    made = [by_task(tasks), by_item(tasks, every), facts(contradictions)]
    return [table for table in made if table.cells]
