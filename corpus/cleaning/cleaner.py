"""One document through the clean stage: restored, rendered, measured, dated, judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from erastyle.corpus.cleaning import language, machine_text, ocr, privacy, quality, repairs
from erastyle.corpus.cleaning.quality import Check, Drop
from erastyle.corpus.cleaning.repairs import Repair
from erastyle.corpus.dates import interval
from erastyle.corpus.decode import encoding
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.html import archive_banners, dialect, prose
from erastyle.corpus.html import markup as html_markup

SALT = "erastyle"  # stand-ins need only be the same within a corpus; pass your own to hide the map

_DATA_URL = re.compile(r"data:[a-z/+.-]{3,40};base64,[A-Za-z0-9+/=\s]{500,}", re.IGNORECASE)
_MODERN_MARKUP = re.compile(
    r"<(?:video|audio|canvas|svg|section|article|nav|figure|main|picture)\b|<!doctype html>"
    r"|<!doctype[^>]{0,200}\bxhtml\b|<meta[^>]{1,40}\bviewport\b|\bog:title\b|application/ld\+json"
    r"|\bsrcset=",
    re.IGNORECASE,
)
"""Markup that no page before 2000 can hold (XHTML 1.0 is of January 2000, the rest is later)."""


def clean(document: Document, era: Era, privacy: bool = False, salt: str = SALT) -> Document | Drop:
    """Return the cleaned document, or why it is dropped.

    Modern documents (contrast) pass the same rules except those of date and markup: what the
    style is learned from must differ in style only, not in cleanliness.

    Args:
        document: As ingest decoded it; `date_evidence` holds header lines and `date_to` the day
            of capture.
        era: Its quality rules, language and period decide.
        privacy: Whether addresses and numbers are replaced.
        salt: Of the stand-ins.
    """
    cleaned = measure(document, era, privacy, salt)
    for check in judge(cleaned, era):
        if not check.passed:
            return Drop(check.rule, check.detail)
    return cleaned


def explain(
    document: Document, era: Era, private: bool = False, salt: str = SALT
) -> list[tuple[str, str, str, str]]:
    """Return every rule for one document: its name, the value, the threshold and the verdict.

    The first `drop` decides; the others are shown for the person who tunes the era.
    """
    found = judge(measure(document, era, private, salt), era)
    return [(c.rule, c.value, c.threshold, "keep" if c.passed else "drop") for c in found]


def repaired(
    document: Document, era: Era, private: bool = False, salt: str = SALT
) -> list[list[Repair]]:
    """Return what each step of cleaning changed in the body, in order; empty steps are left out.

    `repairs.undo` of the last step on the cleaned body, then of the step before it, and so on,
    gives the body as ingest read it.
    """
    found = []
    before = document.body
    for step, body in _restored(document, era, private, salt, {}):
        changed = repairs.log(step, before, body)
        if changed:
            found.append(changed)
        before = body
    return found


def _restored(
    document: Document, era: Era, private: bool, salt: str, signals: dict[str, float]
) -> Iterator[tuple[str, str]]:
    """Yield each step's name and the body after it; note in `signals` what was found."""
    html = document.format == "html"
    body = tidy(document.body)
    yield "white space and control characters", body
    if html:
        body, removed = archive_banners.strip_banner(body)
        if removed:
            signals["banners"] = float(len(removed))
        yield f"archive banner ({', '.join(removed)})", body
        body = _DATA_URL.sub("data:,", body) if "base64," in body else body
        yield "embedded file", body
    elif era.ocr and document.origin != "modern":
        body = ocr.clean(body)
        yield "scan", body
    if private:
        yield "privacy", _private(body, salt, signals, html=html)


def measure(document: Document, era: Era, private: bool = False, salt: str = SALT) -> Document:
    """Return `document` as its author left it, with prose, title, language, signals and date."""
    signals = dict(document.signals)
    body = document.body
    for _, body in _restored(document, era, private, salt, signals):  # noqa: B007 - the last counts
        pass
    title = document.title
    if document.format == "html":
        rendered = prose.render(body)
        text = rendered.prose
        title = title or html_markup.title(body)
        signals["links"] = float(rendered.links)
        signals["navigation"] = float(rendered.navigation)
        signals["images"] = float(rendered.images)
        share = rendered.link_share
    else:
        text, share = body, 0.0
        title = title or first_line(text)
    if era.ocr:
        signals["ocr_noise"] = ocr.noise(text)
    code, sure = language.detect(text)
    if code:
        signals["language_confidence"] = sure
    signals |= quality.signals(text, body, share)
    if code == "en" and document.origin == "period":
        machine = machine_text.score(text)
        if machine is not None:
            signals["machine"] = machine
    cleaned = replace(
        document,
        body=body,
        prose=text,
        title=title,
        language=code,
        signals={name: round(value, 4) for name, value in sorted(signals.items())},
    )
    if document.origin == "modern":
        return cleaned
    found = interval.date(replace(cleaned, body=_ends(body), prose=_ends(text)))
    return replace(
        cleaned,
        date_from=found.date_from,
        date_to=found.date_to,
        date_evidence=found.evidence,
        date_confidence=found.confidence,
    )


