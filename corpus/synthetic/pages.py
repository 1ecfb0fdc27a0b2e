"""Generates the stream of pages: sites that grow side by side, one page at a time."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from erastyle.corpus.record import Record
from erastyle.corpus.synthetic import crawl_noise, modern, period
from erastyle.corpus.synthetic.authors import DAYS, Kind, Site, make_site, pick
from erastyle.corpus.synthetic.draft import Draft
from erastyle.corpus.synthetic.page_types import KINDS

LICENCE = "Apache-2.0 (generated)"
MESS_SHARE = 0.06
_GROWING = 12  # sites that grow at the same time
_SERVERS = (
    (datetime.date(1995, 8, 10), ("NCSA/1.3", "CERN/3.0", "Netscape-Communications/1.1")),
    (datetime.date(1995, 12, 5), ("NCSA/1.4.2", "Apache/0.8.14", "CERN/3.0")),
    (datetime.date(1997, 1, 1), ("Apache/1.0.3", "NCSA/1.5", "Netscape-Commerce/1.12")),
)


@dataclass(frozen=True, slots=True)
class SyntheticPage:
    """A generated page and its properties.

    Attributes:
        record: Record that the source yields.
        kind: Kind of the page (`home`, `faq`, …) or of the noise.
        messy: Whether it is noise, which cleaning drops or repairs.
        topic: Key of its topic, or empty.
    """

    record: Record
    kind: str
    messy: bool
    topic: str


def pages(seed: int, kind: Kind) -> Iterator[SyntheticPage]:
    """Yield an endless stream of pages, which depends on `seed` and `kind` alone."""
    rng = Random(f"erastyle {kind} {seed}")  # noqa: S311 - repeatable, not secret
    growing: list[tuple[Site, list[str]]] = []
    recent: list[SyntheticPage] = []
    sites = number = 0
    while True:
        number += 1
        if kind == "period" and recent and rng.random() < MESS_SHARE:
            record, what = crawl_noise.make(rng, pick(rng, recent).record, number)
            yield SyntheticPage(record, what, True, "")
            continue
        while len(growing) < _GROWING:
            sites += 1
            site = make_site(rng, kind, sites)
            growing.append((site, _plan(rng, site)))
        which = int(rng.random() * len(growing))
        site, planned = growing[which]
        made = _page(rng, site, planned.pop(0))
        if not planned:
            growing.pop(which)
        recent = [*recent[-39:], made]
        yield made


def _plan(rng: Random, site: Site) -> list[str]:
    """Return the kinds of a site's two to six pages, the front page first."""
    every = list(KINDS[site.role])
    front, rest = every[0], every[1:]
    if site.role == "academic":
        front = pick(rng, ("course", "lab", "home"))
        rest = [name for name in every if name != front]
    count = min(len(rest), pick(rng, (1, 2, 2, 3, 3, 4, 5)))
    return [front, *rng.sample(rest, count)]


def _page(rng: Random, site: Site, name: str) -> SyntheticPage:
    first, last = DAYS[site.kind]
    span = datetime.timedelta(days=int(60 * rng.random()))
    date = min(site.date + span, last)
    site.date = max(date, first)
    own = Random(rng.getrandbits(64))  # noqa: S311 - repeatable, not secret
    draft = Draft(site, own, date)
    title, html = (period if site.kind == "period" else modern).page(draft, name)
    path = "" if not site.made and rng.random() < 0.5 else f"{_file(rng, name, site)}"
    site.made.append(name)
    seen = date + datetime.timedelta(days=rng.randint(2, 400 if date.year < 1996 else 90))
    record = Record(
        source=site.base + path,
        raw=html.encode("utf-8")
        if site.kind == "modern"
        else html.encode("latin-1", "xmlcharrefreplace"),
        site=site.name,
        content_type=_content_type(rng, site.kind),
        headers=_headers(rng, site.kind, date),
        captured=seen.isoformat(),
        licence=LICENCE,
        origin="synthetic" if site.kind == "period" else "modern",
        date=date.isoformat(),
        title=title,
    )
    return SyntheticPage(record, name, False, site.topic.key)


def _file(rng: Random, name: str, site: Site) -> str:
    if not site.made:
        return pick(rng, ("index.html", "main.html", "welcome.html"))
    ending = "htm" if rng.random() < 0.15 else "html"
    return f"{pick(rng, (name, name, site.topic.key + '-' + name))}.{ending}"


def _content_type(rng: Random, kind: Kind) -> str:
    if kind == "modern":
        return "text/html; charset=utf-8"
    return "text/html; charset=iso-8859-1" if rng.random() < 0.08 else "text/html"


def _headers(rng: Random, kind: Kind, date: datetime.date) -> dict[str, str]:
    if kind == "modern":
        return {
            "last-modified": crawl_noise.http_date(date, rng),
            "server": pick(rng, ("nginx", "Apache")),
        }
    servers = next(names for until, names in _SERVERS if date < until)
    return {"last-modified": crawl_noise.http_date(date, rng), "server": pick(rng, servers)}
