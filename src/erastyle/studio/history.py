"""The studio's history: texts, collections and blind sheets in one SQLite file.

A text belongs to the process that writes it; where that process is gone, it counts as interrupted.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property

from erastyle.corpus.errors import ErastyleError
from erastyle.corpus.provenance.sidecar import Approval
from erastyle.studio.history_file import HistoryFile
from erastyle.studio.text_record import Checked, FactRow, TextRecord, WritingOrder, Written

PAGE = 50
"""Texts of a page of the history."""


class NotInHistoryError(ErastyleError):
    """The history holds no such text, collection or sheet."""


class ChangedElsewhereError(ErastyleError):
    """A text was changed in another tab or studio since it was shown."""


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class History(HistoryFile):
    """What can be done with the file."""

    @cached_property
    def owner(self) -> str:
        """Name of this process, as the owner of the texts that it writes."""
        return _process(os.getpid())

    # --- texts -------------------------------------------------------------------------------

    def order(self, orders: Sequence[WritingOrder]) -> list[TextRecord]:
        """Store texts that are to be written; two of them stand beside each other."""
        ids = [secrets.token_hex(6) for _ in orders]
        records = [
            TextRecord(
                id=id_,
                created=now(),
                order=order,
                state="writing",
                beside=ids[1 - n] if len(ids) == 2 else "",
            )
            for n, (id_, order) in enumerate(zip(ids, orders, strict=True))
        ]
        with self.write() as database:
            for record in records:
                database.execute(
                    "INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?)",
                    (
                        record.id,
                        record.created,
                        record.order.style,
                        record.order.subject,
                        record.state,
                        self.owner,
                        "",
                        record.model_dump_json(),
                    ),
                )
        return records

    def text(self, id_: str) -> TextRecord:
        """Return a text.

        Raises:
            NotInHistoryError: There is none of this id.
        """
        with self.read() as database:
            row = database.execute("SELECT * FROM texts WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise NotInHistoryError(f"The history holds no text {id_}.")
        return _record(row)

    def partly(self, id_: str, text: str) -> None:
        """Store what is written of a text so far."""
        with self.write() as database:
            database.execute(
                "UPDATE texts SET text = ? WHERE id = ? AND state = 'writing'", (text, id_)
            )

    def finish(self, id_: str, written: Written, checked: Checked | None) -> TextRecord:
        """Store a text that is written."""
        return self._change(
            id_,
            {"state": "done", "text": written.text, "written": written, "checked": checked},
        )

    def end(self, id_: str, state: str, problem: str, text: str = "") -> TextRecord:
        """Store that a text was stopped or failed, with what was written of it."""
        return self._change(id_, {"state": state, "problem": problem, "text": text})

    def edit(
        self, id_: str, text: str, revision: int, facts: tuple[FactRow, ...] | None = None
    ) -> TextRecord:
        """Store a person's change of a text; what was said of the text before goes.

        Args:
            id_: The text.
            text: The new text.
            revision: Revision that the person changed.
            facts: Of a restyled draft: what became of its facts in the new text.

        Raises:
            ChangedElsewhereError: It was changed meanwhile.
        """
        gone: dict[str, object] = {"checked": None, "approved": None}
        changed = gone | {"text": text, "edited": now(), "facts_now": facts}
        return self._change(id_, changed, revision=revision)

    def check(self, id_: str, checked: Checked, revision: int) -> TextRecord:
        """Store what was said of a revision of a text.

        Raises:
            ChangedElsewhereError: It was changed meanwhile.
        """
        return self._change(id_, {"checked": checked}, at=revision)

    def approve(self, id_: str, by: str, note: str, revision: int) -> TextRecord:
        """Store who answers for a revision of a text.

        Raises:
            ChangedElsewhereError: It was changed meanwhile.
        """
        return self._change(id_, {"approved": Approval(by=by, note=note, at=now())}, at=revision)

    def _change(
        self,
        id_: str,
        values: dict[str, object],
        *,
        revision: int | None = None,
        at: int | None = None,
    ) -> TextRecord:
        """Change a text; `revision` is one that ends here, `at` is one that stays."""
        with self.write() as database:
            row = database.execute("SELECT * FROM texts WHERE id = ?", (id_,)).fetchone()
            if row is None:
                raise NotInHistoryError(f"The history holds no text {id_}.")
            known = _record(row)
            shown = at if revision is None else revision
            if shown is not None and shown != known.revision:
                raise ChangedElsewhereError(
                    "The text was changed in another tab or studio. Reload the page to see it."
                )
            if revision is not None:
                database.execute(
                    "INSERT INTO revisions VALUES (?, ?, ?, ?)",
                    (id_, known.revision, now(), known.text),
                )
                values = values | {"revision": known.revision + 1}
            record = known.model_copy(update=values)
            plain = record.model_copy(update={"text": ""}).model_dump_json(by_alias=True)
            database.execute(
                "UPDATE texts SET state = ?, text = ?, revision = ?, approved = ?, record = ? "
                "WHERE id = ?",
                (
                    record.state,
                    record.text,
                    record.revision,
                    record.approved is not None,
                    plain,
                    id_,
                ),
            )
        return record

    def page(
        self, *, search: str = "", style: str = "", start: int = 0, count: int = PAGE
    ) -> tuple[list[TextRecord], int]:
        """Return texts, the newest first, and how many there are.

        Args:
            search: Words that the subject or the text holds; empty: all.
            style: Style that wrote them; empty: any.
            start: How many to leave out.
            count: Most texts.
        """
        pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where = "(subject LIKE ? ESCAPE '\\' OR text LIKE ? ESCAPE '\\') AND (? = '' OR style = ?)"
        values = (pattern, pattern, style, style)
        with self.read() as database:
            total = database.execute(f"SELECT count(*) FROM texts WHERE {where}", values)  # noqa: S608
            number = int(total.fetchone()[0])
            rows = database.execute(
                f"SELECT * FROM texts WHERE {where} ORDER BY created DESC, id "  # noqa: S608
                "LIMIT ? OFFSET ?",
                (*values, count, start),
            ).fetchall()
        return [_record(row) for row in rows], number

    # --- collections -------------------------------------------------------------------------

    def collect(self, name: str, id_: str) -> None:
        """Put a text into a collection, at its end; the collection is begun where it is new."""
        self.text(id_)
        with self.write() as database:
            database.execute("INSERT OR IGNORE INTO collections VALUES (?, ?)", (name, now()))
            database.execute(
                "INSERT OR IGNORE INTO collected SELECT ?, ?, "
                "coalesce(max(place), 0) + 1 FROM collected WHERE collection = ?",
                (name, id_, name),
            )

    def take_out(self, name: str, id_: str) -> None:
        """Take a text out of a collection; an empty collection stays."""
        with self.write() as database:
            database.execute(
                "DELETE FROM collected WHERE collection = ? AND text_id = ?", (name, id_)
            )

    def collections(self) -> list[tuple[str, int]]:
        """Return the name of each collection and how many texts it holds."""
        with self.read() as database:
            rows = database.execute(
                "SELECT name, count(text_id) FROM collections LEFT JOIN collected "
                "ON collection = name GROUP BY name ORDER BY name"
            ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def collection(self, name: str) -> list[TextRecord]:
        """Return the texts of a collection in their order.

        Raises:
            NotInHistoryError: There is no such collection.
        """
        with self.read() as database:
            known = database.execute("SELECT 1 FROM collections WHERE name = ?", (name,)).fetchone()
            rows = database.execute(
                "SELECT texts.* FROM collected JOIN texts ON text_id = id "
                "WHERE collection = ? ORDER BY place",
                (name,),
            ).fetchall()
        if known is None:
            raise NotInHistoryError(f"There is no collection {name!r}.")
        return [_record(row) for row in rows]

    def collections_of(self, id_: str) -> list[str]:
        """Return the collections that hold a text."""
        with self.read() as database:
            rows = database.execute(
                "SELECT collection FROM collected WHERE text_id = ? ORDER BY collection", (id_,)
            ).fetchall()
        return [row[0] for row in rows]

    # --- blind sheets ------------------------------------------------------------------------

    def keep_sheet(self, id_: str, collection: str, sheet: str) -> None:
        """Store a blind sheet with its key, as JSON."""
        with self.write() as database:
            database.execute(
                "INSERT INTO sheets VALUES (?, ?, ?, ?)", (id_, collection, now(), sheet)
            )

    def sheet(self, id_: str) -> str:
        """Return a blind sheet with its key, as JSON.

        Raises:
            NotInHistoryError: There is none of this id.
        """
        with self.read() as database:
            row = database.execute("SELECT sheet FROM sheets WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise NotInHistoryError(f"There is no blind sheet {id_}.")
        return str(row[0])

    def sheets(self, collection: str) -> list[tuple[str, str]]:
        """Return id and time of each blind sheet of a collection."""
        with self.read() as database:
            rows = database.execute(
                "SELECT id, created FROM sheets WHERE collection = ? ORDER BY created, id",
                (collection,),
            ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def keep_answers(self, sheet: str, answers: Sequence[tuple[str, int, str]]) -> None:
        """Store readers' answers; those of a reader who answered before are replaced.

        Args:
            sheet: The blind sheet.
            answers: Reader, number of the item, answer.
        """
        with self.write() as database:
            for reader in {reader for reader, _, _ in answers}:
                database.execute(
                    "DELETE FROM answers WHERE sheet = ? AND reader = ?", (sheet, reader)
                )
            database.executemany(
                "INSERT INTO answers VALUES (?, ?, ?, ?)",
                [(sheet, reader, item, answer) for reader, item, answer in answers],
            )

    def answers(self, sheet: str) -> list[tuple[str, int, str]]:
        """Return reader, item and answer of all answers to a blind sheet."""
        with self.read() as database:
            rows = database.execute(
                "SELECT reader, item, answer FROM answers WHERE sheet = ? ORDER BY reader, item",
                (sheet,),
            ).fetchall()
        return [(row[0], row[1], row[2]) for row in rows]


def _record(row: sqlite3.Row) -> TextRecord:
    record = TextRecord.model_validate_json(row["record"])
    text: dict[str, object] = {"text": row["text"]}
    if record.state == "writing" and not _runs(row["owner"]):
        text |= {"state": "interrupted", "problem": "The studio that wrote it was ended."}
    return record.model_copy(update=text)


def _process(number: int) -> str:
    """Return a name for a process that no later one has: its number and when it was started."""
    import psutil

    try:
        return f"{number}@{psutil.Process(number).create_time():.2f}"
    except psutil.Error:
        return ""


def _runs(owner: str) -> bool:
    number = owner.partition("@")[0]
    return number.isdecimal() and _process(int(number)) == owner
