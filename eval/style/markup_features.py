"""Hashed features of markup: tags, attributes, their order, and how they are typed."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from erastyle.eval.style.hashed_rows import TOKEN_BITS, Row, token_row

MARKUP_COLUMNS = 1 << TOKEN_BITS
MAX_TAGS = 500
"""Tags that are read, from the start."""
MAX_MARKUP = 80_000
"""Characters of HTML that are searched for tags."""

_HIDDEN = re.compile(r"(<(script|style)\b[^>]{0,500}>).{0,100000}?</\2\s*>", re.I | re.S)
_TAG = re.compile(
    r"<(/?[A-Za-z][A-Za-z0-9:_-]{0,30})((?:[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}')*)>"
)
_ATTRIBUTE = re.compile(
    r"([A-Za-z_:@][\w:.\-@]{0,40})\s{0,4}(?:=\s{0,4}(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?"
)
_DOCTYPE = re.compile(r"<!doctype\b([^>]{0,300})>", re.I)
_ENTITY = re.compile(r"&(#x|#|)[A-Za-z0-9]{1,10};?")
_FILE = re.compile(
    r"\.(gif|jpe?g|xbm|png|svg|webp|avif|ico|html?|shtml|cgi|pl|php|aspx?|css|js|json|xml|txt|"
    r"zip|g?z|tar|lha|lzx|ps|pdf|wav|au|mid|mpe?g|mov|avi|mp3|mp4|webm|map)(?:[?#]|$)",
    re.I,
)
_NAMED = frozenset(
    tuple(pair.split())
    for pair in (
        "meta name/meta property/meta http-equiv/link rel/link rev/a rel/a rev/a target/"
        "input type/form method/script type/script language"
    ).split("/")
)
"""Elements and attributes whose value is a feature as written."""
_QUOTES = "\"'"
_SCHEMES = ("https:", "http:", "mailto:", "ftp:", "gopher:", "news:", "javascript:", "data:")


@lru_cache(maxsize=1 << 12)
def _value_kind(value: str) -> str:
    value = value.strip().lower()
    if not value:
        return "empty"
    for scheme in _SCHEMES:
        if value.startswith(scheme):
            return scheme
    if value.startswith("//"):
        return "//"
    if value[0] == "#":
        return "colour" if re.fullmatch(r"#[0-9a-f]{3,8}", value) else "anchor"
    if ending := _FILE.search(value):
        return f".{ending.group(1)}"
    if re.fullmatch(r"[+-]?\d+(?:px|%)?", value):
        return "percent" if value[-1] == "%" else "signed" if value[0] in "+-" else "number"
    if re.fullmatch(r"[a-z]{1,12}", value):
        return value
    return "spaces" if " " in value else "path" if "/" in value else "other"


@lru_cache(maxsize=1 << 10)
def _case(name: str) -> str:
    return "upper" if name.isupper() else "lower" if name.islower() else "mixed"


def _doctype(text: str) -> str:
    declaration = _DOCTYPE.search(text, 0, 4_000)
    if not declaration:
        return "none"
    named = declaration.group(1).lower()
    level = re.search(r"x?html(?: 5|//|\s*$| *level| *\d?(?:\.\d+)?)", named.strip())
    digits = re.search(r"html (\d\.\d)", named)
    return digits.group(1) if digits else level.group() if level else "other"


def markup_row(body: str) -> Row:
    """Return columns and values of the markup features: 1 + log(count) of each."""
    return token_row(markup_tokens(body))


def markup_tokens(body: str) -> Counter[str]:
    """Return tags, pairs and triples of tags, attributes, how they are typed, and the structure.

    >>> sorted(t for t in markup_tokens("<H1>Hi</H1>") if t.startswith("tag"))
    ['tag:/h1', 'tag:h1']
    >>> markup_tokens("<H1>Hi</H1>")["case:upper"]
    2
    """
    body = body[:MAX_MARKUP]
    tokens = [f"doctype:{_doctype(body)}"]
    tokens += ["comment"] * body.count("<!--")
    shown = _HIDDEN.sub(r"\1</\2>", body)
    one, two = "^", "^"
    opened: Counter[str] = Counter()
    for match in islice(_TAG.finditer(shown), MAX_TAGS):
        typed, rest = match.group(1), match.group(2)
        name = typed.lower()
        opened[name] += 1
        tokens.append(f"tag:{name}")
        tokens.append(f"two:{one} {name}")
        tokens.append(f"three:{two} {one} {name}")
        tokens.append(f"case:{_case(typed.lstrip('/'))}")
        two, one = one, name
        if rest and name[0] != "/":
            if rest.rstrip().endswith("/"):
                tokens.append("empty element closed")
            tokens += _attribute_tokens(name, rest)
    for match in islice(_ENTITY.finditer(shown), 300):
        tokens.append(f"entity:{html.unescape(match.group())[:2]} {match.group(1)}")
    for name in ("p", "li", "td", "tr", "dt", "dd", "option"):
        if opened[name]:
            share = opened[f"/{name}"] / opened[name]
            tokens.append(
                f"closed:{name} {'all' if share > 0.9 else 'some' if share > 0.1 else 'none'}"
            )
    for name in ("html", "head", "body", "title"):
        tokens.append(f"structure:{name} {'yes' if opened[name] else 'no'}")
    return Counter(tokens)


def _attribute_tokens(name: str, attributes: str) -> Iterator[str]:
    """Yield the features of the first 20 attributes of an element."""
    for match in islice(_ATTRIBUTE.finditer(attributes), 20):
        key, value = match.group(1).lower(), match.group(2)
        if key.startswith("data-"):
            key = "data-*"
        elif key.startswith("aria-"):
            key = "aria-*"
        yield f"attribute:{name} {key}"
        yield f"attribute case:{_case(match.group(1))}"
        if value is None:
            yield "value:none"
            continue
        yield f"quote:{value[0] if value[0] in _QUOTES else 'bare'}"
        bare = value.strip(_QUOTES)
        if (name, key) in _NAMED:
            yield f"named:{name} {key} {bare.lower()[:30]}"
        else:
            yield f"value:{key} {_value_kind(bare[:200])}"
