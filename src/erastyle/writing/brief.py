"""A brief: what a user wants written, in his own words or in fields, and the request made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from erastyle.corpus.errors import ConfigError

MOST_CHARACTERS = 20_000
"""Most characters of a brief."""
MOST_TEXTS = 1000
"""Most texts of one brief."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAMES = {"\0": "a NUL character", "\x1b": "an escape character"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What is to be written.

    Attributes:
        text: The request in the user's own words; empty: it is made of the fields.
        kind: What kind of document, such as `list of links`; empty: what the era calls its own.
        title: Title of the document, or empty.
        facts: What it has to say.
        length: Number of words, or None.
        year: Year of the document, or None.
        n: Number of texts; None: as the command says.
        seed: Seed; None: that of the command.
        place: Where it was read, for messages: `briefs.csv:3`.
    """

    text: str = ""
    kind: str = ""
    title: str = ""
    facts: tuple[str, ...] = ()
    length: int | None = None
    year: int | None = None
    n: int | None = None
    seed: int | None = None
    place: str = "the brief"

    def __post_init__(self) -> None:
        """Check what the brief holds.

        Raises:
            ConfigError: It says nothing, is too long, or holds characters that no text has.
        """
        said = (self.text, self.title, *self.facts)
        if not any(part.strip() for part in said):
            raise ConfigError(f"{self.place}: the brief is empty. Say what is to be written.")
        every = "".join((*said, self.kind))
        if len(every) > MOST_CHARACTERS:
            raise ConfigError(
                f"{self.place}: the brief has {len(every):,} characters; at most "
                f"{MOST_CHARACTERS:,} fit. Shorten it, or restyle a draft with `erastyle restyle`."
            )
        if wrong := _CONTROL.search(every):
            name = _NAMES.get(wrong[0], f"the control character U+{ord(wrong[0]):04X}")
            raise ConfigError(f"{self.place}: the brief holds {name}. Take it out.")
        if wrong := _BIDI.search(every):
            raise ConfigError(
                f"{self.place}: the brief holds U+{ord(wrong[0]):04X}, which turns the direction "
                "of what is shown. Take it out; text from right to left needs none."
            )
        if _SURROGATE.search(every):
            raise ConfigError(f"{self.place}: the brief holds half a character. Save it as UTF-8.")

    @property
    def subject(self) -> str:
        """Title of what is written, as far as the brief says it; on one line."""
        return " ".join((self.title or self.text or self.facts[0]).split())


def request(brief: Brief, noun: str) -> str:
    """Return the request for a brief, in words that training knows.

    Args:
        brief: The brief.
        noun: What the era calls its documents: `web page`.

    >>> request(Brief(title="Kites", length=200, year=1995), "web page")
    'Write a web page called “Kites”. It is 1995. About 200 words.'
    >>> print(request(Brief(facts=("We meet on Mondays.", "Bring a kite.")), "web page"))
    Write a web page with these points:
    - We meet on Mondays.
    - Bring a kite.
    """
    fields = []
    if brief.year is not None:
        fields.append(f"It is {brief.year}.")
    if brief.length is not None:
        fields.append(f"About {brief.length} words.")
    if brief.text:
        return " ".join([_ended(brief.text.strip()), *fields]) if fields else brief.text.strip()
    kind = brief.kind.strip() or noun
    article = "" if _counts(kind) else "an " if kind[:1].lower() in "aeiou" else "a "
    core = f"Write {article}{kind}"
    if brief.title.strip():
        core += f" called “{' '.join(brief.title.split())}”"
    if not brief.facts:
        return " ".join([f"{core}.", *fields])
    points = "\n".join(f"- {' '.join(fact.split())}" for fact in brief.facts)
    return f"{' '.join([*fields, core])} with these points:\n{points}"


def _counts(kind: str) -> bool:
    return bool(re.match(r"(?:an?|the|some|two|three|my|our) ", kind, re.IGNORECASE))


def _ended(text: str) -> str:
    return text if text[-1] in ".?!:" else f"{text}."
