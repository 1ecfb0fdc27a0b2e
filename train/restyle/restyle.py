"""Restyle a draft: sentence by sentence, several ways are written and the truest goes on.

The request shows the draft around the sentence that comes next, and the text so far is gone on
with. Where no way keeps the facts of a sentence it is copied from the draft, and marked.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from erastyle.corpus.copying.echo import echo_share, grams
from erastyle.corpus.document import Format
from erastyle.corpus.html.markup import prose
from erastyle.corpus.html.open_elements import closing_tags
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import GeneratedText, Writer, continued
from erastyle.train.model.guards.guard import Guards
from erastyle.train.restyle.draft_guards import for_draft
from erastyle.train.restyle.draft_units import Unit, request_of, units_of, window
from erastyle.train.restyle.fact_ledger import FactLedger, ledger
from erastyle.train.restyle.facts import unwrapped
from erastyle.train.restyle.plain_prose import plain_prose
from erastyle.train.restyle.sentence_choice import Said, is_said, weigh

MOST_CHARACTERS = 200_000
PUSH, MOST_STRENGTH = 1.35, 1.5
"""Times the strength of a style with which a draft is restyled: a draft pulls towards today, and
its facts are held by other means (docs/log.md)."""
TRIES = 8
"""Ways to go on that are written for a sentence: as many as the server's batch holds."""
START_WORDS = 3
"""Words of the draft's sentence with which the second round of ways begins."""
HEAD_TOKENS, TOKENS_PER_WORD, MORE_TOKENS = 120, 2, 24
"""Room for what stands before the first sentence, for each word of a sentence, and for its tags."""
LONGEST, TAIL = 3_000, 1_500
"""Characters of a text that is gone on with; of a longer one its head and so many at its end."""
COLUMNS = 72
"""Characters of a line of plain text: the median of articles is 75 (docs/log.md)."""
EMPTY_PAGE = "<HTML>\n<HEAD>\n<TITLE>{}</TITLE>\n</HEAD>\n<BODY>\n<P>"
TYPED = str.maketrans({
    "\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{EN DASH}": "-", "\N{EM DASH}": "--", "\N{HORIZONTAL ELLIPSIS}": "...",
})  # fmt: skip
"""Marks of today's word processors, and what a keyboard of these eras had."""
_GAP: dict[Format, str] = {"html": "\n<P>", "text": "\n\n"}
_LINE: dict[Format, str] = {"html": "<BR>\n", "text": "\n"}
_HEAD = re.compile(r".*?<body\b[^<>]*>", re.I | re.S)
_TAG = re.compile(r"<(?:!doctype|html|head|body|p|br|h[1-6]|ul|table|div|a)\b[^<>]*>", re.I)
_MARKDOWN = re.compile(r"^(?:#{1,6}\s+|[-*+]\s+|>\s?)", re.M)
_EMPHASIS = re.compile(r"(?<!\w)([*_]{1,2})(?=\S)([^\n]*?)(?<=\S)\1(?!\w)")
_INLINE_END = re.compile(r"</(?:h[1-6]|b|i|u|tt|em|strong|font|big|small|center)\s*>", re.I)
_BLOCK = {"html": re.compile(r"\n?<(?:p|h[1-6]|hr|ul|ol|dl|table)\b", re.I),
          "text": re.compile(r"\n\n")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NextSentence:
    """What is asked for: ways in which a text goes on until it has said a sentence.

    Attributes:
        request: The request, with the draft around the sentence.
        begun: The text so far.
        count: How many ways.
        first: How often the same was asked for before.
        tokens: Room for what is new.
    """

    request: str
    begun: str
    count: int
    first: int
    tokens: int


class Candidates(Protocol):
    """Writes the ways in which a text may go on; each begins with what stands already."""

    def __call__(self, wanted: NextSentence) -> Sequence[GeneratedText]:
        """Return the ways."""


@dataclass(frozen=True, slots=True)
class Restyled:
    """A draft in the era's manner.

    Attributes:
        draft: The draft's prose.
        text: The new text, in the era's format.
        raw: The facts of what the model wrote and of lines that stay, without what was copied.
        facts: The facts of `text`.
        copied_back: Sentences that were copied from the draft.
        changed: Share of the 4-grams of `text` that the draft does not hold.
        parts: What was taken, sentence by sentence.
    """

    draft: str
    text: str
    raw: FactLedger
    facts: FactLedger
    copied_back: tuple[str, ...]
    changed: float
    parts: tuple[GeneratedText, ...]


def draft_prose(source: str) -> str:
    r"""Return the prose of a draft: HTML and Markdown without their marks, wrapped lines joined.

    >>> draft_prose("# Kites\n\nWe fly *kites*.")
    'Kites\n\nWe fly kites.'
    """
    if _TAG.search(source):
        return prose(source)
    return unwrapped(_EMPHASIS.sub(r"\2", _MARKDOWN.sub("", source))).strip()


def pushed(strength: float, method: str = "lora") -> float:
    """Return the strength with which a draft is restyled.

    Args:
        strength: The strength that was asked for.
        method: How the style was made; one that is no adapter keeps its strength.

    >>> pushed(1.0), pushed(1.4), pushed(0.0), pushed(1.0, "prompt")
    (1.35, 1.5, 0.0, 1.0)
    """
    return min(max(MOST_STRENGTH, strength), PUSH * strength) if method == "lora" else strength


def writing_with(
    writer: Writer, guards: Guards | None, decoding: Decoding, form: Format, seed: int
) -> Candidates:
    """Return what writes the ways to go on with a model.

    Args:
        writer: The style model.
        guards: The guards of the era.
        decoding: How to decode.
        form: Format of the era.
        seed: Same draft and seed, same text.
    """
    looking = for_draft(guards, form)

    def write(wanted: NextSentence) -> Sequence[GeneratedText]:
        return continued(
            writer,
            wanted.request,
            wanted.begun,
            replace(decoding, max_new_tokens=wanted.tokens),
            count=wanted.count,
            first=wanted.first,
            seed=seed,
            guards=looking,
            enough=partial(is_said, begun=len(wanted.begun), form=form),
        )

    return write


def restyle(
    draft: str,
    write: Candidates,
    *,
    noun: str,
    form: Format,
    title: str = "",
    tries: int = TRIES,
    tell: Callable[[str, int], None] | None = None,
) -> Restyled:
    """Return `draft` in the era's manner, with what became of its facts.

    Args:
        draft: The draft's prose.
        write: Writes the ways to go on.
        noun: What the era calls its documents: `web page`.
        form: Format of the era.
        title: Title of the document, or empty.
        tries: Ways to go on for each sentence, of which the truest is taken.
        tell: Receives the text piece by piece, and how many sentences of the draft each says.
    """
    draft = draft[:MOST_CHARACTERS].translate(TYPED)
    units = units_of(draft)
    unsaid = set(range(len(units)))
    text, written = "", ""
    copied: list[str] = []
    taken: list[GeneratedText] = []
    asked = told = 0
    while unsaid:
        before, at = len(unsaid), min(unsaid)
        unit = units[at]
        opened = _with_gap(text, unit, form)
        chosen = None
        if unit.told:
            request = request_of(window(units, at), noun, title)
            begun = _context(opened, form)
            room = MORE_TOKENS + TOKENS_PER_WORD * len(unit.text.split())
            start = " ".join(unit.text.split()[:START_WORDS])
            started = begun + _before(opened, unit, title, form) + _in_form(start, form)
            for one, more in ((begun, 0 if text else HEAD_TOKENS), (started, 0)):
                ways = write(NextSentence(request, one, tries, asked, room + more))
                asked += tries
                chosen = _truest(ways, begun, units, unsaid, form)
                if chosen is not None:
                    break
        if chosen is not None:
            way, said = chosen
            taken.append(way)
            piece = said.piece.translate(TYPED)
            text = opened + piece
            written += (_GAP[form] if unit.opens else "") + piece
            unsaid -= set(said.units)
        else:
            opened += _closing(opened, form)
            text = opened + _before(opened, unit, title, form) + _in_form(unit.text, form)
            if unit.told:
                copied.append(unit.text)
            else:
                written += f"\n\n{_in_form(unit.text, form)}"
            unsaid.discard(at)
        if tell is not None:
            tell(text[told:], before - len(unsaid))
            told = len(text)
    text = f"{text}\n{closing_tags(text)}".rstrip() if form == "html" else _filled(text, units)
    return Restyled(
        draft,
        text,
        ledger(draft, plain_prose(written, form)),
        ledger_of(draft, text, form, copied),
        tuple(copied),
        changed_share(draft, plain_prose(text, form)),
        tuple(taken),
    )


def _truest(
    ways: Sequence[GeneratedText],
    begun: str,
    units: Sequence[Unit],
    unsaid: AbstractSet[int],
    form: Format,
) -> tuple[GeneratedText, Said] | None:
    """Return the best way to go on that has no faults, or None."""
    best: tuple[GeneratedText, Said] | None = None
    for way in ways:
        if not way.text.startswith(begun):
            continue
        marks = [mark.reason for mark in way.marks]
        said = weigh(begun, way.text[len(begun) :], units, unsaid, form, marks)
        if not said.faults and (best is None or said.worth > best[1].worth):
            best = way, said
    return best


def _with_gap(text: str, unit: Unit, form: Format) -> str:
    """Return a text with what stands before a paragraph, where the unit opens one."""
    return f"{text}{_closing(text, form)}{_GAP[form]}" if text and unit.opens else text


def _closing(text: str, form: Format) -> str:
    """Return the end tags of headings and emphasis that are open at the end of a text."""
    tags = _INLINE_END.findall(closing_tags(text)) if form == "html" else []
    return "".join(tags)


def _before(text: str, unit: Unit, title: str, form: Format) -> str:
    """Return what stands between a text and the next unit of the draft."""
    if not text:
        return EMPTY_PAGE.format(html.escape(title, quote=False)) if form == "html" else ""
    if text.endswith("\n"):
        return ""
    if form == "html" and text.endswith(">"):
        return " " if _INLINE_END.match(text, text.rfind("<")) else ""
    return _LINE[form] if unit.line else " "


def _in_form(text: str, form: Format) -> str:
    return html.escape(text, quote=False) if form == "html" else text


def _context(text: str, form: Format) -> str:
    """Return what is gone on with: the text, or of a long one its head and its end."""
    if len(text) <= LONGEST:
        return text
    head = _HEAD.match(text) if form == "html" else None
    block = _BLOCK[form].search(text.rstrip(), len(text) - TAIL)
    end = text[block.start() if block else len(text) - TAIL :].lstrip("\n")
    return f"{head[0]}\n{end}" if head else end


def _filled(text: str, units: Sequence[Unit]) -> str:
    """Return plain text without long lines; the lines of a list stay apart."""
    lines = {unit.text for unit in units if unit.line}
    parts = re.split(r"(\n\s*\n)", text)
    return "".join(part if n % 2 else _wrapped(part, lines) for n, part in enumerate(parts))


def _wrapped(paragraph: str, lines: AbstractSet[str]) -> str:
    """Return a paragraph filled anew where it has a long line."""
    each = paragraph.split("\n")
    if max(map(len, each)) <= COLUMNS:
        return paragraph
    apart = each if lines & set(each) else [paragraph]
    return "\n".join(
        textwrap.fill(one, COLUMNS, break_long_words=False, break_on_hyphens=False) for one in apart
    )


def ledger_of(draft: str, text: str, form: Format, copied: Collection[str] = ()) -> FactLedger:
    """Return what became of the facts of a draft in a text with its markup.

    Args:
        draft: The draft's prose.
        text: The text, as a model wrote it or as a person changed it.
        form: Format of the era.
        copied: Sentences that were copied from the draft; their facts count as repaired.
    """
    book = ledger(draft, plain_prose(text, form))
    told = " ".join(" ".join(copied).split())
    marked = (
        replace(e, repaired=e.sentence in told) if e.state == "kept" else e for e in book.entries
    )
    return FactLedger(list(marked))


def changed_share(draft: str, text: str) -> float:
    """Return the share of the runs of four words of `text` that `draft` does not hold.

    >>> changed_share("we fly our kites here", "we fly our kites here")
    0.0
    """
    return 1.0 - echo_share(text, draft) if grams(text) else 1.0
