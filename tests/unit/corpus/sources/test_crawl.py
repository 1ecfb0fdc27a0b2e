"""A small crawl of a server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from erastyle.corpus.errors import ConfigError, ForbiddenError, SourceError
from erastyle.corpus.record import Record, Skipped, Unreadable
from erastyle.corpus.sources.base import Item
from erastyle.corpus.sources.online.crawl import WebSource
from erastyle.corpus.sources.registry import open_source
from tests.fake_server import LocalServer, Reply, serve

pytest.importorskip("protego")

PAGES = {
    "/m/": b"<HTML><A HREF=a.html>a</A> <A HREF='b.html#x'>b</A> <A HREF=/other/>o</A>"
    b"<A HREF='http://elsewhere.example/'>e</A> <A HREF='mailto:a@b.example'>m</A>"
    b"<A HREF='pic.gif'>p</A> <A HREF='http://[bad'>w</A></HTML>",
    "/m/a.html": b"<HTML>A. <A HREF=secret/x.html>x</A> <A HREF=.>up</A></HTML>",
    "/m/b.html": b"<HTML>B. <A HREF=c.html>c</A></HTML>",
    "/m/c.html": b"<HTML>C. <A HREF=gone.html>g</A></HTML>",
}


@pytest.fixture
def site() -> Iterator[LocalServer]:
    def answer(path: str, _body: bytes) -> Reply:
        if path == "/robots.txt":
            return Reply(b"User-agent: *\nDisallow: /m/secret/\nCrawl-delay: 20\n")
        if path in PAGES:
            return Reply(PAGES[path], content_type="text/html")
        return Reply(b"none", 404)

    with serve(LocalServer(answer)) as server:
        yield server


def opened(site: LocalServer, cache: Path, start: str = "/m/", **more: str) -> WebSource:
    options = {"cache": str(cache), "contact": "a@b.example", **more}
    query = "&".join(f"{name}={value}" for name, value in options.items())
    source = open_source(f"web:{site.base}{start}?{query}")
    assert isinstance(source, WebSource)
    source.clock = site.clock
    return source


def names(site: LocalServer, items: list[Item]) -> list[str]:
    return [i.source.removeprefix(site.base) for i in items if isinstance(i, Record)]


def test_pages_below_the_first_are_read_nearest_first(site: LocalServer, tmp_path: Path) -> None:
    items = list(opened(site, tmp_path).read())
    assert names(site, items) == ["/m/", "/m/a.html", "/m/b.html", "/m/c.html"]
    assert [(i.reason, i.detail) for i in items if isinstance(i, Skipped)] == [
        ("robots.txt forbids", ""), ("http status", "404"),
    ]  # fmt: skip
    assert site.asked[0] == "/robots.txt"
    assert not site.count("secret")
    assert not site.count("other")
    pages = site.when[1:]
    assert all(b - a >= 19.9 for a, b in zip(pages, pages[1:], strict=False))  # noqa: RUF007


def test_nothing_is_asked_twice(site: LocalServer, tmp_path: Path) -> None:
    reading = opened(site, tmp_path).read()
    before = [next(reading), next(reading)]
    reading.close()
    items = list(opened(site, tmp_path).read())
    assert items[:2] == before
    assert site.count("/m/") == 5
    assert list(opened(site, tmp_path).read()) == items
    assert site.count("/m/") == 5
    assert str(opened(site, tmp_path).forecast()).startswith("no requests")


def test_no_more_pages_than_asked_for(site: LocalServer, tmp_path: Path) -> None:
    assert len(list(opened(site, tmp_path, pages="2").read())) == 2
    assert site.count("/m/") == 2


def test_a_first_page_that_is_forbidden_is_refused(site: LocalServer, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenError, match="forbids"):
        list(opened(site, tmp_path, "/m/secret/").read())
    assert site.asked == ["/robots.txt"]


def test_rules_that_cannot_be_read_forbid_everything(site: LocalServer, tmp_path: Path) -> None:
    site.faults["/robots.txt"] = [Reply(status=503)] * 4
    with pytest.raises(SourceError, match="so no page is read"):
        list(opened(site, tmp_path).read())
    assert not site.count("/m/")


def test_rules_that_are_not_there_forbid_nothing(site: LocalServer, tmp_path: Path) -> None:
    site.faults["/robots.txt"] = [Reply(status=404)]
    items = list(opened(site, tmp_path).read())
    assert site.count("secret") == 1
    assert len(names(site, items)) == 4


@pytest.mark.parametrize(
    "rules", [b"\x00\xff" * 500, b"User-agent: *\nCrawl-delay: x\n", b"User-agent:" * 9000]
)
def test_rules_that_are_rubbish_are_survived(
    site: LocalServer, tmp_path: Path, rules: bytes
) -> None:
    site.faults["/robots.txt"] = [Reply(rules)]
    assert len(names(site, list(opened(site, tmp_path).read()))) == 4


def test_endless_redirects_cost_one_page(site: LocalServer, tmp_path: Path) -> None:
    site.faults["/m/a.html"] = [Reply(status=302, location="/m/a.html")]
    items = list(opened(site, tmp_path).read())
    (bad,) = [i for i in items if isinstance(i, Unreadable)]
    assert "in a circle" in bad.error


def test_a_page_of_a_hundred_thousand_links_is_bounded(site: LocalServer, tmp_path: Path) -> None:
    many = b"".join(b"<A HREF=x%d.html>x</A>" % n for n in range(100_000))
    site.faults["/m/a.html"] = [Reply(many, content_type="text/html")]
    assert len(list(opened(site, tmp_path, pages="5").read())) == 5


@pytest.mark.parametrize("where", ["foo.edu", "ftp://foo.edu/", "file:///etc/passwd", "http://"])
def test_what_is_no_address_is_refused(where: str) -> None:
    with pytest.raises(ConfigError, match="write an address"):
        open_source(f"web:{where}?contact=a@b.example")
