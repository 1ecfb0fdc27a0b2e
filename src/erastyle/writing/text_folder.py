"""A folder of written texts: a file a text, their rows, what was rejected, and how to continue.

    0001-kites-1a2b3c.html                    a text in the era's form, with its label
    0001-kites-1a2b3c.html.provenance.json    what it was made with
    texts.jsonl                               a row a text
    rejected.jsonl                            a row for each candidate that was not taken, and why
    batch.json                                what all of them were made with

The row of a text is written last, so that an interruption loses the texts of one batch at most and
none is written twice.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from erastyle.corpus.atomic import write_atomically
from erastyle.corpus.errors import RunError, SourceError
from erastyle.corpus.provenance import label, sidecar
from erastyle.pipeline.runtime.runner import differences
from erastyle.writing import text_file
from erastyle.writing.answers import Rejected
from erastyle.writing.text_file import Form

if TYPE_CHECKING:
    from erastyle.train.model.generation import GeneratedText
    from erastyle.writing.answers import Answer, TextTask
    from erastyle.writing.engine import Engine

TEXTS, REJECTED, BATCH, LOCK = "texts.jsonl", "rejected.jsonl", "batch.json", ".lock"
NOT_OF_FORM = "not of the era's form"
"""Reason for a text that cannot be a file of the era."""


def identity(engine: Engine, form: Form, later: str) -> dict[str, Any]:
    """Return what all texts of a folder have in common, as plain JSON."""
    shown = engine.options.model_dump(mode="json", exclude={"briefs", "batch"})
    model = engine.model.model_dump(mode="json", exclude={"name"})
    return {
        "model": model,
        "generate": shown,
        "later": later,
        "label": form.labelled,
        "period_files": form.of_period,
        "watermark": engine.watermark,
    }


class Folder:
    """A folder that is being filled.

    Attributes:
        path: The folder.
        done: Keys of the tasks that were finished.
        refused: How many tasks ended without a text here, by reason.
    """

    def __init__(self, path: Path, engine: Engine, form: Form) -> None:
        """Begin; `opened` locks and reads the folder."""
        self.path, self.done, self.refused = path, set[str](), Counter[str]()
        self._engine, self._form = engine, form

    def write(self, outcome: Answer) -> Path | None:
        """Store what became of a task, and return the text's file; None: there is no text.

        Raises:
            OSError: It cannot be written; what was stored before stays whole.
        """
        task, text, path = outcome.task, outcome.text, None
        rejected = list(outcome.rejected)
        if text is not None:
            try:
                path = self._store(outcome, text)
            except SourceError as error:
                rejected.append(Rejected(outcome.chosen, NOT_OF_FORM, str(error), text))
        rows = [self._rejected(task, one) for one in rejected]
        if path is None:
            rows[-1]["final"] = True
            self.refused[rejected[-1].reason] += 1
        self._append(REJECTED, rows)
        if text is not None and path is not None:
            self._append(TEXTS, [self._row(outcome, text, path)])
        self.done.add(task.key)
        return path

    def _store(self, outcome: Answer, text: GeneratedText) -> Path:
        engine, form, task = self._engine, self._form, outcome.task
        notice = engine.notice(task.seed) if form.labelled else None
        posting = text_file.posting(task, engine.era)
        file = text_file.encoded(text.text, engine.era, notice, form, posting)
        path = self.path / text_file.name(task, text_file.ending(engine.era, text.text))
        beside = text_file.sidecar(outcome, text, engine, file, form, path.name)
        write_atomically(path, file.raw, sync=True)
        sidecar.write(beside, sidecar.beside(path))
        return path

    def _row(self, outcome: Answer, text: GeneratedText, path: Path) -> dict[str, Any]:
        task = outcome.task
        return {
            **_of_task(task),
            "file": path.name,
            "text": text.text,
            "tokens": text.tokens,
            "stopped": text.stopped,
            **text_file.guarded(text),
            "candidates": task.candidates,
            "scores": outcome.scores,
            **self._origin(task),
        }

    def _rejected(self, task: TextTask, one: Rejected) -> dict[str, Any]:
        said = {"candidate": one.candidate, "reason": one.reason, "detail": one.detail}
        if one.text is None:
            return {**_of_task(task), **said}
        written = {"text": one.text.text, "tokens": one.text.tokens}
        return {**_of_task(task), **said, **written, **self._origin(task)}

    def _origin(self, task: TextTask) -> dict[str, Any]:
        model = self._engine.model
        return {
            "origin": "synthetic",
            label.FIELD: label.uri(label.GENERATED),
            "labelled": self._form.labelled,
            "watermark": self._engine.mark is not None,
            "model": model.name,
            "model_sha256": model.sha256,
            "base": model.base,
            "strength": model.strength,
            "seed": task.seed,
        }

    def _append(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Append rows in one piece, and wait until they are on the disk."""
        if not rows:
            return
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        with (self.path / name).open("ab") as file:
            file.write(lines.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())


