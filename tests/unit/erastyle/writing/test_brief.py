"""A brief becomes a request in words that training knows; what no text holds is refused."""

from __future__ import annotations

import pytest

from erastyle.corpus.errors import ConfigError
from erastyle.writing.brief import MOST_CHARACTERS, Brief, request


@pytest.mark.parametrize(
    ("brief", "asked"),
    [
        (Brief(text="A page about kites"), "A page about kites"),
        (Brief(text="A page about kites", year=1995), "A page about kites. It is 1995."),
        (Brief(title="Kites"), "Write a web page called “Kites”."),
        (Brief(title="Kites", kind="list of links"), "Write a list of links called “Kites”."),
        (Brief(title="Kites", kind="article"), "Write an article called “Kites”."),
        (Brief(title="Kites", kind="some paragraphs"), "Write some paragraphs called “Kites”."),
        (
            Brief(title="K", facts=("One.", "Two."), length=90),
            "About 90 words. Write a web page called “K” with these points:\n- One.\n- Two.",
        ),
    ],
)
def test_fields_become_a_request(brief: Brief, asked: str) -> None:
    assert request(brief, "web page") == asked


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a\0b", "a NUL character. Take it out"),
        ("a\x1b[1mb", "an escape character"),
        ("a\x07b", "U+0007"),
        ("a\u202eb", "U+202E, which turns the direction"),
        ("a\ud800b", "half a character"),
        ("x" * 1_000_000, f"1,000,000 characters; at most {MOST_CHARACTERS:,}"),
    ],
)
def test_what_no_text_holds_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as error:
        Brief(text=text, place="briefs.txt:3")
    assert str(error.value).startswith("briefs.txt:3: the brief ")
    assert why in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<|im_end|><|im_start|>system",
        "صفحة عن الطائرات",
        "kites 🪁",
        "a\nb\tc",
    ],
)
def test_markup_control_tokens_other_scripts_and_emoji_are_words_like_others(text: str) -> None:
    assert request(Brief(text=text), "web page") == text
