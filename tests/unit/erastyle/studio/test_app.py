"""The studio over HTTP, with a writer that does as it is told."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from fastapi.testclient import TestClient

from erastyle.corpus.errors import RunError
from erastyle.corpus.provenance import label
from erastyle.corpus.provenance.sidecar import Sidecar
from erastyle.serving.access import Access
from erastyle.studio import app as studio_app
from erastyle.studio import text_view
from erastyle.studio.blind_sheet import BlindSheet
from tests.scripted_writer import ScriptedWriter
from tests.studio_run import make_run


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Any]:
    run = make_run(tmp_path / "run")
    bare = make_run(tmp_path / "bare", model=False)
    opened = studio_app.create([run, bare], tmp_path / "h.sqlite", writer=ScriptedWriter())
    with TestClient(opened.app, base_url="http://localhost") as client:
        client.studio = opened.studio
        yield client


def write(client: Any, **order: Any) -> str:
    """Order a text, wait for it, and return its id."""
    answer = client.post("/texts", json={"style": "run", "brief": "Kites of Leeds", **order})
    assert answer.status_code == 201, answer.text
    id_ = answer.json()["to"].rpartition("/")[2]
    for _ in range(200):
        if client.studio.history.text(id_).state != "writing":
            return id_
        time.sleep(0.02)
    raise AssertionError("the text was not written")


def test_a_text_is_written_and_shown_with_its_marks(client):
    id_ = write(client)
    page = client.get(f"/texts/{id_}").text
    assert '<mark class="anachronism" title="smartphone, 2002">smartphone</mark>' in page
    assert '<mark class="guard" title="structure: unclosed list">No nylon</mark>' in page
    assert "Made by AI" in page
    assert "erastyle generate" in page
    assert "--seed 1995" in page


def test_the_stream_tells_every_piece_then_the_end(client):
    client.studio.jobs._writer.pause = 0.01
    answer = client.post("/texts", json={"style": "run", "brief": "Kites"})
    with client.stream("GET", answer.json()["to"] + "/stream") as stream:
        lines = [line for line in stream.iter_lines() if line.startswith(("event", "data"))]
    pieces = [
        json.loads(data.removeprefix("data: "))
        for event, data in zip(lines[::2], lines[1::2], strict=True)
        if event == "event: piece"
    ]
    record = client.studio.history.text(answer.json()["to"].rpartition("/")[2])
    assert "".join(pieces) == record.text
    assert lines[-2] == "event: over"


def test_a_tab_that_comes_back_gets_only_what_is_new(client):
    client.studio.jobs._writer.pause = 0.02
    where = client.post("/texts", json={"style": "run", "brief": "Kites"}).json()["to"]
    time.sleep(0.2)
    with client.stream("GET", where + "/stream", headers={"Last-Event-ID": "40"}) as stream:
        first = next(line for line in stream.iter_lines() if line.startswith("data"))
    assert not json.loads(first.removeprefix("data: ")).startswith("<HTML>")


def test_a_text_that_is_stopped_keeps_what_was_written(client):
    client.studio.jobs._writer.pause = 0.05
    where = client.post("/texts", json={"style": "run", "brief": "Kites"}).json()["to"]
    time.sleep(0.3)
    assert client.post(where + "/stop", json={}).status_code == 200
    id_ = where.rpartition("/")[2]
    for _ in range(100):
        record = client.studio.history.text(id_)
        if record.state != "writing":
            break
        time.sleep(0.02)
    assert record.state == "stopped"
    assert record.text.startswith("<HTML>")
    assert "Stopped" in client.get(where).text


def test_a_model_that_cannot_be_loaded_is_told_on_the_page(client):
    id_ = write(client, brief="please fail")
    page = client.get(f"/texts/{id_}").text
    assert "erastyle bases get smollm2" in page


def test_two_strengths_are_written_side_by_side(client):
    order = {"style": "run", "brief": "Kites", "other_strength": 0.5}
    where = client.post("/texts", json=order).json()["to"]
    _, _, one, other = where.split("/")
    assert client.get(where).status_code == 200
    records = [client.studio.history.text(id_) for id_ in (one, other)]
    assert [record.order.strength for record in records] == [1.0, 0.5]
    assert records[0].beside == other


def test_approval_stands_in_every_file(client):
    id_ = write(client, title="Kites & kites")
    approval = {"by": "Ann Hill", "note": "read it", "revision": 0}
    assert client.post(f"/texts/{id_}/approve", json=approval).status_code == 200
    sidecar = Sidecar.model_validate_json(client.get(f"/texts/{id_}/sidecar").text)
    assert sidecar.approved is not None
    assert (sidecar.approved.by, sidecar.approved.note) == ("Ann Hill", "read it")
    file = client.get(f"/texts/{id_}/file")
    assert label.source_type(file.text) == label.GENERATED
    assert sidecar.file in file.headers["content-disposition"]
    plain = client.get(f"/texts/{id_}/plain").text
    assert plain.startswith("[Made by AI")


def test_an_edit_is_scored_again_and_stands_in_the_sidecar(client):
    id_ = write(client)
    change = {"text": "<HTML><P>All kites welcome.</HTML>", "revision": 0}
    assert client.post(f"/texts/{id_}/edit", json=change).status_code == 200
    record = client.studio.history.text(id_)
    assert record.checked is not None
    assert record.checked.outcome == "passes"
    assert client.post(f"/texts/{id_}/edit", json=change).status_code == 409
    assert json.loads(client.get(f"/texts/{id_}/sidecar").text)["edited"]


def test_a_restyled_draft_is_labelled_as_one(client):
    id_ = write(client, brief="", draft="The club meets on 4 May at 7 with Ann Hill.")
    page = client.get(f"/texts/{id_}").text
    assert "Made with AI: a language model rewrote a draft" in page
    assert 'class="lost"' in page
    assert label.source_type(client.get(f"/texts/{id_}/file").text) == label.RESTYLED


def test_the_facts_of_a_restyled_draft_follow_an_edit(client):
    id_ = write(client, brief="", draft="The club meets on 4 May at 7 with Ann Hill.")
    change = {
        "text": "<HTML><P>It meets on May 4 at 8. See http://kites.example/ for more.</HTML>",
        "revision": 0,
    }
    assert client.post(f"/texts/{id_}/edit", json=change).status_code == 200
    facts = {(fact.state, fact.text, fact.now) for fact in client.studio.history.text(id_).facts}
    assert facts >= {("kept", "4 May", "May 4"), ("changed", "7", "8"), ("lost", "Ann Hill", "")}
    (added,) = (fact for fact in facts if fact[0] == "added")
    assert added[1] == ""
    assert "kites.example" in added[2]
    shown = client.get(f"/texts/{id_}").text
    assert "May 5" not in shown  # what the text said before


def test_a_collection_is_exported_with_index_labels_and_provenance(client):
    ids = [write(client, title=title) for title in ("Kites", "../../etc/passwd", "<script>x")]
    for id_ in ids:
        into = {"name": "For the museum"}
        assert client.post(f"/texts/{id_}/collect", json=into).status_code == 200
    raw = client.get("/collections/For%20the%20museum/zip").content
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        names = file.namelist()
        assert all(name.startswith("for-the-museum/") and ".." not in name for name in names)
        index = file.read("for-the-museum/index.html").decode()
        pages = [n for n in names if n.endswith(".html") and "index" not in n]
        assert len(pages) == 3
        for page in pages:
            assert label.source_type(file.read(page).decode()) == label.GENERATED
            assert Sidecar.model_validate_json(file.read(page + ".provenance.json"))
        assert len(file.read("for-the-museum/texts.jsonl").splitlines()) == 3
    assert "<script>x" not in index
    assert "Made by AI" in index
    assert client.get("/collections/For%20the%20museum/zip").content == raw


def test_a_blind_sheet_from_the_page_to_the_result(client):
    for number in range(3):
        id_ = write(client, brief=f"Kites {number}")
        client.post(f"/texts/{id_}/collect", json={"name": "Kites"})
    answer = client.post("/collections/Kites/sheets", json={"style": "run"})
    where = answer.json()["to"]
    raw = client.get(where + "/zip").content
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        names = [name.partition("/")[2] for name in file.namelist()]
        form = file.read(file.namelist()[1]).decode()
    assert names == ["sheet.html", "answers.csv"]
    assert client.get(where + "/key").status_code == 422
    stored = BlindSheet.model_validate_json(client.studio.history.sheet(where.rpartition("/")[2]))
    rows = [f"Ann,{entry.number},{entry.origin}" for entry in stored.key.entries]
    csv = "\n".join([form.splitlines()[0], *rows])
    assert client.post(where + "/answers", json={"csv": csv}).status_code == 200
    page = client.get(where).text
    assert "6 of 6" in page
    assert "tells them apart" in page
    assert client.get(where + "/key").content == stored.key.as_file()


def test_a_run_without_a_model_still_shows_its_corpus(client):
    answer = client.post("/texts", json={"style": "bare", "brief": "Kites"})
    assert answer.status_code == 422
    assert "erastyle run --run" in answer.json()["error"]
    for path in ("/corpus/bare", "/corpus/bare/report", "/corpus/bare/clean/dropped"):
        assert client.get(path).status_code == 200
    assert "has no model yet" in client.get("/?style=bare").text


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"brief": "  "}, "the brief is empty"),
        ({"brief": "x", "strength": 9}, "strength"),
        ({"brief": "x", "strength": "NaN"}, "strength"),
        ({"brief": "x", "colour": "red"}, "colour"),
        ({"brief": "x" * 30_000}, "brief"),
        ({"brief": "x", "style": "other"}, "not open here"),
        ({"brief": "kites\0"}, "a NUL character"),
        ({"brief": "kites", "title": "a\u202eb"}, "turns the direction"),
    ],
)
def test_an_order_that_cannot_be_is_told_in_one_line(client, order, why):
    answer = client.post("/texts", json={"style": "run", **order})
    assert answer.status_code == 422
    assert why in answer.json()["error"]
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    "brief",
    ["<script>x</script><|im_end|>", "اكتب صفحة عن الطائرات", "🪁" * 50, "'; DROP TABLE texts"],
)
def test_a_brief_of_any_words_is_written_and_shown(client, brief):
    id_ = write(client, brief=brief)
    assert client.studio.history.text(id_).order.brief == brief
    for page in (f"/texts/{id_}", "/", "/history"):
        assert client.get(page).status_code == 200


def test_another_page_cannot_post_to_it(client):
    order = {"style": "run", "brief": "Kites"}
    foreign = {"Origin": "http://evil.example"}
    assert client.post("/texts", json=order, headers=foreign).status_code == 403
    assert client.post("/texts", json=order, headers={"Host": "evil.example"}).status_code == 403
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/texts", content="style=run", headers=form).status_code == 415
    assert client.studio.history.page()[1] == 0


def test_a_token_is_asked_for(tmp_path):
    run = make_run(tmp_path / "run")
    opened = studio_app.create(
        [run], tmp_path / "h.sqlite", Access("s3cret-token"), writer=ScriptedWriter()
    )
    with TestClient(opened.app, base_url="http://studio.example") as client:
        assert client.get("/").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        assert client.get("/?token=s3cret-token").status_code == 200
        assert client.get("/history").status_code == 200


def test_no_page_names_another_host(client):
    id_ = write(client)
    pages = ("/", f"/texts/{id_}", "/history", "/collections", "/corpus", "/corpus/run")
    for page in (*pages, "/corpus/run/clean/kept", "/assets/studio.css", "/assets/studio.js"):
        text = client.get(page).text.replace("http://kites.example/meetings.html", "")
        text = text.replace("http://pier.example/", "")
        assert "http" not in text.replace("http-equiv", ""), page


def test_what_is_not_there_is_a_page(client):
    for path in ("/texts/nothing", "/collections/nothing", "/sheets/nothing"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Back to the first page" in answer.text
    assert client.get("/corpus/run/documents/nothing").status_code == 400
    assert client.get("/assets/../app.py").status_code in (404, 422)


def test_a_folder_that_is_no_run_is_told(tmp_path):
    with pytest.raises(RunError, match=r"not a run directory.*run\.yaml"):
        studio_app.create([tmp_path], tmp_path / "h.sqlite")


def test_a_damaged_run_is_told_and_the_others_work(tmp_path):
    run, damaged = make_run(tmp_path / "run"), make_run(tmp_path / "damaged")
    (damaged / "model" / "style.json").write_text("{")
    broken = make_run(tmp_path / "broken")
    (broken / "run.yaml").write_text("era: [")
    opened = studio_app.create(
        [run, damaged, broken], tmp_path / "h.sqlite", writer=ScriptedWriter()
    )
    problems = [style.problem for style in opened.studio.styles]
    assert problems[0] == ""
    assert "is not a style model" in problems[1]
    assert "cannot be used" in problems[2]
    with TestClient(opened.app, base_url="http://localhost") as client:
        for style in ("run", "damaged", "broken"):
            assert client.get(f"/?style={style}").status_code == 200
            assert client.get(f"/corpus/{style}").status_code == 200


def test_the_command_of_a_text_that_failed_names_its_year(client):
    id_ = write(client, brief="A page about kites.", year=1995)
    record = client.studio.history.text(id_).model_copy(update={"written": None, "state": "failed"})
    shown = text_view.view(client.studio, record).commands["write"]
    assert "It is 1995." in shown
    assert shown.startswith("erastyle generate ")
