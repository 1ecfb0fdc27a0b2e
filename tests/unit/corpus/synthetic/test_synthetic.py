"""The synthetic source: dialect, determinism, variety, coherence."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import islice
from random import Random

import pytest

from erastyle.corpus.errors import ConfigError
from erastyle.corpus.sources.synthetic import records
from erastyle.corpus.synthetic.pages import SyntheticPage, pages
from erastyle.corpus.synthetic.templates import expand, parse
from erastyle.corpus.synthetic.topics import topics

# HTML 2.0 (RFC 1866, section 5) and what Netscape 1.0 and 1.1 added, with their attributes.
HTML_2 = {
    "html": "", "head": "", "title": "", "body": "", "h1": "", "h2": "", "h3": "", "h4": "",
    "p": "", "br": "", "hr": "", "a": "href name", "img": "src alt align", "ul": "compact",
    "ol": "compact", "li": "", "dl": "compact", "dt": "", "dd": "", "pre": "width", "b": "",
    "i": "", "em": "", "strong": "", "tt": "", "code": "", "address": "", "blockquote": "",
}  # fmt: skip
NETSCAPE_1_0 = {"center": "", "font": "size", "blink": "", "hr": "size width noshade align"}
NETSCAPE_1_1 = {
    "table": "border cellpadding cellspacing width", "tr": "align", "td": "align colspan",
    "th": "align colspan", "body": "background bgcolor text link vlink alink",
}  # fmt: skip


class Markup(HTMLParser):
    """Collects (element, attribute names) and the text outside tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def sample(count: int, seed: int = 7, kind: str = "period") -> list[SyntheticPage]:
    return list(islice(pages(seed, kind), count))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def period() -> list[SyntheticPage]:
    return [p for p in sample(430) if not p.messy]


def too_new(page: SyntheticPage) -> list[str]:
    allowed = {name: set(attributes.split()) for name, attributes in HTML_2.items()}
    extra = [NETSCAPE_1_0] if page.record.date >= "1994-12-15" else []
    extra += [NETSCAPE_1_1] if page.record.date >= "1995-04-20" else []
    for level in extra:
        for name, attributes in level.items():
            allowed.setdefault(name, set()).update(attributes.split())
    found = Markup(page.record.raw.decode("latin-1")).elements
    wrong = [name for name, _ in found if name not in allowed]
    return wrong + [
        f"{n} {a}" for n, names in found for a in names if n in allowed and a not in allowed[n]
    ]


def test_no_period_page_uses_markup_that_came_after_its_date(period):
    assert {p.record.source: bad for p in period if (bad := too_new(p))} == {}


def test_the_dialect_check_sees_later_markup():
    messy = [p for p in sample(600) if p.kind == "later"]
    assert messy
    assert all(too_new(p) for p in messy)


def test_later_netscape_markup_is_used_at_all(period):
    used = {name for p in period for name, _ in Markup(p.record.raw.decode("latin-1")).elements}
    assert {"table", "center", "font", "blink", "dl", "address", "pre"} <= used


def test_at_least_fourteen_kinds_occur(period):
    assert len({p.kind for p in period}) >= 14


def test_period_pages_are_dated_1994_to_1996_and_say_so_in_the_header(period):
    for page in period:
        record = page.record
        assert "1994-01-01" <= record.date <= "1996-12-31"
        assert record.captured >= record.date
        assert record.date[:4] in record.headers["last-modified"]
        assert record.origin == "synthetic"


def test_every_template_was_filled_in(period):
    for page in period:
        text = " ".join(Markup(page.record.raw.decode("latin-1")).words)
        assert not re.search(r"[{}|~]|@@|::", text), page.record.source


def test_lengths_are_those_of_home_pages(period):
    lengths = sorted(len(Markup(p.record.raw.decode("latin-1")).words) for p in period)
    assert lengths[len(lengths) // 50] >= 80
    assert lengths[-1] <= 520
    assert 120 <= lengths[len(lengths) // 2] <= 300


def shingles(page: SyntheticPage) -> set[tuple[str, ...]]:
    words = Markup(page.record.raw.decode("latin-1")).words
    return {tuple(words[i : i + 8]) for i in range(len(words) - 7)}


def test_pages_of_different_sites_are_not_near_copies(period):
    sets = [(p.record.site, shingles(p)) for p in period[:300]]
    worst = max(
        len(a & b) / len(a | b)
        for n, (site, a) in enumerate(sets)
        for other, b in sets[:n]
        if site != other
    )
    assert worst < 0.6


def test_addresses_are_unique_and_reserved():
    found = [r.source for r in records(900, 3)]
    assert len(set(found)) == len(found)
    assert all(".example/" in source for source in found)


def test_pages_of_one_site_share_author_and_address(period):
    by_site: dict[str, list[SyntheticPage]] = {}
    for page in period:
        by_site.setdefault(page.record.site, []).append(page)
    sizes = [len(p) for p in by_site.values()]
    assert max(sizes) <= 6
    assert sum(s > 1 for s in sizes) > len(sizes) / 2
    for group in by_site.values():
        assert len({p.topic for p in group}) == 1


def test_about_six_in_a_hundred_are_mess_of_every_sort():
    found = [p for p in sample(1500) if p.messy]
    assert 0.04 < len(found) / 1500 < 0.08
    kinds = {p.kind for p in found}
    assert kinds == {"error", "listing", "mirror", "near copy", "pictures", "later", "banner"}


def test_a_mirror_has_the_bytes_of_another_page():
    stream = sample(400)
    originals = {p.record.raw for p in stream if not p.messy}
    mirrors = [p for p in stream if p.kind == "mirror"]
    assert mirrors
    assert all(p.record.raw in originals for p in mirrors)


@pytest.mark.parametrize("bad", ["[a|b", "a]", "{a"])
def test_a_broken_template_names_itself(bad):
    with pytest.raises(ConfigError, match="Template"):
        expand(bad, Random(1), {})


def test_every_phrase_can_be_parsed():
    for topic in topics():
        for lines in topic.sections.values():
            for line in lines:
                assert parse(line)


def test_modern_pages_are_modern_in_markup_and_date():
    for page in sample(120, kind="modern"):
        html = page.record.raw.decode("utf-8")
        used = {name for name, _ in Markup(html).elements}
        assert {"section", "nav", "meta", "div", "svg", "footer"} <= used
        assert not used & {"font", "center", "blink"}
        assert "2015" <= page.record.date[:4] <= "2024"
        assert page.record.origin == "modern"
        assert not re.search(r"\[[a-z]+\||\{[a-z]+\}|@@| :: ", html), page.record.source


def test_modern_pages_have_the_kinds_and_topics_of_period_pages(period):
    modern = sample(400, kind="modern")
    assert {p.kind for p in modern} == {p.kind for p in period}
    assert {p.topic for p in modern} == {p.topic for p in period}
