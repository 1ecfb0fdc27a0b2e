"""Sources that are cut, damaged, hostile or huge: counted and explained, never a crash."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import pytest

from erastyle.corpus.errors import SourceError
from erastyle.corpus.record import KEEP, Record, Skipped, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.registry import open_source
from tests.conftest import ROOT


def page(number: int) -> bytes:
    rng = random.Random(number)
    words = " ".join(f"word{rng.randrange(10**6)}" for _ in range(300))
    return f"<HTML><TITLE>Page {number}</TITLE><BODY>{words}</BODY></HTML>".encode()


def record(number: int, body: bytes | None = None, head: bytes = b"", digest: bool = True) -> bytes:
    body = page(number) if body is None else body
    http = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n" + head + b"\r\n" + body
    sha1 = base64.b32encode(hashlib.sha1(body).digest())
    lines = [
        b"WARC/1.0",
        b"WARC-Type: response",
        b"WARC-Target-URI: http://h%d.example/" % number,
        b"WARC-Date: 1997-02-03T04:05:06Z",
        b"Content-Type: application/http; msgtype=response",
        b"Content-Length: %d" % len(http),
    ]
    if digest:
        lines.append(b"WARC-Payload-Digest: sha1:" + sha1)
    return b"\r\n".join(lines) + b"\r\n\r\n" + http + b"\r\n\r\n"


def members(count: int, digest: bool = True) -> list[bytes]:
    return [gzip.compress(record(n, digest=digest), mtime=0) for n in range(count)]


def read(path: Path, data: bytes | None = None, kind: str = "") -> list[Item]:
    if data is not None:
        path.write_bytes(data)
    return list(open_source(f"{kind}:{path}" if kind else str(path)).read())


def kinds(items: list[Item]) -> dict[str, int]:
    return dict(Counter(type(item).__name__ for item in items))


def hosts(items: list[Item]) -> list[str]:
    return [item.site for item in items if isinstance(item, Record)]


# --- web archives ------------------------------------------------------------------------------


def test_a_cut_web_archive_gives_what_stands_before_the_cut(tmp_path: Path) -> None:
    parts = members(5)
    items = read(tmp_path / "a.warc.gz", b"".join(parts)[:-300])
    assert hosts(items) == [f"h{n}.example" for n in range(4)]
    assert isinstance(items[-1], Unreadable)
    assert items[-1].offset == sum(map(len, parts[:4]))
    assert "cut short" in items[-1].error


def test_a_web_archive_that_lost_only_its_last_bytes_counts_the_last_record(tmp_path: Path) -> None:
    items = read(tmp_path / "a.warc.gz", b"".join(members(3))[:-4])
    assert kinds(items) == {"Record": 2, "Unreadable": 1}


def test_a_plain_web_archive_that_is_cut_keeps_the_whole_records(tmp_path: Path) -> None:
    items = read(tmp_path / "a.warc", b"".join(map(record, range(4)))[:-100])
    assert hosts(items) == ["h0.example", "h1.example", "h2.example"]
    assert "cut short" in items[-1].error


@pytest.mark.parametrize("where", [0.0, 0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("digest", [True, False])
def test_a_flipped_bit_costs_one_gzip_member(tmp_path: Path, where: float, digest: bool) -> None:
    parts = members(5, digest)
    data = bytearray(b"".join(parts))
    data[len(parts[0]) + int(where * len(parts[1]))] ^= 0x10
    items = read(tmp_path / "a.warc.gz", bytes(data))
    assert kinds(items) == {"Record": 4, "Unreadable": 1}
    assert hosts(items) == ["h0.example", "h2.example", "h3.example", "h4.example"]
    assert items[1].offset == len(parts[0])


def test_a_flipped_bit_in_a_plain_archive_is_seen_by_the_digest(tmp_path: Path) -> None:
    data = bytearray(b"".join(map(record, range(3))))
    data[len(record(0)) + 1500] ^= 0x01
    items = read(tmp_path / "a.warc", bytes(data))
    assert hosts(items) == ["h0.example", "h2.example"]
    assert "digest does not match" in items[1].error


@pytest.mark.parametrize("digit", [b"9", b"1"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_wrong_length_costs_one_record(tmp_path: Path, digit: bytes, packed: bool) -> None:
    parts = [record(n, digest=False) for n in range(4)]
    at = parts[1].index(b"Content-Length: ") + 16
    parts[1] = parts[1][:at] + digit + parts[1][at + 1 :]
    data = b"".join(gzip.compress(p) for p in parts) if packed else b"".join(parts)
    items = read(tmp_path / ("a.warc.gz" if packed else "a.warc"), data)
    assert hosts(items) == ["h0.example", "h2.example", "h3.example"]
    assert kinds(items) == {"Record": 3, "Unreadable": 1}


def test_rubbish_between_records_is_counted_once(tmp_path: Path) -> None:
    one, two = members(2)
    items = read(tmp_path / "a.warc.gz", b"rubbish" * 99 + one + b"more" * 999 + two + b"end")
    assert [type(i).__name__ for i in items] == [
        "Unreadable", "Record", "Unreadable", "Record", "Unreadable",
    ]  # fmt: skip


def test_random_damage_never_raises_and_never_invents_a_page(tmp_path: Path) -> None:
    parts = members(8)
    whole = {page(n) for n in range(8)}
    for seed in range(60):
        rng = random.Random(seed)
        data = bytearray(b"".join(parts))
        for _ in range(rng.randrange(1, 12)):
            at = rng.randrange(len(data))
            if rng.random() < 0.5:
                data[at] = rng.randrange(256)
            else:
                del data[at : at + rng.randrange(1, 50)]
        items = read(tmp_path / "a.warc.gz", bytes(data))
        assert all(i.raw in whole for i in items if isinstance(i, Record))
        assert len(items) <= 8 + 8


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc", "a.arc.gz"])
@pytest.mark.parametrize("data", [b"", b"<HTML>not an archive</HTML>", gzip.compress(b"text")])
def test_a_file_that_is_no_web_archive_is_refused_in_one_line(
    tmp_path: Path, name: str, data: bytes
) -> None:
    with pytest.raises(SourceError, match=r"no web archive.*download") as caught:
        read(tmp_path / name, data)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_a_broken_archive_in_a_folder_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz").write_bytes(b"")
    (tmp_path / "b.warc.gz").write_bytes(b"".join(members(2)))
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 cut")
    items = read(tmp_path)
    assert kinds(items) == {"Record": 2, "Unreadable": 2}
    assert {i.source for i in items if isinstance(i, Unreadable)} == {"a.warc.gz", "c.zip"}


def test_a_chunked_body_that_is_cut_is_unreadable(tmp_path: Path) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n"
    body = b"5\r\nHello\r\nff\r\nshort"
    items = read(tmp_path / "a.warc", record(0, body, chunked) + record(1))
    assert kinds(items) == {"Unreadable": 1, "Record": 1}


# --- folders, zip and tar ----------------------------------------------------------------------


def test_an_empty_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no file"):
        read(tmp_path)


def test_a_missing_path_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"does not exist\. Check the path"):
        open_source(str(tmp_path / "nowhere"))


def test_names_that_climb_out_of_a_zip_are_only_labels(tmp_path: Path) -> None:
    inner = tmp_path / "in"
    inner.mkdir()
    with zipfile.ZipFile(inner / "evil.zip", "w") as archive:
        for name in ("../../escaped.html", "/etc/passwd", "C:\\boot.ini", "a\0b.html"):
            archive.writestr(name, page(1))
    with tarfile.open(inner / "evil.tar", "w") as archive:
        info = tarfile.TarInfo("../climbed.html")
        info.size = len(page(2))
        archive.addfile(info, io.BytesIO(page(2)))
        link = tarfile.TarInfo("link.html")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        device = tarfile.TarInfo("dev")
        device.type = tarfile.CHRTYPE
        archive.addfile(device)
    before = sorted(tmp_path.rglob("*"))
    items = read(inner)
    assert sorted(tmp_path.rglob("*")) == before
    assert kinds(items) == {"Record": 5, "Skipped": 2}
    assert {i.raw for i in items if isinstance(i, Record)} == {page(1), page(2)}


def test_loops_of_links_and_pipes_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.html").write_bytes(page(1))
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    items = read(tmp_path)
    assert kinds(items) == {"Record": 1, "Skipped": 4}
    reasons = sorted((i.source, i.reason) for i in items if isinstance(i, Skipped))
    assert reasons == [
        ("a/up", "link"), ("b", "link"), ("pipe", "not a file"), ("self", "link"),
    ]  # fmt: skip


def test_a_line_of_50_megabytes_is_unreadable_and_the_next_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_bytes(b"x" * 50_000_000)
    (tmp_path / "short.txt").write_bytes(b"Hello there.")
    items = read(tmp_path)
    assert kinds(items) == {"Unreadable": 1, "Record": 1}
    assert "larger than 32 MB" in items[0].error
    assert len(items[0].raw) <= KEEP


def test_rubbish_and_empty_files_are_told_apart_from_text_with_some_nul_bytes(
    tmp_path: Path,
) -> None:
    rubbish = random.Random(1).randbytes(5000)
    (tmp_path / "rubbish").write_bytes(rubbish)
    (tmp_path / "rubbish.html").write_bytes(rubbish)
    (tmp_path / "zero.txt").write_bytes(b"")
    (tmp_path / "nul.txt").write_bytes(b"A page with \0 in it, as old editors left them.\0\0")
    found = {i.source: i for i in read(tmp_path)}
    assert isinstance(found["nul.txt"], Record)
    assert found["rubbish"] == Skipped("rubbish", "not text", "application/octet-stream")
    # What is named as a page and is none may be a damaged one: quarantine keeps its bytes.
    named = found["rubbish.html"]
    assert isinstance(named, Unreadable)
    assert named.raw == rubbish
    assert found["zero.txt"] == Skipped("zero.txt", "empty")


def test_names_that_are_no_utf_8_become_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"Un petit noir.")
    (item,) = read(tmp_path)
    assert item.source == "caf\\xe9.txt"
    item.source.encode()


def test_a_zip_with_a_damaged_and_an_encrypted_member_gives_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.html", page(number))
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("1.html").header_offset
    data[offset + 300] ^= 0xFF
    directory = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02", directory + 4) + 4)
    data[second + 8] |= 1
    items = read(path, bytes(data))
    assert kinds(items) == {"Record": 2, "Unreadable": 2}
    assert items[2].error == "encrypted"


def test_a_cut_zip_is_refused_and_a_cut_tar_gives_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for number in range(200):
            info = tarfile.TarInfo(f"{number:03}.html")
            info.size = len(page(number))
            archive.addfile(info, io.BytesIO(page(number)))
    whole = path.read_bytes()
    items = read(path, whole[: len(whole) // 2])
    assert kinds(items)["Unreadable"] in (1, 2)
    assert 90 < kinds(items)["Record"] < 120
    with pytest.raises(SourceError, match="download"):
        read(tmp_path / "a.zip", b"PK\x03\x04" + bytes(100))


# --- tables and mail ---------------------------------------------------------------------------


def test_one_bad_line_in_a_hundred_costs_one_row_in_a_hundred(tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [
        json.dumps({"text": f"Row {n}. \u2028 \x85 One line."}, ensure_ascii=False)
        for n in range(1000)
    ]
    bad = set(rng.sample(range(1000), 10))
    raw = [
        b"\xff\xfe{" if n in bad and n % 2 else line.encode()[:-9] if n in bad else line.encode()
        for n, line in enumerate(lines)
    ]
    items = read(tmp_path / "rows.jsonl", b"\n".join(raw) + b"\n")
    assert kinds(items) == {"Record": 990, "Unreadable": 10}
    assert {int(i.source.split(":")[1]) - 1 for i in items if isinstance(i, Unreadable)} == bad


def test_lines_that_are_json_but_no_row_say_so(tmp_path: Path) -> None:
    lines = [
        b'{"text": "a\\ud83d b"}', b"[1, 2]", b'{"text": 5}', b'{"other": "x"}', b'{"text": ""}',
        b'{"text": "a\\u0000b"}', b"[" * 100_000, b'{"text": ' + b"9" * 5000 + b"}",
    ]  # fmt: skip
    items = read(tmp_path / "rows.jsonl", b"\n".join(lines))
    assert [type(i).__name__ for i in items] == [
        "Record", "Unreadable", "Unreadable", "Unreadable", "Skipped", "Record", "Unreadable",
        "Unreadable",
    ]  # fmt: skip
    assert items[0].raw.decode() == "a\ufffd b"


def test_a_row_of_40_megabytes_is_passed_over(tmp_path: Path) -> None:
    rows = b'{"text": "a"}\n{"text": "' + b"x" * 40_000_000 + b'"}\n{"text": "c"}\n'
    items = read(tmp_path / "rows.jsonl", rows)
    assert [type(i).__name__ for i in items] == ["Record", "Unreadable", "Record"]
    assert items[2].source == "rows.jsonl:3"


def test_csv_with_short_rows_and_an_open_quote_goes_on(tmp_path: Path) -> None:
    data = b'title,text\nA,"one\ntwo"\nB\nC,caf\xe9,x\nD,\x00four\nE,"never closed\nF,six\n'
    items = read(tmp_path / "rows.csv", data)
    assert [type(i).__name__ for i in items] == [
        "Record", "Unreadable", "Unreadable", "Record", "Record",
    ]  # fmt: skip
    assert items[0].raw == b"one\ntwo"


def test_a_damaged_parquet_file_is_refused_or_counted(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path = tmp_path / "rows.parquet"
    table = pa.table({"text": [f"row {n} {random.Random(n).random()}" for n in range(500)]})
    pq.write_table(table, path, row_group_size=100)
    data = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    data[start : start + 40] = b"\xff" * 40
    items = read(path, bytes(data))
    assert kinds(items) == {"Record": 400, "Unreadable": 1}
    with pytest.raises(SourceError, match="no Parquet"):
        read(path, bytes(data[:-8]))


def test_one_value_in_a_million_rows_is_no_million_documents(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    same = pa.array(["word " * 200_000])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), same)
    pq.write_table(pa.table({"text": column}), tmp_path / "rows.parquet", compression="zstd")
    assert (tmp_path / "rows.parquet").stat().st_size < 10_000
    count, last = 0, None
    for last in open_source(str(tmp_path / "rows.parquet")).read():  # noqa: B007
        count += 1
    assert count < 100
    assert isinstance(last, Unreadable)
    assert "99,9" in last.error


def test_mail_that_is_cut_binary_or_nested_without_end_is_counted(tmp_path: Path) -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1500)
    )
    data = (
        b"From a@b.example Fri Apr 23 09:22:13 1993\nFrom: a@b.example\nSubject: one\n\nText.\n\n"
        b"From a@b.example Fri Apr 23 09:22:14 1993\nFrom: a@b.example\n" + deep + b"\n\n"
        b"From a@b.example Fri Apr 23 09:22:15 1993\nSubject: only a head\n\n"
        b"From a@b.example Fri Apr 23 09:22:16 1993\nSubject: bytes\n\n" + bytes(range(32)) * 9
    )
    items = read(tmp_path / "x.mbox", data)
    assert sum(isinstance(i, Record) for i in items) == 1
    reasons = [getattr(i, "reason", "unreadable") for i in items if not isinstance(i, Record)]
    assert reasons[-2:] == ["empty", "not text"]


# --- bombs -------------------------------------------------------------------------------------

_ZEROS = zlib.compressobj(9, zlib.DEFLATED, -15)
_START = _ZEROS.compress(b"") + _ZEROS.flush(zlib.Z_FULL_FLUSH)
# After a full flush a block stands alone: repeated, it unpacks to as many megabytes as wanted.
_MEGABYTE = _ZEROS.compress(bytes(1 << 20)) + _ZEROS.flush(zlib.Z_FULL_FLUSH)
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"


def bomb(begin: bytes = b"", megabytes: int = 4000, block: bytes = _MEGABYTE) -> bytes:
    """Return a gzip member that starts with `begin` and goes on with zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)
    return _GZIP_HEAD + first + block * megabytes


