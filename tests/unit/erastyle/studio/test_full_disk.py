"""A full disk: no text is lost, every page can be read, and the page says what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from fastapi.testclient import TestClient

from erastyle.studio import app as studio_app
from erastyle.studio import writing_jobs
from erastyle.studio.history import History
from erastyle.studio.history_file import DiskFullError
from tests.scripted_writer import ScriptedWriter
from tests.studio_run import make_run

PAGE = "<HTML><TITLE>{title}</TITLE><P>" + "Kites fly well in Leeds. " * 4_000


class Disk:
    """A disk on which a history lies, and which can be filled and emptied."""

    folder: Path

    def fill(self) -> None:
        raise NotImplementedError

    def empty(self) -> None:
        raise NotImplementedError


class SmallDisk(Disk):
    """A real file system of one megabyte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        file = os.open(self.folder / "filling", os.O_WRONLY | os.O_CREAT)
        for size in (4096, 1):
            try:
                while True:
                    os.write(file, b"x" * size)
            except OSError:
                pass
        os.close(file)

    def empty(self) -> None:
        (self.folder / "filling").unlink()


class LimitedFile(Disk):
    """A history whose file may not grow: SQLite says the same as on a full disk."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch

    def fill(self) -> None:
        real = sqlite3.connect

        def small(*arguments: Any, **options: Any) -> sqlite3.Connection:
            database = real(*arguments, **options)
            pages = database.execute("PRAGMA page_count").fetchone()[0]
            database.execute(f"PRAGMA max_page_count={pages}")
            return database

        self._patch.setattr(sqlite3, "connect", small)

    def empty(self) -> None:
        self._patch.undo()


@pytest.fixture(params=["file system", "limited file"])
def disk(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    folder = tmp_path / "small"
    folder.mkdir()
    if request.param == "limited file":
        yield LimitedFile(folder, monkeypatch)
        return
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may make a small file system")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def client(tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(writing_jobs, "SAVED_EVERY", 0.1)
    run = make_run(tmp_path / "run")
    writer = ScriptedWriter(PAGE, pause=0.02, piece=8_000)
    opened = studio_app.create([run], disk.folder / "h.sqlite", writer=writer)
    with TestClient(opened.app, base_url="http://localhost") as client:
        client.studio = opened.studio
        yield client
    opened.studio.close()


def filled_while_writing(client: Any, disk: Disk) -> str:
    """Order a text, fill the disk while it is written, wait for its end, and return its address."""
    where = client.post("/texts", json={"style": "run", "brief": "Kites of Leeds"}).json()["to"]
    disk.fill()
    id_ = where.rpartition("/")[2]
    for _ in range(300):
        if client.studio.jobs.live(id_).over is not None:
            return str(where)
        time.sleep(0.02)
    raise AssertionError("the text did not end")


def test_a_text_that_could_not_be_stored_is_shown_and_stored_later(client: Any, disk: Disk):
    where = filled_while_writing(client, disk)
    id_ = where.rpartition("/")[2]
    for page in (where, where + "/result"):
        shown = client.get(page)
        assert shown.status_code == 200
        assert "Not stored." in shown.text
        assert "Make room" in shown.text
        assert shown.text.count("Kites fly well in Leeds.") >= 4_000
        assert "data-stream" not in shown.text
    assert client.get(where + "/file").content.count(b"Kites fly well") == 4_000
    assert "Kites fly well" in client.get(where + "/rendered").text
    for page in ("/", "/history"):
        assert "not stored" in client.get(page).text
    refused = client.post(where + "/store", json={})
    assert refused.status_code == 507
    assert "Make room" in refused.json()["error"]
    disk.empty()
    assert client.post(where + "/store", json={}).json()["to"] == where
    record = History(client.studio.history.file).text(id_)
    assert record.state == "done"
    assert record.text.count("Kites fly well in Leeds.") == 4_000
    assert "Not stored." not in client.get(where).text


def test_the_stream_says_that_nothing_is_stored_and_ends(client: Any, disk: Disk):
    where = client.post("/texts", json={"style": "run", "brief": "Kites of Leeds"}).json()["to"]
    disk.fill()
    with client.stream("GET", where + "/stream") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith(("event", "data"))]
    assert lines[-2] == "event: over"
    assert any("Make room" in line for line in lines)


def test_what_is_stored_when_the_studio_ends_is_whole(client: Any, disk: Disk):
    where = filled_while_writing(client, disk)
    disk.empty()
    client.studio.close()
    assert History(client.studio.history.file).text(where.rpartition("/")[2]).state == "done"


def test_every_page_is_read_and_every_form_tells_on_a_full_disk(client: Any, disk: Disk):
    client.studio.writer.page = "<P>A short page about {title}."
    where = client.post("/texts", json={"style": "run", "brief": "Kites"}).json()["to"]
    id_ = where.rpartition("/")[2]
    while client.studio.history.text(id_).state == "writing":
        time.sleep(0.02)
    client.post(where + "/collect", json={"name": "Kites"})
    before = client.studio.history.text(id_)
    disk.fill()
    for page in (
        "/",
        "/history?search=short",
        "/collections",
        "/collections/Kites",
        where,
        "/corpus",
    ):
        assert client.get(page).status_code == 200, page
    long = "<P>" + "More kites. " * 20_000
    changes = {
        "/texts": {"style": "run", "brief": "Kites " * 3_000},
        where + "/edit": {"text": long, "revision": 0},
    }
    if isinstance(disk, SmallDisk):  # a file that may not grow has room for this one
        changes[where + "/approve"] = {"by": "Ann", "note": "n" * 2_000, "revision": 0}
    for _ in range(200):  # what is left of the last pages of the file
        if client.post(where + "/collect", json={"name": f"{time.monotonic_ns()}" * 5}).is_error:
            break
    for path, body in changes.items():
        answer = client.post(path, json=body)
        assert answer.status_code == 507, (path, answer.text)
        assert "what was stored before is whole" in answer.json()["error"]
    assert client.studio.history.text(id_) == before
    disk.empty()
    with sqlite3.connect(client.studio.history.file) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert client.post(where + "/edit", json=changes[where + "/edit"]).status_code == 200


def test_a_history_on_a_full_disk_is_told_in_one_line(disk: Disk):
    if isinstance(disk, LimitedFile):
        pytest.skip("the file would have to be there")
    disk.fill()
    with pytest.raises(DiskFullError, match="Make room"):
        History(disk.folder / "h.sqlite")
    disk.empty()
    assert History(disk.folder / "h.sqlite").page() == ([], 0)
