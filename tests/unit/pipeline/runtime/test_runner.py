"""Planning and doing: skip, say why, lock, and leave nothing half written."""

from __future__ import annotations

import errno
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ConfigError, ModelError, RunError, StageFailedError
from erastyle.corpus.options import Options
from erastyle.pipeline.runtime import manifest, runner
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.runner import Outcome, Step
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

ERA = eras.load("web-1995")


class Letters(Options):
    """Options of the stages here."""

    text: str = "abc"


COUNTS = {"read": 1, "kept": 1, "dropped": 0, "quarantined": 0, "reasons": {}}


def upper(context: Context[Letters]) -> Stats:
    (context.out / "out.txt").write_text(context.options.text.upper())
    return dict(COUNTS)


def double(context: Context[Letters]) -> Stats:
    text = (context.inputs["upper"] / "out.txt").read_text()
    (context.out / "deep").mkdir()
    (context.out / "deep" / "out.txt").write_text(text * 2)
    return dict(COUNTS)


UPPER = Stage("upper", "Capitals.", Letters, upper)
DOUBLE = Stage("double", "Twice.", Letters, double, needs=("upper",), era=("period",), seeded=True)


def planned(root: Path, *stages: Stage[Any], text: str = "abc", seed: int = 1) -> list[Step]:
    chosen = stages or (UPPER, DOUBLE)
    options = {stage.name: Letters() for stage in chosen} | {"upper": Letters(text=text)}
    return runner.plan(chosen, options, ERA, seed, root)


def done(steps: list[Step], **more: Any) -> list[Outcome]:
    return list(runner.run(steps, Progress(), **more))


def failing(error: BaseException, *, resumable: bool = False) -> Stage[Letters]:
    def fail(context: Context[Letters]) -> Stats:
        (context.out / "half.txt").write_text("half")
        raise error

    return Stage("upper", "Fails.", Letters, fail, resumable=resumable)


def test_a_stage_reads_what_it_needs_and_its_folder_holds_a_manifest_of_every_file(
    tmp_path: Path,
) -> None:
    outcomes = done(planned(tmp_path))
    assert [o.skipped for o in outcomes] == [False, False]
    folder = outcomes[1].step.folder
    assert (folder / "deep" / "out.txt").read_text() == "ABCABC"
    found = manifest.read(folder)
    assert found == outcomes[1].manifest
    assert [f.path for f in found.files] == ["deep/out.txt"]
    assert folder.name == found.key == outcomes[1].step.key


def test_what_is_done_is_skipped_and_what_changed_is_done_with_all_that_follows(
    tmp_path: Path,
) -> None:
    done(planned(tmp_path))
    assert [o.skipped for o in done(planned(tmp_path))] == [True, True]
    assert [o.skipped for o in done(planned(tmp_path, seed=2))] == [True, False]
    assert [o.skipped for o in done(planned(tmp_path, text="xyz"))] == [False, False]
    assert [o.skipped for o in done(planned(tmp_path))] == [True, True], "older outputs stay"


def test_a_stage_and_all_after_it_run_again_when_asked(tmp_path: Path) -> None:
    done(planned(tmp_path))
    assert [o.skipped for o in done(planned(tmp_path), again_from="double")] == [True, False]
    assert [o.skipped for o in done(planned(tmp_path), again_from="upper")] == [False, False]


@pytest.mark.parametrize("harm", ["missing", "shorter", "added"])
def test_an_output_whose_files_are_not_as_recorded_is_made_again(harm: str, tmp_path: Path) -> None:
    (first, *_) = done(planned(tmp_path))
    path = first.step.folder / "out.txt"
    if harm == "missing":
        path.unlink()
    elif harm == "shorter":
        path.write_text("AB")
    else:
        (first.step.folder / "other.txt").write_text("?")
    steps = planned(tmp_path)
    assert steps[0].why()[0].startswith("damaged: ")
    assert [o.skipped for o in done(steps)] == [False, True]
    assert path.read_text() == "ABC"
    assert not (first.step.folder / "other.txt").exists()


def test_why_says_never_ran_then_what_changed(tmp_path: Path) -> None:
    assert [s.why() for s in planned(tmp_path)] == [["never ran"], ["never ran"]]
    done(planned(tmp_path))
    changed = planned(tmp_path, text="xyz", seed=2)
    assert changed[0].why() == ["options.text: abc -> xyz"]
    needs, seed = changed[1].why()
    assert needs.startswith("needs.upper: ")
    assert seed == "seed: 1 -> 2"