def _ends(text: str) -> str:
    """Return the first and last 100,000 characters, where dates stand; mostly that is all."""
    return text if len(text) <= 200_000 else text[:100_000] + "\n" + text[-100_000:]


def judge(document: Document, era: Era) -> list[Check]:
    """Return the rules of quality, date and markup with their values, in the order they decide."""
    found = quality.checks(document, era.quality, era.language)
    if document.origin == "modern":
        return found
    return [
        *found,
        _dated(document, era),
        _markup(document, era),
        _likely(document, era),
        _known(document, era),
    ]


def _dated(document: Document, era: Era) -> Check:
    first, last = document.date_from, document.date_to
    shown = f"{first or '?'} to {last or '?'} ({document.date_confidence:.2f})"
    period = f"{era.period.first} to {era.period.last}"
    sure = document.date_confidence >= era.quality.min_date_confidence
    # The day of capture alone, without other evidence, says nothing against the document.
    out = bool(first) and sure and not era.holds(first, last)
    return Check(
        "out of period", shown, period, not out, f"{shown}: {document.date_evidence}"[:300]
    )


def _likely(document: Document, era: Era) -> Check:
    """Say whether enough of the possible dates lie in the period, where both ends are known."""
    first, last, least = document.date_from, document.date_to, era.quality.min_inside
    if not first or not last:
        return Check("date too uncertain", "unknown", f"{least:g}", passed=True, detail="")
    share = era.inside(first, last)
    detail = f"{first} to {last}: {share:.2f} of it in the period < {least:g}"
    detail = f"{detail}; {document.date_evidence}"[:300]
    return Check("date too uncertain", f"{share:.2f}", f"{least:g}", share >= least, detail)


def _known(document: Document, era: Era) -> Check:
    known = bool(document.date_from)
    passed = known or era.quality.keep_undated
    threshold = "any" if era.quality.keep_undated else "some evidence"
    shown = document.date_from or "no evidence"
    return Check("unknown date", shown, threshold, passed, "no evidence of its date")


def _markup(document: Document, era: Era) -> Check:
    if document.format != "html" or era.markup == "none":
        return Check("newer markup", "none", era.markup, passed=True, detail="")
    most = era.quality.max_newer_markup
    threshold = f"<= {most} newer than {era.markup}"
    never = _MODERN_MARKUP.search(document.body)
    if never:
        shown = " ".join(never[0].split())[:60]
        detail = f"{shown} is newer than {era.markup}"
        return Check("newer markup", shown, threshold, passed=False, detail=detail)
    found = dialect.newer(document.body, era.markup)
    shown = f"{len(found)}: {', '.join(map(str, found[:4]))}" if found else "none"
    detail = f"{shown}; at most {most} newer than {era.markup}"
    return Check("newer markup", shown, threshold, len(found) <= most, detail[:300])


def _private(body: str, salt: str, signals: dict[str, float], html: bool) -> str:
    body, counts = privacy.pseudonymise(body, salt, html)
    for kind, count in counts.items():
        signals[f"private_{kind.replace(' ', '_')}"] = float(count)
    return body


def tidy(body: str) -> str:
    r"""Return `body` without NULs, lone surrogates and white space at line ends.

    Case, quirks, line breaks and indentation stay.

    >>> tidy("<P>One  \n\n\n\n\n\n<P>Two\0\x1a\n")
    '<P>One\n\n\n\n<P>Two\n'
    """
    body = encoding.scrub(body).rstrip("\x1a \t\n")
    body = re.sub(r"[ \t]+$", "", body, flags=re.MULTILINE)
    body = re.sub(r"\n{5,}", "\n\n\n\n", body).lstrip("\n")
    return body + "\n" if body else ""


_TITLE_LINE = re.compile(r"^(?:title|subject|short)\s*:[ \t]*(\S.{2,99})$", re.IGNORECASE | re.M)
_NO_TITLE = ("{", "@", "»", "<")
"""What formatting commands begin with, in hypertext and disk magazines of the time."""


def first_line(text: str) -> str:
    """Return the title that plain text gives itself; at most 100 characters, or empty.

    That is what a line such as `Title: …` near the beginning says, otherwise the first line that
    holds words.
    """
    named = _TITLE_LINE.search(text[:500])
    if named:
        return " ".join(named[1].split())
    for line in text[:4000].split("\n"):
        words = " ".join(line.split())
        fits = len(words) <= 100 and not words.startswith(_NO_TITLE)
        if fits and sum(map(str.isalpha, words)) >= 4:
            return words.strip("*=-_#|<> ")
    return ""
