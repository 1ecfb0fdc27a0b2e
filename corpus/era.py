"""Era profiles: a period and a medium, what belongs to it, and the thresholds of its gate."""

from __future__ import annotations

import codecs
import datetime
import string
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from erastyle.corpus import yamlfile
from erastyle.corpus.document import Format
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.options import Options


class Period(Options):
    """First and last day of an era, both included."""

    first: datetime.date = Field(alias="from")
    """First day of the era."""
    last: datetime.date = Field(alias="to")
    """Last day of the era."""

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.first > self.last:
            raise ValueError(f"from {self.first} is after to {self.last}")
        return self


class Quality(Options):
    """Thresholds that drop a document. Each era has its own, since modern ones fail on old text."""

    min_words: int = Field(default=30, ge=0)
    """Fewest words of prose."""
    max_words: int = Field(default=100_000, ge=1)
    """Most words of prose."""
    min_letters: float = Field(default=0.5, ge=0, le=1)
    """Smallest share of letters among the characters that are not white space."""
    max_symbols: float = Field(default=0.35, ge=0, le=1)
    """Largest share of characters other than letters, digits, space and common punctuation."""
    max_repeated_lines: float = Field(default=0.5, ge=0, le=1)
    """Largest share of prose that stands in lines which repeat an earlier one."""
    max_links: float = Field(default=0.95, ge=0, le=1)
    """Largest share of prose that stands inside links."""
    min_common_words: float = Field(default=0.15, ge=0, le=1)
    """Smallest share of words that are among the commonest of the language (English only)."""
    max_ocr_noise: float = Field(default=1.0, ge=0, le=1)
    """Largest noise score of scanned text; 1 switches the rule off."""
    max_one_word: float = Field(default=0.25, ge=0, le=1)
    """Largest share of words that are one and the same content word; more is keyword spam."""
    max_furniture_words: int = Field(default=150, ge=0)
    """An error page, directory listing or parked domain is one only up to so many words."""
    max_machine: float = Field(default=0.998, ge=0, le=1)
    """Largest machine-likeness of a text given as period; 0.96 finds more, 1 switches it off."""
    max_newer_markup: int = Field(default=1, ge=0)
    """Most different elements, attributes and style or script features above the markup level."""
    min_language_confidence: float = Field(default=0.8, ge=0, le=1)
    """How sure the language must be before a document in another one is dropped."""
    min_date_confidence: float = Field(default=0.7, ge=0, le=1)
    """How sure a date must be before a document out of the period is dropped for it."""
    min_inside: float = Field(default=0.0, ge=0, le=1)
    """How likely a document must be of the period, by what dates it; 0 asks for one day."""
    keep_undated: bool = True
    """Whether a document without any evidence of its date is kept."""


