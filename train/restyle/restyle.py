"""Restyle a draft: parts of it become requests, several texts are written, the truest is taken.

A part is some paragraphs of the draft. Of the texts for a part the one is taken that keeps most
facts, adds fewest, has words of its own and passes a judge of the era. Sentences whose facts it
lost or changed are copied back from the draft, and marked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from erastyle.corpus.copying.echo import echo_share, grams
from erastyle.corpus.document import Format
from erastyle.corpus.html.markup import prose
from erastyle.corpus.prompts.asked_length import LEAST
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import GeneratedText, Writer, in_batches
from erastyle.train.model.guards.guard import Guards
from erastyle.train.restyle.draft_guards import for_draft
from erastyle.train.restyle.fact_ledger import FactLedger, ledger
from erastyle.train.restyle.facts import SENTENCE, unwrapped
from erastyle.train.restyle.plain_prose import plain_prose
from erastyle.train.restyle.repair import repaired

PART_WORDS = 60
"""Most words of a part. Drafts of up to 130 words were learnt; of three or four sentences at a time
a small model keeps more facts (docs/log.md)."""
MOST_CHARACTERS = 200_000
LEAST_CHANGED = 0.4
"""Share of the runs of four words that a text has of its own; the draft in tags keeps all facts."""
PASSES = 0.2
"""What a text that the judge passes is worth, in shares of the facts; lost ones are copied back."""
_HEAD = re.compile(r".*?<body\b[^<>]*>|.*?</head\s*>|\s*<html\b[^<>]*>", re.I | re.S)
_TITLE = re.compile(r"<title\b[^<>]*>.*?</title\s*>", re.I | re.S)
_END = re.compile(r"\s*(?:</body\s*>|</html\s*>)", re.I)
_HEADLINE = re.compile(
    r"^(?:<hr\b[^<>]*>\s*)*<h([1-6])\b[^<>]*>\s*[^\s<>]+(?:\s+[^\s<>]+){0,11}\s*</h\1\s*>", re.I
)
_SIGNATURE = re.compile(r"\n\s*--\s*\n.*", re.S)
"""A signature names somebody whom the draft does not name."""
_CLOSE = re.compile(r"(?:\n\s*[^\s.!?]+(?: [^\s.!?]+){0,2}[.!]?[ \t]*)+\Z")
"""How an article closes: lines of up to three words such as `Thanks,`."""
_HALF = re.compile(r"(?<=[.!?)\"'])\s+[^.!?]*[\w,;-]\Z")
"""A sentence that was cut at the length asked for."""
_TAG = re.compile(r"<(?:!doctype|html|head|body|p|br|h[1-6]|ul|table|div|a)\b[^<>]*>", re.I)
_MARKDOWN = re.compile(r"^(?:#{1,6}\s+|[-*+]\s+|>\s?)", re.M)
_EMPHASIS = re.compile(r"(?<!\w)([*_]{1,2})(?=\S)([^\n]*?)(?<=\S)\1(?!\w)")


def unjudged(_text: str, _request: str) -> bool:
    """Take no text for one of the era: there is no judge."""
    return False


@dataclass(frozen=True, slots=True)
class Restyled:
    """A draft in the era's manner.

    Attributes:
        draft: The draft's prose.
        text: The new text, in the era's format.
        raw: The facts before anything was copied back.
        facts: The facts of `text`.
        copied_back: Sentences that were copied back from the draft.
        changed: Share of the 4-grams of `text` that the draft does not hold.
        parts: The texts that were taken, part by part.
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


def parts_of(draft: str) -> list[str]:
    """Return the draft in parts of `PART_WORDS` words at most, cut where a sentence ends."""
    pieces = [" ".join(p.split()) for p in re.split(r"\n\s*\n", draft) if p.strip()]
    small: list[str] = []
    for piece in pieces:
        if len(piece.split()) <= PART_WORDS:
            small.append(piece)
            continue
        sentences = [match[0].strip() for match in SENTENCE.finditer(piece)]
        small += _joined([part for s in sentences for part in _short(s)], " ")
    return _joined(small, "\n\n")


def _short(sentence: str) -> list[str]:
    """Return a sentence in runs of `PART_WORDS` words at most: a text without marks has one."""
    words = sentence.split()
    return [" ".join(words[n : n + PART_WORDS]) for n in range(0, len(words), PART_WORDS)]


def _joined(pieces: Sequence[str], gap: str) -> list[str]:
    """Return the pieces joined as long as they stay within `PART_WORDS`."""
    parts: list[str] = []
    for piece in pieces:
        if parts and len(parts[-1].split()) + len(piece.split()) <= PART_WORDS:
            parts[-1] += gap + piece
        else:
            parts.append(piece)
    return parts


def request_of(part: str, noun: str, title: str, *, first: bool) -> str:
    """Return the request for a part of a draft, in words that training knows.

    It asks for the length of the part, so that the text ends where the draft does.
    """
    article = "an" if noun[:1].lower() in "aeiou" else "a"
    named = f", with the title “{title}”" if title and first else ""
    words = max(LEAST, 10 * round(len(part.split()) / 10))
    asked = f"About {words} words. Turn this into {article} {noun}{named}"
    return f"{asked}:\n{' '.join(part.split())}"


