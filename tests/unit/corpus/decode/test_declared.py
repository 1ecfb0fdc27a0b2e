"""A declaration that nothing speaks against is believed, and the defaults of programs less so."""

from __future__ import annotations

import pytest

from erastyle.corpus.decode import encoding

ENGLISH = "We meet in the old library and talk about boats, maps and the weather of the town. "


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-9", "İzmir güneş çoğu şehir"),
        ("windows-1254", "İzmir güneş çoğu şehir"),
        ("iso-8859-15", "cœur, 7 €, Œuvre"),
        ("iso-8859-2", "Łódź, żółw, część"),
        ("windows-1257", "Šiauliai ežeras ąžuolas"),
        ("iso-8859-4", "Šiauliai ežeras"),
        ("iso-8859-7", "καλημέρα"),
        ("koi8-r", "привет мир"),
        ("windows-1251", "привет мир"),
        ("cp437", "Grüße ╔══╗"),
        ("mac-roman", "“naïve” café"),
    ],
)
def test_a_deliberate_declaration_is_believed(charset: str, text: str) -> None:
    decoded = encoding.decode((ENGLISH + text).encode(charset), charset)
    assert decoded.text == ENGLISH + text


@pytest.mark.parametrize(
    "text", ["It takes 5 µs only.", "It is 20 °C here.", "It is 5 ±2 wide.", "a 33 µF part", "7 °F"]
)
@pytest.mark.parametrize("declared", ["iso-8859-1", None])
def test_signs_of_units_are_read_in_a_western_page(text: str, declared: str | None) -> None:
    assert encoding.decode((ENGLISH + text).encode("latin-1"), declared).text == ENGLISH + text


@pytest.mark.parametrize(
    ("charset", "text"),
    [("cp437", "Grüße aus Köln und schöne Bücher"), ("mac-roman", "Grüße aus Köln, schöne Bücher")],
)
def test_the_default_declaration_of_a_program_is_a_hint_only(charset: str, text: str) -> None:
    assert encoding.decode(text.encode(charset), "iso-8859-1").text == text


@pytest.mark.parametrize("declared", ["iso-8859-9", "iso-8859-15", "iso-8859-2"])
def test_a_declaration_is_not_believed_where_it_has_no_letter_for_a_byte(declared: str) -> None:
    text = ENGLISH + "It\u2019s “so” \u2013 all of it."
    assert encoding.decode(text.encode("cp1252"), declared).text == text
