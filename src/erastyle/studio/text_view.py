"""What the page of a text shows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from erastyle.corpus.errors import ConfigError
from erastyle.corpus.provenance import sidecar
from erastyle.eval.report import sandbox
from erastyle.eval.report.parts import TextMark
from erastyle.eval.report.sandbox import Segment
from erastyle.studio import labelled_files, shell_commands
from erastyle.studio.studio import Studio
from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import CheckMark, TextRecord, WritingOrder
from erastyle.writing.brief import request as asked

SHOWN = 200_000
"""Bytes of a text that the page shows."""
NAMES = {"anachronism": "later than the era", "copied": "copied", "guard": "let stand by a guard"}
"""What the kinds of marks are called."""


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text with what its page says.

    Attributes:
        record: The text.
        style: The style that wrote it; None: its run is not open here.
        live: Whether this studio is writing it now.
        pieces: The text with its marks.
        passages: Each mark with the passage.
        refused: How often each guard refused a part.
        label: The label in plain words.
        commands: What each action is called, and the shell command that does the same.
    """

    record: TextRecord
    style: StudioStyle | None
    live: bool
    pieces: Sequence[Segment]
    passages: Sequence[tuple[CheckMark, str]]
    refused: Mapping[str, int]
    label: str
    commands: Mapping[str, str]

    @property
    def heading(self) -> str:
        """What the page calls the text."""
        return self.record.order.subject or "Untitled"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The settings with which it was written, for a line under the heading."""
        order = self.record.order
        said = [("style", self.style.title if self.style else f"{order.style} (not open here)")]
        said += [("strength", f"{order.strength:g}"), ("seed", str(order.seed))]
        said += [("words asked for", str(order.length))] if order.length else []
        said += [("year", str(order.year))] if order.year else []
        said += [("ordered", self.record.created[:16].replace("T", " ") + " UTC")]
        return said


def view(studio: Studio, record: TextRecord) -> ShownText:
    """Return what the page of a text shows."""
    checked, written = record.checked, record.written
    marks = checked.marks if checked else ()
    text = sandbox.visible(sandbox.cut(record.text, SHOWN))
    guards: Mapping[str, Any] = written.guards if written else {}
    said = ""
    style = studio.find(record.order.style)
    if written:
        said = sidecar.notice(written.model, record.order.source_type, record.order.seed).plain
    return ShownText(
        record=record,
        style=style,
        live=record.state == "writing",
        pieces=sandbox.marked(text, [TextMark(m.start, m.end, m.kind, m.note) for m in marks]),
        passages=[(m, " ".join(record.text[m.start : m.end].split())[:160]) for m in marks],
        refused=guards.get("refused", {}),
        label=said,
        commands=_commands(record, style) if style else {},
    )


def _commands(record: TextRecord, style: StudioStyle) -> dict[str, str]:
    written = record.written
    request = written.request if written else _asked(record.order, style)
    request = "" if record.order.draft else request
    made = {"write": shell_commands.writing(record.order, style, request)}
    if written is not None and record.text.strip():
        name = labelled_files.file_name(record, style)
        made["score"] = shell_commands.scoring(name, style.run)
        made["approve"] = shell_commands.approving(name, "NAME", "NOTE")
    return made


def _asked(order: WritingOrder, style: StudioStyle) -> str:
    """Return what the model will be asked; empty: it cannot be."""
    if style.era is None or order.draft:
        return ""
    with suppress(ConfigError):  # the page of a text that failed says why
        return asked(order.as_brief(), style.era.medium)
    return ""
