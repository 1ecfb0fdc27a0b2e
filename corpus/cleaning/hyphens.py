"""Hyphens at line ends: which one only broke a word, and which one belongs to it.

A scan of `to-` and `day` can be either. The hyphen stays where the document writes the word with it
inside a line, in numbers, and in words that were spelt with it before 1930.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

_words = str.split  # lists of words are written as one text

_TENS = "twenty|thirty|forty|fourty|fifty|sixty|seventy|eighty|ninety"
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_PARTS = (
    "half|halves|thirds?|fourths?|quarters?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?"
    "|twelfths?|sixteenths?|twentieths?|hundredths?"
)
_NUMBER = re.compile(
    rf"(?:{_TENS})-(?:{_UNITS}|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    rf"|(?:{_UNITS}|ten|eleven|twelve)-(?:{_PARTS}|fold|story|storied|legged|horse|year|day|cent)"
)
_COMPOUND = re.compile(
    r"to-(?:day|night|morrow)s?"
    r"|(?:well|ill|so|newly|highly|above|before)-(?:known|called|named|to-do|being|bred|born|off|timed|"
    r"nigh|founded|dressed|educated|informed|meaning|merited|earned|read|fed|made|filled|kept|built|"
    r"defined|attended|deserved|advised|treated|fated|mannered|tempered|will|married|elected|"
    r"mentioned|said|described|stated|disposed|established|regulated|worn|paid|trained)"
    r"|half-(?!penn)[a-z]{3,}|self-(?!ish|less)[a-z]{3,}"
    r"|vice-(?:president|presidents|admiral|chancellor|consul|principal|regent|chairman|versa)"
    r"|ex-(?:president|governor|mayor|senator|king|queen|emperor|empress|convict|soldier|officer|"
    r"minister|judge|sheriff|congressman|secretary|member|speaker|treasurer|confederate)"
    r"|(?:mother|father|son|daughter|brother|sister)s?-in(?:-law)?|in-law|commander-in(?:-chief)?"
    r"|editor-in(?:-chief)?|attorney-general|(?:lieutenant|governor|major|brigadier|adjutant|postmaster|"
    r"surgeon|solicitor|quartermaster|consul|inspector)-(?:governor|general|colonel|commander)"
    r"|(?:old|new|good|bad|first|second|third|high|low|long|short|full|hard|open|red|blue|dark|light|"
    r"kind|broken|cold|warm|quick|cool|clear|double|single|large|small|fine|free|strong|narrow)-"
    r"(?:fashioned|looking|natured|humored|humoured|class|rate|hand|handed|headed|hearted|minded|"
    r"tempered|spirited|blooded|haired|eyed|colored|coloured|skinned|priced|lived|standing|distance|"
    r"legged|footed|sized|toned|sighted|witted|faced|tongued|breasted|barreled|barrelled|born|made|"
    r"comer|comers|year|years|bye|by|will|morning|night)"
    r"|(?:middle|old|teen)-aged|(?:man|men)-of(?:-war)?|by-(?:law|laws|stander|standers|gone|way|word)"
    r"|(?:pre|re)-(?:eminent|eminently|eminence|elect|elected|election|enter|entered|establish|"
    r"established|examine)|co-(?:operate|operated|operation|operative|operating|ordinate|partner)"
    r"|(?:cross|cow|wagon|steam|saw|grist|flour|cotton|paper)-(?:examine|examined|examination|roads?|"
    r"mill|mills|boy|boys|engine|engines|road|boat|ship)"
    r"|(?:bed|dining|drawing|sitting|school|court|bath)-(?:room|rooms|house|houses)"
    r"|(?:some|any|every|no)-one|[a-z]{3,}-like|(?:north|south)-(?:east|west)(?:ern|erly|ward)?"
    r"|(?:a|an)-(?:days)|now-a(?:-days)?|great-grand[a-z]+|(?:post|custom|court|ware|light|alms|work|"
    r"play)-(?:office|offices|house|houses)|(?:grand)-(?:father|mother|son|daughter|children)"
)
"""Words that print before 1930 wrote with a hyphen."""
_STARTS_SENTENCE = frozenset(
    _words(
        "the a an he she it in on at and but for of to this that these those there they we i you "
        "mr mrs miss dr his her its our their my no not if when while after before as so or by "
        "from with what who how why then now here all some many one two three"
    )
)
_JOINED_NAME = ("Mc", "Mac", "O'")
_COMBINING = frozenset(
    _words(
        "Anglo Franco Austro Russo Greco Graeco Indo Prusso Turko Turco Sino Hispano Scoto Celto "
        "Italo Serbo Germano Judeo Afro Euro Slavo Hiberno Gallo Dano Japano Chino Romano Pan Neo "
        "Spanish Scotch Irish German French English American Mexican Swiss Dutch Jean Jeanne "
        "Marie Anna Ann Mary Saint Sainte Baden Schleswig Alsace Saxe Bosnia Transvaal"
    )
)
"""First parts of names that print writes with a hyphen; other capitals in a scan are chance."""
_PREFIXES = frozenset(_words("un anti pre non pro pan trans inter ultra semi ex neo post mid"))


def belongs(first: str, second: str, inside: Container[str], counts: Mapping[str, int]) -> bool:
    """Say whether the hyphen between two parts of a word at a line end belongs to the word.

    Args:
        first: Letters before the hyphen.
        second: Letters on the next line.
        inside: Words that the document writes with a hyphen inside a line, in lower case.
        counts: How often the document has each word without a hyphen, in lower case.

    >>> belongs("to", "day", (), {}), belongs("conser", "vation", (), {})
    (True, False)
    >>> belongs("to", "day", (), {"today": 2}), belongs("Anglo", "Saxon", (), {})
    (False, True)
    """
    whole, joined = f"{first}-{second}".lower(), f"{first}{second}".lower()
    if whole in inside:
        return True
    if counts.get(joined, 0):
        return False
    if second[:1].isupper() and not (first.isupper() and second.isupper()):
        return not first.startswith(_JOINED_NAME)
    return bool(_NUMBER.fullmatch(whole) or _COMPOUND.fullmatch(whole))


def continues(first: str, second: str) -> bool:
    """Say whether the word on the next line, which begins with a capital, continues a broken one.

    >>> continues("Anglo", "Saxon"), continues("CONSER", "VATION"), continues("Brown", "The")
    (True, True, False)
    """
    if second.lower() in _STARTS_SENTENCE:
        return False
    if first.isupper() and second.isupper():
        return len(first) > 1
    begins = first in _COMBINING or first.lower() in _PREFIXES or first in _JOINED_NAME
    return second[1:].islower() and begins
