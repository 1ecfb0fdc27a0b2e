"""Generates sites: their authors, addresses, typing habits and dates."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeVar

from erastyle.corpus.synthetic.templates import expand
from erastyle.corpus.synthetic.topics import Topic, topics, voice

Kind = Literal["period", "modern"]
Role = Literal["personal", "company", "club", "academic"]
ItemT = TypeVar("ItemT")

DAYS: dict[Kind, tuple[datetime.date, datetime.date]] = {
    "period": (datetime.date(1994, 3, 1), datetime.date(1996, 12, 20)),
    "modern": (datetime.date(2015, 1, 10), datetime.date(2024, 11, 30)),
}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
SEASONS = [
    "winter",
    "winter",
    "spring",
    "spring",
    "spring",
    "summer",
    "summer",
    "summer",
    "fall",
    "fall",
    "fall",
    "winter",
]
_WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_NUMBERS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]


def pick(rng: Random, items: tuple[ItemT, ...] | list[ItemT]) -> ItemT:
    """Return one item with equal probability, faster than `Random.choice`."""
    return items[int(rng.random() * len(items))]


@dataclass(slots=True)
class Site:
    """The site of a person, club or company.

    Attributes:
        kind: `period` or `modern`.
        role: Kind of its owner.
        topic: Topic of its pages.
        host: Host name under `.example`.
        base: URL of its folder, with a final slash.
        slots: Words that are the same on all its pages.
        habits: Typing habits of its author: `case`, `paragraph`, `wrap`, …
        british: Whether its spelling is British.
        date: Date of its newest page so far.
        decks: Unused phrases by section, so that its pages do not repeat each other.
        made: Kinds of the pages so far.
    """

    kind: Kind
    role: Role
    topic: Topic
    host: str
    base: str
    slots: dict[str, str]
    habits: dict[str, str]
    british: bool
    date: datetime.date
    decks: dict[str, list[str]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the site for a split: the host, with the user if there is one."""
        return self.base.split("//")[1].rstrip("/")


def _number(value: int) -> str:
    return _NUMBERS[value - 2] if 2 <= value <= 12 else str(value)


def make_site(rng: Random, kind: Kind, number: int) -> Site:
    """Return a new site.

    Args:
        rng: Random generator.
        kind: `period` or `modern`.
        number: Number of the site, which makes its address unique.
    """
    places = voice("places")
    topic = pick(rng, topics())
    role = _role(rng, topic)
    first, last = pick(rng, places["first"]), pick(rng, places["last"])
    friends = [n for n in rng.sample(places["first"], 4) if n != first]
    town = pick(rng, places["town-start"]) + pick(rng, places["town-end"])
    state, short, spelling = pick(rng, places["region"]).split(" :: ")
    job, about_job = pick(rng, places["job"]).split(" :: ")
    start, end = DAYS[kind]
    date = start + datetime.timedelta(days=int((end - start).days * 0.94 * rng.random() ** 0.7))
    years = rng.randint(3, 22)
    others = rng.sample(places["place"], 2)
    user = _user(rng, first, last)
    slots = topic.words | {
        "first": first,
        "last": last,
        "name": f"{first} {last}",
        "topic": topic.words["name"],
        "Topic": topic.words["name"].title(),
        "Things": topic.words["things"].title(),
        "People": topic.words["people"].title(),
        "friend": friends[0],
        "friend2": friends[1],
        "last2": pick(rng, [n for n in places["last"] if n != last]),
        "child": friends[2],
        "town": town,
        "state": state,
        "st": short,
        "county": f"{pick(rng, places['town-start'])}{pick(rng, places['town-end'])} County"
        if spelling == "us"
        else state,
        "place": others[0],
        "place2": others[1],
        "street": f"{rng.randint(11, 980)} {pick(rng, places['street'])}",
        "founded": str(rng.randint(1921, 1989)),
        "age": str(years + rng.randint(19, 40)),
        "childage": str(rng.randint(5, 14)),
        "cents": pick(rng, ("00", "95", "50", "00")),
        "box": str(rng.randint(14, 990)),
        "phone": f"555-01{rng.randint(0, 99):02d}",
        "job": job,
        "about_job": about_job,
        "spouse": pick(rng, ("my wife", "my husband", "my better half", "my sister", "my brother")),
        "dog": pick(rng, ("Biscuit", "Max", "Pepper", "Tibbs", "Sadie", "Otto", "Fergus")),
        "years": _number(years),
        "since": str(date.year - years),
        "company": f"{pick(rng, (last, last, town))} {pick(rng, places['company-word'])}",
        "college": f"{town} {pick(rng, places['college'])}",
        "club": f"{town} {topic.words['Title']} {pick(rng, ('Club', 'Society', 'Association'))}",
        "meet": pick(rng, ("first Tuesday", "second Thursday", "third Monday", "last Wednesday")),
        "members": str(rng.randint(14, 120)),
    }
    if role == "academic":
        slots["job"], slots["about_job"] = "college teacher", "I teach at {college}."
    host, base = _address(rng, kind, role, slots, user, number)
    slots["about_job"] = expand(slots["about_job"], rng, slots)
    slots |= {"user": user, "email": _email(role, host, base, user), "host": host, "base": base}
    return Site(kind, role, topic, host, base, slots, _habits(rng), spelling == "uk", date)


