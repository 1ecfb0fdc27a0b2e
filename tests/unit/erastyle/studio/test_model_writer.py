"""The studio's writer with a real, small model: nothing here is scripted."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="the extra `serve` is not installed")

from erastyle.corpus.errors import ConfigError, ErastyleError
from erastyle.serving.scheduler import Scheduler
from erastyle.studio.model_writer import ModelWriter, served
from erastyle.studio.style_writer import StopSignal, WritingStoppedError
from erastyle.studio.styles import StudioStyle, styles_of
from erastyle.studio.text_record import WritingOrder
from erastyle.train.model.loading import STARTER, base_digest
from tests.studio_run import make_run


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> StudioStyle:
    """A run whose style model is the starter with notes before each brief.

    An untrained model takes a minute for a text: hardly a token of its is allowed in a tag.
    """
    run = make_run(tmp_path_factory.mktemp("runs") / "run")
    file = run / "model" / "style.json"
    about = json.loads(file.read_text()) | {
        "method": "prompt",
        "base": STARTER,
        "base_digest": base_digest(STARTER),
        "notes": "Write plain HTML.",
        "context_tokens": 200,
    }
    file.write_text(json.dumps(about))
    (style,) = styles_of([run])
    assert style.problem == ""
    return style


@pytest.fixture(scope="module")
def writer(style: StudioStyle) -> Iterator[ModelWriter]:
    scheduler = Scheduler()
    yield ModelWriter(served([style]), scheduler)
    scheduler.close()


def order(**values: object) -> WritingOrder:
    return WritingOrder.model_validate({"style": "run", "title": "Kites", "length": 20, **values})


def test_a_text_is_written_with_what_it_was_made_with(style, writer):
    pieces: list[str] = []
    written = writer.write(style, order(year=1995), pieces.append, StopSignal())
    assert written.request == "Write a web page called “Kites”. It is 1995. About 20 words."
    assert written.model.era == "web-1995"
    assert written.model.base_digest
    assert written.decoding["temperature"] == 0.7
    assert written.watermark is not None
    assert "watermark" not in written.decoding
    assert written.text
    again = writer.write(style, order(year=1995), pieces.append, StopSignal())
    assert again.text == written.text
    other = writer.write(style, order(year=1995, seed=2), pieces.append, StopSignal())
    assert other.text != written.text


def test_a_year_after_the_era_is_not_written(style, writer):
    with pytest.raises(ErastyleError, match="2020 is later than the era"):
        writer.write(style, order(year=2020), lambda _: None, StopSignal())


def test_a_strength_that_the_method_has_not_is_told(style, writer):
    with pytest.raises(ConfigError, match="its strength is 1"):
        writer.write(style, order(strength=0.5), lambda _: None, StopSignal())


def test_a_text_that_nobody_wants_is_not_begun(style, writer):
    stopped = StopSignal()
    stopped.set()
    with pytest.raises(WritingStoppedError):
        writer.write(style, order(), lambda _: None, stopped)


def test_a_draft_is_restyled_and_its_facts_are_told(style, writer):
    draft = "The kite club meets on 4 May at 7 with Ann Hill. Bring a kite."
    written = writer.write(style, order(draft=draft), lambda _: None, StopSignal())
    assert {fact.text for fact in written.facts} >= {"4 May", "Ann Hill"}
    assert all(fact.state in ("kept", "added") for fact in written.facts)
    assert "Ann Hill" in written.text  # said in other words, or copied


def test_a_draft_that_says_nothing_is_told(style, writer):
    with pytest.raises(ConfigError, match="nothing to restyle"):
        writer.write(style, order(draft="<P> "), lambda _: None, StopSignal())


def test_a_check_without_a_judge_still_marks_what_is_later(style, writer):
    checked = writer.check(style, "<P>Send a tweet from your smartphone.", "")
    assert checked.outcome == "not judged"
    assert "learnt no judges" in checked.problem
    assert [mark.kind for mark in checked.marks][:1] == ["anachronism"]
    assert not checked.compared


def test_a_damaged_model_is_told_when_it_is_asked(tmp_path):
    run = make_run(tmp_path / "run")
    (damaged,) = styles_of([run])
    other = ModelWriter(served([damaged]), Scheduler())
    with pytest.raises(ErastyleError):
        other.write(damaged, order(), lambda _: None, StopSignal())
