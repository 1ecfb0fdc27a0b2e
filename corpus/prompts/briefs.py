"""Briefs: the request that a document could answer."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.prompts import requests
from erastyle.corpus.prompts.requests import Subject

_WORD = re.compile(r"[A-Za-z][A-Za-z'-]{3,}")
_PLAIN = frozenset(
    "about above after again against also although always another anybody anyone anything around "
    "back based been before being below best better between both call came click come comes "
    "contact could course date days document documents doesn done down each else email even ever "
    "every everything find first following form found from full further gave general gets give "
    "given goes going gone good great hand have having help here hers high home http https image "
    "index info information into itself just keep kind know last late later least less like line "
    "link links list little long look made mail main make makes making many maybe mine month more "
    "most much must name near need never next none note nothing number often once only onto open "
    "order other others ours over page pages part people please point post previous probably quite "
    "rather read really reply right said same says second section seem seems seen send sent "
    "several shall should show side since site some someone something soon still such sure take "
    "taken tell text than thank thanks that their them then there these they thing things think "
    "this those three through time times title today together took true under until update updated "
    "upon used useful user using usually version very visit want wanted ways week welcome well "
    "went were what when where whether which while whole whom whose will with within without word "
    "work working works world would write writes writing wrote year years yesterday your "
    "yours".split()
)


_ADDRESS = re.compile(r"[\w.!%+-]+@[\w.-]+|\b[\w.-]+\.example\b|\b(?:http|ftp|gopher)://\S+", re.I)
_QUOTED = re.compile(r"^[ \t]{0,4}(?:[>|:}]|\w{1,4}>).*$", re.MULTILINE)
_ATTRIBUTION = re.compile(
    r"^.{0,200}\b(?:writes|wrote|said|schrieb|says):?[ \t]*$|^In (?:article )?<[^>\n]*>.*$",
    re.MULTILINE | re.IGNORECASE,
)
_SIGNATURE = re.compile(r"\n[ \t]*(?:--[ \t]*|[-=_~*#]{20,}[ \t]*)\n")
_REPLY = re.compile(r"^\s*(?:(?:re|aw)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def own_words(document: Document) -> str:
    """Return the prose without addresses and, in plain text, without quotations and signature.

    Quotations and signatures do not belong to the topic of an article.
    """
    text = _ADDRESS.sub(" ", document.prose[:20_000])
    if document.format == "text":
        body, cut = text, _SIGNATURE.search(text, len(text) // 3)
        if cut and len(text) - cut.end() < 800:
            body = text[: cut.start()]
        body = _ATTRIBUTION.sub(" ", _QUOTED.sub(" ", body))
        text = body if len(_WORD.findall(body)) >= 3 else text
    return text


_HEADLINE = re.compile(r"\s*([A-Z][A-Z0-9 ,'&;:-]{4,80}[A-Z])[.!\u2014-]")


_NO_TITLE = re.compile(r"\W*(?:no title|untitled(?: document)?|title)\W*", re.IGNORECASE)


def headline(prose: str) -> str:
    """Return the capitalised words at the start of prose, up to the first stop, or empty.

    >>> headline("THE NEW BRIDGE. On Friday last the bridge was opened.")
    'THE NEW BRIDGE'
    """
    match = _HEADLINE.match(prose[:200])
    return match[1] if match else ""


def is_reply(document: Document) -> bool:
    """Say whether the document answers another one, with a title that begins with `Re:`."""
    return _REPLY.match(document.title) is not None


def topics(prose: str, title: str = "", count: int = 4) -> list[str]:
    """Return up to `count` topic words of a document, the most frequent first.

    A word of the title counts once more; everyday words do not count. If no word occurs twice, the
    first ones are returned.

    Args:
        prose: Text without markup.
        title: Title of the document.
        count: Most words to return.

    >>> topics("My tortoise Ben eats lettuce. A tortoise needs lettuce, and Ben needs the sun.")
    ['tortoise', 'lettuce', 'needs']
    """
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for word in map(_stem, _WORD.findall(prose[:20_000])):
        lower = word.lower()
        if len(lower) > 3 and lower not in _PLAIN:
            counts[lower] += 1
            shown[lower] = word if word.islower() else shown.get(lower, word)
    for word in {_stem(word).lower() for word in _WORD.findall(title)} & counts.keys():
        counts[word] += 1
    ranked = [word for word, _ in counts.most_common()]  # equal counts keep the order of the text
    telling = [word for word in ranked if counts[word] > 1] or ranked
    return [shown[word] for word in telling[:count]]


def _stem(word: str) -> str:
    """Return `word` without its suffix: `don` for `don't`, `Ben` for `Ben's`, `DEC` for `DEC-`."""
    return word.partition("'")[0].strip("-")


def about(document: Document) -> str:
    """Return a short phrase with the topics of a document.

    >>> text = "Tortoise food: lettuce. Every tortoise needs lettuce."
    >>> about(Document("1", "a", "a", "text", text, "0", prose=text))
    'tortoise and lettuce'
    """
    words = topics(own_words(document), document.title)
    if len(words) < 2:
        return words[0] if words else "what the title says"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def brief(document: Document, era: Era, seed: int = 0) -> str:
    """Return the request for `document`, of the family and in the words that its id chooses.

    The same document always gets the same brief, independent of the rest of the corpus. If the era
    has templates for replies, a document that answers another one gets one of these.

    Args:
        document: A document.
        era: Era with the medium and its own templates.
        seed: Seed of the choice.
    """
    if era.reply_briefs and is_reply(document):
        return from_template(document, era, seed)
    return requests.request(subject(document), era.medium, document, seed) or from_template(
        document, era, seed
    )


def subject(document: Document) -> Subject:
    """Return what a document is about: its title on one line, its topic words and its own prose."""
    own = own_words(document)
    title = " ".join(document.title.split())[:120]
    if not title or _NO_TITLE.fullmatch(title):
        title = headline(document.prose)
    return Subject(title, tuple(topics(own, document.title)), own)


def from_template(document: Document, era: Era, seed: int = 0) -> str:
    """Return the request for `document` from a template of the era that its id chooses.

    A reply gets a template for replies, with its title without `Re:`. A document without a title
    gets a template without `{title}`; if the era has no such template, the title is `Untitled`.

    Args:
        document: A document.
        era: Era with the templates.
        seed: Seed of the choice.
    """
    reply = bool(era.reply_briefs) and is_reply(document)
    templates = era.reply_briefs if reply else era.briefs
    digest = hashlib.sha256(f"{seed}:{document.id}".encode()).digest()
    title = _REPLY.sub("", document.title) if reply else document.title
    title = " ".join(title.split())[:120] or headline(document.prose)
    if not title:  # ask by topic alone, where the era knows how
        templates = tuple(t for t in templates if "{title}" not in t) or templates
    template = templates[int.from_bytes(digest[:4], "big") % len(templates)]
    title = title or "Untitled"
    return template.format(title=title, about=about(document), medium=era.medium)