def spaces() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packer.compress(b"")
    packer.flush(zlib.Z_FULL_FLUSH)
    return packer.compress(b" " * (1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)


def tar_header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def overlapping_zip() -> bytes:
    """Return a zip whose 500 members share one block of data."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.txt", b"some words " * 20_000)
    data = out.getvalue()
    at = data.index(b"PK\x01\x02")
    entry, tail = data[at : data.index(b"PK\x05\x06")], data[data.index(b"PK\x05\x06") :]
    entries = b"".join(
        entry.replace(b"0.txt", b"%d.txt" % n if n < 10 else b"%05d" % n) for n in range(500)
    )
    end = bytearray(tail)
    end[8:10] = end[10:12] = (500).to_bytes(2, "little")
    end[12:16] = len(entries).to_bytes(4, "little")
    return data[:at] + entries + bytes(end)


def zip_of(name: str, data: bytes, declared: int | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    raw = out.getvalue()
    if declared is None:
        return raw
    changed = bytearray(raw)
    changed[22:26] = declared.to_bytes(4, "little")
    at = raw.index(b"PK\x01\x02")
    changed[at + 24 : at + 28] = declared.to_bytes(4, "little")
    return bytes(changed)


def packed(data: bytes, kind: str) -> bytes:
    import bz2
    import lzma

    return bz2.compress(data) if kind == "bz2" else lzma.compress(data, preset=1)


def brotli(data: bytes) -> bytes:
    from fastwarc.stream_io import BrotliWriter

    out = io.BytesIO()
    with BrotliWriter(out, 1) as writer:
        writer.write(data)
        writer.finish()
        return out.getvalue()


def laughs() -> bytes:
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)
    )  # fmt: skip
    return (
        f'<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY l0 "ha">{entities}]>'
        "<alto><TextLine><String>&l11;</String></TextLine></alto>"
    ).encode()


def shapes() -> dict[str, tuple[str, str, bytes]]:
    """Return kind, file name and bytes of each bomb."""
    warc = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\n"
    http = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n"
    gz = bomb(megabytes=300)
    inner = gzip.compress(gzip.compress(bytes(30_000_000), 9), 9)
    zeros = bytes(60_000_000)
    deflated = _START + _MEGABYTE * 300
    alto = b"<alto>" + b"<a>" * 200_000
    return {
        "long record": ("warc", "a.warc.gz", bomb(warc + b"Content-Length: 4000000000\r\n\r\n")),
        "long tail": ("warc", "b.warc.gz", bomb(record(1))),
        "tail of blanks": ("warc", "c.warc.gz", bomb(record(1), block=spaces())),
        "long header": ("warc", "d.warc.gz", bomb(b"WARC/1.0\r\nX: ")),
        "no record": ("warc", "e.warc.gz", bomb(b"WARC/1.0\r\n\r\n")),
        "long plain record": (
            "warc", "f.warc", warc + b"Content-Length: 999999999999\r\n\r\n" + http,
        ),
        "long HTTP header": ("warc", "g.warc", record(1, b"", b"X: " + b"a" * 9_000_000)),
        "gzip body": ("warc", "h.warc", record(1, gz, b"Content-Encoding: gzip\r\n")),
        "gzip in gzip": ("warc", "i.warc", record(1, inner, b"Content-Encoding: gzip, gzip\r\n")),
        "deflate body": ("warc", "j.warc", record(1, deflated, b"Content-Encoding: deflate\r\n")),
        "brotli body": ("warc", "k.warc", record(1, brotli(zeros), b"Content-Encoding: br\r\n")),
        "100 codings": (
            "warc", "l.warc", record(1, gz, b"Content-Encoding: " + b"gzip," * 100 + b"\r\n"),
        ),
        "long chunk": (
            "warc", "m.warc", record(1, b"ffffffff\r\nabc", b"Transfer-Encoding: chunked\r\n"),
        ),
        "zip member": ("folder", "a.zip", zip_of("a.txt", zeros)),
        "zip member below the bound": ("folder", "b.zip", zip_of("a.txt", zeros[:30_000_000])),
        "zip that lies": ("folder", "c.zip", zip_of("a.txt", zeros, 10)),
        "zip that overlaps": ("folder", "d.zip", overlapping_zip()),
        "zip in zip": ("folder", "e.zip", zip_of("a.zip", zip_of("b.zip", zip_of("c", zeros)))),
        "tar member": ("folder", "a.tar.gz", bomb(tar_header("a.txt", 4 * 10**9))),
        "tar name": (
            "folder", "b.tar.gz", bomb(tar_header("x", 4 * 10**9, tarfile.GNUTYPE_LONGNAME)),
        ),
        "tar header of pax": (
            "folder", "c.tar.gz", bomb(tar_header("x", 4 * 10**9, tarfile.XHDTYPE)),
        ),
        "tar in bzip2": (
            "folder", "d.tar.bz2", packed(tar_header("a.txt", 6 * 10**7) + zeros, "bz2"),
        ),
        "tar in xz": ("folder", "e.tar.xz", packed(tar_header("a.txt", 6 * 10**7) + zeros, "xz")),
        "one line of JSON": ("table", "a.jsonl.gz", bomb(b'{"text": "', block=spaces())),
        "lines without end": ("table", "b.csv.gz", bomb(b'text\n"', block=spaces())),
        "mail without end": ("mbox", "a.mbox.gz", bomb(b"From: a\nSubject: b\n\n", block=spaces())),
        "entities": ("newspapers", "0001.xml", laughs()),
        "elements": ("newspapers", "0002.xml", alto),
    }  # fmt: skip


READER = r"""
import json, re, sys, time
from pathlib import Path
import pyarrow  # not part of what is measured
from lxml import etree
from erastyle.corpus.errors import SourceError
from erastyle.corpus.record import Record
from erastyle.corpus.sources.registry import open_source
told = {}
for name, spec in json.load(sys.stdin).items():
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    start = time.process_time()
    largest = kept = 0
    try:
        for item in open_source(spec).read():
            kept += isinstance(item, Record)
            largest = max(largest, len(getattr(item, "raw", b"")))
    except SourceError:
        pass
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024
    told[name] = [time.process_time() - start, peak, kept, largest]
print(json.dumps(told))
"""


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peaks of memory are read from Linux's /proc"
)
def test_every_bomb_is_refused_in_a_second_and_little_memory(tmp_path: Path) -> None:
    specs = {}
    for name, (kind, file, data) in shapes().items():
        (tmp_path / file).write_bytes(data)
        specs[name] = f"{kind}:{tmp_path / file}"
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps(specs), capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) >= 20
    slow = {name: seconds for name, (seconds, *_) in told.items() if seconds > 1}
    assert not slow
    assert {name: peak for name, (_, peak, *_) in told.items() if peak > 200} == {}
    taken = {name: kept for name, (_, _, kept, _) in told.items() if kept}
    # What comes before the bomb is an honest text.
    assert taken == {"zip that overlaps": 1, "long tail": 1, "tail of blanks": 1}
