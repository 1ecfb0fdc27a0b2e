"""Repairs of scanned text (OCR), and a measure of the noise that is left."""

from __future__ import annotations

import itertools
import re
from collections import Counter

from erastyle.corpus.cleaning import hyphens

_words = str.split  # lists of words are written as one text

_WORD = re.compile(r"[^\W\d_]+")
_PAGE_NUMBER = re.compile(r"^\W{0,4}(?:page\s+)?(\d{1,4}|[ivxlc]{1,7})\W{0,4}$", re.IGNORECASE)
_BROKEN = re.compile(r"([^\W\d_]{2,})[-\u00ac\u00ad\u2010]\s*$")
_STARTS_LOWER = re.compile(r"^\s*([a-zà-ÿ]+)")
_STARTS_UPPER = re.compile(r"^\s*([A-ZÀ-Þ][^\W\d_]+)")
_ENDS = re.compile(r"[.!?:;\"'\u201d\u2019)]\s*$")
_MIXED = re.compile(r"[^\W\d_]\d[^\W\d_]|[A-Za-z][^\w\s'\u2019.&/-][A-Za-z]|[a-z][A-Z]")
_VOWEL = re.compile(r"[aeiouyà-ÿ]", re.IGNORECASE)
_EDGE = ".,;:!?()[]\"'\u2018\u2019\u201c\u201d-\u2014*"
_SINGLES = frozenset("aAiIoO&")
_NO_VOWEL = frozenset(
    _words(
        "mr mrs dr st nd rd th jr co ltd lbs ft hrs cts pp vs ny no pm ph wm jno chs thos geo "
        "bbl cwt oz tbs mss hmm"
    )
)
# Words with an s before the last letter whose spelling with f is no English word.
_LONG_S = _words(
    "such some same also most must first last still against because those these this himself "
    "herself itself themselves should shall she reason person persons house houses pleasure "
    "present several said see seen seems so soon state states subject us use used usual whose "
    "almost business case cause consider consequence consist desire discover disposition "
    "English especially establish expressed friendship greatest highest honest interest is "
    "its just justice least less lost master necessary observe obsrved observed occasion "
    "particulars passed passion persuaded please possess possible present preserve purpose "
    "question raise reasonable respect rest rise season secret sense sent serve service set "
    "short side sight since sir situation small society something soul speak spirit stand "
    "strength strong succeed suffer sufficient suppose sure taste themselves trust understand "
    "universal vast visit wisdom wise wish yourself majesty lordship message parish "
    "parliament-house resolved residence assistance distance instance substance circumstances"
)


def clean(text: str, reflow: bool = True) -> str:
    r"""Return scanned text with its words, pages and paragraphs joined again.

    Running heads and page numbers are removed, broken words are joined, and the long s becomes s,
    even where the scanner read it as f.

    Args:
        text: Output of optical character recognition.
        reflow: Whether the lines of a column become paragraphs.

    >>> clean("The rou-\ntine of the camp is as fol-\nlows: first call.")
    'The routine of the camp is as follows: first call.'
    """
    text = text.replace("\u017f", "s")
    lines = [line.rstrip() for line in text.replace("\f", "\n\f\n").split("\n")]
    lines = _without_page_furniture(lines)
    lines = [line for line in lines if not _is_speck(line)]
    lines = _joined(lines)
    out = _paragraphs(lines) if reflow else lines
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")
    return _round_s(text)


def noise(text: str) -> float:
    """Return the share of misread tokens: 0 for print, about 0.1 for a fair scan, 1 for rubbish.

    Misread tokens mix letters and signs inside a word, lack a vowel, or are stray single letters
    and specks. Capitals, figures and amounts are no noise.

    >>> noise("The routine of the camp is as follows."), noise("RM/ -.,: /SJjgf F§^ JVLf %w ,.y£")
    (0.0, 0.7143)
    """
    tokens = text[:200_000].split()
    if not tokens:
        return 0.0
    return round(sum(map(_misread, tokens)) / len(tokens), 4)


def _misread(token: str) -> bool:
    core = token.strip(_EDGE)
    if not core:
        return (len(token) > 3 and len(set(token)) > 2) or token in ("'", '"', ",", ";", ":")
    if "@" in core or "://" in core:
        return False
    letters = sum(map(str.isalpha, core))
    if not letters:
        digits = sum(map(str.isdigit, core))
        return digits < 0.4 * len(core) and core not in (
            "&",
            "%",
            "$",
            "=",
            "+",
            "§",
            "£",
            "...",
            "—",
            "\u2013",
        )
    if len(core) == 1:
        return core not in _SINGLES and not (core.isupper() and token.endswith("."))
    if letters < 0.5 * len(core):
        return not core[0].isdigit() and core[0] not in "$£#"
    if _MIXED.search(core) and not core.startswith(("Mc", "Mac", "O'")):
        return True
    if core.isupper() and len(core) <= 5:
        return False
    return not _VOWEL.search(core) and core.lower() not in _NO_VOWEL and "." not in core


def _is_speck(line: str) -> bool:
    """Say whether a line is dirt of the scanner: a few signs and no word."""
    core = line.strip()
    if not core or len(core) > 8 or core == "\f":
        return False
    if any(c.isdigit() for c in core):
        return False
    words = _WORD.findall(core)
    return (
        not any(len(word) > 2 and _VOWEL.search(word) for word in words) and core.upper() != core
    ) or not words


