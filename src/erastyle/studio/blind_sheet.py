"""A blind sheet: texts of a model among real documents, and what readers made of it.

The sheet shows n generated and n real documents in random order under numbers. The key says which
are which; the sheet bears the key's hash, so that nobody can change the key after readers answered.
Whether a reader can tell them apart is an exact binomial test against guessing.

Source:
    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", 1934, for the interval.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.eval.report import sandbox

Origin = Literal["machine", "real"]
LEAST = 2
"""Fewest generated texts of a sheet."""
EXCERPT = 6_000
"""Most characters of a document on the sheet."""
MOST_ANSWERS = 100_000
"""Most rows of a file of answers."""
WORDS = {
    "machine": ("machine", "m", "generated", "ai", "model", "fake", "1"),
    "real": ("real", "r", "period", "human", "person", "original", "0"),
}
"""What readers may write for each answer."""
POOLED = "all readers"


class SheetItem(Options):
    """A document under a number: what readers see."""

    number: int
    """Its number on the sheet, from 1."""
    text: str
    """The document without a label, cut to an excerpt."""
    form: Literal["html", "text"]
    """How it is shown."""


class KeyEntry(Options):
    """Where a document is from."""

    number: int
    """Its number on the sheet."""
    origin: Origin
    """Who wrote it."""
    source: str
    """Id of the text, or source of the real document."""


class SheetKey(Options):
    """The key of a sheet. The random value keeps anybody from guessing it by its hash."""

    sheet: str
    """Id of the sheet."""
    nonce: str
    """A random value."""
    entries: tuple[KeyEntry, ...]
    """One for each document."""

    def as_file(self) -> bytes:
        """Return the key as the file whose hash the sheet bears."""
        return (json.dumps(self.model_dump(mode="json"), indent=1) + "\n").encode()

    @property
    def digest(self) -> str:
        """The sha256 of the file."""
        return hashlib.sha256(self.as_file()).hexdigest()


class BlindSheet(Options):
    """A sheet with its key."""

    id: str
    """8 hexadecimal digits."""
    title: str
    """What stands above it."""
    items: tuple[SheetItem, ...]
    """The documents in the order of the sheet."""
    key: SheetKey
    """Which are which."""


@dataclass(frozen=True, slots=True)
class SheetCandidate:
    """A document that may go on a sheet.

    Attributes:
        text: The document without a label.
        form: How it is shown.
        source: Id of the text, or source of the real document.
    """

    text: str
    form: Literal["html", "text"]
    source: str


def make(
    title: str,
    generated: Sequence[SheetCandidate],
    real: Sequence[SheetCandidate],
    seed: int | None = None,
) -> BlindSheet:
    """Return a sheet of all generated texts and as many real documents of similar length.

    Args:
        title: What stands above it.
        generated: The model's texts.
        real: Real documents to choose from; none that the model learnt from.
        seed: Seed of the order; None: by chance.

    Raises:
        SourceError: There are too few documents.
    """
    if len(generated) < LEAST:
        raise SourceError(f"A blind sheet needs at least {LEAST} finished texts.")
    if len(real) < len(generated):
        raise SourceError(
            f"A blind sheet of {len(generated)} texts needs as many real documents that the model "
            f"did not learn from; the run has {len(real)}. Collect fewer texts."
        )
    rng = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - for tests
    chosen = _of_like_length(generated, list(real), rng)
    both = [("machine", c) for c in generated] + [("real", c) for c in chosen]
    rng.shuffle(both)
    id_ = secrets.token_hex(4) if seed is None else f"{seed:08x}"[:8]
    nonce = secrets.token_hex(16) if seed is None else f"{seed:032x}"
    entries = [
        KeyEntry.model_validate({"number": n, "origin": origin, "source": one.source})
        for n, (origin, one) in enumerate(both, 1)
    ]
    items = [
        SheetItem(number=n, text=one.text[:EXCERPT], form=one.form)
        for n, (_, one) in enumerate(both, 1)
    ]
    key = SheetKey(sheet=id_, nonce=nonce, entries=tuple(entries))
    return BlindSheet(id=id_, title=title, items=tuple(items), key=key)


def _of_like_length(
    generated: Sequence[SheetCandidate], real: list[SheetCandidate], rng: random.Random
) -> list[SheetCandidate]:
    """Return for each generated text a real document of a length near its own, each once."""
    rng.shuffle(real)  # equal lengths: by chance
    chosen = []
    for one in generated:
        length = len(one.text)
        nearest = min(range(len(real)), key=lambda n: abs(len(real[n].text) - length))
        chosen.append(real.pop(nearest))
    return chosen


def printed(sheet: BlindSheet) -> str:
    """Return the sheet as one page that can be printed. It asks for nothing from outside."""
    from erastyle.studio import rendered
    from erastyle.studio.page_templates import render

    frames = [(item.number, rendered.document(item.text, item.form)) for item in sheet.items]
    return render("blind_sheet.html.j2", sheet=sheet, frames=frames, policy=sandbox.POLICY)


def answer_form(sheet: BlindSheet) -> str:
    """Return the CSV that a reader fills in."""
    rows = "".join(f",{item.number},\n" for item in sheet.items)
    return f"reader,number,answer\n{rows}"


def read_answers(sheet: BlindSheet, text: str) -> list[tuple[str, int, str]]:
    """Return reader, number and answer of each filled-in row of a CSV.

    A row without an answer is left out. A row without a name is of the reader above it.

    Raises:
        SourceError: A row cannot be understood; says which.
    """
    # Lines may end as on any system; a carriage return alone is no error of the reader's.
    rows = csv.DictReader(io.StringIO("\n".join(text.lstrip("\ufeff").splitlines())))
    numbers = {str(item.number) for item in sheet.items}
    reader, answers = "", dict[tuple[str, int], str]()
    try:
        if not {"number", "answer"} <= {(name or "").strip() for name in rows.fieldnames or ()}:
            raise SourceError("answers: the first line must be reader,number,answer.")
        for line, row in enumerate(rows, 2):
            if line > MOST_ANSWERS:
                raise SourceError(f"answers: more than {MOST_ANSWERS:,} lines.")
            cells = {(name or "").strip(): (value or "") for name, value in row.items() if name}
            reader = cells.get("reader", "").strip()[:100] or reader or "reader"
            if not (said := cells["answer"].strip().lower()):
                continue
            number = cells["number"].strip().lstrip("0") or "0"
            if number not in numbers:
                raise SourceError(f"answers:{line}: the sheet has no document {number[:40]!r}.")
            origin = next((name for name, words in WORDS.items() if said in words), "")
            if not origin:
                raise SourceError(
                    f"answers:{line}: {said[:40]!r} is no answer; write machine or real."
                )
            if (reader, int(number)) in answers:
                raise SourceError(f"answers:{line}: {reader} answered {number} twice.")
            answers[reader, int(number)] = origin
    except csv.Error as error:
        raise SourceError(f"answers: not a CSV file ({error}).") from None
    if not answers:
        raise SourceError("answers: no row is filled in.")
    return [(name, number, origin) for (name, number), origin in answers.items()]


@dataclass(frozen=True, slots=True)
class ReaderResult:
    """How well a reader told the texts apart.

    Attributes:
        reader: Name of the reader, or `POOLED`.
        answered: Documents that the reader judged.
        right: How many of them rightly.
        low: Lower end of the exact 95 % interval of the share.
        high: Upper end of it.
        p: Two-sided exact p-value against guessing.
    """

    reader: str
    answered: int
    right: int
    low: float
    high: float
    p: float

    @property
    def sentence(self) -> str:
        """What it means."""
        if self.p >= 0.05:
            return "cannot be told from guessing"
        return "tells them apart" if self.right * 2 > self.answered else "takes one for the other"


def results(sheet: BlindSheet, answers: Sequence[tuple[str, int, str]]) -> list[ReaderResult]:
    """Return the result of each reader, and of all of them together where there are several.

    >>> entries = [KeyEntry(number=n, origin="machine", source="") for n in range(1, 7)]
    >>> key = SheetKey(sheet="", nonce="", entries=tuple(entries))
    >>> sheet = BlindSheet(id="", title="", items=(), key=key)
    >>> (ann,) = results(sheet, [("Ann", n, "machine") for n in range(1, 7)])
    >>> ann.right, round(ann.p, 4)
    (6, 0.0312)
    """
    origins = {entry.number: entry.origin for entry in sheet.key.entries}
    readers = dict.fromkeys(reader for reader, _, _ in answers)
    made = [
        _result(name, [origins[n] == said for reader, n, said in answers if reader == name])
        for name in readers
    ]
    if len(made) > 1:
        made.append(_result(POOLED, [origins[n] == said for _, n, said in answers]))
    return made


def _result(reader: str, right: Sequence[bool]) -> ReaderResult:
    from scipy.stats import binomtest

    test = binomtest(sum(right), len(right))
    between = test.proportion_ci(0.95, method="exact")
    return ReaderResult(
        reader, len(right), sum(right), float(between.low), float(between.high), float(test.pvalue)
    )
