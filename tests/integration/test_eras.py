"""The four shipped eras on a small part of their real documents, up to the pairs."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from erastyle.pipeline.runtime import ledger
from tests.conftest import erastyle

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOURCES = {
    "web-1995": ("", "web1990s.warc.gz", "modern-web.warc.gz"),
    "usenet-1993": ("", "usenet1993.zip", "modern-texts.zip"),
    "manual-1995": ("?site=3", "manuals1990s.zip", "modern-texts.zip"),
    "newspaper-1890": ("newspapers", "newspapers.zip", "modern-texts.zip"),
}


def sample(archive: Path, folder: Path, most: int = 150) -> Path:
    """Copy a part of an archive: every so many files, of each at most 100 KB."""
    copy = folder / archive.name
    with archive.open("rb") as whole:
        if archive.suffix != ".zip":
            copy.write_bytes(whole.read(1_200_000))  # ends in the middle of a record
            return copy
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(copy, "w") as new:
        names = sorted(old.namelist())
        for name in names[:: max(1, len(names) // most)]:
            new.writestr(name, old.read(name)[:100_000])
    return copy


@pytest.mark.parametrize("era", SOURCES)
def test_an_era_makes_pairs_of_its_real_documents(
    era: str, shared_data: Path, tmp_path: Path
) -> None:
    how, file, contrast = SOURCES[era]
    path = sample(shared_data / file, tmp_path)
    source = {"": f"{path}", "?site=3": f"folder:{path}?site=3"}.get(how, f"{how}:{path}")
    root = tmp_path / "run"
    result = erastyle(
        "pairs", era, "--run", root, "--source", source,
        "--contrast", sample(shared_data / contrast, tmp_path), "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    stages = {s["stage"]: s["stats"] for s in json.loads(result.stdout)["stages"]}
    for one, other in (("ingest", "clean"), ("clean", "dedupe"), ("dedupe", "split")):
        assert stages[one]["kept"] == stages[other]["read"]
    (folder,) = (root / "pairs").iterdir()
    pairs = [row for row in ledger.rows(folder / "kept") if row["role"] == "style"]
    assert len(pairs) > 40
    for row in pairs:
        request, text = row["prompt"][0]["content"], row["completion"][0]["content"]
        assert "{title}" not in request
        assert "{about}" not in request
        assert len(text.split()) >= 5
    (clean,) = (root / "clean").iterdir()
    dated = [row for row in ledger.rows(clean / "kept") if row["date_from"] and row["date_to"]]
    assert len(dated) > 20
    assert all(row["date_from"] <= row["date_to"] for row in dated)
