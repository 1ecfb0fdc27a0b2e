# ruff: noqa: RUF001 (quotes and dashes are what is tested)
"""Bytes to text."""

from __future__ import annotations

import pytest

from erastyle.corpus.decode import encoding


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Größe und Übermut täten gut", "cp437"),
        ("El niño está aquí, ¿qué pasó?", "mac-roman"),
        ("“Hello”, she said – it’s a café", "mac-roman"),
        ("don’t", "cp1252"),
        ("Привет, как дела? Это мой сайт", "koi8-r"),
        ("Привет, как дела? Это мой сайт", "cp1251"),
        ("これは私のページです。ようこそ", "shift_jis"),
        ("これは私のページです。ようこそ", "iso2022_jp"),
        ("Zażółć gęślą jaźń", "iso-8859-2"),
        ("╔═══╗\n║ Hi ║\n╚═══╝", "cp437"),
    ],
)
def test_text_without_a_declaration_is_read_as_it_was_written(text, codec):
    assert encoding.decode(text.encode(codec)).text == text


def test_declared_latin_1_is_windows_1252():
    decoded = encoding.decode(b"It\x92s here", "iso-8859-1")
    assert decoded.text == "It’s here"
    assert decoded.encoding == "windows-1252"


def test_a_declaration_that_the_bytes_contradict_is_not_trusted():
    raw = "Schöne Grüße aus Köln, wir können für Sie üben".encode("cp437")
    assert encoding.decode(raw, "iso-8859-1").encoding in ("cp437", "cp850")


def test_an_unknown_charset_name_is_ignored():
    assert encoding.decode(b"caf\xe9", "x-user-defined-7").text == "café"


def test_the_pound_sign_of_an_amiga_text_stays_a_pound_sign():
    assert encoding.decode(b"It costs \xa3200 and \xa34.50 more").text.count("£") == 2


def test_the_csi_byte_of_amiga_text_becomes_the_escape_that_means_the_same():
    assert encoding.decode(b"\x9b1mBold\x9b0m").text == "\x1b[1mBold\x1b[0m"


def test_mojibake_is_repaired_and_said():
    decoded = encoding.decode("na\u00c3\u00afve caf\u00c3\u00a9".encode())
    assert decoded.text == "naïve café"
    assert decoded.repaired


def test_quotes_dashes_and_line_art_are_not_flattened():
    text = "“Well” – she said… ﬁne ░▒▓ ‘x’"
    assert encoding.decode(text.encode()) == (text, "utf-8", False, 1.0)


def test_a_few_windows_bytes_in_utf_8_do_not_spoil_the_rest():
    raw = "één twee drié vier vijfé zesé zevené".encode() + b" it\x92s"
    decoded = encoding.decode(raw)
    assert decoded.text.endswith("zevené it’s")
    assert decoded.repaired


def test_byte_order_marks_decide():
    assert encoding.decode("Hé\r\n".encode("utf-16")).text == "Hé\n"
    assert encoding.decode("Hé".encode("utf-8-sig")).text == "Hé"


def test_line_ends_and_the_end_of_file_mark_of_dos_are_made_plain():
    assert encoding.decode(b"a\r\nb\rc\n\x1a").text == "a\nb\nc\n"


def test_pictures_and_programs_are_binary_and_old_text_is_not():
    assert encoding.looks_binary(b"GIF89a\x00\x01")
    assert encoding.looks_binary(bytes(range(256)) * 20)
    assert not encoding.looks_binary("Größe\r\n\f\x1b[1m".encode("cp437"))
    assert not encoding.looks_binary("Hello there, this is text".encode("utf-16-le"))


def test_lone_surrogates_never_come_out():
    text = encoding.scrub(b"caf\xe9 \x92".decode("utf-8", "surrogateescape") + "\ud800\0")
    assert text == "café ’"
