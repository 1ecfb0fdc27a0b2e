"""Hashed features of prose: character n-grams, words, function words, punctuation and layout.

Years, dates, names of eras, addresses and links are masked before anything is counted, so that a
text cannot raise its score by saying when it was written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from erastyle.eval.style.hashed_rows import TOKEN_BITS, Row, token_row

PROSE_BITS = 17
WORD_BITS = 17
MAX_CHARS = 8_000
"""Characters of prose that are read, from the start: a style shows long before that."""
NAMED_WEIGHT = 0.3
"""Weight of function words, punctuation and layout beside n-grams: more costs across genres."""
NGRAMS = 4
"""Longest character n-gram: 5 gained nothing within a genre and lost across genres."""

# Everything below works on lower-case text.
_LINK = re.compile(r"\b(?:https?|ftp|gopher|news|telnet|file)://[^\s<>\"]+|\bwww\.[^\s<>\"]+")
_MAIL = re.compile(r"[^\s<>()\"@]{1,64}@[\w.-]{1,253}\.\w+")
_ERA = re.compile(
    r"'?\b(?:[5-9]0s|nineties|eighties|seventies|noughties|fin de siecle|victorian era|"
    r"(?:\d\d(?:st|nd|rd|th)|twentieth|nineteenth|twenty-first) century)\b"
)
_ERA_PARTS = ("0s", "ties", "fin de", "victorian", "century")
"""Parts of era names: searching for these first is ten times faster."""
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)?[ \-]{{1,2}}{_MONTH}(?:[ \-,]{{0,2}}'?\d\d\b)?"
    rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:, ?'?\d\d\b)?"
    r"|\b\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\b"
)
_YEAR = re.compile(r"(?<![0-9])(?:1[0-9]|20)[0-9]{2}(?:s\b)?(?![0-9])")
_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][a-z]+)?")
_REAL_WORD = re.compile(r"[^\W\d_]{2,}")
_PUNCTUATION = re.compile(r"[^\w\s]+")

LINK, MAIL = "\ue000", "\ue001"  # private-use characters stand for what was masked

FUNCTION_WORDS = frozenset(
    """
    a about above after again against all also although always am among an and another any
    anyone anything are as at away be because been before being below between both but by can
    cannot could did do does doing done down during each either else enough etc even ever every
    few first for from further get gets getting got had has have having he her here hers herself
    him himself his how however i if in indeed instead into is it its itself just kind least less
    let like little lot many may me might mine more most much must my myself near neither never
    new no nobody none nor not nothing now of off often on once one only onto or other others our
    ours out over own perhaps per please quite rather really said same second several shall she
    should simply since so some someone something sometimes soon still such sure than that the
    their theirs them themselves then there therefore these they thing things this those though
    through thus till to together too toward towards two under unless until up upon us use used
    using usually very via was way we well were what whatever when where whether which while who
    whole whom whose why will with within without would yes yet you your yours yourself
    """.split()
)


def mask(text: str) -> str:
    r"""Return lower-case `text` without years, dates and era names, links and addresses masked.

    Years leave nothing in their place, so that adding one changes no feature.

    >>> mask("Updated 12 March 1995 by joe@cs.example.edu, see http://www.example.edu/~joe/1995.html")
    'updated   by \ue001, see \ue000'
    >>> mask("Windows 95 and 1024 colours") == mask("Windows 3 and 256 colours")
    False
    >>> mask("Windows 95 and 16 colours") == mask("Windows 3 and 256 colours")
    True
    """
    text = text.lower()
    if "://" in text or "www." in text:
        text = _LINK.sub(LINK, text)
    if "@" in text:
        text = _MAIL.sub(MAIL, text)
    if any(part in text for part in _ERA_PARTS):
        text = _ERA.sub("", text)
    if _NUMBER.search(text):
        text = _DATE.sub("", text)
        text = _YEAR.sub("", text)
        text = _NUMBER.sub("0", text)
    return text


def words_of(text: str, most: int = 150) -> list[str]:
    """Return the first words of two letters or more.

    >>> words_of("It is 1995, a *good* year")
    ['It', 'is', 'good', 'year']
    """
    return [m.group() for m in islice(_REAL_WORD.finditer(text), most)]


def function_share(words: Sequence[str]) -> float:
    """Return the share of English function words, 0 without words."""
    return sum(w.lower() in FUNCTION_WORDS for w in words) / len(words) if words else 0.0


def _codes(text: str) -> NDArray[np.uint64]:
    raw = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return raw.astype(np.uint64)


_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, odd: spreads what differs in low bits
_MIX = np.uint64(0xBF58476D1CE4E5B9)  # from splitmix64 (Steele, Lea, Flood 2014)


def ngram_columns(text: str, bits: int = PROSE_BITS) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the column and the start of every character n-gram that stays within a word.

    A word carries the space before and behind it, as in scikit-learn's `char_wb`.

    Args:
        text: One line: single spaces, one at each end.
        bits: The number of columns is 2**bits.

    Returns:
        Columns and start positions in `text`.

        Shape: (n-grams,) each.
    """
    codes = _codes(text)
    space = codes == 32
    columns: list[NDArray[np.uint64]] = []
    starts: list[NDArray[np.int64]] = []
    state = np.zeros(len(codes), np.uint64)
    crosses = np.zeros(len(codes), bool)
    for n in range(1, NGRAMS + 1):
        size = len(codes) - n + 1
        if size <= 0:
            break
        state = (state[:size] + codes[n - 1 : n - 1 + size] + np.uint64(n)) * _STEP
        state ^= state >> np.uint64(29)
        crosses = crosses[:size]
        if n >= 3:
            crosses = crosses | space[n - 2 : n - 2 + size]
        at = np.flatnonzero(~space if n == 1 else ~crosses)
        columns.append(state[at])
        starts.append(at)
    if not columns:
        return np.zeros(0, np.int32), np.zeros(0, np.int64)
    hashed = (np.concatenate(columns) * _MIX) >> np.uint64(64 - bits)
    return hashed.astype(np.int32), np.concatenate(starts)