def _role(rng: Random, topic: Topic) -> Role:
    chance = rng.random()
    if topic.academic and chance > 0.6:
        return "academic"
    return "personal" if chance < 0.6 else "company" if chance < 0.79 else "club"


def _user(rng: Random, first: str, last: str) -> str:
    plain = last.lower().replace("-", "").replace("'", "")
    return pick(
        rng, (first[0].lower() + plain[:7], first.lower(), plain[:8], f"{first.lower()}{plain[0]}")
    )


def _address(
    rng: Random, kind: Kind, role: Role, slots: dict[str, str], user: str, number: int
) -> tuple[str, str]:
    town = slots["town"].lower()
    word = slots["topic"].split()[-1]
    scheme = "http" if kind == "period" else "https"
    if role == "academic":
        dept = pick(rng, ("www", "www.sci", "ada", "gauss", "web", "newton"))
        host = f"{dept}.{town}-{number}.example"
        return host, f"{scheme}://{host}/~{user}/"
    if role == "personal" and kind == "period":
        service = pick(rng, ("net", "access", "online", "link", "port"))
        host = f"www.{town}-{service}{number}.example"
        folder = pick(rng, (f"~{user}", f"users/{user}", f"~{user}", f"people/{user}"))
        return host, f"{scheme}://{host}/{folder}/"
    stem = {
        "company": "".join(c for c in slots["company"].lower() if c.isalnum()),
        "club": "".join(w[0] for w in slots["club"].lower().split()) + "-" + town,
    }.get(role, f"{slots['first'].lower()}-{word}")
    host = f"www.{stem}{number}.example"
    return host, f"{scheme}://{host}/"


def _email(role: Role, host: str, base: str, user: str) -> str:
    domain = host.removeprefix("www.")
    if role == "company":
        return f"info@{domain}"
    return f"{user}@{domain}" if role != "club" or "~" in base else f"secretary@{domain}"


def _habits(rng: Random) -> dict[str, str]:
    return {
        "case": pick(rng, ("upper", "upper", "lower", "lower", "mixed", "upper")),
        "paragraph": pick(rng, ("open", "open", "closed", "separator", "closed", "open")),
        "item": pick(rng, ("open", "open", "closed")),
        "wrap": pick(rng, ("0", "72", "72", "66", "78")),
        "emphasis": pick(rng, ("B", "I", "EM", "STRONG", "I")),
        "skeleton": pick(rng, ("full", "full", "full", "no head", "bare")),
        "doctype": pick(rng, ("", "", "", '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">')),
        "spaces": pick(rng, ("1", "1", "2")),
        "background": pick(rng, ("#FFFFFF", "#ffffff", "#C0C0C0", "#FFFFCC", "#000000", "#CCFFFF")),
        "rule": pick(
            rng, ("<HR>", "<HR>", "<HR SIZE=4>", "<HR WIDTH=50%>", '<IMG SRC="{line}" ALT="-----">')
        ),
        "date": str(rng.randint(0, 7)),
        "sign": pick(rng, ("address", "address", "plain", "name", "email")),
        "typo": pick(rng, ("", "", "", "", "", "", "yes")),
        "center": pick(rng, ("yes", "no", "no")),
        "smiley": pick(rng, ("", "", "", "", ":-)", "", "", ";-)", "(grin)")),
        "contract": pick(rng, ("yes", "no")),
        "fancy": pick(rng, ("yes", "no")),
    }


def write_date(date: datetime.date, style: int, rng: Random) -> str:
    """Return a date in one of eight styles of the time.

    Args:
        date: The date.
        style: 0 to 7.
        rng: Random generator, for the time of day.

    >>> write_date(datetime.date(1995, 3, 14), 0, Random(0))
    '14 March 1995'
    """
    month = MONTHS[date.month - 1]
    day = _WEEKDAYS[date.weekday()]
    match style:
        case 0:
            return f"{date.day} {month} {date.year}"
        case 1:
            return f"{month} {date.day}, {date.year}"
        case 2:
            return f"{date.month}/{date.day}/{date.year % 100:02d}"
        case 3:
            return f"{date.day:02d}-{month[:3]}-{date.year % 100:02d}"
        case 4:
            clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
            zone = "EDT" if 4 <= date.month <= 10 else "EST"
            return f"{day} {month[:3]} {date.day:2d} {clock} {zone} {date.year}"
        case 5:
            return f"{date.year % 100:02d}-{date.month:02d}-{date.day:02d}"
        case 6:
            return f"{day}, {month} {date.day}, {date.year}"
        case _:
            return f"{month[:3]} {date.day}, '{date.year % 100:02d}"
