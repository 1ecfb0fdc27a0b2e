"""Repair of a restyled text: sentences of the draft whose facts it broke are copied back.

A sentence that says most of what the draft's sentence says takes its place, so that nothing stands
there twice, once wrong and once right. Where there is none it is added at the end.
"""

from __future__ import annotations

import html
import re

from erastyle.corpus.document import Format
from erastyle.train.restyle.fact_ledger import ledger
from erastyle.train.restyle.facts import sentences
from erastyle.train.restyle.plain_prose import plain_prose

ALIKE = 0.5
"""Share of the words of a draft's sentence that stand in the sentence that it may replace."""


def repaired(body: str, part: str, form: Format) -> tuple[str, list[str]]:
    """Return a text whose broken facts are copied back, and the sentences that were copied.

    Args:
        body: The text, in the era's format.
        part: The prose of its draft.
        form: Format of the era.
    """
    copied = []
    for sentence in _broken(body, part, form):
        if (mended := _replaced(body, sentence, part, form)) is not None:
            body = mended
            copied.append(sentence)
    if missing := _broken(body, part, form):
        body = _added(body, " ".join(missing), form)
    return body, copied + missing


def _broken(body: str, part: str, form: Format) -> list[str]:
    """Return the sentences of a draft of which a fact is lost or changed, in their order."""
    return list(dict.fromkeys(e.sentence for e in ledger(part, plain_prose(body, form)).broken))


def _replaced(body: str, sentence: str, part: str, form: Format) -> str | None:
    """Return the text with `sentence` in the place of the one that is likest to it.

    None where no sentence is like it, where tags stand inside of that one, or where the text would
    lose other facts with it.
    """
    own = _words(sentence)
    told = sentences(plain_prose(body, form))
    likest = max(told, key=lambda one: len(own & _words(one)), default="")
    if not own or len(own & _words(likest)) < ALIKE * len(own):
        return None
    escaped = (re.escape(_in_form(word, form)) for word in likest.split())
    place = re.search(r"\s+".join(escaped), body)
    if place is None:
        return None
    mended = body[: place.start()] + _in_form(sentence, form) + body[place.end() :]
    before, after = (set(_broken(text, part, form)) for text in (body, mended))
    return mended if after <= before - {sentence} else None


def _added(body: str, told: str, form: Format) -> str:
    if form != "html":
        return f"{body}\n\n{told}"
    mark = "<P>" if "<P>" in body or "<p>" not in body else "<p>"
    return f"{body}\n{mark}{_in_form(told, form)}"


def _in_form(text: str, form: Format) -> str:
    return html.escape(text, quote=False) if form == "html" else text


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9']{2,}", text.lower()))
