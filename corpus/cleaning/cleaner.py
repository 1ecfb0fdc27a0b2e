"""Cleans one document: repairs its body, renders prose, measures, dates and judges it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from erastyle.corpus.cleaning import language, machine_text, ocr, privacy, quality, repairs
from erastyle.corpus.cleaning.quality import Drop, RuleCheck
from erastyle.corpus.cleaning.repairs import Repair
from erastyle.corpus.dates import interval
from erastyle.corpus.decode import encoding
from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.html import archive_banners, dialect, prose
from erastyle.corpus.html import markup as html_markup
from erastyle.corpus.text.plain import visible

SALT = "erastyle"  # makes stand-ins agree within a corpus; a salt of your own also hides the map

_DATA_URL = re.compile(r"data:[a-z/+.-]{3,40};base64,[A-Za-z0-9+/=\s]{500,}", re.IGNORECASE)
_MODERN_MARKUP = re.compile(
    r"<(?:video|audio|canvas|svg|section|article|nav|figure|main|picture)\b|<!doctype html>"
    r"|<!doctype[^>]{0,200}\bxhtml\b|<meta[^>]{1,40}\bviewport\b|\bog:title\b|application/ld\+json"
    r"|\bsrcset=",
    re.IGNORECASE,
)
"""Markup that no page before 2000 holds (XHTML 1.0 is of January 2000, the rest is later)."""


def clean(document: Document, era: Era, privacy: bool = False, salt: str = SALT) -> Document | Drop:
    """Return the cleaned document, or the reason for dropping it.

    Modern documents (contrast) pass the same rules except those of date and markup, so that they
    differ from period documents in style and not in cleanliness.

    Args:
        document: The document from ingest; `date_evidence` holds header lines and `date_to` the day
            of capture.
        era: The era profile, whose quality rules, language and period decide.
        privacy: Whether stand-ins replace addresses and numbers.
        salt: Salt of the stand-ins.
    """
    cleaned = measure(document, era, privacy, salt)
    for check in judge(cleaned, era):
        if not check.passed:
            return Drop(check.rule, check.detail)
    return cleaned


def explain(
    document: Document, era: Era, private: bool = False, salt: str = SALT
) -> list[tuple[str, str, str, str]]:
    """Return name, value, threshold and verdict of every rule for one document.

    The first `drop` decides; the other rows help the person who tunes the era.

    Args:
        document: The document from ingest.
        era: The era profile.
        private: Whether stand-ins replace addresses and numbers.
        salt: Salt of the stand-ins.
    """
    checks = judge(measure(document, era, private, salt), era)
    return [(c.rule, c.value, c.threshold, "keep" if c.passed else "drop") for c in checks]


def repaired(
    document: Document, era: Era, private: bool = False, salt: str = SALT
) -> list[list[Repair]]:
    """Return what each step of cleaning changed in the body, in order, without empty steps.

    `repairs.undo` takes the steps back: the last one first, applied to the cleaned body, down to
    the body from ingest.

    Args:
        document: The document from ingest.
        era: The era profile.
        private: Whether stand-ins replace addresses and numbers.
        salt: Salt of the stand-ins.
    """
    steps = []
    before = document.body
    for step, body in _restore(document, era, private, salt).steps:
        changed = repairs.log(step, before, body)
        if changed:
            steps.append(changed)
        before = body
    return steps


class _Restored(NamedTuple):
    """The body of a document after each step of its repair.

    Attributes:
        steps: Name of each step, and the body after it; there is at least one.
        signals: What the steps removed or replaced, by name.
    """

    steps: list[tuple[str, str]]
    signals: dict[str, float]

    @property
    def body(self) -> str:
        """The body after the last step."""
        return self.steps[-1][1]


def _restore(document: Document, era: Era, private: bool, salt: str) -> _Restored:
    html = document.format == "html"
    body = tidy(document.body)
    steps = [("white space and control characters", body)]
    signals: dict[str, float] = {}
    if html:
        body, removed = archive_banners.strip_banner(body)
        if removed:
            signals["banners"] = float(len(removed))
        steps.append((f"archive banner ({', '.join(removed)})", body))
        body = _DATA_URL.sub("data:,", body) if "base64," in body else body
        steps.append(("embedded file", body))
    elif era.ocr and document.origin != "modern":
        body = ocr.clean(body)
        steps.append(("scan", body))
    if private:
        body, counts = privacy.pseudonymise(body, salt, html)
        steps.append(("privacy", body))
        for kind, count in counts.items():
            signals[f"private_{kind.replace(' ', '_')}"] = float(count)
    return _Restored(steps, signals)


def measure(document: Document, era: Era, private: bool = False, salt: str = SALT) -> Document:
    """Return `document` with its repaired body, and with prose, title, language, signals and date.

    Args:
        document: The document from ingest.
        era: The era profile.
        private: Whether stand-ins replace addresses and numbers.
        salt: Salt of the stand-ins.
    """
    restored = _restore(document, era, private, salt)
    body, signals = restored.body, document.signals | restored.signals
    title = document.title
    if document.format == "html":
        rendered = prose.render(body)
        text = rendered.prose
        title = title or html_markup.title(body)
        signals["links"] = float(rendered.links)
        signals["navigation"] = float(rendered.navigation)
        signals["images"] = float(rendered.images)
        share = rendered.link_share
        text = visible(text)
    else:
        text, share = visible(body), 0.0
        title = title or first_line(text)
    title = " ".join(visible(title).split())
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
    dating = interval.date(replace(cleaned, body=_ends(body), prose=_ends(text)))
    if dating.date_from and dating.date_to:
        first, last = dating.date_from, dating.date_to
        likely = era.likely(dating.shares) if dating.shares else era.inside(first, last)
        cleaned.signals["in_period"] = round(likely, 4)
    return replace(
        cleaned,
        date_from=dating.date_from,
        date_to=dating.date_to,
        date_evidence=dating.evidence,
        date_confidence=dating.confidence,
    )


def _ends(text: str) -> str:
    """Return the first and last 100,000 characters, where dates stand; most texts are shorter."""
    return text if len(text) <= 200_000 else text[:100_000] + "\n" + text[-100_000:]


def judge(document: Document, era: Era) -> list[RuleCheck]:
    """Return the checks of quality, date and markup, in the order in which they decide."""
    checks = quality.checks(document, era.quality, era.language)
    if document.origin == "modern":
        return checks
    return [
        *checks,
        _dated(document, era),
        _markup(document, era),
        _likely(document, era),
        _known(document, era),
    ]


def _dated(document: Document, era: Era) -> RuleCheck:
    first, last = document.date_from, document.date_to
    shown = f"{first or '?'} to {last or '?'} ({document.date_confidence:.2f})"
    period = f"{era.period.first} to {era.period.last}"
    sure = document.date_confidence >= era.quality.min_date_confidence
    # A document of which only the day of capture is known is not dropped for it.
    out = bool(first) and sure and not era.holds(first, last)
    return RuleCheck(
        "out of period", shown, period, not out, f"{shown}: {document.date_evidence}"[:300]
    )


def _likely(document: Document, era: Era) -> RuleCheck:
    """Check that the document is likely enough to be of the period, if both ends are known."""
    first, last, least = document.date_from, document.date_to, era.quality.min_inside
    if not first or not last:
        return RuleCheck("date too uncertain", "unknown", f">= {least:g}", passed=True, detail="")
    share = document.signals.get("in_period", era.inside(first, last))
    detail = f"{first} to {last}: {share:.2f} likely to be of the period < {least:g}"
    detail = f"{detail}; {document.date_evidence}"[:300]
    shown = f"{share:.2f} likely to be of the period"
    return RuleCheck("date too uncertain", shown, f">= {least:g}", share >= least, detail)


def _known(document: Document, era: Era) -> RuleCheck:
    known = bool(document.date_from)
    passed = known or era.quality.keep_undated
    threshold = "undated is kept" if era.quality.keep_undated else "some evidence"
    shown = f"evidence from {document.date_from}" if known else "no evidence"
    return RuleCheck("unknown date", shown, threshold, passed, "no evidence of its date")


def _markup(document: Document, era: Era) -> RuleCheck:
    if document.format != "html" or era.markup == "none":
        return RuleCheck("newer markup", "none", era.markup, passed=True, detail="")
    most = era.quality.max_newer_markup
    threshold = f"<= {most} newer than {era.markup}"
    never = _MODERN_MARKUP.search(document.body)
    if never:
        shown = " ".join(never[0].split())[:60]
        detail = f"{shown} is newer than {era.markup}"
        return RuleCheck("newer markup", shown, threshold, passed=False, detail=detail)
    features = dialect.newer(document.body, era.markup)
    shown = f"{len(features)}: {', '.join(map(str, features[:4]))}" if features else "none"
    detail = f"{shown}; at most {most} newer than {era.markup}"
    return RuleCheck("newer markup", shown, threshold, len(features) <= most, detail[:300])


def tidy(body: str) -> str:
    r"""Return `body` without NULs, lone surrogates and white space at line ends.

    Letter case, quirks, line breaks and indentation stay.

    >>> tidy("<P>One  \n\n\n\n\n\n<P>Two\0\x1a\n")
    '<P>One\n\n\n\n<P>Two\n'
    """
    body = encoding.scrub(body).rstrip("\x1a \t\n")
    body = re.sub(r"[ \t]+$", "", body, flags=re.MULTILINE)
    body = re.sub(r"\n{5,}", "\n\n\n\n", body).lstrip("\n")
    return body + "\n" if body else ""


_TITLE_LINE = re.compile(r"^(?:title|subject|short)\s*:[ \t]*(\S.{2,99})$", re.IGNORECASE | re.M)
_NO_TITLE = ("{", "@", "»", "<")
"""First characters of formatting commands in hypertext and disk magazines of the time."""


def first_line(text: str) -> str:
    """Return the title of a plain text, at most 100 characters, or empty.

    The title comes from a line such as `Title: …` near the beginning, otherwise from the first line
    that holds words.
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
