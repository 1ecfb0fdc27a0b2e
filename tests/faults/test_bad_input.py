"""Everything bad at once, through the command; and texts that make careless readers slow."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from erastyle.corpus.record import Record
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.runtime import ledger
from tests.conftest import erastyle

LINE = "The tortoise on page {} walks slowly, and the hare of page {} sleeps in the shade. "


def page(number: int) -> str:
    return f"<HTML><TITLE>Page {number}</TITLE><P>{LINE.format(number, number) * 5}</HTML>"


def mess(root: Path) -> dict[str, int]:
    """Write a folder of good and bad things; return how many must be kept and quarantined."""
    for n in range(100):
        folder = root / f"www.host{n % 5}.example"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{n}.html").write_text(page(n))
    first = root / "www.host0.example"
    (first / "binary.html").write_bytes(bytes(range(256)) * 40)
    (first / "nul.html").write_bytes(page(200).replace(" ", "\0 ", 9).encode())
    (first / "surrogate.html").write_bytes(page(201).encode() + b"\xed\xa0\x80\xff")
    (first / "separators.html").write_text(page(202) + "\u2028\u2029\x85\x0c")
    (first / "empty.html").touch()
    (first / "long.html").write_bytes(b"<HTML><P>" + b"word " * 2_000_000)
    (first / "huge.html").write_bytes(b"<HTML>" + bytes([65]) * 34_000_000)
    (first / "caf\udce9.html").write_text(page(203))
    (first / "loop").symlink_to(root)
    (first / "self").symlink_to(first / "self")
    os.mkfifo(first / "pipe")
    with zipfile.ZipFile(first / "slip.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../slipped.html", page(204))
        archive.writestr("/abs/slipped.html", page(205))
        archive.writestr("bomb.html", bytes(30_000_000))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("../../slipped.html")
        data = page(206).encode()
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link.html")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    (first / "slip.tar.gz").write_bytes(gzip.compress(out.getvalue()))
    (first / "cut.warc.gz").write_bytes(gzip.compress(b"WARC/1.0\r\nContent-Length: 9")[:-6])
    return {"kept": 100 + 4 + 3, "quarantined": 4}


def test_a_folder_of_everything_bad_is_read_to_its_end_and_every_thing_accounted_for(
    tmp_path: Path,
) -> None:
    wanted = mess(tmp_path / "mess")
    root = tmp_path / "run"
    result = erastyle("ingest", "web-1995", "--run", root, "--source", tmp_path / "mess", "--json")
    assert result.exit_code == 0, result.output
    stats = json.loads(result.stdout)["stages"][0]["stats"]
    (out,) = (root / "ingest").iterdir()
    lost = {
        Path(row["source"]).name.split("@")[0]: row["error"]
        for row in ledger.rows(out / "quarantine")
    }
    assert stats["read"] == stats["kept"] + stats["dropped"] + stats["quarantined"]
    assert stats["kept"] == wanted["kept"]
    assert sorted(lost) == ["binary.html", "bomb.html", "cut.warc.gz", "huge.html"]
    assert "larger than 32 MB" in lost["huge.html"]
    counts = {"empty": 1, "link": 3, "not a file": 1, "too long": 1}
    assert stats["reasons"].items() >= counts.items()
    assert not list(tmp_path.rglob("slipped.html"))
    shown = erastyle("why", root, "huge.html")
    assert shown.exit_code == 0
    assert "larger than 32 MB" in " ".join(shown.output.split())


def test_one_line_in_a_hundred_that_is_bad_is_quarantined_with_its_reason(tmp_path: Path) -> None:
    rows = [json.dumps({"text": page(n), "site": f"s{n % 5}"}).encode() for n in range(1000)]
    bad = [
        b'{"text": "cut', b"\xff\xfe{", b"[1]", b'{"text": 5}', b'{"other": 1}', b"[" * 90_000,
        b'{"text": ' + b"9" * 5000 + b"}", b"\x00" * 50, b'{"text": "' + b"x" * 33_600_000 + b'"}',
        b"{'text': 'a'}",
    ]  # fmt: skip
    odd = [
        b'{"text": "' + page(2000).encode().replace(b" ", b"\\ud800 ", 1) + b'"}',
        ('{"text": "' + page(2001) + ' \u2028 \u2029 \x85"}').encode(),
        b'{"text": "' + page(2002).encode().replace(b" ", b"\\u0000", 1) + b'"}',
        b'{"text": "' + page(2003).encode() + b"x" * 10_000_000 + b'"}',
    ]
    for n, line in enumerate(bad):
        rows.insert(n * 97, line)
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\n".join([*rows, *odd]) + b"\n")
    root = tmp_path / "run"
    result = erastyle("ingest", "web-1995", "--run", root, "--source", path, "--json")
    assert result.exit_code == 0, result.output
    stats = json.loads(result.stdout)["stages"][0]["stats"]
    assert stats["quarantined"] == len(bad)
    assert stats["kept"] == 1000 + 3
    assert stats["reasons"]["too long"] == 1
    (out,) = (root / "ingest").iterdir()
    errors = [row["error"] for row in ledger.rows(out / "quarantine")]
    assert all(errors)
    assert len(set(errors)) >= 6


HEAD = "From: Ann Bell <ann@a.edu>\nSubject: x\nMessage-ID: <1@a.edu>\n\n"
LONG = 500_000
SLOW = {
    "a name without end": "A" * LONG + " writes:\n> x\n",
    "an address without end": "a@" + "b." * (LONG // 2) + " writes:\n> x\n",
    "spaces before the end": "Ann writes" + " " * LONG + "x\n",
    "marks without end": ">" * LONG,
    "marks and blanks": "> " * (LONG // 2) + "\n",
    "lines of marks": ">\n" * (LONG // 4),
    "empty lines": "\n" * (LONG // 2) + "x",
    "blanks": " " * LONG + "x",
    "writers": "Ann Bell writes:\n" * (LONG // 40),
    "addresses at the end": "-- \n" + "a@b.edu " * (LONG // 8),
    "names in a row": "Ann " * (LONG // 4) + "writes:\n",
    "brackets": "<" * LONG + " wrote:\n",
    "2 million lines": "x\n" * 2_000_000,
}
SLOW_PAGES = {
    "comments that do not end": "<!--" * (LONG // 4),
    "fields that do not end": "<!--X-a: " * (LONG // 9),
    "blanks": " " * LONG + "x",
    "tags that do not end": "<a " * (LONG // 3),
    "breaks": "<br>" * (LONG // 4),
    "literal blocks": "<pre>" * (LONG // 50),
    "entities": "&#x;&amp" * (LONG // 8),
}


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("quotes", ["mark", "drop"])
def test_no_message_makes_the_reader_slow(tmp_path: Path, name: str, quotes: str) -> None:
    path = tmp_path / "1"
    path.write_text(HEAD + SLOW[name])
    start = time.process_time()
    list(open_source(f"mbox:{path}?quotes={quotes}&signatures=drop").read())
    assert time.process_time() - start < 12  # one on an idle core; quadratic ones take minutes


@pytest.mark.parametrize("name", SLOW_PAGES)
def test_no_mail_page_makes_the_reader_slow(tmp_path: Path, name: str) -> None:
    path = tmp_path / "1.html"
    text = SLOW_PAGES[name]
    path.write_text(f'<!-- name="A" --><!-- body="start" -->{text}<!-- body="end" -->')
    (tmp_path / "2.html").write_text(f"{text[:60000]}<!--X-Body-of-Message-->x")
    start = time.process_time()
    items = list(open_source(f"mbox:{tmp_path}").read())
    assert time.process_time() - start < 12
    assert all(isinstance(i, Record) for i in items[1:])
