"""`erastyle generate` for work: files of briefs, folders, labels, and options that do not apply."""

from __future__ import annotations

import html
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from erastyle.cli import app
from erastyle.commands import terminal
from erastyle.corpus import era as eras
from erastyle.corpus import period_file
from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.ingest import MACHINE
from erastyle.writing import text_folder, unlabelled
from tests.conftest import ROOT, erastyle

SHORT = ("--set", "generate.max_new_tokens=12", "--set", "generate.threads=1")
BRIEF = "Write a page about my cat."


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_what_is_redirected_bears_a_label_and_its_text_is_that_of_the_json_row(
    small_run: Path,
) -> None:
    page = erastyle("generate", BRIEF, "--run", small_run, *SHORT)
    row = json.loads(erastyle("generate", BRIEF, "--run", small_run, "--json", *SHORT).stdout)
    assert label.source_type(page.stdout) == label.GENERATED
    assert label.strip(page.stdout).strip("\n") == row["text"].strip("\n")
    assert row[label.FIELD] == label.uri(label.GENERATED)
    assert "This page was written by a robot" in page.stdout
    assert "It is not a document of the period and not a source." in page.stdout


def test_a_restyled_draft_bears_the_label_of_a_composite(small_run: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("We fly kites on Mondays. Bring your own kite, please.", encoding="utf-8")
    common = ("restyle", draft, "--run", small_run, "--tries", "1", *SHORT)
    result = erastyle(*common, "--report", tmp_path / "report.html")
    assert result.exit_code == 0, result.output
    assert label.source_type(result.stdout) == label.RESTYLED
    row = json.loads(erastyle(*common, "--json").stdout)
    assert label.strip(result.stdout).strip("\n") == row["text"].strip("\n")
    assert label.uri(label.RESTYLED) in (tmp_path / "report.html").read_text("utf-8")
    assert result.stderr.count("standard output has no file beside it") == 1


def test_restyled_drafts_become_files_with_their_origin_beside_them(
    small_run: Path, tmp_path: Path
) -> None:
    draft, out = tmp_path / "Our draft.txt", tmp_path / "out"
    draft.write_text("We fly kites on Mondays. Bring your own kite, please.", encoding="utf-8")
    common = ("restyle", draft, "--run", small_run, "--tries", "1", *SHORT, "--out", out)
    result = erastyle(*common)
    assert result.exit_code == 0, result.output
    file = out / "0001-our-draft.html"
    assert result.stdout.splitlines() == [str(file)]
    assert "no file beside" not in result.stderr
    assert label.source_type(file.read_text("utf-8")) == label.RESTYLED
    beside = sidecar.read(sidecar.beside(file))
    assert beside.digital_source_type == label.uri(label.RESTYLED)
    assert beside.corpus
    assert beside.corpus.learnt
    assert beside.brief.startswith("a draft of 10 words")
    assert sidecar.approve(file, "Ada", "", "2026-01-01").approved
    again = erastyle(*common)
    assert again.exit_code == 1
    assert "is there already" in again.stderr


def test_a_label_that_is_off_is_recorded_in_the_run(small_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(small_run, tmp_path / "run", symlinks=True))
    assert "without a label" not in erastyle("status", run).output
    page = erastyle("generate", BRIEF, "--run", run, "--no-label", *SHORT)
    assert label.source_type(page.stdout) == ""
    draft = tmp_path / "draft.txt"
    draft.write_text("We fly kites on Mondays, by the sea.", encoding="utf-8")
    bare = erastyle("restyle", draft, "--run", run, "--tries", "1", "--no-label", *SHORT)
    assert label.source_type(bare.stdout) == ""
    out = tmp_path / "out"
    erastyle("generate", BRIEF, "--run", run, "--no-label", "--n", "2", "--out", out, *SHORT)
    assert [row["labelled"] for row in rows(out / text_folder.TEXTS)] == [False, False]
    entries = unlabelled.read(run)
    assert [(e["command"], e["texts"]) for e in entries] == [
        ("generate", 1), ("restyle", 1), ("generate", 2),
    ]  # fmt: skip
    assert entries[2]["where"] == str(out)
    assert "4 texts were written without a label" in erastyle("status", run).output
    assert json.loads(erastyle("status", run, "--json").stdout)["unlabelled"] == entries
    assert erastyle("verify", run).exit_code == 0


def test_a_table_of_briefs_fills_a_folder_that_no_corpus_takes(
    small_run: Path, tmp_path: Path
) -> None:
    briefs, out = tmp_path / "b.csv", tmp_path / "out"
    briefs.write_text("title,n,seed\nKites,2,5\nMy YouTube channel,,\nBees,,\n", encoding="utf-8")
    common = ("generate", "--briefs", briefs, "--run", small_run, "--out", out, *SHORT)
    result = erastyle(*common)
    assert result.exit_code == 0, result.output
    assert "3 texts written; not written: 1 later than the era" in result.stderr
    texts = rows(out / text_folder.TEXTS)
    assert [(row["number"], row["copy"], row["seed"]) for row in texts] == [
        (1, 1, 5), (1, 2, 5), (3, 1, 1995),
    ]  # fmt: skip
    beside = sidecar.read(sidecar.beside(out / texts[0]["file"]))
    assert beside.corpus
    assert beside.corpus.stage == "pairs"
    assert beside.model.sha256
    assert "called “Kites”" in beside.brief
    again = erastyle(*common)
    assert "4 of 4 were done before" in again.stderr
    assert again.exit_code == 0
    assert len(rows(out / text_folder.TEXTS)) == 3
    for spec in (out, out / text_folder.TEXTS):
        run = erastyle("ingest", "web-1995", "--source", spec, "--run", tmp_path / "corpus")
        assert run.exit_code == 1
        assert f"3 {MACHINE}" in run.output


def test_best_of_several_leaves_the_others_in_the_folder(small_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    common = ("generate", BRIEF, "--run", small_run, "--best-of", "3", *SHORT)
    result = erastyle(*common, "--out", out)
    assert result.exit_code == 0, result.output
    (text,), others = rows(out / text_folder.TEXTS), rows(out / text_folder.REJECTED)
    assert [row["reason"] for row in others] == ["not the best"] * 2
    assert text["scores"]["choosing"]["outcome"] in ("passes", "fails", "cannot judge")
    beside = sidecar.read(sidecar.beside(out / text["file"]))
    assert beside.scores == text["scores"]
    printed = json.loads(erastyle(*common, "--json").stdout)
    assert (printed["text"], printed["best_of"]) == (text["text"], 3)


def test_period_files_are_read_back_by_the_readers_of_a_corpus(
    small_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = erastyle("generate", BRIEF, "A page about bees.", "--run", small_run, "--out", out,
                      "--period-files", "--length", "30", *SHORT)  # fmt: skip
    assert result.exit_code == 0, result.output
    for row in rows(out / text_folder.TEXTS):
        assert "About 30 words." in row["brief"]
        (record,) = open_source(str(out / row["file"])).read()
        beside = sidecar.read(sidecar.beside(out / row["file"]))
        assert beside.period_file
        text = record.raw.decode(beside.period_file["encoding"])  # type: ignore[union-attr]
        plain = label.strip(text)
        assert html.unescape(plain) == html.unescape(period_file._plain(row["text"]))
    assert eras.load("web-1995").files.label in text


def test_briefs_come_from_standard_input_too(small_run: Path) -> None:
    common = ["generate", "--run", str(small_run), "--json", *SHORT]
    one = CliRunner().invoke(app, [*common, "-"], input="A page about kites.\nWith notes:\n- one\n")
    assert json.loads(one.stdout)["brief"] == "A page about kites.\nWith notes:\n- one"
    two = CliRunner().invoke(app, [*common, "--briefs", "-"], input="One page.\n\nTwo pages.\n")
    assert [json.loads(line)["brief"] for line in two.stdout.splitlines()] == [
        "One page.", "Two pages.",
    ]  # fmt: skip
    assert "1 empty line was left out" in two.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("--n 2", "--n is for briefs"),
        ("--seed 3", "--seed is for briefs"),
        ("--strength 0.5", "--strength is for briefs"),
        ("--out x", "--out is for briefs"),
        ("--period-files", "--period-files is for briefs"),
        ("--no-label", "--no-label is for briefs"),
        ("A --briefs b.txt", "not both"),
        ("A --period-files", "--period-files needs --out"),
        ("A --best-of 2 --model RUN/model", "--best-of needs --run"),
        ("A --no-label --model RUN/model", "--no-label needs --run"),
        ("A --strength 0.5 --set generate.strength=1", "say the same"),
        ("A --temperature 0.5 --set generate.temperature=1", "say the same"),
        ("A --base starter --strength 0.5", "--strength is for one style model"),
        ("A --mix RUN=1 --strength 0.5", "Name shares with --mix"),
        ("A --base starter --later allow", "--later needs an era"),
        ("A --base starter --period-files --out x", "--period-files needs an era"),
        ("A\0B", "a NUL character"),
        ("- -", "Standard input is one brief"),
    ],
)
def test_options_that_do_not_apply_are_refused_in_one_line(
    small_run: Path, arguments: str, why: str
) -> None:
    words = arguments.replace("RUN", str(small_run)).split(" ")
    if not any(word in words for word in ("--base", "--mix", "--model")):
        words += ["--run", str(small_run)]
    result = erastyle("generate", *words)
    assert result.exit_code == 2, result.output
    assert why in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_briefs_are_asked_for_on_a_terminal_once_the_stage_is_done(
    small_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "can_ask", lambda: True)
    monkeypatch.setattr(terminal, "on_screen", lambda: True)
    result = CliRunner().invoke(
        app, ["generate", "--run", str(small_run), *SHORT], input=f"{BRIEF}\nOn YouTube.\n\n"
    )
    assert result.exit_code == 0, result.output
    assert result.stderr.count("brief> ") == 3
    assert "(written by a machine" in result.stderr
    assert "names YouTube" in result.stderr
    assert label.source_type(result.stdout) == "", "a screen is no file"


def started(out: Path, briefs: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "erastyle", "generate", "--briefs", str(briefs)]
    command += ["--base", "starter", "--out", str(out), *SHORT, "--set", "generate.batch=4"]
    search = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": search},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_200_briefs_that_are_killed_twice_end_as_if_they_never_were(tmp_path: Path) -> None:
    briefs, out = tmp_path / "briefs.txt", tmp_path / "out"
    briefs.write_text("".join(f"A page about kite number {n}.\n" for n in range(200)), "utf-8")
    for least in (5, 60):
        process = started(out, briefs)
        deadline = time.monotonic() + 240
        texts = out / text_folder.TEXTS
        while not texts.exists() or texts.read_bytes().count(b"\n") < least:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "no text in time"
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    before = texts.read_bytes().count(b"\n")
    assert 60 <= before < 200
    process = started(out, briefs)
    _, errors = process.communicate(timeout=280)
    assert process.returncode == 0, errors
    assert "were done before" in errors
    whole = tmp_path / "whole"
    process = started(whole, briefs)
    process.communicate(timeout=280)
    assert texts.read_bytes() == (whole / text_folder.TEXTS).read_bytes()
    keys = [row["key"] for row in rows(texts)]
    assert len(keys) == len(set(keys)) == 200
    names = {p.name for p in out.iterdir()}
    assert names == {p.name for p in whole.iterdir()}
    for path in whole.glob("*.html"):
        assert path.read_bytes() == (out / path.name).read_bytes()
