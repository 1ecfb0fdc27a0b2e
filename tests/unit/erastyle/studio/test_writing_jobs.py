"""Texts that are being written: a bounded number of them, each stopped at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from fastapi.testclient import TestClient

from erastyle.studio import actions, writing_jobs
from erastyle.studio import app as studio_app
from erastyle.studio.style_writer import StopSignal, StyleWriter, WritingStoppedError
from erastyle.studio.text_record import WritingOrder, Written
from erastyle.studio.writing_jobs import MOST_TEXTS, TooManyTextsError
from tests.scripted_writer import ScriptedWriter
from tests.studio_run import make_run


class WaitingWriter(ScriptedWriter):
    """A writer that writes nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(
        self, style: Any, order: WritingOrder, on_piece: Callable[[str], None], stopped: StopSignal
    ) -> Written:
        with stopped.calling(self.go.set):
            self.go.wait(20)
        if stopped.is_set():
            raise WritingStoppedError
        return super().write(style, order, on_piece, stopped)


@pytest.fixture
def writer() -> StyleWriter:
    return WaitingWriter()


@pytest.fixture
def client(tmp_path: Path, writer: WaitingWriter) -> Iterator[Any]:
    run = make_run(tmp_path / "run")
    opened = studio_app.create([run], tmp_path / "h.sqlite", writer=writer)
    with TestClient(opened.app, base_url="http://localhost") as client:
        client.studio = opened.studio
        yield client
    writer.go.set()
    opened.studio.close()


def order(client: Any, **fields: Any) -> Any:
    return client.post("/texts", json={"style": "run", "brief": "Kites"} | fields)


def until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come true")


def test_one_text_too_many_is_told_and_not_stored(client: Any, writer: WaitingWriter):
    before = threading.active_count()
    answers = [order(client) for _ in range(MOST_TEXTS - 1)]
    assert [answer.status_code for answer in answers] == [201] * (MOST_TEXTS - 1)
    assert order(client, other_seed=2).status_code == 429, "two need two places"
    assert order(client).status_code == 201
    refused = order(client)
    assert refused.status_code == 429
    assert f"{MOST_TEXTS} texts are being written" in refused.json()["error"]
    assert "Wait until one has ended, or stop one." in refused.json()["error"]
    assert client.studio.history.page()[1] == MOST_TEXTS
    assert threading.active_count() <= before + MOST_TEXTS + 2
    writer.go.set()
    until(lambda: order(client).status_code == 201)


def test_no_thread_is_left_when_the_texts_have_ended(client: Any, writer: WaitingWriter):
    where = [order(client).json()["to"] for _ in range(MOST_TEXTS)]
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("text ")]
    assert len(ours) == MOST_TEXTS
    writer.go.set()
    until(lambda: not any(thread.is_alive() for thread in ours))
    states = [client.studio.history.text(one.rpartition("/")[2]).state for one in where]
    assert states == ["done"] * MOST_TEXTS


def test_a_text_that_waits_is_stopped_at_once(client: Any):
    where = order(client).json()["to"]
    begun = time.monotonic()
    assert client.post(where + "/stop", json={}).status_code == 200
    until(lambda: client.studio.history.text(where.rpartition("/")[2]).state == "stopped")
    assert time.monotonic() - begun < 5
    assert "is not writing" in client.post(where + "/stop", json={}).json()["error"]


def test_a_machine_without_another_thread_is_told(client: Any, monkeypatch: pytest.MonkeyPatch):
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    wanted = WritingOrder(style="run", brief="Kites")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", none_left)
        (record,) = client.studio.jobs.order([wanted], client.studio.style("run"))
    stored = client.studio.history.text(record.id)
    assert (stored.state, "Try again later" in stored.problem) == ("failed", True)
    assert order(client).status_code == 201


def test_tabs_that_follow_are_bounded_and_their_places_are_given_back(
    client: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writing_jobs, "MOST_FOLLOWERS", 2)
    id_ = order(client).json()["to"].rpartition("/")[2]

    async def follow() -> None:
        tabs = [actions._followed(client.studio, id_, 0) for _ in range(2)]
        for tab in tabs:
            await anext(tab)
        third = actions._followed(client.studio, id_, 0)
        with pytest.raises(TooManyTextsError, match="2 tabs follow texts already"):
            await anext(third)
        refused = await asyncio.to_thread(client.get, f"/texts/{id_}/stream")
        assert refused.status_code == 429
        await tabs[0].aclose()
        await anext(actions._followed(client.studio, id_, 0))

    asyncio.run(follow())


def test_a_signal_calls_whoever_comes_later_and_nobody_who_has_gone():
    said: list[str] = []
    signal = StopSignal()
    with signal.calling(lambda: said.append("gone")):
        pass
    with signal.calling(lambda: said.append("waits")):
        signal.set()
    with signal.calling(lambda: said.append("late")):
        assert said == ["waits", "late"]
    assert signal.is_set()
    assert signal.wait(0)
