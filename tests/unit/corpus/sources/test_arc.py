"""ARC files: both versions, records that share a gzip member, and joined or damaged files."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import pytest

from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.registry import open_source

HEADER_FIELDS = {
    1: b"URL IP-address Archive-date Content-type Archive-length",
    2: b"URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename "
    b"Archive-length",
}


def page(number: int) -> bytes:
    return b"<HTML><TITLE>Boats</TITLE><P>Boat %d lies in the harbour.</HTML>\n" % number


def version_block(version: int) -> bytes:
    block = b"%d 0 Museum\n%s\n\n" % (version, HEADER_FIELDS[version])
    more = b"200 - - 0 x.arc " if version == 2 else b""
    head = b"filedesc://x.arc 0.0.0.0 19970201000000 text/plain "
    return head + more + b"%d\n" % len(block) + block


def arc_record(
    number: int,
    version: int = 1,
    *,
    url: bytes = b"",
    media: bytes = b"text/html",
    http: bool = True,
) -> bytes:
    body = page(number)
    head = b"HTTP/1.0 200 OK\r\nContent-Type: %s\r\n\r\n" % media if http else b""
    block = head + body
    more = b"200 c%d - 99 x.arc " % number if version == 2 else b""
    return (
        (url or b"http://h%d.example/a.html" % number)
        + b" 10.0.0.%d 19970203040506 " % number
        + media
        + b" "
        + more
        + b"%d\n" % len(block)
        + block
        + b"\n"
    )


def read(path: Path, data: bytes) -> list[Item]:
    path.write_bytes(data)
    return list(open_source(f"warc:{path}").read())


def pages(items: list[Item]) -> list[bytes]:
    return [item.raw for item in items if isinstance(item, Record)]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("members", [[5], [1, 4], [1, 1, 1, 1, 1], [2, 3], [1, 2, 2]])
@pytest.mark.parametrize("head", [b"", b"\n", b"\r\n\r\n"])
def test_every_record_of_a_gzip_member_is_read(
    tmp_path: Path, version: int, members: list[int], head: bytes
) -> None:
    parts = [version_block(version), *(arc_record(n, version) for n in range(4))]
    data = b""
    for size in members:
        data += gzip.compress(head + b"".join(parts[:size]))
        parts = parts[size:]
    items = read(tmp_path / "a.arc.gz", data)
    assert pages(items) == [page(n) for n in range(4)]
    assert len(items) == 5


def test_an_arc_file_in_one_gzip_stream_of_many_megabytes_is_read_to_its_end(
    tmp_path: Path,
) -> None:
    filler = b"http://big.example/%d 10.0.0.1 19970203040506 image/gif 8000000\n"
    parts = [version_block(1), arc_record(1)]
    parts += [filler % n + bytes([65 + n]) * 8_000_000 + b"\n" for n in range(6)]
    parts.append(arc_record(2))
    items = read(tmp_path / "a.arc.gz", gzip.compress(b"".join(parts), 1))
    assert pages(items) == [page(1), page(2)]
    assert len(items) == 9


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("url", "source"),
    [
        (b"http://a.example/one two.html", "http://a.example/one%20two.html"),
        (b"http://a.example/10.0.0.1 x", "http://a.example/10.0.0.1%20x"),
        (b"HTTP://a.example/", "HTTP://a.example/"),
        (b"https://a.example/?q=1 2 3", "https://a.example/?q=1%202%203"),
    ],
)
def test_fields_are_counted_from_the_end_because_a_url_may_hold_blanks(
    tmp_path: Path, version: int, url: bytes, source: str
) -> None:
    (item,) = read(tmp_path / "a.arc", arc_record(1, version, url=url))
    assert isinstance(item, Record)
    assert (item.source, item.captured, item.raw) == (source, "1997-02-03", page(1))


@pytest.mark.parametrize("version", [1, 2])
def test_a_type_may_hold_blanks_and_counts_where_the_answer_has_no_headers(
    tmp_path: Path, version: int
) -> None:
    media = b"text/html; charset=iso-8859-2"
    (item,) = read(tmp_path / "a.arc", arc_record(1, version, media=media, http=False))
    assert isinstance(item, Record)
    assert item.content_type == media.decode()
    (item,) = read(tmp_path / "b.arc", arc_record(1, version, media=b"image/gif", http=False))
    assert isinstance(item, Skipped)


@pytest.mark.parametrize("moment", [b"19700101000000", b"00000000000000", b"19971399000000"])
def test_a_capture_that_no_clock_can_show_is_no_date(tmp_path: Path, moment: bytes) -> None:
    data = arc_record(1).replace(b"19970203040506", moment)
    (item,) = read(tmp_path / "a.arc", data)
    assert isinstance(item, Record)
    assert item.captured == ""


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("delta", [-60, -9, 9, 60, 100_000])
def test_a_wrong_length_costs_one_record_of_an_arc_file(
    tmp_path: Path, packed: bool, delta: int
) -> None:
    parts = [arc_record(n) for n in range(4)]
    length = len(parts[1].split(b"\n", 1)[1]) - 1
    parts[1] = parts[1].replace(b" %d\n" % length, b" %d\n" % (length + delta), 1)
    data = gzip.compress(b"".join(parts)) if packed else b"".join(parts)
    items = read(tmp_path / ("a.arc.gz" if packed else "a.arc"), data)
    assert pages(items) == [page(0), page(2), page(3)]
    assert sum(isinstance(item, Unreadable) for item in items) == 1


def test_a_damaged_header_costs_its_record_and_not_the_one_before(tmp_path: Path) -> None:
    parts = [arc_record(n) for n in range(4)]
    parts[2] = b"\xff" + parts[2][1:]
    items = read(tmp_path / "a.arc", b"".join(parts))
    assert pages(items) == [page(0), page(1), page(3)]
    assert isinstance(items[2], Unreadable)


def warc_record(number: int, ends: bytes = b"\r\n") -> bytes:
    block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(number)
    lines = [
        b"WARC/1.0",
        b"WARC-Type: response",
        b"WARC-Target-URI: http://w%d.example/" % number,
        b"WARC-Date: 1998-01-02T03:04:05Z",
        b"Content-Type: application/http; msgtype=response",
        b"Content-Length: %d" % len(block),
    ]
    return ends.join(lines) + ends * 2 + block + ends * 2


def test_files_that_were_joined_are_read_whatever_their_formats(tmp_path: Path) -> None:
    parts = [
        arc_record(0),
        warc_record(1),
        gzip.compress(arc_record(2) + arc_record(3)),
        gzip.compress(warc_record(4)),
        arc_record(5),
        warc_record(6),
    ]
    for turn in range(len(parts)):
        turned = parts[turn:] + parts[:turn]
        items = read(tmp_path / f"{turn}.warc", b"".join(turned))
        assert sorted(pages(items)) == [page(n) for n in range(7)]
        assert len(items) == 7


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("pack", ["plain", "members", "one member"])
def test_header_lines_may_end_in_a_line_feed_alone(tmp_path: Path, ends: bytes, pack: str) -> None:
    parts = [warc_record(n, ends) for n in range(3)]
    if pack == "members":
        parts = [gzip.compress(part) for part in parts]
    data = b"".join(parts)
    items = read(tmp_path / "a.warc", gzip.compress(data) if pack == "one member" else data)
    assert pages(items) == [page(n) for n in range(3)]
    assert len(items) == 3


def test_header_lines_of_a_mixed_file_end_each_in_its_own_way(tmp_path: Path) -> None:
    data = b"".join(warc_record(n, (b"\n", b"\r\n")[n % 2]) for n in range(6))
    assert pages(read(tmp_path / "a.warc", data)) == [page(n) for n in range(6)]


def test_a_member_whose_stored_data_are_cut_is_told(tmp_path: Path) -> None:
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    data = packer.compress(arc_record(1) + arc_record(2)) + packer.flush()
    items = read(tmp_path / "a.arc.gz", gzip.compress(arc_record(0)) + data[:-12])
    assert page(0) in pages(items)
    assert any(isinstance(item, Unreadable) for item in items)
