"""HTML as people wrote it: is it HTML, its title, charset, links, and the dialect it is in.

What is counted is counted in the source, not in a parsed tree: a parser adds the TBODY that nobody
wrote. Prose is in `erastyle.corpus.html.prose`, archive banners in
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

TITLE_CHARS = 200
COUNTED_CHARS = 500_000  # of a page; its dialect shows long before that

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
    r"<title\b[^>]{0,200}>(.{0,2000}?)(?:</title|<body|<h1|</head|<meta|<link)", re.I | re.S
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
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
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
    """What a page is written with.

    Attributes:
        elements: Start tags by lower-case element name.
        attributes: Uses by `element.attribute`, both lower case.
        doctype: What stands in the document type declaration, or empty.
        generator: The program that META GENERATOR or a comment names, or empty.
        last_modified: A date in META, as it stands, or empty.
        meta: META names (or HTTP-EQUIV) in lower case, and contents.
        upper_case: Share of start tags written in upper case.
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
    """A link of a page: where it leads, and the tag that holds it (a, img, frame, …)."""

    url: str
    element: str


def is_html(source: bytes | str, content_type: str = "") -> bool:
    """Say whether a document is HTML: by what it holds first, then by its declared type.

    A file that is declared HTML and holds no tag is text; a mail that quotes one tag is text too.

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
    """Return the charset that the page itself declares in its first 4,096 bytes, or None.

    >>> declared_charset(b'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=x-sjis">')
    'x-sjis'
    """
    head = raw[:4096]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    found = _META_CHARSET.search(head)
    return (found[1] or found[2]).decode("ascii").lower() if found else None


def charset_of(content_type: str) -> str | None:
    """Return the charset that an HTTP or mail Content-Type names, or None.

    >>> charset_of('text/html; charset="ISO-8859-1"'), charset_of("text/html")
    ('iso-8859-1', None)
    """
    found = re.search(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", content_type, re.IGNORECASE)
    return found[1].lower() if found else None


def title(html: str) -> str:
    """Return the TITLE, or else the first heading; one line of at most 200 characters, or empty.

    >>> title("<TITLE>Untitled Document</TITLE><H2>My <I>cats</I> &amp; I</H2>")
    'My cats & I'
    """
    head = html[:20_000]
    found = _TITLE.search(head)
    name = _inline(found[1]) if found else ""
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
    found = []
    for element, attributes in _tags(html):
        for key in ("href", "src", "background", "action"):
            url = attributes.get(key)
            if url and element != "base":
                found.append(Link(unescape(url).strip(), element))
    return found


def census(html: str) -> Markup:
    """Count the elements and attributes that the author wrote.

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
    found = _GENERATED.search(html[:4000])
    return found[1].strip(" -") if found else ""


def _visible(html: str) -> str:
    """Blank out comments and the content of scripts, where tags are not tags."""
    if "<!--" in html:
        html = _COMMENT.sub(" ", html)
    return _RAW.sub(r"\1", html)


def _tags(html: str) -> list[tuple[str, dict[str, str]]]:
    found = []
    for match in _START_TAG.finditer(_visible(html[:COUNTED_CHARS])):
        name, rest = (match[1], match[2]) if match[1] else (match[3], match[4])
        found.append((name.lower(), _attributes(rest)))
    return found


def _attributes(rest: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for key, double, single, bare in _ATTRIBUTE.findall(rest):
        values.setdefault(key.lower(), double or single or bare)
    return values