def test_why_does_not_count_what_was_only_half_written(tmp_path: Path) -> None:
    done(planned(tmp_path))
    (folder,) = (tmp_path / "upper").iterdir()
    folder.rename(folder.with_name(folder.name + ".partial"))
    assert planned(tmp_path)[0].why() == ["never ran"]


def test_differences_name_each_leaf_that_changed_came_or_went() -> None:
    old = {"a": {"b": 1, "c": [1, 2]}, "gone": "x", "same": None}
    new = {"a": {"b": 2, "c": [1, 3]}, "came": "y" * 90, "same": None}
    assert runner.differences(old, new) == [
        "a.b: 1 -> 2",
        "a.c: [1, 2] -> [1, 3]",
        f"came: None -> {'y' * 59}…",
        "gone: x -> None",
    ]
    assert runner.differences(old, old) == []


@pytest.mark.parametrize("error", [ValueError("odd"), KeyboardInterrupt(), ModelError("no model")])
def test_a_stage_that_fails_leaves_nothing_behind(error: BaseException, tmp_path: Path) -> None:
    expected = StageFailedError if isinstance(error, ValueError) else type(error)
    with pytest.raises(expected):
        done(planned(tmp_path, failing(error)))
    assert list((tmp_path / "upper").iterdir()) == []


def test_a_resumable_stage_finds_what_an_interruption_left(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        done(planned(tmp_path, failing(KeyboardInterrupt(), resumable=True)))
    (partial,) = (tmp_path / "upper").iterdir()
    assert partial.name.endswith(".partial")

    def go_on(context: Context[Letters]) -> Stats:
        assert (context.out / "half.txt").read_text() == "half"
        (context.out / "half.txt").write_text("whole")
        return dict(COUNTS)

    (outcome,) = done(planned(tmp_path, Stage("upper", "", Letters, go_on, resumable=True)))
    assert (outcome.step.folder / "half.txt").read_text() == "whole"
    assert not partial.exists()


def test_a_stage_that_cannot_resume_starts_in_an_empty_folder(tmp_path: Path) -> None:
    (step, _) = planned(tmp_path)
    left = step.folder.with_name(step.folder.name + ".partial")
    left.mkdir(parents=True)
    (left / "rubbish").write_text("of a killed process")
    done([step])
    assert [f.path for f in manifest.read(step.folder).files] == ["out.txt"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "is full. Free some space and run again",
        ),
        (OSError(errno.EDQUOT, "Quota exceeded"), "is full"),
        (MemoryError(), "upper failed: out of memory. Close other programs"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 GB"),
            "upper failed: out of memory. Close other programs",
        ),
        (ValueError("two\nlines"), "upper failed: ValueError: two lines."),
        (ZeroDivisionError(), "upper failed: ZeroDivisionError: ZeroDivisionError."),
    ],
)
def test_a_failure_is_one_line_that_names_the_stage_and_what_to_do(
    error: Exception, said: str, tmp_path: Path
) -> None:
    with pytest.raises(StageFailedError) as caught:
        done(planned(tmp_path, failing(error)))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is error


def test_a_stage_for_which_memory_does_not_suffice_says_what_to_lower(tmp_path: Path) -> None:
    stage = replace(failing(MemoryError()), name="generate")
    with pytest.raises(
        StageFailedError, match=r"generate failed: out of memory. Lower gene.*batch"
    ):
        done(planned(tmp_path, stage))


def test_a_stage_may_need_another_one_with_some_options(tmp_path: Path) -> None:
    class Judged(Letters):
        judged: bool = False

    def needs(options: Judged) -> tuple[str, ...]:
        return ("lower",) if options.judged else ()

    first = Stage("lower", "", Letters, lambda _context: dict(COUNTS))
    seen: list[set[str]] = []

    def look(context: Context[Judged]) -> Stats:
        seen.append(set(context.inputs))
        return dict(COUNTS)

    last = Stage("last", "", Judged, look, needs_also=needs)
    keys = set()
    for judged in (False, True):
        options = {"lower": Letters(), "last": Judged(judged=judged)}
        steps = runner.plan((first, last), options, ERA, 1, tmp_path)
        wanted = runner.needed(steps, "last")
        assert [s.stage.name for s in wanted] == (["lower", "last"] if judged else ["last"])
        list(runner.run(wanted, Progress()))
        keys.add(steps[1].key)
    assert seen == [set(), {"lower"}]
    assert len(keys) == 2


