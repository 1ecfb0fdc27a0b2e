"""The kinds of period pages. One function writes each kind and returns its title."""

from __future__ import annotations

from collections.abc import Callable

from erastyle.corpus.synthetic.authors import Role, pick, write_date
from erastyle.corpus.synthetic.draft import Draft
from erastyle.corpus.synthetic.html_writer import Hand
from erastyle.corpus.synthetic.templates import expand
from erastyle.corpus.synthetic.topics import voice

Builder = Callable[[Draft, Hand], str]


def _top(d: Draft, h: Hand, kind: str, hello: int = 1) -> str:
    """Write title and greeting, and return the title."""
    title = d.line(f"title_{kind}")
    h.heading(1, title, centered=d.site.habits["center"] == "yes")
    if d.chance(0.25):
        h.add(h.image(f"{d.site.topic.key}.gif", f"[{d.slots['Title']}]"))
    greeting = d.say(f"hello_{kind}", hello)
    if h.netscape and d.chance(0.12):
        h.add(h.fill(f"<FONT SIZE=+1>{h.text(' '.join(greeting))}</FONT>") + "<P>")
    else:
        h.p(greeting)
    return title


def _links(d: Draft, h: Hand, count: int) -> None:
    items = []
    for item in d.deal("links", count):
        label, note = item.split(" :: ")
        label, note = d.expand(label), expand(note, d.rng, d.slots)
        words = "".join(c for c in "".join(label.lower().split()[:3]) if c.isalnum())
        host = f"www.{words}.example"
        path = pick(d.rng, ("", "index.html", f"{d.site.topic.key}/", "~" + words[:5] + "/"))
        link = h.link(f"http://{host}/{path}", h.text(label))
        items.append(f"{link} -- {h.text(note)}." if d.chance(0.7) else f"{link} ({h.text(note)})")
    h.items(items, ready=True)


def _advice(d: Draft, h: Hand, count: int) -> None:
    h.heading(2, d.line("head_advice"))
    if d.chance(0.6):
        h.p(d.say("lead_advice"))
    tips = d.own("advice", count)
    if d.chance(0.7):
        h.items(tips, kind=pick(d.rng, ("UL", "OL")))
    else:
        h.p(tips)


def _log(d: Draft, h: Hand, count: int) -> None:
    days = d.days_before(count, 60)
    style = pick(d.rng, (1, 2, 3))
    entries = d.own("log", count)
    texts = [write_date(day, style, d.rng) for day in days]
    if d.chance(0.5):
        h.definitions([(h.emphasis(t), e) for t, e in zip(texts, entries, strict=False)])
    else:
        h.items(
            [f"{h.emphasis(t)}: {h.text(e)}" for t, e in zip(texts, entries, strict=False)],
            ready=True,
        )


def _told(d: Draft, section: str, count: int = 1) -> list[str]:
    """Return sentences of the topic, often after a sentence that leads to them."""
    told = d.own(section, count)
    return d.say(f"to_{section}") + told if d.chance(0.55) else told


def _gear(d: Draft, h: Hand) -> None:
    h.heading(2, d.line("head_gear"))
    h.p(d.say("lead_gear"))
    h.items(d.own("gear", 4))


def _favorites(d: Draft, h: Hand) -> None:
    h.heading(2, d.line("head_links"))
    h.p(d.say("lead_links"))
    _links(d, h, 3)


def _notebook(d: Draft, h: Hand) -> None:
    h.heading(3, d.line("head_log"))
    _log(d, h, 3)


def _knowledge(d: Draft, h: Hand) -> None:
    h.p(_told(d, "facts", 2) + _told(d, "trouble"))


def _outing(d: Draft, h: Hand) -> None:
    h.p(d.say("family") + _told(d, "trip"))


_HOME_PARTS = (_gear, _favorites, _notebook, _knowledge, _outing)


