"""The pages of the studio that are only looked at."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from erastyle.corpus.errors import ConfigError, RunError
from erastyle.corpus.prompts import asked_length
from erastyle.studio import (
    blind_sheet,
    collection_export,
    corpus_browser,
    labelled_files,
    rendered,
    shell_commands,
    text_view,
)
from erastyle.studio.blind_sheet import BlindSheet
from erastyle.studio.history import PAGE
from erastyle.studio.page_templates import render
from erastyle.studio.studio import Studio
from erastyle.studio.studio_route import PAGE_HEADERS, StudioRoute, whole_number

SHEET_HEADERS = rendered.HEADERS | {
    "Content-Security-Policy": "sandbox allow-modals; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'"
}
"""Headers of a page that erastyle wrote as one file, and that shows texts of strangers."""
ASSETS = {
    "studio.css": ("erastyle.studio", "static/studio.css", "text/css"),
    "palette.css": ("erastyle.eval.report", "palette.css", "text/css"),
    "studio.js": ("erastyle.studio", "static/studio.js", "text/javascript"),
}
LATEST = 8
"""Texts that the first page lists."""
FIRST_PAGE = ("base.html.j2", "macros.html.j2", "write.html.j2")
"""Templates of the first page."""


def _page(name: str, here: str, /, **values: Any) -> HTMLResponse:
    return HTMLResponse(render(name, here=here, **values), headers=PAGE_HEADERS)


def _file(name: str, raw: bytes, kind: str = "application/octet-stream") -> Response:
    """Return a download; the name is one of our own making, in ASCII."""
    headers = PAGE_HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(raw, media_type=kind, headers=headers)


def router(studio: Studio) -> APIRouter:
    """Return the routes of all pages."""
    made = APIRouter(route_class=StudioRoute, include_in_schema=False)
    _add_assets(made)
    _add_texts(made, studio)
    _add_files(made, studio)
    _add_collections(made, studio)
    _add_corpus(made, studio)
    return made


def _add_assets(made: APIRouter) -> None:
    @made.get("/assets/{name}")
    async def asset(name: str) -> Response:  # out of memory: a thread would cost more than that
        if name not in ASSETS:
            raise ConfigError(f"There is no file {name!r}.")
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
        return Response(_asset(name), media_type=ASSETS[name][2], headers=headers)


@cache
def _asset(name: str) -> bytes:
    package, path, _ = ASSETS[name]
    return (files(package) / path).read_bytes()


def _add_texts(made: APIRouter, studio: Studio) -> None:
    @made.get("/")
    def write(style: str = "", again: str = "") -> HTMLResponse:
        order = studio.text(again).order if again else None
        latest, total = studio.history.page(count=LATEST)
        able = next((s for s in studio.styles if not s.problem), studio.styles[0])
        chosen = style or (order.style if order else able.name)
        return _page(
            "write.html.j2",
            "write",
            styles=studio.styles,
            chosen=studio.find(chosen) or able,
            order=order,
            latest=studio.shown(latest),
            total=total,
            least=asked_length.LEAST,
            most=asked_length.MOST,
        )

    def shown(template: str, id_: str) -> HTMLResponse:
        return _page(
            template,
            "history",
            view=text_view.view(studio, studio.text(id_)),
            collections=[name for name, _ in studio.history.collections()],
            within=studio.history.collections_of(id_),
        )

    @made.get("/texts/{id_}")
    def text(id_: str) -> HTMLResponse:
        return shown("text.html.j2", id_)

    @made.get("/texts/{id_}/result")
    def result(id_: str) -> HTMLResponse:
        return shown("text_result.html.j2", id_)

    @made.get("/beside/{one}/{other}")
    def beside(one: str, other: str) -> HTMLResponse:
        views = [text_view.view(studio, studio.text(id_)) for id_ in (one, other)]
        return _page("beside.html.j2", "history", views=views)

    @made.get("/beside/{id_}")
    def half(id_: str) -> HTMLResponse:
        view = text_view.view(studio, studio.text(id_))
        return _page("text_half.html.j2", "history", view=view)

    @made.get("/history")
    def history(search: str = "", style: str = "", start: int = 0) -> HTMLResponse:
        start = min(max(0, start), 10**9)
        texts, total = studio.history.page(search=search, style=style, start=start)
        return _page(
            "history.html.j2",
            "history",
            texts=studio.shown(texts),
            total=total,
            start=start,
            size=PAGE,
            search=search,
            style=style,
            styles=studio.styles,
            query=urlencode({"search": search, "style": style}),
            file=studio.history.file,
        )


def _add_files(made: APIRouter, studio: Studio) -> None:
    @made.get("/texts/{id_}/rendered")
    def rendered_text(id_: str) -> HTMLResponse:
        record = studio.text(id_)
        style = studio.find(record.order.style)
        form = style.format if style else "html"
        return HTMLResponse(rendered.document(record.text, form), headers=rendered.HEADERS)

    @made.get("/texts/{id_}/file")
    def labelled(id_: str) -> Response:
        record = studio.text(id_)
        file = labelled_files.file_of(record, studio.style(record.order.style))
        return _file(file.name, file.raw)

    @made.get("/texts/{id_}/plain")
    def plain(id_: str) -> Response:
        record = studio.text(id_)
        name, raw = labelled_files.plain_text(record)
        return _file(name, raw)

    @made.get("/texts/{id_}/sidecar")
    def beside_it(id_: str) -> Response:
        record = studio.text(id_)
        file = labelled_files.file_of(record, studio.style(record.order.style))
        return _file(*labelled_files.beside(file), "application/json")


def _add_collections(made: APIRouter, studio: Studio) -> None:
    @made.get("/collections")
    def collections() -> HTMLResponse:
        return _page("collections.html.j2", "collections", collections=studio.history.collections())

    @made.get("/collections/{name}")
    def collection(name: str) -> HTMLResponse:
        texts = studio.history.collection(name)
        return _page(
            "collection.html.j2",
            "collections",
            name=name,
            texts=studio.shown(texts),
            sheets=studio.history.sheets(name),
            styles=[style for style in studio.styles if style.era],
            command_line=shell_commands.fetching(studio.address, "collections", name, "zip"),
        )

    @made.get("/collections/{name}/zip")
    def collection_zip(name: str) -> Response:
        styles = {style.name: style for style in studio.styles}
        raw = collection_export.zipped(name, studio.history.collection(name), styles)
        return _file(f"{labelled_files.slug(name)}.zip", raw, "application/zip")

    @made.get("/sheets/{id_}")
    def sheet(id_: str) -> HTMLResponse:
        known = BlindSheet.model_validate_json(studio.history.sheet(id_))
        answers = studio.history.answers(id_)
        return _page(
            "sheet.html.j2",
            "collections",
            sheet=known,
            results=blind_sheet.results(known, answers) if answers else [],
            command_line=shell_commands.fetching(studio.address, "sheets", id_, "zip"),
        )

    @made.get("/sheets/{id_}/print")
    def sheet_print(id_: str) -> HTMLResponse:
        known = BlindSheet.model_validate_json(studio.history.sheet(id_))
        return HTMLResponse(blind_sheet.printed(known), headers=SHEET_HEADERS)

    @made.get("/sheets/{id_}/zip")
    def sheet_zip(id_: str) -> Response:
        known = BlindSheet.model_validate_json(studio.history.sheet(id_))
        members = [
            (f"sheet-{id_}/sheet.html", blind_sheet.printed(known).encode("utf-8", "replace")),
            (f"sheet-{id_}/answers.csv", blind_sheet.answer_form(known).encode()),
        ]
        return _file(f"sheet-{id_}.zip", collection_export.archive(members), "application/zip")

    @made.get("/sheets/{id_}/key")
    def sheet_key(id_: str) -> Response:
        known = BlindSheet.model_validate_json(studio.history.sheet(id_))
        if not studio.history.answers(id_):
            raise ConfigError("The key stays sealed until answers of readers are read in.")
        return _file(f"key-{id_}.json", known.key.as_file(), "application/json")


def _add_corpus(made: APIRouter, studio: Studio) -> None:
    @made.get("/corpus")
    def corpora() -> HTMLResponse:
        return _page("corpora.html.j2", "corpus", styles=studio.styles)

    @made.get("/corpus/{style}")
    def corpus(style: str) -> HTMLResponse:
        known = studio.style(style)
        return _page(
            "corpus.html.j2",
            "corpus",
            style=known,
            stages=corpus_browser.counts(known.run),
            command_line=shell_commands.line("erastyle", "status", known.run),
        )

    @made.get("/corpus/{style}/report")
    def report(style: str) -> HTMLResponse:
        known = studio.style(style)
        if known.report is None:
            raise RunError(f"{known.run} has no report yet. Run `erastyle run --run {known.run}`.")
        page = known.report.read_text(encoding="utf-8")
        return HTMLResponse(page, headers=SHEET_HEADERS)

    @made.get("/corpus/{style}/documents/{id_}")
    def document(style: str, id_: str) -> HTMLResponse:
        known = studio.style(style)
        return _page(
            "document.html.j2",
            "corpus",
            style=known,
            id=id_,
            document=corpus_browser.view(known.run, id_),
            command_line=shell_commands.line("erastyle", "why", known.run, id_),
        )

    @made.get("/corpus/{style}/documents/{id_}/rendered")
    def rendered_document(style: str, id_: str) -> HTMLResponse:
        row = corpus_browser.view(studio.style(style).run, id_).row
        body = row.get("body") or row.get("excerpt") or ""
        shown = rendered.document(body, row.get("format") or "text")
        return HTMLResponse(shown, headers=rendered.HEADERS)

    @made.get("/corpus/{style}/beside/{one}/{other}")
    def copies(style: str, one: str, other: str) -> HTMLResponse:
        known = studio.style(style)
        pieces = corpus_browser.beside(known.run, one, other)
        rows = [corpus_browser.view(known.run, id_).row for id_ in (one, other)]
        return _page(
            "copies.html.j2",
            "corpus",
            style=known,
            both=list(zip((one, other), rows, pieces, strict=True)),
            command_line=shell_commands.line("erastyle", "clusters", known.run),
        )

    @made.get("/corpus/{style}/{stage}/{state}")
    def documents(request: Request, style: str, stage: str, state: str) -> HTMLResponse:
        known, given = studio.style(style), request.query_params
        year, start = given.get("year", ""), given.get("start", "0")
        documents_page = corpus_browser.page(
            known.run,
            stage,
            state,
            search=given.get("search", ""),
            reason=given.get("reason", ""),
            year=whole_number(year) or None,
            start=whole_number(start),
        )
        count = next(c for c in corpus_browser.counts(known.run) if c.stage == stage)
        kept = {name: given.get(name, "") for name in ("search", "reason", "year")}
        return _page(
            "documents.html.j2",
            "corpus",
            style=known,
            stage=stage,
            state=state,
            documents=documents_page,
            count=count,
            size=corpus_browser.PAGE,
            query=urlencode(kept),
            **kept,
        )
