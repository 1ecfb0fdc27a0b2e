"""What a text states about who wrote it, whole or in the parts that are left of its label."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from erastyle.corpus.provenance import label, sidecar, stated
from erastyle.corpus.provenance.label import GENERATED, RESTYLED, Notice
from erastyle.corpus.provenance.sidecar import Model, Sidecar
from erastyle.corpus.provenance.stated import Statement

PAGE = "<HTML><HEAD><TITLE>Kites</TITLE></HEAD><BODY><P>Kites fly.</BODY></HTML>"
AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def kinds(text: str) -> set[tuple[str, str]]:
    return {(one.kind, one.where) for one in stated.in_text(text)}


def test_a_labelled_page_says_it_in_every_place() -> None:
    labelled = label.label(PAGE, Notice(), "html")
    assert kinds(labelled) == {
        ("label", "label"),
        *(("metadata", where) for where in ("META", "JSON-LD", "comment", "generator")),
    }
    assert stated.in_text(labelled)[0].detail == "the text is as it was labelled"
    changed = labelled.replace("Kites fly", "Kites fell")
    assert stated.in_text(changed)[0].detail == "the text was changed since"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f'<meta content="{AI}" name="digitalSourceType">', "META"),
        (f'<script type="application/ld+json">{{"digitalSourceType": "{AI}"}}</script>', "JSON-LD"),
        (f'{{"text": "Hello.", "digitalSourceType": "{AI}"}}', "JSON field"),
        (f"Subject: kites\nX-Digital-Source-Type: {AI}\n\nHello.", "header"),
        ("<!-- Made by AI: a language model wrote this. --><P>Hello.", "comment"),
        ("Made by AI: a language model wrote this.\n\nHello.", "sentence"),
    ],
)
def test_one_statement_alone_is_enough(text: str, where: str) -> None:
    (only,) = stated.in_text(text)
    assert (only.kind, only.where, only.source_type) == ("metadata", where, GENERATED)


def test_a_restyled_draft_is_told_from_a_text_of_the_model() -> None:
    labelled = label.label("Hello.", Notice(RESTYLED), "text")
    assert {one.source_type for one in stated.in_text(labelled)} == {RESTYLED}


@pytest.mark.parametrize(
    "text",
    ["", "Hello.", PAGE, "The IPTC's list has trainedAlgorithmicMedia.", "<meta name=generator>"],
)
def test_a_text_that_states_nothing(text: str) -> None:
    assert stated.in_text(text) == []


def test_the_file_beside_a_text_is_read_and_compared(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_bytes(PAGE.encode())
    assert stated.beside(file, PAGE.encode()) is None
    known = Sidecar(
        made_by="erastyle 1",
        digitalSourceType=AI,
        file=file.name,
        sha256=hashlib.sha256(PAGE.encode()).hexdigest(),
        text_sha256="",
        written="",
        model=Model(name="m", base="starter"),
        brief="b",
        seed=1,
    )
    sidecar.write(known, sidecar.beside(file))
    said = stated.beside(file, PAGE.encode())
    assert said == Statement(
        "sidecar",
        "a.html.provenance.json",
        GENERATED,
        "erastyle 1, starter; the file is as it was written",
    )
    changed = stated.beside(file, b"other")
    assert changed is not None
    assert "was changed since" in changed.detail
    sidecar.beside(file).write_text("{")
    broken = stated.beside(file, b"")
    assert broken is not None
    assert "cannot be read" in broken.detail
