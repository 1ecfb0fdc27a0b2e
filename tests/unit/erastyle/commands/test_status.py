"""`status` shows the run's own configuration; a run directory can be moved, and its sources too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import erastyle


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.html").write_text(f"<P>Boat {number} lies in the harbour of 1996.")
    return folder


def test_status_follows_run_yaml_and_lists_other_outputs_below(tmp_path: Path, pages: Path) -> None:
    run = ("--run", tmp_path / "run", "--source", pages)
    erastyle("ingest", "web-1995", *run, "--set", "ingest.max_chars=5000")
    first = json.loads(erastyle("status", tmp_path / "run", "--json").output)
    erastyle("ingest", "web-1995", *run)
    second = json.loads(erastyle("status", tmp_path / "run", "--json").output)
    old, new = first["stages"]["ingest"]["key"], second["stages"]["ingest"]["key"]
    assert old != new
    assert second["others"] == {"ingest": [old]}
    erastyle("ingest", "web-1995", *run, "--set", "ingest.max_chars=5000")  # done before: the older
    third = json.loads(erastyle("status", tmp_path / "run", "--json").output)
    assert third["stages"]["ingest"]["key"] == old
    shown = erastyle("status", tmp_path / "run").output
    assert f"{new}  4 kept: max_chars 1000000" in shown
    assert "Next: erastyle run --run" in shown
    assert " MB on the disk" in shown
    (tmp_path / "run" / "plan.json").unlink()  # as a run of an earlier version
    assert json.loads(erastyle("status", tmp_path / "run", "--json").output) == third


def test_a_damaged_stage_is_not_done(tmp_path: Path, pages: Path) -> None:
    erastyle("ingest", "web-1995", "--run", tmp_path / "run", "--source", pages)
    next((tmp_path / "run").glob("ingest/*/kept/*")).unlink()
    states = json.loads(erastyle("status", tmp_path / "run", "--json").output)["states"]
    assert states["ingest"].startswith("damaged: ")


def test_the_newest_run_is_shown_where_none_is_named(
    tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert erastyle("status").exit_code == 1
    erastyle("ingest", "web-1995", "--source", pages)
    assert json.loads(erastyle("status", "--json").output)["run"] == "runs/web-1995"


def test_a_run_goes_on_from_another_folder_and_after_it_was_moved(
    tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ("--run", "run", "--source", "pages", "--set", "era.quality.min_words=1")
    assert erastyle("ingest", "web-1995", *given).exit_code == 0
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    for stage in ("ingest", "clean"):
        result = erastyle("run", "--run", "../run", "--until", stage)
        assert result.exit_code == 0, result.output
    assert "ingest     unchanged" in result.output
    (tmp_path / "run").rename(tmp_path / "other" / "moved")
    pages.rename(tmp_path / "gone")
    result = erastyle("run", "--run", "moved", "--until", "clean")
    assert result.exit_code == 0, result.output
    assert "clean      unchanged" in result.output
    again = erastyle("run", "--run", "moved", "--until", "clean", "--from", "ingest")
    assert again.exit_code == 1
    assert "does not exist" in again.output


def test_a_run_in_this_folder_is_found_too(
    tmp_path: Path, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    erastyle("ingest", "web-1995", "--source", pages, "--run", "my-run")
    assert json.loads(erastyle("status", "--json").output)["run"] == "my-run"


def test_a_stage_that_another_process_works_on_is_running_not_interrupted(
    tmp_path: Path, pages: Path
) -> None:
    run = tmp_path / "run"
    erastyle("ingest", "web-1995", "--run", run, "--source", pages)
    done = next((run / "ingest").glob("*"))
    done.rename(done.with_name(f"{done.name}.partial"))
    states = json.loads(erastyle("status", run, "--json").output)["states"]
    assert states["ingest"] == "interrupted"
    with FileLock(run / ".lock"):
        shown = erastyle("status", run).output
    assert "at work: ingest. Wait for it" in shown
    assert "Next:" not in shown
