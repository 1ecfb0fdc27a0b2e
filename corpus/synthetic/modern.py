"""Writes modern pages (2015-2024) on the topics and of the kinds of the period pages."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape

from erastyle.corpus.synthetic.authors import pick
from erastyle.corpus.synthetic.draft import Draft
from erastyle.corpus.synthetic.topics import voice

# Blocks of each kind of page: sections of the topic with a heading, or blocks that `_block` makes.
_BLOCKS: dict[str, tuple[str, ...]] = {
    "home": ("about", "start", "facts", "gear", "log"),
    "fan": ("facts", "start", "advice", "trouble", "qa"),
    "company": ("goods", "facts", "advice", "about"),
    "catalog": ("goods", "advice", "facts", "qa"),
    "faq": ("qa", "facts", "advice"),
    "club": ("facts", "events", "history", "opinions"),
    "course": ("weeks", "facts", "advice"),
    "lab": ("projects", "facts", "log"),
    "links": ("resources", "facts", "opinions"),
    "construction": ("start", "facts", "opinions"),
    "whatsnew": ("log", "trouble", "facts"),
    "shareware": ("features", "facts", "opinions", "qa"),
    "howto": ("steps", "advice", "trouble"),
    "history": ("history", "facts", "trip"),
    "travel": ("trip", "travel_more", "facts", "opinions"),
    "log": ("log", "trouble", "facts", "opinions"),
    "newsletter": ("family_news", "trouble", "trip"),
    "calendar": ("events", "facts", "advice"),
    "guestbook": ("guest", "facts", "start"),
    "review": ("gear", "facts", "advice", "trouble"),
}
_LISTED = ("advice", "gear", "log")
_COUNTS = {"facts": 3, "advice": 4, "gear": 4, "log": 3, "history": 2, "trip": 2, "trouble": 2}
_CLASSES = (
    ("container", "section", "card", "btn btn-primary", "hero"),
    ("wrapper max-w-4xl mx-auto", "py-12", "rounded shadow p-6", "cta-button", "hero-banner"),
    ("wp-block-group", "entry-content", "wp-block-column", "wp-block-button__link", "entry-header"),
    ("site-main", "content-block", "card-body", "button--primary", "page-hero"),
)
_LINK = re.compile(r"@@(.*?)@@")
_ICON = (
    '<svg class="icon" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z"/></svg>'
)


class _Markup:
    """Writes HTML5 with the class names of one theme."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        theme = int(draft.site.habits["date"]) % len(_CLASSES)
        self.wrap, self.section, self.card, self.button, self.hero = _CLASSES[theme]
        self.wordpress = theme == 2

    def text(self, text: str) -> str:
        mail = self.draft.slots["email"]
        return _LINK.sub(rf'<a href="mailto:{mail}">\1</a>', escape(text, quote=False))

    def paragraph(self, sentences: Sequence[str]) -> str:
        return f"<p>{self.text(' '.join(sentences))}</p>"

    def bullets(self, items: Sequence[str], tag: str = "ul") -> str:
        rows = "\n".join(f"  <li>{self.text(i)}</li>" for i in items)
        return f"<{tag}>\n{rows}\n</{tag}>"

    def cards(self, pairs: Sequence[tuple[str, str, str]]) -> str:
        return "\n".join(
            f'<div class="{self.card}">\n<h3>{self.text(name)}</h3>\n<p>{self.text(text)}</p>\n'
            f'<a class="{self.button}" href="#">{self.text(call)}</a>\n</div>'
            for name, text, call in pairs
        )

    def block(self, name: str, heading: str, body: str) -> str:
        anchor = re.sub(r"[^a-z]+", "-", heading.lower()).strip("-") or name
        return (
            f'<section id="{anchor}" class="{self.section}">\n<h2>{self.text(heading)}</h2>\n'
            f"{body}\n</section>"
        )


