"""Threads, quotations, signatures, authors, and messages that became web pages."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erastyle.corpus.cleaning import privacy
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.mail import quotes
from erastyle.corpus.sources.mail.hypermail import is_message_page, message_of
from erastyle.corpus.sources.mail.rules import SALT, Threads
from erastyle.corpus.sources.registry import open_source


def kinds(post: str) -> list[tuple[str, str]]:
    return [(p.kind, p.text) for p in quotes.parts(post)]


LINES = st.sampled_from([
    "> rain\n", ">> snow\n", "AB> hail\n", ": mist\n", "| fog\n", "\n", "Sun.\n", "-- \n", "--\n",
    "In article <1@a.b>, ann@a.b writes:\n", "He wrote:\n", "a\rb\n", "x\x0cy\n", "no end",
])  # fmt: skip


@given(st.lists(st.one_of(LINES, st.text(max_size=12))).map("".join))
@settings(deadline=None, max_examples=150)
def test_the_parts_of_a_posting_are_the_posting(post: str) -> None:
    found = quotes.parts(post)
    assert "".join(p.text for p in found) == post
    assert all(a.kind != b.kind for a, b in itertools.pairwise(found))
    assert quotes.render(found) == post


@given(st.lists(LINES).map("".join))
@settings(deadline=None, max_examples=100)
def test_what_is_dropped_is_gone_and_marking_twice_changes_nothing(post: str) -> None:
    found = quotes.parts(post)
    marked = quotes.render(found, "mark")
    assert quotes.render(quotes.parts(marked), "mark") == marked
    dropped = quotes.render(found, "drop", "drop")
    new = "".join(p.text for p in found if p.kind == "new").split()
    assert dropped.split() == new


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("> a", "quote"),
        (" > a", "quote"),
        ("JD> a", "quote"),
        ("|> a", "quote"),
        ("->a", "new"),
        ("if a > b", "new"),
        (": a", "new"),
        ("| 1 | 2 |", "new"),
    ],
)
def test_marks_of_quotation_alone(line: str, kind: str) -> None:
    assert kinds(f"Look:\n{line}\n")[-1][1].endswith(f"{line}\n")
    assert kinds(f"Look:\n{line}\n")[-1][0] == kind


@pytest.mark.parametrize("mark", [":", "|", "}", "#", "*"])
def test_other_marks_count_below_an_attribution_and_as_long_as_they_go_on(mark: str) -> None:
    post = (
        f"Ann Bell (ann@a.b) wrote:\n\n{mark} Rain.\n{mark}\n{mark} Snow.\n\nSun.\n{mark} Hail.\n"
    )
    assert [k for k, _ in kinds(post)] == [
        "attribution", "new", "quote", "new", "quote",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        "In article <1@a.b> ann@a.b (Ann Bell) writes:\n",
        "In article <1@a.b>,\nann@a.b (Ann Bell) writes:\n",
        "ann@a.b (Ann Bell) writes:\n",
        "Ann Bell <ann@a.b> wrote:\n",
        "On Tue, 6 Apr 1993 at 16:31, Ann wrote:\n",
        "Ann Bell writes...\n",
    ],
)
def test_lines_that_say_who_wrote(lines: str) -> None:
    assert kinds(lines + "> Rain.\n") == [("attribution", lines), ("quote", "> Rain.\n")]


def test_a_sentence_about_writing_is_no_attribution() -> None:
    post = "That is what my aunt always said:\nNever in the rain.\n"
    assert kinds(post) == [("new", post)]


def test_a_rule_of_dashes_far_from_the_end_is_no_signature() -> None:
    post = "Head\n--\n" + "text\n" * 30
    assert kinds(post) == [("new", post)]


# --- threads -----------------------------------------------------------------------------------


def message(number: int, body: str, before: str = "", who: str = "Ann Bell <ann@a.edu>") -> str:
    head = f"From {who.split()[-1]} Fri Apr 23 09:22:13 1993\nFrom: {who}\nSubject: Rain\n"
    head += f"Message-ID: <{number}@a.edu>\nDate: 23 Apr 1993 09:22:13 GMT\n"
    return head + (f"References: {before}\n" if before else "") + f"\n{body}\n\n"


def read(path: Path, text: str, query: str = "") -> list[Item]:
    path.write_text(text)
    return list(open_source(f"mbox:{path}{query}").read())


def test_a_thread_is_one_site_even_where_references_are_cut(tmp_path: Path) -> None:
    box = message(1, "a") + message(2, "b", "<1@a.edu>") + message(3, "c", "<2@a.edu>")
    box += message(9, "d")
    items = read(tmp_path / "x.mbox", box, "?site=thread")
    sites = [i.site for i in items if isinstance(i, Record)]
    assert sites[0] == sites[1] == sites[2] != sites[3]
    assert [i.signals["depth"] for i in items if isinstance(i, Record)] == [0, 1, 1, 0]
    assert all(i.headers["thread"] == i.site for i in items if isinstance(i, Record))


def test_a_message_without_any_identifier_has_no_thread() -> None:
    assert Threads().root({"subject": "Rain"}) == ("", 0)


# --- rules -------------------------------------------------------------------------------------

POST = "Bob Cole <bob@b.edu> writes:\n| Rain.\n\nSun.\n-- \nAnn\n"


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("", "| Rain.", "> Rain."),
        ("?quotes=mark", "> Rain.", "| Rain."),
        ("?quotes=drop", "Sun.", "Rain"),
        ("?signatures=drop", "Sun.", "-- "),
    ],
)
def test_quotations_and_signatures_are_treated_as_asked(
    tmp_path: Path, query: str, there: str, gone: str
) -> None:
    (item,) = read(tmp_path / "x.mbox", message(1, POST), query)
    assert isinstance(item, Record)
    assert there in item.raw.decode()
    assert gone not in item.raw.decode()
    assert item.signals["quoted"] == pytest.approx(0.2)


def test_a_message_that_only_quotes_is_skipped_where_quotations_are_dropped(
    tmp_path: Path,
) -> None:
    (item,) = read(tmp_path / "x.mbox", message(1, "> Rain."), "?quotes=drop")
    assert item == Skipped("x.mbox#<1@a.edu>", "empty", "nothing but quotations")


def test_an_author_has_the_same_stand_in_as_writer_and_when_quoted(tmp_path: Path) -> None:
    name, mail = privacy.person("bob@b.edu", SALT)
    box = message(
        1, "Rain. Bob Cole says so; write to bob@b.edu.\n--\nBob", who="Bob Cole <bob@b.edu>"
    )
    box += message(
        2, "In article <1@a.edu>, bob@b.edu (Bob Cole) writes:\n> Rain.\n\nSun.\n--\nAnn"
    )
    box += message(3, "Bob Cole writes:\n> Rain.\n\nHail.")
    first, second, third = (
        i.raw.decode() for i in read(tmp_path / "x.mbox", box) if isinstance(i, Record)
    )
    assert first == f"Rain. {name} says so; write to {mail}.\n--\n{name.split()[0]}\n"
    assert f"{mail} ({name}) writes:" in second
    assert third.startswith(f"{name} writes:")
    assert not any(w in first + second + third for w in ("Bob", "Cole", "bob@", "Ann"))


def test_the_clean_stage_gives_the_same_stand_in() -> None:
    name, mail = privacy.person("bob@b.edu", SALT)
    assert privacy.pseudonymise("bob@b.edu", SALT)[0] == mail
    assert name[0].lower() == mail[0]
    assert name.split()[1].lower() in mail


def test_no_header_names_a_person(tmp_path: Path) -> None:
    (item,) = read(tmp_path / "x.mbox", message(1, "Rain."))
    assert isinstance(item, Record)
    assert "Ann" not in str(item.headers)
    (kept,) = read(tmp_path / "x.mbox", message(1, "Rain."), "?authors=keep")
    assert isinstance(kept, Record)
    assert kept.headers["from"] == "Ann Bell <ann@a.edu>"


def test_the_salt_decides_the_stand_ins(tmp_path: Path) -> None:
    (one,) = read(tmp_path / "x.mbox", message(1, "Rain."))
    (two,) = read(tmp_path / "x.mbox", message(1, "Rain."), "?salt=mine")
    assert isinstance(one, Record)
    assert isinstance(two, Record)
    name, mail = privacy.person("ann@a.edu", "mine")
    assert two.headers["from"] == f"{name} <{mail}>" != one.headers["from"]


def test_letters_beyond_ascii_survive_in_any_character_set(tmp_path: Path) -> None:
    for charset in ("latin-1", "cp437", "mac-roman", "utf-8", "iso2022_jp"):
        body = "日本" if charset == "iso2022_jp" else "Grüße"
        path = tmp_path / charset
        path.write_bytes(message(1, "@@").encode().replace(b"@@", body.encode(charset)))
        (item,) = open_source(f"mbox:{path}").read()
        assert isinstance(item, Record)
        assert item.raw.decode(charset).strip() == body


def test_an_unknown_value_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"quotes is one of keep, mark, drop.*drop"):
        read(tmp_path / "x", message(1, "a"), "?quotes=dorp")


# --- pages -------------------------------------------------------------------------------------

HYPERMAIL = """<!-- received="Mon Apr 11 18:24:02 1994 PDT" -->
<!-- sent="Mon, 11 Apr 94 18:20:59 -0700" -->
<!-- name="Ann Bell" -->
<!-- email="ann@a.edu" -->
<!-- subject="Re: Rain &amp; snow" -->
<!-- id="9404120124.AA01@a.edu" -->
<!-- inreplyto="1@b.edu" -->
<title>lists-1994: Re: Rain &amp; snow</title>
<h1>Re: Rain &amp; snow</h1>
Ann Bell (<i>ann@a.edu</i>)<br>
<i>Mon, 11 Apr 94</i>
<hr>
<!-- body="start" -->
<p>
Bob Cole writes:<br>
<i>&gt; Does a &lt;TABLE&gt; help?</i><br>
<p>
It does not.<br>
<pre>
  a   b
  1   2