_LETTERS = np.array([chr(code).isalpha() for code in range(128)])


def word_columns(text: str, bits: int = WORD_BITS) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the column and the start of every word and of every pair of neighbouring words.

    A word is a run of letters; whatever stands between the two words of a pair is ignored.

    Args:
        text: Masked prose on one line.
        bits: The number of columns is 2**bits.

    Returns:
        Columns and start positions in `text`, the words first and then the pairs.

        Shape: (words + pairs,) each.
    """
    codes = _codes(text)
    letter = _LETTERS[np.minimum(codes, 127).astype(np.int64)] | (codes > 127)
    edges = np.flatnonzero(np.diff(letter, prepend=False, append=False))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return np.zeros(0, np.int32), np.zeros(0, np.int64)
    place = np.arange(len(codes))
    place[starts[0] :] -= np.repeat(starts, np.diff(starts, append=len(codes)))
    spread = (codes + np.uint64(1)) * (place.astype(np.uint64) * _STEP | np.uint64(1))
    spread = (spread ^ (spread >> np.uint64(31))) * _MIX
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(spread)])
    words = (total[ends] - total[starts]) * _STEP
    pairs = (words[:-1] ^ (words[:-1] >> np.uint64(29))) * _MIX + words[1:]
    hashed = (np.concatenate([words, pairs]) * _MIX) >> np.uint64(64 - bits)
    return hashed.astype(np.int32), np.concatenate([starts, starts[:-1]])


def one_line(masked: str) -> str:
    """Return masked prose as one line: single spaces, one at each end, at most `MAX_CHARS`."""
    return f" {' '.join(masked[: 2 * MAX_CHARS].split())[:MAX_CHARS]} "


def leading_part(prose: str) -> str:
    """Return the start of `prose`: `MAX_CHARS` and a half more, for what the mask takes out."""
    return prose[: MAX_CHARS + MAX_CHARS // 2]


def prose_tokens(masked: str) -> Counter[str]:
    """Return function words and pairs of them, punctuation and spacing of masked prose."""
    masked = masked[:MAX_CHARS]
    tokens: list[str] = []
    before = ""
    for word in _WORD.findall(masked):
        if word in FUNCTION_WORDS:
            tokens.append(f"word:{word}")
            if before:
                tokens.append(f"words:{before} {word}")
            before = word
        else:
            before = ""
    tokens += [f"mark:{mark[:6]}" for mark in _PUNCTUATION.findall(masked)]
    return Counter(tokens)


def layout_tokens(text: str) -> Counter[str]:
    """Return the layout of a plain text: line lengths, indents, blank lines, rules.

    Web pages have no such features: the renderer breaks their lines, not the author.
    """
    lines = text[: 2 * MAX_CHARS].splitlines()
    if len(lines) < 3:
        return Counter()
    counts: Counter[str] = Counter()
    for line in lines[:400]:
        bare = line.strip()
        if not bare:
            counts["line:blank"] += 1
            continue
        counts[f"length:{min(len(line.rstrip()) // 10, 12)}"] += 1
        indent = len(line) - len(line.lstrip())
        if indent:
            counts[f"indent:{'tab' if line[0] == chr(9) else min(indent, 9)}"] += 1
        if len(bare) > 3 and len(set(bare)) <= 2 and not bare[0].isalnum():
            counts["line:rule"] += 1
        if bare.isupper() and len(bare) > 4:
            counts["line:capitals"] += 1
    return counts


WORDS_FROM = 1 << PROSE_BITS
NAMED_FROM = WORDS_FROM + (1 << WORD_BITS)
PROSE_COLUMNS = NAMED_FROM + (1 << TOKEN_BITS)
_LOGS = 1.0 + np.log(np.maximum(np.arange(MAX_CHARS + 2), 1))
"""1 + log(n) of every count that prose can have: a table is faster than the logarithm."""


def prose_row(masked: str, layout: Counter[str]) -> Row:
    """Return columns and values of the prose features: 1 + log(count) of each.

    The columns of character n-grams come first; words and pairs of words begin at `WORDS_FROM`,
    named features at `NAMED_FROM`.
    """
    line = one_line(masked)
    at, counts = np.unique(ngram_columns(line)[0], return_counts=True)
    words, word_counts = np.unique(word_columns(line)[0], return_counts=True)
    named, values = token_row(prose_tokens(masked) + layout)
    return (
        np.concatenate([at, words + np.int32(WORDS_FROM), named + np.int32(NAMED_FROM)]),
        np.concatenate([_LOGS[counts], _LOGS[word_counts], NAMED_WEIGHT * values]),
    )
