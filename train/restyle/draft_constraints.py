"""What the next token of a restyled text must not be: the draft's own words, what it has not.

A model that is asked to rewrite a draft is tempted to copy it. After some words of the draft in a
row it begins the next sentence in another way, and takes another word where there is one of the
same sense. It makes up pictures and links, which nobody has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from erastyle.corpus.prompts.reworded import has_like
from erastyle.train.restyle.draft_units import draft_of, title_of
from erastyle.train.restyle.facts import SENTENCE, facts

RUN = 4
"""Words of the draft in a row behind which its next may not be taken, if it begins a sentence or
has its like. Any other word would be replaced by one that means something else: `no thunder`
became `no wind`."""
BACK = 400
"""Characters before the newest token that are looked at."""
_WORD = re.compile(r"[\w']+")
_TAG = re.compile(r"<[^<>]*>")
_MADE_UP = re.compile(
    r"<(?:im|ap(?:p|\Z)|are|map|form|inp|emb|bgs|obj|fr|met|a\s|[a-z]+\s[^<>]*\bbackg)",
    re.IGNORECASE,
)
_LAST_TAG = re.compile(r"</(?:bo|ht)[a-z]*>?\s*\Z", re.IGNORECASE)
_IN_TITLE = re.compile(r"<title\s*>([^<]*)(<[^>]*)?\Z")


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Forbids to go on as the draft does after `run` of its words, where it can be said otherwise.

    Facts may stand.

    Attributes:
        run: Words in a row.
    """

    run: int = RUN
    name: str = "own words"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether `piece` begins the draft's next word."""
        begun = _WORD.match(piece.lstrip())
        if begun is None or (piece[0].isalnum() and text[-1:].isalnum()):
            return False  # no word, or the rest of one
        if text.rfind("<") > text.rfind(">"):
            return False  # inside of a tag
        last = _WORD.findall(_TAG.sub(" ", text[-BACK:]).lower())[-self.run :]
        if len(last) < self.run:
            return False
        following = _following(draft_of(request), self.run).get(tuple(last), ())
        return any(word.startswith(begun[0].lower()) for word in following)


@lru_cache(maxsize=64)
def _following(draft: str, run: int) -> dict[tuple[str, ...], frozenset[str]]:
    """Return the words after each run of words of a draft that have their like or begin a sentence.

    Words of facts are left out.
    """
    words = [word for part in _sentences(draft) for word in part]
    first = {0, *accumulate(map(len, _sentences(draft)))}
    held = {word for fact in facts(draft) for word in _WORD.findall(fact.text.lower())}
    known: dict[tuple[str, ...], frozenset[str]] = {}
    for n in range(len(words) - run):
        word = words[n + run]
        if word not in held and (n + run in first or has_like(word)):
            key = tuple(words[n : n + run])
            known[key] = known.get(key, frozenset()) | {word}
    return known


def _sentences(draft: str) -> list[list[str]]:
    """Return the words of each sentence of a draft."""
    return [_WORD.findall(match[0].lower()) for match in SENTENCE.finditer(draft)]


@dataclass(frozen=True, slots=True)
class MadeUpTags:
    """Forbids pictures, forms and links: where they lead, no draft says."""

    name: str = "made up"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether a tag becomes one of those."""
        del request
        whole = text[-BACK:] + piece
        begun = whole[whole.rfind("<") :]
        return begun.startswith("<") and _MADE_UP.match(begun) is not None


@dataclass(frozen=True, slots=True)
class GivenTitle:
    """Forbids another title than the one that is asked for."""

    name: str = "given title"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether the page's title becomes another one."""
        title = " ".join(title_of(request).lower().split())
        begun = _IN_TITLE.search((text[-BACK:] + piece).lower()) if title else None
        if begun is None or not piece:
            return False
        shown = " ".join(begun[1].split())
        return shown != title if begun[2] else not title.startswith(shown)


@dataclass(frozen=True, slots=True)
class GoesOn:
    """Forbids a text to end: it ends when all of its draft is said."""

    name: str = "unsaid"

    def forbids(self, text: str, piece: str, request: str) -> bool:
        """Return whether the text would end, or its page."""
        del request
        return not piece or _LAST_TAG.search(text[-BACK:] + piece) is not None
