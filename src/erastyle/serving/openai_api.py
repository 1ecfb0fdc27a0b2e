"""OpenAI's API: models, chat completions, completions, and whether the server is there.

Fields that OpenAI has and we have not are accepted and change nothing; ours (`strength`, `guards`,
`later`, `judged`) stand beside OpenAI's. Every answer says in `erastyle` what wrote it.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive

from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.provenance import label
from erastyle.serving.answers import ERRORS, of_error
from erastyle.serving.jobs import (
    Event,
    Failed,
    Finished,
    Job,
    Later,
    Started,
    TextPiece,
    TextRequest,
)
from erastyle.serving.openai_fields import ChatFields, CompletionFields, SharedFields

router = APIRouter(responses=ERRORS)
SILENCE = 15.0
"""Seconds of a stream without a text after which a comment keeps its connection open."""


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Say that the server answers, and what it serves."""
    return {"status": "ok", "models": request.app.state.styles.names()}


@router.get("/v1/models")
async def models(request: Request) -> dict[str, Any]:
    """List the styles; each strength is a model of its own."""
    names = request.app.state.styles.names()
    return {"object": "list", "data": [_model(name) for name in names]}


@router.get("/v1/models/{name}")
async def model(request: Request, name: str) -> dict[str, Any]:
    """Describe one style; any strength from 0 to 1.5 can be asked for."""
    await asyncio.to_thread(request.app.state.styles.choose, name)
    return _model(name)


@router.post("/v1/chat/completions")
async def chat(request: Request, wanted: ChatFields) -> Response:
    """Write the next message of a conversation."""
    return await _answer(
        request, wanted, AnswerForm("chat.completion", "chatcmpl", _message, _delta)
    )


@router.post("/v1/completions")
async def complete(request: Request, wanted: CompletionFields) -> Response:
    """Write a text for each prompt; a prompt is a brief."""
    return await _answer(request, wanted, AnswerForm("text_completion", "cmpl", _text, _text))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "erastyle"}


# --- one request -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """How answers of an endpoint look.

    Attributes:
        kind: OpenAI's name of the answer.
        prefix: What its identifiers begin with.
        whole: Makes the part of a choice that holds a whole text.
        piece: Makes the part of a choice that holds a piece of it.
    """

    kind: str
    prefix: str
    whole: Callable[[str], dict[str, Any]]
    piece: Callable[[str], dict[str, Any]]


def _message(text: str) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text, "refusal": None}}


def _delta(text: str) -> dict[str, Any]:
    return {"delta": {"content": text}}


def _text(text: str) -> dict[str, Any]:
    return {"text": text}


@dataclass(slots=True)
class Exchange:
    """A request over HTTP: the jobs behind it and what is known of them.

    Attributes:
        form: How the answer looks.
        name: Model that was asked for.
        jobs: A job for each prompt.
        receive: Gives what the client sends next; nothing but that it goes away.
        id: Identifier of the answer.
        created: When it was begun.
        prompt_tokens: Tokens of all prompts.
        finished: The texts that are finished, by their place.
    """

    form: AnswerForm
    name: str
    jobs: list[Job]
    receive: Receive
    id: str = ""
    created: int = 0
    prompt_tokens: int = 0
    finished: dict[int, Finished] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give it a name and a time."""
        self.id = f"{self.form.prefix}-{secrets.token_hex(12)}"
        self.created = int(time.time())

    @property
    def head(self) -> dict[str, Any]:
        """What every part of the answer has."""
        return {"id": self.id, "created": self.created, "model": self.name}

    @property
    def usage(self) -> dict[str, int]:
        """Tokens that were read and written."""
        written = sum(one.text.tokens for one in self.finished.values())
        total = self.prompt_tokens + written
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": written,
            "total_tokens": total,
        }

    def cancel(self) -> None:
        """Let nothing more be written."""
        for job in self.jobs:
            job.cancel()

    async def _until_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.cancel()

    async def events(self) -> AsyncGenerator[tuple[int, Event]]:
        """Yield the events of all jobs with the place of the text that they are about.

        Nothing more is written as soon as the client goes away, or the events are left.
        """
        merged: asyncio.Queue[tuple[int, Event]] = asyncio.Queue()

        async def forward(place: int, job: Job) -> None:
            async for event in job.stream():
                await merged.put((place + getattr(event, "index", 0), event))

        places = [sum(one.request.n for one in self.jobs[:n]) for n in range(len(self.jobs))]
        pairs = zip(places, self.jobs, strict=True)
        tasks = [asyncio.create_task(forward(place, job)) for place, job in pairs]
        tasks.append(asyncio.create_task(self._until_gone()))
        left = sum(job.request.n for job in self.jobs)
        try:
            while left:
                place, event = await merged.get()
                if isinstance(event, Started):
                    self.prompt_tokens += event.prompt_tokens
                elif isinstance(event, Finished):
                    self.finished[place] = event
                    left -= 1
                yield place, event
                if isinstance(event, Failed):
                    return
        finally:
            for task in tasks:
                task.cancel()
            self.cancel()


