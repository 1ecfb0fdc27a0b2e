"""A text without a label leaves an entry in its run, or it is not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from erastyle.corpus.errors import ConfigError, RunError
from erastyle.writing import unlabelled


def test_entries_are_kept_in_order_and_a_damaged_one_counts(tmp_path: Path) -> None:
    assert unlabelled.read(tmp_path) == []
    unlabelled.record(tmp_path, "generate", "out", 3, seeds=[2, 1, 2])
    with (tmp_path / unlabelled.NAME).open("a", encoding="utf-8") as file:
        file.write("{half\n")
    unlabelled.record(tmp_path, "restyle", "standard output", 1, seeds=[1])
    entries = unlabelled.read(tmp_path)
    assert [entry.get("command") for entry in entries] == ["generate", None, "restyle"]
    assert (entries[0]["texts"], entries[0]["seeds"]) == (3, [1, 2])


def test_where_nothing_can_be_recorded_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--no-label needs --run"):
        unlabelled.needs_run(None)
    with pytest.raises(RunError, match="only where the run can record it"):
        unlabelled.record(tmp_path / "no", "generate", "out", 1, seeds=[1])
