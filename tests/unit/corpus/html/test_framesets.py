"""A frameset is joined to its frames where they are, and keeps NOFRAMES otherwise."""

from __future__ import annotations

import pytest

from erastyle.corpus.document import Document
from erastyle.corpus.html.framesets import frames, is_frameset, join
from erastyle.corpus.html.prose import prose
from erastyle.pipeline.join_framesets import Framed
from erastyle.pipeline.runtime.ledger import Ledger
from tests import factories

SET = (
    '<HTML><HEAD><TITLE>Isle</TITLE></HEAD><FRAMESET COLS="20%,*"><FRAME SRC="menu.html" NAME=m>'
    "<FRAME SRC='Main%20A.html'><NOFRAMES><BODY>You need frames.</BODY>"
    "</NOFRAMES></FRAMESET></HTML>"
)
MENU = "<BODY BGCOLOR=#000000><A HREF=a.html>Boats</A><BR><A HREF=b.html>Birds</A></BODY>"
MAIN = "<TITLE>x</TITLE><BODY BGCOLOR=#FFFFFF><H1>Isle</H1><P>It lies in the north.</BODY></HTML>"
FILES = {"d/menu.html": MENU, "d/Main%20A.html": MAIN}


def test_frames_stand_in_the_place_of_the_frameset_in_order():
    joined = join(SET, "d/index.html", FILES.get)
    assert joined.frames == ("d/menu.html", "d/Main%20A.html")
    assert joined.body.startswith("<HTML><HEAD><TITLE>Isle</TITLE></HEAD>")
    assert joined.body.index("Boats") < joined.body.index("<H1>Isle")
    assert "BGCOLOR=#FFFFFF" in joined.body  # of the frame with the most text
    assert "You need frames" not in joined.body
    assert "<FRAME" not in joined.body
    assert "It lies in the north." in prose(joined.body)


def test_without_frames_noframes_is_the_prose():
    assert join(SET, "d/index.html", {}.get) is None
    assert "You need frames." in prose(SET)


def test_framesets_inside_frames_are_joined_and_circles_end():
    files = {"o.html": '<FRAMESET ROWS="*"><FRAME SRC=d/i.html><FRAME SRC=o.html></FRAMESET>',
             "d/i.html": SET, **FILES}  # fmt: skip
    joined = join(files["o.html"], "o.html", files.get)
    assert joined.frames == ("d/i.html", "d/menu.html", "d/Main%20A.html")
    circle = {"a": "<FRAMESET><FRAME SRC=b></FRAMESET>", "b": "<FRAMESET><FRAME SRC=a></FRAMESET>"}
    assert join(circle["a"], "a", circle.get) is None


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<P>About the FRAMESET element", False),
        ("<!-- <FRAMESET> --><P>x", False),
        ("<frameset rows='*'>", True),
    ],
)
def test_only_a_frameset_is_one(html, found):
    assert is_frameset(html) is found


def test_odd_addresses_are_left_out():
    html = "<FRAMESET><FRAME SRC='javascript:x'><FRAME><FRAME SRC=''><FRAME SRC='http://[x/'>"
    assert frames(html, "http://h/") == []


def _document(source: str, body: str) -> Document:
    return factories.document(body, id=source, source=source, site="h", format="html")


def test_the_stage_reads_framesets_joined_and_knows_which_frames_they_hold(tmp_path):
    documents = [
        _document("http://h/d/MENU.html", MENU),
        _document("http://h/d/index.html", SET),
        _document("http://h/d/main a.html", MAIN),
        _document("http://h/d/alone.html", SET.replace("menu", "no").replace("Main", "no")),
    ]
    with Ledger(tmp_path / "ingest") as book:
        for document in documents:
            book.keep(document)
        book.stats(len(documents))
    framed = Framed(tmp_path / "ingest")
    read = list(framed.read())
    assert [document.source for document in read] == [document.source for document in documents]
    assert "It lies in the north." in read[1].body
    assert read[3].body == documents[3].body
    holders = [framed.holder(document) for document in documents]
    assert holders == ["http://h/d/index.html", "", "http://h/d/index.html", ""]
