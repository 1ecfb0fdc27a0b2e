"""Quality rules that drop documents, each with a named reason.

The rules follow Gopher (Rae et al., "Scaling Language Models", 2021, appendix A) and C4 (Raffel et
al., 2020) as far as these suit old text: a page of 1995 has few words, and lines without full
stops, with braces and with bullets. `erastyle.corpus.era.Quality` holds the thresholds of an era.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from erastyle.corpus.cleaning import machine_text
from erastyle.corpus.document import Document
from erastyle.corpus.era import Quality

_words = str.split  # lists of words are written as one text


class Drop(NamedTuple):
    """The reason for dropping a document.

    Attributes:
        reason: Short and countable, such as `too short`.
        detail: Value and threshold, such as `12 words < 30`.
    """

    reason: str
    detail: str = ""


class RuleCheck(NamedTuple):
    """One rule applied to one document.

    Attributes:
        rule: Name of the rule, and the reason if the rule drops the document.
        value: The measured value.
        threshold: The threshold of the era.
        passed: Whether the document stays.
        detail: Value and threshold, as in `Drop`.
    """

    rule: str
    value: str
    threshold: str
    passed: bool
    detail: str


MEASURED_CHARS = 200_000  # characters measured of a long text; more do not change the shares

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_PLAIN = frozenset(" \t\n\r\f\x0b.,;:!?'\"()-/\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00a0")
_RULE_LINE = re.compile(r"([^\w\s]|_)\1{3,}")
_COMMON = frozenset(
    _words(
        "the of and to a in is it that you for on are with as i be this was have or at by not "
        "your from but can will if all we an my there has they he one which what so do more "
        "when about out no up some his me any their other just who would them him had were "
        "like then also these its than only into been use new see time here get how our may "
        "very most now make over such where much way first well because even after too us did "
        "many page should made she her don't it's i'm upon must shall said being between each "
        "two those own same under before through"
    )
)
_ERROR = re.compile(
    r"\b(?:40[0134]|410|50[0234])\b[\s:-]*(?:error|not found|forbidden|unauthorized"
    r"|authorization required|bad request"
    r"|internal|service|bad gateway|file|access)"
    r"|\b(?:file|page|document|object|url|site) (?:was |is |could )?not (?:be )?found\b(?! in)"
    r"|requested (?:url|object|page|document|resource)\b.{0,120}(?:not found|does not exist"
    r"|not available|could not)"
    r"|^(?:error|http error|server error|access denied|forbidden|not found|object moved"
    r"|document moved|unauthorized)\W*$"
    r"|this (?:document|object) (?:may be found|has moved) (?:<|here|to a new)"
    r"|(?:account|bandwidth)\b.{0,30}\b(?:suspended|exceeded)",
    re.IGNORECASE | re.MULTILINE,
)
_LISTING_TITLE = re.compile(
    r"^\s*(?:index of|directory listing (?:for|of)|directory of|contents of|current directory is"
    r"|ftp directory)\s*:?\s*[/~\\]",
    re.IGNORECASE | re.MULTILINE,
)
_PARKED = re.compile(
    r"(?:domain|site|web ?site|name)\b.{0,40}\b(?:is|may be|are) (?:available )?(?:for sale|parked"
    r"|now registered)"
    r"|buy this domain|(?:domain|page) (?:is )?parked|parked (?:free|domain|page)|future home of\b"
    r"|this (?:domain|site|space) (?:name )?(?:has been|is) (?:reserved|registered) (?:for|by|at)"
    r"|(?:sponsored|related) (?:listings|searches)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"\bas an ai(?: language)? (?:model|assistant)\b|\bas a large language model\b"
    r"|\bi(?:'m| am) (?:sorry, but )?(?:unable|not able) to (?:fulfill|assist with) (?:that|this"
    r"|your)"
    r"|\bi cannot (?:fulfill|assist with) (?:that|this|your) request|\bmy (?:knowledge cutoff"
    r"|training data)\b"
    r"|\bcertainly! here(?:'s| is| are)\b|\b(?:chatgpt|gpt-[345]|openai's)\b",
    re.IGNORECASE,
)
_FRAMESET = re.compile(r"<frameset\b", re.IGNORECASE)


def signals(prose: str, body: str = "", link_share: float = 0.0) -> dict[str, float]:
    """Return the measurements that the rules use, by name.

    Args:
        prose: Text without markup.
        body: The document with its markup.
        link_share: Share of the prose inside links, from `erastyle.corpus.html.prose.render`.

    Returns:
        `words`, `chars`, `letters` and `symbols` (shares of the characters that are not white
        space), `repeated_lines`, `common_words`, `one_word`, `mean_word` (characters), `upper`
        (share of letters), `link_share`, `markup_share` (share of the body that is no prose).
    """
    text = _RULE_LINE.sub(r"\1", prose[:MEASURED_CHARS])  # a line drawn with ===== is one sign
    counts = Counter(text)
    solid = sum(n for c, n in counts.items() if not c.isspace())
    letters = sum(n for c, n in counts.items() if c.isalpha())
    upper = sum(n for c, n in counts.items() if c.isupper())
    plain = sum(n for c, n in counts.items() if c.isalnum() or c in _PLAIN or c.isspace())
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]
    scale = max(1.0, len(prose) / MEASURED_CHARS)
    common = sum(word in _COMMON for word in words)
    content = Counter(word for word in words if word not in _COMMON and len(word) > 2)
    lines = [line for line in map(str.strip, text.split("\n")) if len(line) > 2]
    most = max(content.values(), default=0)
    return {
        "words": float(round(len(words) * scale)),
        "chars": float(len(prose)),
        "letters": letters / solid if solid else 0.0,
        "symbols": (len(text) - plain) / solid if solid else 0.0,
        "repeated_lines": _repeated(lines) if len(lines) >= 10 else 0.0,
        "common_words": common / len(words) if words else 0.0,
        "one_word": most / len(words) if len(words) >= 50 else 0.0,
        "mean_word": sum(map(len, words)) / len(words) if words else 0.0,
        "upper": upper / letters if letters else 0.0,
        "link_share": link_share,
        "markup_share": max(0.0, 1 - len(prose) / len(body)) if body else 0.0,
    }


def _repeated(lines: list[str]) -> float:
    """Return the share of characters in repeated lines; a short `No` in a table weighs little."""
    total = sum(map(len, lines))
    return 1 - sum(map(len, set(lines))) / total if total else 0.0


def why_drop(document: Document, rules: Quality, language: str = "") -> Drop | None:
    """Return the reason for dropping `document`, or `None`.

    Args:
        document: A document with prose, language and signals; missing signals are measured.
        rules: Thresholds of the era.
        language: ISO 639-1 code of the language to keep; empty keeps every language.
    """
    for check in checks(document, rules, language):
        if not check.passed:
            return Drop(check.rule, check.detail)
    return None


def checks(document: Document, rules: Quality, language: str = "") -> list[RuleCheck]:
    """Return the check of every quality rule, in the order in which they decide.

    Args:
        document: A document with prose, language and signals; missing signals are measured.
        rules: Thresholds of the era.
        language: ISO 639-1 code of the language to keep; empty keeps every language.
    """
    s = document.signals
    if "words" not in s:
        s = s | signals(document.prose, document.body, s.get("link_share", 0.0))
    words = int(s["words"])
    few = words <= rules.max_furniture_words
    top = f"{document.title}\n{document.prose[:600]}"
    english = (language or document.language or "en") == "en"
    frames = document.format == "html" and bool(_FRAMESET.search(document.body[:20_000]))
    links = s.get("links", 0.0)
    navigation = words < rules.min_words and (
        (s["link_share"] > 0.5 and links >= 3) or s.get("navigation", 0) >= 2
    )
    return [
        _furniture("error page", _ERROR, top, few, rules),
        _furniture("directory listing", _LISTING_TITLE, top, few=True, rules=rules),
        _furniture("parked domain", _PARKED, document.prose[:2000], few, rules),
        _phrase("machine text", document),
        _told("frameset without text", frames and words < rules.min_words, f"{words} words", rules),
        _told("navigation only", navigation, f"{words} words, {links:.0f} links", rules),
        _least("too short", words, rules.min_words, "words"),
        _most("too long", words, rules.max_words, "words"),
        _most("mostly links", s["link_share"], rules.max_links, "of the prose in links"),
        _least("mostly symbols", s["letters"], rules.min_letters, "letters"),
        _most("many symbols", s["symbols"], rules.max_symbols, "symbols"),
        _most("repeated lines", s["repeated_lines"], rules.max_repeated_lines, "of lines repeat"),
        _most("one word repeated", s["one_word"], rules.max_one_word, "of words are one word"),
        _language(document, rules, language),
        _least(
            "not prose",
            s["common_words"],
            rules.min_common_words if english else 0.0,
            "common words",
        ),
        _most("too noisy", s.get("ocr_noise", 0.0), rules.max_ocr_noise, "misread tokens"),
        _style("reads as machine-written", document, s.get("machine", 0.0), rules),
    ]


def _least(rule: str, value: float, least: float, what: str) -> RuleCheck:
    shown, bound = _number(value), _number(least)
    return RuleCheck(
        rule, f"{shown} {what}", f">= {bound}", value >= least, f"{shown} {what} < {bound}"
    )


def _most(rule: str, value: float, most: float, what: str) -> RuleCheck:
    shown, bound = _number(value), _number(most)
    return RuleCheck(
        rule, f"{shown} {what}", f"<= {bound}", value <= most, f"{shown} {what} > {bound}"
    )


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _furniture(
    rule: str, pattern: re.Pattern[str], text: str, few: bool, rules: Quality
) -> RuleCheck:
    sign = pattern.search(text)
    shown = " ".join(sign[0].split())[:80] if sign else "no sign"
    threshold = f"no sign, or > {rules.max_furniture_words} words"
    return RuleCheck(rule, shown, threshold, not (sign and few), f"says {shown!r}")


def _phrase(rule: str, document: Document) -> RuleCheck:
    if document.origin in ("synthetic", "rewritten", "modern"):
        return RuleCheck(rule, document.origin, "origin is period", passed=True, detail="")
    sign = _MACHINE.search(document.prose[:MEASURED_CHARS])
    shown = " ".join(sign[0].split()) if sign else "no sign"
    return RuleCheck(rule, shown, "no sign", not sign, f"says {shown!r}")


def _style(rule: str, document: Document, value: float, rules: Quality) -> RuleCheck:
    """Check the machine-likeness of a text that its source gives as period; English only."""
    if document.origin != "period":
        return RuleCheck(rule, document.origin, "origin is period", passed=True, detail="")
    passed = value < rules.max_machine or rules.max_machine == 1
    detail = ""
    if not passed:
        raised = ", ".join(name for name, _ in machine_text.reasons(document.prose))
        detail = f"{value:.3f} >= {rules.max_machine:g}, raised by {raised}"
    return RuleCheck(rule, f"{value:.3f}", f"< {rules.max_machine:g}", passed, detail)


def _told(rule: str, true: bool, shown: str, rules: Quality) -> RuleCheck:
    return RuleCheck(
        rule, shown, f">= {rules.min_words} words", not true, f"{shown} < {rules.min_words}"
    )


def _language(document: Document, rules: Quality, language: str) -> RuleCheck:
    sure = document.signals.get("language_confidence", 1.0)
    other = bool(
        language
        and document.language
        and document.language != language
        and sure >= rules.min_language_confidence
    )
    shown = f"{document.language or 'unknown'} ({sure:.2f})"
    return RuleCheck(
        "other language", shown, language or "any", not other, f"{shown}, not {language}"
    )
