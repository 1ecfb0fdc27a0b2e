"""Data sets of the hub, and texts that a model rewrites."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.online.rewrite import RewriteSource
from erastyle.corpus.sources.registry import open_source
from tests.fake_server import LocalServer, Reply, serve

ROWS: list[dict[str, Any]] = [
    {"words": "It rained.", "year": 1995, "who": "Ann", "head": "Rain"},
    {"words": "It snowed.", "year": 1996, "who": "Bob", "head": None},
    {"words": "", "year": 1996, "who": "Bob", "head": None},
]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "rain"
    folder.mkdir()
    (folder / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    return folder


def read(spec: str) -> list[Item]:
    return list(open_source(spec).read())


# --- hub ---------------------------------------------------------------------------------------


def test_rows_of_a_data_set_become_documents(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    items = read(f"hub:{dataset}?body=words&date=year&site=who&title=head")
    first, second, third = items
    assert isinstance(first, Record)
    assert (first.raw, first.date, first.site, first.title) == (
        b"It rained.",
        "1995",
        "Ann",
        "Rain",
    )
    assert first.source == "rain:1"
    assert isinstance(second, Record)
    assert second.title == ""
    assert third == Skipped("rain:3", "empty")
    assert len(read(f"hub:{dataset}?body=words&most=2")) == 2


def test_the_digest_of_a_folder_is_that_of_its_files(dataset: Path) -> None:
    before = open_source(f"hub:{dataset}?body=words").digest()
    assert open_source(f"hub:{dataset}?body=head").digest() != before
    with (dataset / "train.jsonl").open("a") as file:
        file.write("{}\n")
    assert open_source(f"hub:{dataset}?body=words").digest() != before


def test_code_of_a_data_set_is_never_run(tmp_path: Path) -> None:
    folder = tmp_path / "evil"
    folder.mkdir()
    mark = tmp_path / "ran"
    (folder / "evil.py").write_text(f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n")
    with pytest.raises(SourceError, match="cannot be opened"):
        read(f"hub:{folder}?body=words")
    assert not mark.exists()


def test_a_data_set_of_the_hub_is_read_at_its_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    seen: dict[str, Any] = {}

    def load(name: str, config: str | None, **options: Any) -> list[dict[str, Any]]:
        seen.update(options, name=name, config=config)
        return ROWS

    monkeypatch.setattr(datasets, "load_dataset", load)
    source = open_source(f"hub:ann/rain?revision={COMMIT}&config=small&body=words&split=test")
    items = list(source.read())
    assert [i.source for i in items] == ["ann/rain:1", "ann/rain:2", "ann/rain:3"]
    assert seen == {
        "name": "ann/rain", "config": "small", "split": "test", "revision": COMMIT,
        "streaming": True,
    }  # fmt: skip
    other = open_source(f"hub:ann/rain?revision={COMMIT[::-1]}&config=small&body=words&split=test")
    assert source.digest() != other.digest()
    assert source.size() == 0


def test_a_data_set_that_breaks_off_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def rows() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        raise ConnectionResetError("reset")

    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: rows())
    reading = open_source(f"hub:ann/rain?revision={COMMIT}&body=words").read()
    assert isinstance(next(reading), Record)
    with pytest.raises(SourceError, match="breaks off in row 2: reset"):
        next(reading)


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("hub:ann/rain?body=words", "40 digits of the commit"),
        ("hub:ann/rain?revision=main", "40 digits of the commit"),
        (f"hub:../../no-such?revision={COMMIT}", "OWNER/NAME"),
        (f"hub:ann/rain?revision={COMMIT}&most=all", "number of rows"),
        (f"hub:ann/rain?revison={COMMIT}", "revision"),
    ],
)
def test_what_is_no_data_set_is_said_before_anything_is_asked(spec: str, wanted: str) -> None:
    with pytest.raises(ConfigError, match=wanted):
        open_source(spec)


# --- rewrite -----------------------------------------------------------------------------------


def said(text: str, why: str = "stop") -> Reply:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": why}
    return Reply(json.dumps({"choices": [choice]}).encode())


@pytest.fixture
def model() -> Iterator[LocalServer]:
    def answer(_path: str, body: bytes) -> Reply:
        return said(json.loads(body)["messages"][1]["content"].upper())

    with serve(LocalServer(answer)) as server:
        yield server


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "modern"
    for n in range(6):
        (folder / f"site{n}").mkdir(parents=True)
        (folder / f"site{n}" / "a.txt").write_text(f"The weather of day {n}.")
    return folder


def opened(model: LocalServer, texts: Path, **more: str) -> RewriteSource:
    options = {
        "source": f"folder:{texts}", "model": "m", "era": "web-1995",
        "cache": str(texts.parent / "cache"), **more,
    }  # fmt: skip
    query = "&".join(f"{name}={value}" for name, value in options.items())
    source = open_source(f"rewrite:{model.base}/v1?{query}")
    assert isinstance(source, RewriteSource)
    source.clock = model.clock
    return source


def errors(items: list[Item]) -> list[str]:
    return [i.error for i in items if isinstance(i, Unreadable)]


def test_rewritten_texts_say_that_they_are(model: LocalServer, texts: Path) -> None:
    items = list(opened(model, texts).read())
    assert [i.raw for i in items if isinstance(i, Record)] == [
        f"THE WEATHER OF DAY {n}.".encode() for n in range(6)
    ]
    assert {i.origin for i in items if isinstance(i, Record)} == {"rewritten"}
    assert [i.site for i in items if isinstance(i, Record)] == [f"site{n}" for n in range(6)]
    assert items[0].source == "rewritten:site0/a.txt"
    sent = json.loads(model.bodies[0])
    assert (sent["model"], sent["temperature"]) == ("m", 0)
    assert "1993" in sent["messages"][0]["content"]


def test_the_same_text_is_never_sent_twice(model: LocalServer, texts: Path) -> None:
    reading = opened(model, texts).read()
    next(reading)
    reading.close()
    items = list(opened(model, texts).read())
    assert len(model.asked) == 6
    assert list(opened(model, texts).read()) == items
    assert len(model.asked) == 6
    list(opened(model, texts, era="usenet-1993").read())
    assert len(model.asked) == 12


def test_no_more_than_the_cap_are_sent(model: LocalServer, texts: Path) -> None:
    source = opened(model, texts, most="2")
    assert str(source.forecast()) == "at most 2 chat requests, about 1 minute"
    items = list(source.read())
    assert len(model.asked) == 2
    assert [i.reason for i in items if isinstance(i, Skipped)] == ["over the cap"] * 4


def test_a_brief_leaves_the_text_and_names_it(model: LocalServer, texts: Path) -> None:
    first = next(iter(opened(model, texts, task="brief").read()))
    assert isinstance(first, Record)
    assert (first.raw, first.title) == (b"The weather of day 0.", "THE WEATHER OF DAY 0.")
    assert first.origin == "period"


def test_a_key_comes_from_the_environment_and_goes_only_into_the_header(
    model: LocalServer, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERASTYLE_API_KEY", "s3cret")
    list(opened(model, texts).read())
    assert model.seen[0]["authorization"] == "Bearer s3cret"
    cache = b"".join(p.read_bytes() for p in (texts.parent / "cache").rglob("*") if p.is_file())
    assert b"s3cret" not in cache


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (Reply(b"<html>"), "no chat completion"),
        (Reply(b"[" * 50_000), "no chat completion"),
        (Reply(b'{"choices": []}'), "no chat completion"),
        (Reply(b'{"choices": [{"message": {"content": null}}]}'), "holds no text"),
        (said("  \n"), "empty"),
        (said("<think>hm</think>"), "empty"),
        (said("It rai", "length"), "cut at the server's limit"),
        (Reply(b"no such model", 404), "HTTP status 404 no such model"),
        (Reply(bytes(4 * 1024 * 1024 + 1)), "larger than 4 MB"),
        (Reply(status=302, location="http://elsewhere.example/"), "HTTP status 302"),
    ],
)
def test_an_unusable_answer_costs_one_text_and_is_asked_for_again_next_time(
    model: LocalServer, texts: Path, reply: Reply, wanted: str
) -> None:
    model.faults["/chat"] = [reply]
    items = list(opened(model, texts).read())
    assert len(items) == 6
    (error,) = errors(items)
    assert wanted in error
    assert not errors(list(opened(model, texts).read()))


def test_errors_of_the_server_are_waited_out(model: LocalServer, texts: Path) -> None:
    model.faults["/chat"] = [Reply(status=500), Reply(fault="reset"), Reply(status=429)]
    assert not errors(list(opened(model, texts).read()))
    assert len(model.asked) == 9


def test_a_server_that_is_not_there_is_said(model: LocalServer, texts: Path) -> None:
    model.faults["/chat"] = [Reply(status=500)] * 12
    with pytest.raises(SourceError, match=r"no usable answers.*run again"):
        list(opened(model, texts).read())


def test_a_slow_answer_is_given_up(model: LocalServer, texts: Path) -> None:
    model.faults["/chat"] = [Reply(b"x" * 100, fault="drip")] * 4
    source = opened(model, texts, seconds="1")
    (error,) = errors(list(source.read()))
    assert "within 1 s" in error


def test_fences_and_thoughts_are_taken_off(model: LocalServer, texts: Path) -> None:
    model.faults["/chat"] = [said("<think>hm</think>\n```html\n<P>Rain.\n```")]
    first = next(iter(opened(model, texts).read()))
    assert isinstance(first, Record)
    assert first.raw == b"<P>Rain."


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"task": "translate"}, "one of rewrite, brief"),
        ({"era": "web-1894"}, "No era"),
        ({"source": "rewrite:http://a.example"}, "is a rewrite source too"),
        ({"source": ""}, "source= is missing"),
        ({"most": "0"}, "whole number"),
        ({"tusk": "brief"}, "task"),
    ],
)
def test_wrong_options_are_said_before_anything_is_sent(
    model: LocalServer, texts: Path, more: dict[str, str], wanted: str
) -> None:
    with pytest.raises(ConfigError, match=wanted):
        opened(model, texts, **more)
    assert not model.asked


def test_rewritten_texts_stay_a_quarter_of_the_real_ones(
    model: LocalServer, texts: Path, tmp_path: Path
) -> None:
    from tests.conftest import erastyle

    real = tmp_path / "real"
    real.mkdir()
    for n in range(8):
        (real / f"{n}.txt").write_text(f"It rained on day {n}.")
    options = f"source=folder:{texts}&model=m&era=web-1995&cache={tmp_path / 'cache'}"
    result = erastyle(
        "ingest", "usenet-1993", "--run", tmp_path / "run", "--source",
        f"rewrite:{model.base}/v1?{options}", "--source", real,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (manifest,) = (tmp_path / "run" / "ingest").rglob("manifest.json")
    assert json.loads(manifest.read_text())["stats"]["reasons"]["over the cap"] == 4
