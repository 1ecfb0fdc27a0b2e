"""Servers that refuse, break off, drip, lie and bomb."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from erastyle.corpus.errors import SourceError
from erastyle.corpus.record import Record, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.online.wayback import WaybackSource
from erastyle.corpus.sources.registry import open_source
from tests.fake_server import FakeArchive, Reply, serve, sha1


def page(number: int) -> bytes:
    return f"<HTML><TITLE>Page {number}</TITLE><BODY>Number {number}</BODY></HTML>".encode()


@pytest.fixture
def archive() -> Iterator[FakeArchive]:
    captures = [("19950203040506", f"http://foo.edu/p{n}", page(n)) for n in range(5)]
    with serve(FakeArchive(captures)) as server:
        assert isinstance(server, FakeArchive)
        yield server


def opened(archive: FakeArchive, cache: Path, **more: str) -> WaybackSource:
    options = {"from": "1994", "to": "1997", "base": archive.base, "cache": str(cache)}
    query = "&".join(f"{k}={v}" for k, v in {**options, "contact": "a@b.example", **more}.items())
    source = open_source(f"wayback:foo.edu?{query}")
    assert isinstance(source, WaybackSource)
    source.clock = archive.clock
    return source


def good(items: list[Item]) -> list[bytes]:
    return [item.raw for item in items if isinstance(item, Record)]


def errors(items: list[Item]) -> list[str]:
    return [item.error for item in items if isinstance(item, Unreadable)]


def test_a_429_stops_everything_for_a_minute_and_the_next_for_two(
    archive: FakeArchive, tmp_path: Path
) -> None:
    archive.faults["/p1"] = [Reply(status=429), Reply(status=429)]
    assert len(good(list(opened(archive, tmp_path).read()))) == 5
    at = [w for w, p in zip(archive.when, archive.asked, strict=True) if "/p1" in p]
    gaps = [b - a for a, b in itertools.pairwise(at)]
    assert len(gaps) == 2
    assert gaps[0] >= 59.9
    assert gaps[1] >= 119.9


def test_a_longer_time_that_the_server_names_is_kept(archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults["/cdx/"] = [Reply(status=429, retry_after="300")]
    list(opened(archive, tmp_path).read())
    assert archive.when[1] - archive.when[0] >= 299.9


def test_a_server_that_goes_on_refusing_is_left_alone_and_the_stop_outlives_the_run(
    archive: FakeArchive, tmp_path: Path
) -> None:
    archive.faults["/p2"] = [Reply(status=429)] * 5
    with pytest.raises(SourceError, match=r"fewer requests.*run again in 16 minutes"):
        list(opened(archive, tmp_path).read())
    stopped = archive.clock.now()
    assert len(good(list(opened(archive, tmp_path).read()))) == 5
    later = [w for w in archive.when if w > stopped]
    assert later[0] - stopped >= 900
    assert archive.count("/p0") == archive.count("/p1") == 1


@pytest.mark.parametrize(
    "fault", [Reply(status=503), Reply(fault="reset"), Reply(page(2), fault="cut")]
)
def test_what_passes_is_asked_for_again(archive: FakeArchive, tmp_path: Path, fault: Reply) -> None:
    archive.faults["/p2"] = [fault] * 3
    assert good(list(opened(archive, tmp_path).read())) == [page(n) for n in range(5)]
    assert archive.count("/p2") == 4
    assert {5.0, 10.0, 20.0} <= {round(s) for s in archive.clock.slept}


def test_what_does_not_pass_costs_one_page(archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults["/p2"] = [Reply(status=503)] * 4
    items = list(opened(archive, tmp_path).read())
    assert good(items) == [page(n) for n in (0, 1, 3, 4)]
    assert errors(items) == ["HTTP status 503, 4 times"]
    asked = len(archive.asked)
    assert list(opened(archive, tmp_path).read()) == items
    assert len(archive.asked) == asked


def test_an_archive_that_is_down_does_not_use_up_its_pages(
    archive: FakeArchive, tmp_path: Path
) -> None:
    for n in (1, 2, 3):
        archive.faults[f"/p{n}"] = [Reply(fault="reset")] * 4
    with pytest.raises(SourceError, match=r"does not answer.*run again"):
        list(opened(archive, tmp_path).read())
    assert len(good(list(opened(archive, tmp_path).read()))) == 5


def test_an_answer_that_drips_is_given_up(
    archive: FakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WaybackSource, "seconds", 0.3)
    archive.faults["/p2"] = [Reply(page(2), fault="drip")] * 4
    start = time.monotonic()
    items = list(opened(archive, tmp_path).read())
    assert time.monotonic() - start < 4
    assert errors(items) == ["no whole answer within 0.3 s, 4 times"]
    assert len(good(items)) == 4


def test_another_text_than_the_archived_one_is_refused(
    archive: FakeArchive, tmp_path: Path
) -> None:
    archive.digests["http://foo.edu/p3"] = sha1(b"what was archived")
    items = list(opened(archive, tmp_path).read())
    assert errors(items) == ["digest does not match: not what was archived"]
    assert archive.count("/p3") == 2


@pytest.mark.parametrize(
    ("location", "wanted"),
    [
        ("/web/19950203040506id_/http://foo.edu/p2", "in a circle"),
        ("http://elsewhere.example/web/x", "redirects elsewhere"),
        ("/elsewhere", "redirects elsewhere"),
    ],
)
def test_redirects_that_lead_nowhere_cost_one_page(
    archive: FakeArchive, tmp_path: Path, location: str, wanted: str
) -> None:
    archive.faults["/p2"] = [Reply(status=302, location=location)] * 9
    items = list(opened(archive, tmp_path).read())
    assert len(good(items)) == 4
    assert wanted in errors(items)[0]


def test_redirects_without_end_stop_after_five(archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults["/p2"] = [Reply(status=302, location="/web/a0")]
    for n in range(20):
        archive.faults[f"/web/a{n}"] = [Reply(status=302, location=f"/web/a{n + 1}")]
    items = list(opened(archive, tmp_path).read())
    assert "more than 5 redirects" in errors(items)[0]
    assert archive.count("/web/a") == 5


def test_a_body_over_the_bound_and_one_that_unpacks_over_it_cost_one_page(
    archive: FakeArchive, tmp_path: Path
) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9, mtime=0)
    archive.digests["http://foo.edu/p1"] = sha1(bomb)
    archive.faults["/p1"] = [Reply(bomb, content_encoding="gzip")]
    archive.faults["/p2"] = [Reply(bytes(33 * 1024 * 1024 + 1))]
    items = list(opened(archive, tmp_path).read())
    assert good(items) == [page(n) for n in (0, 3, 4)]
    assert any("unpacks to more than" in e for e in errors(items))
    assert any("larger than 32 MB" in e for e in errors(items))


def test_rubbish_in_the_list_is_counted(archive: FakeArchive, tmp_path: Path) -> None:
    archive.rubbish = ["<html>", "key 1995 x", "\x00\x01"]
    items = list(opened(archive, tmp_path).read())
    assert errors(items) == ["no CDX row"] * 3
    assert len(good(items)) == 5


def test_a_list_that_repeats_its_key_ends(archive: FakeArchive, tmp_path: Path) -> None:
    row = f"k http://x 1 {sha1(b'')}"
    archive.faults["/cdx/"] = [Reply(f"{row}\n\nsame\n".encode())] * 9
    with pytest.raises(SourceError, match="no captures"):
        list(opened(archive, tmp_path).read())
    assert archive.count("/cdx/") == 2


def test_the_time_allowed_is_kept(archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults["/p2"] = [Reply(status=429)] * 2
    with pytest.raises(SourceError, match=r"minutes allowed are used up.*minutes="):
        list(opened(archive, tmp_path, minutes="1").read())
    archive.faults.clear()
    assert len(good(list(opened(archive, tmp_path, minutes="9").read()))) == 5


@pytest.mark.parametrize("name", ["answers.jsonl", "listing.jsonl", "pace.json"])
def test_a_state_file_that_is_cut_costs_only_what_was_cut(
    archive: FakeArchive, tmp_path: Path, name: str
) -> None:
    items = list(opened(archive, tmp_path).read())
    (path,) = tmp_path.rglob(name)
    path.write_bytes(path.read_bytes()[:-7])
    again = list(opened(archive, tmp_path).read())
    assert again == items


def test_a_cached_record_that_is_damaged_is_unreadable(
    archive: FakeArchive, tmp_path: Path
) -> None:
    list(opened(archive, tmp_path).read())
    (index,) = tmp_path.rglob("answers.jsonl")
    row = json.loads(index.read_text().splitlines()[2])
    (path,) = tmp_path.rglob("answers.warc.gz")
    data = bytearray(path.read_bytes())
    data[(row["offset"] + row["end"]) // 2] ^= 0x40
    path.write_bytes(data)
    items = list(opened(archive, tmp_path).read())
    assert len(good(items)) == 4
    assert len(errors(items)) == 1
