"""`erastyle clean --explain`: every value against its threshold, and every repair."""

from __future__ import annotations

import json

import pytest

from tests.conftest import erastyle

BOATS = (
    "<HTML><HEAD><TITLE>Boats</TITLE></HEAD><BODY>   \n<H1>Boats</H1><P>We keep a list of the "
    "boats that came in during 1995, with the name of the master and what they carried. Mail "
    "harbour@port.example.org if you know of one that is not here. Last updated 3 May 1995.</BODY>"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    pages = folder / "pages"
    pages.mkdir()
    (pages / "boats.html").write_text(BOATS, encoding="ascii")
    (pages / "short.html").write_text("<TITLE>x</TITLE><P>too short", encoding="ascii")
    (pages / "other.html").write_text("<TITLE>y</TITLE><P>too short too", encoding="ascii")
    done = erastyle("ingest", "web-1995", "--source", pages, "--run", folder / "run")
    assert done.exit_code == 0, done.output
    return folder / "run"


def test_a_kept_document_shows_every_rule_and_every_repair(run):
    shown = erastyle("clean", "--run", run, "--set", "clean.privacy=true", "--explain", "boats")
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert lines[0].endswith("boats.html")
    assert lines[1] == "kept"
    assert any("too short" in line and ">= 30" in line and "keep" in line for line in lines)
    assert "harbour@port.example.org' -> '" in shown.output
    assert not (run / "clean").exists()  # it only looked


def test_a_dropped_document_names_the_rule_that_decides(run):
    shown = erastyle("clean", "--run", run, "--explain", "short.html")
    assert shown.output.splitlines()[1] == "dropped: too short"
    assert "DROP  too short" in shown.output


def test_thresholds_can_be_tried(run):
    shown = erastyle(
        "clean", "--run", run, "--set", "clean.privacy=true", "--json", "--explain", "boats"
    )
    found = json.loads(shown.output)
    assert found["dropped_by"] == ""
    assert {check["verdict"] for check in found["checks"]} == {"keep"}
    assert [step[0]["step"] for step in found["repairs"]][-1] == "privacy"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("nowhere.html", "no document has the id"), (".html", "stands in")],
)
def test_what_is_not_there_or_not_clear_is_said(run, wanted, message):
    shown = erastyle("clean", "--run", run, "--explain", wanted)
    assert shown.exit_code == 1
    assert message in shown.output


def test_a_run_that_read_nothing_yet_says_what_to_do(tmp_path):
    shown = erastyle(
        "clean", "web-1995", "--source", "synthetic:3@1", "--run", tmp_path / "r",
        "--explain", "anything",
    )  # fmt: skip
    assert shown.exit_code == 1
    assert "erastyle ingest" in shown.output
