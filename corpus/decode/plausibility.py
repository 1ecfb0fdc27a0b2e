"""Plausibility of a decoded text, from the neighbours of each character that is not ASCII.

A wrong encoding puts capitals into the middle of words, symbols between letters, and control
characters anywhere. The function words of a page tell its language and so the accented letters to
expect. The letter frequencies come from general knowledge of each orthography; only their order
matters.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

# Letters beyond ASCII by language, the most frequent first, and words that give it away.
LANGUAGES = {
    "en": ("éüöäñèçáóíïàåøêâô", "the and of to is in that for with this you are on"),
    "de": ("üäöß", "der die und das ist nicht ein eine mit von zu den auf sie ich werden für"),
    "fr": ("éèàêçôâûîùëïœ", "le la les des et est un une que pour dans qui sur pas vous avec"),
    "es": ("óíáéñúü", "el la los de que en un una por con para es del las se su como"),
    "it": ("èàùòìé", "il di che la in un per non con del una sono della gli le anche"),
    "pt": ("ãéçáíóêúõàâô", "de que o os um uma para com em por se na no do da as mais"),
    "nl": ("ëéïöèüó", "de het een van en dat niet op met voor zijn te aan ook deze"),
    "sv": ("äöåé", "och att det som en av till med den inte ett om jag var har"),
    "da": ("øåæé", "og at det som en af til med den ikke et om jeg var har er"),
    "fi": ("äöå", "ja on ei se oli mutta niin kun joka olen ovat mukaan ole"),
    "is": ("áíóéúöðþýæ", "og er sem til um en ekki var hann hefur fyrir"),
    "pl": ("łęóąśżćźń", "w na nie z do jest i to co jak o po tego od za przez"),
    "cs": ("íáéěýžřčšůúťďňó", "na je se v o s z do i to za pro jako ale jsem nebo"),
    "hu": ("áéőöóüűíú", "a az egy nem hogy van meg volt csak mint de ez ha"),
    "tr": ("\u0131işüğçöİ", "ve bir bu da de ne mi var ben o ama daha olan gibi"),
}
_WORD = re.compile(r"[a-z]+")
_HIGH = re.compile("[^\x00-\x7f]")
_ENDINGS = re.compile(r"(?:s|t|re|ll|ve|d|m)(?![^\W\d_])", re.IGNORECASE)
_ELIDED = re.compile(r"(?:^|[^\w])(?:[cdjlmnst]|qu|dell|nell|all|un|o)$", re.IGNORECASE)
_CYRILLIC_COMMON = frozenset("оеаинтсрвлкмдпуяыь")
_HAN_COMMON = frozenset(
    "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于着下自之年过過发發"
    "后後作里用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開"
    "但因只从從想实實日月本語文字新聞東京何今手入出見行者会社長間高気思分名水金木火土迎页頁网網站"
)  # the commonest ideographs of Chinese and Japanese
_UNIT = re.compile(
    "(?<![^\\W\\d_])(?:\u00b5[smAFWVHglMP]{1,2}(?![^\\W_])|\u00b0 ?[CFKR](?![^\\W_])|\u00b1 ?\\d)"
)
_LINE_ART = re.compile("[\u2500-\u259f\u25a0\u25ac\u00b7\u2219\u2261\\s]")
_RULES = frozenset("\u2500\u2550\u2502\u2551\u2588\u2591\u2592\u2593\u2584\u2580\u258c\u2590\u25a0")
_SINGLES = frozenset("àèéóåöæøáú")  # words of one letter


def leanings(ascii_text: str) -> dict[str, float]:
    """Return the support of a text's function words for each language, 0 to 1."""
    words = Counter(_WORD.findall(ascii_text.lower()))
    counts = {
        language: sum(words[word] for word in _words(given))
        for language, (_, given) in LANGUAGES.items()
    }
    most = max(counts.values())
    return {language: (hits / most if most >= 3 else 0.4) for language, hits in counts.items()}


