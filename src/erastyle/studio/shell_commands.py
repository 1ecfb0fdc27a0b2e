"""The shell command that does the same as an action of the studio."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import quote

from erastyle.studio.styles import StudioStyle
from erastyle.studio.text_record import WritingOrder


def line(*words: str | Path | float) -> str:
    """Return a command that can be pasted into a shell.

    >>> print(line("erastyle", "why", Path("my runs/web"), 0.5))
    erastyle why 'my runs/web' 0.5
    """
    return " ".join(
        shlex.quote(f"{word:g}" if isinstance(word, float) else str(word)) for word in words
    )


def writing(order: WritingOrder, style: StudioStyle, request: str = "") -> str:
    """Return the command that writes the same text.

    Args:
        order: What was ordered.
        style: What writes.
        request: What the model was asked; empty: it was not asked yet.
    """
    if order.draft:
        titled = ("--title", order.title) if order.title else ()
        strong = () if order.strength == 1 else ("--set", f"generate.strength={order.strength:g}")
        return line(
            *("erastyle", "restyle", "draft.txt", "--run", style.run, *titled, *strong),
            *("--seed", order.seed),
        )
    length = ("--length", order.length) if order.length else ()
    brief = request.removesuffix(f" About {order.length} words.") or order.brief or order.title
    strength = ("--strength", order.strength) if order.strength != 1 else ()
    return line(
        *("erastyle", "generate", brief, "--run", style.run, *length, *strength),
        *("--seed", order.seed),
    )


def fetching(address: str, *path: str) -> str:
    """Return the command that fetches a file of a running studio."""
    return line("curl", "-OJ", "/".join([address.rstrip("/"), *(quote(p, safe="") for p in path)]))


def scoring(file: str, run: Path) -> str:
    """Return the command that scores a downloaded text."""
    return line("erastyle", "score", file, "--run", run)


def approving(file: str, by: str, note: str) -> str:
    """Return the command that approves a downloaded text with the file beside it."""
    noted = ("--note", note) if note else ()
    return line("erastyle", "approve", file, "--by", by, *noted)
