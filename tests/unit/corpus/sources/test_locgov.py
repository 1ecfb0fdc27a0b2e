"""Chronicling America online, played by a server on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.newspapers import NewspaperSource
from erastyle.corpus.sources.online.locgov import LocGovSource
from erastyle.corpus.sources.registry import open_source, with_period
from tests.fake_server import LocalServer, Reply, most_a_minute, serve


class FakeLibrary(LocalServer):
    """`texts[n]` is what page n holds; lists come two at a time."""

    def __init__(self, texts: list[Any]) -> None:
        super().__init__(self._answer)
        self.texts = texts

    def _answer(self, path: str, _body: bytes) -> Reply:
        query = parse_qs(urlsplit(path).query)
        if path.startswith("/collections/"):
            start = 2 * (int(query["sp"][0]) - 1)
            results = [
                {
                    "id": f"http://www.loc.gov/resource/sn8303021{n}/1890-01-0{n + 1}/ed-1/"
                    f"?sp={n}&q=x",
                    "number_lccn": [f"sn8303021{n}"],
                    "date": f"1890-01-0{n + 1}",
                    "partof_title": ["The daily rain"],
                }
                for n in range(start, min(start + 2, len(self.texts)))
            ]
            more = "next" if start + 2 < len(self.texts) else None
            return Reply(json.dumps({"results": results, "pagination": {"next": more}}).encode())
        text = self.texts[int(query["sp"][0])]
        if path.startswith("/resource/"):
            if isinstance(text, str):
                return Reply(json.dumps({"full_text": text}).encode())
            address = text if isinstance(text, bytes) else b"/text?sp=" + query["sp"][0].encode()
            return Reply(json.dumps({"resource": {"fulltext_file": address.decode()}}).encode())
        return Reply(json.dumps(text).encode())


TEXTS = ["RAIN. It rained.", {"/service/ocr.xml": {"full_text": "SNOW. It snowed."}}, "HAIL.", ""]


@pytest.fixture
def library() -> Iterator[FakeLibrary]:
    with serve(FakeLibrary(TEXTS)) as server:
        assert isinstance(server, FakeLibrary)
        yield server


def opened(library: FakeLibrary, cache: Path, **more: str) -> LocGovSource:
    options = {
        "from": "1890", "to": "1891", "base": library.base, "cache": str(cache),
        "contact": "a@b.example", **more,
    }  # fmt: skip
    query = "&".join(f"{name}={value}" for name, value in options.items())
    source = open_source(f"newspapers:loc.gov?{query}")
    assert isinstance(source, LocGovSource)
    source.clock = library.clock
    return source


def test_pages_come_with_newspaper_day_and_title(library: FakeLibrary, tmp_path: Path) -> None:
    items = list(opened(library, tmp_path).read())
    assert [i.raw.decode() for i in items if isinstance(i, Record)] == [
        "RAIN. It rained.", "SNOW. It snowed.", "HAIL.",
    ]  # fmt: skip
    assert isinstance(items[-1], Skipped)
    first = items[0]
    assert isinstance(first, Record)
    assert (first.site, first.date, first.title) == ("sn83030210", "1890-01-01", "The daily rain")
    assert first.source == "https://www.loc.gov/resource/sn83030210/1890-01-01/ed-1/?sp=0"
    assert most_a_minute(library.when) <= 15


def test_nothing_is_asked_twice(library: FakeLibrary, tmp_path: Path) -> None:
    reading = opened(library, tmp_path).read()
    next(reading)
    reading.close()
    items = list(opened(library, tmp_path).read())
    asked = len(library.asked)
    assert asked == len(set(library.asked)) == 2 + 4 + 1
    assert list(opened(library, tmp_path).read()) == items
    assert len(library.asked) == asked


def test_conditions_are_part_of_the_search_and_of_the_digest(
    library: FakeLibrary, tmp_path: Path
) -> None:
    source = opened(
        library, tmp_path, lccn="sn83030214", words="rain+hail", state="Ohio", pages="1"
    )
    assert len(list(source.read())) == 1
    query = parse_qs(urlsplit(library.asked[0]).query)
    assert query["fa"] == ["number_lccn:sn83030214"]
    assert (query["qs"], query["location_state"]) == (["rain hail"], ["ohio"])
    assert (query["start_date"], query["end_date"]) == (["1890-01-01"], ["1891-12-31"])
    assert source.digest() != opened(library, tmp_path).digest()


def test_a_text_on_a_foreign_server_is_not_fetched(tmp_path: Path) -> None:
    with serve(
        FakeLibrary([b"https://loc.gov.evil.example/x", b"http://tile.loc.gov/x"])
    ) as server:
        assert isinstance(server, FakeLibrary)
        items = list(opened(server, tmp_path).read())
    assert [type(i) for i in items] == [Skipped, Skipped]


@pytest.mark.parametrize(
    "body", [b"{", b'{"full_text": 7}', b"<html>", b"\x00\xff", b"[" * 100_000]
)
def test_an_answer_that_is_no_page_costs_that_page(
    library: FakeLibrary, tmp_path: Path, body: bytes
) -> None:
    library.faults["/resource/sn83030211"] = [Reply(body)]
    items = list(opened(library, tmp_path).read())
    assert len(items) == 4
    assert isinstance(items[0], Record)
    assert isinstance(items[2], Record)
    assert list(opened(library, tmp_path).read()) == items


def test_a_list_that_is_no_list_is_said(library: FakeLibrary, tmp_path: Path) -> None:
    library.faults["/collections/"] = [Reply(b"<html>busy</html>")]
    with pytest.raises(SourceError, match="no list of pages"):
        list(opened(library, tmp_path).read())
    assert len(list(opened(library, tmp_path).read())) == 4


def test_a_missing_page_is_unreadable(library: FakeLibrary, tmp_path: Path) -> None:
    library.faults["/resource/sn83030211"] = [Reply(status=404)]
    (bad,) = [i for i in opened(library, tmp_path).read() if isinstance(i, Unreadable)]
    assert bad.error == "HTTP status 404"


def test_before_the_list_is_known_the_forecast_is_a_bound(
    library: FakeLibrary, tmp_path: Path
) -> None:
    source = opened(library, tmp_path, pages="150")
    assert str(source.forecast()) == "at most 302 API requests, about 21 minutes"
    assert not library.asked


def test_a_wrong_number_is_refused(library: FakeLibrary, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sn83030214"):
        opened(library, tmp_path, lccn="tribune")


def test_a_folder_named_like_the_library_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datetime

    monkeypatch.chdir(tmp_path)
    (tmp_path / "loc.gov").mkdir()
    assert isinstance(open_source("newspapers:loc.gov"), NewspaperSource)
    day = datetime.date(1890, 1, 1)
    assert with_period("newspapers:loc.gov", day, day).endswith("?from=1890-01-01&to=1890-01-01")
