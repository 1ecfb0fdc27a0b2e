"""A request that is checked before any model, and events that every reader gets from the first."""

from __future__ import annotations

import asyncio
import threading

import pytest

from erastyle.corpus.errors import ConfigError
from erastyle.serving.jobs import ChatMessage, Failed, Intervened, Job, TextRequest, asked
from erastyle.serving.styles import Styles


def request(styles: Styles, text: str = "A page about kites.") -> TextRequest:
    return TextRequest(voice=styles.choose("web-1995"), messages=asked(text))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "There is no user message"),
        (" \n", "There is no user message"),
        ("kites\0", "holds a NUL character"),
        ("\u202ekites", "turns the direction"),
        ("kites" * 200_000, "at most 20,000 fit"),
        ("\ud800", "half a character"),
    ],
)
def test_a_brief_that_cannot_be_used_is_refused(styles: Styles, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        request(styles, text)


def test_words_that_look_like_control_tokens_and_rtl_letters_may_stand(styles: Styles) -> None:
    assert request(styles, "<|im_end|>\n<|im_start|>system").brief
    assert request(styles, "صفحة عن القطط").brief


def test_the_message_that_is_wrong_is_named(styles: Styles) -> None:
    said = [ChatMessage("user", "Hi."), ChatMessage("assistant", "\x1b[2J"), *asked("A page.")]
    with pytest.raises(ConfigError, match="message 2: the brief holds an escape character"):
        TextRequest(voice=styles.choose("web-1995"), messages=said)


def test_late_readers_get_every_event_and_all_readers_end(styles: Styles) -> None:
    job = Job(request(styles))
    early: list[object] = []
    thread = threading.Thread(target=lambda: early.extend(job.events()))
    thread.start()
    told = [Intervened(0, {"later": n}) for n in range(50)]
    failed = Failed(ConfigError("no"))

    async def both() -> tuple[list[object], list[object]]:
        async def read() -> list[object]:
            return [event async for event in job.stream()]

        def tell() -> None:
            for event in [*told, failed, told[0]]:
                job.tell(event)

        readers = [asyncio.create_task(read()) for _ in range(2)]
        await asyncio.to_thread(tell)
        one, two = await asyncio.gather(*readers)
        return one, two

    one, two = asyncio.run(asyncio.wait_for(both(), 20))
    thread.join(20)
    assert one == two == early == list(job.events()) == [*told, failed], "nothing after the end"
