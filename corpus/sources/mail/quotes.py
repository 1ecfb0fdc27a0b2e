"""Splits a posting into new text, quotations, attributions and the signature.

A line that begins with `>`, also after the quoted person's initials, is quoted. Other marks of the
time, such as `|`, `:` and `}`, also begin tables, lists and programs, so they count only below an
attribution (`Ann writes:`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["new", "attribution", "quote", "signature"]

_QUOTE = re.compile(r"[ \t]{0,3}(?:[A-Za-z]{1,4}|[|:<*]|: ?)?(?:>[ \t]?)+")
_DEPTH = re.compile(r">")
_OTHER = re.compile(r"[ \t]{0,3}([|:}\]#%+*=!])(?:[ \t]|$)")
_SAID = re.compile(
    r"\b(?:writes|wrote|said|says|asks|asked|replied|replies|responds|responded|posted|writ)\b"
    r"[^\n]{0,40}?(?:[:.>,-]{1,4}|…)?[ \t]*$",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\bIn (?:article|message|posting|<)|@|<[^<>\s]+>|^[ \t]*On \w+[^\n]{5,60}\bat\b", re.I
)
_PERSON = re.compile(
    r"[ \t]*(?:\S+@\S+ \([^()\n]{2,60}\)|[^()\n]{2,60} \(\S+@\S+\)|[^<>\n]{2,60} <\S+@\S+>) "
    r"(?:writes|wrote|said|says):?[ \t]*"
)
_ARTICLE = re.compile(r"[ \t]*In (?:article |message |posting |<)")
_SIGNATURE = re.compile(r"--[ \t]?")
_LONGEST = 250  # most characters of an attribution
LONGEST_SIGNATURE = 20
"""Most lines of a signature below its two dashes."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive lines of one kind.

    Attributes:
        kind: `new`, `attribution` (`… writes:`), `quote` or `signature`.
        text: The lines with their line ends.
    """

    kind: Kind
    text: str


def parts(text: str) -> list[Part]:
    r"""Return the parts of a posting, which joined are the posting.

    >>> post = "In article <1@a.b>, Ann writes:\n>Rain.\n\nSun.\n-- \nBob\n"
    >>> [(p.kind, p.text) for p in parts(post)]  # doctest: +NORMALIZE_WHITESPACE
    [('attribution', 'In article <1@a.b>, Ann writes:\n'), ('quote', '>Rain.\n'),
     ('new', '\nSun.\n'), ('signature', '-- \nBob\n')]
    """
    lines = text.splitlines(keepends=True) if not _odd(text) else re.split(r"(?<=\n)", text)
    lines = [line for line in lines if line]
    kinds = _kinds([line.rstrip("\r\n") for line in lines])
    pieces: list[Part] = []
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or kinds[at] != kinds[start]:
            pieces.append(Part(kinds[start], "".join(lines[start:at])))
            start = at
    return pieces


def _odd(text: str) -> bool:
    # Characters that end a line for Python only, such as form feeds, stay inside their line.
    return any(c in text for c in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\r")


def _kinds(lines: list[str]) -> list[Kind]:
    kinds: list[Kind] = ["new"] * len(lines)
    end = _signature(lines)
    kinds[end:] = ["signature"] * (len(lines) - end)
    mark = ""
    for at in range(end):
        line = lines[at]
        if _QUOTE.match(line):
            kinds[at] = "quote"
            continue
        other = _OTHER.match(line)
        if other and (other[1] == mark or _below_attribution(lines, kinds, at)):
            kinds[at], mark = "quote", other[1]
            continue
        first = _ascribes(lines, at, end)
        if first >= 0:
            kinds[first : at + 1] = ["attribution"] * (at + 1 - first)
    return kinds


def _signature(lines: list[str]) -> int:
    """Return the index of the two dashes, or the number of lines."""
    for at in range(len(lines) - 1, max(-1, len(lines) - LONGEST_SIGNATURE - 2), -1):
        if _SIGNATURE.fullmatch(lines[at]):
            return at
    return len(lines)


def _ascribes(lines: list[str], at: int, end: int) -> int:
    """Return the first line of the attribution that ends in this line, or -1 if it is none."""
    if len(lines[at]) > _LONGEST or not _SAID.search(lines[at]):
        return -1
    following = [i for i in range(at + 1, min(at + 3, end)) if lines[i].strip()]
    quoted = bool(following) and bool(
        _QUOTE.match(lines[following[0]]) or _OTHER.match(lines[following[0]])
    )
    if _WHO.search(lines[at]):
        named = at
        if at and _ARTICLE.match(lines[at - 1]) and not _SAID.search(lines[at - 1]):
            named = at - 1  # `In article <1@a.b>,` / `ann@a.b (Ann Bell) writes:`
    elif (
        at
        and len(lines[at - 1]) <= _LONGEST
        and _WHO.search(lines[at - 1])
        and not _QUOTE.match(lines[at - 1])
    ):
        named = at - 1  # `In article <1@a.b> ann@a.b` / `(Ann Bell) writes:`
    elif quoted:
        named = at
    else:
        return -1
    # A sentence about what somebody wrote has no quotation below it.
    sure = re.match(r"[ \t]*In (?:article |message |<)", lines[named]) or _PERSON.fullmatch(
        lines[at]
    )
    return named if quoted or sure else -1


def _below_attribution(lines: list[str], kinds: list[Kind], at: int) -> bool:
    before = at - 1
    while before >= 0 and at - before <= 2 and not lines[before].strip():
        before -= 1
    return before >= 0 and kinds[before] == "attribution"


def shares(posting: list[Part]) -> dict[str, float]:
    """Return the shares of a posting's filled lines that are quoted and in the signature.

    Args:
        posting: Parts of the posting.

    >>> shares([Part("quote", "> a"), Part("new", "b")])
    {'quoted': 0.5, 'signature': 0.0}
    """
    counts = {"new": 0, "attribution": 0, "quote": 0, "signature": 0}
    for part in posting:
        counts[part.kind] += sum(bool(line.strip()) for line in part.text.split("\n"))
    total = max(1, sum(counts.values()))
    return {
        "quoted": round(counts["quote"] / total, 4),
        "signature": round(counts["signature"] / total, 4),
    }


def render(posting: list[Part], quotes: str = "keep", signatures: str = "keep") -> str:
    r"""Return a posting with its quotations and signature kept, marked or dropped.

    Args:
        posting: Parts of the posting.
        quotes: `keep` leaves quotations; `mark` begins every quoted line with one `> ` for each
            level of quotation, in place of its own mark; `drop` removes quotations and their
            attributions.
        signatures: `keep` or `drop`.

    >>> render(parts("Ann writes:\nAB> >Rain.\nAB> Snow.\nSun.\n"), "mark")
    'Ann writes:\n> > Rain.\n> Snow.\nSun.\n'
    >>> render(parts("Ann writes:\n: Rain.\n\nSun.\n"), "drop")
    'Sun.\n'
    """
    out: list[str] = []
    for part in posting:
        if part.kind == "signature" and signatures == "drop":
            continue
        if part.kind in ("quote", "attribution") and quotes == "drop":
            continue
        if part.kind == "quote" and quotes == "mark":
            out += [_marked(line) for line in re.split(r"(?<=\n)", part.text) if line]
        else:
            out.append(part.text)
    text = "".join(out)
    if "drop" in (quotes, signatures):
        text = re.sub(r"\n(?:[ \t]*\r?\n){2,}", "\n\n", text.lstrip("\r\n"))
        text = text.rstrip() + "\n" if text.strip() else ""
    return text


def _marked(line: str) -> str:
    quoted = _QUOTE.match(line) or _OTHER.match(line)
    if not quoted:
        return line
    depth = max(1, len(_DEPTH.findall(quoted[0])))
    return "> " * depth + line[quoted.end() :]
