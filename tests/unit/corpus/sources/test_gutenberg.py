"""Books: where the licence stands, which notes are no text of the book, and several in one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from erastyle.corpus.record import Record
from erastyle.corpus.sources.gutenberg import unframe
from erastyle.corpus.sources.registry import open_source

TEXT = """CHAPTER I

The mill stood at the bend of the river, and the miller's wife looked out of the window.

"It will rain before night," she said, and so it did.
"""
FIELDS = """Title: The Mill

Author: Ann Bell

Release Date: June, 2002 [EBook #1]

Language: English

"""
HEADER = "The Project Gutenberg EBook of The Mill, by Ann Bell\n\n" + FIELDS
SMALL_PRINT = """***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN EBOOKS**START***
Why is this small print here? You know: lawyers.

*BEFORE!* YOU USE OR READ THIS EBOOK

*END*THE SMALL PRINT! FOR PUBLIC DOMAIN EBOOKS*Ver.02/11/02*END*
"""
START = "*** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***\n\n"
END = "\n*** END OF THE PROJECT GUTENBERG EBOOK THE MILL ***\n"
OLD_END = "\nEnd of Project Gutenberg's The Mill, by Ann Bell\n"

FRAMES = {
    "today": HEADER + START + TEXT + END + "\nSTART: FULL LICENSE\nLicence.\n",
    "licence behind, marks": HEADER + START + TEXT + END + SMALL_PRINT,
    "licence behind, no mark at the beginning": HEADER + TEXT + OLD_END + SMALL_PRINT,
    "licence behind, no mark at all": HEADER + TEXT + "\n" + SMALL_PRINT,
    "licence before": HEADER + SMALL_PRINT + "\n" + TEXT + OLD_END,
    "licence before, no mark at the end": HEADER + SMALL_PRINT + "\n" + TEXT,
    "licence before, and marks": HEADER + SMALL_PRINT + START + TEXT + END,
    "old end of the licence": HEADER + "*END THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*\n" + TEXT,
    "copyrighted": HEADER + START.replace("THE P", "THE COPYRIGHTED P") + TEXT
    + END.replace("THE P", "THE COPYRIGHTED P"),
    "this": HEADER + START.replace("OF THE", "OF THIS") + TEXT + END.replace("OF THE", "OF THIS"),
    "no blank": HEADER + START.replace("*** S", "***S") + TEXT + END.replace("*** E", "***E"),
    "two lines": HEADER + START.replace("THE MILL", "THE\nMILL") + TEXT + END,
    "mark twice": HEADER + START + START + TEXT + END,
    "file name behind": HEADER + START + TEXT + END + "\n*** This file should be named a.txt ***\n",
    "header with notices": HEADER + "This header should be the first thing seen.\n\n"
    "Please do not remove it.\n\n**Welcome To The World of Free Texts**\n\n" + TEXT + OLD_END,
}  # fmt: skip


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_book_is_its_text_wherever_the_licence_stands(frame: str, ends: str) -> None:
    book = unframe(FRAMES[frame].replace("\n", ends).encode())
    assert book.text.decode() == TEXT
    assert book.framed
    assert (book.fields["title"], book.fields["author"]) == ("The Mill", "Ann Bell")


BEFORE = [
    "Produced by Lee Lion\n\n",
    "Produced by Lee Lion and the Online\nDistributed Proofreading Team\n\n\n",
    "E-text prepared by Lee Lion\n\n\n\n",
    "This etext was prepared by Lee Lion, Zebraville.\n\n",
    "Transcribed from the 1890 edition by Lee Lion\n\n",
    "[Transcriber's Note: The spelling is as it was.]\n\n",
    "[Transcriber's Notes: The spelling\nis as it was.\n\nTwo words are changed.]\n\n",
    "Transcriber's Note: The spelling is as it was.\n\n",
    "Note: Project Gutenberg also has an HTML version of this\n      file with pictures.\n\n",
    "Note: Images of the original pages are available through\n      a library.\n\n",
    "Note: Project Gutenberg also has an HTML version.\n      See 1-h.htm or 1-h.zip:\n"
    "      (http://example.org/1-h.htm)\n\n",
]
AFTER = [
    "\n[Transcriber's Note: one word was changed.]\n",
    "\n[Transcribers' notes: one word\n\nwas changed.]\n",
    "\n\nTranscriber's Notes:\n\nOne word was changed.\n\nAnother one too.\n",
    "\n\n      TRANSCRIBER'S NOTE\n\nOne word was changed.\n",
]


@pytest.mark.parametrize("note", BEFORE)
@pytest.mark.parametrize("more", ["", "[Transcriber's Note: more.]\n\n", "Produced by Bo Bear\n\n"])
def test_notes_before_a_book_are_no_text_of_it(note: str, more: str) -> None:
    for before in (note + more, more + note, "\n\n\n" + note + "\n\n" + more):
        assert unframe((HEADER + START + before + TEXT + END).encode()).text.decode() == TEXT


@pytest.mark.parametrize("note", AFTER)
def test_notes_behind_a_book_are_no_text_of_it(note: str) -> None:
    assert unframe((HEADER + START + TEXT + note + END).encode()).text.decode() == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "Note: the river is deep.",
        "Produced in court, the letter was read.",
        "This text was a riddle to him.",
        "[Note: see page 3.]",
        "The title: a riddle.",
    ],
)
def test_sentences_that_resemble_notes_stay(line: str) -> None:
    text = f"{line}\n\n{TEXT}"
    assert unframe((HEADER + START + text + END).encode()).text.decode() == text


def test_each_of_several_books_in_a_file_is_a_record(tmp_path: Path) -> None:
    names = ("licence behind, marks", "today", "copyrighted", "licence before, and marks")
    parts = [FRAMES[name].replace("The Mill", f"Mill {n}") for n, name in enumerate(names)]
    (tmp_path / "a.txt").write_text("".join(parts))
    items = list(open_source(f"gutenberg:{tmp_path}/a.txt").read())
    assert [i.title for i in items if isinstance(i, Record)] == [f"Mill {n}" for n in range(4)]
    assert [i.raw.decode() for i in items if isinstance(i, Record)] == [TEXT] * 4
    assert [i.source for i in items] == ["a.txt", "a.txt#2", "a.txt#3", "a.txt#4"]


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "utf-16"])
def test_the_header_is_decoded_as_the_text_is(charset: str) -> None:
    raw = FRAMES["today"].replace("Ann Bell", "Jürgen Bärlapp, Köln").encode(charset)
    assert unframe(raw).fields["author"] == "Jürgen Bärlapp, Köln"