def test_the_disk_that_is_full_is_named(tmp_path: Path) -> None:
    with pytest.raises(StageFailedError, match=f"the disk of {tmp_path} is full"):
        done(planned(tmp_path, failing(OSError(errno.ENOSPC, "No space left on device"))))


def test_finished_stages_stay_valid_when_a_later_one_fails(tmp_path: Path) -> None:
    broken = Stage("double", "", Letters, failing(ValueError("odd")).run, needs=("upper",))
    with pytest.raises(StageFailedError):
        done(planned(tmp_path, UPPER, broken))
    assert planned(tmp_path)[0].done is not None


def _hold(root: Path, held: Any, leave: Any) -> None:
    with runner.lock(root):
        held.set()
        leave.wait(30)


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[Callable[[], None]]:
    context = multiprocessing.get_context("spawn")
    held, leave = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, held, leave))
    process.start()
    assert held.wait(30)

    def end() -> None:
        leave.set()
        process.join(30)

    yield end
    end()


def test_a_directory_in_use_is_refused_until_the_other_process_ends(
    other_process: Callable[[], None], tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="in use by another erastyle"), runner.lock(tmp_path):
        pass
    other_process()
    with runner.lock(tmp_path):
        pass


def test_a_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="odd"), runner.lock(tmp_path):
            raise ValueError("odd")


def test_a_run_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RunError, match="Choose another --run DIR"),
        runner.lock(tmp_path / "file" / "x"),
    ):
        pass


def test_a_stage_that_needs_one_that_is_not_there_cannot_be_planned(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        planned(tmp_path, DOUBLE)


def test_the_same_work_elsewhere_gives_the_same_content(tmp_path: Path) -> None:
    one, other = (done(planned(tmp_path / name)) for name in ("one", "other"))
    assert [o.manifest.content() for o in one] == [o.manifest.content() for o in other]
    shutil.rmtree(tmp_path / "one")


def test_only_what_a_stage_needs_is_done_for_it(tmp_path: Path) -> None:
    aside = Stage("aside", "Beside.", Letters, upper)
    last = Stage("last", "Last.", Letters, upper, needs=("double",))
    steps = planned(tmp_path, UPPER, aside, DOUBLE, last)
    assert [s.stage.name for s in runner.needed(steps, "last")] == ["upper", "double", "last"]
    assert [s.stage.name for s in runner.needed(steps, "aside")] == ["aside"]


def test_a_stage_that_cannot_do_its_work_says_so_before_the_first_one(tmp_path: Path) -> None:
    def refuse(options: Letters, era: Era) -> None:
        raise ConfigError(f"{era.name} has no {options.text}")

    def steps(*stages: Stage[Any]) -> list[Step]:
        return planned(tmp_path, UPPER, *stages)

    done(steps(DOUBLE))
    with pytest.raises(ConfigError, match="web-1995 has no abc"):
        runner.ready(steps(replace(DOUBLE, ready=refuse, version=2)))
    runner.ready(steps(replace(DOUBLE, ready=refuse)))  # it is done already
    with pytest.raises(ConfigError, match="web-1995 has no abc"):
        runner.ready(steps(replace(DOUBLE, ready=refuse)), again_from="upper")


def test_a_new_version_says_what_it_changed_in_the_plan_and_in_the_run(tmp_path: Path) -> None:
    said: list[str] = []

    class Told(Progress):
        def done(self, message: str) -> None:
            said.append(message)

    newer = replace(UPPER, version=2, changed="capitals are larger now")
    assert list(runner.run(planned(tmp_path, newer, DOUBLE), Told()))
    assert not said, "nothing is replaced the first time"
    shutil.rmtree(tmp_path / "upper")
    done(planned(tmp_path))
    steps = planned(tmp_path, newer, DOUBLE)
    assert steps[0].why() == ["capitals are larger now", "version: 1 -> 2"]
    list(runner.run(steps, Told()))
    assert said == ["upper      is done again: capitals are larger now"]
    again = planned(tmp_path, newer, DOUBLE, text="xyz")
    assert again[0].why() == ["options.text: abc -> xyz"]
