"""The Wayback source against an archive on this machine."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.online.wayback import Capture, WaybackSource, choose
from erastyle.corpus.sources.registry import kinds, open_source
from tests.fake_server import FakeArchive, Reply, most_a_minute, serve


def page(number: int) -> bytes:
    return f"<HTML><TITLE>Page {number}</TITLE><BODY>Number {number}</BODY></HTML>".encode()


CAPTURES = [(f"199{n % 4 + 4}0203040506", f"http://foo.edu/p{n}.html", page(n)) for n in range(8)]


@pytest.fixture
def archive() -> Iterator[FakeArchive]:
    with serve(FakeArchive(CAPTURES)) as server:
        assert isinstance(server, FakeArchive)
        yield server


def opened(archive: FakeArchive, cache: Path, where: str = "foo.edu", **more: str) -> WaybackSource:
    options = {
        "from": "1994", "to": "1997", "base": archive.base, "cache": str(cache),
        "contact": "ann@foo.example", **more,
    }  # fmt: skip
    query = "&".join(f"{name}={value}" for name, value in options.items())
    source = open_source(f"wayback:{where}?{query}")
    assert isinstance(source, WaybackSource)
    source.clock = archive.clock
    return source


def bodies(items: list[Item]) -> list[bytes]:
    return [item.raw for item in items if isinstance(item, Record)]


def errors(items: list[Item]) -> list[str]:
    return [item.error for item in items if isinstance(item, Unreadable)]


def test_each_capture_comes_as_it_was_archived(archive: FakeArchive, tmp_path: Path) -> None:
    archive.headers = {
        "x_archive_orig_last_modified": "Mon, 03 Jan 1994 10:00:00 GMT",
        "x_archive_orig_server": "NCSA/1.3",
    }
    items = list(opened(archive, tmp_path).read())
    assert sorted(bodies(items)) == sorted(page(n) for n in range(8))
    first = items[0]
    assert isinstance(first, Record)
    assert first.source == "http://foo.edu/p0.html"
    assert (first.site, first.captured) == ("foo.edu", "1994-02-03")
    assert first.headers["last-modified"] == "Mon, 03 Jan 1994 10:00:00 GMT"
    assert "ann@foo.example" in archive.seen[0]["user-agent"]
    assert {s["accept-encoding"] for s in archive.seen} == {"identity"}


def test_reading_again_asks_nothing_and_gives_the_same(
    archive: FakeArchive, tmp_path: Path
) -> None:
    first = list(opened(archive, tmp_path).read())
    asked = len(archive.asked)
    again = opened(archive, tmp_path)
    assert list(again.read()) == first
    assert len(archive.asked) == asked
    assert str(again.forecast()) == "no requests: all of it is in the cache"


def test_no_more_requests_a_minute_than_agreed(tmp_path: Path) -> None:
    many = [("19950203040506", f"http://foo.edu/{n:03}", page(n)) for n in range(64)]
    with serve(FakeArchive(many, rows=2)) as archive:
        assert isinstance(archive, FakeArchive)
        assert len(bodies(list(opened(archive, tmp_path).read()))) == 64
        lists = [w for w, p in zip(archive.when, archive.asked, strict=True) if "/cdx/" in p]
        pages = [w for w, p in zip(archive.when, archive.asked, strict=True) if "/web/" in p]
    assert len(lists) == 32
    assert most_a_minute(lists) <= 24
    assert most_a_minute(pages) <= 60


def test_an_interrupted_reading_goes_on_where_it_stopped(
    archive: FakeArchive, tmp_path: Path
) -> None:
    reading = opened(archive, tmp_path).read()
    before = [next(reading) for _ in range(3)]
    reading.close()
    rest = opened(archive, tmp_path)
    assert str(rest.forecast()) == "5 playback requests, about 1 minute"
    items = list(rest.read())
    assert items[:3] == before
    assert len(bodies(items)) == 8
    assert all(archive.count(f"/p{n}.html") == 1 for n in range(8))


def test_an_interrupted_list_goes_on_where_it_stopped(archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults["resumeKey=6"] = [Reply(fault="reset")] * 4
    with pytest.raises(SourceError, match="no list of captures"):
        list(opened(archive, tmp_path).read())
    assert len(bodies(list(opened(archive, tmp_path).read()))) == 8
    assert archive.count("resumeKey=3") == 1
    assert archive.count("/cdx/") - archive.count("resumeKey") == 1


def test_the_same_text_is_asked_for_once_as_first_captured(tmp_path: Path) -> None:
    twice = [
        ("19960101000000", "http://foo.edu/a", page(1)),
        ("19950101000000", "http://foo.edu/b", page(1)),
        ("19970101000000", "http://foo.edu/a", page(2)),
    ]
    with serve(FakeArchive(twice)) as archive:
        assert isinstance(archive, FakeArchive)
        items = list(opened(archive, tmp_path).read())
    assert [(i.source, i.captured) for i in items if isinstance(i, Record)] == [
        ("http://foo.edu/a", "1997-01-01"), ("http://foo.edu/b", "1995-01-01"),
    ]  # fmt: skip


def test_a_sample_of_pages_is_the_same_whatever_the_order() -> None:
    captures = [Capture(f"k{n:02}", "19950101000000", f"u{n}", f"D{n}") for n in range(50)]
    chosen = choose(captures, 10)
    assert len(chosen) == 10
    assert choose(captures[::-1], 10) == chosen
    assert {c.urlkey for c in chosen} != {c.urlkey for c in captures[:10]}


def test_a_packed_body_is_unpacked_and_its_digest_compared(tmp_path: Path) -> None:
    packed = gzip.compress(page(1), mtime=0)
    with serve(FakeArchive([("19950101000000", "http://foo.edu/a", packed)])) as archive:
        assert isinstance(archive, FakeArchive)
        archive.headers = {"content_encoding": "gzip"}
        assert bodies(list(opened(archive, tmp_path).read())) == [page(1)]


def test_what_is_kept_is_a_web_archive_that_other_programs_read(
    archive: FakeArchive, tmp_path: Path
) -> None:
    from warcio.archiveiterator import ArchiveIterator

    items = list(opened(archive, tmp_path).read())
    (kept,) = tmp_path.rglob("answers.warc.gz")
    with kept.open("rb") as file:
        found = [r.content_stream().read() for r in ArchiveIterator(file, check_digests="raise")]
    assert found == bodies(items)
    assert bodies(list(open_source(str(kept)).read())) == found


def test_addresses_never_become_file_names(tmp_path: Path) -> None:
    evil = "http://foo.edu/..%2F..%2F..%2Fetc/passwd%00/NUL:con"
    with serve(FakeArchive([("19950101000000", evil, page(1))])) as archive:
        assert isinstance(archive, FakeArchive)
        items = list(opened(archive, tmp_path / "cache").read())
    assert [i.source for i in items if isinstance(i, Record)] == [evil]
    names = {p.name for p in tmp_path.rglob("*") if len(p.name) != 64}
    files = {"answers.jsonl", "answers.warc.gz", "listing.jsonl", "lock", "pace.json"}
    assert names == {"cache", "wayback", *files}


def test_nobody_asks_without_a_contact_address(
    archive: FakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ERASTYLE_CONTACT", raising=False)
    with pytest.raises(ConfigError, match="ERASTYLE_CONTACT"):
        opened(archive, tmp_path, contact="")
    with pytest.raises(ConfigError, match="neither an e-mail address"):
        opened(archive, tmp_path, contact="ann")
    monkeypatch.setenv("ERASTYLE_CONTACT", "bob@foo.example")
    list(opened(archive, tmp_path, contact="").read())
    assert "bob@foo.example" in archive.seen[0]["user-agent"]
    monkeypatch.delenv("ERASTYLE_CONTACT")
    assert len(list(opened(archive, tmp_path, contact="").read())) == 8  # all is there


def test_before_the_list_is_known_the_forecast_is_a_bound(
    archive: FakeArchive, tmp_path: Path
) -> None:
    source = opened(archive, tmp_path, pages="600")
    assert str(source.forecast()) == ("at most 100 CDX and 600 playback requests, about 15 minutes")
    assert not archive.asked


def test_the_digest_is_that_of_the_question(archive: FakeArchive, tmp_path: Path) -> None:
    source = opened(archive, tmp_path)
    assert source.digest() == opened(archive, tmp_path / "b", contact="b@c.example").digest()
    assert source.digest() != opened(archive, tmp_path, pages="9").digest()
    before = source.digest()
    list(source.read())
    assert opened(archive, tmp_path).digest() == before


def test_a_run_beside_another_does_not_ask(archive: FakeArchive, tmp_path: Path) -> None:
    reading = opened(archive, tmp_path).read()
    next(reading)
    with pytest.raises(SourceError, match="another run is reading from"):
        list(opened(archive, tmp_path, pages="5").read())
    reading.close()


@pytest.mark.parametrize(
    ("where", "more", "wanted"),
    [
        ("nohost", {}, "write a host"),
        ("foo.edu", {"from": "95"}, "a year or a day"),
        ("foo.edu", {"from": "1998"}, "from is after to"),
        ("foo.edu", {"pages": "many"}, "whole number"),
        ("foo.edu", {"page": "9"}, "pages"),
        ("foo.edu", {"base": "file:///etc"}, "address of a server"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is(
    archive: FakeArchive, tmp_path: Path, where: str, more: dict[str, str], wanted: str
) -> None:
    with pytest.raises(ConfigError, match=wanted):
        opened(archive, tmp_path, where, **more)
    assert not archive.asked


def test_a_host_without_captures_is_said(archive: FakeArchive, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no captures of foo\.edu.*wider period"):
        list(opened(archive, tmp_path, **{"from": "1980", "to": "1981"}).read())


def test_the_kind_is_known() -> None:
    assert "wayback" in kinds()


def test_the_command_takes_the_period_of_the_era_and_says_what_it_would_ask(
    archive: FakeArchive, tmp_path: Path
) -> None:
    from erastyle.config import load

    spec = f"wayback:foo.edu?base={archive.base}&cache={tmp_path}&contact=a@b.example&pages=120"
    asked = ("ingest", "web-1995", "--run", tmp_path / "run", "--source", spec, "--dry-run")
    from tests.conftest import erastyle

    result = erastyle(*asked)
    assert result.exit_code == 0, result.output
    shown = " ".join(result.output.split())
    wanted = "at most 100 CDX and 120 playback requests, about 7 minutes"
    assert f"web.archive.org foo.edu: {wanted}" in shown
    assert not archive.asked
    config = load("web-1995", [f'ingest.sources=["{spec}"]'])
    assert config.ingest.sources == (f"{spec}&from=1993-01-01&to=1997-12-31",)


def test_the_command_ingests_captures_and_a_second_time_asks_nothing(tmp_path: Path) -> None:
    from tests.conftest import erastyle

    captures = [("19950203040506", f"http://foo{n}.edu/", page(n)) for n in range(2)]
    with serve(FakeArchive(captures)) as archive:
        query = f"base={archive.base}&cache={tmp_path / 'cache'}&contact=a@b.example"
        asked = (
            "ingest", "web-1995", "--source", f"wayback:foo0.edu?{query}",
            "--contrast", "synthetic-modern:9@1", "--run",
        )  # fmt: skip
        result = erastyle(*asked, tmp_path / "one")  # with the machine's clock: about a second
        assert result.exit_code == 0, result.output
        assert len(archive.asked) == 3
        assert erastyle(*asked, tmp_path / "two").exit_code == 0
        assert len(archive.asked) == 3
    one, two = (next((tmp_path / run / "ingest").iterdir()) for run in ("one", "two"))
    assert one.name == two.name