class Gate(Options):
    """Thresholds of the gate. Bounds are one-sided 95 % unless the name says otherwise."""

    min_style_gain: float = 0.10
    """Lower bound of the paired gain in style probability over the base, both views."""
    min_style_pass: float = 0.50
    """Share of outputs that pass as documents of the era: form, voice, sense and time, by the judge
    that only reports."""
    min_adherence: float = 0.7
    """Share of the other briefs that a text's own brief ranks above; 0.5 is chance."""
    min_ended: float = 0.5
    """Share of outputs that end by themselves before the length limit, as a multiple of the share
    of real documents that are as short as it."""
    min_shown: float = 0.9
    """Share of outputs of which a browser shows a whole page; eras that write HTML."""
    max_distinguishability: float = 0.85
    """AUC of a fresh classifier between outputs and real documents of equal length."""
    max_general_loss: float = 0.05
    """Upper bound of the relative rise of general bits per byte."""
    max_capability_loss: float = 0.02
    """Upper bound of the mean loss of accuracy over the capability tasks, as a share of 1."""
    max_task_loss: float = Field(default=0.05, gt=0, lt=1)
    """Upper bound of the loss of accuracy on each capability task, as a share of 1."""
    max_counterfactual: float = 0.05
    """Upper bound of the change of the style score by words that only name the era."""
    max_anachronisms: float = 0.5
    """Anachronisms per 1,000 words above real text of the period."""
    max_copied: float = 4.0
    """Outputs per 1,000 that hold 50 consecutive tokens of a training document."""
    max_extracted: float = 10.0
    """Beginnings of 50 tokens, per 1,000, that the model goes on with as the training document
    does; none of 300 shows it."""
    max_overfit_gap: float = 0.10
    """Nats a token that training gained on its own documents beyond what it gained on others."""
    max_membership: float = Field(default=0.60, gt=0.5, le=1)
    """AUC of telling training documents from others of their sites by their likelihood."""
    max_compression: float = Field(default=1.15, gt=0)
    """How far zlib shortens outputs, as a multiple of what it does to real text."""
    min_distinct: float = Field(default=0.85, gt=0)
    """Different runs of 3 words, as a multiple of those of real text."""
    min_vendi: float = Field(default=0.80, gt=0)
    """Effective number of different texts, as a multiple of that of real text."""


class Files(Options):
    """How texts in the era's manner are written into files."""

    line_ends: Literal["lf", "crlf"] = "lf"
    """What ends a line in the files of the time."""
    columns: int = Field(default=0, ge=0, le=1000)
    """Longest line of a plain text; longer ones are broken between words. 0 breaks none."""
    label: str = Field(default="", max_length=300)
    """What stands above a text that a machine wrote, in the era's manner; plain words follow it."""


BRIEF_FIELDS = ("title", "about", "medium")
"""Names that a brief may hold in braces."""


def _encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"no encoding of this name{yamlfile.nearest(name, _ENCODINGS)}") from None
    return name


