"""Pages that try to reach the world outside, or to run something, by name."""

from __future__ import annotations

import re
from pathlib import Path

RUN = "try{parent.ran=1;top.ran=1}catch(e){};window.ran=1;document.title='ran'"
"""Says that it ran, on every window that it reaches."""


def read() -> dict[str, str]:
    """Return the page of each kind of attack."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    sections = re.split(r"^== (.+)\n", text, flags=re.MULTILINE)[1:]
    pages = (page.strip().replace("RUN", RUN) for page in sections[1::2])
    return dict(zip(sections[::2], pages, strict=True))


HOSTILE = read()
