"""Plan a run, then do what is missing."""

from __future__ import annotations

import errno
import resource
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from erastyle.corpus.atomic import fsync
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ErastyleError, RunError, SourceError, StageFailedError
from erastyle.corpus.options import Options
from erastyle.pipeline.runtime import energy, manifest
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.pipeline.runtime.out_of_memory import is_out_of_memory
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context, Stage, key

LESS_MEMORY = {
    "baseline": "Lower generate.batch (such as 4), or take a smaller base. ",
    "train": "Lower train.max_length, or take a smaller base. ",
    "generate": "Lower generate.batch (such as 4), or take a smaller base. ",
    "score": "Set score.controls=false and score.extraction=0, or take a smaller base. ",
}
"""What to do about a stage for which memory does not suffice."""
SHOWN = 60  # characters of a changed value that the plan shows


@dataclass(frozen=True)
class Step:
    """A stage with its options, its key and its folder."""

    stage: Stage[Any]
    options: Options
    era: Era
    seed: int
    identity: dict[str, Any]
    key: str
    folder: Path

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the stages whose output it reads, with these options."""
        return _needs(self.stage, self.options)

    @cached_property
    def done(self) -> Manifest | None:
        """The manifest, if this exact step was finished before and its files are there."""
        finished = manifest.read(self.folder)
        if finished is None or any(manifest.damage(self.folder, finished, quick=True)):
            return None
        return finished

    def why(self) -> list[str]:
        """Say why the step has to run, in terms of what a person changed."""
        if (finished := manifest.read(self.folder)) is not None:
            harm = next(manifest.damage(self.folder, finished, quick=True), "asked for")
            return [f"damaged: {harm}"]
        earlier = [m for m in _finished(self.folder.parent) if m.key != self.key]
        if not earlier:
            return ["never ran"]
        newest = max(earlier, key=lambda m: m.finished)
        reasons = differences(newest.identity, self.identity) or ["its inputs changed"]
        if self.stage.changed and newest.identity.get("version") != self.stage.version:
            reasons.insert(0, self.stage.changed)
        return reasons


def _needs(stage: Stage[Any], options: Options) -> tuple[str, ...]:
    return (*stage.needs, *stage.needs_also(options))


def _finished(folder: Path) -> Iterator[Manifest]:
    for path in sorted(folder.glob("*/")):
        if not path.name.endswith(".partial") and (finished := manifest.read(path)):
            yield finished


def plan(
    stages: Sequence[Stage[Any]], options: Mapping[str, Options], era: Era, seed: int, root: Path
) -> list[Step]:
    """Order the stages and give each its key and folder.

    Raises:
        KeyError: A stage needs one that is not in `stages`.
        graphlib.CycleError: Stages need each other in a circle.
        SourceError: A source is not there.
    """
    by_name = {stage.name: stage for stage in stages}
    needs = {stage.name: _needs(stage, options[stage.name]) for stage in stages}
    order = TopologicalSorter(needs).static_order()
    steps: dict[str, Step] = {}
    for name in order:
        stage = by_name[name]
        needed = {need: steps[need].key for need in needs[name]}
        identity = _identity(stage, options[name], era, seed, needed, root / name)
        digest = key(identity)
        folder = root / name / digest
        steps[name] = Step(stage, options[name], era, seed, identity, digest, folder)
    return [steps[stage.name] for stage in stages]


def _identity(
    stage: Stage[Any],
    options: Options,
    era: Era,
    seed: int,
    needed: Mapping[str, str],
    folder: Path,
) -> dict[str, Any]:
    """Return what decides the output of a stage.

    Where a source is gone, the stage is what its newest finished output says, if everything else is
    as it was: a run directory that was moved, or whose sources were, stays what it is.

    Raises:
        SourceError: A source is not there, and the stage was never done with it.
    """
    try:
        return stage.identity(options, era, seed, needed)
    except SourceError:
        wanted = replace(stage, reads=lambda _options: {}).identity(options, era, seed, needed)
        done = [m for m in _finished(folder) if m.identity | {"reads": {}} == wanted]
        if not done:
            raise
        return max(done, key=lambda m: m.finished).identity


def needed(steps: Sequence[Step], name: str) -> list[Step]:
    """Return the step called `name` and those that it needs, in their order."""
    by_name = {step.stage.name: step for step in steps}
    wanted: set[str] = set()
    open_ = [name]
    while open_:
        if (one := open_.pop()) not in wanted:
            wanted.add(one)
            open_.extend(by_name[one].needs)
    return [step for step in steps if step.stage.name in wanted]


def ready(steps: Sequence[Step], *, again_from: str | None = None) -> None:
    """Ask each stage that would run whether it can, before the first one starts.

    Raises:
        ErastyleError: A stage cannot do its work; the message says what to give.
    """
    again = False
    for step in steps:
        again = again or step.stage.name == again_from
        if again or step.done is None:
            step.stage.ready(step.options, step.era)


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold a run directory for this process.

    Raises:
        RunError: Another process holds it, or it cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        held = FileLock(root / ".lock", timeout=0)
        held.acquire()
    except Timeout:
        raise RunError(
            f"{root} is in use by another erastyle. Wait for it, or choose another --run."
        ) from None
    except OSError as error:
        raise RunError(f"{root}: {error.strerror}. Choose another --run DIR.") from None
    try:
        yield
    finally:
        held.release()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: its manifest, and whether it was done before."""

    step: Step
    manifest: Manifest
    skipped: bool


