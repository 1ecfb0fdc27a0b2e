"""Put framesets of a corpus together before they are cleaned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from erastyle.corpus.document import Document
from erastyle.corpus.html import framesets
from erastyle.corpus.html.prose import prose
from erastyle.pipeline.runtime import ledger

MOST_CHARS = 50_000_000  # of all frames together: what is beyond that stays apart


class Framed:
    """The documents of a stage, framesets joined to the frames that are among them.

    Attributes:
        shown: By spelling of a frame's source, the source of the frameset that holds it now.
    """

    def __init__(self, folder: Path) -> None:
        """Look for framesets in what the stage in `folder` kept, and read their frames."""
        self.shown: dict[str, str] = {}
        self._folder = folder
        self._joined: dict[str, str] = {}  # source of a frameset: its new body
        sets: dict[str, str] = {}
        wanted: set[str] = set()
        for row in ledger.rows(folder / "kept", ["source", "format", "body"]):
            if row["format"] == "html" and framesets.is_frameset(row["body"]):
                sets[row["source"]] = row["body"][: framesets.MOST_CHARS]
                wanted |= set(map(framesets.spelling, framesets.frames(row["body"], row["source"])))
        if wanted:
            self._join(sets, self._bodies(wanted))

    def _bodies(self, wanted: set[str]) -> dict[str, str]:
        bodies: dict[str, str] = {}
        left = MOST_CHARS
        for row in ledger.rows(self._folder / "kept", ["source", "format", "body"]):
            name = framesets.spelling(row["source"])
            if name in wanted and row["format"] == "html" and len(row["body"]) <= left:
                bodies.setdefault(name, row["body"])
                left -= len(row["body"])
        return bodies

    def _join(self, sets: dict[str, str], bodies: dict[str, str]) -> None:
        for source, body in sets.items():
            if framesets.spelling(source) in self.shown:
                continue  # it is a frame of another frameset and in that already
            joined = framesets.join(body, source, lambda name: bodies.get(framesets.spelling(name)))
            if joined and len(prose(joined.body)) > len(prose(body)):
                self._joined[source] = joined.body
                for frame in joined.frames:
                    self.shown.setdefault(framesets.spelling(frame), source)

    def read(self) -> Iterator[Document]:
        """Yield the documents in their order, framesets with the text of their frames."""
        for document in ledger.read(self._folder):
            body = self._joined.get(document.source)
            if body is None:
                yield document
            else:
                yield replace(document, body=body, signals={**document.signals, "frames": 1.0})

    def holder(self, document: Document) -> str:
        """Return the source of the frameset that shows this document now, or empty."""
        holder = self.shown.get(framesets.spelling(document.source), "")
        return "" if holder == document.source else holder