def page(draft: Draft, name: str) -> tuple[str, str]:
    """Return title and HTML of a page of the kind `name`.

    Args:
        draft: The page to write.
        name: Kind of the page.
    """
    _prepare(draft, name)
    markup = _Markup(draft)
    title = draft.line(f"title_{name}")
    blocks = [_block(draft, markup, block) for block in _BLOCKS[name]]
    return title, _frame(draft, markup, title, draft.say(f"hello_{name}", 1), blocks)


def _prepare(d: Draft, name: str) -> None:
    sections = d.site.topic.sections
    if name == "shareware":
        program, does, _ = sections["program"][0].split(" :: ")
        d.slots |= {"program": program, "does": does}
    elif name == "howto":
        make = sections["make"][0].split(" :: ")[0]
        d.slots |= {"make": make, "makelow": make[:1].lower() + make[1:]}
    elif name == "course":
        d.slots |= {"course": pick(d.rng, sections["course"]).split(" :: ")[0]}
    elif name == "lab":
        d.slots |= {"lab": sections["lab"][0].split(" :: ")[0]}
    company, club = d.site.role == "company", d.site.role == "club"
    d.slots["who"] = d.slots["company" if company else "club" if club else "name"]


def _pairs(d: Draft, section: str, count: int) -> list[list[str]]:
    return [[d.expand(p) for p in i.split(" :: ")] for i in d.deal(section, count)]


def _block(d: Draft, m: _Markup, name: str) -> str:
    voices = voice("modern")
    heading = d.line(f"head_{name}") if f"head_{name}" in voices else ""
    lead = d.say(f"lead_{name}") if f"lead_{name}" in voices else []
    if name in ("about", "travel_more", "family_news"):
        heading = {"about": "About", "travel_more": "Know Before You Go"}.get(name, "Life Lately")
        return m.block(name, heading, m.paragraph(d.say(name, 1 if name == "about" else 3)))
    if name == "guest":
        rows = [(pick(d.rng, voice("places")["first"]), t, "Reply") for t in d.say("guest", 4)]
        return m.block(name, "Comments", m.cards([(f"{n} ★★★★★", t, c) for n, t, c in rows]))
    if name == "qa":
        questions = "\n".join(
            f"<details>\n<summary>{m.text(q)}</summary>\n<p>{m.text(a)}</p>\n</details>"
            for q, a in _pairs(d, "qa", 4)
        )
        return m.block(name, heading, f"{m.paragraph(lead)}\n{questions}")
    if name == "goods":
        rows = [
            (n, f"{t}. ${int(int(p) * 1.8)}.99", "Add to cart") for n, t, p in _pairs(d, "goods", 3)
        ]
        return m.block(name, heading, m.paragraph(lead) + "\n" + m.cards(rows))
    if name == "events":
        events = [(n, f"{t}.", "Book your spot") for n, t in _pairs(d, "events", 3)]
        return m.block(name, heading, m.paragraph(lead) + "\n" + m.cards(events))
    if name in ("weeks", "projects", "features", "steps", "resources"):
        return _special(d, m, name)
    told = d.own(name, _COUNTS.get(name, 2))
    if name in _LISTED:
        return m.block(name, heading or "Highlights", m.paragraph(lead) + "\n" + m.bullets(told))
    return m.block(name, heading or "Why We Love It", m.paragraph([*lead, *told]))