def _of_task(task: TextTask) -> dict[str, Any]:
    return {
        "key": task.key,
        "number": task.number,
        "copy": task.copy,
        "brief": task.request,
        "title": task.brief.title,
    }


@contextmanager
def opened(path: Path, engine: Engine, form: Form, later: str) -> Iterator[Folder]:
    """Hold a folder for this process, and find out what was finished in it.

    Args:
        path: The folder; it is made where it is not there.
        engine: What writes.
        form: How texts become files.
        later: What becomes of briefs that name what is later than the era.

    Raises:
        RunError: Another process holds it, it holds something else, or texts made otherwise.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        names = {entry.name for entry in path.iterdir()} - {LOCK}
        if names and BATCH not in names and not all(n.endswith(".partial") for n in names):
            raise RunError(f"{path} holds other files. Name an empty folder with --out.")
        held = FileLock(path / LOCK, timeout=0)
        held.acquire()
    except Timeout:
        raise RunError(
            f"{path} is in use by another erastyle. Wait for it, or name another --out."
        ) from None
    except OSError as error:
        raise RunError(f"{path}: {error.strerror}. Name another folder with --out.") from None
    try:
        folder = Folder(path, engine, form)
        _agree(path, identity(engine, form, later))
        folder.done = _finished(path)
        yield folder
    finally:
        held.release()


def _agree(path: Path, wanted: Mapping[str, Any]) -> None:
    """Refuse to continue a folder whose texts were made otherwise; begin it where it is new.

    Raises:
        RunError: They were, or what they were made with cannot be read.
    """
    for partial in path.glob(".*.partial"):
        partial.unlink(missing_ok=True)
    file = path / BATCH
    if not file.exists():
        write_atomically(file, json.dumps(wanted, indent=1, ensure_ascii=False) + "\n", sync=True)
        return
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file}: damaged ({error}). Name another folder with --out.") from None
    if changed := differences(known, dict(wanted)):
        raise RunError(
            f"{path} holds texts that were made otherwise ({'; '.join(changed[:3])}). Take the "
            "same options to continue, or name another folder with --out."
        )


def _finished(path: Path) -> set[str]:
    """Return the keys of the finished tasks, and mend what an interruption left half written."""
    texts = _whole(path / TEXTS)
    rejected = _whole(path / REJECTED)
    done = {row["key"] for row in texts}
    done |= {row["key"] for row in rejected if row.get("final")}
    kept = [row for row in rejected if row["key"] in done]
    if len(kept) < len(rejected):  # of a task that is written again
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
        write_atomically(path / REJECTED, lines, sync=True)
    return done


def _whole(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a file; a last line that was cut off is taken out of it.

    Raises:
        RunError: Another line is damaged.
    """
    if not file.exists():
        return []
    raw = file.read_bytes()
    end = raw.rfind(b"\n") + 1
    if end < len(raw):
        write_atomically(file, raw[:end], sync=True)
    rows = []
    for number, line in enumerate(raw[:end].split(b"\n")[:-1], 1):
        try:
            row = json.loads(line)
            row["key"]
        except (ValueError, TypeError, KeyError):
            raise RunError(
                f"{file}:{number}: damaged. Take the line out, or name another folder with --out."
            ) from None
        rows.append(row)
    return rows
