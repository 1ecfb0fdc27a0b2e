"""Writes with one base: a thread, and in it one batch that never stops.

A request joins the texts that are being written as soon as there is room, and leaves when it has
ended, so nobody waits for somebody else's long page. All that touches the model happens here.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from erastyle.corpus.errors import ErastyleError
from erastyle.serving.jobs import (
    CancelledJobError,
    Failed,
    Finished,
    Intervened,
    Job,
    LaterThanEraError,
    Started,
    StoppedError,
    TextPiece,
    TextRequest,
    TooLongError,
)
from erastyle.serving.loaded_base import LoadedBase

if TYPE_CHECKING:
    from erastyle.corpus.document import Format
    from erastyle.eval.judge.two_judges import JudgePair
    from erastyle.train.model.batch import TextBatch
    from erastyle.train.model.decoding import Decoding
    from erastyle.train.model.guards.guard import Guards
    from erastyle.train.model.packed import Packing
    from erastyle.train.model.text_row import TextRow
    from erastyle.writing.engine import Engine

GUESS = 2.0
"""Seconds that a request takes, before one was seen."""
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenText:
    """A text that is being written, and for whom.

    Attributes:
        job: Who wants it.
        index: Which text of the job.
        engine: What writes it.
        prompt_tokens: Tokens of the conversation.
        begun: When it joined the batch, in seconds.
    """

    job: Job
    index: int
    engine: Engine
    prompt_tokens: int
    begun: float


class WritingThread(threading.Thread):
    """The thread that writes with one base."""

    def __init__(self, texts: int, device: str) -> None:
        """Begin without a model.

        Args:
            texts: Most texts at once.
            device: `cpu` or `cuda`; empty takes the best there is.
        """
        super().__init__(name="erastyle-writer", daemon=True)
        self._texts, self._device = texts, device
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._beginning: list[Job] = []
        self._closed = False
        self._loaded: LoadedBase | None = None
        self._batch: TextBatch | None = None
        self._packing: Packing | None = None
        self._open: dict[TextRow, OpenText] = {}
        self._told: dict[TextRow, int] = {}
        self._judging: ThreadPoolExecutor | None = None
        self._seconds = GUESS

    # --- asked from other threads --------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        with self._changed:
            return len(self._jobs)

    @property
    def seconds_to_wait(self) -> int:
        """Seconds until there may be room."""
        return max(1, math.ceil(self._seconds))

    def has_room(self, texts: int) -> bool:
        """Say whether a request would be begun at once."""
        with self._changed:
            asked = sum(job.request.n for job in (*self._beginning, *self._jobs))
            return len(self._open) + asked + texts <= self._texts

    def take(self, job: Job) -> None:
        """Put a request at the end of those that wait."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        job.when_cancelled(lambda: self._leave(job))

    def close(self) -> None:
        """End the thread before its next token."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _leave(self, job: Job) -> None:
        """Tell a request that was cancelled before its first token, and give its place away.

        Whoever cancels calls this, so that nobody waits for the thread: it may load a model, or
        write a long page, just now.
        """
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)
            elif job not in self._beginning:
                return  # its texts are being written: the loop ends them before the next token
        job.tell(_gone())

    # --- the thread ----------------------------------------------------------------------------

    def run(self) -> None:
        """Write until the thread is closed."""
        while True:
            jobs = self._next_jobs()
            if jobs is None:
                self._fail_all(StoppedError("The server is being stopped. Ask again later."))
                return
            try:
                self._begin(jobs)
                if self._open:
                    self._step()
            except Exception as error:
                LOG.exception("writing failed")
                self._fail_all(error)

    def _next_jobs(self) -> list[Job] | None:
        """Return the requests for which there is room; waits where nothing is written."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._jobs or self._open)
            if self._closed:
                return None
            taken: list[Job] = []
            texts = len(self._open)
            while self._jobs and texts + self._jobs[0].request.n <= self._texts:
                texts += self._jobs[0].request.n
                taken.append(self._jobs.popleft())
            self._beginning = taken
            return taken

    def _begin(self, jobs: list[Job]) -> None:
        """Let requests join the batch; one that cannot be written is told why."""
        new: dict[TextRow, OpenText] = {}
        for job in jobs:
            if job.cancelled:  # and was told: loading what others need took its time
                continue
            try:
                if self._loaded is None:
                    self._loaded = LoadedBase(job.request.voice.style, self._device)
                # Texts that have ended stay in the batch for a while, with their adapters.
                written = self._batch.rows if self._batch is not None else []
                in_use = {row.adapter for row in (*written, *self._open, *new)}
                new |= self._rows(job, self._loaded, in_use)
            except ErastyleError as error:
                job.tell(Failed(error))
            except Exception as error:
                LOG.exception("a request could not be begun")
                job.tell(Failed(error))
        if new := self._not_left(new):
            self._join(new)

    def _not_left(self, new: dict[TextRow, OpenText]) -> dict[TextRow, OpenText]:
        """Return the texts of requests that are still wanted; from now on the loop ends them."""
        with self._changed:
            self._beginning = []
        return {row: opened for row, opened in new.items() if not opened.job.over}

    def _join(self, new: dict[TextRow, OpenText]) -> None:
        from erastyle.train.model.batch import TextBatch
        from erastyle.train.model.packed import Packing

        self._open |= new
        assert self._loaded is not None
        writer = self._loaded.writer
        if self._batch is None:
            self._batch = TextBatch(writer.model, writer.tokenizer)
        if self._packing is None:
            self._packing = Packing()
        self._batch.model = writer.model  # a base becomes another object with its first adapter
        for opened in new.values():
            if opened.index == 0:
                opened.job.tell(Started(opened.engine, opened.prompt_tokens))
        adapters = {row.adapter for row in (*self._batch.rows, *new)}
        steps = max(row.limit - len(row.ids) for row in self._open)
        self._packing.fit(writer.model, adapters, len(self._open), steps)
        self._batch.add(list(new))

    def _rows(self, job: Job, loaded: LoadedBase, in_use: set[str]) -> dict[TextRow, OpenText]:
        """Return the texts of a request.

        Raises:
            LaterThanEraError: The brief names what is later than the era.
            TooLongError: The conversation leaves no room.
            ModelError: The style cannot be loaded.
        """
        from erastyle.train.model.generation import row_of
        from erastyle.train.model.prompt import LEAST_ROOM

        wanted = job.request
        engine = loaded.engine(wanted.voice)
        _check_topics(wanted, engine)
        prompt = loaded.prompt(engine, wanted.messages)
        if len(prompt) + LEAST_ROOM > loaded.context:
            raise TooLongError(
                f"The conversation has {len(prompt):,} tokens, and the model takes "
                f"{loaded.context:,} with its answer. Shorten it, or begin a new one."
            )
        adapter = loaded.adapter(wanted.voice, in_use)
        rows = {}
        for index in range(wanted.n):
            row = row_of(
                engine.writer,
                wanted.brief,
                _decoding(wanted, engine),
                seed=wanted.seed,
                number=wanted.first + index,
                guards=_guards(wanted, engine),
                prompt=prompt,
                stops=tuple(stop for stop in wanted.stop if stop),
                adapter=adapter,
                on_text=None if wanted.draft else _teller(job, index),
                begun=wanted.begun,
                enough=_enough(wanted, engine),
                unwanted=lambda: job.cancelled,
            )
            if wanted.max_tokens:  # the end tags of a page count too
                row.limit = row.room
            rows[row] = OpenText(job, index, engine, len(prompt), monotonic())
        return rows

    def _step(self) -> None:
        """Write a token of each text, and tell what became of them."""
        assert self._batch is not None
        assert self._packing is not None
        ended = self._batch.step()
        if len(ended) == len(self._open):
            self._packing.release()  # until somebody asks again the memory is free
        for row in ended:
            opened = self._open.pop(row)
            try:
                self._end(row, opened)
            except Exception as error:  # the others go on
                LOG.exception("a text could not be ended")
                opened.job.tell(Failed(error))
        for row, opened in self._open.items():
            refused = row.refused.total()
            if refused != self._told.get(row, 0):
                self._told[row] = refused
                opened.job.tell(Intervened(opened.index, dict(row.refused)))

    def _end(self, row: TextRow, opened: OpenText) -> None:
        """Tell that a text is finished, and what the judges say where somebody asked them."""
        from erastyle.train.model.generation import finished

        assert self._loaded is not None
        job = opened.job
        self._told.pop(row, None)
        self._seconds = 0.7 * self._seconds + 0.3 * (monotonic() - opened.begun)
        event = Finished(
            opened.index,
            finished(row, self._loaded.tokenizer),
            opened.engine,
            opened.prompt_tokens,
            job.request.first + opened.index,
            cancelled=row.dropped,
        )
        judges = self._loaded.judges(opened.engine) if job.request.judged else None
        if judges is None or row.dropped or not event.text.text.strip():
            job.tell(event)
            return
        if self._judging is None:
            self._judging = ThreadPoolExecutor(1, "erastyle-judge")
        self._judging.submit(_judge, job, event, judges)

    def _fail_all(self, error: Exception) -> None:
        """Tell everybody that nothing more comes, and begin anew."""
        with self._changed:
            jobs = list({opened.job for opened in self._open.values()})
            if self._closed:
                jobs += self._jobs
                self._jobs.clear()
        for job in jobs:
            job.tell(Failed(error))
        self._batch = None
        if self._packing is not None:
            self._packing.release()
        self._open.clear()
        self._told.clear()


