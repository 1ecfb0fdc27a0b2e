"""Tables and page XML in the forms that programs write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.registry import open_source
from erastyle.corpus.sources.table import UNREAD_DATE, day

ROWS = [
    {"text": f"Boat {n} lies; in the “bay”.", "date": "1994", "site": f"s{n}"} for n in range(3)
]
TEXTS = [row["text"] for row in ROWS]


def read(path: Path, data: bytes, kind: str = "table") -> list[Item]:
    path.write_bytes(data)
    return list(open_source(f"{kind}:{path}").read())


def texts(items: list[Item]) -> list[str]:
    return [item.raw.decode() for item in items if isinstance(item, Record)]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("8 June 1995", "1995-06-08"),
        ("June 8, 1995", "1995-06-08"),
        ("Jun. 8th 1995", "1995-06-08"),
        ("8. Juni 1995", "1995-06-08"),
        ("Thu, 8 Jun 1995 10:00:00 +0200", "1995-06-08"),
        ("1995-06-08 10:00:00", "1995-06-08"),
        ("8-Jun-95", "1995-06-08"),
        ("1995/06/08", "1995-06-08"),
        ("June 1995", "1995"),
        ("06/08/1995", "1995"),
        ("19950608", "1995-06-08"),
        (802569600, "1995-06-08"),
        ("802569600000", "1995-06-08"),
        ("before 1995", ""),
        ("c. June 8, 1995", ""),
        ("8 June 1995 or 9 June 1996", ""),
        ("12345", ""),
        ("soon", ""),
    ],
)
def test_a_cell_holds_a_date_in_words_or_numbers(cell: object, wanted: str) -> None:
    assert day(cell) == wanted


def test_rows_whose_date_is_not_understood_are_counted(tmp_path: Path) -> None:
    rows = [{**row, "date": date} for row, date in zip(ROWS, ("soon", "", "1994"), strict=True)]
    items = read(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)).encode())
    assert [UNREAD_DATE in i.signals for i in items if isinstance(i, Record)] == [
        True,
        False,
        False,
    ]


FORMS = {
    "lines": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
    "array": json.dumps(ROWS),
    "array over lines": json.dumps(ROWS, indent=1, ensure_ascii=False),
    "one object": json.dumps({"rows": ROWS, "count": 3}, indent=2),
    "objects over lines": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "array on two lines": "[\n" + json.dumps(ROWS)[1:],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_json_is_read_in_every_form(tmp_path: Path, form: str, charset: str, name: str) -> None:
    assert texts(read(tmp_path / name, FORMS[form].encode(charset))) == TEXTS


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("told", ["", "sep={}\n"])
def test_the_sign_between_fields_is_told_from_the_header(
    tmp_path: Path, sign: str, charset: str, told: str
) -> None:
    lines = [sign.join(ROWS[0])] + [sign.join(f'"{v}"' for v in row.values()) for row in ROWS]
    data = told.format(sign) + "\n".join(lines) + "\n"
    assert texts(read(tmp_path / "a.csv", data.encode(charset))) == TEXTS


@pytest.mark.parametrize("at", [30, 60, 100, -1])
def test_a_json_array_that_is_cut_gives_its_rows_and_one_entry(tmp_path: Path, at: int) -> None:
    items = read(tmp_path / "a.json", FORMS["array"].encode()[:at])
    assert isinstance(items[-1], Unreadable)
    assert texts(items) == TEXTS[: len(items) - 1]


LINES = ["The council met on Tuesday.", "It heard the report."]


def page(*lines: str, region: str = "", words: bool = False) -> bytes:
    inner = ""
    for line in lines:
        each = "".join(
            f"<Word><TextEquiv><Unicode>{w}</Unicode></TextEquiv></Word>" for w in line.split()
        )
        whole = "" if words else f"<TextEquiv><Unicode>{line}</Unicode></TextEquiv>"
        inner += f"<TextLine>{each}{whole}</TextLine>"
    told = f"<TextEquiv><Unicode>{region}</Unicode></TextEquiv>" if region else ""
    space = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
    text = f'<PcGts xmlns="{space}"><Page><TextRegion>{inner}{told}</TextRegion></Page></PcGts>'
    return text.encode()


@pytest.mark.parametrize(
    "raw",
    [
        page(*LINES),
        page(*LINES, region="\n".join(LINES)),
        page(region="\n".join(LINES)),
        page(*LINES, words=True),
    ],
)
def test_page_xml_gives_each_line_once(tmp_path: Path, raw: bytes) -> None:
    (item,) = read(tmp_path / "a.xml", raw, "newspapers")
    assert isinstance(item, Record)
    assert item.raw.decode().splitlines() == LINES


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (
            b'<mets:mets xmlns:mets="http://www.loc.gov/METS/"><mets:dmdSec ID="d"/></mets:mets>',
            "METS",
        ),
        (b'<?xml version="1.0"?><mets><x/></mets>', "METS"),
        (b'<document xmlns="http://www.abbyy.com/x"><page/></document>', "ABBYY XML"),
        (b"<OAI-PMH><record/></OAI-PMH>", "OAI-PMH"),
    ],
)
def test_xml_without_a_page_is_skipped_with_its_name(tmp_path: Path, raw: bytes, name: str) -> None:
    (item,) = read(tmp_path / "a.xml", raw, "newspapers")
    assert isinstance(item, Skipped)
    assert (item.reason, item.detail) == ("no page", name)


@pytest.mark.parametrize("raw", [b"<alto><TextBlock>", b"no xml", b"<PcGts><Page>"])
def test_damaged_xml_is_unreadable(tmp_path: Path, raw: bytes) -> None:
    (item,) = read(tmp_path / "a.xml", raw, "newspapers")
    assert isinstance(item, Unreadable)


def test_many_arrays_in_a_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('[{"text": "a page of words"}]\n' * 1500)
    assert len(list(open_source(f"table:{file}").read())) == 1500


@pytest.mark.parametrize(
    ("value", "expected"),
    [("18900503", "1890-05-03"), ("19840503", "1984-05-03"), ("18901350", ""), ("99990101", "")],
)
def test_a_compact_day_of_any_year_is_a_day(value: str, expected: str) -> None:
    assert day(value) == expected
