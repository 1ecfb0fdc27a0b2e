"""Checkpoints by time, and fewer updates where a training is slower than foretold.

What was cut comes back, as far as the time allows, where the training becomes faster again: a
machine that was busy for its first minutes does not decide over the rest.

A checkpoint within an epoch falls on an update whose loss is logged, so that a training that goes
on from it logs the same losses.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from erastyle.corpus.atomic import write_atomically
from erastyle.pipeline.runtime.progress import Progress

NAME = "pace.json"
LATE = 1.1
"""How many times the time it was given a training may foretell before it is shortened."""
MORE = 1.1
"""How many times its updates must fit before a training that was shortened is made longer."""
PARTS = 5
"""Checkpoints that a training with a limit of time has at least."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a training is.

    Attributes:
        elapsed: Seconds since it began, those before an interruption too.
        update: Updates so far.
        planned: Updates in all, as planned before the first.
        looking: Seconds of `elapsed` in which it only looked at itself.
        looks: How often it did.
        cuts: Each time their number was changed: the update then, and the updates in all since.
        before: Seconds of work until the checkpoint before, and its update.
    """

    elapsed: float
    update: int
    planned: int
    looking: float = 0.0
    looks: int = 0
    cuts: tuple[tuple[int, int], ...] = ()
    before: tuple[float, int] = (0.0, 0)

    @property
    def work(self) -> float:
        """Seconds in which it learnt."""
        return self.elapsed - self.looking

    @property
    def updates(self) -> int:
        """Updates in all, as decided last."""
        return self.cuts[-1][1] if self.cuts else self.planned

    def within(self, limit: float, looks_left: int) -> int:
        """Return the updates that fit into a time, at the speed since the checkpoint before.

        As many as before where all of those fit and hardly more do.

        Args:
            limit: Seconds that the training may take.
            looks_left: Looks that are to come.

        >>> Pace(100.0, 10, 50).within(1000, 0), Pace(100.0, 10, 50).within(300, 0)
        (50, 30)
        >>> Pace(150.0, 20, 50, cuts=((10, 30),), before=(100.0, 10)).within(300, 0)
        50
        """
        seconds, update = self.before
        each = (self.work - seconds) / max(1, self.update - update)
        left = looks_left * self.looking / max(1, self.looks)
        room = max(0.0, limit - self.elapsed - left)
        fit = min(self.planned, self.update + max(1, int(room / each)))
        late = self.elapsed + left + each * (self.updates - self.update) > LATE * limit
        return fit if late or fit > MORE * self.updates else self.updates


class TimedCheckpoints(TrainerCallback):  # type: ignore[misc]
    """Save every so many minutes, and end sooner where the time would not suffice."""

    def __init__(
        self, trainer: Any, minutes: float, limit: float | None, progress: Progress
    ) -> None:
        """Watch a trainer.

        Args:
            trainer: The trainer; `looking` and `looks` of it say what evaluation took.
            minutes: Minutes between checkpoints.
            limit: Seconds that the training may take; None for no limit.
            progress: Where to report.
        """
        self._trainer, self._limit, self._progress = trainer, limit, progress
        self._every = 60 * minutes if limit is None else min(60 * minutes, limit / PARTS)
        self._started = self._saved = time.monotonic()
        self._pace = Pace(0.0, 0, 0)

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Begin to count, from where an interrupted training was."""
        del control
        self._started = self._saved = time.monotonic()
        self._pace = Pace(0.0, 0, state.max_steps)
        path = Path(args.output_dir) / f"checkpoint-{state.global_step}" / NAME
        if state.global_step and path.is_file():
            known = json.loads(path.read_text(encoding="utf-8"))
            cuts = tuple((at, updates) for at, updates in known.pop("cuts"))
            self._pace = Pace(**known | {"before": tuple(known["before"])}, cuts=cuts)
            self._trainer.looking, self._trainer.looks = self._pace.looking, self._pace.looks
            for at, updates in cuts:
                self._change(state, at, updates)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Ask for a checkpoint where it is time."""
        late = time.monotonic() - self._saved >= self._every
        if late and state.global_step % args.logging_steps == 0:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Change the number of updates to what fits, and note the pace in the checkpoint."""
        del control
        now, trainer = time.monotonic(), self._trainer
        elapsed = self._pace.elapsed + now - self._started
        self._saved = self._started = now
        pace = replace(
            self._pace,
            elapsed=elapsed,
            update=state.global_step,
            looking=trainer.looking,
            looks=trainer.looks,
        )
        if self._limit is not None and pace.update < pace.updates:
            looks_left = sum(moment > pace.update for moment in trainer.look_updates)
            fit = pace.within(self._limit, looks_left)
            if fit != pace.updates:
                speed = "slower than foretold" if fit < pace.updates else "faster than before"
                self._progress.say(
                    f"{speed}: {fit:,} updates instead of {pace.updates:,}, so that "
                    f"the training ends in {self._limit / 60:.1f} min"
                )
                pace = replace(pace, cuts=(*pace.cuts, (pace.update, fit)))
                self._change(state, pace.update, fit)
        pace = replace(pace, before=(pace.work, pace.update))
        self._pace = pace
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        write_atomically(folder / NAME, json.dumps(asdict(pace)))

    def _change(self, state: Any, at: int, updates: int) -> None:
        """End after so many updates, with the rate falling to nothing until then."""
        state.max_steps = updates
        planned = self._pace.planned
        self._trainer.shortened = (
            {"at": at, "updates": updates, "planned": planned} if updates < planned else None
        )
        scheduler = self._trainer.lr_scheduler
        scheduler.lr_lambdas = [_falling(rate, at, updates) for rate in scheduler.lr_lambdas]


def _falling(rate: Callable[[int], float], start: int, end: int) -> Callable[[int], float]:
    """Return a schedule that is `rate` until `start` and falls as a cosine to 0 at `end`."""

    def scaled(update: int) -> float:
        if update <= start:
            return rate(update)
        done = min(1.0, (update - start) / max(1, end - start))
        return rate(start) * (1 + math.cos(math.pi * done)) / 2

    return scaled