def _gone() -> Failed:
    return Failed(CancelledJobError("Nobody waits for the text any more."))


def _teller(job: Job, index: int) -> Callable[[str], None]:
    return lambda piece: job.tell(TextPiece(index, piece))


def _check_topics(wanted: TextRequest, engine: Engine) -> None:
    """Refuse a brief that names what is later than the era.

    Raises:
        LaterThanEraError: It does.
    """
    from erastyle.corpus.chronology.later_topics import later_topics

    if engine.era is None or wanted.later == "allow":
        return
    cutoff = engine.era.lexicon_cutoff
    if topics := later_topics(wanted.brief, cutoff):
        named = ", ".join(dict.fromkeys(f"{hit.term} ({hit.first_year})" for hit in topics))
        raise LaterThanEraError(
            f"Not written: the request names {named}, and the era ends in {cutoff}. "
            'With "later": "allow" it is written all the same.'
        )


def _guards(wanted: TextRequest, engine: Engine) -> Guards | None:
    """Return what looks on while a text is written."""
    if not wanted.guards:
        return None
    if wanted.draft and engine.era is not None:
        from erastyle.train.restyle.draft_guards import for_draft

        return for_draft(engine.guards, engine.era.format)
    return engine.guards


def _enough(wanted: TextRequest, engine: Engine) -> Callable[[str], bool] | None:
    """Return what says where the sentence of a draft is said."""
    if not wanted.draft or engine.era is None:
        return None
    from erastyle.train.restyle.sentence_choice import is_said

    return partial(is_said, begun=len(wanted.begun), form=engine.era.format)


def _decoding(wanted: TextRequest, engine: Engine) -> Decoding:
    from erastyle.writing.engine import decoding_of

    decoding = decoding_of(engine.options, watermark=engine.watermark)
    if wanted.max_tokens is not None:
        decoding = replace(decoding, max_new_tokens=wanted.max_tokens, stretch=False)
    if wanted.temperature is not None:
        decoding = replace(decoding, temperature=wanted.temperature)
    if wanted.top_p is not None:
        decoding = replace(decoding, top_p=wanted.top_p)
    return decoding


def _judge(job: Job, event: Finished, judges: tuple[JudgePair, Format]) -> None:
    """Tell a text with what the judges say of it."""
    from erastyle.eval.style.features import Text

    pair, form = judges
    try:
        texts, briefs = [Text(event.text.text, "", form)], [job.request.brief]
        scores: dict[str, Any] = {}
        for name, judge in (("choosing", pair.choosing), ("reporting", pair.reporting)):
            (said,) = judge.judge(texts, briefs)
            scores[name] = {"outcome": said.outcome, "score": said.score, "sentence": said.sentence}
    except Exception:
        LOG.exception("judging failed")
        job.tell(event)
    else:
        job.tell(replace(event, scores=scores))
