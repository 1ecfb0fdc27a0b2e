"""Writes with the models of runs, which are loaded when the first text is ordered.

One text is written at a time: two on one processor would each take more than twice as long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from erastyle.corpus.era import Era
from erastyle.corpus.errors import ConfigError, ErastyleError, ModelError
from erastyle.studio.style_writer import StoppedError
from erastyle.studio.styles import Style
from erastyle.studio.text_record import Checked, FactRow, WritingOrder, Written

if TYPE_CHECKING:
    from erastyle.corpus.copying.search import Index
    from erastyle.studio.check_text import Checker
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.model.pair import ModelPair
    from erastyle.writing.engine import Engine

TRIES = 4
"""Texts for each part of a draft, of which the truest is taken, as `erastyle restyle` does."""


@dataclass(slots=True)
class _Opened:
    """What was loaded of a style.

    Attributes:
        pair: Its models; None: not loaded yet.
        index: Its training documents; None: not looked for yet, or not there.
        checker: What checks its texts; None: not loaded yet.
    """

    pair: ModelPair | None = None
    index: Index | None = None
    indexed: bool = False
    checker: Checker | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class ModelWriter:
    """Writes and checks with the models and judges of runs."""

    def __init__(self, device: str = "") -> None:
        """Begin with nothing loaded.

        Args:
            device: `cpu` or `cuda`; empty takes the best there is.
        """
        self._device = device
        self._opened: dict[str, _Opened] = {}
        self._writing = threading.Lock()

    def write(
        self,
        style: Style,
        order: WritingOrder,
        on_piece: Callable[[str], None],
        stopped: threading.Event,
    ) -> Written:
        """Write a text; see `StyleWriter`."""
        era = _era(style)

        def receive(piece: str) -> None:
            if stopped.is_set():
                raise StoppedError
            on_piece(piece)

        while not self._writing.acquire(timeout=0.2):
            if stopped.is_set():
                raise StoppedError
        try:
            engine = self._engine(style, era, order.strength)
            if order.draft:
                return _restyled(engine, era, order)
            return _answered(engine, order, receive)
        finally:
            self._writing.release()

    def check(self, style: Style, text: str, request: str) -> Checked:
        """Check a text; see `StyleWriter`."""
        era = _era(style)
        opened = self._of(style)
        with opened.lock:
            if opened.checker is None:
                opened.checker = self._checker(style, era, opened)
            return opened.checker.check(text, request)

    def _of(self, style: Style) -> _Opened:
        return self._opened.setdefault(style.name, _Opened())

    def _engine(self, style: Style, era: Era, strength: float) -> Engine:
        """Return what writes at a strength; the models stay loaded."""
        from erastyle.train.generate import GenerateOptions
        from erastyle.train.model import devices
        from erastyle.train.model.guards.of_era import guards_of
        from erastyle.train.model.pair import ModelPair
        from erastyle.writing.engine import Engine, Named, corpus_of, model_of

        opened = self._of(style)
        options = GenerateOptions(strength=strength, device=self._device)
        if opened.pair is None:
            device = self._device or devices.best_device()
            opened.pair = ModelPair(style.run / "model", device, options.max_new_tokens)
        with opened.lock:
            index = _index(style, opened)
        return Engine(
            opened.pair.fine_tuned(strength),
            options,
            model_of(Named(run=style.run), strength, era),
            era,
            guards_of(era, index, options.tries),
            None,
            corpus_of(style.run),
            style.run,
        )

    @staticmethod
    def _checker(style: Style, era: Era, opened: _Opened) -> Checker:
        from erastyle.studio.check_text import Checker
        from erastyle.writing.best_of import judges_of

        index = _index(style, opened)
        try:
            judges, _ = judges_of(style.run)
        except ErastyleError as error:
            return Checker(era, None, index, f"Not judged: {error}")
        return Checker(era, judges.reporting, index)


def _era(style: Style) -> Era:
    if style.era is None or style.problem:
        raise ConfigError(style.problem or f"{style.run} names no era.")
    return style.era


def _index(style: Style, opened: _Opened) -> Index | None:
    from erastyle import planned_run
    from erastyle.train.generate import training_index

    if not opened.indexed:
        pairs = planned_run.pairs_behind(style.run)
        opened.index, opened.indexed = (training_index(pairs) if pairs else None), True
    return opened.index


def _answered(engine: Engine, order: WritingOrder, receive: Callable[[str], None]) -> Written:
    """Return the text for a brief.

    Raises:
        ModelError: There is none; says why.
    """
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.writing import answers, text_file
    from erastyle.writing.brief import Brief

    brief = Brief(
        text=order.brief,
        kind=order.kind,
        title=order.title,
        length=order.length,
        year=order.year,
    )
    planned = answers.tasks([brief], engine, seed=order.seed)
    (answer,) = answers.write(planned, engine, Progress(), on_text=receive)
    if answer.text is None:
        first = answer.rejected[0]
        raise ModelError(first.detail or f"The model wrote nothing ({first.reason}).")
    return Written(
        text=answer.text.text,
        request=answer.task.request,
        model=engine.model,
        corpus=engine.corpus,
        decoding=_plain(engine.options),
        guards=text_file.guarded(answer.text),
    )


def _restyled(engine: Engine, era: Era, order: WritingOrder) -> Written:
    """Return a draft in the era's manner.

    Raises:
        ConfigError: The draft says nothing.
    """
    from erastyle.train.generate import choose_threads
    from erastyle.train.restyle.restyle import draft_prose, restyle
    from erastyle.writing.engine import decoding_of

    prose = draft_prose(order.draft)
    if len(prose.split()) < 3:
        raise ConfigError("There is nothing to restyle in the draft.")
    choose_threads(engine.writer.model, engine.options, TRIES)
    done = restyle(
        prose,
        engine.writer,
        noun=engine.noun,
        form=era.format,
        guards=engine.guards,
        decoding=decoding_of(engine.options),
        title=order.title,
        tries=TRIES,
        seed=order.seed,
    )
    facts = [
        FactRow(state=e.state, kind=e.kind, text=e.text, now=e.now, repaired=e.repaired)
        for e in done.facts.entries
    ]
    titled = f", with the title “{order.title}”" if order.title else ""
    return Written(
        text=done.text,
        request=f"Turn a draft of {len(prose.split())} words into a {engine.noun}{titled}.",
        model=engine.model,
        corpus=engine.corpus,
        decoding=_plain(engine.options),
        facts=tuple(facts),
        copied_back=done.copied_back,
    )


def _plain(options: GenerateOptions) -> dict[str, Any]:
    return {name: value for name, value in asdict(options.decoding).items() if name != "batch"}
