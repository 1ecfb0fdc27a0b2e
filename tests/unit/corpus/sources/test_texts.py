"""Mail and news, books, newspapers and tables."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from erastyle.corpus.dates import headers
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.gutenberg import unframe
from erastyle.corpus.sources.mail.mbox import messages
from erastyle.corpus.sources.registry import open_source
from erastyle.corpus.sources.table import day
from tests.conftest import SHARED

ARTICLE = b"""Path: news.example!ann
Newsgroups: rec.autos,misc.forsale
From: ann@foo.example (Ann Other)
Subject: Re: Brakes
 that squeal
Date: 23 Apr 93 09:22:13 GMT
Message-ID: <1@foo.example>

In article <0@foo.example> bob writes:
> They squeal.

Clean them.
--
Ann
"""


def read(path: Path, data: bytes, kind: str) -> list[Item]:
    path.write_bytes(data)
    return list(open_source(f"{kind}:{path}").read())


def only(items: list[Item]) -> Record:
    (item,) = items
    assert isinstance(item, Record)
    return item


# --- mail and news -----------------------------------------------------------------------------


def test_an_article_keeps_its_group_date_subject_quotes_and_signature(tmp_path: Path) -> None:
    item = only(read(tmp_path / "1234", ARTICLE, "mbox"))
    assert item.source == "1234#<1@foo.example>"
    assert (item.site, item.date, item.title) == (
        "rec.autos", "1993-04-23", "Re: Brakes that squeal",
    )  # fmt: skip
    assert item.raw.startswith(b"In article <0@foo.example>")
    name = item.headers["from"].split(" ")[0]
    assert item.raw.endswith(f"--\n{name}\n".encode())
    assert item.headers["newsgroups"] == "rec.autos,misc.forsale"


def test_an_article_that_rn_saved_is_read(tmp_path: Path) -> None:
    item = only(read(tmp_path / "saved", b"Article 77 of rec.autos:\n" + ARTICLE, "mbox"))
    assert item.site == "rec.autos"


def test_sentences_that_begin_with_from_do_not_end_a_message() -> None:
    head = b"From ann@foo.example Fri Apr 23 09:22:13 1993\n"
    body = b"Subject: a\n\nOne.\n\nFrom what I know: it is so.\nNo more.\n\n>From here on.\n\n"
    found = [m.raw for m in messages(io.BytesIO((head + body) * 3))]
    assert found == [body.replace(b">From", b"From")[:-1]] * 3


@pytest.mark.parametrize(
    "line",
    [
        b"From - Thu Apr  1 00:00:00 1993",
        b"From ann Thu Apr  1 00:00 1993",
        b"From foo!bar!ann Thu, 1 Apr 93 00:00:00 PST remote from here",
        b"From MAILER-DAEMON@foo.example  Thu Apr 01 00:00:00 1993",
        b"From ann@foo.example",
    ],
)
def test_separators_of_many_programs_are_known(line: bytes) -> None:
    one = line + b"\nSubject: a\nFrom: b\n\nText.\n\n"
    assert len(list(messages(io.BytesIO(one * 4)))) == 4


def test_offsets_point_at_the_separators() -> None:
    one = b"From - Thu Apr  1 00:00:00 1993\nSubject: a\n\nText.\n\n"
    assert [m.offset for m in messages(io.BytesIO(one * 3))] == [0, len(one), 2 * len(one)]


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("Fri, 23 Apr 1993 09:22:13 GMT", "1993-04-23"),
        ("Fri, 23 Apr 93 09:22:13 -0700 (PDT)", "1993-04-23"),
        ("Tue, 6-Apr-93 16:31:33 PDT", "1993-04-06"),
        ("Mon Apr 12 10:22:33 EDT 1993", "1993-04-12"),
        ("12 April 1993 10:22 Uhr", "1993-04-12"),
        ("1993-04-12T10:22:33Z", "1993-04-12"),
        ("Sun, 2 Jan 00 10:00:00 +0000", "2000-01-02"),
        ("31 Feb 93", ""),
        ("Thu, 1 Jan 70093 00:00:00", ""),
        ("soon", ""),
        ("", ""),
    ],
)
def test_dates_of_many_programs_are_read(header: str, wanted: str) -> None:
    assert headers.day(header) == wanted


def test_the_first_text_of_a_message_is_taken_and_attachments_are_skipped(tmp_path: Path) -> None:
    data = (
        b"From: ann@foo.example\nSubject: =?iso-8859-1?q?Caf=E9?=\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain; '
        b"charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nUn caf=E9.\n--x\n"
        b"Content-Type: image/gif\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"GIF89a")
        + b"\n--x--\n"
    )
    skipped, item = read(tmp_path / "m", data, "mbox")
    assert isinstance(skipped, Skipped)
    assert (skipped.reason, skipped.detail) == ("attachment", "image/gif")
    assert isinstance(item, Record)
    assert (item.raw, item.content_type) == (b"Un caf\xe9.", "text/plain; charset=iso-8859-1")
    assert item.title == "Caf\xe9"


def test_the_site_of_mail_is_its_list_or_a_name_that_hides_the_author(tmp_path: Path) -> None:
    plain = b"From: Ann <ann@foo.example>\nSubject: a\n\nText.\n"
    alone = only(read(tmp_path / "a", plain, "mbox"))
    assert alone.site.startswith("author-")
    assert "ann" not in alone.site
    again = only(read(tmp_path / "b", plain.replace(b"Ann <ann@foo", b"<ANN@foo"), "mbox"))
    assert again.site == alone.site
    on_list = only(read(tmp_path / "c", b"List-Id: Old cars <cars.foo.example>\n" + plain, "mbox"))
    assert on_list.site == "cars.foo.example"
    owner = only(read(tmp_path / "d", b"Sender: owner-cars@foo.example\n" + plain, "mbox"))
    assert owner.site == "cars@foo.example"


@pytest.mark.parametrize(("by", "site"), [("hierarchy", "rec"), ("file", "1234")])
def test_the_site_of_news_can_be_chosen(tmp_path: Path, by: str, site: str) -> None:
    (tmp_path / "1234").write_bytes(ARTICLE)
    assert only(list(open_source(f"mbox:{tmp_path}/1234?site={by}").read())).site == site
    with pytest.raises(ConfigError, match="one of group, hierarchy, author, thread, file"):
        open_source(f"mbox:{tmp_path}/1234?site=day")


def test_a_maildir_and_a_packed_mbox_are_read(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    (tmp_path / "box" / "cur" / "1.host:2,S").write_bytes(ARTICLE)
    (tmp_path / "box" / "new" / "2.host").write_bytes(ARTICLE)
    assert len(list(open_source(str(tmp_path / "box")).read())) == 2
    mbox = b"From - Thu Apr  1 00:00:00 1993\n" + ARTICLE + b"\n"
    (tmp_path / "a.mbox.gz").write_bytes(gzip.compress(mbox * 3))
    assert len(list(open_source(str(tmp_path / "a.mbox.gz")).read())) == 3


def test_what_is_no_mail_and_control_messages_are_skipped(tmp_path: Path) -> None:
    (item,) = read(tmp_path / "a.txt", b"Dear Ann,\n\nhow are you?\n", "mbox")
    assert isinstance(item, Skipped)
    assert item.reason == "not mail"
    (item,) = read(tmp_path / "b", b"Control: cancel <1@foo>\n" + ARTICLE, "mbox")
    assert isinstance(item, Skipped)
    assert (item.reason, item.detail) == ("control message", "cancel")


def test_every_real_article_is_a_record_of_its_year() -> None:
    if not SHARED.is_dir():
        pytest.skip("the real documents (shared/data beside the checkout) are not here")
    with gzip.open(SHARED / "labels" / "usenet1993.jsonl.gz", "rt", encoding="utf-8") as file:
        labels = {row["ref"]: row["year"] for row in map(json.loads, file)}
    items = list(open_source(str(SHARED / "usenet1993.zip")).read())
    assert len(items) == 4500
    found = {i.source.split("/", 1)[1].replace(".mbox", ""): i for i in items}
    assert set(found) == set(labels)
    years = {ref: i.date[:4] for ref, i in found.items() if isinstance(i, Record)}
    assert years == {ref: str(year) for ref, year in labels.items()}


# --- books -------------------------------------------------------------------------------------

NEW = b"""\xef\xbb\xbfThe Project Gutenberg eBook of A Walk

