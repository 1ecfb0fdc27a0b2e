"""Real documents of the 1990s, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erastyle.pipeline.runtime import ledger
from tests.conftest import erastyle


def test_the_beginning_of_a_real_archive_becomes_pairs_and_the_ledger_adds_up(
    shared_data: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "web1990s.warc.gz"
    with (shared_data / "web1990s.warc.gz").open("rb") as whole:
        archive.write_bytes(whole.read(1_500_000))  # ends in the middle of a record
    root = tmp_path / "run"
    result = erastyle(
        "pairs", "web-1995", "--run", root, "--source", archive,
        "--contrast", "synthetic-modern:60@1", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    stages = {s["stage"]: s["stats"] for s in json.loads(result.stdout)["stages"]}
    assert stages["ingest"]["quarantined"] == 1
    assert stages["ingest"]["kept"] > 400
    for one, other in (("ingest", "clean"), ("clean", "dedupe"), ("dedupe", "split")):
        assert stages[one]["kept"] == stages[other]["read"]
    assert stages["clean"]["reasons"]["out of period"] > 10
    assert min(stages["split"]["splits"][f"period {s}"] for s in ("train", "dev", "test")) > 0
    (clean,) = (root / "clean").iterdir()
    for row in ledger.rows(clean / "dropped"):
        if row["reason"] == "out of period":
            assert row["detail"][:4].isdigit(), row  # the interval and its evidence


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_real_run_ends_and_verifies(shared_data: Path, tmp_path: Path) -> None:
    root = tmp_path / "run"
    result = erastyle(
        "run", "web-1995", "--run", root, "--source", shared_data / "web1990s.warc.gz",
        "--contrast", shared_data / "modern-web.warc.gz",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert erastyle("verify", root).exit_code == 0
    assert "out of period" in (root / "report.html").read_text(encoding="utf-8")
