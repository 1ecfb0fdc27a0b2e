"""Date expressions in text, in the forms that people of the period used.

`mentions` reads names of months in English, German, French, Italian, Spanish and Dutch, day-first
and month-first numbers, ISO and RCS dates, `$VER` strings, month and year, and bare years. It skips
numbers that only look like a year: prices, RFC numbers, kilobytes, versions.
"""

from __future__ import annotations

import calendar
import re
from typing import NamedTuple

FIRST_YEAR = 1600
LAST_YEAR = 2039


class Mention(NamedTuple):
    """A date in a text.

    Attributes:
        first: First day that it can mean, `YYYY-MM-DD`.
        last: Last day that it can mean.
        form: Its precision: `day`, `month` or `year`.
        start: Offset of its first character in the text.
        end: Offset behind its last character.
        sure: How sure the reading is, 0 to 1; a year of two digits is less sure.
        short: Whether its year has two digits, so that the century is a guess.
    """

    first: str
    last: str
    form: str
    start: int
    end: int
    sure: float = 1.0
    short: bool = False


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier gennaio enero januari",
            "feb february febr februar fevrier février febbraio febrero februari febuary",
            "mar march mär märz maerz mrz mars marzo maart",
            "apr april avril aprile abril",
            "may mai maggio mayo mei",
            "jun june juni juin giugno junio",
            "jul july juli juillet luglio julio",
            "aug august août aout agosto augustus",
            "sep sept september septembre settembre septiembre",
            "oct october okt oktober octobre ottobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember decembre décembre dicembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}

_NAME = r"(?P<{}>[JFMASONDGLEjfmasondgle][A-Za-zäéû]{{2,9}})\.?"
_YEAR = r"'?(?P<{}>(?:1[6-9]|20)\d\d|\d\d)(?![\d:%]|[.,/-]\d)"
_CLOCK = r"(?:,?\s(?:at\s)?\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]m)?)?(?:\s\(?[A-Z]{2,5}\)?)?"
_BY_NAME = re.compile(
    r"(?<![\w/.-])(?:"
    + (r"(?P<d1>[0-3]?\d)(?:st|nd|rd|th|\.)?[-\s/,]{1,2}(?:of\s)?" + _NAME.format("m1"))
    + (r",?[-\s/]{1,3}" + _YEAR.format("y1"))
    + "|"
    + (_NAME.format("m2") + r"[-\s]{1,3}(?P<d2>[0-3]?\d)(?:st|nd|rd|th)?" + _CLOCK)
    + (r",?[-\s]{1,3}" + _YEAR.format("y2"))
    + "|"
    + (
        _NAME.format("m3")
        + r",?[-\s/]{0,3}(?:of\s)?(?P<y3>'\d\d|(?:1[6-9]|20)\d\d)(?![\d:%]|[.,]\d)"
    )
    + ")",
    re.ASCII,
)
_BY_NUMBER = re.compile(
    r"(?<![\w.$/#=-])(?:"
    r"(?P<y>(?:1[6-9]|20)\d\d)(?P<s>[-/.])(?P<m>[01]?\d)(?P=s)(?P<d>[0-3]?\d)"
    r"|(?P<a>[0-3]?\d)(?P<t>[-/.]) ?(?P<b>[0-3]?\d)(?P=t) ?(?P<z>(?:1[6-9]|20)\d\d|\d\d)"
    r"|(?P<yy>[3-9]\d)(?P<u>[-/])(?P<mm>[01]\d)(?P=u)(?P<dd>[0-3]\d)"
    r")(?![\d/%]|[.:-]\d)",
    re.ASCII,
)
_BARE = re.compile(
    r"(?<![\w.,$£€#=:+*&%/@~^\\-])(?P<y>(?:1[6-9]|20)\d\d)"
    r"(?:(?P<dash>\s?(?:-|/|\u2013|to|and|bis)\s?)'?(?P<e>(?:1[6-9]|20)\d\d|\d\d))?"
    r"(?!'?s\b|[\w%=+*^\\]|[.,:/-]\d|"
    r"(?<=2000)[\s-](?:complian|problem|bug\b|read(?:y|iness)|issue)|\s?(?:bytes?|bits?|kb|k\b|mb|px|pixels?|x\s?\d|dpi|baud|bps|"
    r"mhz|hz|dollars|pounds|people|copies|users|times|miles|feet|points?|colou?rs|lines|pages|years\b|"
    r"DM\b|FF\b|USD|GBP|km|kg|mm|cm|m\b|ft|files|francs?|fr\b|marks?\b|lir[ae]|pesetas?|yen|euros?|"
    r"guilders?|gulden|rubles?|roubles?|crowns?|kron(?:er|or|en)|schillings?|pesos?|rupees?|cents?\b|"
    r"members|visitors|hits|students|readers|guests|seats|acres|words|articles|books|votes|tons|"
    r"records|entries|names|kilomet|met(?:re|er)s|hours|days\b|miles|trees|cars|subscribers|watts?|"
    r"volts?|rpm|inch|items|pieces)"
    r"|(?-i:(?:\s[A-Z][a-z]+\.?){1,3}\s(?:Street|St\b|Avenue|Ave\b|Road|Rd\b|Drive|Dr\b|Lane|Ln\b|"
    r"Boulevard|Blvd|Court|Ct\b|Way\b|Place|Parkway|Pkwy|Highway|Hwy|Circle|Square|Terrace|Row\b|"
    r"Suite|Pike|Trail)\b)|\s(?:[NSEW]\.?\s)?\d{1,3}(?:st|nd|rd|th)\s(?:Street|St\b|Ave|Avenue))",
    re.ASCII | re.IGNORECASE,
)
_NOT_A_YEAR = re.compile(
    r"(?<![a-z])(?:rfc|iso|no\.?|nr\.?|number|page|port|version|ver|v|windows|win|office|server|amiga|a|"
    r"model|part|box|room|fax|tel|phone|line|lines|size|about|over|than|only|at least|up to|us\$|"
    r"dm|price|isbn|issn|bug|item|chapter|vol|sku|zip|d-|ext|id|word|excel|nt|exchange|studio|access|"
    r"motorola|cpu|hex|kickstart|workbench|times|x|suite|ste|apt|apartment|flat|hall|building|bldg|"
    r"unit|floor|route|highway|hwy|flight|channel|postcode|po box|extension|code|catalog|cat|order|"
    r"serial|mail ?stop|lot|gate|platform|track|locker|dial|call|pager|mobile|frs?|lit|sfr|rs|ats|"
    r"eur|usd|gbp|chf|jpy|[$\u00a3\u20ac\u00a5])[\s:#=.-]*$",
    re.IGNORECASE,
)
_PRODUCT = re.compile(
    r"(?<![a-z])(?:gateway|publisher|frontpage|project|money|encarta|quicken|turbotax|outlook|works|"
    r"powerpoint|photoshop|corel ?draw|autocad|wordperfect|smartsuite|lotus|netware|visual basic|"
    r"visual c\+\+|internet explorer|explorer|navigator|norton|flight simulator|sim ?city|"
    r"bookshelf|cinemania|print shop|mathcad)"
    r"(?-i: (?:Pro|Professional|Deluxe|Standard|Premium|Small Business|Utilities|Server))?[ -]?$",
    re.IGNORECASE,
)
"""The name of a product before its number."""
_DIALLED = re.compile(r"(?<![\d/.])(?:\+\d{1,3}[ .-]|\(\d{2,5}\) ?|\d{3}[ .])(?:\d{2,4}[ .-])*$")
"""The beginning of a telephone number, whose last four digits are no year."""
_APOSTROPHE = re.compile(r"(?<![\d'\u2019`])['\u2019`](?P<y>[7-9]\d)(?![\d\w%'\u2019])", re.ASCII)


