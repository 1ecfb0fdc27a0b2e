"""What a run would take: counted where something was counted, and never more than there is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import erastyle


def test_documents_are_those_that_the_last_stage_kept(tmp_path: Path) -> None:
    given = ("web-1995", "--run", tmp_path / "run", "--source", "synthetic:60@7")
    for stage in ("ingest", "clean"):
        assert erastyle("run", *given, "--until", stage).exit_code == 0
        held = json.loads(erastyle("status", tmp_path / "run", "--json").output)["stages"][stage]
        plan = json.loads(erastyle("run", *given, "--dry-run", "--json").output)["expected"]
        assert plan["documents"] == f"{held['stats']['kept']} kept by {stage} (counted)"
    assert " MB free" in plan["disk"]
    assert "times each" in plan["tokens"]  # the default reads more than so few documents hold


def test_a_base_that_is_not_here_is_named(tmp_path: Path) -> None:
    given = ("web-1995", "--run", tmp_path / "run", "--base", "nobody/none", "--dry-run", "--json")
    assert (
        "nobody/none is not here" in json.loads(erastyle("run", *given).output)["expected"]["base"]
    )


def test_briefs_are_never_more_than_there_are_test_documents(tmp_path: Path) -> None:
    given = ("web-1995", "--run", tmp_path / "run", "--source", "synthetic:60@7")
    assert erastyle("run", *given, "--until", "pairs").exit_code == 0
    many = ("--set", "generate.briefs=2064", "--dry-run", "--json")
    plan = json.loads(erastyle("run", *given, *many).output)["expected"]
    assert " of 2,064: the test sites have no more documents" in plan["briefs"]
    few = ("--set", "generate.briefs=1", "--dry-run", "--json")
    once = json.loads(erastyle("run", *given, *few).output)["expected"]
    assert "briefs" not in once
    minutes = [int(text.split()[1]) for text in (plan["time"], once["time"])]
    assert minutes[0] - minutes[1] < 10, "no time for briefs that nobody can ask"
