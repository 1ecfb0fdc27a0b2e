from __future__ import annotations

import json

import pytest

from erastyle.corpus.errors import SourceError
from erastyle.studio import blind_sheet
from erastyle.studio.blind_sheet import POOLED, BlindSheet, SheetCandidate


def candidates(count: int, who: str) -> list[SheetCandidate]:
    return [SheetCandidate(f"<P>{who} " + "x" * 50 * n, "html", f"{who}{n}") for n in range(count)]


@pytest.fixture
def sheet() -> BlindSheet:
    return blind_sheet.make("Kites", candidates(5, "machine"), candidates(40, "real"), seed=1)


def test_half_of_a_sheet_is_real_and_of_like_length(sheet):
    origins = [entry.origin for entry in sheet.key.entries]
    assert sorted(origins) == ["machine"] * 5 + ["real"] * 5
    lengths = {"machine": [], "real": []}
    for item, entry in zip(sheet.items, sheet.key.entries, strict=True):
        assert item.number == entry.number
        lengths[entry.origin].append(len(item.text))
    for machine, real in zip(sorted(lengths["machine"]), sorted(lengths["real"]), strict=True):
        assert abs(machine - real) <= 60


def test_the_order_is_mixed_and_the_sheet_tells_nothing(sheet):
    orders = {
        tuple(
            entry.origin
            for entry in blind_sheet.make(
                "K", candidates(5, "machine"), candidates(9, "real"), seed=n
            ).key.entries
        )
        for n in range(20)
    }
    assert len(orders) > 10
    page = blind_sheet.printed(
        sheet.model_copy(
            update={"items": tuple(i.model_copy(update={"text": "<P>x"}) for i in sheet.items)}
        )
    )
    assert "machine0" not in page
    assert sheet.key.nonce not in page
    assert sheet.key.digest in page
    assert "AI" in page


def test_the_key_cannot_be_changed_unseen(sheet):
    entries = sheet.key.entries
    swapped = entries[0].model_copy(
        update={"origin": "real" if entries[0].origin == "machine" else "machine"}
    )
    forged = sheet.key.model_copy(update={"entries": (swapped, *entries[1:])})
    assert forged.digest != sheet.key.digest
    assert json.loads(sheet.key.as_file())["sheet"] == sheet.id


def test_too_few_documents_are_told():
    with pytest.raises(SourceError, match="at least 2"):
        blind_sheet.make("K", candidates(1, "machine"), candidates(9, "real"))
    with pytest.raises(SourceError, match="the run has 3"):
        blind_sheet.make("K", candidates(4, "machine"), candidates(3, "real"))


def answers(sheet: BlindSheet, reader: str, right: int) -> str:
    rows = ["reader,number,answer"]
    for n, entry in enumerate(sheet.key.entries):
        said = entry.origin if n < right else {"real": "machine", "machine": "real"}[entry.origin]
        rows.append(f"{reader},{entry.number},{said}")
    return "\n".join(rows)


def test_the_exact_test_each_and_pooled(sheet):
    """10 of 10 by chance: 2 / 1024. 15 of 20: 2 * 21700 / 2**20 = 0.0414."""
    read = blind_sheet.read_answers(sheet, answers(sheet, "Ann", 10))
    read += blind_sheet.read_answers(sheet, answers(sheet, "Bob", 5))
    ann, bob, pooled = blind_sheet.results(sheet, read)
    assert (ann.right, ann.answered, ann.sentence) == (10, 10, "tells them apart")
    assert ann.p == pytest.approx(2 / 1024)
    assert (bob.right, bob.p, bob.sentence) == (5, 1.0, "cannot be told from guessing")
    assert (pooled.reader, pooled.right, pooled.answered) == (POOLED, 15, 20)
    assert pooled.p == pytest.approx(0.04139, abs=1e-5)
    assert 0.5 < pooled.low < 0.75 < pooled.high < 1
    (wrong,) = blind_sheet.results(sheet, blind_sheet.read_answers(sheet, answers(sheet, "Cy", 0)))
    assert wrong.sentence == "takes one for the other"


def test_an_answer_form_that_was_filled_in_is_read(sheet):
    form = blind_sheet.answer_form(sheet).replace("\n,1,\n", "\nAnn,1,REAL\n")
    form = form.replace("\n,2,\n", "\n,2, machine \n")
    spreadsheet = "\ufeff" + form.replace("\n", "\r\n")
    assert blind_sheet.read_answers(sheet, spreadsheet) == [
        ("Ann", 1, "real"),
        ("Ann", 2, "machine"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_lines_may_end_as_on_any_system(sheet, end):
    text = end.join(["reader,number,answer", "Ann,01,real", "Ann,2,machine"])
    assert blind_sheet.read_answers(sheet, text) == [("Ann", 1, "real"), ("Ann", 2, "machine")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "first line"),
        ("number;answer\n1;real", "first line"),
        ("reader,number,answer\nAnn,99,real", "answers:2: the sheet has no document '99'"),
        ("reader,number,answer\nAnn," + "9" * 5_000 + ",real", "the sheet has no document"),
        # How long a field may be is set for the whole process, by other libraries too.
        ("reader,number,answer\nAnn,1," + "x" * 200_000, "no answer|not a CSV file"),
        ("x" * 200_000, "first line|not a CSV file"),
        ("reader,number,answer\nAnn,1,perhaps", "'perhaps' is no answer"),
        ("reader,number,answer\nAnn,1,real\nAnn,1,real", "answered 1 twice"),
        ("reader,number,answer\nAnn,1,", "no row is filled in"),
    ],
)
def test_answers_that_cannot_be_read_are_told(sheet, text, why):
    with pytest.raises(SourceError, match=why):
        blind_sheet.read_answers(sheet, text)