def home(d: Draft, h: Hand) -> str:
    """Write a personal home page."""
    title = _top(d, h, "home")
    h.p(d.say("about") + d.say("work") + (d.say("family") if d.chance(0.6) else []))
    if d.chance(0.5):
        h.rule()
    if d.chance(0.5):
        h.heading(2, d.line("head_start"))
    h.p(d.say("intro_topic") + d.own("start") + d.own("opinions", 1 if d.chance(0.6) else 0))
    for part in d.rng.sample(_HOME_PARTS, 2 if d.chance(0.5) else 3):
        part(d, h)
    h.p(d.say("net") + (d.say("sorry") if d.chance(0.5) else []))
    return title


def fan(d: Draft, h: Hand) -> str:
    """Write a page about a hobby."""
    title = _top(d, h, "fan", 2 if d.chance(0.4) else 1)
    h.heading(2, d.line("head_facts"))
    facts = d.own("facts", 5)
    if d.chance(0.5):
        h.items(facts)
    else:
        h.p(facts[:3])
        h.p(facts[3:])
    if d.chance(0.6):
        h.heading(2, d.line("head_start"))
        h.p(d.own("start") + d.own("opinions"))
    if d.chance(0.7):
        _advice(d, h, 4)
    if d.chance(0.5):
        h.heading(2, d.line("head_trouble"))
        h.p(d.own("trouble", 2))
    if d.chance(0.5):
        h.heading(2, d.line("head_links"))
        _links(d, h, 4)
    h.p(d.say("sorry") if d.chance(0.4) else d.own("opinions"))
    return title


def _price(d: Draft, dollars: str) -> str:
    return f"${dollars}.{d.slots['cents']}"


def company(d: Draft, h: Hand) -> str:
    """Write the products of a small company."""
    title = _top(d, h, "company")
    h.p(d.say("company_about", 2))
    h.rule()
    h.heading(2, pick(d.rng, ("What We Make", "From Our Shop", "Our Products", "This Season")))
    goods = [item.split(" :: ") for item in d.deal("goods", 3)]
    if d.chance(0.5):
        h.definitions(
            [(h.emphasis(d.expand(n)), f"{d.expand(t)}. {_price(d, p)}") for n, t, p in goods]
        )
    else:
        for name, text, price in goods:
            h.heading(3, d.expand(name))
            h.p([f"{d.expand(text)}. {_price(d, price)}."])
    if d.chance(0.6):
        h.heading(2, pick(d.rng, ("A Word to the Wise", "Good to Know", "From the Bench")))
        h.p(_told(d, "facts", 2) + _told(d, "advice"))
    h.heading(2, pick(d.rng, ("How to Order", "Ordering", "To Order")))
    h.p(d.say("company_order", 3))
    return title


def catalog(d: Draft, h: Hand) -> str:
    """Write a price list."""
    title = _top(d, h, "catalog")
    rows = []
    for number, item in enumerate(d.deal("goods", 4), d.rng.randint(101, 140)):
        name, _, price = item.split(" :: ")
        rows.append([f"{d.slots['Title'][0]}{number}", d.expand(name), _price(d, price)])
    h.table(rows, ["No.", "Item", "Price"])
    h.p(d.say("company_about", 2))
    h.p(_told(d, "advice", 2) + d.own("facts"))
    h.p(d.say("company_order", 3))
    return title


def faq(d: Draft, h: Hand) -> str:
    """Write questions and answers."""
    title = _top(d, h, "faq")
    pairs = [tuple(d.expand(p) for p in q.split(" :: ")) for q in d.deal("qa", 5)]
    anchors = d.chance(0.6)
    if anchors:
        h.items(
            [h.link(f"#q{n}", h.text(q)) for n, (q, _) in enumerate(pairs, 1)], "OL", ready=True
        )
        h.rule()
    for number, (question, answer) in enumerate(pairs, 1):
        text = h.text(f"{number}. {question}" if d.site.habits["fancy"] == "no" else question)
        h.add(f'<H3><A NAME="q{number}">{text}</A></H3>' if anchors else f"<H3>{text}</H3>")
        extra = d.own("facts") if d.chance(0.25) else []
        h.p([answer, *extra])
    h.p(d.say("faq_end", 2))
    return title


