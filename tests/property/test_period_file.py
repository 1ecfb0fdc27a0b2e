"""A file of the era gives back the text that was written into it."""

from __future__ import annotations

import re
import tempfile
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from erastyle.corpus import era as eras
from erastyle.corpus import period_file
from erastyle.corpus.document import Document
from erastyle.corpus.errors import SourceError
from erastyle.corpus.period_file import Posting
from erastyle.corpus.provenance.label import Notice, strip
from erastyle.corpus.record import Record
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.ingest import MACHINE, machine_written, read

ERAS = {name: eras.load(name) for name in eras.names()}
CRLF = ERAS["usenet-1993"].model_copy(
    update={"files": ERAS["usenet-1993"].files.model_copy(update={"line_ends": "crlf"})}
)
PIECES = st.sampled_from(
    [
        "From me to you", "\nFrom a@b.c Fri Apr 23 09:22:13 1993\n", "\n>From x", "\n\n", "\n-- \n",
        "Ann writes:\n> quoted ", "> ", "A@B.EXAMPLE", "Subject: x\n", "\r\n", "\x00", "\x1a", "é",
        "“", "—", "日本", "\ud800", "\x1b[1m", "<P>", "<HTML><BODY>", "</BODY></HTML>", "<TITLE>",
        "word " * 30, "w" * 90, "\t", "&amp;", "\u202e", "😀", " ", "Ã©", "\f",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=6)), min_size=1, max_size=14).map("".join)
NOTICES = st.one_of(st.none(), st.just(Notice(era="Usenet", sentence="No flames, please.")))


def read_back(raw: bytes, name: str, era: eras.Era) -> Document:
    """Read a file by the readers of the corpus, as a run would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(raw)
        spec = f"mbox:{path}?authors=keep" if name.endswith(".mbox") else str(path)
        records = [item for item in open_source(spec).read() if isinstance(item, Record)]
    assert len(records) == 1
    document = read(records[0], era)
    assert isinstance(document, Document)
    assert bool(machine_written(records[0], document)) == ("erastyle-label" in document.body)
    return document


def words(text: str) -> list[str]:
    """The words of a text, without the marks of quotation before its lines."""
    lines = (re.sub(r"^[ \t]*(?:[>|:][ \t]?)*", "", line) for line in text.split("\n"))
    return " ".join(lines).split()


@given(st.sampled_from([*ERAS.values(), CRLF]), TEXTS, NOTICES, st.text(max_size=9))
@example(ERAS["usenet-1993"], "From a\n\nFrom b\n>From c", None, "Re: x")
@example(ERAS["manual-1995"], "\n>From x" + "word " * 30, None, "")
@example(ERAS["web-1995"], "<P>caf\u00e9 \u2014 \u65e5", Notice(), "")
@settings(deadline=None, max_examples=200)
def test_what_is_written_is_read_back(era, text, notice, subject):
    try:
        file = period_file.write(text, era, notice, Posting(subject))
    except SourceError:
        return
    name = "it" + period_file.ENDINGS[period_file.kind_of(era)]
    document = read_back(file.raw, name, era)
    assert document.body == file.body
    assert document.format == era.formats[0]
    plain = strip(document.body)
    assert plain if notice else plain == file.body
    assert "erastyle-label" not in plain
    original = period_file._plain(text)
    if era.formats == ("html",):
        same = plain if not file.replaced else unescape(plain)
        assert same == (original if not file.replaced else unescape(original))
    elif not file.replaced:
        assert "".join(words(plain)) == "".join(words(original))
    if era.files.columns:
        long = [line for line in plain.split("\n") if len(line) > era.files.columns]
        assert not [line for line in long if len(line.split()) > 2 and line[:1] not in " \t>|:"]
    if era.files.line_ends == "crlf":
        assert file.raw.count(b"\n") == file.raw.count(b"\r\n")


@pytest.mark.parametrize(
    ("text", "why"), [(" \x00\n", "empty"), ("<P><LABEL>", "later than"), ("<P>w", "read back")]
)
def test_what_cannot_be_a_file_of_the_era_is_refused(text: str, why: str) -> None:
    era = ERAS["manual-1995" if why == "read back" else "web-1995"]
    with pytest.raises(SourceError, match=why):
        period_file.write(text, era, None, Posting())


@given(st.sampled_from([*ERAS.values()]), st.text(st.characters(max_codepoint=255), min_size=9))
@settings(deadline=None, max_examples=60)
def test_a_text_of_letters_is_hardly_ever_refused(era, text):
    letters = "".join(letter if letter.isalpha() else " " for letter in text) + "words"
    page = f"<P>{letters}" if era.formats == ("html",) else letters
    assert period_file.write(page, era, Notice(), Posting()).raw


def test_a_page_with_markup_of_later_years_is_refused() -> None:
    with pytest.raises(SourceError, match="<label>"):
        period_file.write("<P>A <LABEL>b</LABEL>", ERAS["web-1995"], None, Posting())


def test_an_article_has_the_headers_of_rfc_1036() -> None:
    era = ERAS["usenet-1993"]
    posting = Posting("Kites\nNewsgroups: alt.evil", period_file.day_of(era, "k", 1994), "a b")
    raw = period_file.write("Hello.", era, Notice(era=era.title), posting).raw
    head, _, body = raw.decode().partition("\n\n")
    lines = head.split("\n")
    assert lines[0].startswith("From nobody@erastyle.invalid ")
    names = [line.partition(":")[0] for line in lines[1:]]
    assert names[:6] == ["Path", "From", "Newsgroups", "Subject", "Message-ID", "Date"]
    assert "Subject: Kites Newsgroups: alt.evil" in lines
    assert "Message-ID: <ab@erastyle.invalid>" in lines
    assert any(line.startswith("Date: ") and " 1994 " in line for line in lines)
    assert "X-Digital-Source-Type: http://cv.iptc.org" in head
    assert body.startswith("[")
    bare = period_file.write("Hello.", era, None, posting).raw
    assert b"X-Digital" not in bare


def test_lines_that_begin_as_a_separator_are_quoted_and_read_back() -> None:
    era = ERAS["usenet-1993"]
    text = "From me to you.\n\nFrom a@b.c Fri Apr 23 09:22:13 1993\nTo: you\n\n>From here\n"
    file = period_file.write(text, era, None, Posting())
    assert b"\n>From me to you.\n\n>From a@b.c" in file.raw
    assert b"\n>>From here" in file.raw
    assert file.body == text


def test_a_labelled_article_is_known_by_its_header_alone() -> None:
    era = ERAS["usenet-1993"]
    raw = period_file.write("Hello there.", era, Notice(), Posting()).raw
    at = raw.index(b"\n\n") + 2
    document_record = raw[:at] + b"Hello there.\n\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mbox"
        path.write_bytes(document_record)
        (record,) = open_source(str(path)).read()
    assert isinstance(record, Record)
    document = read(record, era)
    assert isinstance(document, Document)
    assert MACHINE == "machine-written"
    assert "header" in machine_written(record, document)
