"""Facts about HTML source: whether it is HTML, its title, charset, links, and counts of its markup.

Counts come from the source and not from a parsed tree, because a parser adds elements such as
TBODY. Prose is in `erastyle.corpus.html.prose`, archive banners in
`erastyle.corpus.html.archive_banners`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html import unescape

from erastyle.corpus.html.archive_banners import strip_banner as strip_banner
from erastyle.corpus.html.prose import Rendered as Rendered
from erastyle.corpus.html.prose import prose as prose
from erastyle.corpus.html.prose import render as render
from erastyle.corpus.html.tags import without_comments

TITLE_CHARS = 200
COUNTED_CHARS = 500_000  # characters counted of a page; more do not change its dialect

_HTML_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|title|body|h[1-6]|p|a\s|br|hr|ul|ol|li|dl|table|center|font"
    r"|pre|img\s|b>|i>|isindex|nextid|frameset)",
    re.IGNORECASE,
)
_META_CHARSET = re.compile(
    rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})"""
    rb"""|<\?xml[^>]{0,80}?encoding=["']([a-z0-9_.-]{2,40})""",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"<title\b[^>]{0,200}>(.{0,2000}?)(?:</?tit|<body|<h[1-6r]|</head|<meta|<link|<p\b|<center|<table)",
    re.I | re.S,
)
_HEADING = re.compile(
    r"<h([1-6])\b[^>]{0,500}>(.{0,2000}?)(?:</h\1|<h[1-6]|<p\b|<hr|<table)", re.I | re.S
)
_TAG = re.compile(r"<[^>]{0,2000}>?")
_START_TAG = re.compile(
    r"""<([a-z][a-z0-9]*)((?:\s+|[^\s"'>]+|"[^"]{0,1000}"|'[^']{0,1000}')*+)>"
    r"|<([a-z][a-z0-9]*)([^<>]{0,1000})>""",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"""([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""",
)
_RAW = re.compile(r"(<(script|style|xmp)\b[^>]*>).*?(?=</\2|\Z)", re.IGNORECASE | re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\s+([^>]{1,300})>", re.IGNORECASE)
_PLACEHOLDERS = frozenset(
    (
        "untitled",
        "untitled document",
        "untitled page",
        "no title",
        "new page",
        "new page 1",
        "title",
        "index",
        "page",
        "your title here",
        "untitled normal page",
        "home",
        "html document",
        "normal page",
        "blank",
    )
)


@dataclass(frozen=True, slots=True)
class Markup:
    """Counts of a page's markup, and its metadata.

    Attributes:
        elements: Number of start tags by lower-case element name.
        attributes: Number of uses by `element.attribute`, both lower case.
        doctype: Content of the document type declaration, or empty.
        generator: Program that META GENERATOR or a comment names, or empty.
        last_modified: Date in META, unchanged, or empty.
        meta: Contents of META by name (or HTTP-EQUIV) in lower case.
        upper_case: Share of start tags in upper case.
    """

    elements: dict[str, int] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)
    doctype: str = ""
    generator: str = ""
    last_modified: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    upper_case: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page: its address, and the element that holds it (a, img, frame, …)."""

    url: str
    element: str


def is_html(source: bytes | str, content_type: str = "") -> bool:
    """Say whether a document is HTML, by its content and its declared type.

    A file that is declared HTML and holds no tag is text; so is a mail that quotes one tag.

    Args:
        source: The document, decoded or not.
        content_type: Declared type, or empty.

    >>> is_html("<H1>Hi"), is_html("Use <p> between paragraphs."), is_html(b"", "text/html")
    (True, False, True)
    """
    head = source[:8192]
    if isinstance(head, bytes):
        head = head.decode("latin-1").replace("\0", "")
    stripped = head.lstrip("\ufeff\xef\xbb\xbf \t\r\n")
    declared = content_type.partition(";")[0].strip().lower()
    if declared in ("text/html", "application/xhtml+xml"):
        return not stripped or bool(_HTML_TAG.search(head))
    if re.match(r"<(?:!doctype\s+html|html|head|title|body|h1|!--)", stripped, re.IGNORECASE):
        return len(_HTML_TAG.findall(head)) >= 1
    tags = len(_HTML_TAG.findall(head))
    return tags >= 5 and tags * 400 >= len(head) and stripped.startswith("<")


def declared_charset(raw: bytes) -> str | None:
    """Return the charset that a page declares in its first 4,096 bytes, or None.

    >>> declared_charset(b'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=x-sjis">')
    'x-sjis'
    """
    head = raw[:4096]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    declaration = _META_CHARSET.search(head)
    return (declaration[1] or declaration[2]).decode("ascii").lower() if declaration else None


def charset_of(content_type: str) -> str | None:
    """Return the charset in an HTTP or mail Content-Type, or None.

    >>> charset_of('text/html; charset="ISO-8859-1"'), charset_of("text/html")
    ('iso-8859-1', None)
    """
    charset = re.search(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", content_type, re.IGNORECASE)
    return charset[1].lower() if charset else None


def title(html: str) -> str:
    """Return the TITLE or the first heading: one line of at most 200 characters, or empty.

    >>> title("<TITLE>Untitled Document</TITLE><H2>My <I>cats</I> &amp; I</H2>")
    'My cats & I'
    """
    head = html[:20_000]
    element = _TITLE.search(head)
    name = _inline(element[1]) if element else ""
    if len(name) > 1 and name.lower() not in _PLACEHOLDERS:
        return name
    for heading in _HEADING.finditer(head):
        text = _inline(heading[2])
        if len(text) > 1:
            return text
    return name if len(name) > 1 else ""


def _inline(html: str) -> str:
    text = " ".join(unescape(_TAG.sub(" ", html[:2000])).split())
    if len(text) <= TITLE_CHARS:
        return text
    return (
        text[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"
        if " " in text[:TITLE_CHARS]
        else text[:TITLE_CHARS]
    )


def links(html: str) -> list[Link]:
    """Return the links of a page in order: A, AREA, IMG, FRAME, LINK, BODY BACKGROUND, FORM."""
    targets = []
    for element, attributes in _tags(html):
        for key in ("href", "src", "background", "action"):
            url = attributes.get(key)
            if url and element != "base":
                targets.append(Link(unescape(url).strip(), element))
    return targets


def census(html: str) -> Markup:
    """Return counts of the elements and attributes in the source of a page.

    >>> page = census('<BODY BGCOLOR="#FFFFFF"><P>Hi<P>there')
    >>> page.elements, page.attributes, page.upper_case
    ({'body': 1, 'p': 2}, {'body.bgcolor': 1}, 1.0)
    """
    elements: Counter[str] = Counter()
    used: Counter[str] = Counter()
    meta: dict[str, str] = {}
    upper = total = 0
    for match in _START_TAG.finditer(_visible(html[:COUNTED_CHARS])):
        written = match[1] or match[3]
        name = written.lower()
        total += 1
        upper += written.isupper()
        elements[name] += 1
        rest = match[2] if match[1] else match[4]
        if not rest or rest.isspace():
            continue
        values = _attributes(rest)
        for key in values:
            used[f"{name}.{key}"] += 1
        if name == "meta":
            label = values.get("name") or values.get("http-equiv") or values.get("property") or ""
            if label:
                meta.setdefault(label.lower(), unescape(values.get("content", "")).strip()[:300])
    doctype = _DOCTYPE.search(html[:2000])
    return Markup(
        elements=dict(sorted(elements.items())),
        attributes=dict(sorted(used.items())),
        doctype=" ".join(doctype[1].split()) if doctype else "",
        generator=meta.get("generator", "") or _commented_generator(html),
        last_modified=meta.get("last-modified") or meta.get("date") or meta.get("dc.date", ""),
        meta=meta,
        upper_case=upper / total if total else 0.0,
    )


_GENERATED = re.compile(
    r"<!(?:--)?\s*(?:this (?:document|page|file) was )?"
    r"((?:converted (?:with|by|from)|generated by|created (?:with|by)|produced by)[^<>\n]{3,120})",
    re.IGNORECASE,
)


def _commented_generator(html: str) -> str:
    comment = _GENERATED.search(html[:4000])
    return comment[1].strip(" -") if comment else ""


def _visible(html: str) -> str:
    """Return `html` without comments and the content of scripts."""
    return _RAW.sub(r"\1", without_comments(html, " "))


def _tags(html: str) -> list[tuple[str, dict[str, str]]]:
    start_tags = []
    for match in _START_TAG.finditer(_visible(html[:COUNTED_CHARS])):
        name, rest = (match[1], match[2]) if match[1] else (match[3], match[4])
        start_tags.append((name.lower(), _attributes(rest)))
    return start_tags


def _attributes(rest: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, double, single, bare in _ATTRIBUTE.findall(rest):
        values.setdefault(key.lower(), double or single or bare)
    return values
