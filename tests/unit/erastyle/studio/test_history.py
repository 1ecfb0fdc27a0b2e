from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from erastyle.corpus.errors import RunError
from erastyle.corpus.provenance.sidecar import Model
from erastyle.studio.history import ChangedElsewhereError, History, NotInHistoryError
from erastyle.studio.text_record import Checked, TextRecord, WritingOrder, Written


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "deep" / "history.sqlite")


def order(brief: str = "A page about kites") -> WritingOrder:
    return WritingOrder(style="web-1995", brief=brief)


def written(text: str = "<P>Kites") -> Written:
    return Written(text=text, request="A page about kites", model=Model(name="r", base="starter"))


def finished(history: History, text: str = "<P>Kites", brief: str = "Kites") -> TextRecord:
    (record,) = history.order([order(brief)])
    return history.finish(record.id, written(text), Checked(outcome="passes"))


def test_a_text_survives_a_restart(history):
    record = finished(history, "<P>Kites & ünïcode 漢字 🙂")
    again = History(history.file).text(record.id)
    assert again == record
    assert again.text == "<P>Kites & ünïcode 漢字 🙂"
    assert again.state == "done"


def test_a_text_that_another_process_left_is_interrupted(history):
    code = (
        "import sys; from pathlib import Path; from erastyle.studio.history import History;"
        "from erastyle.studio.text_record import WritingOrder;"
        "h = History(Path(sys.argv[1])); (r,) = h.order([WritingOrder(style='s', brief='b')]);"
        "h.partly(r.id, '<P>half'); print(r.id)"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, str(history.file)], capture_output=True, text=True, check=True
    )
    record = history.text(made.stdout.strip())
    assert (record.state, record.text) == ("interrupted", "<P>half")
    assert "ended" in record.problem
    (mine,) = history.order([order()])
    assert history.text(mine.id).state == "writing"


def test_an_edit_keeps_what_was_there_and_takes_back_the_approval(history):
    record = finished(history)
    history.approve(record.id, "Ann", "good", record.revision)
    edited = history.edit(record.id, "<P>Kites, edited", record.revision)
    assert (edited.revision, edited.approved, edited.checked) == (1, None, None)
    assert edited.edited
    with sqlite3.connect(history.file) as database:
        assert database.execute("SELECT text FROM revisions").fetchall() == [("<P>Kites",)]


def test_two_tabs_cannot_overwrite_each_other(history):
    record = finished(history)
    history.edit(record.id, "<P>one", 0)
    with pytest.raises(ChangedElsewhereError, match="Reload"):
        history.edit(record.id, "<P>other", 0)
    with pytest.raises(ChangedElsewhereError):
        history.approve(record.id, "Ann", "", 0)
    assert history.text(record.id).text == "<P>one"
    assert history.approve(record.id, "Ann", "", 1).approved.by == "Ann"


def test_two_studios_write_at_once(tmp_path):
    """Eight threads of two studios: nothing is lost, nobody is turned away."""
    file = tmp_path / "history.sqlite"
    studios = [History(file), History(file)]
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(8):
                finished(studios[number % 2], f"<P>{number}-{turn}", f"text {number}-{turn}")
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    texts, total = studios[0].page(count=100)
    assert total == 64
    assert len({record.text for record in texts}) == 64


def test_a_full_disk_is_told_and_leaves_everything_whole(history, monkeypatch):
    record = finished(history)
    real = sqlite3.connect

    def small(*arguments, **options):
        database = real(*arguments, **options)
        pages = database.execute("PRAGMA page_count").fetchone()[0]
        database.execute(f"PRAGMA max_page_count={pages}")
        return database

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(RunError, match="disk is full"):
        history.edit(record.id, "<P>" + "long " * 100_000, 0)
    monkeypatch.undo()
    assert history.text(record.id) == record


def test_a_file_that_is_no_history_is_told(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("These are my notes. " * 100)
    with pytest.raises(RunError, match=r"is no history of the studio.*--history FILE"):
        History(file)
    assert file.read_text().startswith("These are my notes.")


def test_a_history_of_a_later_version_is_left_alone(history):
    with sqlite3.connect(history.file) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(RunError, match="another version"):
        History(history.file)


def test_search_takes_signs_of_sql_as_they_are(history):
    finished(history, brief="100% kites")
    finished(history, brief="1000 kites_x")
    assert [r.order.brief for r in history.page(search="100%")[0]] == ["100% kites"]
    assert [r.order.brief for r in history.page(search="kites_")[0]] == ["1000 kites_x"]
    assert history.page(search="'; DROP TABLE texts; --") == ([], 0)
    assert history.page()[1] == 2


def test_pages_of_the_history_follow_each_other(history):
    for number in range(7):
        finished(history, brief=f"kite {number}")
    first, total = history.page(count=4)
    second, _ = history.page(start=4, count=4)
    assert total == 7
    assert len({record.id for record in [*first, *second]}) == 7


def test_a_collection_keeps_its_order_and_takes_a_text_once(history):
    one, two = finished(history, "<P>1"), finished(history, "<P>2")
    for record in (two, one, two):
        history.collect("For the museum", record.id)
    assert [r.id for r in history.collection("For the museum")] == [two.id, one.id]
    history.take_out("For the museum", two.id)
    assert history.collections() == [("For the museum", 1)]
    assert history.collections_of(one.id) == ["For the museum"]


def test_what_is_not_there_is_told(history):
    for look in (history.text, history.collection, history.sheet):
        with pytest.raises(NotInHistoryError):
            look("nothing")
    with pytest.raises(NotInHistoryError):
        history.collect("c", "nothing")
    assert history.collections() == []
