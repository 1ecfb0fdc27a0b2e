"""The thread that writes: one text that cannot be ended fails alone, and nobody waits for ever.

A request that was cancelled while it waited is told at once, whatever the thread does just then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from erastyle.serving import writing_thread
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
from erastyle.serving.loaded_base import LoadedBase
from erastyle.serving.scheduler import QueueFullError, Scheduler
from erastyle.serving.styles import Styles
from erastyle.train.model import generation
from erastyle.train.model import packed as packed_weights


def test_a_text_that_cannot_be_ended_fails_alone(
    styles: Styles, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = generation.finished

    def broken(row: Any, tokenizer: Any) -> Any:
        if "kites" in row.request:
            raise RuntimeError("no end")
        return finished(row, tokenizer)

    monkeypatch.setattr(generation, "finished", broken)
    voice = styles.choose("web-1995")
    jobs = [
        scheduler.submit(TextRequest(voice=voice, messages=asked(text), max_tokens=12))
        for text in ("A page about kites.", "A page about trains.")
    ]
    ends = [list(job.events())[-1] for job in jobs]
    assert isinstance(ends[0], Failed)
    assert str(ends[0].error) == "no end"
    assert isinstance(ends[1], Finished)


def test_a_draft_is_gone_on_with_until_a_sentence_is_said(
    styles: Styles, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []
    row_of = generation.row_of

    def noted(*given: Any, guards: Any, enough: Any, **more: Any) -> Any:
        seen.append((any(one.name == "unsaid" for one in guards.constraints), enough is not None))
        return row_of(*given, guards=guards, enough=enough, **more)

    monkeypatch.setattr(generation, "row_of", noted)
    voice = styles.choose("web-1995")
    brief = "Turn this into a web page:\nWe fly kites."
    begun = "<HTML><BODY><P>Hello to you."
    for draft in (False, True):
        wanted = TextRequest(
            voice=voice, messages=asked(brief), max_tokens=8, draft=draft, begun=begun, n=2
        )
        events = list(scheduler.submit(wanted).events())
        ends = [event for event in events if isinstance(event, Finished)]
        assert all(end.text.text.startswith(begun) for end in ends)
        assert seen == [(draft, draft)] * 2
        seen.clear()
        assert any(isinstance(event, TextPiece) for event in events) != draft


@pytest.fixture
def narrow() -> Iterator[Scheduler]:
    """A scheduler that writes one text at once, and lets two requests wait."""
    made = Scheduler(texts=1, waiting=2)
    yield made
    made.close()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Stops the thread where it loads a base, until the event is set; at most for 20 s."""
    go, load = threading.Event(), LoadedBase

    def loaded(*arguments: Any) -> LoadedBase:
        go.wait(20)
        return load(*arguments)

    monkeypatch.setattr(writing_thread, "LoadedBase", loaded)
    yield go
    go.set()


def submit(scheduler: Scheduler, styles: Styles, brief: str, tokens: int = 8) -> Job:
    voice = styles.choose("web-1995")
    wanted = TextRequest(voice=voice, messages=asked(brief), max_tokens=tokens, guards=False)
    return scheduler.submit(wanted)


def ended(job: Job) -> list[Event]:
    """Return all events of a job that has to be over at once."""
    assert job.over
    return list(job.events())


def test_a_request_that_waits_and_is_cancelled_is_told_at_once_and_takes_no_turn(
    styles: Styles, narrow: Scheduler, held: threading.Event
) -> None:
    first = submit(narrow, styles, "A page about kites.")
    until_begun(narrow)
    waiting = [submit(narrow, styles, f"A page about {what}.") for what in ("cats", "bees")]
    with pytest.raises(QueueFullError):
        submit(narrow, styles, "A page about hats.")
    waiting[0].cancel()
    (told,) = ended(waiting[0])
    assert isinstance(told, Failed)
    assert isinstance(told.error, CancelledJobError)
    third = submit(narrow, styles, "A page about hats.")  # its place is free
    held.set()
    for job in (first, waiting[1], third):
        assert isinstance(list(job.events())[-1], Finished)
    assert list(waiting[0].events()) == [told]


def test_a_request_that_is_cancelled_while_the_model_is_loaded_is_told_at_once(
    styles: Styles, narrow: Scheduler, held: threading.Event
) -> None:
    job = submit(narrow, styles, "A page about kites.")
    until_begun(narrow)
    job.cancel()
    (told,) = ended(job)
    assert isinstance(told, Failed)
    held.set()
    after = list(submit(narrow, styles, "A page about cats.").events())
    assert isinstance(after[-1], Finished)
    assert list(job.events()) == [told]


def test_what_is_to_be_called_is_called_once_also_when_it_comes_too_late(styles: Styles) -> None:
    job = Job(TextRequest(voice=styles.choose("web-1995"), messages=asked("Kites.")))
    said: list[str] = []
    job.when_cancelled(lambda: said.append("before"))
    job.cancel()
    job.cancel()
    job.when_cancelled(lambda: said.append("after"))
    assert said == ["before", "after"]


def until_begun(scheduler: Scheduler) -> None:
    """Wait until the thread has taken what waits."""
    for _ in range(500):
        if all(not thread.waiting for thread in scheduler._threads.values()):
            return
        time.sleep(0.01)
    raise AssertionError("the thread took nothing")


def test_texts_of_one_style_share_packed_weights_and_another_style_ends_that(
    styles: Styles, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written is what it was with the weights as they are."""
    briefs = [f"A page about {what}." for what in ("kites", "cats", "bees", "hats", "stars")]
    held: list[tuple[int, int]] = []
    step = writing_thread.WritingThread._step

    def counted(thread: writing_thread.WritingThread) -> None:
        step(thread)
        model = thread._batch.model  # type: ignore[union-attr]
        packs = sum("forward" in vars(layer) for layer in model.modules())
        held.append((len({row.adapter for row in thread._open}), packs))

    def write(*, packed: bool) -> list[str]:
        monkeypatch.setattr(packed_weights, "FEWEST_ROWS", 4 if packed else 99)
        held.clear()
        jobs = [submit(scheduler, styles, brief, 40) for brief in briefs]
        next(jobs[0].events())
        voice = styles.choose("usenet-1993")
        other = TextRequest(voice=voice, messages=asked(briefs[0]), max_tokens=8, guards=False)
        jobs.append(scheduler.submit(other))
        return [text_of(job) for job in jobs]

    plain = write(packed=False)
    monkeypatch.setattr(writing_thread.WritingThread, "_step", counted)
    assert write(packed=True) == plain
    assert any(packs for adapters, packs in held if adapters == 1)
    assert not any(packs for adapters, packs in held if adapters > 1)
    assert held[-1] == (0, 0)


def text_of(job: Job) -> str:
    """Return the text that a job ended with."""
    *_, last = job.events()
    assert isinstance(last, Finished)
    return last.text.text