def club(d: Draft, h: Hand) -> str:
    """Write a club and its meetings."""
    title = _top(d, h, "club")
    h.p(_told(d, "facts", 2) + d.own("opinions"))
    h.heading(2, pick(d.rng, ("Meetings", "When and Where", "Join Us")))
    h.p(d.say("club_meet", 3))
    h.heading(2, pick(d.rng, ("Coming Up", "What We Do", "This Season")))
    pairs = [tuple(d.expand(p) for p in e.split(" :: ")) for e in d.deal("events", 3)]
    if d.chance(0.5):
        h.definitions([(h.emphasis(n), f"{t}.") for n, t in pairs])
    else:
        h.items([f"{h.emphasis(n)} - {h.text(t)}." for n, t in pairs], ready=True)
    if d.chance(0.6):
        h.p(d.own("history", 2))
    if d.chance(0.4):
        h.p(d.own("trip"))
    return title


def course(d: Draft, h: Hand) -> str:
    """Write a university course."""
    name, weeks = pick(d.rng, d.site.topic.sections["course"]).split(" :: ")
    code = f"{name.split()[0][:3].upper()} {d.rng.randint(101, 480)}"
    d.slots |= {"course": name, "coursecode": code}
    title = _top(d, h, "course")
    h.p([f"The instructor is {d.slots['name']}.", *d.say("course_more", 2)])
    h.heading(2, pick(d.rng, ("Syllabus", "Topics", "What We Will Cover")))
    topics = [d.expand(week) for week in weeks.split("; ")]
    h.items(topics, "OL")
    h.heading(2, pick(d.rng, ("The Fine Print", "Rules", "Work and Grades")))
    h.p(d.say("course_more", 3))
    why = ("To Whet Your Appetite", "Why Take This Course?", "Think About This")
    h.heading(3, pick(d.rng, why))
    h.p(d.own("facts", 3))
    return title


def lab(d: Draft, h: Hand) -> str:
    """Write a research group."""
    name, text = pick(d.rng, d.site.topic.sections["lab"]).split(" :: ")
    d.slots |= {"lab": name}
    title = _top(d, h, "lab")
    h.heading(2, pick(d.rng, ("Research", "What We Do", "Projects")))
    h.p([d.expand(text)])
    h.p(_told(d, "facts", 2))
    h.heading(2, pick(d.rng, ("People", "Who We Are", "The Group")))
    h.p(d.say("lab_more", 3))
    if d.chance(0.5):
        h.heading(2, "Other Servers")
        _links(d, h, 3)
    return title


def links(d: Draft, h: Hand) -> str:
    """Write a list of links with notes."""
    title = _top(d, h, "links")
    _links(d, h, 5)
    h.p(_told(d, "facts", 2) + d.own("opinions"))
    h.p(d.say("links_end", 2) + d.say("net"))
    return title


def construction(d: Draft, h: Hand) -> str:
    """Write a page under construction."""
    title = d.line("title_construction")
    h.heading(1, title, centered=True)
    if h.netscape and d.chance(0.2):
        h.add("<BLINK>Under construction!</BLINK>")
    elif d.chance(0.6):
        h.add(h.image("construction.gif", "[Men at work]"))
    h.p(d.say("hello_construction") + d.own("start"))
    h.p(d.say("construction_more"))
    h.items(d.say("construction_plan", 4))
    h.p(_told(d, "facts", 2))
    h.p(d.say("construction_end", 2 if d.chance(0.5) else 1))
    if d.chance(0.6):
        _links(d, h, 2)
    return title


