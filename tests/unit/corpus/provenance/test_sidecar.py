"""The file beside a text: read back as written, approved by a person with a name."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.provenance import sidecar
from erastyle.corpus.provenance.label import RESTYLED
from erastyle.corpus.provenance.sidecar import Model, Sidecar

MODEL = Model(name="runs/x", sha256="ab", base="starter", base_digest="d" * 200, era_title="Usenet")


def text_with_sidecar(folder: Path) -> Path:
    file = folder / "a.txt"
    file.write_text("Hello.\n", encoding="utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    known = Sidecar(
        made_by="erastyle", digitalSourceType="http://x", file=file.name, sha256=digest,
        text_sha256=digest, written="2026-01-01T00:00:00+00:00", model=MODEL, brief="b", seed=1,
    )  # fmt: skip
    sidecar.write(known, sidecar.beside(file))
    assert sidecar.read(sidecar.beside(file)) == known
    return file


def test_an_approval_has_a_name_and_stays(tmp_path: Path) -> None:
    file = text_with_sidecar(tmp_path)
    with pytest.raises(ConfigError, match="needs the name"):
        sidecar.approve(file, "  ", "", "now")
    sidecar.approve(file, "Ann", "good", "2026-01-02")
    approved = sidecar.read(sidecar.beside(file)).approved
    assert approved
    assert (approved.by, approved.note) == ("Ann", "good")


def test_a_text_that_was_changed_is_not_approved(tmp_path: Path) -> None:
    file = text_with_sidecar(tmp_path)
    file.write_text("Other.\n", encoding="utf-8")
    with pytest.raises(SourceError, match="was changed after"):
        sidecar.approve(file, "Ann", "", "now")


@pytest.mark.parametrize("text", ["", "{", '{"made_by": 3}', "[]"])
def test_a_damaged_file_is_said_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.provenance.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as error:
        sidecar.read(path)
    assert "\n" not in str(error.value)
    with pytest.raises(SourceError, match="cannot be read"):
        sidecar.read(tmp_path / "none")


def test_a_label_names_models_by_their_hashes() -> None:
    said = sidecar.notice(MODEL, RESTYLED, 7, sentence="No flames.")
    assert said.facts["model"] == "ab"
    assert said.facts["baseDigest"] == "d" * 120
    assert said.facts["seed"] == 7
    assert said.visible.startswith("No flames. Made with AI: a language model rewrote a draft")
