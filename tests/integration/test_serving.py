"""A live server, asked by the `openai` package as it is and by a client that leaves."""

from __future__ import annotations

import importlib.util
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")
pytest.importorskip("openai", reason="needs the package openai")
pytest.importorskip("uvicorn", reason="needs the extra `serve`")

import openai
import uvicorn

from erastyle.serving import listen
from erastyle.serving.access import Access
from erastyle.serving.app import create_app
from erastyle.serving.scheduler import Scheduler
from erastyle.serving.styles import Styles
from tests import factories
from tests.conftest import erastyle

TOKEN = "a token of the tests"
FREE: dict[str, Any] = {"extra_body": {"guards": False}}


@pytest.fixture(scope="module")
def folder(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A style over the tiny base."""
    return factories.lora_style(tmp_path_factory.mktemp("served") / "web-1995", tiny_base, seed=1)


@pytest.fixture(scope="module")
def scheduler() -> Scheduler:
    """Writes two texts at once; two requests wait."""
    return Scheduler(texts=2, waiting=2)


@pytest.fixture(scope="module")
def address(folder: Path, scheduler: Scheduler) -> Iterator[str]:
    """The address of a live server."""
    app = create_app(Styles.of([folder]), scheduler=scheduler, access=Access(TOKEN))
    with listen.bind("127.0.0.1", 0) as bound:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield listen.address(bound)
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def client(address: str) -> Any:
    """The `openai` package, unmodified; it does not ask again by itself."""
    return openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN, max_retries=0, timeout=120)


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_the_openai_package_lists_chats_streams_and_completes(client: Any) -> None:
    assert [model.id for model in client.models.list()] == ["web-1995", "web-1995@0.5"]
    assert client.models.retrieve("web-1995@0.5").id == "web-1995@0.5"
    wanted = {"model": "web-1995@0.5", "messages": say("Kites."), "seed": 7, "max_tokens": 8}
    whole = client.chat.completions.create(**wanted, n=2, **FREE)
    assert len({choice.message.content for choice in whole.choices}) == 2
    assert whole.usage.completion_tokens > 0
    assert whole.model_extra["erastyle"]["model"]["strength"] == 0.5
    pieces = client.chat.completions.create(
        **wanted, stream=True, stream_options={"include_usage": True}, **FREE
    )
    text, usage = "", None
    for chunk in pieces:
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        usage = chunk.usage or usage
    assert text == whole.choices[0].message.content
    assert usage.prompt_tokens == whole.usage.prompt_tokens
    done = client.completions.create(
        model="web-1995", prompt="Kites.", max_tokens=8, temperature=0, stop=["\n"], **FREE
    )
    assert done.object == "text_completion"
    raw = client.chat.completions.with_raw_response.create(**wanted, **FREE)
    assert raw.headers["x-digital-source-type"].endswith("trainedAlgorithmicMedia")


def test_the_openai_package_knows_our_errors_by_its_own_names(client: Any, address: str) -> None:
    def ask(**fields: Any) -> None:
        values: dict[str, Any] = {"model": "web-1995", "messages": say("Kites."), "max_tokens": 4}
        client.chat.completions.create(**values | fields)

    with pytest.raises(openai.NotFoundError, match="There are: web-1995"):
        ask(model="gpt-5")
    with pytest.raises(openai.BadRequestError, match="the model takes 1,024"):
        ask(messages=say("word " * 2_000))
    with pytest.raises(openai.UnprocessableEntityError, match="temperature"):
        ask(temperature=7)
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0).models.list()


def test_two_are_written_two_wait_and_the_next_is_refused(
    client: Any, scheduler: Scheduler
) -> None:
    long = {"model": "web-1995", "messages": say("Kites."), "max_tokens": 900, "temperature": 0}
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client.chat.completions.create(**long, **FREE))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for number, thread in enumerate(threads):
        thread.start()
        while _taken(scheduler) <= number:
            time.sleep(0.01)
    with pytest.raises(openai.RateLimitError, match="2 requests wait already") as refused:
        ask()
    assert int(refused.value.response.headers["retry-after"]) >= 1
    for thread in threads:
        thread.join(120)
    assert len(answers) == 4, "those that were taken are all answered"


def _taken(scheduler: Scheduler) -> int:
    return sum(len(one._open) + one.waiting for one in scheduler._threads.values())


def test_writing_stops_when_the_client_goes(address: str, scheduler: Scheduler) -> None:
    host, port = address.removeprefix("http://").split(":")
    for stream in (True, False):
        body = json.dumps(
            {"model": "web-1995", "messages": say("Bees."), "max_tokens": 900, "temperature": 0,
             "guards": False, "stream": stream}
        ).encode()  # fmt: skip
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}:{port}\r\n" + (
            f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        (thread,) = scheduler._threads.values()
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + body)
            while not thread._open:
                time.sleep(0.01)
            (row,) = thread._open
        written = len(row.ids)
        for _ in range(500):
            if row.done:
                break
            time.sleep(0.01)
        assert row.dropped
        assert len(row.ids) < 850, f"{written} were written when the client left"


def test_the_command_says_in_one_line_what_is_wrong(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: object) -> str:
        outcome = erastyle("serve", *arguments)
        assert outcome.exit_code in (1, 2)
        assert outcome.output.count("\n") == 1, outcome.output
        return outcome.output

    with listen.bind("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
        assert f"Port {port} is in use" in said(folder, "--port", port)
    assert "does not exist" in said(tmp_path / "nothing")
    assert "needs" not in said(folder, "--host", "0.0.0.0")
    assert "give --token" in said(folder, "--host", "0.0.0.0")
    assert "at least 8" in said(folder, "--token", "short")
    monkeypatch.chdir(tmp_path)
    assert "No run in runs/ has a fine-tuned model" in said()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "pip install 'erastyle[serve]'" in said(folder)