def mentions(text: str) -> list[Mention]:
    """Return the dates in `text`, in order; they do not overlap.

    The time is linear in the length of `text`, which the caller bounds.

    >>> [m[:3] for m in mentions("Last changed March 12th 1996 (first 3/12/95)")]
    [('1996-03-12', '1996-03-12', 'day'), ('1995-03-12', '1995-12-03', 'day')]
    """
    dates: list[Mention] = []
    for begin, stop in _places(text):
        named = [_named(match) for match in _BY_NAME.finditer(text, begin, stop)]
        numeric = [_numeric(match) for match in _BY_NUMBER.finditer(text, begin, stop)]
        inside = [m for m in (*named, *numeric) if m]
        for match in _BARE.finditer(text, begin, stop):
            at = match.start()
            if not _covered(inside, at) and not is_number(text, at):
                inside.append(_bare(match))
        for match in _APOSTROPHE.finditer(text, begin, stop):
            if not _covered(inside, match.start()) and not is_number(text, match.start()):
                year = whole_year(1900 + int(match["y"]), match.start(), match.end(), 0.6)
                inside.append(year._replace(short=True))
        dates += inside
    dates.sort(key=lambda m: m.start)
    return dates


def is_number(text: str, at: int) -> bool:
    """Say whether the digits at an offset are a number of something, by the words before them.

    >>> is_number("my Gateway 2000", 11), is_number("Office '97", 7), is_number("in 1996", 3)
    (True, True, False)
    """
    before = max(0, at - 40)
    if _NOT_A_YEAR.search(text, before, at) or _DIALLED.search(text, before, at):
        return True
    product = _PRODUCT.search(text, before, at)  # in sentences with a capital: `works 1996` is none
    return product is not None and (product[0][0].isupper() or " " not in text)


_PLACE = re.compile(r"\d\d(?:\d\d)?(?!\d)", re.ASCII)
_CENTURIES = frozenset(("16", "17", "18", "19", "20"))
_LEADS = frozenset("'\u2019`/. ,-")
_MONTH = re.compile(
    r"jan|feb|f.v|m[aä]r|apr|avr|ago|abr|ma[ijyg]|mei|ju[inl]|aug|ao[uû]|sep|set|o[ckt]t|nov|d[eé][cz]|"
    r"gen|ene|lug|giu|mrz",
    re.IGNORECASE,
)
_BEFORE, _BEHIND = 40, 16


