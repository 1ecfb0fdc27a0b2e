"""Pictures for the images that a generated page names: GIFs of our own, as data URIs.

A model names images that exist nowhere. A page of the time shows a ball before a line of a list, a
bar between sections, a picture elsewhere; the name of the file says which.
"""

from __future__ import annotations

import base64
import re
from functools import cache

_BALL = re.compile(r"ball|bullet|dot|button|arrow|new|star|point", re.IGNORECASE)
_BAR = re.compile(r"bar|line|rule|divid|separat|hr\b", re.IGNORECASE)
WHITE, GREY, DARK, BLUE = (255, 255, 255), (192, 192, 192), (96, 96, 96), (64, 96, 160)


def placeholder(name: str) -> str:
    """Return the data URI of the picture that stands for an image.

    Args:
        name: Address of the image, as the page has it.

    >>> placeholder("gifs/red_ball.gif") == placeholder("new.gif") != placeholder("me.jpg")
    True
    """
    file = name.rpartition("/")[2]
    if _BALL.search(file):
        return _ball()
    return _bar() if _BAR.search(file) else _picture()


@cache
def _ball() -> str:
    return _uri(
        [[3 if (x - 6) ** 2 + (y - 6) ** 2 < 30 else 0 for x in range(13)] for y in range(13)]
    )


@cache
def _bar() -> str:
    return _uri([[2 if y in (0, 3) else 3 for _ in range(400)] for y in range(4)])


@cache
def _picture() -> str:
    """Return a framed landscape: a hill and a sun."""
    size = 64

    def colour(x: int, y: int) -> int:
        if x in (0, size - 1) or y in (0, size - 1):
            return 2
        if (x - 18) ** 2 + (y - 18) ** 2 < 50:
            return 0
        return 2 if y > 56 - min(abs(x - 40), 26) * -0.2 - 20 + abs(x - 40) * 0.7 else 1

    return _uri([[colour(x, y) for x in range(size)] for y in range(size)])


def _uri(rows: list[list[int]]) -> str:
    return "data:image/gif;base64," + base64.b64encode(_gif(rows)).decode()


def _gif(rows: list[list[int]]) -> bytes:
    """Return a GIF of four colours; colour 0 is transparent.

    Codes stay three bits wide because the table is cleared before it grows.
    """
    height, width = len(rows), len(rows[0])
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    palette = bytes(channel for colour in (WHITE, GREY, DARK, BLUE) for channel in colour)
    head = b"GIF89a" + size + b"\xa1\x00\x00" + palette
    control = b"\x21\xf9\x04\x01\x00\x00\x00\x00" + b"\x2c\x00\x00\x00\x00" + size + b"\x00"
    clear, end = 4, 5
    codes: list[int] = []
    for number, pixel in enumerate(pixel for row in rows for pixel in row):
        if number % 2 == 0:
            codes.append(clear)
        codes.append(pixel)
    bits = sum(code << 3 * place for place, code in enumerate([*codes, end]))
    data = bits.to_bytes((3 * (len(codes) + 1) + 7) // 8, "little")
    blocks = b"".join(
        bytes([len(part)]) + part for part in (data[n : n + 255] for n in range(0, len(data), 255))
    )
    return head + control + b"\x02" + blocks + b"\x00\x3b"
