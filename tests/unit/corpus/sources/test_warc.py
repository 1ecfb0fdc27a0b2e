"""What a record of a web archive gives."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources import sites
from erastyle.corpus.sources.base import DamagedError, Item
from erastyle.corpus.sources.registry import open_source
from erastyle.corpus.sources.warc import http_response
from erastyle.corpus.sources.warc.records import ordinary, records_of
from tests.conftest import SHARED

PAGE = b"<HTML><BODY>Welcome to my page.</BODY></HTML>"


def sha1(data: bytes) -> bytes:
    return b"sha1:" + base64.b32encode(hashlib.sha1(data).digest())


def record(
    body: bytes = PAGE,
    *,
    head: bytes = b"Content-Type: text/html\r\n",
    status: bytes = b"200 OK",
    kind: bytes = b"response",
    url: bytes = b"http://www.foo.edu/~ann/index.html",
    digest: bytes | None = None,
) -> bytes:
    block = b"HTTP/1.1 " + status + b"\r\n" + head + b"\r\n" + body
    declared = b"application/http; msgtype=response"
    if kind in (b"resource", b"conversion"):
        block, declared = body, b"text/plain"
    return (
        b"WARC/1.0\r\nWARC-Type: " + kind + b"\r\nWARC-Target-URI: " + url
        + b"\r\nWARC-Date: 1997-02-03T04:05:06Z\r\nContent-Type: " + declared
        + b"\r\nWARC-Payload-Digest: " + (digest or sha1(body))
        + b"\r\nContent-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n"
    )  # fmt: skip


def read(tmp_path: Path, *records: bytes, name: str = "a.warc") -> list[Item]:
    (tmp_path / name).write_bytes(b"".join(records))
    return list(open_source(str(tmp_path / name)).read())


def test_a_page_comes_with_its_address_headers_site_and_day(tmp_path: Path) -> None:
    head = b"Content-Type: text/html\r\nLast-Modified: Tue, 02 Jan 1996 10:00:00 GMT\r\n"
    (item,) = read(tmp_path, record(head=head))
    assert item == Record(
        source="http://www.foo.edu/~ann/index.html",
        raw=PAGE,
        site="foo.edu/~ann",
        content_type="text/html",
        headers={
            "content-type": "text/html",
            "last-modified": "Tue, 02 Jan 1996 10:00:00 GMT",
        },
        captured="1997-02-03",
    )


@pytest.mark.parametrize("packed", [True, False])
def test_gzip_and_plain_archives_give_the_same(tmp_path: Path, packed: bool) -> None:
    parts = [record(PAGE + b"%d" % n, url=b"http://h%d.example/" % n) for n in range(9)]
    plain = read(tmp_path, *parts)
    other = (
        read(tmp_path, *map(gzip.compress, parts), name="b.warc.gz")
        if packed
        else read(tmp_path, gzip.compress(b"".join(parts)), name="one-stream.warc.gz")
    )
    assert len(plain) == 9
    assert plain == other


@pytest.mark.parametrize(
    ("part", "reason", "detail"),
    [
        (record(status=b"404 Not Found"), "http status", "404"),
        (record(status=b"302 Found"), "http status", "302"),
        (record(b"GIF89a..", head=b"Content-Type: image/gif\r\n"), "not text", "image/gif"),
        (record(b"GIF89a..", head=b"Content-Type: text/html\r\n"), "not text", "image/gif"),
        (record(b"a{}", head=b"Content-Type: text/css\r\n"), "not text", "text/css"),
        (record(b"\r\n"), "empty", ""),
        (record(kind=b"request"), "record type", "request"),
        (record(kind=b"revisit"), "record type", "revisit"),
        (record(kind=b"warcinfo"), "record type", "warcinfo"),
        (record(url=b"dns:www.foo.edu"), "record type", "dns"),
    ],
)
def test_what_is_no_page_is_skipped_with_the_reason(
    tmp_path: Path, part: bytes, reason: str, detail: str
) -> None:
    (item,) = read(tmp_path, part)
    assert isinstance(item, Skipped)
    assert (item.reason, item.detail) == (reason, detail)


@pytest.mark.parametrize("head", [b"", b"Content-Type: application/octet-stream\r\n"])
def test_a_page_of_unknown_type_is_told_by_its_bytes(tmp_path: Path, head: bytes) -> None:
    (item,) = read(tmp_path, record(head=head))
    assert isinstance(item, Record)


@pytest.mark.parametrize("kind", [b"resource", b"conversion"])
def test_texts_without_http_are_taken(tmp_path: Path, kind: bytes) -> None:
    (item,) = read(tmp_path, record(b"Plain words.", kind=kind))
    assert isinstance(item, Record)
    assert item.raw == b"Plain words."


def chunks(body: bytes) -> bytes:
    return b"5\r\n" + body[:5] + b"\r\n%x; a=b\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Encoding: gzip\r\n", gzip.compress(PAGE, mtime=0)),
        (b"Content-Encoding: x-gzip\r\n", gzip.compress(PAGE, mtime=0)),
        (b"Content-Encoding: deflate\r\n", zlib.compress(PAGE)),
        (b"Content-Encoding: deflate\r\n", zlib.compress(PAGE)[2:-4]),
        (b"Content-Encoding: gzip\r\n", PAGE),
        (b"Content-Encoding: iso-8859-1\r\n", PAGE),
        (b"Transfer-Encoding: chunked\r\n", chunks(PAGE)),
        (b"Transfer-Encoding: chunked\r\n", PAGE),
        (
            b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n",
            chunks(gzip.compress(PAGE, mtime=0)),
        ),
    ],
)
def test_codings_are_undone_even_where_the_header_is_wrong(
    tmp_path: Path, head: bytes, body: bytes
) -> None:
    (item,) = read(tmp_path, record(body, head=b"Content-Type: text/html\r\n" + head))
    assert isinstance(item, Record)
    assert item.raw == PAGE


def test_a_digest_of_the_body_before_or_after_its_chunks_are_joined_holds(tmp_path: Path) -> None:
    head = b"Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n"
    for digest in (
        sha1(chunks(PAGE)),
        sha1(PAGE),
        b"sha256:" + hashlib.sha256(PAGE).hexdigest().encode(),
    ):
        (item,) = read(tmp_path, record(chunks(PAGE), head=head, digest=digest))
        assert isinstance(item, Record)


def test_a_wrong_digest_makes_a_record_unreadable(tmp_path: Path) -> None:
    bad, good = read(tmp_path, record(digest=sha1(b"other")), record())
    assert isinstance(bad, Unreadable)
    assert "payload digest does not match" in bad.error
    assert "www.foo.edu" in bad.error
    assert isinstance(good, Record)


def test_an_answer_of_http_0_9_has_no_headers() -> None:
    assert http_response.parse(PAGE) == http_response.Response(200, {}, PAGE)


def test_headers_end_with_bare_line_feeds_too() -> None:
    response = http_response.parse(b"HTTP/1.0 200\nA: 1\n b\nA: 2\nSet-Cookie: x\n\nBody\n\nmore")
    assert response == http_response.Response(200, {"a": "1 b, 2"}, b"Body\n\nmore")


def test_a_status_line_without_a_status_is_damaged() -> None:
    with pytest.raises(DamagedError, match="status line"):
        http_response.parse(b"HTTP/1.0 OK\r\n\r\n")


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("http://www.foo.edu/", "foo.edu"),
        ("http://FOO.edu:8001/a/b.html", "foo.edu"),
        ("http://foo.edu/~ann", "foo.edu/~ann"),
        ("http://foo.edu/users/~ann/", "foo.edu"),
        ("http://www.geocities.com/Area51/Vault/1234/x.html", "geocities.com/Area51/Vault/1234"),
        ("http://www.geocities.com/Area51/1234/cats/x.html", "geocities.com/Area51/1234"),
        ("http://[broken", "[broken"),
        ("urn:x", "urn:x"),
    ],
)
def test_the_site_of_an_address(url: str, site: str) -> None:
    assert sites.of_url(url) == site


def arc(*bodies: bytes) -> list[bytes]:
    info = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n\n"
    head = b"filedesc://a.arc 0.0.0.0 19961022233011 text/plain %d\n" % len(info)
    parts = [head + info + b"\n"]
    for number, body in enumerate(bodies):
        block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
        line = b"http://h%d.example:80/ 1.2.3.4 19961022233011 text/html %d\n"
        parts.append(line % (number, len(block)) + block + b"\n")
    return parts


@pytest.mark.parametrize("packed", [True, False])
def test_an_arc_file_of_1996_is_read(tmp_path: Path, packed: bool) -> None:
    parts = arc(PAGE, PAGE + b"2")
    data = map(gzip.compress, parts) if packed else parts
    info, one, two = read(tmp_path, *data, name="a.arc.gz" if packed else "a.arc")
    assert isinstance(info, Skipped)
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert (one.site, one.captured, one.raw, two.raw) == (
        "h0.example", "1996-10-22", PAGE, PAGE + b"2",
    )  # fmt: skip


def test_a_damaged_record_of_an_arc_file_costs_that_record(tmp_path: Path) -> None:
    parts = [bytearray(gzip.compress(p, mtime=0)) for p in arc(PAGE, PAGE, PAGE)]
    parts[2][40] ^= 0xFF
    items = read(tmp_path, *map(bytes, parts), name="a.arc.gz")
    assert [type(i).__name__ for i in items] == ["Skipped", "Record", "Unreadable", "Record"]


def test_what_warcio_writes_is_read(tmp_path: Path) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with (tmp_path / "a.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "test"}))
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
        page = writer.create_warc_record(
            "http://foo.example/", "response", payload=io.BytesIO(PAGE), http_headers=headers
        )
        writer.write_record(page)
    info, item = open_source(str(tmp_path / "a.warc.gz")).read()
    assert isinstance(info, Skipped)
    assert isinstance(item, Record)
    assert item.raw == PAGE


def test_a_folder_of_archives_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.warc", "a.warc"):
        (tmp_path / name).write_bytes(record(url=f"http://{name[0]}.example/".encode()))
    for spec in (f"warc:{tmp_path}", f"folder:{tmp_path}", str(tmp_path)):
        items = open_source(spec).read()
        assert [i.site for i in items if isinstance(i, Record)] == ["a.example", "b.example"]


@pytest.mark.parametrize(("name", "count"), [("web1990s", 3954), ("modern-web", 295)])
def test_every_record_of_a_real_archive_is_a_page_with_the_labelled_address(
    name: str, count: int
) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real documents (shared/data beside the checkout) are not here")
    with gzip.open(SHARED / "labels" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        labelled = {json.loads(line)["ref"] for line in file}
    items = list(open_source(str(SHARED / f"{name}.warc.gz")).read())
    assert len(items) == count
    assert all(isinstance(item, Record) for item in items)
    assert {item.source for item in items} == labelled


@pytest.mark.parametrize(
    ("change", "quick"),
    [
        (lambda raw: raw, True),
        (lambda raw: raw.replace(b"\r\n", b"\n"), False),
        (lambda raw: raw.replace(b"WARC-Date:", b"WARC-Date:\r\n "), False),
        (lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: 1"), False),
        (lambda raw: raw.replace(b"Content-Length: ", b"Content-Length: -"), False),
        (lambda raw: raw.replace(b"Content-Length", b"Content Length"), False),
        (lambda raw: raw[:-2], False),
        (lambda raw: raw[:-9], False),
        (lambda raw: raw + raw, False),
        (lambda raw: b"X" + raw, False),
        (lambda raw: raw.replace(b"WARC-Type", b"w\xffrc-type"), True),
    ],
)
def test_the_quick_way_gives_what_the_careful_one_gives_or_nothing(
    change: Callable[[bytes], bytes], quick: bool
) -> None:
    raw = change(record())
    frame = ordinary(raw, 7)
    assert (frame is not None) == quick
    if frame:
        assert [frame] == list(records_of(raw, 7))
