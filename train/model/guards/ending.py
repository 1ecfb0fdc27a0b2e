"""Brings a text to its end where the request's length, or the room for the answer, is reached.

A model that was trained on longer documents than the room for an answer hardly ever ends in time.
From nine tenths of the length that a request asks for, the end token gets a bonus where a block
ends: a paragraph, a list, a table, a rule. The bonus grows with every word, until the end is
certain. Without a length in the request the room does the same, near its end. Then the elements
that are open are closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from erastyle.corpus.document import Format
from erastyle.corpus.html.open_elements import closing_tags, inside_tag
from erastyle.corpus.prompts.asked_length import asked_words

Cause = Literal["own", "length", "room", "loops", "stop", "cut"]
"""What ended a text: the model, the length asked for, the room, a loop that it could not leave, a
stop string, or nothing."""

LEAST_SHARE = 0.75
"""Share of the words asked for before which an end is refused."""
TOKENS_PER_WORD = {"html": 6.0, "text": 1.8}
"""Room that a word needs: real pages have 3.3 tokens a word with their tags, written ones to 6."""
MOST_TOKENS = 6_000
MORE_ROOM = 2
"""Times the room for an answer that a text may have which would end before it has its fewest words,
by quarters of it."""
MOST_BONUS = 12.0
"""Bonus of the end token, in logits, just before the end is certain."""
CERTAIN = float("inf")
_APART = re.compile(r"<title\b.*?</title\s*>|<!--.*?-->|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(
    r"(?:</(?:p|ul|ol|dl|table|pre|blockquote|address|center|div|menu|dir|li|dd|tr|form)\s*>"
    r"|(?<=[.!?)\"'])\s*<(?:p|hr|br)\b[^<>]*>"
    r"|[.!?)\"'][ \t]*\n)\s*$",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"[.!?)\"'][ \t]*\n\s*$")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a text has come, as shares of what it may have.

    Attributes:
        start: Share from which the end token gets a bonus where a block ends.
        block: Share from which the text ends at the next block.
        any: Share from which it ends at the next sentence, line or tag.
    """

    start: float
    block: float
    any: float

    def bonus(self, share: float, *, block: bool) -> float:
        """Return the bonus of the end token.

        Args:
            share: How far the text has come.
            block: Whether a block ends here.
        """
        if share >= self.any:
            return CERTAIN
        if not block or share < self.start:
            return 0.0
        if share >= self.block:
            return CERTAIN
        return MOST_BONUS * (share - self.start) / (self.block - self.start)


_HALF = re.compile(r"[^\n]{39}[\w,;-][ \t]*\n[ \t]*\Z")
"""A line that was wrapped: long, and without the mark that ends a sentence."""
LENGTH = Reach(start=0.9, block=1.08, any=1.2)
ROOM = Reach(start=0.85, block=0.92, any=0.96)


@dataclass(frozen=True, slots=True)
class Ending:
    """Decides how strongly a text is drawn to its end.

    Attributes:
        format: Format of the texts.
        fewest: Fewest words of a text for which no length is asked.
    """

    format: Format
    fewest: int = 0

    def room(self, request: str, given: int) -> int:
        """Return the tokens that an answer may have: more than given where a length needs it."""
        asked = asked_words(request)
        if asked is None:
            return given
        return max(given, min(MOST_TOKENS, round(1.4 * asked * TOKENS_PER_WORD[self.format])))

    def longer_room(self, text: str, request: str, room: int, given: int) -> int:
        """Return the tokens of an answer that is near its end: more where it has said too little.

        Args:
            text: The text so far.
            request: What was asked for.
            room: Tokens that it may have.
            given: The same when it began.
        """
        if asked_words(request) is not None or self.words(text) >= self.fewest:
            return room
        return max(room, min(room + given // 4, MORE_ROOM * given))

    def may_help(self, request: str, share_of_room: float) -> bool:
        """Return whether a text is so far that its end could be helped; quick."""
        return share_of_room >= ROOM.start or asked_words(request) is not None

    def words(self, text: str) -> int:
        """Return the words of a text, without its tags and its title."""
        return len((_APART.sub(" ", text) if self.format == "html" else text).split())

    def bonus(self, text: str, request: str, share_of_room: float) -> tuple[float, Cause]:
        """Return the bonus of the end token behind a text, and what it is for.

        Args:
            text: The text so far; a sentence, line or tag ends here.
            request: What was asked for.
            share_of_room: Share of the answer's tokens that are used.
        """
        html = self.format == "html"
        if html and inside_tag(text):
            return 0.0, "own"
        block = bool((_BLOCK if html else _PARAGRAPH).search(text))
        asked = asked_words(request)
        for_length = LENGTH.bonus(self.words(text) / asked, block=block) if asked else 0.0
        if not block and _HALF.search(text):
            for_length = 0.0  # the end of a line that is no end of a sentence
        for_room = ROOM.bonus(share_of_room, block=block)
        near = asked and self.words(text) >= LEAST_SHARE * asked
        if near or for_length >= for_room:
            return max(for_length, for_room), "length"
        return for_room, "room"

    def close(self, text: str) -> str:
        """Return what has to follow a text that was brought to its end."""
        if self.format != "html":
            return ""
        tags = closing_tags(text)
        return f"\n{tags}" if tags and not text.endswith("\n") else tags
