"""Read the task files. Imports nothing of erastyle: lm-eval loads this file by its path.

A task file is a table of tab-separated lines: group, context, right answer, wrong answers.
The position of the right answer changes with the line number, so that a model for which all
answers are equal does not score by taking the first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the items of the task file `path`.

    Returns:
        Dictionaries with `group`, `context`, `choices` (list of strings) and `answer` (its index).

    Raises:
        ValueError: A line has fewer than four fields, or two answers are equal.
    """
    items: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        group, *rest = line.split("\t")
        if len(rest) < 3 or not group:
            raise ValueError(
                f"{path}:{number}: wants group, context, right answer and at least one wrong "
                f"answer, separated by tabs, but has {len(rest) + 1} fields"
            )
        context, right, *wrong = rest
        if right in wrong or len(set(wrong)) < len(wrong) or not all([right, *wrong]):
            raise ValueError(f"{path}:{number}: two answers are equal, or one is empty")
        answer = len(items) % (len(wrong) + 1)
        choices = [*wrong[:answer], right, *wrong[answer:]]
        items.append({"group": group, "context": context, "choices": choices, "answer": answer})
    return items


def dataset(file: str = "", **_: Any) -> Any:
    """Return the task file `file` of this folder as lm-eval's `custom_dataset` wants it."""
    from datasets import Dataset, DatasetDict

    return DatasetDict({"test": Dataset.from_list(rows(FOLDER / file))})
