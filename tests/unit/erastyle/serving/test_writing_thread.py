"""The thread that writes: one text that cannot be ended fails alone, and nobody waits for ever."""

from __future__ import annotations

from typing import Any

import pytest

from erastyle.serving.jobs import Failed, Finished, TextRequest, asked
from erastyle.serving.scheduler import Scheduler
from erastyle.serving.styles import Styles
from erastyle.train.model import generation


def test_a_text_that_cannot_be_ended_fails_alone(
    styles: Styles, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = generation.finished

    def broken(row: Any, tokenizer: Any) -> Any:
        if "kites" in row.request:
            raise RuntimeError("no end")
        return finished(row, tokenizer)

    monkeypatch.setattr(generation, "finished", broken)
    voice = styles.choose("web-1995")
    jobs = [
        scheduler.submit(TextRequest(voice=voice, messages=asked(text), max_tokens=12))
        for text in ("A page about kites.", "A page about trains.")
    ]
    ends = [list(job.events())[-1] for job in jobs]
    assert isinstance(ends[0], Failed)
    assert str(ends[0].error) == "no end"
    assert isinstance(ends[1], Finished)