def whatsnew(d: Draft, h: Hand) -> str:
    """Write a list of changes."""
    title = _top(d, h, "whatsnew") if d.site.role == "company" else d.line("title_whatsnew")
    if d.site.role != "company":
        title = title.replace("New at " + d.slots["company"], "What's New")
        h.heading(1, title)
        h.p(d.say("hello_whatsnew"))
    count = d.rng.randint(4, 6)
    days = d.days_before(count, 150)
    own = d.own("log", 2) + d.own("trouble")
    news = d.say("new_item", count - 3) + own
    d.rng.shuffle(news)
    style = pick(d.rng, (1, 2, 3, 0))
    h.definitions(
        [
            (h.emphasis(write_date(day, style, d.rng)), text)
            for day, text in zip(days, news, strict=True)
        ]
    )
    h.p(d.own("opinions") + d.say("net"))
    return title


def shareware(d: Draft, h: Hand) -> str:
    """Write a shareware program."""
    name, does, features = pick(d.rng, d.site.topic.sections["program"]).split(" :: ")
    version = f"{d.rng.randint(1, 3)}.{d.rng.randint(0, 9)}"
    short = "".join(c for c in name.lower() if c.isalnum())[:6]
    more = {"program": name, "does": does, "version": version, "file": short}
    d.slots |= more | {"ver": version.replace(".", "")}
    title = _top(d, h, "shareware")
    h.p(d.own("opinions") + d.own("facts"))
    h.heading(2, pick(d.rng, ("Features", f"What {name} Does", "What It Can Do")))
    h.items([d.expand(f) for f in features.split("; ")])
    h.heading(2, pick(d.rng, ("Registration", "The Fine Print", "How Shareware Works")))
    h.p(d.say("shareware_more", 4))
    server = d.slots["host"].removeprefix("www.")
    get = h.link(f"ftp://ftp.{server}/pub/{short}.zip", h.text(d.line("shareware_get")))
    h.add(f"<P>{get}")
    if d.chance(0.5):
        h.p(_told(d, "advice", 2))
    return title


def howto(d: Draft, h: Hand) -> str:
    """Write a recipe or a project in steps."""
    first, *steps = d.site.topic.sections["make"]
    make, needs = first.split(" :: ")
    low = make[:1].lower() + make[1:]
    d.slots |= {"make": make, "makelow": low}
    title = _top(d, h, "howto")
    h.heading(2, pick(d.rng, ("You Need", "What You Need", "Materials", "Ingredients and Tools")))
    h.items([d.expand(n) for n in needs.split("; ")])
    h.heading(2, pick(d.rng, ("What to Do", "Steps", "Directions", "Here We Go")))
    h.items([d.expand(s) for s in steps], "OL")
    h.p(_told(d, "advice", 2) + d.own("facts"))
    h.p(d.say("howto_end", 2 if d.chance(0.5) else 1) + _told(d, "trouble"))
    return title


def history(d: Draft, h: Hand) -> str:
    """Write local history."""
    title = _top(d, h, "history")
    h.p(d.own("history", 2))
    h.p(d.own("history", 1) + _told(d, "facts", 2))
    if d.chance(0.5):
        h.heading(2, pick(d.rng, ("Today", "What Is Left", "Then and Now")))
    h.p(d.own("history", 1) + _told(d, "trip"))
    h.p(d.say("history_more", 3))
    return title


def travel(d: Draft, h: Hand) -> str:
    """Write a trip report."""
    title = _top(d, h, "travel")
    h.p(d.say("travel_more", 1) + d.own("trip"))
    h.p(_told(d, "facts", 1) + d.say("travel_more", 2))
    h.p(d.own("trip", 1) + d.own("opinions"))
    h.p(d.say("travel_more", 1) + _told(d, "trouble"))
    return title


def log(d: Draft, h: Hand) -> str:
    """Write a dated log."""
    title = _top(d, h, "log")
    if d.chance(0.5):
        h.p(d.own("start"))
    _log(d, h, 6)
    h.p(_told(d, "facts", 2) + _told(d, "trouble"))
    h.p(d.say("log_end", 2 if d.chance(0.5) else 1))
    return title


