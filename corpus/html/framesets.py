"""Joins a page of frames with its frames, as a visitor of 1996 saw it.

A frameset holds no text of its own. If its frames are in the same source, their bodies replace it,
in order. Otherwise the page stays as it is, and its prose comes from NOFRAMES (see
`erastyle.corpus.html.prose`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from erastyle.corpus.html import tags

MOST_FRAMES = 12
MOST_DEPTH = 3  # framesets in frames of framesets
MOST_CHARS = 1_000_000  # of a joined page

_FRAMESET = re.compile(r"<frameset\b", re.IGNORECASE)
_FRAME = re.compile(r"<frame\b(?:[^>\"']|\"[^\"]{0,500}\"|'[^']{0,500}')*>", re.IGNORECASE)
_SRC = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_END = re.compile(r"</body\s*>|</html\s*>", re.IGNORECASE)
_HEAD_END = re.compile(r"</head\s*>|</title\s*>", re.IGNORECASE)


class Joined(NamedTuple):
    """A frameset that is joined with its frames.

    Attributes:
        body: HTML of the frameset's head and the frames' bodies.
        frames: Sources of the frames in it.
    """

    body: str
    frames: tuple[str, ...]


def is_frameset(html: str) -> bool:
    """Say whether a page has a FRAMESET outside of comments."""
    head = html[:50_000]
    return bool(_FRAMESET.search(head)) and bool(_FRAMESET.search(tags.without_comments(head)))


def frames(html: str, source: str) -> list[str]:
    """Return the sources of a frameset's frames, in order, each once.

    Args:
        html: HTML of the page.
        source: URL or path of the page, to which the names in FRAME are relative.

    >>> frames('<FRAMESET COLS="20%,*"><FRAME SRC=menu.htm><FRAME SRC="/a.htm#x">', "http://h/d/i.htm")
    ['http://h/d/menu.htm', 'http://h/a.htm']
    """
    sources = []
    for tag in _FRAME.finditer(tags.without_comments(html[:50_000])):
        given = _SRC.search(tag[0])
        name = unescape(given[1] or given[2] or given[3] or "").strip() if given else ""
        if not name or name.lower().startswith(("about:", "javascript:", "mailto:")):
            continue
        try:
            sources.append(urldefrag(urljoin(source, name)).url)
        except ValueError:  # such as a broken [IPv6] address
            continue
    return list(dict.fromkeys(sources))[:MOST_FRAMES]


def spelling(source: str) -> str:
    """Return one spelling of a source, equal for `Menu%20A.HTM` and `menu a.htm`."""
    return unquote(source).replace("\\", "/").lower()


def join(html: str, source: str, get: Callable[[str], str | None]) -> Joined | None:
    """Return the page joined with the frames that `get` has, or None if it has none.

    Args:
        html: HTML of a frameset.
        source: URL or path of the frameset.
        get: Returns the HTML of a source, or None.
    """
    used: list[str] = []
    parts = _parts(html, source, get, used, {spelling(source)}, MOST_DEPTH)
    if not parts:
        return None
    start = _FRAMESET.search(html)
    head = html[: start.start()] if start else ""
    ends = list(_HEAD_END.finditer(head))
    head = head[: ends[-1].end()] if ends else head
    longest = max(parts, key=lambda part: len(tags.strip(part[1])))
    texts = "\n<HR>\n".join(text for _, text in parts)
    body = f"{head.rstrip()}\n{longest[0] or '<BODY>'}\n{texts}\n</BODY>\n</HTML>\n"
    return Joined(body[:MOST_CHARS], tuple(used))


def _parts(
    html: str,
    source: str,
    get: Callable[[str], str | None],
    used: list[str],
    seen: set[str],
    depth: int,
) -> list[tuple[str, str]]:
    """Return the BODY tag and the content of each frame; add the frames' sources to `used`."""
    parts: list[tuple[str, str]] = []
    for frame in frames(html, source):
        inner = None if spelling(frame) in seen else get(frame)
        if inner is None:
            continue
        seen.add(spelling(frame))
        used.append(frame)
        if depth > 1 and is_frameset(inner):
            parts += _parts(inner, frame, get, used, seen, depth - 1)
            continue
        tag = _BODY.search(inner)
        end = _END.search(inner, tag.end() if tag else 0)
        start = tag.end() if tag else _after_head(inner)
        text = inner[start : end.start() if end else len(inner)].strip()
        if text:
            parts.append((tag[0] if tag else "", text))
    return parts


def _after_head(html: str) -> int:
    ends = list(_HEAD_END.finditer(html[:20_000]))
    return ends[-1].end() if ends else 0
