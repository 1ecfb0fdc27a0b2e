"""What the forms of the studio do. Each takes JSON and answers with JSON: where to go on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse
from pydantic import Field

from erastyle.corpus.document import Format
from erastyle.corpus.errors import ConfigError, ErastyleError, SourceError
from erastyle.corpus.options import Options
from erastyle.studio import blind_sheet, corpus_browser
from erastyle.studio.blind_sheet import BlindSheet, SheetCandidate
from erastyle.studio.draft_facts import facts_in
from erastyle.studio.history import ChangedElsewhereError
from erastyle.studio.studio import Studio
from erastyle.studio.studio_route import StudioRoute, whole_number
from erastyle.studio.text_record import LONGEST_TEXT, FactRow, TextRecord, WritingOrder
from erastyle.writing.brief import Brief

TICK = 0.05
"""Seconds between two looks at a text that is being written."""
BEAT = 15.0
"""Seconds without news after which a comment keeps the connection open."""


class TwoOrders(WritingOrder):
    """A text, and for comparison the same at another strength or with another seed."""

    other_strength: float | None = Field(default=None, ge=0, le=1.5, allow_inf_nan=False)
    """Strength of the second text."""
    other_seed: int | None = Field(default=None, ge=0, lt=2**31)
    """Seed of the second text."""

    def orders(self) -> list[WritingOrder]:
        """Return one order, or two that differ."""
        plain = self.model_dump(exclude={"other_strength", "other_seed"})
        other = dict(plain)
        if self.other_strength is not None:
            other["strength"] = self.other_strength
        if self.other_seed is not None:
            other["seed"] = self.other_seed
        both = [plain, other] if other != plain else [plain]
        return [WritingOrder(**values) for values in both]


class TextChange(Options):
    """A person's change of a text."""

    text: str = Field(max_length=LONGEST_TEXT)
    """The new text."""
    revision: int
    """Revision that was changed."""


class TextRevision(Options):
    """Which revision is meant."""

    revision: int
    """Its number."""


class TextApproval(TextRevision):
    """Who answers for a text."""

    by: str = Field(max_length=200)
    """Name of the person."""
    note: str = Field(default="", max_length=2_000)
    """What the person says of it."""


class CollectionName(Options):
    """Which collection is meant."""

    name: str = Field(max_length=100)
    """Its name."""


class TextId(Options):
    """Which text is meant."""

    text: str
    """Its id."""


class SheetRequest(Options):
    """Where the real documents of a blind sheet are from."""

    style: str
    """Style whose run holds them."""


class ReaderAnswers(Options):
    """Answers of readers."""

    csv: str = Field(max_length=1_500_000)
    """The filled-in file of answers."""


def router(studio: Studio) -> APIRouter:
    """Return the routes of all actions."""
    made = APIRouter(route_class=StudioRoute, include_in_schema=False)
    _add_writing(made, studio)
    _add_texts(made, studio)
    _add_collections(made, studio)
    return made


def _add_writing(made: APIRouter, studio: Studio) -> None:
    @made.post("/texts", status_code=201)
    def write(wanted: TwoOrders) -> dict[str, str]:
        style = studio.style(wanted.style)
        if style.problem:
            raise ConfigError(style.problem)
        if not wanted.draft:  # says at once what is wrong with it
            Brief(text=wanted.brief, title=wanted.title, kind=wanted.kind)
        ids = [record.id for record in studio.jobs.order(wanted.orders(), style)]
        return {"to": f"/beside/{ids[0]}/{ids[1]}" if len(ids) == 2 else f"/texts/{ids[0]}"}

    @made.get("/texts/{id_}/stream")
    async def stream(id_: str, last_event_id: str = Header("0")) -> StreamingResponse:
        at = whole_number(last_event_id)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        events = _followed(studio, id_, at)
        await anext(events)  # too many tabs are told before an answer is begun
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    @made.post("/texts/{id_}/stop")
    def stop(id_: str) -> dict[str, str]:
        studio.text(id_)
        if not studio.jobs.stop(id_):
            raise ConfigError("This studio is not writing that text.")
        return {}

    @made.post("/texts/{id_}/store")
    def store(id_: str) -> dict[str, str]:
        studio.text(id_)
        studio.jobs.store(id_)
        return {"to": f"/texts/{id_}", "say": "Stored."}


async def _followed(studio: Studio, id_: str, at: int) -> AsyncGenerator[str]:
    """Yield the events of a text to one of a bounded number of tabs; the first is a comment.

    Raises:
        TooManyTextsError: So many tabs follow texts that this one would be too many.
    """
    with studio.jobs.following():
        yield ": following\n\n"
        async for event in _events(studio, id_, at):
            yield event


