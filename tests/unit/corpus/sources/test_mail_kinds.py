"""Mail as programs really wrote it: glued messages, parts, raw 8-bit headers, unset clocks."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.registry import open_source

SEPARATOR = "From ann@foo.example Tue Mar  2 08:15:00 1993\n"


def message(number: int, body: str = "", separator: str = SEPARATOR) -> str:
    return (
        f"{separator}From: ann@foo.example (Ann Bell)\nDate: Tue, 2 Mar 1993 08:15:00 GMT\n"
        f"Newsgroups: rec.boats\nSubject: Sails {number}\nMessage-ID: <{number}@foo.example>\n\n"
        + (body or f"Sail number {number} is torn.\n")
    )


def read(path: Path, data: str | bytes, query: str = "") -> list[Item]:
    path.write_bytes(data.encode("latin-1") if isinstance(data, str) else data)
    return list(open_source(f"mbox:{path}{query}").read())


def texts(items: list[Item]) -> list[str]:
    return [item.raw.decode("latin-1") for item in items if isinstance(item, Record)]


# --- messages that stand close together --------------------------------------------------------


@pytest.mark.parametrize(
    "separator",
    [
        SEPARATOR,
        "From foo!bar!ann Tue Mar 2 08:15 1993\n",
        "From ann@foo.example  Tue, 2 Mar 93 08:15:00 GMT\n",
        'From "Ann Bell"@foo.example Tue Mar  2 08:15:00 1993\n',
        "From ann Tue Mar  2 08:15:00 1993 remote from foo\n>From bob Tue Mar  2 08:14:00 1993\n",
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_separator_begins_a_message_with_and_without_an_empty_line_above(
    tmp_path: Path, separator: str, ends: str, gap: str
) -> None:
    box = gap.join(message(n, separator=separator) for n in range(4)).replace("\n", ends)
    items = read(tmp_path / "a.mbox", box)
    assert [i.title for i in items if isinstance(i, Record)] == [f"Sails {n}" for n in range(4)]
    assert [t.split() for t in texts(items)] == [
        f"Sail number {n} is torn.".split() for n in range(4)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "From what I hear, it is so",
        "From Tuesday on: we sail",
        "From ann Tue Mar  2 the wind was strong",
        "From here\nTo: there",
        "From ann@foo.example Tue Mar  2 08:15:00 1993\nis what the log says.",
    ],
)
def test_a_sentence_that_begins_with_from_stays_in_its_message(tmp_path: Path, line: str) -> None:
    box = message(1, f"We sail.\n{line}\nSoon.\n") + message(2)
    items = read(tmp_path / "a.mbox", box, "?authors=keep")
    assert len(items) == 2
    assert line in texts(items)[0].replace("\r", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [("\x01\x01\x01\x01\n", "\x01\x01\x01\x01\n"), ("#! rnews 99\n", ""), ("#!rnews 7 x\n", "")],
)
def test_mmdf_files_and_batches_of_news_are_split(tmp_path: Path, before: str, after: str) -> None:
    box = "".join(before + message(n, separator="") + after for n in range(3))
    assert len(texts(read(tmp_path / "a", box))) == 3


def test_text_behind_headers_without_an_empty_line_is_the_body(tmp_path: Path) -> None:
    box = message(1).replace("\n\nSail", "\nSail")
    (item,) = read(tmp_path / "a.mbox", box)
    assert isinstance(item, Record)
    assert item.raw == b"Sail number 1 is torn.\n"
    broken = message(2).replace("Newsgroups", "a bad line\nNewsgroups")
    (item,) = read(tmp_path / "b.mbox", broken)
    assert isinstance(item, Record)
    assert (item.site, item.raw) == ("rec.boats", b"Sail number 2 is torn.\n")


# --- parts -------------------------------------------------------------------------------------


def part(text: str, kind: str = "text/plain", more: str = "") -> str:
    return f"--XX\nContent-Type: {kind}\n{more}\n{text}\n"


def mixed(*parts: str, kind: str = "mixed", boundary: str = "; boundary=XX", end: str = "") -> str:
    head = message(1, "x").split("\n\n")[0]
    return f"{head}\nMIME-Version: 1.0\nContent-Type: multipart/{kind}{boundary}\n\n" + "".join(
        [*parts, "--XX--\n", end]
    )


GIF = part(base64.b64encode(b"GIF89a").decode(), "image/gif", "Content-Transfer-Encoding: base64\n")


@pytest.mark.parametrize(
    ("parts", "wanted", "others"),
    [
        ([part("One."), GIF, part("Two.")], "One. Two.", ["image/gif"]),
        ([GIF, part("One."), part("Two."), part("Three.")], "One. Two. Three.", ["image/gif"]),
        ([part("One."), part("x=1", "text/x-c")], "One.", ["text/x-c"]),
        ([part("One."), part("Two.", more="Content-Disposition: inline\n")], "One. Two.", []),
        (
            [part("One."), part("Two.", more="Content-Disposition: attachment\n")],
            "One.",
            ["text/plain"],
        ),
        (["--XX\n\nOne.\n", part("=54wo.", more="Content-Transfer-Encoding: quoted-printable\n")],
         "One. Two.", []),
    ],
)  # fmt: skip
def test_every_inline_text_is_part_of_the_message(
    tmp_path: Path, parts: list[str], wanted: str, others: list[str]
) -> None:
    items = read(tmp_path / "a.mbox", mixed(*parts))
    assert [" ".join(t.split()) for t in texts(items)] == [wanted]
    skipped = [(i.reason, i.detail) for i in items if isinstance(i, Skipped)]
    assert skipped == [("attachment", kind) for kind in others]


def test_parts_in_two_character_sets_are_one_text(tmp_path: Path) -> None:
    box = mixed(
        part("Caf\xe9.", "text/plain; charset=iso-8859-1"),
        part("M\xc3\xbcsli.", "text/plain; charset=utf-8"),
    )
    (item,) = read(tmp_path / "a.mbox", box)
    assert isinstance(item, Record)
    assert item.raw.decode() == "Café.\n\nMüsli.\n"
    assert item.content_type == "text/plain; charset=utf-8"


def test_of_alternatives_one_counts(tmp_path: Path) -> None:
    inner = (
        "--XX\nContent-Type: multipart/alternative; boundary=YY\n\n--YY\nContent-Type: text/plain\n"
        "\nPlain.\n--YY\nContent-Type: text/html\n\n<P>Page.\n--YY--\n"
    )
    items = read(tmp_path / "a.mbox", mixed(inner, part("Footer of the list.")))
    assert [" ".join(t.split()) for t in texts(items)] == ["Plain. Footer of the list."]
    assert [i.detail for i in items if isinstance(i, Skipped)] == ["text/html"]


def test_a_page_beside_a_text_is_a_record_of_its_own(tmp_path: Path) -> None:
    items = read(tmp_path / "a.mbox", mixed(part("<P>Page.", "text/html"), part("Footer.")))
    assert [" ".join(t.split()) for t in texts(items)] == ["Footer.", "<P>Page."]


@pytest.mark.parametrize("kind", ["digest", "mixed"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_message_inside_a_message_is_read(tmp_path: Path, kind: str, count: int) -> None:
    declared = "" if kind == "digest" else "Content-Type: message/rfc822\n"
    inner = [
        f"--XX\n{declared}\nFrom: bob@bar.example (Bob)\nSubject: Inner {n}\n\nText {n}.\n"
        for n in range(count)
    ]
    items = read(tmp_path / "a.mbox", mixed(*inner, kind=kind))
    assert [i.title for i in items if isinstance(i, Record)] == [f"Inner {n}" for n in range(count)]
    assert [" ".join(t.split()) for t in texts(items)] == [f"Text {n}." for n in range(count)]


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=QQ", '; boundary="'])
@pytest.mark.parametrize("kind", ["mixed", "alternative", "digest"])
def test_a_message_without_its_boundary_is_the_text_as_it_stands(
    tmp_path: Path, boundary: str, kind: str
) -> None:
    box = mixed(kind=kind, boundary=boundary).replace("--XX--\n", "Wind from the west.\n")
    items = read(tmp_path / "a.mbox", box)
    assert texts(items) == ["Wind from the west.\n"]


def test_text_around_the_parts_is_kept_and_the_notice_of_programs_is_not(tmp_path: Path) -> None:
    notice = "This is a multi-part message in MIME format.\n"
    items = read(tmp_path / "a.mbox", mixed(notice, part("One."), end="To leave, write to us.\n"))
    assert [" ".join(t.split()) for t in texts(items)] == ["One. To leave, write to us."]


# --- raw bytes in headers ----------------------------------------------------------------------

NAMES = ["Günter Waldfäe", "Øistein Ångström", "Jürgen Großkopf", "José Peña"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("charset", ["iso-8859-1", "cp437", "utf-8", "cp850", "mac_roman"])
@pytest.mark.parametrize("where", ["signed", "quoted", "spelt out", "page"])
def test_an_author_whose_name_is_not_ascii_has_a_stand_in(
    tmp_path: Path, name: str, charset: str, where: str
) -> None:
    try:
        raw = name.encode(charset)
    except UnicodeEncodeError:
        pytest.skip(f"{charset} cannot write {name}")
    if (charset, where) == ("cp850", "spelt out") and name.startswith("Ø"):
        pytest.skip("four letters are too few to tell cp850 from its neighbours")
    first, last = name.split()
    spelt = name.translate(str.maketrans({"ü": "ue", "ä": "ae", "ß": "ss", "Å": "Aa", "ö": "oe",
                                          "Ø": "Oe", "é": "e", "ñ": "n"}))  # fmt: skip
    body = {
        "signed": b"It is torn.\n\nYours,\n" + raw + b"\n",
        "quoted": b"gw@okapi.example (" + raw + b") writes:\n> It is torn.\n",
        "spelt out": b"It is torn.\n\nYours,\n" + spelt.encode() + b"\n",
        "page": b"<P>It is torn.<P>" + raw + b"\n",
    }[where]
    head = b"Content-Type: text/html\nMIME-Version: 1.0\n" if where == "page" else b""
    box = SEPARATOR.encode() + b"From: gw@okapi.example (" + raw + b")\nSubject: Re: " + raw
    box += b" and sails\n" + head + b"\n" + body
    (item,) = read(tmp_path / "a.mbox", box)
    assert isinstance(item, Record)
    shown = item.raw.decode(charset) + item.title + " ".join(item.headers.values())
    for word in (first, last, *spelt.split()):
        assert word not in shown


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Zebra café Löwe".encode("iso-8859-1"), "Zebra café Löwe"),
        ("Zebra café Löwe".encode(), "Zebra café Löwe"),
        ("Grüße aus Köln, schöne Bücher".encode("cp437"), "Grüße aus Köln, schöne Bücher"),
        (b"=?x-unknown?q?Caf=E9_am_See?=", "Café am See"),
        (b"=?unknown-8bit?b?Q2Fm6Q==?= am See", "Café am See"),
        (b"=?iso-8859-1?q?Caf=E9?= =?x-user?q?_am_See?=", "Café am See"),
        ("Löwe =?iso-8859-1?q?Caf=E9?=".encode("iso-8859-1"), "Löwe Café"),
    ],
)
def test_subjects_are_decoded_whatever_is_declared(
    tmp_path: Path, subject: bytes, title: str
) -> None:
    box = b"From: ann@foo.example\nSubject: " + subject + b"\n\nIt is torn.\n"
    (item,) = read(tmp_path / "a", box)
    assert isinstance(item, Record)
    assert item.title == title


def test_the_declared_character_set_of_the_message_is_that_of_its_headers(tmp_path: Path) -> None:
    box = b"From: ann@foo.example\nSubject: \xbfod\xbc\nMIME-Version: 1.0\n"
    box += b"Content-Type: text/plain; charset=iso-8859-2\n\nA long \xbfod\xbc and more.\n"
    (item,) = read(tmp_path / "a", box)
    assert isinstance(item, Record)
    assert item.title == "żodź"


# --- clocks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 31 Dec 1969 19:00:00 EST",
        "Tue, 1 Jan 1980 00:03:00 GMT",
        "1 Jan 93 00:00:00",
        "Sun, 2 Mar 2036 08:15:00 GMT",
        "Wed, 2 Mar 1994 08:15:00 GMT",
        "soon",
        "",
    ],
)
def test_a_date_of_an_unset_clock_is_none_and_the_separator_bounds_it(
    tmp_path: Path, date: str
) -> None:
    box = message(1).replace("Date: Tue, 2 Mar 1993 08:15:00 GMT\n", f"Date: {date}\n")
    (item,) = read(tmp_path / "a.mbox", box)
    assert isinstance(item, Record)
    assert (item.date, item.captured) == ("", "1993-03-02")


@pytest.mark.parametrize(
    "date",
    ["Tue, 2 Mar 1993 08:15:00 GMT", "2 Mar 93", "1 Jan 1993 12:00:00 GMT", "Sat, 20 Mar 93 1:00"],
)
def test_a_date_that_a_clock_can_show_stays(tmp_path: Path, date: str) -> None:
    box = message(1).replace("Tue, 2 Mar 1993 08:15:00 GMT", date)
    (item,) = read(tmp_path / "a.mbox", box)
    assert isinstance(item, Record)
    assert item.date.startswith("1993-")
    assert item.captured == ""


@pytest.mark.parametrize(
    "header",
    [
        "Received: by foo.example id AA01; Tue, 2 Mar 93 09:00:00 GMT",
        "Date-Received: 2 Mar 93 09:00:00 GMT",
        "Delivery-Date: Tue, 02 Mar 1993 09:00:00 GMT",
    ],
)
def test_the_headers_of_the_way_bound_a_message_without_a_separator(
    tmp_path: Path, header: str
) -> None:
    box = f"{header}\nFrom: ann@foo.example\nSubject: a\nDate: 1 Jan 70 0:00:00\n\nIt is torn.\n"
    (item,) = read(tmp_path / "a", box)
    assert isinstance(item, Record)
    assert (item.date, item.captured) == ("", "1993-03-02")


@pytest.mark.parametrize(
    ("separator", "way", "date", "day"),
    [
        ("Fri Aug 19 22:10:00 1983", "", "Fri, 19-Aug-83 10:00:00 EDT", "1983-08-19"),
        ("", "Received: by foo; Fri, 19-Aug-83 22:10:00 EDT", "19 Aug 83 10:00", "1983-08-19"),
        ("", "Date-Received: Sun, 2-Jan-83 22:10:00 EST", "Fri, 31-Dec-82 10:00", "1982-12-31"),
        ("Fri Aug 19 22:10:00 1983", "", "Mon, 19-Aug-74 10:00:00 EDT", ""),
        ("", "", "Fri, 19-Aug-83 10:00:00 EDT", ""),
        ("Thu Jan  1 00:00:00 1970", "", "Thu, 1 Jan 1970 00:00:00 GMT", ""),
        ("Thu Jan  1 01:10:00 1970", "", "Thu, 1 Jan 1970 01:00:00 GMT", ""),
        ("Tue Jan  1 01:10:00 1980", "", "Tue, 1 Jan 1980 01:00:00 GMT", ""),
        ("Fri Aug 19 00:00:00 1983", "", "Fri, 19-Aug-83 10:00:00 EDT", ""),
    ],
)
def test_a_day_before_1985_needs_a_witness(
    tmp_path: Path, separator: str, way: str, date: str, day: str
) -> None:
    lines = [f"From ann@foo.example {separator}" if separator else "", way]
    lines += ["From: ann@foo.example", "Subject: a", f"Date: {date}"]
    box = "\n".join(line for line in lines if line) + "\n\nIt is torn.\n"
    (item,) = read(tmp_path / ("a.mbox" if separator else "a"), box)
    assert isinstance(item, Record)
    assert (item.date, item.captured) == (day, "")


def test_a_message_inside_another_has_its_group_and_is_not_younger(tmp_path: Path) -> None:
    inner = "--XX\n\nFrom: bob@bar.example (Bob)\nSubject: Inner\nDate: soon\n\nText.\n"
    (item,) = read(tmp_path / "a.mbox", mixed(inner, kind="digest"))
    assert isinstance(item, Record)
    assert (item.site, item.date, item.captured) == ("rec.boats", "", "1993-03-02")


def test_several_broken_lines_among_headers_are_left_out() -> None:
    from erastyle.corpus.sources.mail import header_lines

    raw = b"From: a\nbroken one\n folded behind it\nbroken two\nX: y\n folded\nSubject: b\n\nText\n"
    assert header_lines.split(raw) == (b"From: a\nX: y\n folded\nSubject: b\n", b"Text\n")
