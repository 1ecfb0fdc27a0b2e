"""A folder of texts: whole after any interruption, continued without a repeat, never mixed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.errors import RunError
from erastyle.corpus.provenance import label, sidecar
from erastyle.corpus.record import Record
from erastyle.corpus.sources.registry import open_source
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model.generation import GeneratedText
from erastyle.writing import answers, text_folder
from erastyle.writing.answers import Answer, TextTask, tasks, write
from erastyle.writing.brief import Brief
from erastyle.writing.engine import Engine, decoding_of
from erastyle.writing.text_file import Form

BRIEFS = [
    Brief(text=text)
    for text in ("A page about kites.", "A page on YouTube.", "../../etc/passwd\n<b>", "صفحة bees")
]

LABELLED = Form()


def fill(path: Path, engine: Engine, form: Form = LABELLED, most: int = 99) -> list[Path | None]:
    planned = tasks(BRIEFS, engine, seed=1)
    with text_folder.opened(path, engine, form, "decline") as filled:
        left = [task for task in planned if task.key not in filled.done][:most]
        return [filled.write(outcome) for outcome in write(left, engine, Progress())]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def content(path: Path) -> dict[str, bytes]:
    texts = [p for p in path.iterdir() if p.name.endswith((".html", ".jsonl"))]
    return {p.name: p.read_bytes() for p in texts}


def test_each_text_has_a_file_with_a_label_a_row_and_a_file_beside_it(
    engine: Engine, tmp_path: Path
) -> None:
    paths = fill(tmp_path / "out", engine)
    assert [path is None for path in paths] == [False, True, False, False]
    texts = rows(tmp_path / "out" / text_folder.TEXTS)
    for path, row in zip([p for p in paths if p], texts, strict=True):
        assert path.parent == tmp_path / "out"
        assert path.name == row["file"]
        body = path.read_text("utf-8")
        assert label.source_type(body) == label.GENERATED
        assert label.strip(body) == row["text"].rstrip("\n") + "\n"
        beside = sidecar.read(sidecar.beside(path))
        assert beside.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert beside.text_sha256 == hashlib.sha256(label.strip(body).encode()).hexdigest()
        assert (beside.brief, beside.seed, beside.labelled) == (row["brief"], 1, True)
        assert beside.model.sha256 == engine.model.sha256
        assert row[label.FIELD] == label.uri(label.GENERATED)
    (rejected,) = rows(tmp_path / "out" / text_folder.REJECTED)
    assert (rejected["reason"], rejected["final"]) == (answers.LATER, True)


def test_what_was_done_is_not_written_again_and_the_end_is_the_same(
    engine: Engine, tmp_path: Path
) -> None:
    fill(tmp_path / "once", engine)
    assert len(fill(tmp_path / "again", engine, most=1)) == 1
    assert len(fill(tmp_path / "again", engine)) == 3
    assert fill(tmp_path / "again", engine) == []
    assert content(tmp_path / "again") == content(tmp_path / "once")


@pytest.mark.parametrize("cut", ["row", "half a row", "file only", "rejected of an open task"])
def test_whatever_an_interruption_leaves_the_end_is_the_same(
    engine: Engine, tmp_path: Path, cut: str
) -> None:
    out = tmp_path / "out"
    fill(tmp_path / "once", engine)
    fill(out, engine)
    texts = out / text_folder.TEXTS
    lines = texts.read_bytes().splitlines(keepends=True)
    if cut == "row":
        texts.write_bytes(b"".join(lines[:-1]))
    elif cut == "half a row":
        texts.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    elif cut == "file only":
        texts.write_bytes(lines[0])
        (out / ".0001.html.1234.partial").write_text("half", encoding="utf-8")
    else:
        texts.write_bytes(b"".join(lines[:-1]))
        key = json.loads(lines[-1])["key"]
        with (out / text_folder.REJECTED).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "candidate": 0, "reason": "x"}) + "\n")
            file.write('{"key": "')
    fill(out, engine)
    assert content(out) == content(tmp_path / "once")
    assert not list(out.glob("*.partial"))


def test_two_writers_cannot_fill_one_folder(engine: Engine, tmp_path: Path) -> None:
    with (
        text_folder.opened(tmp_path / "out", engine, Form(), "decline"),
        pytest.raises(RunError, match="is in use by another erastyle"),
        text_folder.opened(tmp_path / "out", engine, Form(), "decline"),
    ):
        pass


def test_texts_that_were_made_otherwise_are_not_continued(engine: Engine, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, engine, most=1)
    other = replace(engine, options=engine.options.model_copy(update={"temperature": 0.1}))
    with pytest.raises(RunError, match=r"generate\.temperature: 0\.7 -> 0\.1"):
        fill(out, other)
    with pytest.raises(RunError, match=r"label: True -> False"):
        fill(out, engine, Form(labelled=False))
    moved = replace(engine, model=engine.model.model_copy(update={"name": "elsewhere"}))
    assert fill(out, moved), "the place of the model decides nothing"


def test_a_folder_with_other_files_is_refused(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match="holds other files"):
        fill(tmp_path, engine)
    with pytest.raises(RunError, match=r"Name another folder with --out"):
        fill(tmp_path / "thesis.txt", engine)


def test_a_damaged_row_in_the_middle_is_said_with_its_line(engine: Engine, tmp_path: Path) -> None:
    fill(tmp_path / "out", engine)
    texts = tmp_path / "out" / text_folder.TEXTS
    texts.write_bytes(b"{}\n" + texts.read_bytes())
    with pytest.raises(RunError, match=r"texts\.jsonl:1: damaged"):
        fill(tmp_path / "out", engine)
    (tmp_path / "out" / text_folder.BATCH).write_text("{", encoding="utf-8")
    with pytest.raises(RunError, match=r"batch\.json: damaged"):
        fill(tmp_path / "out", engine)


def test_a_full_disk_leaves_what_is_there_whole(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    fill(out, engine, most=1)
    before = content(out)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(text_folder, "write_atomically", full)
        with pytest.raises(OSError, match="No space"):
            fill(out, engine)
    assert {name: content(out)[name] for name in before if name.endswith("html")} == {
        name: raw for name, raw in before.items() if name.endswith("html")
    }
    fill(out, engine)
    assert len(rows(out / text_folder.TEXTS)) == 3


def test_a_text_that_is_no_file_of_the_era_is_rejected(engine: Engine, tmp_path: Path) -> None:
    (task,) = tasks(BRIEFS[:1], engine, seed=1)
    later = GeneratedText("<P>A <LABEL>kite</LABEL>", 4, True)
    with text_folder.opened(tmp_path / "out", engine, Form(of_period=True), "decline") as filled:
        assert filled.write(Answer(task, later)) is None
        assert filled.refused == {text_folder.NOT_OF_FORM: 1}
    (row,) = rows(tmp_path / "out" / text_folder.REJECTED)
    assert "later than html-3.2" in row["detail"]
    assert row["final"]


def test_a_period_file_says_its_character_set(engine: Engine, tmp_path: Path) -> None:
    (task,) = tasks(BRIEFS[:1], engine, seed=1)
    text = GeneratedText("<P>A caf\u00e9 by the sea, and the kites above it.", 4, True)
    for of_period, raw, told in ((True, b"caf\xe9", "windows-1252"), (False, b"caf\xc3\xa9", None)):
        out = tmp_path / str(of_period)
        with text_folder.opened(out, engine, Form(of_period=of_period), "decline") as filled:
            path = filled.write(Answer(task, text))
        assert path
        assert raw in path.read_bytes()
        assert (b"charset=utf-8" in path.read_bytes()) != of_period
        beside = sidecar.read(sidecar.beside(path)).period_file
        assert (beside and beside["encoding"]) == told


def test_a_page_without_a_tag_is_a_file_too_but_none_of_the_era(
    engine: Engine, tmp_path: Path
) -> None:
    (task,) = tasks(BRIEFS[:1], engine, seed=1)
    text = GeneratedText("Kites are fun.", 4, True)
    form = Form(labelled=False)
    with text_folder.opened(tmp_path / "a", engine, form, "decline") as filled:
        path = filled.write(Answer(task, text))
    assert path
    assert path.read_text("utf-8") == "Kites are fun.\n"
    form = Form(labelled=False, of_period=True)
    with text_folder.opened(tmp_path / "b", engine, form, "decline") as filled:
        assert filled.write(Answer(task, text)) is None


@pytest.mark.parametrize("of_period", [True, False])
def test_a_usenet_text_is_an_article_with_its_headers_and_a_line_in_its_body(
    engine: Engine, tmp_path: Path, of_period: bool
) -> None:
    usenet = replace(engine, era=eras.load("usenet-1993"))
    (task,) = tasks([Brief(title="Kites", year=1994)], usenet, seed=1)
    text = GeneratedText("Does anybody fly kites by the sea? " * 6, 4, True)
    form = Form(of_period=of_period)
    with text_folder.opened(tmp_path / "out", usenet, form, "decline") as filled:
        path = filled.write(Answer(task, text))
    assert path
    assert path.suffix == ".mbox"
    (record,) = open_source(str(path)).read()
    assert isinstance(record, Record)
    assert (record.title, record.site, record.date[:4]) == ("Kites", "misc.test", "1994")
    assert record.headers["x-digital-source-type"] == label.uri(label.GENERATED)
    body = record.raw.decode()
    assert body.startswith("[This article was posted by a program, not by a person.")
    assert "".join(label.strip(body).split()) == "".join(text.text.split())
    assert (max(map(len, body.split("\n"))) <= 76) == of_period


def test_no_brief_gets_its_file_out_of_the_folder() -> None:
    from erastyle.writing.text_file import name

    for text in ("../../x", "/etc/passwd", "a" * 300, "🪁", "CON", ".hidden", "a/b\\c:d"):
        task = TextTask(Brief(text=text), text, 1, 1, 1, 0, 1, 8)
        called = name(task, ".html")
        assert called.startswith("0001-")
        assert set(called) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert len(called) < 70


def test_the_watermark_is_on_and_recorded_and_folders_do_not_mix(
    engine: Engine, tmp_path: Path
) -> None:
    fill(tmp_path / "out", engine, most=1)
    (row,) = rows(tmp_path / "out" / text_folder.TEXTS)
    assert row["watermark"] is True
    known = sidecar.read(sidecar.beside(tmp_path / "out" / row["file"]))
    assert known.watermark is not None
    assert (known.watermark.method, known.watermark.tokenizer) == ("SynthID-Text", "starter")
    plain = replace(engine, watermark=False)
    with pytest.raises(RunError, match="watermark"):
        fill(tmp_path / "out", plain)
    fill(tmp_path / "plain", plain, most=1)
    (other,) = rows(tmp_path / "plain" / text_folder.TEXTS)
    assert other["watermark"] is False
    assert sidecar.read(sidecar.beside(tmp_path / "plain" / other["file"])).watermark is None


def test_the_stage_and_its_key_know_nothing_of_the_watermark(engine: Engine) -> None:
    assert not engine.options.decoding.watermark
    assert "watermark" not in engine.options.model_dump_json()
    assert decoding_of(engine.options).watermark
    assert not decoding_of(engine.options, watermark=False).watermark
    cold = replace(engine, options=engine.options.model_copy(update={"temperature": 0.0}))
    assert cold.mark is None, "nothing is drawn by chance"
