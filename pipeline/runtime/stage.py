"""What a stage is.

A stage is a function from finished folders to one new folder. Everything that decides the bytes it
writes is in its *key*: its name, its version, its options, the parts of the era that it uses, the
keys of the stages it needs, and a digest of anything it reads from outside. Where and how fast it
runs (paths, workers, devices) is not, so the same key means the same data on any machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from erastyle.corpus.era import Era
from erastyle.corpus.options import Options
from erastyle.pipeline.runtime.progress import Progress

OptionsT = TypeVar("OptionsT", bound=Options)
Stats: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context(Generic[OptionsT]):
    """What a stage function gets.

    Attributes:
        options: The validated options of this stage.
        era: The era. A stage uses only the parts that it names in `Stage.era`.
        seed: Seed of the run.
        inputs: The finished folder of each needed stage, by stage name.
        out: The folder to write to. A resumable stage finds there what an interruption left.
        progress: Where to report how far it is.
        root: The run directory, for what a stage shows about the stages before it.
    """

    options: OptionsT
    era: Era
    seed: int
    inputs: Mapping[str, Path]
    out: Path
    progress: Progress
    root: Path


@dataclass(frozen=True, slots=True)
class Stage(Generic[OptionsT]):
    """A named step of a run.

    Attributes:
        name: Command, folder and config section at once: `clean`.
        title: What it does, for help and reports.
        options: The class of its options.
        run: Writes the output and returns counts for the manifest.
        needs: Names of the stages whose output it reads.
        needs_also: Names of further stages that it needs with these options.
        era: Fields of the era that decide its output.
        version: Raise it when the same options must give new data; a refactoring keeps it.
        changed: What the newest version changed. A run that replaces an older output says it.
        seeded: Whether chance plays a part, so that the seed of the run decides the output.
        resumable: Whether it continues from a partial output instead of starting again.
        reads: Digests of what it reads from outside the run, by name.
        ready: Raises where the stage could not do its work with these options for this era. It is
            asked before the first stage runs, and in a dry run.
    """

    name: str
    title: str
    options: type[OptionsT]
    run: Callable[[Context[OptionsT]], Stats]
    needs: tuple[str, ...] = ()
    needs_also: Callable[[OptionsT], tuple[str, ...]] = field(default=lambda _options: ())
    era: tuple[str, ...] = ()
    version: int = 1
    changed: str = ""
    seeded: bool = False
    resumable: bool = False
    reads: Callable[[OptionsT], Mapping[str, str]] = field(default=lambda _options: {})
    ready: Callable[[OptionsT, Era], None] = field(default=lambda _options, _era: None)

    def identity(
        self, options: OptionsT, era: Era, seed: int, needed: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return, as plain JSON, everything that decides the output.

        Args:
            options: The options of this stage.
            era: The era profile.
            seed: Seed of the run.
            needed: The key of each needed stage, by stage name.

        Raises:
            SourceError: Something outside that the stage reads is not there.
        """
        profile = era.model_dump(mode="json", by_alias=True)
        return {
            "stage": self.name,
            "version": self.version,
            "options": options.key_values(),
            "era": {name: profile[name] for name in self.era},
            "seed": seed if self.seeded else None,
            "needs": dict(needed),
            "reads": dict(self.reads(options)),
        }


def key(identity: Mapping[str, Any]) -> str:
    """Return the first 12 hex digits of the sha256 of `identity`.

    >>> key({"stage": "clean", "version": 1}) == key({"version": 1, "stage": "clean"})
    True
    """
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
