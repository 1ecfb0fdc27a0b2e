"""Replaces people's addresses and numbers by stand-ins in the form of the period.

Under the same salt the same address becomes the same stand-in in every document, so threads and
signatures stay consistent. Without the salt nobody can recover the address.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable

_words = str.split  # lists of words are written as one text

_EMAIL = re.compile(
    r"(?<![\w.+%-])(?!(?i:href|name|value|content|action|alt|src|title)=)"
    r"([A-Za-z0-9][\w.+%=-]{0,63})@([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,10}|[A-Z][A-Z0-9]{3,7})(?![\w@])"
)
_BANG = re.compile(
    r"(?:(?<![\w!.])|(?<=\.\.!))([a-z0-9][\w.-]{1,30}(?:![a-z0-9][\w.-]{1,30}){0,12})!([A-Za-z][\w.%-]{1,30})(?![\w!])"
)
_IP = re.compile(
    r"(?<![\w.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w.]*\d)"
)
_CARD = re.compile(r"(?<![\d.-])(?:\d[ -]?){12,18}\d(?![\d.-])")
_PHONE = re.compile(
    r"(?<![\w.,/:$£#=-])(?:"
    r"\+\d{1,3}[ .-]?(?:\(0?\d{0,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,4}"  # +44 (0)171 555 1234
    r"|(?:1[ .-])?\(\d{3}\)\s?\d{3}[ .-]\d{4}"  # (415) 555-1234
    r"|(?:1[ -])?\d{3}[-.]\d{3}[-.]\d{4}"  # 415-555-1234
    r"|\(0\d{2,5}\)\s?\d{3,4}(?:[ -]?\d{2,4}){1,2}"  # (01223) 555123
    r"|0\d{2,4}[ -]\d{3}[ -]\d{4}"  # 0171-555 1234
    r"|\d{3}/\d{3}-\d{4}"  # 415/555-1234
    r")(?![\w-]*\d|\.\d)"
)
_TELLS = re.compile(r"(?:tel|phone|fax|voice|call|bbs|modem|data)\b[^\n\d+(]{0,14}$", re.IGNORECASE)
_SEVEN = re.compile(r"(?<![\w.,/:$£#=-])\d{3}-\d{4}(?![\w-]*\d)")
_TAG = re.compile(r"<[A-Za-z/!][^>]{0,4000}>")
_VERSION = re.compile(
    r"(?:\bv|version|release|rev|ver|chapter|section|sec|clause)\.?\s*$", re.IGNORECASE
)

_NO_SALT = "privacy needs a salt of at least one character; choose one for each corpus"

_FIRST = "abcdefghijklmnoprstw"
_LAST = _words(
    "adams baker barnes bell bishop brooks burton carter chase clark collins cooper cross "
    "davis dean dixon doyle ellis evans field fisher fletcher ford foster fox garner gibson "
    "gordon grant graves hale harper hayes hill holt hughes hunt jensen keller kent knight "
    "lane larsen lowe marsh mason meyer miles moss nash nolan owens page parker pierce porter "
    "quinn reed rhodes rowe shaw sloan stone tate turner vance wade walsh ward webb weaver "
    "wells york"
)
_GIVEN = _words(
    "alan alice brian beth carl carol david diane eric ellen frank fiona george grace henry helen "
    "ivan irene john joan keith karen larry laura mark martha neil nancy oscar olive peter paula "
    "robert ruth steve susan thomas tina walter wendy"
)
_UNIT = _words(
    "cs math ee physics bio chem astro eng library mail vax sun1 unix gate alpha hp1 lab comp"
)
_PLACE = _words(
    "northfield bigstate lakeside easton midtown westlake hillcrest riverbend oakdale "
    "stonegate fairview greenfield harbor summit valley prairie redwood clearwater ironbridge "
    "millbrook"
)


def pseudonymise(text: str, salt: str, html: bool | None = None) -> tuple[str, dict[str, int]]:
    """Return `text` with stand-ins for personal addresses and numbers, and the count by kind.

    E-mail addresses (also inside `mailto:`) and UUCP bang paths become addresses below `.example`
    (RFC 2606). Telephone numbers end in 555-01xx, IP addresses come from the blocks for
    documentation (RFC 5737), and card numbers become a test number. Names of people stay.

    Args:
        text: Plain text or HTML.
        salt: Secret of the corpus: the same salt gives the same stand-ins.
        html: Whether numbers inside tags stay, because they are sizes and not telephone numbers;
            `None` decides it from the text.

    Raises:
        ValueError: The salt is empty, so that anybody could recover addresses by trying them.

    >>> text, counts = pseudonymise("Mail jane@cs.uni.edu or call (415) 857-1234.", "s")
    >>> text.endswith("@" + text.split("@")[1]), "jane" in text, counts
    (True, False, {'email': 1, 'phone': 1})
    """
    if not salt:
        raise ValueError(_NO_SALT)
    counts: Counter[str] = Counter()
    stand_in = _StandIns(salt, counts)
    if html is None:
        html = bool(
            re.search(r"<(?:html|body|p|a|br|h[1-6]|table|pre|title)\b", text[:20_000], re.I)
        )
    if "@" in text:
        text = _EMAIL.sub(stand_in.email, text)
    if not html:
        return stand_in.numbers(text), dict(sorted(counts.items()))
    out = []
    at = 0
    for tag in _TAG.finditer(text):
        out.append(stand_in.numbers(text[at : tag.start()]))
        out.append(tag[0])
        at = tag.end()
    out.append(stand_in.numbers(text[at:]))
    return "".join(out), dict(sorted(counts.items()))


def person(address: str, salt: str) -> tuple[str, str]:
    """Return the stand-in name and address of the person at `address`, as in `pseudonymise`.

    >>> name, address = person("jane@cs.uni.edu", "s")
    >>> len(name.split()), address in pseudonymise("jane@cs.uni.edu", "s")[0]
    (2, True)

    Raises:
        ValueError: The salt is empty.
    """
    if not salt:
        raise ValueError(_NO_SALT)
    stand_in = _StandIns(salt, Counter())
    local, _, host = address.strip("<> ").rpartition("@")
    if not local:  # a bang path: the person is its end
        host, _, local = address.strip("<> ").rpartition("!")
    number = stand_in.draw(f"{local}@{host}", "user")
    initial = _FIRST[number % len(_FIRST)]
    given = [name for name in _GIVEN if name[0] == initial]
    name = f"{given[number // 4096 % len(given)]} {_LAST[number // 64 % len(_LAST)]}".title()
    return name, f"{stand_in.user(f'{local}@{host}')}@{stand_in.host(host or 'nowhere')}"


class _StandIns:
    """Replacement functions that share a salt and count their replacements."""

    def __init__(self, salt: str, counts: Counter[str]) -> None:
        self.salt = salt.encode()
        self.counts = counts

    def draw(self, value: str, kind: str) -> int:
        digest = hmac.new(self.salt, f"{kind}\0{value.lower()}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8], "big")

    def user(self, name: str) -> str:
        number = self.draw(name, "user")
        suffix = str(number // 2048 % 90 + 10) if number % 3 == 0 else ""
        return _FIRST[number % len(_FIRST)] + _LAST[number // 64 % len(_LAST)] + suffix

    def host(self, name: str) -> str:
        number = self.draw(name, "host")
        place = _PLACE[number % len(_PLACE)]
        return f"{_UNIT[number // 64 % len(_UNIT)]}.{place}{number // 4096 % 90 + 10}.example"

    def email(self, match: re.Match[str]) -> str:
        local, host = match[1], match[2]
        if host.lower().endswith(".example"):
            return match[0]
        if sum(map(str.isdigit, local)) >= 5:  # a Message-ID, which links a thread and names nobody
            self.counts["message id"] += 1
            mangled = "".join(
                str((int(c) + self.draw(local, "id") % 10) % 10) if c.isdigit() else c
                for c in local
            )
            return f"{mangled}@{self.host(host)}"
        self.counts["email"] += 1
        return f"{self.user(local + '@' + host)}@{self.host(host)}"

    def bang(self, match: re.Match[str]) -> str:
        hops = match[1].split("!")
        if len(hops) < 2 and "." not in hops[0] and not _looks_like_host(hops[0]):
            return match[0]  # "wow!Great": a missing space, no path
        self.counts["bang path"] += 1
        path = "!".join(self.host(hop).split(".")[1] for hop in hops)
        return f"{path}!{self.user(match[2])}"

    def ip(self, match: re.Match[str]) -> str:
        if _VERSION.search(match.string[max(0, match.start() - 10) : match.start()]):
            return match[0]
        if match[0].startswith(("127.", "0.", "255.", "192.0.2.", "198.51.100.", "203.0.113.")):
            return match[0]
        self.counts["ip"] += 1
        number = self.draw(match[0], "ip")
        return f"{('192.0.2', '198.51.100', '203.0.113')[number % 3]}.{number // 8 % 254 + 1}"

    def card(self, match: re.Match[str]) -> str:
        digits = [int(c) for c in match[0] if c.isdigit()]
        if not 13 <= len(digits) <= 19 or digits[0] not in (3, 4, 5, 6) or not _luhn(digits):
            return match[0]
        self.counts["card"] += 1
        test = iter("4111111111111111111")
        return "".join(next(test) if c.isdigit() else c for c in match[0])

    def phone(self, match: re.Match[str]) -> str:
        digits = sum(map(str.isdigit, match[0]))
        if digits < 7 or digits > 15:
            return match[0]
        self.counts["phone"] += 1
        ending = f"55501{self.draw(re.sub(r'[^0-9]', '', match[0]), 'phone') % 100:02d}"
        out, at = [], 0
        for c in match[0]:
            if c.isdigit():
                left = digits - at
                c = ending[7 - left] if left <= 7 else c
                at += 1
            out.append(c)
        return "".join(out)

    def seven(self, match: re.Match[str]) -> str:
        told = _TELLS.search(match.string[max(0, match.start() - 24) : match.start()])
        return self.phone(match) if told else match[0]

    def numbers(self, text: str) -> str:
        steps: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
            (_CARD, self.card),
            (_IP, self.ip),
            (_PHONE, self.phone),
            (_SEVEN, self.seven),
        ]
        if "!" in text:
            text = _BANG.sub(self.bang, text)
        if not any(c.isdigit() for c in text):
            return text
        for pattern, replace in steps:
            text = pattern.sub(replace, text)
        return text


def _looks_like_host(name: str) -> bool:
    return name in (
        "uunet",
        "decvax",
        "ucbvax",
        "seismo",
        "ihnp4",
        "mcvax",
        "sun",
        "hplabs",
        "rutgers",
        "decwrl",
    )


def _luhn(digits: list[int]) -> bool:
    """Say whether the check digit of a card number is right (ISO/IEC 7812-1, annex B)."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if i % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