def run(
    steps: Sequence[Step], progress: Progress, *, again_from: str | None = None
) -> Iterator[Outcome]:
    """Do each step that has no finished output, and yield the outcomes in order.

    Args:
        steps: What `plan` returned, in order, possibly cut at the end.
        progress: Where to report.
        again_from: Name of a stage; it and all after it run again even if they are done.

    Raises:
        StageFailedError: A stage raised. What was finished before it stays valid.
        ErastyleError: A stage refused; the message says what to do.
    """
    folders: dict[str, Path] = {}
    again = False
    for step in steps:
        again = again or step.stage.name == again_from
        done = None if again else step.done
        inputs = {need: folders[need] for need in step.needs}
        if done is None and step.stage.changed and (reason := step.why()[0]) == step.stage.changed:
            progress.done(f"{step.stage.name:10} is done again: {reason}")
        yield Outcome(step, done or _do(step, inputs, progress), skipped=done is not None)
        folders[step.stage.name] = step.folder


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its finished children."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_memory_mb() -> int:
    """Return the largest resident memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1_000_000 if sys.platform == "darwin" else 1000)


def _do(step: Step, inputs: Mapping[str, Path], progress: Progress) -> Manifest:
    name, folder = step.stage.name, step.folder
    partial = folder.with_name(folder.name + ".partial")
    if not step.stage.resumable:
        shutil.rmtree(partial, ignore_errors=True)
    started, cpu = time.monotonic(), cpu_seconds()
    try:
        partial.mkdir(parents=True, exist_ok=True)
        root = folder.parents[1]
        context = Context(step.options, step.era, step.seed, inputs, partial, progress, root)
        progress.start(name)
        with energy.meter() as used:
            stats = step.stage.run(context)
        measured = {name: round(value, 9) for name, value in stats.pop("measured", {}).items()}
        done = Manifest(
            key=step.key,
            identity=step.identity,
            files=manifest.describe(partial),
            stats=stats,
            seconds=round(time.monotonic() - started, 3),
            cpu_seconds=round(cpu_seconds() - cpu, 3),
            peak_memory_mb=peak_memory_mb(),
            measured=measured | used,
            finished=manifest.now(),
            versions=manifest.versions(),
        )
        manifest.write(partial, done)
        if folder.exists():  # damaged, or asked for again
            shutil.rmtree(folder)
        partial.rename(folder)
        fsync(folder.parent)
    except BaseException as error:
        if not step.stage.resumable or not any(partial.glob("*")):
            shutil.rmtree(partial, ignore_errors=True)
        if isinstance(error, ErastyleError) or not isinstance(error, Exception):
            raise
        raise StageFailedError(_sentence(name, error, folder)) from error
    return done


def _sentence(name: str, error: Exception, folder: Path) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{name} failed: the disk of {folder.parents[1]} is full. Free some space and run "
            "again; finished stages are kept."
        )
    if is_out_of_memory(error):
        return (
            f"{name} failed: out of memory. {LESS_MEMORY.get(name, '')}Close other programs or use "
            "a machine with more; finished stages are kept, so run again to continue."
        )
    what = " ".join(str(error).split())[:500] or type(error).__name__
    return (
        f"{name} failed: {type(error).__name__}: {what}. Finished stages are kept; run again to "
        "continue, with --debug for the traceback."
    )


def differences(old: Any, new: Any, at: str = "") -> list[str]:
    """Name the leaves that changed.

    >>> differences({"options": {"min_chars": 1}}, {"options": {"min_chars": 2}})
    ['options.min_chars: 1 -> 2']
    >>> differences({"reads": {"sources.0": "6ee8"}}, {"reads": {"sources.0": "0c1d"}})
    ['sources.0: other content']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        changes = []
        for name in sorted(old.keys() | new.keys()):
            changes += differences(old.get(name), new.get(name), f"{at}.{name}".lstrip("."))
        return changes
    if old == new:
        return []
    place = at.removeprefix("reads.")
    if place != at and old is not None and new is not None:  # digests, which tell a person nothing
        return [f"{place}: other content"]
    return [f"{at}: {_short(old)} -> {_short(new)}"]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
