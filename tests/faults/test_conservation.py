"""Nothing vanishes: what a damaged archive holds is kept, or an entry says that something is lost.

A seeded mutator cuts, splices, joins and re-encodes archives of every kind. Each record carries a
mark of its own. A mark that is still in the file is in one record that is kept, or an entry of a
skipped or unreadable record stands at its place in the order of the file.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline import ingest
from erastyle.pipeline.ingest import IngestOptions
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context

COUNT = 8
MARK = re.compile(rb"zq(\d{4})q")


def words(number: int) -> str:
    rng = random.Random(number)
    line = " ".join(rng.choice(("boat", "harbour", "wind", "sail", "café")) for _ in range(12))
    return f"zq{number:04}q {line}.\n{line.capitalize()} and rain.\n"


def page(number: int) -> bytes:
    return f"<HTML><TITLE>Boats</TITLE><BODY><P>{words(number)}</BODY></HTML>\n".encode("latin-1")


def warc(number: int) -> bytes:
    block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(number)
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://h{number}.example/\r\n"
        "WARC-Date: 1997-02-03T04:05:06Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def arc(number: int, more: str = "") -> bytes:
    block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(number)
    head = f"http://h{number}.example/ 10.0.0.1 19970203040506 text/html {more}{len(block)}\n"
    return head.encode() + block + b"\n"


def arc_2(number: int) -> bytes:
    return arc(number, "200 abc - 0 x.arc ")


def mail(number: int) -> bytes:
    head = (
        "From ann@foo.example Tue Mar  2 08:15:00 1993\nFrom: ann@foo.example (Ann)\n"
        f"Subject: Boats\nNewsgroups: rec.boats\nMessage-ID: <{number}@foo.example>\n\n"
    )
    return (head + words(number)).encode("latin-1")


def mime(number: int) -> bytes:
    head, body = mail(number).split(b"\n\n", 1)
    kind = b"\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=XX\n\n"
    part = b"--XX\nContent-Type: text/plain\n\n"
    gif = b"--XX\nContent-Type: image/gif\nContent-Transfer-Encoding: base64\n\nR0lGODlh\n"
    return head + kind + part + b"Hello.\n" + gif + part + body + b"--XX--\n"


def book(number: int) -> bytes:
    return (
        f"Title: Boats\n\n*** START OF THE PROJECT GUTENBERG EBOOK BOATS ***\n\n{words(number)}\n"
        "*** END OF THE PROJECT GUTENBERG EBOOK BOATS ***\n\nLicence.\n"
    ).encode("latin-1")


def row(number: int) -> dict[str, str]:
    return {"text": words(number), "date": "1993", "site": f"s{number}"}


def jsonl(number: int) -> bytes:
    return json.dumps(row(number)).encode() + b"\n"


def csv(number: int) -> bytes:
    text = words(number).replace("\n", " ")
    return f'"{text}",1993,s{number}\n'.encode()


def alto(number: int) -> bytes:
    strings = "".join(f'<String CONTENT="{word}"/>' for word in words(number).split())
    return f"<alto><TextBlock><TextLine>{strings}</TextLine></TextBlock></alto>".encode()


def page_xml(number: int) -> bytes:
    text = words(number).strip()
    line = f"<TextLine><TextEquiv><Unicode>{text}</Unicode></TextEquiv></TextLine>"
    return f"<PcGts><Page><TextRegion>{line}</TextRegion></Page></PcGts>".encode()


def zipped(ending: str) -> Callable[[list[bytes]], bytes]:
    def pack(parts: list[bytes]) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for number, part in enumerate(parts):
                archive.writestr(f"s{number}/{number}.{ending}", part)
        return out.getvalue()

    return pack


def tarred(parts: list[bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for number, part in enumerate(parts):
            info = tarfile.TarInfo(f"s{number}/{number}.html")
            info.size = len(part)
            archive.addfile(info, io.BytesIO(part))
    return out.getvalue()


def joined(parts: list[bytes]) -> bytes:
    return b"".join(parts)


def members(parts: list[bytes]) -> bytes:
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


def one_member(parts: list[bytes]) -> bytes:
    return gzip.compress(b"".join(parts), mtime=0)


def pairs(parts: list[bytes]) -> bytes:
    return members([b"".join(parts[n : n + 2]) for n in range(0, len(parts), 2)])


def array(parts: list[bytes]) -> bytes:
    return b"[\n" + b",\n".join(part.strip() for part in parts) + b"\n]\n"


def table(parts: list[bytes]) -> bytes:
    return b"text,date,site\n" + b"".join(parts)


KINDS: dict[str, tuple[str, str, Callable[[int], bytes], Callable[[list[bytes]], bytes]]] = {
    "warc": ("warc", "a.warc", warc, joined),
    "warc, gzip": ("warc", "a.warc.gz", warc, members),
    "warc, one member": ("warc", "a.warc.gz", warc, one_member),
    "arc": ("warc", "a.arc", arc, joined),
    "arc, gzip": ("warc", "a.arc.gz", arc, members),
    "arc, pairs": ("warc", "a.arc.gz", arc, pairs),
    "arc, one member": ("warc", "a.arc.gz", arc, one_member),
    "arc 2": ("warc", "a.arc", arc_2, joined),
    "arc 2, gzip": ("warc", "a.arc.gz", arc_2, members),
    "mbox": ("mbox", "a.mbox", mail, joined),
    "mbox, parts": ("mbox", "a.mbox", mime, joined),
    "books": ("gutenberg", "a.txt", book, joined),
    "json lines": ("table", "a.jsonl", jsonl, joined),
    "json array": ("table", "a.json", jsonl, array),
    "csv": ("table", "a.csv", csv, table),
    "alto": ("newspapers", "a.zip", alto, zipped("xml")),
    "page xml": ("newspapers", "a.zip", page_xml, zipped("xml")),
    "pages, tar": ("folder", "a.tar", page, tarred),
    "pages": ("folder", "a.zip", page, zipped("html")),
}
PACKED = re.compile(r"gzip|member|pairs")
HEADERS = re.compile(
    rb"\nWARC/1\.0|\nhttp://h\d+\.example/ 10\.0"
    rb"|\nFrom ann@foo\.example Tue Mar  2 08:15:00 1993\nFrom: "
    rb"|\*\*\* START OF THE|\{\"text\":"
)


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def behead(data: bytes, rng: random.Random) -> bytes:
    return data[rng.randrange(1, len(data)) :]


def splice(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randrange(1, 1 + len(data) // 3) :]


def length(data: bytes, rng: random.Random) -> bytes:
    places = list(re.finditer(rb"(?:Content-Length: |text/html (?:.{0,20} )?)(\d+)\r?\n", data))
    if not places:
        return flip(data, rng)
    place = rng.choice(places)
    wrong = rng.choice(
        [b"1", b"0", b"99", b"999999", b"%d" % (int(place[1]) + rng.randrange(5, 99))]
    )
    return data[: place.start(1)] + wrong + data[place.end(1) :]


def flip(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def junk(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    noise = rng.choice([rng.randbytes(200), b"\0" * 512, b"word " * 40, b"\n\n\n\n", b'"'])
    return data[:at] + noise + data[at:]


def swap(data: bytes, rng: random.Random) -> bytes:
    a, b, c = sorted(rng.randrange(len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def line_ends(data: bytes, rng: random.Random) -> bytes:
    plain = data.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n"]))


def charset(data: bytes, rng: random.Random) -> bytes:
    return data.decode("latin-1").encode(rng.choice(["utf-8", "utf-16", "cp037"]), "replace")


MUTATIONS = (cut, behead, splice, length, flip, junk, swap, line_ends, charset)


def items_of(kind: str, path: Path) -> list[Item]:
    return list(open_source(f"{kind}:{path}").read())


def unpacked(data: bytes) -> bytes:
    """Return what the gzip members of a file unpack to, each as far as it is whole."""
    out = []
    at = 0
    while (at := data.find(b"\x1f\x8b\x08", at)) >= 0:
        packer = zlib.decompressobj(31)
        begun = at
        try:
            for start in range(at, len(data), 64):
                out.append(packer.decompress(data[start : start + 64]))
                if packer.eof:
                    at = start + 64 - len(packer.unused_data)
                    break
        except zlib.error:
            pass
        at = max(at, begun + 1)
    return b"".join(out)


def lost(items: list[Item], data: bytes, packed: bool) -> list[str]:
    """Return what is wrong: marks of the file that are in no entry, twice, or glued together."""
    wrong = []
    order: list[int | None] = []  # marks that are kept; None for an entry of something else
    for item in items:
        if not isinstance(item, Record):
            order.append(None)
            continue
        raw = item.raw
        order += [int(mark) for mark in MARK.findall(raw)] or [None]
        if HEADERS.search(raw) and len(MARK.findall(raw)) > 1:
            wrong.append(f"glued: {MARK.findall(raw)}")
    kept = [mark for mark in order if mark is not None]
    there = [int(mark) for mark in MARK.findall(unpacked(data) if packed else data)]
    wrong += [f"twice: {m}" for m in set(kept) if kept.count(m) > max(1, there.count(m))]
    for place, mark in enumerate(there):
        if mark in kept:
            continue
        before = max((order.index(m) for m in there[:place] if m in kept), default=-1)
        behind = min((order.index(m) for m in there[place + 1 :] if m in kept), default=len(order))
        low, high = min(before, behind), max(before, behind)
        if None not in order[max(0, low) : high + 1]:
            wrong.append(f"in no entry: {mark}")
    return wrong


def check(tmp_path: Path, name: str, seed: int) -> None:
    kind, file, make, pack = KINDS[name]
    rng = random.Random(f"{name} {seed}")
    parts = [make(n) for n in range(COUNT)]
    whole = pack(parts)
    mutation = MUTATIONS[seed % len(MUTATIONS)]
    data = mutation(whole, rng)
    if seed % 10 == 9:  # two that were joined, the other one whole
        more = [make(n) for n in range(COUNT, 2 * COUNT)]
        data += pack(more)
    path = tmp_path / f"{seed}" / file
    path.parent.mkdir()
    path.write_bytes(data)
    try:
        items = items_of(kind, path)
    except (SourceError, ConfigError):  # the whole file is refused in one line
        return
    wrong = lost(items, data, bool(PACKED.search(name)))
    assert not wrong, f"{name}, seed {seed}, {mutation.__name__}: {wrong}"
    if items:
        out = tmp_path / f"{seed}" / "out"
        era = eras.load("web-1995").model_copy(update={"formats": ("html", "text")})
        context = Context(IngestOptions(), era, 0, {}, out, Progress(), tmp_path)
        stats = ingest.ingest(context, items)
        assert len(items) == stats["kept"] + stats["dropped"] + stats["quarantined"]


@pytest.mark.parametrize("name", KINDS)
def test_a_whole_archive_gives_every_record(tmp_path: Path, name: str) -> None:
    kind, file, make, pack = KINDS[name]
    (tmp_path / file).write_bytes(pack([make(n) for n in range(COUNT)]))
    items = items_of(kind, tmp_path / file)
    marks = [int(m) for item in items if isinstance(item, Record) for m in MARK.findall(item.raw)]
    assert marks == list(range(COUNT))


@pytest.mark.parametrize("name", KINDS)
def test_nothing_of_a_damaged_archive_vanishes(tmp_path: Path, name: str) -> None:
    for seed in range(4):
        check(tmp_path, name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_nothing_of_four_hundred_damaged_archives_vanishes(tmp_path: Path, name: str) -> None:
    for seed in range(4, 28):
        check(tmp_path, name, seed)


@pytest.mark.parametrize("kind", ["warc", "table"])
def test_a_file_of_another_kind_in_a_folder_has_an_entry(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.warc").write_bytes(warc(1))
    (tmp_path / "b.jsonl").write_bytes(jsonl(1))
    (tmp_path / "c.warc.bak").write_bytes(warc(2))
    before = open_source(f"{kind}:{tmp_path}").digest()
    items = items_of(kind, tmp_path)
    assert sum(isinstance(item, Record) for item in items) == 1
    other = "b.jsonl" if kind == "warc" else "a.warc"
    assert [i.source for i in items if isinstance(i, Skipped)] == [other, "c.warc.bak"]
    (tmp_path / "d.txt").write_text("x")
    assert open_source(f"{kind}:{tmp_path}").digest() != before


def test_a_folder_that_cannot_be_listed_has_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_bytes(page(1))
    (tmp_path / "closed").mkdir()
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    items = items_of("folder", tmp_path)
    assert [type(item).__name__ for item in items] == ["Record", "Unreadable"]
    assert items[1].source == "closed"
