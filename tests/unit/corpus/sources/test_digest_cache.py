"""The cache of digests: used by plans alone, never where a file could have changed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from erastyle.corpus.sources import digest_cache
from erastyle.corpus.sources.registry import open_source
from tests.conftest import erastyle

OLD = time.time() - 3600


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pages whose last change seems an hour ago, and a cache of its own."""
    monkeypatch.setenv("ERASTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(digest_cache, "FRESH", 0)  # the change time of a file cannot be set
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.html").write_text(f"<P>Boat {number} lies in the harbour of 1996.")
        os.utime(folder / f"{number}.html", (OLD, OLD))
    return folder


def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each file whose bytes are read."""
    seen: list[int] = []
    plain = digest_cache._sha256

    def counted(file: object) -> str:
        seen.append(1)
        return plain(file)  # type: ignore[arg-type]

    monkeypatch.setattr(digest_cache, "_sha256", counted)
    return seen


def planned(folder: Path) -> str:
    with digest_cache.trusted():
        return open_source(str(folder)).digest()


def test_a_second_plan_reads_no_file_and_finds_the_same(
    pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = open_source(str(pages)).digest()
    seen = read(monkeypatch)
    assert planned(pages) == plain
    assert len(seen) == 3
    assert planned(pages) == plain
    assert len(seen) == 3


def test_a_run_reads_every_file_whatever_the_cache_says(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = planned(pages)
    kept = next((tmp_path / "cache" / "digests").glob("*.json"))
    wrong = {label: [stamp, "0" * 64] for label, (stamp, _) in json.loads(kept.read_text()).items()}
    kept.write_text(json.dumps(wrong))
    assert planned(pages) != plain  # the plan believes it
    seen = read(monkeypatch)
    assert open_source(str(pages)).digest() == plain
    assert len(seen) == 3


@pytest.mark.parametrize("change", ["size", "content", "moved over", "touched"])
def test_a_changed_file_is_read_again(
    pages: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    before = planned(pages)
    file = pages / "1.html"
    text = file.read_text()
    if change == "size":
        file.write_text(text + " More.")
    elif change == "content":  # size and mtime as they were: the change time tells
        file.write_text(text.replace("Boat", "Goat"))
        os.utime(file, (OLD, OLD))
    elif change == "moved over":
        (pages.parent / "new").write_text(text.replace("Boat", "Goat"))
        os.utime(pages.parent / "new", (OLD, OLD))
        (pages.parent / "new").replace(file)
    else:
        os.utime(file)
    seen = read(monkeypatch)
    after = planned(pages)
    assert len(seen) == 1
    assert after == open_source(str(pages)).digest()
    assert (after == before) == (change == "touched")


def test_a_file_that_has_just_changed_is_not_kept(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_cache, "FRESH", 2_000_000_000)
    planned(pages)  # written a moment ago, whatever the time of change says
    seen = read(monkeypatch)
    planned(pages)
    assert len(seen) == 3
    assert not list((tmp_path / "cache").rglob("*.json"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"0.html": 3}', '{"0.html": ["a", 1]}'])
def test_a_damaged_cache_is_no_cache(pages: Path, tmp_path: Path, text: str) -> None:
    plain = planned(pages)
    kept = next((tmp_path / "cache" / "digests").glob("*.json"))
    kept.write_text(text)
    assert planned(pages) == plain


def test_a_cache_that_cannot_be_written_is_no_cache(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ERASTYLE_CACHE", str(tmp_path / "file"))
    assert planned(pages) == open_source(str(pages)).digest()


def test_only_a_dry_run_makes_a_cache(pages: Path, tmp_path: Path) -> None:
    given = ("web-1995", "--source", pages, "--run", tmp_path / "run")
    assert erastyle("run", *given, "--until", "ingest").exit_code == 0
    assert not (tmp_path / "cache" / "digests").exists()
    assert erastyle("run", *given, "--dry-run").exit_code == 0
    assert list((tmp_path / "cache" / "digests").glob("*.json"))


def test_a_folder_counts_its_files_without_reading_them(pages: Path) -> None:
    (pages / "cat.gif").write_bytes(b"GIF89a")
    (pages / "empty.html").write_bytes(b"")
    (pages / "mail.mbox").write_bytes(b"From a\n\nHi\n")
    size = sum((pages / f"{number}.html").stat().st_size for number in range(3))
    assert open_source(str(pages)).counted() == (3, size, 11)  # type: ignore[attr-defined]


def test_what_nobody_asked_for_in_a_long_time_is_removed(pages: Path, tmp_path: Path) -> None:
    planned(pages)
    kept = next((tmp_path / "cache" / "digests").glob("*.json"))
    long_ago = kept.with_name("0123456789abcdef.json")
    long_ago.write_text("{}")
    os.utime(long_ago, (0, 0))
    (pages / "3.html").write_text("<P>Another page.")
    planned(pages)
    assert list(kept.parent.iterdir()) == [kept]