def plausibility(text: str, leaning: dict[str, float] | None = None) -> float:
    """Return the plausibility of `text` per character that is not ASCII, about -3 to 2.

    Args:
        text: Decoded text.
        leaning: Its `leanings`, if the caller has them.
    """
    high = [match.start() for match in _HIGH.finditer(text)]
    if not high:
        return 0.0
    leaning = leaning or leanings(text)
    fixed = 0.0
    letters: dict[str, int] = {}
    for i in high:
        value, letter = _place(text, i)
        fixed += value
        if letter:
            letters[letter] = letters.get(letter, 0) + 1
    best = 0.0
    if letters:
        best = max(
            sum(n * _frequency(language, c) for c, n in letters.items())
            + 0.9 * (leaning[language] - 1) * min(len(high), 8)
            for language in LANGUAGES
        )
    return (fixed + best) / len(high)


@cache
def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


@cache
def _frequency(language: str, letter: str) -> float:
    rank = LANGUAGES[language][0].find(letter)
    return 1.5 - 0.09 * rank if rank >= 0 else -0.6


def _place(text: str, i: int) -> tuple[float, str]:
    """Return the score of a character in its place, and its lower case if it is a Latin letter."""
    c = text[i]
    before = text[i - 1] if i else "\n"
    after = text[i + 1] if i + 1 < len(text) else "\n"
    code = ord(c)
    if code < 0xA0 or code == 0xFFFD or 0xE000 <= code < 0xF900:
        return -4.0, ""
    if 0x2500 <= code < 0x25A0:
        return _line_art(c, before, after), ""
    if c.isalpha() and c not in "ªº\u00b5":
        if before == c == after:
            return -2.0, ""  # a run of one letter is line art of another code page
        if code < 0x250 or 0x1E00 <= code < 0x1F00:
            return _latin(c, before, after), c.lower()
        return _other_script(c, before, after), ""
    return _symbol(text, i, c, before, after), ""


_NEIGHBOURS = {  # letter: letters allowed before and after it; empty: any; #: the word's edge
    "è": ("", "rcsltmvnpdgbqz#"),
    "ï": ("aeouäéo", ""),
    "ã": ("", "oes#"),
    "õ": ("", "els#"),
    "ì": ("", "#"),
    "ò": ("", "#"),
    "ù": ("", "#"),
    "ñ": ("aeiou#", "aeiouáéíóú"),
    "ç": ("", "aouãõáóôê"),
    "ê": ("", "tmscrlnvp#"),
    "ß": ("aeiouäöü", ""),
    "î": ("", "tnmlcs"),
    "û": ("", "trlnmc"),
}
_DOUBLED = frozenset("äöü")


def _latin(c: str, before: str, after: str) -> float:
    letters = before.isalpha() + after.isalpha()
    if not letters:
        if before.isdigit() or after.isdigit() or c.isupper():
            return -1.0
        return 0.0 if c in _SINGLES else -1.0
    value = _cased(c, before, after)
    if c in (before, after) and c.lower() not in _DOUBLED:
        value -= 1.5
    fits = _NEIGHBOURS.get(c.lower())
    if fits:
        left = before.lower() if before.isalpha() else "#"
        right = after.lower() if after.isalpha() else "#"
        value -= 0.8 * (bool(fits[0]) and left not in fits[0])
        value -= 0.8 * (bool(fits[1]) and right not in fits[1])
    return value


def _cased(c: str, before: str, after: str) -> float:
    if c.isupper():
        if before.islower():
            return -2.5
        if before.isupper() or after.isupper():
            return -0.2
        return -0.3 if after.islower() else -0.8
    if before.isupper() and after.isupper() and c != "ß":
        return -2.5
    if c == "ß" and not before.isalpha():
        return -2.0
    if before.islower() and after.isupper():
        return -0.8  # `TheáStaff`: a space of another code page
    return 0.2 if before.islower() or after.islower() else -0.8


def _line_art(c: str, before: str, after: str) -> float:
    if before.isalpha() or after.isalpha():
        return -3.0 if before.isalpha() and after.isalpha() else -1.2
    if before == c or after == c:
        return 1.5 if c in _RULES else -1.0
    near = (before >= "\x80" and bool(_LINE_ART.match(before))) + (
        after >= "\x80" and bool(_LINE_ART.match(after))
    )
    return 1.0 if near else 0.2


