"""Rows for people and for programs: uncut in a pipe, in four formats."""

from __future__ import annotations

import json

import pytest

from erastyle.commands import tables
from tests.conftest import erastyle

ROWS = [
    {"id": "d2b846be408f9e01", "text": "a\tlong " + "word " * 60, "more": [1]},
    {"id": "x", "text": "[bold]no markup[/]", "more": []},
]


def test_a_table_in_a_pipe_is_not_cut_and_has_no_trailing_space(capsys):
    tables.plain_table(ROWS, ("id", "text"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].count("word") == 60
    assert "[bold]no markup[/]" in lines[2]
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize("form", list(tables.TableFormat))
def test_each_format_is_read_back(form, capsys):
    printed = tables.print_rows(ROWS, ("id", "text"), form)
    out = capsys.readouterr().out
    if form is tables.TableFormat.TABLE:
        assert not printed
        assert out == ""
    elif form is tables.TableFormat.JSON:
        assert json.loads(out) == ROWS
    elif form is tables.TableFormat.JSONL:
        assert [json.loads(line) for line in out.splitlines()] == ROWS
    else:
        head, *rows = (line.split("\t") for line in out.splitlines())
        assert head == ["id", "text"]
        assert [row[0] for row in rows] == ["d2b846be408f9e01", "x"]


@pytest.mark.parametrize("command", [["bases"], ["doctor"]])
def test_commands_print_rows_in_the_format_that_was_asked_for(command):
    result = erastyle(*command, "--format", "jsonl")
    assert all(isinstance(json.loads(line), dict) for line in result.stdout.splitlines())
    header = erastyle(*command, "--format", "tsv").stdout.splitlines()[0]
    assert header.split("\t")[0] == "name"


def test_an_unknown_format_is_refused_with_the_known_ones():
    result = erastyle("bases", "--format", "xml")
    assert result.exit_code == 2
    assert "jsonl" in result.output