async def _events(studio: Studio, id_: str, at: int) -> AsyncIterator[str]:
    """Yield what is written of a text from a place on, then that it is over."""
    said, quiet = ("", ""), 0.0
    while (live := studio.jobs.live(id_)) is not None:
        text, now = live.text, (live.stage, live.problem)
        if len(text) > at:
            piece, at, quiet = text[at:], len(text), 0.0
            yield f"id: {at}\nevent: piece\ndata: {json.dumps(piece)}\n\n"
        if now != said:
            said, quiet = now, 0.0
            stage, problem = said
            yield f"event: stage\ndata: {json.dumps({'stage': stage, 'problem': problem})}\n\n"
        if now[0] == "over":
            break
        if quiet > BEAT:
            quiet = 0.0
            yield ": waiting\n\n"
        await asyncio.sleep(TICK)
        quiet += TICK
    yield "event: over\ndata: {}\n\n"


def _add_texts(made: APIRouter, studio: Studio) -> None:
    @made.post("/texts/{id_}/edit")
    def edit(id_: str, change: TextChange) -> dict[str, str]:
        text = change.text.replace("\r\n", "\n")
        if not text.strip():
            raise ConfigError("The text is empty. Nothing was stored.")
        record = studio.text(id_)
        if record.state != "done":
            raise ConfigError("Only a finished text can be edited.")
        studio.history.edit(id_, text, change.revision, _facts(studio, record, text))
        try:
            _check(studio, id_)
        except ErastyleError as error:  # the edit is stored whatever the judges say
            return {"to": f"/texts/{id_}", "say": f"Stored, but not scored: {error}"}
        return {"to": f"/texts/{id_}", "say": "Stored and scored again."}

    @made.post("/texts/{id_}/check")
    def check(id_: str, shown: TextRevision) -> dict[str, str]:
        if studio.text(id_).revision != shown.revision:
            raise ChangedElsewhereError("The text was changed meanwhile. Reload the page.")
        _check(studio, id_)
        return {"to": f"/texts/{id_}", "say": "Scored again."}

    @made.post("/texts/{id_}/approve")
    def approve(id_: str, given: TextApproval) -> dict[str, str]:
        if not given.by.strip():
            raise ConfigError("An approval needs the name of the person who approves.")
        if studio.text(id_).state != "done":
            raise ConfigError("Only a finished text can be approved.")
        studio.history.approve(id_, given.by.strip(), given.note.strip(), given.revision)
        return {"to": f"/texts/{id_}", "say": "Approved."}

    @made.post("/texts/{id_}/collect")
    def collect(id_: str, into: CollectionName) -> dict[str, str]:
        name = " ".join(into.name.split())
        if not name or "/" in name or not name.isprintable():
            raise ConfigError("Name the collection, without a slash.")
        studio.history.collect(name, id_)
        return {"to": f"/texts/{id_}", "say": f"Put into “{name}”."}


def _facts(studio: Studio, record: TextRecord, text: str) -> tuple[FactRow, ...] | None:
    """Return what became of a draft's facts in a changed text; None: there was no draft."""
    if not record.order.draft or record.written is None:
        return None
    style = studio.find(record.order.style)  # an edit is stored also where the style is not open
    looks: Format = "html" if text.lstrip().startswith("<") else "text"
    form = style.format if style is not None else looks
    return facts_in(record.order.draft, text, form, record.written.copied_back)


def _check(studio: Studio, id_: str) -> None:
    record = studio.text(id_)
    style = studio.style(record.order.style)
    checked = studio.jobs.check(style, record.text, record.written)
    studio.history.check(id_, checked, record.revision)


def _add_collections(made: APIRouter, studio: Studio) -> None:
    @made.post("/collections/{name}/take-out")
    def take_out(name: str, which: TextId) -> dict[str, str]:
        studio.history.take_out(name, which.text)
        return {"to": f"/collections/{quote(name, safe='')}"}

    @made.post("/collections/{name}/sheets", status_code=201)
    def sheet(name: str, wanted: SheetRequest) -> dict[str, str]:
        style = studio.style(wanted.style)
        generated = [
            SheetCandidate(record.text, style.format, record.id)
            for record in studio.history.collection(name)
            if record.state == "done"
        ]
        real = [
            SheetCandidate(body, "html" if form == "html" else "text", source)
            for source, body, form in corpus_browser.held_out(style.run)
        ]
        made_sheet = blind_sheet.make(name, generated, real)
        studio.history.keep_sheet(made_sheet.id, name, made_sheet.model_dump_json())
        return {"to": f"/sheets/{made_sheet.id}"}

    @made.post("/sheets/{id_}/answers")
    def answers(id_: str, given: ReaderAnswers) -> dict[str, Any]:
        known = BlindSheet.model_validate_json(studio.history.sheet(id_))
        if not given.csv.strip():
            raise SourceError("Choose the file of answers, or paste its lines.")
        studio.history.keep_answers(id_, blind_sheet.read_answers(known, given.csv))
        return {"to": f"/sheets/{id_}"}
