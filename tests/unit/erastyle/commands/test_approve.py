from __future__ import annotations

import hashlib
from pathlib import Path

from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.provenance.sidecar import Model, Sidecar
from tests.conftest import erastyle


def text(folder: Path) -> Path:
    """A text with the file beside it."""
    file = folder / "kites.html"
    file.write_text("<P>Kites")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    beside = Sidecar(
        made_by="erastyle 0",
        digitalSourceType=label.uri(label.GENERATED),
        file=file.name,
        sha256=digest,
        text_sha256=digest,
        written="2026-01-01T00:00:00+00:00",
        model=Model(name="runs/x", base="starter"),
        brief="A page about kites",
        seed=1,
    )
    sidecar.write(beside, sidecar.beside(file))
    return file


def test_an_approval_stands_beside_the_text(tmp_path):
    file = text(tmp_path)
    result = erastyle("approve", file, "--by", "Ann Hill", "--note", "read twice")
    assert result.exit_code == 0, result.output
    approved = sidecar.read(sidecar.beside(file)).approved
    assert approved is not None
    assert (approved.by, approved.note) == ("Ann Hill", "read twice")


def test_a_text_that_was_changed_is_not_approved(tmp_path):
    file = text(tmp_path)
    file.write_text("<P>Other kites")
    result = erastyle("approve", file, "--by", "Ann Hill")
    assert result.exit_code == 1
    assert "changed after it was written" in result.output
    assert sidecar.read(sidecar.beside(file)).approved is None


def test_an_approval_needs_a_name(tmp_path):
    result = erastyle("approve", text(tmp_path), "--by", " ")
    assert result.exit_code == 2
    assert "needs the name" in result.output