def newsletter(d: Draft, h: Hand) -> str:
    """Write news of a family."""
    title = _top(d, h, "newsletter")
    h.p(d.say("family_news", 3))
    h.p(d.say("family_hobby") + d.own("trouble") + d.own("log"))
    h.p(d.say("family_news", 2) + _told(d, "trip"))
    h.p(d.say("family_news", 1))
    love = ("Love to all of you,", "Warm regards from all of us,", "Write soon!", "With love,")
    h.p([pick(d.rng, love)])
    h.add(f"{h.text(d.slots['first'])} and family<BR>")
    return title


def calendar(d: Draft, h: Hand) -> str:
    """Write a calendar of events."""
    title = _top(d, h, "calendar")
    events = [tuple(d.expand(p) for p in e.split(" :: ")) for e in d.deal("events", 4)]
    days = [write_date(day, 1, d.rng) for day in d.days_ahead(len(events))]
    if d.chance(0.5):
        h.table([[day, n] for day, (n, _) in zip(days, events, strict=True)], ["Date", "Event"])
    h.definitions(
        [(h.emphasis(f"{day}: {n}"), f"{t}.") for day, (n, t) in zip(days, events, strict=True)]
    )
    h.p(d.say("calendar_end", 2))
    h.p(_told(d, "advice", 2) + d.own("facts"))
    return title


def guestbook(d: Draft, h: Hand) -> str:
    """Write a guestbook with entries of visitors."""
    title = _top(d, h, "guestbook")
    places = voice("places")
    answers = d.own("facts", 2)
    for entry in d.deal("guest", d.rng.randint(4, 6), own=False):
        first, last = pick(d.rng, places["first"]), pick(d.rng, places["last"])
        town = pick(d.rng, places["town-start"]) + pick(d.rng, places["town-end"])
        text = d.expand(entry)
        sign = d.line(
            "guest_sig",
            gname=first if d.chance(0.3) else f"{first} {last}",
            gplace=f"{town}, {pick(d.rng, places['region']).split(' :: ')[0]}",
            gmail=f"{first.lower()}@{town.lower()}.example",
        )
        h.rule()
        h.p([text])
        h.add(h.emphasis(f"-- {sign}") + "<BR>")
        if answers and d.chance(0.3):
            h.p([f"({d.slots['first']} replies: Thank you! {answers.pop()})"])
    h.p(d.say("mail"))
    return title


def review(d: Draft, h: Hand) -> str:
    """Write reviews of things."""
    title = _top(d, h, "review")
    things = [d.expand(g).removeprefix("A ").removeprefix("An ") for g in d.deal("gear", 4)]
    for thing in things:
        h.p(d.say("review", thing=thing[:1].upper() + thing[1:]))
    h.p(_told(d, "advice", 2) + d.own("facts", 1))
    h.p(d.own("opinions") + _told(d, "trouble"))
    return title


KINDS: dict[Role, dict[str, Builder]] = {
    "personal": {
        "home": home,
        "fan": fan,
        "faq": faq,
        "links": links,
        "construction": construction,
        "whatsnew": whatsnew,
        "shareware": shareware,
        "howto": howto,
        "history": history,
        "travel": travel,
        "log": log,
        "newsletter": newsletter,
        "guestbook": guestbook,
        "review": review,
    },
    "company": {
        "company": company,
        "catalog": catalog,
        "faq": faq,
        "whatsnew": whatsnew,
        "howto": howto,
    },
    "club": {
        "club": club,
        "calendar": calendar,
        "faq": faq,
        "links": links,
        "history": history,
        "log": log,
    },
    "academic": {
        "course": course,
        "lab": lab,
        "home": home,
        "links": links,
        "shareware": shareware,
    },
}
"""Kinds of pages of each role, the front page first."""
