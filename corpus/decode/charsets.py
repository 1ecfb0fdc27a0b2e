"""Choice of an encoding: candidates, ranked by the plausibility of the text that each gives."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from erastyle.corpus.decode.plausibility import leanings, plausibility

_words = str.split  # lists of words are written as one text

COMMON = {
    "windows-1252": 0.1,
    "mac-roman": 0.06,
    "cp850": 0.0,
    "cp437": 0.0,
    "windows-1250": -0.1,
    "iso-8859-2": -0.1,
}
"""Encodings tried for every document, each with its prior."""

WIDER = _words(
    "windows-1250 iso-8859-2 cp852 windows-1251 koi8-r cp866 windows-1253 windows-1254 "
    "windows-1255 shift_jis euc_jp gb18030 big5 euc_kr"
)
"""Encodings tried where many high bytes stand side by side, which is rare in Western text."""

_RARE = frozenset(
    (
        *("iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "windows-1256"),
        *("windows-1257", "cp855", "cp737", "cp862", "cp865", "mac-cyrillic", "mac-greek", "johab"),
    )
)  # candidates only if chardet names them

SAMPLE = 250  # high bytes that are weighed; more do not change the decision
WINDOW = 262_144  # bytes that are searched for them; bounds the time for one huge line
CLEAR = 0.5  # lead over all others, per byte, from which chardet is not asked
SURE = 0.35  # lead, per byte, that another encoding needs over the declared one
CHOSEN = 1.6  # the same over a declaration that no program made without being told to
_DEFAULTS = frozenset(("", "windows-1252", "ascii", "us-ascii", "utf-8", "unknown-8bit"))

_WESTERN_LATIN = {
    "iso-8859-1",
    "latin-1",
    "latin1",
    "ascii",
    "us-ascii",
    "iso8859-1",
}
_SPELLINGS = {
    "cp1252": "windows-1252",
    "macroman": "mac-roman",
    "mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-sjis": "shift_jis",
    "shift-jis": "shift_jis",
    "sjis": "shift_jis",
    "cp932": "shift_jis",
    "x-euc-jp": "euc_jp",
    "euc-jp": "euc_jp",
    "euc-kr": "euc_kr",
    "cp949": "euc_kr",
    "ks_c_5601-1987": "euc_kr",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
}
DOUBLE = {"shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"}
CODECS = {"shift_jis": "cp932", "euc_kr": "cp949", "big5": "cp950"}  # supersets that were in use
_HIGH = re.compile(rb"[\x80-\xff]")
_LOW = re.compile(rb"[\x80-\x9f]")


def name(charset: str) -> str:
    """Return this module's name for `charset`, or empty if it is unknown.

    >>> name("x-mac-roman"), name("ISO_8859-1:1987"), name("x-unknown")
    ('mac-roman', 'iso-8859-1', '')
    """
    wanted = charset.strip().strip("\"'").lower().replace("iso_8859", "iso-8859").partition(":")[0]
    wanted = _SPELLINGS.get(wanted, wanted)
    try:
        codecs.lookup(wanted)
        "".encode(wanted)
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
    codec = codecs.lookup(wanted).name
    return _SPELLINGS.get(codec, wanted)


def choose(raw: bytes, declared: str, expected: Sequence[str]) -> tuple[str, float]:
    """Return the likeliest encoding of `raw`, and the confidence in it.

    Args:
        raw: Bytes with at least one that is not ASCII.
        declared: Name of the declared encoding, or empty.
        expected: Encodings of the era, the likeliest first.
    """
    if declared in _WESTERN_LATIN:
        declared = "windows-1252"
    sample, adjacent = _sample(raw)
    wanted = [name(e) for e in expected]
    wanted = ["windows-1252" if e in _WESTERN_LATIN else e for e in wanted]
    candidates = [declared, *wanted, *COMMON]
    if adjacent > 0.25:
        candidates += WIDER
    scores = _scores(sample, candidates, wanted)
    order = sorted(scores.values())
    if not order or order[-1] < 0.8 or (len(order) > 1 and order[-1] - order[-2] < CLEAR):
        scores = _scores(sample, [*candidates, *_chardet(raw)], wanted)
    if not scores:
        return "windows-1252", 0.1
    ranked = sorted(scores, key=lambda label: -scores[label])
    best = ranked[0]
    least = SURE if declared in _DEFAULTS else CHOSEN
    if declared in scores and scores[best] - scores[declared] < least and _printable(raw, declared):
        best = declared
    others = [scores[label] for label in ranked if label != best]
    margin = scores[best] - max(others) if others else 1.0
    return best, round(min(0.99, max(0.3, 0.5 + margin / 2)), 2)


def _printable(raw: bytes, label: str) -> bool:
    """Say whether a declared encoding has a letter or sign for each byte, and no control code."""
    if label in _DEFAULTS or label in DOUBLE:
        return True
    try:
        text = bytes(sorted(set(raw[:WINDOW]))).decode(CODECS.get(label, label))
    except (UnicodeDecodeError, LookupError):
        return False
    return not any("\x80" <= c < "\xa0" for c in text)


def _scores(sample: bytes, candidates: Sequence[str], wanted: Sequence[str]) -> dict[str, float]:
    """Return the plausibility of the sample under each candidate; of equal texts the first one."""
    scores: dict[str, float] = {}
    texts: set[str] = set()
    leaning = leanings(sample.decode("ascii", "replace"))
    central = max(leaning[language] for language in ("pl", "cs", "hu"))
    # Code pages of DOS and the Mac have their commonest letters at 80 to 9F; ISO 8859 has none.
    low = bool(_LOW.search(sample))
    for label in dict.fromkeys(filter(None, candidates)):
        text = _try(sample, label)
        if text is None:
            continue
        if text in texts:  # the same text: the earlier candidate (declared, expected) stays
            continue
        texts.add(text)
        prior = COMMON.get(label, -0.4) + (0.05 if label in wanted else 0.0)
        if label in ("windows-1250", "iso-8859-2") and central < 0.5:
            prior -= 0.3
        if not low and not label.startswith(("iso", "windows", "koi8")):
            prior -= 0.6
        scores[label] = plausibility(text, leaning) * (2 if label in DOUBLE else 1) + prior
    return scores


def _sample(raw: bytes) -> tuple[bytes, float]:
    """Return the bytes around the first high bytes, and the share of these that are adjacent."""
    head = raw[:WINDOW]
    pieces: list[bytes] = []
    end = count = adjacent = 0
    last = -2
    for match in _HIGH.finditer(head):
        at = match.start()
        adjacent += at == last + 1
        last = at
        count += 1
        if at >= end:
            start = max(end, at - 24)
            if start > end:
                pieces.append(b"\n")
            end = min(len(head), at + 24)
            pieces.append(head[start:end])
        if count >= SAMPLE:
            break
    if not count:  # all high bytes lie beyond the window
        first = _HIGH.search(raw)
        at = first.start() if first else 0
        return raw[max(0, at - 24) : at + WINDOW // 64], 0.0
    share = adjacent / count
    # Double-byte text must not be cut inside a character: give it whole, from the start.
    words = head[:4096]
    return (head[: last + 1], share) if share > 0.25 else (b"".join(pieces) + b"\n" + words, share)


def _try(sample: bytes, label: str) -> str | None:
    codec = CODECS.get(label, label)
    if label in DOUBLE or codec.startswith(("iso2022", "utf")):
        try:
            decoder = codecs.getincrementaldecoder(codec)("strict")
            return decoder.decode(sample, final=False)
        except (UnicodeError, LookupError):
            return None
    try:
        return sample.decode(codec, AS_1252)
    except (UnicodeError, LookupError):
        return None


def _chardet(raw: bytes) -> list[str]:
    import chardet

    guesses = chardet.detect_all(raw[:16384], ignore_threshold=False)
    names = [name(f["encoding"]) for f in guesses[:8] if f["encoding"]]
    return [label for label in names if label in COMMON or label in WIDER or label in _RARE]


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in wrong), error.end


_WINDOWS = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
AS_1252 = "erastyle-1252"
codecs.register_error(AS_1252, _as_1252)
