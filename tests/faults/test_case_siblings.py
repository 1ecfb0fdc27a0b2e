# ruff: noqa: E501, RUF001 (a case stays on its line; its letters are what it is about)
"""Three siblings of each kind of input that others' tools stumbled over, made here.

The kinds are those of the shared cases; the inputs are other ones of the same kinds.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.cleaning import cleaner
from erastyle.corpus.cleaning.quality import Drop
from erastyle.corpus.document import Document
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline import ingest
from tests.conftest import erastyle

WORDS = (
    "The otter club meets at the old mill on the river and looks at the otters for an hour or "
    "two. Bring a lamp and warm boots, since the path is wet when it has rained. We have a small "
    "boat for those who like to row, and tea for all who come back. "
)
"""Prose that passes the rules of quality of every shipped era."""


@dataclass(frozen=True)
class Case:
    """An input, and what is right for it.

    Attributes:
        name: What is odd about it.
        kind: Kind of source.
        era: Era whose rules clean it.
        files: Names with contents; a source of one file names it, of several its folder.
        count: Documents that are kept.
        inside: What their prose and titles hold.
        outside: What they do not hold.
        years: For each document a year inside its interval, or None where it has no date.
    """

    name: str
    kind: str
    era: str
    files: dict[str, bytes]
    count: int = 1
    inside: Sequence[str] = ()
    outside: Sequence[str] = ()
    years: Sequence[int | None] = ()


def page(body: str, head: str = "", title: str = "Otters") -> bytes:
    return f"<HTML><HEAD><TITLE>{title}</TITLE>{head}</HEAD><BODY>{body}</BODY></HTML>\n".encode()


def warc(
    url: str, body: bytes, http: str = "", end: str = "\r\n", date: str = "1997-05-03"
) -> bytes:
    block = f"HTTP/1.0 200 OK{end}Content-Type: text/html{end}{http}{end}".encode() + body
    head = end.join(
        [
            "WARC/1.0",
            "WARC-Type: response",
            f"WARC-Target-URI: {url}",
            f"WARC-Date: {date}T04:05:06Z",
            "Content-Type: application/http; msgtype=response",
            f"Content-Length: {len(block)}",
            end,
        ]
    )
    return head.encode() + block + (end * 2).encode()


def arc(url: str, body: bytes, more: str = "") -> bytes:
    block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    return f"{url} 10.0.0.1 19970503040506 text/html {more}{len(block)}\n".encode() + block + b"\n"


def version_block(version: int) -> bytes:
    fields = "URL IP-address Archive-date Content-type Archive-length"
    if version == 2:
        fields = "URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length"
    text = f"{version} 0 otter\n{fields}\n\n".encode()
    kind = "text/plain 200 - - 0 a.arc" if version == 2 else "text/plain"
    return f"filedesc://a.arc 0.0.0.0 19970503000000 {kind} {len(text)}\n".encode() + text + b"\n"


def mail(
    body: str, *headers: str, separator: str = "From ann@otter.example Wed Apr 14 10:00:00 1993"
) -> bytes:
    lines = [separator, "From: ann@otter.example (Ann Carver)", "Newsgroups: rec.otters", *headers]
    return ("\n".join(lines) + f"\n\n{body}\n\n").encode("latin-1")


def dated(date: str, separator: str) -> bytes:
    return mail(
        WORDS,
        "Subject: Otters",
        f"Date: {date}",
        "Message-ID: <1@otter.example>",
        separator=separator,
    )


def book(before: str, text: str, after: str = "") -> bytes:
    return f"{before}\n\n{text}\n\n{after}\n".encode("latin-1")


START = "*** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***"
END = "*** END OF THE PROJECT GUTENBERG EBOOK THE MILL ***"
NOVEL = "THE MILL\n\n" + "\n\n".join(f"Chapter {n}. {WORDS}" for n in ("I", "II", "III"))


def alto(*lines: str) -> bytes:
    body = "".join(
        "<TextLine>" + "".join(f'<String CONTENT="{w}"/>' for w in line.split()) + "</TextLine>"
        for line in lines
    )
    return f'<?xml version="1.0"?><alto><Layout><Page><PrintSpace><TextBlock>{body}</TextBlock></PrintSpace></Page></Layout></alto>'.encode()


def issue(*lines: str) -> dict[str, bytes]:
    full = [(WORDS + WORDS).replace(". ", ".\n"), *lines]
    return {"sn00000001/1890-05-03/ed-1/seq-1/ocr.xml": alto(*"\n".join(full).splitlines())}


CASES = [
    # 01: a clue that is written under one name and read under another
    Case("01 last-modified in lower case", "warc", "web-1995", {"a.warc": warc("http://o.example/a.html", page(f"<P>{WORDS}"), "last-modified: Fri, 03 May 1996 10:00:00 GMT\r\n")}, years=[1996]),
    Case("01 last-modified with a zone", "warc", "web-1995", {"a.warc": warc("http://o.example/a.html", page(f"<P>{WORDS}"), "Last-Modified: Friday, 03-May-96 10:00:00 PST\r\n")}, years=[1996]),
    Case("01 last-modified of an arc", "warc", "web-1995", {"a.arc": version_block(1) + arc("http://o.example/a.html", page(f"<P>{WORDS}")).replace(b"text/html\r\n\r\n", b"text/html\r\nLast-Modified: Fri May  3 10:00:00 1996\r\n\r\n").replace(b"text/html %d\n" % (len(page(f"<P>{WORDS}")) + 44), b"text/html %d\n" % (len(page(f"<P>{WORDS}")) + 44 + 41))}, years=[1996]),
    # 02: only the first record of a gzip member is read
    Case("02 three pages in one member", "warc", "web-1995", {"a.arc.gz": gzip.compress(version_block(1) + b"".join(arc(f"http://o{n}.example/", page(f"<P>Otter {n}. {WORDS}")) for n in range(3)))}, count=3, inside=["Otter 2."]),
    Case("02 a page and two in the next member", "warc", "web-1995", {"a.arc.gz": gzip.compress(version_block(1)) + gzip.compress(arc("http://o.example/", page(f"<P>Otter 0. {WORDS}"))) + gzip.compress(arc("http://p.example/", page(f"<P>Otter 1. {WORDS}")) + arc("http://q.example/", page(f"<P>Otter 2. {WORDS}")))}, count=3, inside=["Otter 1.", "Otter 2."]),
    Case("02 version 2 in one member", "warc", "web-1995", {"a.arc.gz": gzip.compress(version_block(2) + b"".join(arc(f"http://o{n}.example/", page(f"<P>Otter {n}. {WORDS}"), "200 abc - 0 a.arc ") for n in range(2)))}, count=2, inside=["Otter 1."]),
    # 03: which frame mark begins the text
    Case("03 small print at the end, no start", "gutenberg", "newspaper-1890", {"a.txt": book("The Project Gutenberg Etext of The Mill, by Otto Ter\n\nTitle: The Mill\nAuthor: Otto Ter\n", NOVEL, "End of the Project Gutenberg Etext of The Mill\n\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n\nlawyers say")}, inside=["Chapter I.", "tea for all"], outside=["lawyers"]),
    Case("03 small print before the text", "gutenberg", "newspaper-1890", {"a.txt": book("Title: The Mill\n\n***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***\nlawyers say\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*", NOVEL, "End of Project Gutenberg's The Mill")}, inside=["Chapter III."], outside=["lawyers", "Gutenberg's"]),
    Case("03 new marks and the small print behind them", "gutenberg", "newspaper-1890", {"a.txt": book(f"Title: The Mill\n\n{START}", NOVEL, f"{END}\n\n*END*THE SMALL PRINT!*END*\nlawyers say")}, inside=["Chapter I."], outside=["lawyers"]),
    # 04: mbox without blank lines
    Case("04 two messages without a line between", "mbox", "usenet-1993", {"a.mbox": mail(f"Otter one. {WORDS}", "Message-ID: <1@o>").rstrip() + b"\n" + mail(f"Otter two. {WORDS}", "Message-ID: <2@o>", separator="From bob@mill.example Thu Apr 15 11:00:00 1993")}, count=2, inside=["Otter two."], outside=["Newsgroups"]),
    Case("04 a day of one digit and a zone", "mbox", "usenet-1993", {"a.mbox": mail(f"Otter one. {WORDS}", "Message-ID: <1@o>").rstrip() + b"\n" + mail(f"Otter two. {WORDS}", "Message-ID: <2@o>", separator="From bob@mill.example Sat May  1 11:00:00 PDT 1993")}, count=2, inside=["Otter two."]),
    Case("04 a sentence that begins with From", "mbox", "usenet-1993", {"a.mbox": mail(f"{WORDS}\nFrom what I hear on Wed Apr 14 the otters are well: and so\non.", "Message-ID: <1@o>")}, inside=["From what I hear"]),
    # 05: raw bytes in headers
    Case("05 a name in cp437", "mbox", "usenet-1993", {"a.mbox": mail(f"{WORDS}\nYours, J\x81rgen M\x94bius", "Subject: Otters").replace(b"(Ann Carver)", b"(J\x81rgen M\x94bius)")}, outside=["bius"]),
    Case("05 a name in utf-8", "mbox", "usenet-1993", {"a.mbox": mail(f"{WORDS}\nYours, ", "Subject: Otters").replace(b"(Ann Carver)", "(Jürgen Möbius)".encode()).replace(b"Yours, ", "Yours, Jürgen Möbius".encode())}, outside=["Möbius", "bius"]),
    Case("05 a subject in latin-1 and one that names no charset", "mbox", "usenet-1993", {"a.mbox": mail(WORDS, "Subject: Fischotter gr\xfc\xdfen") + mail(f"Second. {WORDS}", "Subject: =?x-unknown?Q?Caf=E9?=", "Message-ID: <2@o>")}, count=2, inside=["Fischotter grüßen", "Café"], outside=["\ufffd"]),
    # 06: what is never closed swallows the page
    Case("06 a comment that ends in dashes and blanks", "folder", "web-1995", {"a.html": page(f"<!-- note --  \n><P>The otter line stays. {WORDS}")}, inside=["The otter line stays"]),
    Case("06 an open textarea", "folder", "web-1995", {"a.html": page(f"<P>{WORDS}<FORM><TEXTAREA NAME=x><P>The otter line stays. {WORDS}")}, inside=["The otter line stays"]),
    Case("06 an open quote in an attribute", "folder", "web-1995", {"a.html": page(f'<P><IMG SRC="otter.gif><P>The otter line stays. {WORDS}<A HREF="b.html">b</A>')}, inside=["The otter line stays"]),
    # 07: dates of a table in words
    Case("07 month first", "table", "usenet-1993", {"a.jsonl": b"".join(json.dumps({"text": f"Otter {n}. {WORDS}", "date": d}).encode() + b"\n" for n, d in enumerate(("May 3, 1994", "3-May-94", "Tue, 3 May 94 10:00:00 EDT")))}, count=3, years=[1994, 1994, 1994]),
    Case("07 dots and slashes", "table", "usenet-1993", {"a.jsonl": b"".join(json.dumps({"text": f"Otter {n}. {WORDS}", "date": d}).encode() + b"\n" for n, d in enumerate(("1994/05/03", "19940503", "1994-05-03T10:00:00Z")))}, count=3, years=[1994, 1994, 1994]),
    Case("07 out of the period", "table", "usenet-1993", {"a.jsonl": b"".join(json.dumps({"text": f"Otter {n}. {WORDS}", "date": d}).encode() + b"\n" for n, d in enumerate(("3 May 2015", "May 2015", "3 May 1994")))}, years=[1994]),
    # 09: unset clocks
    Case("09 a day of 1904", "mbox", "usenet-1993", {"a.mbox": dated("Fri, 01 Jan 1904 00:00:00 GMT", "From ann@otter.example Wed Apr 14 10:00:00 1993")}, years=[1993]),
    Case("09 midnight of 1980", "mbox", "usenet-1993", {"a.mbox": dated("Tue, 1 Jan 1980 00:00:12 GMT", "From ann@otter.example Wed Apr 14 10:00:00 1993")}, years=[1993]),
    Case("09 a year of two digits in the future", "mbox", "usenet-1993", {"a.mbox": dated("Wed, 14 Apr 2093 10:00:00 GMT", "From ann@otter.example Wed Apr 14 10:00:00 1993")}, years=[1993]),
    # 10: ARC version 2
    Case("10 a url with blanks", "warc", "web-1995", {"a.arc": version_block(2) + arc("http://o.example/my otters.html", page(f"<P>{WORDS}<P>Last updated: 3 May 1996"), "200 abc - 0 a.arc ")}, years=[1996], inside=["otters"]),
    Case("10 with a redirect location", "warc", "web-1995", {"a.arc": version_block(2) + arc("http://o.example/a.html", page(f"<P>{WORDS}<P>Last updated: 3 May 1996"), "200 - http://p.example/ 120 a.arc ")}, years=[1996]),
    Case("10 version 1 with a url of blanks", "warc", "web-1995", {"a.arc": version_block(1) + arc("http://o.example/my otters.html", page(f"<P>{WORDS}<P>Last updated: 3 May 1996"))}, years=[1996]),
    # 11: multipart
    Case("11 text in a nested part", "mbox", "usenet-1993", {"a.mbox": mail(f"--A\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain\n\nOtter one. {WORDS}\n--B\nContent-Type: text/plain\n\nOtter two.\n--B--\n--A\nContent-Type: text/plain\n\nOtter three.\n--A--", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=A")}, inside=["Otter one.", "Otter two.", "Otter three."]),
    Case("11 a forwarded message", "mbox", "usenet-1993", {"a.mbox": mail(f"--A\nContent-Type: text/plain\n\nOtter one. {WORDS}\n--A\nContent-Type: message/rfc822\n\nFrom: bob@mill.example\nSubject: Re: Otters\n\nOtter two. {WORDS}\n--A--", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=A")}, count=2, inside=["Otter one.", "Otter two."]),
    Case("11 a boundary that is never there", "mbox", "usenet-1993", {"a.mbox": mail(f"Otter plain. {WORDS}", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="nowhere"')}, inside=["Otter plain."]),
    # 13: overstrike and escapes
    Case("13 underlined the other way round", "folder", "manual-1995", {"a.txt": ("N\bN\bNA\bA\bAM\bM\bME\bE\bE\n     o\b_t\b_t\b_e\b_r\b_ - looks at otters\n\n" + WORDS).encode()}, inside=["NAME", "otter - looks"], outside=["\b", "NNN"]),
    Case("13 colours and a cursor", "folder", "manual-1995", {"a.txt": ("\x1b[1;31mNAME\x1b[0m\n     \x1b[4motter\x1b[24m\x1b[K - looks at otters\n\n" + WORDS).encode()}, inside=["NAME", "otter - looks"], outside=["\x1b", "[K"]),
    Case("13 a bell in a page", "folder", "web-1995", {"a.html": page(f"<P>Ring\x07 the bell. {WORDS}", title="Otters\x07 and\x7f mills")}, inside=["Ring the bell", "Otters and mills"], outside=["\x07", "\x7f"]),
    # 15: hyphens
    Case("15 to-morrow and forty-two", "newspapers", "newspaper-1890", issue("We shall come to-", "morrow with forty-", "two men and the"), inside=["to-morrow", "forty-two"], outside=["tomorrow"]),
    Case("15 a word that joins", "newspapers", "newspaper-1890", issue("The magis-", "trate of the parlia-", "ment came and the"), inside=["magistrate", "parliament"]),
    Case("15 names of two parts", "newspapers", "newspaper-1890", issue("The Austro-", "Hungarian emperor and the post-", "office of the town"), inside=["Austro-Hungarian", "post-office"]),
    # 18: charsets
    Case("18 polish", "folder", "web-1995", {"a.html": page(f"<P>Zażółć gęślą jaźń. {WORDS}", '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-2">').decode().encode("iso-8859-2")}, inside=["Zażółć gęślą jaźń"]),
    Case("18 quotes of windows under latin-1", "folder", "web-1995", {"a.html": page(f"<P>The “otter” club’s mill. {WORDS}", '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">').decode().encode("cp1252")}, inside=["“otter”", "club’s"]),
    Case("18 a degree sign under latin-1", "folder", "web-1995", {"a.html": page(f"<P>At 12°C, ±2. {WORDS}", '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">').decode().encode("latin-1")}, inside=["12°C", "±2"]),
    # 19: notes of Gutenberg
    Case("19 a note on images", "gutenberg", "newspaper-1890", {"a.txt": book(f"Title: The Mill\n\n{START}\n\nE-text prepared by Otto Ter and the Online Distributed Proofreading Team\n\nNote: Images of the original pages are available through Internet Archive.\n      See https://otter.example/", NOVEL, END)}, inside=["Chapter I."], outside=["Internet Archive", "prepared by"]),
    Case("19 a transcriber's note at the end", "gutenberg", "newspaper-1890", {"a.txt": book(f"Title: The Mill\n\n{START}", NOVEL, f"[Transcriber's Note: Obvious errors of the printer were corrected\nin the HTML version.]\n\n{END}")}, inside=["Chapter I."], outside=["Transcriber", "HTML"]),
    Case("19 a copyrighted book", "gutenberg", "newspaper-1890", {"a.txt": book("Title: The Mill\n\n*** START OF THE COPYRIGHTED PROJECT GUTENBERG EBOOK, THE MILL ***\n\nProduced by Otto Ter", NOVEL, "*** END OF THE COPYRIGHTED PROJECT GUTENBERG EBOOK, THE MILL ***\nlawyers say")}, inside=["Chapter I."], outside=["COPYRIGHTED", "lawyers", "Produced by"]),
    # 22: dates in pages
    Case("22 hard spaces in front of a date", "folder", "web-1995", {"a.html": page(f"<P>{WORDS}<P>Page&nbsp;last&nbsp;modified&nbsp;May&nbsp;3,&nbsp;1996")}, years=[1996]),
    Case("22 a copyright of a range", "folder", "web-1995", {"a.html": page(f"<P>{WORDS}<P>&copy; 1993-96 The otter club")}, years=[1996]),
    Case("22 a list with and", "folder", "web-1995", {"a.html": page(f"<P>{WORDS}<P>Copyright &copy; 1994, 1995 and 96 by the club")}, years=[1996]),
    # 23: WARC with LF
    Case("23 both headers with lf", "warc", "web-1995", {"a.warc": b"".join(warc(f"http://o{n}.example/", page(f"<P>Otter {n}. {WORDS}"), end="\n") for n in range(3))}, count=3, inside=["Otter 2."]),
    Case("23 one record with lf among others", "warc", "web-1995", {"a.warc": warc("http://o0.example/", page(f"<P>Otter 0. {WORDS}")) + warc("http://o1.example/", page(f"<P>Otter 1. {WORDS}"), end="\n") + warc("http://o2.example/", page(f"<P>Otter 2. {WORDS}"))}, count=3, inside=["Otter 1.", "Otter 2."]),
    Case("23 lf in gzip", "warc", "web-1995", {"a.warc.gz": b"".join(gzip.compress(warc(f"http://o{n}.example/", page(f"<P>Otter {n}. {WORDS}"), end="\n")) for n in range(2))}, count=2, inside=["Otter 1."]),
    # 25: JSON and CSV
    Case("25 an array over many lines", "table", "usenet-1993", {"a.json": json.dumps([{"text": f"Otter {n}. {WORDS}", "date": "1993-04-14"} for n in range(3)], indent=2).encode()}, count=3, inside=["Otter 2."]),
    Case("25 csv with tabs", "table", "usenet-1993", {"a.csv": ("text\tdate\tsite\n" + "".join(f"Otter {n}. {WORDS}\t1993-04-14\ts{n}\n" for n in range(2))).encode()}, count=2, inside=["Otter 1."]),
    Case("25 csv in utf-16 with bars", "table", "usenet-1993", {"a.csv": ("text|date|site\n" + "".join(f"Otter {n}. {WORDS}|1993-04-14|s{n}\n" for n in range(2))).encode("utf-16")}, count=2, inside=["Otter 1."]),
    # 27: XML that is not ALTO
    Case("27 alto with a prefix", "newspapers", "newspaper-1890", {"sn00000001/1890-05-03/ed-1/seq-1/ocr.xml": alto(*(WORDS + WORDS).split(". ")).replace(b"<alto", b'<a:alto xmlns:a="http://www.loc.gov/standards/alto/ns-v3#"').replace(b"</alto", b"</a:alto")}, inside=["otter club"]),
    Case("27 page xml with words alone", "newspapers", "newspaper-1890", {"sn00000001/1890-05-03/ed-1/seq-1/ocr.xml": ('<?xml version="1.0"?><PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15"><Page><TextRegion><TextLine>' + "".join(f"<Word><TextEquiv><Unicode>{w}</Unicode></TextEquiv></Word>" for w in (WORDS + WORDS).split()) + "</TextLine></TextRegion></Page></PcGts>").encode()}, inside=["otter club"]),
    Case("27 catalogue records beside a page", "newspapers", "newspaper-1890", issue() | {"sn00000001/1890-05-03/ed-1/mods.xml": b'<?xml version="1.0"?><mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>The Otter</title></titleInfo></mods>', "sn00000001/1890-05-03/ed-1/marc.xml": b'<?xml version="1.0"?><collection xmlns="http://www.loc.gov/MARC21/slim"><record><leader>1</leader></record></collection>'}, inside=["otter club"]),
    # 31: invisible characters
    Case("31 zero width space and joiner", "folder", "web-1995", {"a.html": page(f"<P>The hippo&#8203;pota&#8205;mus swims. {WORDS}", '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8">')}, inside=["hippopotamus"]),
    Case("31 a word joiner in text", "folder", "manual-1995", {"a.txt": f"The hippo\u2060pota\u00admus swims.\n\n{WORDS}".encode()}, inside=["hippopotamus"]),
    Case("31 a mark of byte order in a mail", "mbox", "usenet-1993", {"a.mbox": mail("Hippo", "Subject: Otters", "Content-Type: text/plain; charset=utf-8").replace(b"Hippo", f"\ufeffThe hippo\ufeffpotamus swims. {WORDS}".encode())}, inside=["hippopotamus"], outside=["\ufeff"]),
    # 33: numbers that are no years
    Case("33 a post code and a model", "folder", "web-1995", {"a.html": page(f"<P>{WORDS} Write to Box 2012, Otterville, CA 92014. Ask for the Model 2020.")}, inside=["Otterville"]),
    Case("33 a price in pounds and a distance", "folder", "web-1995", {"a.html": page(f"<P>{WORDS} The boat cost £2015, and the mill is 2008 feet above the sea.")}, inside=["2008 feet"]),
    Case("33 an extension and a page", "folder", "web-1995", {"a.html": page(f"<P>{WORDS} Call 555-0101 ext. 2014, or see page 2003 of the catalogue.")}, inside=["catalogue"]),
]  # fmt: skip


def cleaned(case: Case, root: Path) -> list[Document | Drop | Skipped | Unreadable]:
    profile = eras.load(case.era)
    for name, data in case.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    place = root if case.kind in ("newspapers", "folder") else root / next(iter(case.files))
    out: list[Document | Drop | Skipped | Unreadable] = []
    for item in open_source(f"{case.kind}:{place}").read():
        read = ingest.read(item, profile) if isinstance(item, Record) else item
        out.append(cleaner.clean(read, profile) if isinstance(read, Document) else read)
    return out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_sibling_is_read_as_it_should_be(case: Case, tmp_path: Path) -> None:
    items = cleaned(case, tmp_path)
    assert not [item for item in items if isinstance(item, Unreadable)]
    kept = [item for item in items if isinstance(item, Document)]
    assert len(kept) == case.count, items
    text = "\n".join(f"{document.title}\n{document.prose}" for document in kept)
    assert [part for part in case.inside if part not in text] == [], text
    assert [part for part in case.outside if part in text] == [], text
    for document, year in zip(kept, case.years, strict=False):
        shown = (document.date_from, document.date_to, document.date_evidence)
        assert document.date_from[:4] <= str(year) <= (document.date_to or "9999")[:4], shown
        if case.name[:2] != "09":
            assert document.date_to[:4] <= "1998", shown


@pytest.mark.parametrize("part", ["q7x", "q7x.h", "q7x.html"])
def test_why_takes_any_part_of_a_source(part: str, tmp_path: Path) -> None:
    (tmp_path / "s1").mkdir()
    (tmp_path / "s1" / "q7x.html").write_bytes(page(f"<P>{WORDS}"))
    run = tmp_path / "RUN"
    done = erastyle("ingest", "web-1995", "--source", f"folder:{tmp_path / 's1'}", "--run", run)
    assert done.exit_code == 0, done.output
    asked = erastyle("why", run, part)
    assert asked.exit_code == 0, asked.output
    assert "q7x" in asked.output


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("era.period.from=1993-02", "write a day: 1999-12-31 (got '1993-02')"),
        ("era.period.to=1997-06-31", "1997-06-31"),
        ("clean.salt=1e3", "1e3"),
        ("clean.salt=0x1f", "put quotes around it: YAML reads a number (got 31)"),
        ("era.language=on", "on"),
        ("era.title=1995", "1995"),
        ('era.briefs=["Write {titel}."]', "titel"),
    ],
)
def test_what_is_set_is_taken_as_written_or_refused_once_in_words(
    value: str, said: str, tmp_path: Path
) -> None:
    run = tmp_path / "RUN"
    result = erastyle(
        "ingest",
        "web-1995",
        "--source",
        "synthetic:20@7",
        "--run",
        run,
        "--set",
        value,
        "--dry-run",
    )
    lines = [line for line in result.output.splitlines() if line.startswith("error")]
    if result.exit_code == 0:
        from erastyle import config

        section, _, rest = value.partition(".")
        text = json.dumps(config.load("web-1995", [value]).model_dump(mode="json"))
        assert f'"{said}"' in text, (section, rest)
        return
    assert result.exit_code == 2
    assert len(lines) == 1, result.output
    assert said in result.output
    for jargon in ("Input should", "Tuple should", "Datetimes provided", "zero time", "got False"):
        assert jargon not in result.output