def _places(text: str) -> list[tuple[int, int]]:
    """Return the stretches of `text` around numbers that can be years."""
    places: list[tuple[int, int]] = []
    for match in _PLACE.finditer(text):
        start, end = match.span()
        if end - start == 4:
            if match[0][:2] not in _CENTURIES:
                continue
        else:
            lead = text[start - 1 : start]
            if lead not in _LEADS or not lead:
                continue
            if lead in " ," and not _MONTH.search(text, max(0, start - 20), start):
                continue
        begin, stop = max(0, start - _BEFORE), end + _BEHIND
        if places and begin <= places[-1][1]:
            places[-1] = (places[-1][0], stop)
        else:
            places.append((begin, stop))
    return places


def _covered(inside: list[Mention], at: int) -> bool:
    return any(m.start <= at < m.end for m in inside)


def whole_year(year: int, start: int = 0, end: int = 0, sure: float = 1.0) -> Mention:
    """Return the mention of a year."""
    return Mention(f"{year:04}-01-01", f"{year:04}-12-31", "year", start, end, sure)


def full_year(digits: str) -> int | None:
    """Return the year that two or four digits mean, or `None` if it is open.

    70 to 99 are 19xx and 00 to 29 are 20xx; 30 to 69 are open.

    >>> full_year("96"), full_year("'96"), full_year("07"), full_year("45"), full_year("1893")
    (1996, 1996, 2007, None, 1893)
    """
    digits = digits.lstrip("'")
    year = int(digits)
    if len(digits) == 2:
        if 30 <= year < 70:
            return None
        year += 1900 if year >= 70 else 2000
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def day(year: int, month: int, number: int) -> str | None:
    """Return `YYYY-MM-DD`, or `None` if there is no such day."""
    if not 1 <= month <= 12 or not 1 <= number <= calendar.monthrange(year, month)[1]:
        return None
    return f"{year:04}-{month:02}-{number:02}"


def month_number(name: str) -> int | None:
    """Return 1 to 12 for a month's name, whole or shortened, in any of the six languages."""
    return _MONTHS.get(name.lower().rstrip("."))


def _named(match: re.Match[str]) -> Mention | None:
    which = next(n for n in "123" if match[f"m{n}"])
    name = match[f"m{which}"]
    month = month_number(name)
    year = full_year(match[f"y{which}"])
    if month is None or year is None:
        return None
    written = match[f"y{which}"].lstrip("'")
    short = len(written) == 2
    sure = 0.95 if short else 1.0
    if short and year >= 2000:
        if which == "2" and _between(match, "d2", "y2").strip() in ("-", ""):
            return None  # `July 22-23`: two days, and no year
        sure = 0.3  # `May 1, 21`: another century, or another number
    if which == "3":
        if name.islower() and name in ("may", "mar", "dec", "mars", "mai"):
            sure = 0.5
        last = calendar.monthrange(year, month)[1]
        first = f"{year:04}-{month:02}-01"
        return Mention(
            first, f"{year:04}-{month:02}-{last:02}", "month", *match.span(), sure, short
        )
    date = day(year, month, int(match[f"d{which}"]))
    return Mention(date, date, "day", *match.span(), sure, short) if date else None


def _between(match: re.Match[str], one: str, other: str) -> str:
    return match.string[match.end(one) : match.start(other)]


def _numeric(match: re.Match[str]) -> Mention | None:
    start, end = match.span()
    if match["y"]:
        date = day(int(match["y"]), int(match["m"]), int(match["d"]))
        return Mention(date, date, "day", start, end) if date else None
    if match["yy"]:
        year = full_year(match["yy"])
        date = day(year, int(match["mm"]), int(match["dd"])) if year else None
        return Mention(date, date, "day", start, end, 0.95, short=True) if date else None
    year = full_year(match["z"])
    if year is None:
        return None
    a, b = int(match["a"]), int(match["b"])
    readings = [day(year, b, a)]
    if match["t"] != ".":
        readings.append(day(year, a, b))
    dates = sorted(d for d in readings if d)
    if not dates:
        return None
    sure = 1.0 if len(match["z"]) == 4 else 0.93
    if len(match["z"]) == 2 and (year >= 2000 or match["t"] == "."):
        sure = 0.3 if year >= 2000 else 0.7  # 1.2.03 is a version more often than a day
    return Mention(dates[0], dates[-1], "day", start, end, sure, short=len(match["z"]) == 2)


def _bare(match: re.Match[str]) -> Mention:
    year = int(match["y"])
    start, end = match.span()
    sure = 0.3 if year in (1600, 1800, 1900, 2000, 1920, 2048) else 0.9
    if match["e"]:
        ends = (
            full_year(match["e"]) if len(match["e"]) == 4 else year // 100 * 100 + int(match["e"])
        )
        if ends and year < ends <= year + 60:
            year = ends
    return whole_year(year, start, end, sure)
