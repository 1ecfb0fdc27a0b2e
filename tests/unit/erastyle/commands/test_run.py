"""`run`: times are shared out, options that can do nothing are refused, the code is the work's."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from erastyle.corpus.errors import ErastyleError
from erastyle.eval.gate.gate import EXIT_CODES
from erastyle.planning import base_speed, budget
from erastyle.planning.base_speed import Speeds
from tests.conftest import erastyle


def test_documents_are_prepared_once_before_the_time_is_shared_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enough(*_: object) -> None:
        raise ErastyleError("the time is shared out")

    monkeypatch.setattr(base_speed, "measure", lambda *_: Speeds(100.0, 90.0, 400.0))
    monkeypatch.setattr(budget, "save", enough)
    result = erastyle(
        "run",
        "web-1995",
        "--run",
        tmp_path / "run",
        "--minutes",
        "30",
        "--base",
        "starter",
        "--source",
        "synthetic:60@7",
        "--contrast",
        "synthetic-modern:40@7",
    )
    assert "the time is shared out" in result.output
    for stage in ("ingest", "clean", "classifier"):
        done = [line for line in result.output.splitlines() if line.startswith(stage)]
        assert sum(" read, " in line for line in done) == 1, done


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--show", 2, "--until", "pairs"), "--show 2"),
        (("--show", 2, "--json"), "--show"),
        (("--show", -1), "--show -1"),
        (("--gate", "--until", "train"), "--gate"),
        (("--minutes", 5, "--until", "dedupe"), "--minutes"),
        (("--from", "score", "--until", "clean"), "--from score"),
    ],
)
def test_options_that_can_do_nothing_are_refused(
    tmp_path: Path, options: tuple[object, ...], said: str, dry: tuple[str, ...]
) -> None:
    result = erastyle("run", "web-1995", "--run", tmp_path / "run", *options, *dry)
    assert result.exit_code == 2
    assert said in result.output
    assert not list(tmp_path.glob("run/*/*/manifest.json"))


def test_pages_are_shown_where_the_run_ends_with_them(small_run: Path) -> None:
    result = erastyle("run", "--run", small_run, "--until", "generate", "--show", 2)
    assert result.exit_code == 0, result.output
    assert "page 1 of 2, written by a machine" in result.output
    assert "page 2 of 2, written by a machine" in result.output


def test_the_code_is_the_verdict_only_where_it_is_asked_for(small_run: Path) -> None:
    """A model of two layers fails, and the program has worked."""
    verdict = EXIT_CODES[json.loads((small_run / "score.json").read_text())["verdict"]]
    assert verdict in (3, 4)
    for command in (("run", "--run"), ("score",)):
        assert erastyle(*command, small_run).exit_code == 0
        assert erastyle(*command, small_run, "--gate").exit_code == verdict
    assert erastyle("run", "--run", small_run, "--json").exit_code == 0
    assert erastyle("run", "--run", small_run, "--json", "--gate").exit_code == verdict


@pytest.mark.parametrize("named", ["{}", "mbox:{}"])
def test_mail_of_others_is_named_before_it_is_shared(tmp_path: Path, named: str) -> None:
    box = tmp_path / "letters.mbox"
    box.write_text(
        "From ann@foo.example Tue Mar  2 10:00:00 1993\nFrom: ann@foo.example\nSubject: Boats\n"
        "Date: Tue, 2 Mar 1993 08:15:00 GMT\n\nOur boats lie in the harbour.\n"
    )
    given = ("ingest", "usenet-1993", "--source", named.format(box), "--run", tmp_path / "run")
    assert "names and addresses of other people" in erastyle(*given).output
    private = erastyle(*given, "--set", "clean.privacy=true").output
    assert "names and addresses of other people" not in private


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("train.device=cuda:99", "torch sees"),
        ("generate.device=cuda:99", "torch sees"),
        ("train.quantize=nf4", "needs bitsandbytes"),
    ],
)
def test_what_this_machine_lacks_is_said_in_the_dry_run(
    tmp_path: Path, value: str, said: str
) -> None:
    if value.endswith("nf4") and importlib.util.find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed")
    given = ("run", "web-1995", "--run", tmp_path / "run", "--set", value, "--dry-run")
    result = erastyle(*given)
    assert result.exit_code == 1
    assert said in result.output


def test_a_run_directory_is_taken_where_an_era_is(tmp_path: Path) -> None:
    run = tmp_path / "my-run"
    given = ("--source", "synthetic:20@7", "--run", run)
    assert erastyle("ingest", "web-1995", *given).exit_code == 0
    for command in (("run", run, "--dry-run"), ("ingest", run), ("clean", run, "--dry-run")):
        result = erastyle(*command)
        assert result.exit_code == 0, result.output
    other = erastyle("run", run, "--run", tmp_path / "other", "--dry-run")
    assert other.exit_code == 2
    assert "is a run directory, and --run names another" in other.output