_ENCODINGS = (
    *("utf-8", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman", "cp437", "cp850"),
    *("windows-1250", "windows-1251", "koi8-r", "shift_jis", "euc-jp", "iso-2022-jp", "big5"),
)


def _brief(template: str) -> str:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise ValueError(f"not a template: {error}; write {{{{ for a brace") from None
    unknown = [name for name in names if name not in BRIEF_FIELDS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in BRIEF_FIELDS)
        raise ValueError(f"{{{unknown[0]}}} is unknown; a brief may name {known}")
    if "about" not in names and "title" not in names:
        raise ValueError("names neither {title} nor {about}: so all documents would fit it")
    return template


class Era(Options):
    """An era profile: one YAML file."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    """Short name, used in paths: `web-1995`."""
    title: str
    """What a person calls it: `the early web, 1993-1997`."""
    period: Period
    """When its documents were written."""
    medium: str = Field(pattern=r"^[A-Za-z][A-Za-z -]*$")
    """One or two words: `web page`, `Usenet article`."""
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")
    """ISO 639-1 code; documents in another language are dropped."""
    formats: tuple[Literal["html", "text"], ...] = ("html", "text")
    """Document formats that belong to the era."""
    markup: Literal["none", "html-2", "netscape-1", "html-3.2", "html-4"] = "none"
    """Newest markup level that belongs to the era."""
    encodings: tuple[Annotated[str, AfterValidator(_encoding)], ...] = ("utf-8", "windows-1252")
    """Encodings to expect, the likeliest first."""
    ocr: bool = False
    """Whether documents are scans: repairs and noise rules for OCR apply."""
    which_copy: Literal["earliest", "cleanest", "longest"] = "earliest"
    """Which of several near-duplicates stays."""
    passages: Literal["keep", "cut", "mask"] = "cut"
    """What becomes of a long paragraph that another document keeps: it stays, goes, or is masked by
    `[...]`."""
    frame_pages: int = Field(default=0, ge=0)
    """Pages of one site at whose head or foot a paragraph must stand to be its frame, which one
    page keeps; 0 leaves frames alone."""
    quality: Quality = Quality()
    """When a document is dropped."""
    briefs: tuple[Annotated[str, AfterValidator(_brief)], ...] = Field(min_length=1)
    """Requests with `{title}` and `{about}` in the manner of the era. Some documents are asked for
    with one of them, the others in the many wordings that hold for any era."""
    reply_briefs: tuple[Annotated[str, AfterValidator(_brief)], ...] = ()
    """Requests for documents that answer another one: their title begins with `Re:`, which
    `{title}` leaves out. Empty: `briefs` serve for these too."""
    lexicon_cutoff: int = Field(ge=1000, le=2100)
    """Last year from which words and markup may come."""
    style_notes: tuple[str, ...] = Field(min_length=1)
    """What makes the style, one sentence each; used for prompting."""
    files: Files = Files()
    """How texts in its manner are written into files, and labelled."""
    gate: Gate = Gate()
    """What the scores must reach."""

    @property
    def format(self) -> Format:
        """Format in which texts of the era are written: HTML where it belongs to the era."""
        return "html" if "html" in self.formats else "text"

    @model_validator(mode="after")
    def _agrees(self) -> Era:
        if self.lexicon_cutoff < self.period.first.year:
            raise ValueError(
                f"lexicon_cutoff {self.lexicon_cutoff} is before the period, which begins in "
                f"{self.period.first.year}; take the year in which the period ends"
            )
        if self.markup != "none" and "html" not in self.formats:
            raise ValueError(f"markup {self.markup} needs `html` among formats")
        return self

    def holds(self, date_from: str, date_to: str) -> bool:
        """Say whether a document dated `date_from` to `date_to` can belong to the period.

        An empty date is unknown and excludes nothing.
        """
        first, last = self.period.first.isoformat(), self.period.last.isoformat()
        return (not date_to or date_to >= first) and (not date_from or date_from <= last)

    def likely(self, shares: Mapping[int, float]) -> float:
        """Return how likely a document is of the period.

        Args:
            shares: How likely it is of each year.
        """
        return sum(
            share * self.inside(f"{year:04}-01-01", f"{year:04}-12-31")
            for year, share in shares.items()
        )

    def inside(self, date_from: str, date_to: str) -> float:
        """Return the share of the days from `date_from` to `date_to` that lie in the period.

        Args:
            date_from: First day, `YYYY-MM-DD`.
            date_to: Last day, `YYYY-MM-DD`.
        """
        first, last = map(datetime.date.fromisoformat, (date_from, date_to))
        days = (last - first).days + 1
        common = (min(last, self.period.last) - max(first, self.period.first)).days + 1
        return max(0, common) / max(1, days)


def names() -> list[str]:
    """Return the names of the shipped eras."""
    folder = files("erastyle.corpus") / "eras"
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml"))


def load(name: str) -> Era:
    """Return a shipped era by name, or the era in a YAML file by path.

    Raises:
        ConfigError: There is no such era, or the file is not a valid profile; names file and line.
    """
    if name.endswith((".yaml", ".yml")):
        return check(yamlfile.read(Path(name)), name)
    if name not in names():
        hint = yamlfile.nearest(name, names())
        raise ConfigError(
            f"No era {name!r}.{hint} Shipped: {', '.join(names())}. "
            "A path to your own profile ends in .yaml; `erastyle eras new` writes one."
        )
    file = files("erastyle.corpus") / "eras" / f"{name}.yaml"
    return check(file.read_text(encoding="utf-8"), f"{name}.yaml")


def check(text: str, name: str) -> Era:
    """Return the era that the YAML `text` describes.

    Args:
        text: An era profile.
        name: File name for messages.

    Raises:
        ConfigError: The profile is not valid. Each problem takes one line with file and line.
    """
    data, lines = yamlfile.parse(text, name)
    return yamlfile.validate(Era, data, name, lines)