def requests_of(draft: str, noun: str, title: str = "") -> list[str]:
    """Return the requests for the parts of a draft, in its order.

    Args:
        draft: The draft's prose.
        noun: What the era calls its documents: `web page`.
        title: Title of the document, or empty.
    """
    parts = parts_of(draft[:MOST_CHARACTERS])
    return [request_of(part, noun, title, first=n == 0) for n, part in enumerate(parts)]


def restyle(
    draft: str,
    writer: Writer,
    *,
    noun: str,
    form: Format,
    guards: Guards | None,
    decoding: Decoding,
    title: str = "",
    tries: int = 6,
    seed: int = 1995,
    passes: Callable[[str, str], bool] = unjudged,
) -> Restyled:
    """Return `draft` in the era's manner, with what became of its facts.

    Args:
        draft: The draft's prose.
        writer: The style model.
        noun: What the era calls its documents: `web page`.
        form: Format of the era.
        guards: What looks on.
        decoding: How to decode.
        title: Title of the document, or empty.
        tries: Texts for each part, of which the truest is taken.
        seed: Same draft and seed, same text.
        passes: Whether a judge takes a text for one of the era, given its request.
    """
    requests = requests_of(draft, noun, title)
    many = [request for request in requests for _ in range(tries)]
    looking = for_draft(guards, form)
    texts = list(in_batches(writer, many, decoding, seed, Progress(), guards=looking))
    candidates = [texts[n : n + tries] for n in range(0, len(texts), tries)]
    return assembled(draft, requests, candidates, form, passes)


def assembled(
    draft: str,
    requests: Sequence[str],
    candidates: Sequence[Sequence[GeneratedText]],
    form: Format,
    passes: Callable[[str, str], bool] = unjudged,
) -> Restyled:
    """Return a draft in the era's manner, from the texts that were written for its parts.

    Args:
        draft: The draft's prose.
        requests: The request of each part, of `requests_of`.
        candidates: The texts for each request, of which the truest is taken.
        form: Format of the era.
        passes: Whether a judge takes a text for one of the era, given its request.
    """
    taken, raw, whole, copied = [], [], [], []
    parts = parts_of(draft[:MOST_CHARACTERS])
    for n, part in enumerate(parts):
        chosen = _truest(candidates[n], part, requests[n], form, passes)
        taken.append(chosen)
        body = _inside(chosen.text, form, first=n == 0, last=n == len(parts) - 1)
        raw.append(body)
        mended, back = repaired(body, part, form)
        whole.append(mended)
        copied += back
    text = _whole(whole, form)
    marked = ledger_of(draft, text, form, copied)
    before = ledger(draft, plain_prose(_whole(raw, form), form))
    return Restyled(
        draft, text, before, marked, tuple(copied), changed_share(draft, plain_prose(text, form)),
        tuple(taken),
    )  # fmt: skip


def ledger_of(draft: str, text: str, form: Format, copied: Collection[str] = ()) -> FactLedger:
    """Return what became of the facts of a draft in a text with its markup.

    Args:
        draft: The draft's prose.
        text: The text, as a model wrote it or as a person changed it.
        form: Format of the era.
        copied: Sentences of the draft that were copied back; their facts count as repaired.
    """
    book = ledger(draft, plain_prose(text, form))
    marked = (
        replace(e, repaired=e.sentence in copied) if e.state == "kept" else e for e in book.entries
    )
    return FactLedger(list(marked))


def _truest(
    candidates: Sequence[GeneratedText],
    part: str,
    request: str,
    form: Format,
    passes: Callable[[str, str], bool],
) -> GeneratedText:
    def rank(n: int) -> tuple[float, int]:
        text = candidates[n].text
        said = plain_prose(text, form)
        book = ledger(part, said)
        short = len(said.split()) < 0.5 * len(part.split())
        added = book.count("added") / max(1, len(book.entries))
        mended, _ = repaired(text, part, form)
        lack = max(0.0, LEAST_CHANGED - changed_share(part, plain_prose(mended, form)))
        worth = book.kept_share - 0.5 * added - short - lack + PASSES * passes(text, request)
        return worth, -n

    return candidates[max(range(len(candidates)), key=rank)]


def _inside(text: str, form: Format, *, first: bool, last: bool) -> str:
    """Return a text without its end, and a later part without its head, so that parts join."""
    if form != "html":
        text = _SIGNATURE.sub("", text.strip())
        return _HALF.sub("", text if last else _CLOSE.sub("", text)).rstrip()
    text = _END.sub("", text)
    if first:
        return text.rstrip()
    if head := _HEAD.match(text):
        text = text[head.end() :]
    return _HEADLINE.sub("", _TITLE.sub("", text).strip()).strip()


def _whole(bodies: Sequence[str], form: Format) -> str:
    if form != "html":
        return "\n\n".join(bodies)
    text = "\n".join(bodies)
    ends = []
    for name in ("body", "html"):
        if opened := re.search(rf"<({name})\b", text, re.I):
            ends.append(f"</{opened[1]}>")
    return "\n".join([text, *ends])


def changed_share(draft: str, text: str) -> float:
    """Return the share of the runs of four words of `text` that `draft` does not hold.

    >>> changed_share("we fly our kites here", "we fly our kites here")
    0.0
    """
    return 1.0 - echo_share(text, draft) if grams(text) else 1.0
