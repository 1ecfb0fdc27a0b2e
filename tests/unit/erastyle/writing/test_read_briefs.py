"""Briefs are read from lines, tables and JSON lines; what is wrong is said with its line."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.writing import read_briefs
from erastyle.writing.read_briefs import parse, read


def test_a_brief_a_line_and_empty_lines_are_counted() -> None:
    briefs = parse("One\r\n\r\nTwo\n", "b.txt")
    assert [(b.text, b.place) for b in briefs.briefs] == [("One", "b.txt:1"), ("Two", "b.txt:3")]
    assert briefs.empty_lines == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_has_a_column_for_each_field(delimiter: str) -> None:
    rows = [
        ["Title", "facts", "length", "year", "n", "seed"],
        ["Kites", "", "90", "1995", "2", "7"],
    ]
    text = "\n".join(delimiter.join(row) for row in rows)
    (brief,) = parse(text, "b.csv").briefs
    assert (brief.title, brief.length, brief.year, brief.n, brief.seed) == ("Kites", 90, 1995, 2, 7)
    assert brief.place == "b.csv:2"


def test_facts_of_a_table_stand_between_semicolons() -> None:
    (brief,) = parse('title,facts\nKites,"One; two, and three"\n', "b.csv").briefs
    assert brief.facts == ("One", "two, and three")


def test_json_lines_hold_an_object_each() -> None:
    row = {"kind": "article", "title": "Kites", "facts": ["One", "Two"], "length": 90, "n": 3}
    (brief,) = parse(json.dumps(row) + "\n", "b.jsonl").briefs
    assert (brief.kind, brief.facts, brief.n, brief.seed) == ("article", ("One", "Two"), 3, None)
    assert parse(json.dumps(row), "stdin").briefs[0].title == "Kites"
    assert parse('{"title": no', "stdin").briefs[0].text == '{"title": no'


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("b.txt", "\n \n", "b.txt: there is no brief in it"),
        ("b.txt", "a\nb\0", "b.txt:2: the brief holds a NUL"),
        ("b.csv", "titel\nKites\n", "b.csv:1: unknown column 'titel'. Did you mean title?"),
        ("b.csv", "kind,year\nlist,1995\n", "b.csv:1: no column says what to write"),
        ("b.csv", "title,title\na,b\n", "b.csv:1: the column 'title' stands twice"),
        ("b.csv", "title,n\nKites,two\n", 'b.csv:2: n is "two". Write a whole number from 1'),
        ("b.csv", "title,n\nKites,0\n", 'b.csv:2: n is "0"'),
        ("b.csv", "title\nKites,more\n", "b.csv:2: 2 cells and 1 columns"),
        ("b.csv", 'title\n"Kites\n', "no CSV"),
        ("b.csv", "", "b.csv:1: no column says what to write"),
        ("b.jsonl", "{}\n", "b.jsonl:1: the brief is empty"),
        ("b.jsonl", "[1]\n", "b.jsonl:1: a list, not an object"),
        ("b.jsonl", "null\n", "b.jsonl:1: a null, not an object"),
        ("b.jsonl", "{\n", "b.jsonl:1: not JSON"),
        ("b.jsonl", "[" * 100_000, "b.jsonl:1: not JSON"),
        ("b.jsonl", '{"title": 3}', "b.jsonl:1: title is a number. Write a text"),
        ("b.jsonl", '{"title": "a", "facts": [1]}', "facts is a list. Write a list of texts"),
        ("b.jsonl", '{"title": "a", "n": true}', "n is true"),
        ("b.jsonl", '{"title": "a", "seed": -1}', "seed is -1"),
        ("b.jsonl", '{"title": "a", "year": 1995.5}', "year is 1995.5"),
        ("b.jsonl", '{"title": "a", "strength": 1}', "unknown field 'strength'"),
        ("b.jsonl", '{"brief": "a", "title": "b"}', "`brief` says all of it"),
        ("b.jsonl", '{"title": "a\\u0000"}', "a NUL character"),
        ("b.jsonl", json.dumps({"title": "a", "kind": "k" * 90}), "kind has 90 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line_with_its_place(name: str, text: str, why: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text, name)
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_and_standard_input_are_read_alike(tmp_path: Path) -> None:
    file = tmp_path / "b.txt"
    file.write_bytes("\ufeffCafé\n".encode())
    assert read(file, io.BytesIO()).briefs[0].text == "Café"
    file.write_bytes("Café und Kuchen\n".encode("cp1252"))
    assert read(file, io.BytesIO()).briefs[0].text == "Café und Kuchen"
    assert read(Path("-"), io.BytesIO(b"One\nTwo\n")).briefs[1].place == "stdin:2"


def test_what_is_no_text_or_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SourceError, match=r"no\.txt: cannot be read"):
        read(tmp_path / "no.txt", io.BytesIO())
    file = tmp_path / "b.txt"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    with pytest.raises(SourceError, match="not a text"):
        read(file, io.BytesIO())
    monkeypatch.setattr(read_briefs, "MOST_BYTES", 3)
    with pytest.raises(SourceError, match="Split the file"):
        read(Path("-"), io.BytesIO(b"One\nTwo\n"))
