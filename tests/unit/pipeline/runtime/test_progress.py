"""Progress: the count from the first second, one calm line, lines in a pipe."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from erastyle.pipeline.runtime import progress


@pytest.mark.parametrize("width", [80, 120])
def test_the_line_fits_a_terminal_and_names_count_rate_and_remaining_time(width):
    screen = io.StringIO()
    console = Console(file=screen, width=width, force_terminal=True, legacy_windows=False)
    shown = progress.OneLine(console)
    shown.start("clean", 230)
    shown.advance(120)
    shown._started = time.monotonic() - 4
    with console.capture() as captured:
        console.print(shown.line())
    line = captured.get()
    assert line.startswith("clean      120 of 230 documents, 30 a second, about 4 s left")
    assert line.count("\n") == 1


def test_what_an_earlier_call_did_is_counted_and_says_nothing_of_the_rate():
    shown = progress.OneLine(Console(file=io.StringIO(), force_terminal=True))
    shown.start("train", 140, "updates")
    shown.resume(104)
    assert shown.line().plain.startswith("train      104 of 140 updates, 0 s so far")
    shown.advance(6)
    shown._started = time.monotonic() - 120
    assert shown.line().plain == "train      110 of 140 updates, 3 a minute, about 10 min left"
    shown.start("generate", 4, "answers")
    assert shown.line().plain.startswith("generate   0 of 4 answers")


def test_before_anything_is_counted_the_line_says_how_long_it_has_worked():
    shown = progress.OneLine(Console(file=io.StringIO(), force_terminal=True))
    shown.start("generate", 24, "answers")
    assert shown.line().plain == "generate   0 of 24 answers, 0 s so far"


def test_a_narrow_terminal_cuts_the_end_of_the_line_in_one_row():
    console = Console(file=io.StringIO(), width=24, force_terminal=True)
    shown = progress.OneLine(console)
    shown.start("baseline", 24, "answers with the base's own prompt")
    with console.capture() as captured:
        console.print(shown.line())
    assert captured.get().startswith("baseline   0 of 24")
    assert captured.get().count("\n") == 1


def test_a_line_on_a_terminal_names_its_stage_and_breaks_between_words():
    screen = io.StringIO()
    shown = progress.OneLine(Console(file=screen, width=40, force_terminal=True))
    shown.start("split", 26)
    shown.say("train 19 documents of 8 sites, dev 3 documents of 2 sites")
    shown.done("split      26 read, 26 kept")
    lines = [line.strip() for line in screen.getvalue().splitlines() if line.strip()]
    assert lines[:2] == ["split: train 19 documents of 8 sites,", "dev 3 documents of 2 sites"]
    assert lines[2] == "split      26 read, 26 kept"


def test_a_pipe_hears_after_the_first_second_and_then_every_ten(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    lines = progress.Lines()
    lines.start("clean", 100)
    for second in range(1, 31):
        now[0] = second * 0.5
        lines.advance(3)
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "clean: 6 of 100 documents, 6 a second, about 16 s left",
        "clean: 66 of 100 documents, 6 a second, about 6 s left",
    ]


def test_details_are_told_only_to_those_who_asked(capsys):
    progress.Lines().detail("memory 3 s")
    assert capsys.readouterr().err == ""
    progress.Lines(details=True).detail("memory 3 s")
    assert capsys.readouterr().err == "memory 3 s\n"
