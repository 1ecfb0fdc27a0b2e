"""Writes with the models of runs, in the running batch that the API's requests share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ConfigError, ErastyleError, ModelError
from erastyle.serving.jobs import (
    CancelledJobError,
    Event,
    Failed,
    Finished,
    Job,
    TextPiece,
    TextRequest,
    asked,
)
from erastyle.serving.scheduler import QueueFullError, Scheduler
from erastyle.serving.styles import Style, Styles
from erastyle.studio.draft_facts import fact_rows
from erastyle.studio.style_writer import StopSignal, WritingStoppedError
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import Checked, WritingOrder, Written
from erastyle.train.model.folder import describe
from erastyle.writing.brief import request
from erastyle.writing.engine import Named

if TYPE_CHECKING:
    from erastyle.eval.judge.judge import EraJudge
    from erastyle.studio.check_text import Checker
    from erastyle.train.model.generation import GeneratedText
    from erastyle.writing.engine import Engine

PATIENCE = 0.5
"""Seconds after which a text that found the queue full asks again."""


def served(styles: Sequence[StudioStyle]) -> Styles:
    """Return the styles that can write, under the same names."""
    return Styles(
        [
            Style(style.name, Named(run=style.run), describe(style.run / "model"))
            for style in styles
            if not style.problem
        ]
    )


@dataclass(slots=True)
class _Checking:
    """What checks the texts of a style; None: not loaded yet."""

    checker: Checker | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class ModelWriter:
    """Writes and checks with the models and judges of runs."""

    def __init__(self, styles: Styles, scheduler: Scheduler) -> None:
        """Begin with nothing loaded.

        Args:
            styles: The styles, as they are served.
            scheduler: What writes.
        """
        self._styles, self._scheduler = styles, scheduler
        self._checking: dict[str, _Checking] = {}

    def write(
        self,
        style: StudioStyle,
        order: WritingOrder,
        on_piece: Callable[[str], None],
        stopped: StopSignal,
    ) -> Written:
        """Write a text; see `StyleWriter`."""
        if style.era is None or style.problem:
            raise ConfigError(style.problem or f"{style.run} names no era.")
        noun = style.era.medium
        if order.draft:
            return self._restyled(style, order, noun, on_piece, stopped)
        brief = order.as_brief()
        if order.year is not None and order.year > style.era.lexicon_cutoff:
            raise ConfigError(
                f"The year {order.year} is later than the era, which ends in "
                f"{style.era.lexicon_cutoff}."
            )
        wanted = self._request(order, request(brief, noun), order.strength)
        (done,) = self._texts(wanted, on_piece, stopped)
        if not done.text.text.strip():
            raise ModelError("The model wrote nothing. Try another seed.")
        return _written(done.engine, done.text.text, wanted.brief, guards=_guarded(done))

    def check(self, style: StudioStyle, text: str, request: str) -> Checked:
        """Check a text; see `StyleWriter`."""
        checking = self._checking.setdefault(style.name, _Checking())
        with checking.lock:
            if checking.checker is None:
                checking.checker = _checker(style)
            return checking.checker.check(text, request)

    def _request(
        self, order: WritingOrder, asked_for: str, strength: float, **more: Any
    ) -> TextRequest:
        return TextRequest(
            voice=self._styles.choose(order.style, strength),
            messages=asked(asked_for),
            seed=order.seed,
            **more,
        )

    def _texts(
        self, wanted: TextRequest, on_piece: Callable[[str], None], stopped: StopSignal
    ) -> list[Finished]:
        """Return the texts of a request; the pieces of the first one are told as they come.

        Raises:
            WritingStoppedError: Somebody stopped it.
        """
        done: dict[int, Finished] = {}
        with self._events(wanted, stopped) as events:
            for event in events:
                if isinstance(event, Failed):
                    if stopped.is_set() or isinstance(event.error, CancelledJobError):
                        raise WritingStoppedError from event.error
                    raise event.error
                if isinstance(event, TextPiece) and event.index == 0:
                    on_piece(event.text)
                if isinstance(event, Finished):
                    if event.cancelled:
                        raise WritingStoppedError
                    done[event.index] = event
        return [done[n] for n in sorted(done)]

    @contextmanager
    def _events(self, wanted: TextRequest, stopped: StopSignal) -> Iterator[Iterator[Event]]:
        """Give the events of a request, which is cancelled where the text is stopped."""
        job = self._accepted(wanted, stopped)
        with stopped.calling(job.cancel):
            try:
                yield job.events()
            finally:
                job.cancel()  # of one that is finished nothing is left to cancel

    def _accepted(self, wanted: TextRequest, stopped: StopSignal) -> Job:
        """Return the job of a request; a person's text waits for its turn."""
        while not stopped.is_set():
            try:
                return self._scheduler.submit(wanted)
            except QueueFullError:
                stopped.wait(PATIENCE)
        raise WritingStoppedError

    def _restyled(
        self,
        style: StudioStyle,
        order: WritingOrder,
        noun: str,
        on_piece: Callable[[str], None],
        stopped: StopSignal,
    ) -> Written:
        """Return a draft in the era's manner.

        Raises:
            ConfigError: The draft says nothing.
        """
        from erastyle.train.restyle.restyle import (
            NextSentence,
            draft_prose,
            pushed,
            restyle,
        )

        prose = draft_prose(order.draft)
        if len(prose.split()) < 3:
            raise ConfigError("There is nothing to restyle in the draft.")
        strength = pushed(order.strength, describe(style.run / "model").method)
        engines: list[Engine] = []

        def write(wanted: NextSentence) -> list[GeneratedText]:
            asked_for = self._request(
                order,
                wanted.request,
                strength,
                n=wanted.count,
                first=wanted.first,
                max_tokens=wanted.tokens,
                draft=True,
                begun=wanted.begun,
            )
            ways = self._texts(asked_for, lambda _: None, stopped)
            engines.extend(way.engine for way in ways)
            return [way.text for way in ways]

        done = restyle(
            prose,
            write,
            noun=noun,
            form=style.format,
            title=order.title,
            tell=lambda piece, _: on_piece(piece),
        )
        if not engines:
            raise ConfigError("The draft has no sentence that could be said in another way.")
        titled = f", with the title “{order.title}”" if order.title else ""
        return _written(
            engines[0],
            done.text,
            f"Turn a draft of {len(prose.split())} words into a {noun}{titled}.",
            facts=fact_rows(done.facts),
            copied_back=done.copied_back,
        )


def _written(engine: Engine, text: str, request: str, **more: Any) -> Written:
    decoding = asdict(engine.options.decoding)
    return Written(
        text=text,
        request=request,
        model=engine.model,
        corpus=engine.corpus,
        decoding={name: decoding[name] for name in decoding if name not in ("batch", "watermark")},
        watermark=engine.mark,
        **more,
    )


def _guarded(done: Finished) -> dict[str, Any]:
    from erastyle.writing import text_file

    return text_file.guarded(done.text)


def _checker(style: StudioStyle) -> Checker:
    from erastyle import planned_run
    from erastyle.studio.check_text import Checker
    from erastyle.train.generate import training_index

    if style.era is None:
        raise ConfigError(style.problem)
    pairs = planned_run.pairs_behind(style.run)
    index = training_index(pairs) if pairs else None
    judge, why = _judge(style.run)
    return Checker(style.era, judge, index, why)


def _judge(run: Path) -> tuple[EraJudge | None, str]:
    """Return the judge of a run that only reports, or None and why there is none."""
    from erastyle.writing import best_of

    try:
        return best_of.judges_of(run)[0].reporting, ""
    except ErastyleError as error:
        return None, str(error)
