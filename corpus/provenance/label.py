"""The label of a text that a machine wrote, in the text itself.

A page gets a comment, META elements and JSON-LD in its head, and a paragraph that a browser shows;
a plain text gets a paragraph in brackets above it. All of it is ASCII, so that it stands in any
character set. The label holds a digest of the text, by which `strip` knows that it has taken out
the label and nothing else.

Sources:
    IPTC, "Digital Source Type NewsCodes", http://cv.iptc.org/newscodes/digitalsourcetype/.
    Regulation (EU) 2024/1689 (AI Act), article 50.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from erastyle.corpus.document import Format

SourceType = Literal["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]
GENERATED: SourceType = "trainedAlgorithmicMedia"
"""A model wrote the text."""
RESTYLED: SourceType = "compositeWithTrainedAlgorithmicMedia"
"""A model rewrote what a person had written."""
NEWSCODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""What stands before a source type in its full URI."""

FIELD = "digitalSourceType"
"""Name of the source type in JSON and in META elements."""
HEADER = "X-Digital-Source-Type"
"""Name of the header of an article that holds the source type's URI."""
LONGEST = 300
"""Most characters of the visible label in the era's manner."""
COLUMNS = 72
"""Longest line of the label of a plain text."""
_DIGEST = 16  # hexadecimal digits of the text's sha256 in its label
_TYPES = f"{GENERATED}|{RESTYLED}"
_BRACKETS = re.compile(
    rf"\[[^\[\]<]{{0,2000}}?erastyle-label\s({_TYPES})\s([0-9a-f]{{{_DIGEST}}})\](?:\r\n|\r|\n){{0,2}}"
)
_BLOCK = re.compile(
    rf"<!-- erastyle-label ({_TYPES}) ([0-9a-f]{{{_DIGEST}}})\b.{{0,9000}}?"
    r"<!-- /erastyle-label \2 -->",
    re.DOTALL,
)
_BEGINS = re.compile(rf"<!-- erastyle-label ({_TYPES})\b")
_ANY = re.compile(r"<!-- /?erastyle-|\[[^\[\]<]{0,2000}?erastyle-label")
_META = re.compile(
    rf"""<meta\s+name\s*=\s*["']?digitalSourceType["']?\s+content\s*=\s*["']?[^"'<>]{{0,80}}?({_TYPES})""",
    re.IGNORECASE,
)
_TAGS = re.compile(
    r"<!--|<(body|head|html|!doctype)\b(?:\"[^\"<]{0,2000}\"|'[^'<]{0,2000}'|[^<>\"'])*>",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
_NEWLINE = re.compile(r"\r\n|\r|\n")


def uri(source_type: SourceType) -> str:
    """Return the full URI of a source type.

    >>> uri("trainedAlgorithmicMedia")
    'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'
    """
    return NEWSCODES + source_type


@dataclass(frozen=True, slots=True)
class Notice:
    """What a label says.

    Attributes:
        source_type: Who wrote the text, by IPTC's list.
        era: Title of the era in whose manner it is, or empty.
        sentence: The visible label in the era's manner, of which `LONGEST` characters count; the
            plain one follows it.
        facts: What else a program may read in a page: hashes of the models, seed, strength.
        charset: Character set that a page declares, or empty.
    """

    source_type: SourceType = GENERATED
    era: str = ""
    sentence: str = ""
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    charset: str = ""

    @property
    def plain(self) -> str:
        """The visible label in plain words."""
        manner = f" in the manner of {_ascii(self.era)[:LONGEST]}" if self.era else ""
        if self.source_type == RESTYLED:
            did = f"Made with AI: a language model rewrote a draft{manner}."
        else:
            did = f"Made by AI: a language model wrote this{manner}."
        return f"{did} It is not a document of the period and not a source."

    @property
    def visible(self) -> str:
        """The visible label: in the era's manner, then in plain words."""
        return " ".join(filter(None, (_manner(self), self.plain)))


def label(text: str, notice: Notice, form: Format) -> str:
    """Return `text` with its label. `strip` gives `text` back.

    Args:
        text: Any text.
        notice: What the label says.
        form: Whether the text is a page.

    >>> print(label("Hello.", Notice(era="Usenet, 1989-1995"), "text"))
    [Made by AI: a language model wrote this in the manner of Usenet,
    1989-1995. It is not a document of the period and not a source.
    erastyle-label trainedAlgorithmicMedia 2d8bd7d9bb5f85ba]
    <BLANKLINE>
    Hello.
    >>> strip(label("<P>Hello.", Notice(), "html"))
    '<P>Hello.'
    """
    mark = _digest(text)
    if form == "text":
        words = textwrap.fill(notice.visible, COLUMNS - 1, break_on_hyphens=False)
        return f"[{words}\nerastyle-label {notice.source_type} {mark}]\n\n{text}"
    places = _places(text)
    head = next((places[name] for name in ("head", "html", "!doctype") if name in places), 0)
    body = places.get("body", 0)
    # Behind no other label: the first one is the one that `strip` takes out.
    first = _ANY.search(text)
    head = min(head, first.start()) if first else head
    while head and text[head - 1] == "\r":  # a line feed behind it would be a part of its line end
        head -= 1
    apart = text
    if body > head:
        apart = _inserted(apart, body, _shown(notice, mark))
        whole = _inserted(apart, head, _block(notice, mark))
        if _shows(whole, notice):
            return whole
    whole = _inserted(text, head, _block(notice, mark, _paragraph(notice)))
    if _shows(whole, notice):
        return whole
    return _inserted(text, 0, _block(notice, mark, _paragraph(notice)))


def strip(text: str) -> str:
    r"""Return `text` without its label; a text without one is returned as it is.

    Of a label whose text was changed later, everything is taken out that it consists of. Of several
    labelled texts in a row all labels are.

    >>> strip("No label."), strip("")
    ('No label.', '')
    """
    if "erastyle-label" not in text:
        return text
    labels = list(_labels(text))
    if not labels:
        return text
    mark, spans = labels[0]
    rest = _without(text, spans)
    if _digest(rest) == mark:
        return rest
    return _without(text, [span for _, spans in labels for span in spans])


def source_type(text: str) -> str:
    """Return who wrote a labelled text, by IPTC's list; empty: it bears no label.

    >>> source_type(label("Hello.", Notice(RESTYLED), "text")), source_type("Hello.")
    ('compositeWithTrainedAlgorithmicMedia', '')
    """
    if "erastyle-label" in text:
        marks = [m for m in (_BRACKETS.search(text), _BEGINS.search(text)) if m]
        if marks:
            return str(min(marks, key=lambda mark: mark.start())[1])
    if "igital" in text[:100_000] and (meta := _META.search(text, 0, 100_000)):
        return next(name for name in (GENERATED, RESTYLED) if name.lower() == meta[1].lower())
    return ""


def has_label(text: str) -> bool:
    """Say whether a text bears a label of this package, whole or in parts.

    >>> has_label(label("Hello.", Notice(), "text")), has_label("Hello.")
    (True, False)
    """
    return bool(_BRACKETS.search(text) or _BEGINS.search(text))


def is_intact(text: str) -> bool:
    """Say whether a labelled text is still the one that was labelled.

    >>> labelled = label("Hello.", Notice(), "text")
    >>> is_intact(labelled), is_intact(labelled + " Changed."), is_intact("Hello.")
    (True, False, False)
    """
    labels = _labels(text)
    return bool(labels) and _digest(_without(text, labels[0][1])) == labels[0][0]


def head_lines(notice: Notice) -> str:
    """Return the comment, META elements and JSON-LD for the head of a page that is not of the era.

    A report that shows such texts holds them.
    """
    return "\n".join([f"<!-- {_comment(notice.plain)} -->", *_meta(notice)])


def _digest(text: str) -> str:
    """Return the digest of a text, whatever its line ends and the white space around its lines."""
    lines = (line.strip() for line in _NEWLINE.split(text))
    plain = "\n".join(line for line in lines if line)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def _labels(text: str) -> list[tuple[str, list[tuple[int, int]]]]:
    """Return the digest of each label, and where its parts stand, in the order of the text."""
    labels: list[tuple[int, str, list[tuple[int, int]]]] = []
    for match in _BRACKETS.finditer(text):
        labels.append((match.start(), match[2], [match.span()]))
    for match in _BLOCK.finditer(text):
        mark = match[2]
        spans = [_with_newline(text, *match.span())]
        notice = re.compile(
            rf"<!-- erastyle-notice {mark} -->.{{0,3000}}?<!-- /erastyle-notice {mark} -->",
            re.DOTALL,
        )
        if shown := notice.search(text, match.end()):
            spans.append(_with_newline(text, *shown.span()))
        labels.append((match.start(), mark, spans))
    return [(mark, spans) for _, mark, spans in sorted(labels, key=lambda one: one[0])]


def _with_newline(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where an inserted block stands with its line end: behind it at the start of a text."""
    if start == 0:
        after = _NEWLINE.match(text, end)
        return start, after.end() if after else end
    if text.startswith("\r\n", start - 2):
        return start - 2, end
    return (start - 1 if text[start - 1] in "\r\n" else start), end


def _inserted(text: str, at: int, block: str) -> str:
    return f"{block}\n{text}" if at == 0 else f"{text[:at]}\n{block}{text[at:]}"


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in sorted(spans):
        parts.append(text[at : max(at, start)])
        at = max(at, end)
    return "".join([*parts, text[at:]])


def _places(text: str) -> dict[str, int]:
    """Return the offset behind the first body, head, html and doctype tag outside of comments."""
    places: dict[str, int] = {}
    last, at = text.rfind("-->"), 0
    while tag := _TAGS.search(text, at):
        if tag[1]:
            places.setdefault(tag[1].lower(), tag.end())
        at = text.find("-->", tag.end()) if not tag[1] and tag.end() <= last else tag.end()
    return places


def _ascii(words: str) -> str:
    """Return words that can stand in any page, text and comment: ASCII, without signs of markup."""
    dashes = words.replace("\u2013", "-").replace("\u2014", "-")
    plain = unicodedata.normalize("NFKD", dashes).encode("ascii", "ignore").decode()
    plain = re.sub(r"[<>\[\]&\x00-\x1f\x7f]", " ", plain).replace("erastyle-", "erastyle ")
    return _SPACE.sub(" ", re.sub(r"-{2,}", "-", plain)).strip()


def _manner(notice: Notice) -> str:
    return _ascii(notice.sentence)[:LONGEST].strip()


def _comment(words: str) -> str:
    return _ascii(words).rstrip("-")


def _paragraph(notice: Notice) -> str:
    said = escape(_manner(notice), quote=False)
    plain = escape(notice.plain, quote=False)
    return f"<P><STRONG>{said or plain}</STRONG>{f' {plain}' if said else ''}</P>"


def _shown(notice: Notice, mark: str) -> str:
    return f"<!-- erastyle-notice {mark} -->{_paragraph(notice)}<!-- /erastyle-notice {mark} -->"


def _block(notice: Notice, mark: str, paragraph: str = "") -> str:
    lines = [
        f"<!-- erastyle-label {notice.source_type} {mark}: {_comment(notice.plain)} -->",
        *_meta(notice),
        *filter(None, [paragraph]),
        f"<!-- /erastyle-label {mark} -->",
    ]
    return "\n".join(lines)


def _meta(notice: Notice) -> list[str]:
    from erastyle import __version__

    made_by = f"erastyle {__version__}"
    content: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        FIELD: uri(notice.source_type),
        "creditText": notice.plain,
        "creator": {
            "@type": "SoftwareApplication",
            "name": "erastyle",
            "softwareVersion": __version__,
        },
    }
    if notice.facts:
        content["additionalProperty"] = [
            {"@type": "PropertyValue", "name": name, "value": value}
            for name, value in notice.facts.items()
        ]
    plain = json.dumps(content, ensure_ascii=True)
    plain = plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("--", "-\\u002d")
    lines = [f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset={notice.charset}">']
    return [
        *(lines if notice.charset else []),
        f'<META NAME="generator" CONTENT="{made_by}">',
        f'<META NAME="{FIELD}" CONTENT="{uri(notice.source_type)}">',
        f'<script type="application/ld+json">{plain}</script>',
    ]


def _shows(page: str, notice: Notice) -> bool:
    """Say whether a browser shows the plain label of a page."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(page.replace("\0", " ")).body
    if body is None:
        return False
    for unshown in body.css("style, script, template, title, noscript, noframes, textarea"):
        unshown.decompose()
    return notice.plain in _SPACE.sub(" ", body.text(separator=" ") or "")