Title: A Walk
        in the Hills

Author: A. Nobody

Original publication: London: Somebody, 1891

*** START OF THE PROJECT GUTENBERG EBOOK A WALK ***

Produced by some volunteers and
others

A WALK

We set out at dawn.

*** END OF THE PROJECT GUTENBERG EBOOK A WALK ***

Updated editions will replace the previous one.
"""
OLD = b"""***The Project Gutenberg Etext of A Walk, by A. Nobody***
words of the licence
*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\r
\r
A WALK\r
\r
We set out at dawn.\r
\r
End of the Project Gutenberg Etext of A Walk\r
"""


@pytest.mark.parametrize("raw", [NEW, OLD], ids=["new", "old"])
def test_the_frame_of_a_book_is_removed(tmp_path: Path, raw: bytes) -> None:
    item = only(read(tmp_path / "walk.txt", raw, "gutenberg"))
    assert item.raw == b"A WALK\n\nWe set out at dawn.\n"
    assert item.site == "A. Nobody"
    assert item.title.startswith("A Walk")


def test_the_year_of_a_book_is_taken_only_where_it_is_stated(tmp_path: Path) -> None:
    assert only(read(tmp_path / "new.txt", NEW, "gutenberg")).date == "1891"
    assert only(read(tmp_path / "old.txt", OLD, "gutenberg")).date == ""


def test_a_book_without_a_frame_stays_as_it_is() -> None:
    book = unframe(b"It begins.\nIt ends.\n")
    assert (book.text, book.fields, book.framed) == (b"It begins.\nIt ends.\n", {}, False)


# --- newspapers --------------------------------------------------------------------------------

ALTO = b"""<?xml version="1.0"?><alto xmlns="http://www.loc.gov/standards/alto/ns-v2#"><Layout><Page>
<TextBlock><TextLine><String CONTENT="THE"/><SP/><String CONTENT="NEWS"/></TextLine>
<TextLine><String CONTENT="of yester"/><HYP CONTENT="-"/></TextLine></TextBlock>
<TextBlock><TextLine><String CONTENT="day"/></TextLine></TextBlock></Page></Layout></alto>"""


def test_a_batch_gives_pages_by_newspaper_and_day_and_each_page_once(tmp_path: Path) -> None:
    page = tmp_path / "batch_dlc_20120101" / "sn83030214" / "1890-01-05" / "ed-1" / "seq-1"
    page.mkdir(parents=True)
    (page / "ocr.txt").write_bytes(b"THE NEWS of yesterday")
    (page / "ocr.xml").write_bytes(ALTO)
    (page.parent / "0002.xml").write_bytes(ALTO)
    items = list(open_source(f"newspapers:{tmp_path}").read())
    pages = [(i.site, i.date) for i in items if isinstance(i, Record)]
    assert pages == [("sn83030214", "1890-01-05")] * 2
    assert [i.reason for i in items if isinstance(i, Skipped)] == ["same page as text"]


def test_the_days_of_real_newspapers_agree_with_their_labels() -> None:
    if not SHARED.is_dir():
        pytest.skip("the real documents (shared/data beside the checkout) are not here")
    with gzip.open(SHARED / "labels" / "newspapers.jsonl.gz", "rt", encoding="utf-8") as file:
        labels = {row["ref"]: row["year"] for row in map(json.loads, file)}
    items = open_source(f"newspapers:{SHARED / 'newspapers.zip'}").read()
    dated = [i for i in items if isinstance(i, Record) and i.date]
    assert len(dated) > 800
    assert all(int(i.date[:4]) == labels[i.source.split("/", 1)[1]] for i in dated)


# --- tables ------------------------------------------------------------------------------------

ROWS = [
    {"body": "One\nline.", "year": 1995, "who": "Ann", "title": "A"},
    {"body": "<H1>Two</H1> words", "year": "1996-05-06", "who": "Bob", "title": None},
]


def test_json_csv_and_parquet_give_the_same_documents(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import csv

    import pyarrow.parquet as pq

    text = [{k: "" if v is None else str(v) for k, v in row.items()} for row in ROWS]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    with (tmp_path / "a.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(text[0]))
        writer.writeheader()
        writer.writerows(text)
    pq.write_table(pa.Table.from_pylist(text), tmp_path / "a.parquet")
    found = []
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        items = open_source(f"table:{tmp_path}/{name}?date=year&site=who").read()
        found.append([(i.raw, i.date, i.site, i.title) for i in items if isinstance(i, Record)])
    assert found[0] == found[1] == found[2]
    assert found[0] == [
        (b"One\nline.", "1995", "Ann", "A"), (b"<H1>Two</H1> words", "1996-05-06", "Bob", ""),
    ]  # fmt: skip


def test_rows_are_named_by_their_line_and_typed_by_their_markup(tmp_path: Path) -> None:
    data = b"\n".join([json.dumps(ROWS[0]).encode(), b"", json.dumps(ROWS[1]).encode()])
    one, two = read(tmp_path / "a.jsonl", data, "table")
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    assert (one.source, two.source) == ("a.jsonl:1", "a.jsonl:3")
    assert one.content_type == "text/plain; charset=utf-8"
    assert two.content_type == "text/html; charset=utf-8"


def test_a_column_that_is_not_there_gets_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"author": "x", "words": "y"}')
    with pytest.raises(ConfigError, match=r"no column 'autor'\. Did you mean author\?"):
        list(open_source(f"table:{tmp_path}/a.jsonl?body=words&site=autor").read())
    with pytest.raises(ConfigError, match=r"which column of a\.jsonl is the text\?"):
        list(open_source(f"table:{tmp_path}/a.jsonl").read())


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="0 bytes"):
        read(tmp_path / "a.jsonl", b"", "table")


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (1995, "1995"),
        ("1995", "1995"),
        ("1995-13-40", "1995"),
        (19950102, "1995-01-02"),
        (123456789012345678, ""),
        (None, ""),
        ("", ""),
    ],
)
def test_cells_that_hold_a_date(cell: object, wanted: str) -> None:
    assert day(cell) == wanted


def test_the_whole_shared_folder_adds_up() -> None:
    if not SHARED.is_dir():
        pytest.skip("the real documents (shared/data beside the checkout) are not here")
    name = "books-and-journals.zip"
    with zipfile.ZipFile(SHARED / name) as archive:
        count = len([i for i in archive.infolist() if not i.is_dir()])
    items = Counter(type(i).__name__ for i in open_source(str(SHARED / name)).read())
    assert items == {"Record": 378, "Skipped": count - 378}
