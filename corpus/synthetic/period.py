"""Writes period pages: the level of their markup, their body and their signature."""

from __future__ import annotations

import datetime

from erastyle.corpus.synthetic.authors import MONTHS, write_date
from erastyle.corpus.synthetic.draft import Draft
from erastyle.corpus.synthetic.html_writer import Hand
from erastyle.corpus.synthetic.page_types import KINDS

NETSCAPE_1_0 = datetime.date(1994, 12, 15)
NETSCAPE_1_1 = datetime.date(1995, 4, 20)
_SIGNED_BY_A_PERSON = ("home", "fan", "links", "whatsnew", "log", "guestbook", "construction")


def level_on(date: datetime.date, plain: bool) -> str:
    """Return the markup level of an author on a day.

    Args:
        date: The day.
        plain: Whether the author uses HTML 2.0 alone.
    """
    if plain or date < NETSCAPE_1_0:
        return "html-2"
    return "netscape-1.0" if date < NETSCAPE_1_1 else "netscape-1.1"


def page(draft: Draft, name: str) -> tuple[str, str]:
    """Return title and HTML of a page of the kind `name`.

    Args:
        draft: The page to write.
        name: Kind of the page.
    """
    plain = draft.site.role == "academic" or draft.site.habits["sign"] == "email"
    hand = Hand(draft.site, level_on(draft.date, plain), draft.rng)
    title = KINDS[draft.site.role][name](draft, hand)
    _sign(draft, hand, name)
    return title, hand.page(title)


def _sign(d: Draft, h: Hand, name: str) -> None:
    habits = d.site.habits
    if name in _SIGNED_BY_A_PERSON and d.site.role in ("personal", "academic"):
        h.p((d.say("mail") if name != "guestbook" else []) + d.say("thanks"))
    if d.site.role == "personal" and d.chance(0.07) and name in ("home", "fan"):
        h.p(d.say("award"))
    if h.tables and d.chance(0.22) and d.site.role != "academic":
        visits = {"number": str(int(37 * 2 ** (d.rng.random() * 9)))}
        back = d.date - datetime.timedelta(days=d.rng.randint(20, 200))
        visits["countfrom"] = f"{MONTHS[back.month - 1]} {back.day}, {back.year}"
        h.p(d.say("counter", 1, **visits))
    if d.chance(0.18):
        h.p(d.say("browser94" if d.date < NETSCAPE_1_0 else "browser"))
    h.rule()
    if name != "home" and d.site.role != "company" and d.chance(0.5):
        h.add(h.link("index.html", h.text(d.line("line_end"))))
        h.add("<P>")
    written = write_date(d.date, int(habits["date"]), d.rng)
    updated = d.line("updated")
    updated = f"{updated} {written}" if updated.endswith(("on", ":")) else f"{updated}: {written}"
    who = d.slots["club"] if d.site.role == "club" else d.slots["name"]
    if d.site.role == "company":
        who = d.slots["company"]
    mail = h.link(f"mailto:{d.slots['email']}", d.slots["email"])
    match habits["sign"]:
        case "address":
            h.add(f"<ADDRESS>\n{h.text(who)}, {mail}<BR>\n{updated}\n</ADDRESS>")
        case "plain":
            small = h.netscape and habits["fancy"] == "yes"
            h.add(f"<FONT SIZE=-1>{updated}</FONT>" if small else f"<I>{updated}</I>")
        case "name":
            h.add(f"{h.text(who)} / {mail}<BR>\n{updated}")
        case _:
            h.add(f"<ADDRESS>{mail}</ADDRESS>\n{updated}")
    if d.chance(0.12):
        personal = d.site.role == "personal"
        h.add("<BR>" + h.text(d.line("copyright") if personal else f"(c) {d.slots['year']} {who}"))