def _other_script(c: str, before: str, after: str) -> float:
    code = ord(c)
    if code >= 0x2E80:
        return _east_asian(code, before, after)
    around = [n for n in (before, after) if n.isalpha()]
    if any(n < "\u0250" for n in around):
        return -3.0
    script = unicodedata.name(c, "?").partition(" ")[0]
    if not around or script in {"MODIFIER", "FEMININE", "?"}:
        return -1.2
    if any(unicodedata.name(n, "?").partition(" ")[0] != script for n in around):
        return -1.5
    if c.isupper() and before.islower():
        return -2.0
    value = (1.6 if c.lower() in _CYRILLIC_COMMON else 0.9) if script == "CYRILLIC" else 1.1
    return value - 0.2 if c.isupper() else value


def _east_asian(code: int, before: str, after: str) -> float:
    if (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha()):
        return -1.5
    if 0x3040 <= code < 0x3100:
        return 1.1
    if 0xAC00 <= code < 0xD7A4:
        return 0.9
    if 0xFF61 <= code < 0xFFA0 or 0x3400 <= code < 0x4E00 or code >= 0x20000:
        return -0.8
    return 1.3 if chr(code) in _HAN_COMMON else 0.3


def _symbol(text: str, i: int, c: str, before: str, after: str) -> float:
    if c in "\u2019\u00b4":
        if before.isalpha() and after.isalpha():
            told = _ENDINGS.match(text, i + 1) or _ELIDED.search(text[max(0, i - 6) : i])
            return 2.4 if told else 0.2
        return 1.2 if (before.isalnum() or before in ".,!?") and not after.isalnum() else -0.5
    between = before.isalpha() and after.isalpha()
    opens = not before.isalnum() and (after.isalnum() or after in "<[(.'")
    if before == c or after == c:
        return 0.3  # dots, bars and rings in a row: line art of Unix and the Amiga
    closes = not after.isalnum() and (before.isalnum() or before in ".,!?>)]'%")
    loose = not before.isalnum() and not after.isalnum()
    if c in "\u201c\u2018\u00ab\u201e\u201a\u00a1\u00bf":
        return 1.5 if opens else (0.4 if loose or (c in "\u201c\u2018\u00ab" and closes) else -1.5)
    if c in "\u201d\u00bb\u2122\u00ae":
        return 1.5 if closes else (0.3 if loose or c in "\u00bb\u00ae" else -1.5)
    if c in "\u2013\u2014":
        return 1.2 if before.isspace() == after.isspace() or before.isdigit() else 0.0
    if c == "\u2026":
        return 1.4 if not after.isalnum() else -0.5
    if c == "\u2022":
        return -1.5 if between else 0.9 if not after.isalpha() else 0.2
    if c == "\u00a0":
        return 0.4
    if c in "\u00a9\u00a3\u00a7\u20ac":
        good = after.isdigit() or (after.isspace() and not before.isalpha()) or before.isdigit()
        return 1.3 if good else (0.5 if c in "\u00a9\u00a7" and not between else -1.0)
    if c in "\u00b5\u00b0\u00b1" and _UNIT.match(text, i):
        return 1.4  # `5 \u00b5s`, `20 \u00b0C`, `\u00b1 2`
    if c in "\u00b0\u00ba\u00aa\u00b2\u00b3\u00bd\u00bc\u00be\u00b9":
        power = c in "\u00b2\u00b3\u00b9" and (before.isalpha() or before in "\u00b2\u00b3")
        if (before.isdigit() or power) and not between:
            return 1.3 if before.isdigit() else 0.7
        return 0.0 if loose else -1.2
    if c in "\u00b5\u00d7\u00b1\u00b7":
        good = before.isspace() or before.isdigit()
        return 0.7 if good and not between else -0.8
    return -2.2 if between else (-0.9 if before.isalpha() or after.isalpha() else -0.4)
