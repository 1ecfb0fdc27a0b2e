"""One definition of a tag gives what the patterns gave that each module had of its own."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from erastyle.corpus.chronology import markup_history
from erastyle.corpus.html import tags
from erastyle.corpus.sources import registry
from erastyle.corpus.synthetic.pages import pages

PIECES = [
    "<P>",
    "</P>",
    "<B>",
    "</B>",
    "<A HREF=x>",
    '<A HREF="a>b">',
    "<IMG SRC=x ALT='<'>",
    "<BR/>",
    "<!-- a -->",
    "<!--",
    "-->",
    "<!-->",
    "<!DOCTYPE HTML>",
    "<!",
    "<?php x ?>",
    "<script>",
    "</script >",
    "<STYLE TYPE=text/css>",
    "</style>",
    "<script",
    "<label for=q>",
    "<div data-id=3 class=a>",
    "</ B>",
    "<",
    ">",
    "< 3 >",
    "<>",
    "<1@a.b>",
    "</",
    "/>",
    " ",
    "\n",
    "word",
    "&lt;",
    "-",
    "=",
    '"',
    "'",
    "<table\nborder>",
]
HTML = st.lists(st.sampled_from(PIECES) | st.text("<>!-/ab \"'", max_size=4), max_size=25).map(
    "".join
)
ATTRIBUTE = re.compile(r"""([A-Za-z][\w:.-]*)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
LONG = "<A " + "x" * 3999 + ">"


def check(html: str) -> None:
    comment = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
    assert tags.without_comments(html) == comment.sub("", html)
    assert tags.without_comments(html, " ") == comment.sub(" ", html)
    assert tags.strip(html, " ") == re.sub(r"<[^>]*>", " ", html)
    assert [tuple(tag) for tag in tags.start_tags(html)] == own_start_tags(html)
    assert markup_history.newest(html) == own_newest(html)
    seen = tags.visible(html)
    assert len(seen) == len(html)
    assert all(a == b or a == " " for a, b in zip(seen, html, strict=True))


def own_start_tags(html: str) -> list[tuple[int, str, str, int]]:
    spans = own_comments(html)
    pattern = re.compile(r"<([A-Za-z][A-Za-z0-9]{0,20})((?:\s[^<>]{0,4000})?)/?>")
    return [
        (m.start(), m[1].lower(), m[2], m.start(2))
        for m in pattern.finditer(html)
        if not any(start <= m.start() < end for start, end in spans)
    ]


def own_comments(html: str) -> list[tuple[int, int]]:
    # The shortest comment is `<!---->`: its end is looked for behind its beginning.
    return [m.span() for m in re.finditer(r"<!--.*?-->", html, re.DOTALL)]


def own_newest(html: str) -> markup_history.Feature | None:
    html = re.sub(r"<!--.*?-->", " ", html, flags=re.DOTALL)
    dated = []
    for _, name, attributes, _ in own_start_tags(html):
        for attribute in ("", *ATTRIBUTE.findall(attributes)):
            feature = markup_history.feature(name, attribute.lower())
            dated += [feature] if feature else []
    return max(dated, key=lambda feature: feature.first_year, default=None)


@settings(deadline=None, max_examples=400)
@example(LONG)
@example(LONG + "y")
@example("<A " + "x" * 4100 + "><B>")
@example("<A <!-- x --> HREF=y><label>")
@example("<!--><label>--><frameset>")
@given(HTML)
def test_on_any_text_the_tags_are_those_of_the_single_patterns(html):
    check(html)


def test_on_generated_pages_the_tags_are_those_of_the_single_patterns():
    for kind in ("period", "modern"):
        for page in islice(pages(7, kind), 60):
            check(page.record.raw.decode("utf-8", "replace"))


def test_on_real_pages_the_tags_are_those_of_the_single_patterns(shared_data: Path):
    source = registry.open_source(str(shared_data / "web1990s.warc.gz"))
    for record in islice(source.read(), 300):
        raw = getattr(record, "raw", b"")
        check(raw[:60_000].decode("latin-1"))
