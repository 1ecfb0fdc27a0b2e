"""Requests as people write them: curt or long, by topic, by title, or with notes or a draft.

A request is a transformation of the document that answers it. Seven families say what is known of
the document: its topic, its title, its kind and readers, its headings, its points, its plain words,
or what a template of the era says. Some fields are added in a random half of the requests.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from erastyle.corpus.document import Document
from erastyle.corpus.prompts import document_facts as facts
from erastyle.corpus.prompts.reworded import reworded

FIELD = 0.5  # share of the requests that hold an optional field where the document has one
BARE = 0.35  # share of the requests without any
TYPING_ERRORS = 0.12  # share of the requests with typing errors
DRAFT_WORDS = 130  # most words of a draft, so that the answer has room
MOVED = 0.3  # share of the neighbouring sentences of a draft that change places
MOST_HEADINGS, MOST_POINTS = 9, 9
MOST_WORDS = 900  # a longer document is hardly asked for by its number of words


@dataclass(frozen=True, slots=True)
class Subject:
    """What a document is about.

    Attributes:
        title: Its title on one line, or empty.
        topics: Its topic words, the most frequent first.
        prose: Its own prose: no addresses, quotations or signature.
    """

    title: str
    topics: tuple[str, ...]
    prose: str


@dataclass(frozen=True, slots=True)
class _Asked:
    subject: Subject
    noun: str
    document: Document
    rng: Random

    def any(self, *ways: str) -> str:
        return self.rng.choice(ways)


def request(subject: Subject, medium: str, document: Document, seed: int) -> str:
    """Return a request for `document`, or empty where a template of the era is to serve.

    Args:
        subject: What the document is about.
        medium: What the era calls its documents: `web page`.
        document: The document.
        seed: Seed of family, wording and fields.
    """
    digest = hashlib.sha256(f"request {seed}:{document.id}".encode()).digest()
    rng = Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - a choice, not a secret
    asked = _Asked(subject, _noun(medium, document, rng), document, rng)
    families: list[Callable[[_Asked], str]] = [*_FAMILIES]
    rng.shuffle(families)
    for family in families:
        if family is _template:
            return ""
        if said := family(asked):
            break
    else:
        return ""
    core, _, material = said.partition("\n")
    core = _with_fields(core, asked)
    if rng.random() < TYPING_ERRORS:
        core = with_typing_errors(core, rng)
    return f"{core}\n{material}" if material else core


def _noun(medium: str, document: Document, rng: Random) -> str:
    """Return what a person calls the document: `page`, `home page`, `web page`."""
    short = medium.split()[-1]
    ways = [medium, medium, short, short]
    if short == "page":
        ways.append("site" if rng.random() < 0.3 else "web page")
        if facts.personal(document) or re.search("home ?page", document.body, re.IGNORECASE):
            ways += ["home page"] * 3
    return rng.choice(ways)


def _a(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _ask(asked: _Asked) -> str:
    """Return how a request begins, up to what is asked for: `Please make me a page`."""
    thing = _a(asked.noun)
    return asked.any(
        f"Write {thing}",
        f"Write {thing}",
        f"Make {thing}",
        f"Make me {thing}",
        f"Create {thing}",
        f"Please write {thing}",
        f"Please make {thing}",
        f"I need {thing}",
        f"I want {thing}",
        f"I would like {thing}",
        f"I'd like to have {thing}",
        f"Put together {thing}",
        f"Draft {thing}",
        f"Can you write {thing}",
        f"Could you make me {thing}",
        f"Help me write {thing}",
        thing.capitalize(),
        thing.capitalize(),
        asked.noun.capitalize(),
    )


def _ended(text: str) -> str:
    """Return a request with its final stop or question mark."""
    if text[-1] in ".?!:":
        return text
    return text + ("?" if text.startswith(("Can ", "Could ", "Would ")) else ".")


def _theme(asked: _Asked) -> str:
    """Return the topic in a phrase: one to three topic words, or the title where it is short."""
    words = asked.subject.topics
    title = asked.subject.title
    if title and len(title.split()) <= 5 and (not words or asked.rng.random() < 0.4):
        return title
    if not words:
        return title
    return _listed(words[: asked.rng.choice((1, 2, 2, 3))])


def _topic(asked: _Asked) -> str:
    theme = _theme(asked)
    if not theme:
        return ""
    start = _ask(asked)
    about = asked.any("about", "about", "about", "on", "that is about", "all about", "concerning")
    parts = facts.parts(asked.document)
    extra = ""
    if parts and asked.rng.random() < FIELD:
        chosen = asked.rng.sample(parts, min(len(parts), asked.rng.choice((1, 2, 2, 3))))
        things = _listed([asked.rng.choice(part) for part in chosen])
        if asked.rng.random() < FIELD:
            want = asked.any("It should have", "Put in", "With")
            return f"{_ended(f'{start} {about} {theme}')} {want} {things}."
        extra = asked.any(", with ", " with ") + things
    if not extra and asked.rng.random() < 0.25:
        return asked.any(theme, f"{theme}, please", f"{asked.noun} {theme}", f"Topic: {theme}")
    return _ended(f"{start} {about} {theme}{extra}")


def _title(asked: _Asked) -> str:
    title = asked.subject.title
    if not title:
        return ""
    quoted = asked.any(f"“{title}”", f"“{title}”", f'"{title}"', title)
    start = _ask(asked)
    if asked.rng.random() < 0.25:
        return asked.any(quoted, f"{asked.noun.capitalize()}: {title}", f"Title: {title}")
    called = asked.any("called", "with the title", "entitled", "titled", "under the heading")
    about = f", about {_theme(asked)}" if asked.rng.random() < 0.35 and asked.subject.topics else ""
    return _ended(f"{start} {called} {quoted}{about}")


_KINDS = {
    "links": ("a {noun} of links", "a list of links", "a collection of links with a word on each"),
    "listing": ("a {noun} of preformatted text", "a plain text {noun}, lines kept as they are"),
    "table": ("a {noun} with a table", "a reference table", "a {noun} of tables"),
    "list": ("a list", "an overview in the form of a list", "a {noun} that lists things"),
    "article": ("an article", "a piece of running text", "an article in paragraphs"),
    "note": ("a short note", "a few lines", "a short {noun}"),
    "text": ("a text", "an article", "some paragraphs"),
}


def _kind(asked: _Asked) -> str:
    theme = _theme(asked)
    if not theme:
        return ""
    way = asked.rng.choice(_KINDS[facts.kind(asked.document)])
    what = way.format(noun=asked.noun)
    start = asked.any("Write", "Make", "I need", "Please write", "Make me", "Draft", "")
    readers = _readers(asked)
    about = asked.any("about", "on")
    where = asked.any("", f" for {_a(asked.noun)}") if "{noun}" not in way else ""
    text = f"{start} {what}{where} {about} {theme}".strip()
    return _ended(f"{text[0].upper()}{text[1:]}, for {readers}" if readers else text)


def _readers(asked: _Asked) -> str:
    text = asked.subject.prose[:4_000]
    lower = text.lower()
    for sign, readers in (
        ("beginner", "beginners"),
        ("newcomer", "newcomers"),
        ("student", "students"),
        ("programmer", "programmers"),
        ("developer", "developers"),
        ("member", "members"),
        ("player", "players"),
        ("reader", "our readers"),
        ("user", "users"),
        ("fans", "fans"),
    ):
        if lower.count(sign) >= 2:
            return readers
    names = [word for word in asked.subject.topics if word[0].isupper()]
    if names and asked.rng.random() < FIELD:
        return asked.any(f"people who are interested in {names[0]}", f"anyone who likes {names[0]}")
    return ""


def _outline(asked: _Asked) -> str:
    headings = facts.headings(asked.document)[:MOST_HEADINGS]
    if len(headings) < 2:
        return ""
    start = _ask(asked)
    theme = asked.subject.title or _theme(asked)
    about = asked.any("about", "on") if theme != asked.subject.title else "called"
    head = f"{start} {about} {theme}" if theme else start
    if asked.rng.random() < 0.4:
        ways = ("Sections: ", "Headings: ", "It has these sections: ", "Outline: ")
        return f"{_ended(head)} {asked.any(*ways)}{'; '.join(headings)}."
    say = asked.any(
        "with these headings", "with the following sections", "using this outline", "in this order"
    )
    return f"{head} {say}:\n{_bullets(headings, asked)}"


def _notes(asked: _Asked) -> str:
    points = facts.points(asked.document, asked.subject.prose)
    if len(points) < 2:
        return ""
    count = asked.rng.randint(2, MOST_POINTS)
    start = _ask(asked)
    theme = _theme(asked)
    head = f"{start} {asked.any('about', 'on')} {theme}" if theme else start
    say = asked.any(
        " from these notes",
        ". Here are my notes",
        ". Facts",
        ". What has to be in it",
        ". Mention",
        " that says",
        " with these points",
    )
    return f"{head}{say}:\n{_bullets(points[:count], asked)}"


def _draft(asked: _Asked) -> str:
    lines: list[str] = []
    words = 0
    for sentence in facts.sentences(asked.subject.prose):
        line = facts.shortened(sentence, asked.rng.choice((14, 20, 28)))
        words += len(line.split())
        if words > DRAFT_WORDS:
            break
        lines.append(line.rstrip(".!?") + ".")
    if len(lines) < 3:
        return ""
    lines = reworded(lines, asked.rng)
    for place in range(1, len(lines) - 2, 2):
        if asked.rng.random() < MOVED:
            lines[place], lines[place + 1] = lines[place + 1], lines[place]
    noun = asked.noun
    say = asked.any(
        f"Turn this into {_a(noun)}",
        f"Make {_a(noun)} of this",
        f"Rewrite this as {_a(noun)}",
        f"Here is a draft of my {noun}. Write it properly",
        f"Make a proper {noun} out of this text",
        f"This is what my {noun} has to say",
    )
    title = asked.subject.title
    if title and asked.rng.random() < FIELD:
        say += asked.any(f", with the title “{title}”", f", called “{title}”")
    return f"{say}:\n{' '.join(lines)}"


def _template(_: _Asked) -> str:
    return ""


# A family stands here as often as it is to be tried first.
_FAMILIES = (
    *(_topic,) * 4,
    *(_title,) * 3,
    *(_kind,) * 2,
    *(_outline,) * 2,
    *(_notes,) * 2,
    *(_draft,) * 3,
    _template,
)


def _bullets(items: Sequence[str], asked: _Asked) -> str:
    mark = asked.any("- ", "- ", "* ", "")
    return "\n".join(f"{mark}{item}" for item in items)


def _with_fields(core: str, asked: _Asked) -> str:
    """Return the request with optional fields: each is there by chance, and where it is known."""
    given: list[str] = []
    document, rng = asked.document, asked.rng

    if rng.random() < BARE:
        return core

    def wanted() -> bool:
        return rng.random() < FIELD / (1 - BARE)

    if (year := facts.year(document)) and wanted():
        given.append(
            asked.any(f"It is {year}.", f"The year is {year}.", f"Year: {year}.", f"As of {year}.")
        )
    if document.prose and wanted():
        given.append(_length(facts.length(document), asked))
    if facts.personal(document) and wanted():
        given.append(asked.any("Write it in the first person.", "Personal, please."))
    elif facts.lively(document) and wanted():
        given.append(asked.any("Make it lively.", "Be enthusiastic!"))
    elif wanted() and rng.random() < FIELD:
        given.append(asked.any("Matter of fact.", "Keep to the facts.", "Plain and factual."))
    if (writer := facts.writer(document)) and wanted():
        given.append(
            asked.any(f"The author is {writer}.", f"It is by {writer}.", f"I am {writer}.")
        )
    if not given:
        return core
    rng.shuffle(given)
    if core.endswith(":"):  # the material follows, so the fields come before the request
        return " ".join([*given, core])
    return " ".join([_ended(core), *given])


def _length(words: int, asked: _Asked) -> str:
    if words > MOST_WORDS:
        return asked.any("It can be long.", "Long, please.", "Make it a long one.")
    manner = "Keep it short." if words <= 150 else f"Some {words} words."
    return asked.any(
        f"About {words} words.",
        f"It should have about {words} words.",
        f"Length: {words} words.",
        manner,
    )


_PLAIN_WORD = re.compile(r"(?<![\w“\"'.@/-])[a-z]{4,}(?![\w”\"'@/-])")


def with_typing_errors(text: str, rng: Random) -> str:
    """Return the text with one or two slips in plain words; what is quoted stays as it is.

    >>> with_typing_errors("Write a page about “tulips”.", Random(0))
    'Write a page aout “tulips”.'
    """
    quoted = [m.span() for m in re.finditer(r"“[^”]*”|\"[^\"]*\"", text)]
    words = [
        m for m in _PLAIN_WORD.finditer(text) if not any(a <= m.start() < b for a, b in quoted)
    ]
    chosen = rng.sample(words, min(len(words), rng.choice((1, 1, 2))))
    for match in sorted(chosen, key=lambda m: -m.start()):
        word, place = match[0], rng.randrange(1, len(match[0]) - 1)
        slip = rng.choice(("swap", "swap", "drop", "double"))
        if slip == "swap":
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        elif slip == "drop":
            word = word[:place] + word[place + 1 :]
        else:
            word = word[:place] + word[place] + word[place:]
        text = text[: match.start()] + word + text[match.end() :]
    return text[0].lower() + text[1:].rstrip(".") if rng.random() < 0.5 else text
