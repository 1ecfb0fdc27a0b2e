"""The whole way on a small corpus with a base model of two layers."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from erastyle import strength_curve
from erastyle.pipeline.runtime import ledger, manifest
from tests.conftest import SMALL, erastyle

STAGES = (
    *("ingest", "clean", "dedupe", "split", "pairs"),
    *("comparison", "classifier", "baseline", "train", "generate", "score"),
)


def folder(root: Path, stage: str) -> Path:
    (found,) = (p for p in (root / stage).iterdir() if p.is_dir())
    return found


@pytest.fixture
def copied_run(small_run: Path, tmp_path: Path) -> Path:
    """A copy of the finished run that a test may change."""
    return Path(shutil.copytree(small_run, tmp_path / "run", symlinks=True))


def test_every_stage_leaves_a_manifest_whose_counts_add_up(small_run: Path) -> None:
    for stage in STAGES:
        found = manifest.read(folder(small_run, stage))
        assert found is not None
        s = found.stats
        assert s["read"] == s["kept"] + s["dropped"] + s["quarantined"], stage
        assert s["read"] > 0
        assert sum(s["reasons"].values()) == s["dropped"] + s["quarantined"], stage


def test_no_document_is_lost_or_doubled_between_ingest_and_pairs(small_run: Path) -> None:
    before = {d.id for d in ledger.read(folder(small_run, "ingest"))}
    for stage in ("clean", "dedupe", "split"):
        out = folder(small_run, stage)
        kept = [d.id for d in ledger.read(out)]
        dropped = [row["id"] for row in ledger.rows(out / "dropped")]
        assert Counter(kept + dropped) == Counter(before), stage
        before = set(kept)


def test_every_drop_has_a_reason_and_a_detail_or_is_self_explaining(small_run: Path) -> None:
    rows = [
        row for stage in STAGES[:4] for row in ledger.rows(folder(small_run, stage) / "dropped")
    ]
    assert rows
    assert all(row["reason"] for row in rows)
    assert sum(bool(row["detail"]) for row in rows) > 0.9 * len(rows)


def test_sites_and_copies_never_straddle_a_split(small_run: Path) -> None:
    sides: dict[str, set[str]] = {}
    for document in ledger.read(folder(small_run, "split")):
        sides.setdefault(document.site, set()).add(document.split)
    assert len(sides) > 5
    assert all(len(splits) == 1 for splits in sides.values())
    assert set().union(*sides.values()) == {"train", "dev", "test"}


def test_generated_texts_answer_briefs_of_test_sites_only(small_run: Path) -> None:
    test_sites = {d.site for d in ledger.read(folder(small_run, "split")) if d.split == "test"}
    outputs = list(ledger.rows(folder(small_run, "generate") / "kept"))
    assert len(outputs) == 8
    assert {row["site"] for row in outputs} <= test_sites


def test_verify_passes_on_a_finished_run(small_run: Path) -> None:
    result = erastyle("verify", small_run, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert found["problems"] == []
    assert found["stages"] == len(STAGES)


def test_verify_names_a_file_with_one_changed_byte(copied_run: Path) -> None:
    path = next((folder(copied_run, "clean") / "kept").glob("*.parquet"))
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    result = erastyle("verify", copied_run)
    assert result.exit_code == 1
    assert str(path) in result.output


def test_a_second_run_does_nothing_and_changes_no_file(copied_run: Path) -> None:
    stamps = {p: p.stat().st_mtime_ns for p in copied_run.glob("*/*/**/*") if p.is_file()}
    result = erastyle("run", "--run", copied_run, "--json")
    assert all(stage["skipped"] for stage in json.loads(result.stdout)["stages"])
    assert stamps == {p: p.stat().st_mtime_ns for p in copied_run.glob("*/*/**/*") if p.is_file()}


def test_the_same_inputs_give_the_same_manifests(
    small_run: Path, tmp_path: Path, tiny_base: Path
) -> None:
    again = tmp_path / "again"
    result = erastyle(
        "pairs", "web-1995", "--run", again, "--base", tiny_base, *SMALL, "--set", "clean.workers=2"
    )
    assert result.exit_code == 0, result.output
    for stage in STAGES[:5]:
        one, other = (manifest.read(folder(root, stage)) for root in (small_run, again))
        assert one is not None
        assert other is not None
        assert one.content() == other.content()


def test_the_plan_says_what_changed_and_what_follows(copied_run: Path) -> None:
    result = erastyle(
        "run", "--run", copied_run, "--set", "era.quality.min_words=31", "--dry-run", "--json"
    )
    steps = {s["stage"]: s for s in json.loads(result.output)["steps"]}
    assert steps["ingest"]["done"]
    assert steps["clean"]["why"] == ["era.quality.min_words: 30 -> 31"]
    assert any(why.startswith("needs.clean:") for why in steps["dedupe"]["why"])


def test_a_limit_of_the_gate_reruns_nothing_but_the_score(copied_run: Path) -> None:
    result = erastyle(
        "run", "--run", copied_run, "--set", "era.gate.max_copied=5", "--dry-run", "--json"
    )
    steps = json.loads(result.output)["steps"]
    assert [s["stage"] for s in steps if not s["done"]] == ["score"]


def test_a_missing_output_file_is_made_again(copied_run: Path) -> None:
    for path in (folder(copied_run, "score")).glob("report.html"):
        path.unlink()
    result = erastyle("run", "--run", copied_run, "--json")
    stages = {s["stage"]: s["skipped"] for s in json.loads(result.stdout)["stages"]}
    assert stages["generate"]
    assert not stages["score"]
    assert (copied_run / "report.html").is_file()


def test_until_stops_and_from_starts_again(copied_run: Path) -> None:
    result = erastyle("run", "--run", copied_run, "--from", "dedupe", "--until", "split", "--json")
    stages = {s["stage"]: s["skipped"] for s in json.loads(result.stdout)["stages"]}
    assert stages == {"ingest": True, "clean": True, "dedupe": False, "split": False}


def test_status_shows_every_stage(small_run: Path) -> None:
    rows = json.loads(erastyle("status", small_run, "--json").output)["stages"]
    assert tuple(rows) == STAGES
    assert "done" in erastyle("status", small_run).output


def test_why_tells_the_way_of_a_kept_and_of_a_dropped_document(small_run: Path) -> None:
    dropped = next(ledger.rows(folder(small_run, "clean") / "dropped"))
    decisions = json.loads(erastyle("why", small_run, dropped["id"], "--json").output)
    assert [(d["stage"], d["became"]) for d in decisions] == [
        ("ingest", "kept"),
        ("clean", "dropped"),
    ]
    assert decisions[1]["reason"] == dropped["reason"]
    result = erastyle("why", small_run, "no-such-document")
    assert result.exit_code == 1
    assert "no document" in result.output


def test_the_report_is_one_file_that_names_what_was_dropped_and_asks_for_nothing(
    small_run: Path,
) -> None:
    page = (small_run / "report.html").read_text(encoding="utf-8")
    assert "near copy" in page
    assert "sandbox" in page
    assert "http-equiv" in page
    assert "<script" not in page.split("<body", 1)[1].split("srcdoc=")[0]


def test_the_score_holds_every_gate_line_with_a_verdict(small_run: Path) -> None:
    score = json.loads((small_run / "score.json").read_text(encoding="utf-8"))
    assert score["verdict"] in ("PASS", "FAIL", "INCONCLUSIVE", "NOT INFORMATIVE")
    names = {line["name"] for line in score["gate"]}
    assert {"style gain: markup", "style gain: prose", "copied", "general loss"} <= names
    assert all(line["verdict"] and line["explanation"] for line in score["gate"])


def test_generate_writes_a_text_for_a_brief_and_the_same_one_for_the_same_seed(
    small_run: Path,
) -> None:
    arguments = (
        "generate", "Write a page about my cat.", "--run", small_run, "--json",
        "--set", "generate.max_new_tokens=12", "--set", "generate.threads=1",
    )  # fmt: skip
    one, other = (erastyle(*arguments) for _ in range(2))
    assert one.exit_code == 0, one.output
    row = json.loads(one.stdout.splitlines()[0])
    assert row["origin"] == "synthetic"
    assert row["tokens"] > 0
    assert one.stdout == other.stdout


def test_who_trains_can_write_without_a_score(small_run: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(small_run, tmp_path / "copied", symlinks=True))
    (copied / "model").unlink()
    assert erastyle("train", "--run", copied).exit_code == 0
    assert (copied / "model" / "style.json").is_file()


def test_a_style_model_that_was_copied_from_a_run_writes_at_the_strength_that_was_chosen(
    small_run: Path, tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(small_run / "model", tmp_path / "copied"))
    common = ("generate", "Write a page.", "--json", "--set", "generate.max_new_tokens=8",
              "--set", "generate.threads=1")  # fmt: skip
    refused = erastyle(*common, "--model", copied, "--strength", "auto")
    assert refused.exit_code == 1
    assert "has no measured strengths" in refused.output
    strength_curve.write(
        copied,
        [
            {"strength": 0.5, "passes_choosing": 0.5, "passes": 0.4, "too_costly": []},
            {"strength": 1.0, "passes_choosing": 0.9, "passes": 0.9, "too_costly": ["copied"]},
        ],
    )
    result = erastyle(*common, "--model", copied, "--strength", "auto")
    assert result.exit_code == 0, result.output
    assert "passes 50 % of its texts" in result.stderr
    row = json.loads(result.stdout.splitlines()[0])
    assert (row["strength"], row["model"]) == (0.5, str(copied))
    of_the_run = erastyle(*common, "--run", small_run, "--strength", "0.5")
    assert json.loads(of_the_run.stdout.splitlines()[0])["text"] == row["text"]
    mixed = erastyle(*common, "--mix", f"{copied}=0.5", "--mix", f"{small_run}=0.2")
    assert mixed.exit_code == 0, mixed.output
    both = erastyle(*common, "--model", copied, "--run", small_run)
    assert both.exit_code == 2, "wrong use"
    assert "Name either a run" in both.output


def test_a_strength_of_zero_writes_what_the_base_writes(small_run: Path, tiny_base: Path) -> None:
    common = ("--json", "--set", "generate.max_new_tokens=12", "--set", "generate.threads=1")
    common += ("--set", "generate.guards=false")  # nothing guards what a base writes
    brief = "Write a page about my cat."
    zero = erastyle("generate", brief, "--run", small_run, "--strength", "0", *common)
    base = erastyle("generate", brief, "--base", tiny_base, *common)
    assert (
        json.loads(zero.stdout.splitlines()[0])["text"]
        == (json.loads(base.stdout.splitlines()[0])["text"])
    )


def test_clean_up_removes_only_what_the_configuration_does_not_use(copied_run: Path) -> None:
    old = copied_run / "clean" / "0123456789ab"
    shutil.copytree(folder(copied_run, "clean"), old)
    assert "1 old outputs would be removed" in erastyle("clean-up", copied_run, "--dry-run").output
    assert old.is_dir()
    assert erastyle("clean-up", copied_run).exit_code == 0
    assert not old.exists()
    assert erastyle("verify", copied_run).exit_code == 0


def test_a_brief_for_a_later_topic_is_declined_before_anything_is_written(small_run: Path) -> None:
    common = ("--run", small_run, "--set", "generate.max_new_tokens=8")
    refused = erastyle("generate", "A page about my YouTube channel.", *common)
    assert refused.exit_code == 1
    assert "the request names YouTube channel (2005)" in refused.output
    row = json.loads(
        erastyle("generate", "A page about YouTube.", *common, "--json").stdout.splitlines()[0]
    )
    assert (row["text"], row["origin"]) == ("", "erastyle")
    allowed = erastyle("generate", "A page about YouTube.", *common, "--later", "allow")
    assert allowed.exit_code == 0, allowed.output