async def _answer(request: Request, wanted: SharedFields, form: AnswerForm) -> Response:
    """Answer a request, whole or piece by piece."""
    state = request.app.state
    later: Later = wanted.later or state.later
    voice = await asyncio.to_thread(state.styles.choose, wanted.model, wanted.strength)
    asked = [replace(one, later=later) for one in wanted.requests(voice)]
    jobs: list[Job] = []
    exchange = Exchange(form, wanted.model, jobs, request.receive)
    for number, one in enumerate(asked):
        try:
            jobs.append(state.scheduler.submit(_numbered(one, asked[:number])))
        except ErastyleError:
            exchange.cancel()
            raise
    events = exchange.events()
    async for _, event in events:
        if isinstance(event, Failed):
            await events.aclose()
            return of_error(event.error)
        if wanted.stream:  # the first event says that nothing speaks against the request
            break
    if not wanted.stream:
        return JSONResponse(_whole(exchange))
    usage = bool(wanted.stream_options and wanted.stream_options.include_usage)
    pieces = _stream(exchange, events, usage=usage)
    return StreamingResponse(
        pieces, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


def _numbered(request: TextRequest, before: list[TextRequest]) -> TextRequest:
    """Return a request whose texts differ from those of equal prompts before it."""
    return replace(request, first=sum(one.n for one in before if one.brief == request.brief))


def _whole(exchange: Exchange) -> dict[str, Any]:
    texts = [exchange.finished[place] for place in sorted(exchange.finished)]
    choices = [
        {
            "index": place,
            **exchange.form.whole(one.text.text),
            "logprobs": None,
            "finish_reason": one.finish_reason,
        }
        for place, one in enumerate(texts)
    ]
    return {
        **exchange.head,
        "object": exchange.form.kind,
        "choices": choices,
        "usage": exchange.usage,
        "erastyle": provenance(exchange, texts),
    }


async def _stream(
    exchange: Exchange, events: AsyncIterator[tuple[int, Event]], *, usage: bool
) -> AsyncIterator[str]:
    """Yield the answer piece by piece as server-sent events; leaving it ends the writing."""
    chat = exchange.form.kind == "chat.completion"
    head = exchange.head | {"object": "chat.completion.chunk" if chat else "text_completion"}
    empty: dict[str, Any] = {"delta": {}} if chat else {"text": ""}

    def chunk(choices: list[dict[str, Any]], **more: Any) -> str:
        return _sse({**head, "choices": choices, **({"usage": None} if usage else {}), **more})

    def choice(place: int, part: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        return {"index": place, **part, "logprobs": None, "finish_reason": reason}

    try:
        if chat:
            role = {"delta": {"role": "assistant", "content": ""}}
            count = sum(job.request.n for job in exchange.jobs)
            yield chunk([choice(place, role) for place in range(count)])
        async for place, event in _with_silence(events):
            if event is None:
                yield ": still writing\n\n"
            elif isinstance(event, TextPiece):
                yield chunk([choice(place, exchange.form.piece(event.text))])
            elif isinstance(event, Finished):
                origin = provenance(exchange, [event])
                yield chunk([choice(place, empty, event.finish_reason)], erastyle=origin)
            elif isinstance(event, Failed):
                yield f"data: {bytes(of_error(event.error).body).decode()}\n\n"
                return
        if usage:
            yield _sse({**head, "choices": [], "usage": exchange.usage})
        yield "data: [DONE]\n\n"
    finally:
        exchange.cancel()


async def _with_silence(
    events: AsyncIterator[tuple[int, Event]],
) -> AsyncIterator[tuple[int, Event | None]]:
    """Yield events, and None where there was none for a while."""
    following = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=SILENCE)
            if not done:
                yield 0, None
                continue
            following_event = following.result()
            if following_event is None:
                return
            yield following_event
            following = asyncio.ensure_future(anext(events, None))
    finally:
        following.cancel()


def _sse(row: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(row, ensure_ascii=False, separators=(',', ':'))}\n\n"


def provenance(exchange: Exchange, texts: list[Finished]) -> dict[str, Any]:
    """Return what the texts were made with: the models by their hashes, seeds, guards, scores."""
    from erastyle.writing.text_file import guarded

    engine, request = texts[0].engine, exchange.jobs[0].request
    return {
        "origin": "synthetic",
        label.FIELD: label.uri(label.GENERATED),
        "notice": engine.notice(request.seed).visible,
        "model": engine.model.model_dump(mode="json"),
        "corpus": engine.corpus.model_dump(mode="json") if engine.corpus else None,
        "seed": request.seed,
        "texts": [
            {
                "number": one.number,
                "guards": guarded(one.text) if request.guards and engine.guards else None,
                "scores": dict(one.scores) if one.scores else None,
            }
            for one in texts
        ],
        "decoding": {
            name: getattr(request, name) for name in ("max_tokens", "temperature", "top_p")
        },
    }