def _special(d: Draft, m: _Markup, name: str) -> str:
    sections = d.site.topic.sections
    if name == "weeks":
        course = next(c for c in sections["course"] if c.startswith(d.slots["course"]))
        weeks = course.split(" :: ")[1].split("; ")
        modules = [f"Module {n}: {w[:1].upper()}{w[1:]}" for n, w in enumerate(weeks, 1)]
        return m.block(name, "What You'll Learn", m.bullets(modules))
    if name == "projects":
        return m.block(
            name, "Our Research", m.paragraph([d.expand(sections["lab"][0].split(" :: ")[1])])
        )
    if name == "features":
        features = sections["program"][0].split(" :: ")[2].split("; ")
        return m.block(name, "Features", m.bullets([f"✓ {d.expand(f)}" for f in features]))
    if name == "steps":
        first, *steps = sections["make"]
        needs = [d.expand(n) for n in first.split(" :: ")[1].split("; ")]
        body = f"<h3>Supplies</h3>\n{m.bullets(needs)}\n<h3>Instructions</h3>\n"
        return m.block(name, "Step by Step", body + m.bullets([d.expand(s) for s in steps], "ol"))
    names = [d.expand(i.split(" :: ")[0]) for i in d.deal("links", 4)]
    what = d.say("resources", len(names))
    rows = [f"{n} ({w}." for n, w in zip(names, what, strict=True)]
    return m.block(name, "Our Top Picks", m.bullets(rows))


def _frame(d: Draft, m: _Markup, title: str, hello: list[str], blocks: list[str]) -> str:
    who, base, rng = d.slots["who"], d.slots["base"], d.rng
    about = escape(d.line("meta"))
    menu = rng.sample(voice("modern")["nav"][1:], 4)
    nav = "\n".join(f'<li><a href="{base}{i.lower()}">{i}</a></li>' for i in menu)
    nav = f'<li><a href="{base}">Home</a></li>\n{nav}'
    data = {"@context": "https://schema.org", "@type": "WebPage", "name": title}
    head = [
        '<meta charset="utf-8">',
        f"<title>{escape(title, quote=False)}</title>",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="description" content="{about}">',
        f'<meta property="og:title" content="{escape(title)}">',
        f'<link rel="canonical" href="{base}">',
        '<link rel="stylesheet" href="/assets/css/main.min.css">',
        f'<script type="application/ld+json">{json.dumps(data)}</script>',
    ]
    if rng.random() < 0.5:
        head.append('<script async src="/assets/js/analytics.js"></script>')
    cookie = (
        f'<div class="cookie-banner" role="dialog"><p>{m.text(d.line("cookie"))}</p>'
        "<button>Accept all</button></div>"
    )
    signup = (
        f'<aside class="newsletter {m.card}">\n<p>{m.text(d.line("cta"))}</p>\n'
        '<form><label for="email">Email</label><input type="email" id="email" '
        'placeholder="you@company.example"><button type="submit">Subscribe</button></form>\n'
        "</aside>"
    )
    social = "\n".join(
        f'<a href="https://{s}.example/{d.slots["user"]}" aria-label="{s.title()}">{_ICON}</a>'
        for s in rng.sample(("facebook", "instagram", "twitter", "youtube", "linkedin"), 3)
    )
    day = f"{d.slots['month']} {d.date.day}, {d.date.year}"
    date = f'<time datetime="{d.date.isoformat()}">{day}</time>'
    parts = [
        f'<header class="site-header">\n<a class="logo" href="{base}">{m.text(who)}</a>\n'
        f'<nav aria-label="Main">\n<ul>\n{nav}\n</ul>\n</nav>\n</header>',
        f'<main class="{m.wrap}">\n<div class="{m.hero}">\n<h1>{m.text(title)}</h1>\n'
        f"{m.paragraph(hello)}\n"
        f'<a class="{m.button}" href="#">{d.line("button")}</a>\n'
        f'<span class="meta">{date} · {rng.randint(2, 9)} min read</span>\n</div>',
        *blocks,
        signup,
        "</main>",
        f'<footer class="site-footer">\n<div class="social">\n{social}\n</div>\n'
        f"<p>{m.text(d.line('contact'))}</p>\n<p><small>{m.text(d.line('legal'))}</small></p>\n</footer>",
    ]
    parts.insert(0 if rng.random() < 0.5 else len(parts), cookie)
    lines = "\n".join(head)
    body = "\n".join(parts)
    classes = ' class="wp-singular page-template-default"' if m.wordpress else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{lines}\n</head>\n'
        f"<body{classes}>\n{body}\n</body>\n</html>\n"
    )