def _without_page_furniture(lines: list[str]) -> list[str]:
    """Drop page numbers that count up, and running heads that repeat on many pages."""
    numbers = []
    for i, line in enumerate(lines):
        number = _PAGE_NUMBER.match(line.strip()) if len(line) < 20 else None
        if number and number[1].isdigit():
            numbers.append((i, int(number[1])))
    gone = set()
    for (i, a), (j, b) in itertools.pairwise(numbers):
        # Two numbers that follow each other some lines apart are pages; in a table they are close.
        if j - i >= 12 and 1 <= b - a <= 2:
            gone |= {i, j}
    heads = Counter(_head(line) for line in lines)
    at: dict[str, int] = {}
    for i, line in enumerate(lines):
        key = _head(line)
        if len(key) < 6 or heads[key] < 3 or not _is_head(line):
            continue
        if key in at and i - at[key] >= 12:
            gone |= {i, at[key]}
        at[key] = i
    return [line for i, line in enumerate(lines) if i not in gone and line != "\f"]


def _head(line: str) -> str:
    return " ".join(_WORD.findall(line)).upper() if len(line) < 70 else ""


def _is_head(line: str) -> bool:
    letters = [c for c in line if c.isalpha()]
    capitals = sum(map(str.isupper, letters))
    return capitals > 0.6 * len(letters) or bool(re.match(r"^\s*\d{1,4}\s|.*\s\d{1,4}\s*$", line))


def _joined(lines: list[str]) -> list[str]:
    """Join words that a line end broke, with a hyphen or with the hyphen lost."""
    vocabulary = Counter(word.lower() for line in lines for word in _WORD.findall(line))
    compounds = {w.lower() for line in lines for w in re.findall(r"\b[^\W\d_]+-[^\W\d_]+\b", line)}
    out: list[str] = []
    for line in lines:
        start = _STARTS_LOWER.match(line)
        capital = None if start else _STARTS_UPPER.match(line)
        if out and (start or capital):
            before = out[-1]
            broken = _BROKEN.search(before, max(0, len(before) - 60))
            following = start or capital
            if broken and following and (start or hyphens.continues(broken[1], following[1])):
                kept = hyphens.belongs(broken[1], following[1], compounds, vocabulary)
                head = before[: broken.end(1)] + ("-" if kept else "")
                rest = line.lstrip()
                word, _, rest = rest.partition(" ")
                out[-1] = head + word
                if rest:
                    out.append(rest)
                continue
            last = re.search(r"(?:^|\s)([^\W\d_]{2,})$", before[-60:])
            if last and start:
                whole = (last[1] + start[1]).lower()
                parts_known = vocabulary[last[1].lower()] > 1 and vocabulary[start[1]] > 1
                if vocabulary[whole] and not parts_known:
                    word, _, rest = line.lstrip().partition(" ")
                    out[-1] = before + word
                    if rest:
                        out.append(rest)
                    continue
        out.append(line)
    return out


def _paragraphs(lines: list[str]) -> list[str]:
    widths = sorted(len(line) for line in lines if len(line) > 10)
    if not widths:
        return lines
    width = widths[len(widths) * 3 // 4]
    capital = sum(bool(re.match(r"\s*[A-Z\"\u201c]", line)) for line in lines if line.strip())
    if capital > 0.8 * len([line for line in lines if line.strip()]):
        return lines  # verse or a list: its lines are its form
    out: list[list[str]] = []
    before = ""
    for line in lines:
        text = line.strip()
        starts = (
            not text
            or not before
            or text.isupper()
            or before.isupper()
            or (bool(_ENDS.search(before)) and len(before) < 0.75 * width)
            or (line.startswith(("   ", "\t")) and bool(_ENDS.search(before)))
        )
        if starts or not out:
            if text and out and before:
                out.append([])
            out.append([text])
        else:
            out[-1].append(text)
        before = text
    return [" ".join(parts) for parts in out]


def _round_s(text: str) -> str:
    """Write s where the scanner took the long s for f, if it did so throughout the document."""
    pattern, forms = _long_s_forms()
    words = Counter(word.lower() for word in _WORD.findall(text[:100_000]))
    wrong = sum(words[form] for form in forms)
    right = sum(words[word] for word in set(forms.values()))
    if wrong < 5 or wrong < 0.2 * right:
        return text

    def fix(match: re.Match[str]) -> str:
        word = forms[match[0].lower()]
        if match[0].isupper():
            return word.upper()
        return word.capitalize() if match[0][0].isupper() else word

    return pattern.sub(fix, text)


def _long_s_forms() -> tuple[re.Pattern[str], dict[str, str]]:
    english = frozenset(
        _words("fee fame fo foul fhort fet fight fide fir foon fend if fuse life cafe")
    )
    forms = {}
    for word in _LONG_S:
        form = word[:-1].replace("s", "f") + word[-1]
        if form != word and form not in english and len(form) > 2:
            forms[form.lower()] = word
    pattern = re.compile(r"\b(?:" + "|".join(sorted(forms, key=len, reverse=True)) + r")\b", re.I)
    return pattern, forms