</pre>
-- <br>
Ann<br>
<!-- body="end" -->
<p><hr><a href="0012.html">Next message</a>
"""

MHONARC = """<!-- MHonArc v2.6.8 -->
<!--X-Subject: Rain &#45;&#45; again -->
<!--X-From-R13: Naa Pbyr <naaNo.rqh> -->
<!--X-Date: Tue, 12 Apr 1994 09:00:00 +0000 -->
<!--X-Message-Id: 2@b.edu -->
<!--X-Content-Type: text/plain -->
<!--X-Reference: 9404120124.AA01@a.edu -->
<!--X-Head-End-->
<HTML><BODY><UL><LI>Date: now</LI></UL>
<!--X-Body-of-Message-->
<PRE>
First line
second &amp; last
</PRE>
<!--X-Body-of-Message-End-->
<HR><A HREF="threads.html">Thread</A></BODY></HTML>
"""


def test_a_page_of_hypermail_becomes_its_message(tmp_path: Path) -> None:
    folder = tmp_path / "www-talk"
    folder.mkdir()
    (folder / "0011.html").write_text(HYPERMAIL)
    (folder / "index.html").write_text("<HTML><A HREF=0011.html>Rain</A></HTML>")
    page, index = open_source(f"mbox:{tmp_path}?authors=keep").read()
    assert isinstance(page, Record)
    assert (page.site, page.date, page.title) == ("www-talk", "1994-04-11", "Re: Rain & snow")
    assert page.raw.decode() == (
        "Bob Cole writes:\n> Does a <TABLE> help?\n\nIt does not.\n\n  a   b\n  1   2\n-- \nAnn\n"
    )
    assert page.headers["message-id"] == "<9404120124.AA01@a.edu>"
    assert page.signals["depth"] == 1
    assert isinstance(index, Skipped)
    assert index.reason == "not mail"


def test_a_page_of_mhonarc_becomes_its_message() -> None:
    assert is_message_page(MHONARC.encode())
    headers, body = message_of(MHONARC.encode())
    assert body == b"First line\nsecond & last\n"
    assert headers["subject"] == "Rain -- again"
    assert headers["references"] == "<9404120124.AA01@a.edu>"
    assert headers["message-id"] == "<2@b.edu>"
    assert headers["from"].startswith("Ann Cole")


def test_pages_and_articles_share_their_threads(tmp_path: Path) -> None:
    (tmp_path / "1.html").write_text(HYPERMAIL)
    (tmp_path / "2.html").write_text(MHONARC)
    items = open_source(f"mbox:{tmp_path}?site=thread").read()
    assert len({i.site for i in items if isinstance(i, Record)}) == 1


def test_a_page_that_never_ends_its_body_gives_what_is_there() -> None:
    cut = HYPERMAIL[: HYPERMAIL.index("It does not")].encode()
    assert message_of(cut)[1].endswith(b"> Does a <TABLE> help?\n")
