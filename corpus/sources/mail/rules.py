"""Rules for messages: their thread, quotations, signature, and the names of their authors."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from email.utils import parseaddr

from erastyle.corpus.cleaning import privacy
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.sources.mail import header_lines as mail_headers
from erastyle.corpus.sources.mail import quotes
from erastyle.corpus.yamlfile import nearest

_words = str.split  # lists of words are written as one text

SALT = "erastyle"  # a salt of your own also keeps others from trying addresses
VERSION = "mail 3"
"""Version of the rules, part of the digest of mail; raise it when records change."""
CHOICES = {
    "site": ("group", "hierarchy", "author", "thread", "file"),
    "quotes": ("keep", "mark", "drop"),
    "signatures": ("keep", "drop"),
    "authors": ("stand-in", "keep"),
}
_IDENT = re.compile(r"<[^<>\s]{3,250}>")
_ADDRESS = re.compile(r"[\w.+%!=-]{1,100}@[\w.-]{1,100}\w")
_NAMED = re.compile(
    r"(?P<address>[\w.+%!=-]{1,100}@[\w.-]{1,100}\w)(?P<between>[>)]?\s{1,3})\((?P<name>[^()@\n]{2,60})\)"
    r"|(?P<quote>\"?)(?P<before>[^\W\d_a-z][\w.'-]*(?: [^\W\d_a-z][\w.'-]*){1,3})(?P=quote)"
    r"(?P<gap>\s{1,3}<)"
    r"(?P<in>[\w.+%!=-]{1,100}@[\w.-]{1,100}\w)>"
    r"|(?P<first>[^\W\d_a-z][\w.'-]*(?: [^\W\d_a-z][\w.'-]*){1,3}) "
    r"\((?P<second>[\w.+%!=-]{1,100}@[\w.-]{1,100}\w)\)"
)
_ASCRIBES = re.compile(r"\b(?:writes|wrote|said|says|In article)\b")
_LONGEST = 1000
"""Most characters of a line, and a twentieth of those of the end, that are searched for people."""
MAX_PARSED = 512 * 1024
"""Most bytes of a message that the rules change; a longer one stays as it is."""
_MOST = 200_000
"""Most messages and names that are remembered while a source is read."""


@dataclass(frozen=True, slots=True)
class MailRules:
    """Options for messages.

    Attributes:
        site: Unit of a site: newsgroup or list, hierarchy, author, thread, or file.
        quotes: Whether quotations are kept, marked all alike, or dropped.
        signatures: Whether the lines below two dashes are kept or dropped.
        authors: Whether stand-ins, equal in every message, replace authors' names and addresses.
        salt: Salt of the stand-ins; with the salt of the clean stage (`clean.salt`) both agree.
    """

    site: str = "group"
    quotes: str = "keep"
    signatures: str = "keep"
    authors: str = "stand-in"
    salt: str = SALT

    @classmethod
    def of(cls, spec: str, options: dict[str, str]) -> MailRules:
        """Return the rules in the options of a source.

        Args:
            spec: The source, for messages.
            options: Options of the source.

        Raises:
            ConfigError: A value is unknown.
        """
        for name, value in options.items():
            if name == "salt" and value:
                continue
            if value not in CHOICES.get(name, ()):
                known = CHOICES.get(name, ())
                raise ConfigError(
                    f"Source {spec}: {name} is one of {', '.join(known)}.{nearest(value, known)}"
                )
        return cls(**options)


_UMLAUTS = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss",
    "å": "aa", "Å": "Aa", "ø": "oe", "Ø": "Oe", "æ": "ae", "Æ": "Ae",
})  # fmt: skip
_STROKES = str.maketrans("øØłŁđĐ", "oOlLdD")  # letters that no accent is taken from


def spellings(name: str) -> list[str]:
    """Return a name as people write it: with its accents, without them, and spelt out.

    >>> spellings("Günter"), spellings("Ann")
    (['Günter', 'Guenter', 'Gunter'], ['Ann'])
    """
    if name.isascii():
        return [name]
    composed = unicodedata.normalize("NFC", name)
    spelt = composed.translate(_UMLAUTS)
    bare = "".join(
        c
        for c in unicodedata.normalize("NFD", composed.translate(_STROKES))
        if not unicodedata.combining(c)
    )
    return list(dict.fromkeys((name, composed, spelt, bare)))


class Threads:
    """Remembers the threads of a source by their messages."""

    def __init__(self) -> None:
        """Begin without threads."""
        self._roots: dict[str, str] = {}

    def root(self, headers: dict[str, str]) -> tuple[str, int]:
        """Return the identifier of a thread's first known message, and the depth of this message.

        `References` names the whole line of messages, often cut at its beginning; `In-Reply-To`
        names the last. If an earlier message is known, its root is returned.

        >>> threads = Threads()
        >>> threads.root({"message-id": "<1@a.b>"})
        ('<1@a.b>', 0)
        >>> threads.root({"message-id": "<2@a.b>", "in-reply-to": "Your <1@a.b> of May"})
        ('<1@a.b>', 1)
        >>> threads.root({"message-id": "<3@a.b>", "references": "<2@a.b>"})
        ('<1@a.b>', 1)

        Source:
            RFC 1036, section 2.2.5; RFC 822, section 4.6.
        """
        own = _IDENT.findall(headers.get("message-id", ""))[:1]
        before = _IDENT.findall(headers.get("references", ""))
        before += [i for i in _IDENT.findall(headers.get("in-reply-to", "")) if i not in before]
        root = next((self._roots[i] for i in before if i in self._roots), "")
        root = root or (before + own + [""])[0]
        for ident in (*own, *before):
            if len(self._roots) < _MOST:
                self._roots.setdefault(ident, root)
        return root, len(before)


class Authors:
    """Replaces the names and addresses of authors by stand-ins, equal throughout a source."""

    def __init__(self, salt: str = SALT) -> None:
        """Begin without authors.

        Args:
            salt: Salt of the stand-ins.
        """
        self._salt = salt
        self._known: dict[str, str] = {}

    def treat(self, body: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Return body and headers with stand-ins for the author and the quoted authors.

        Stand-ins replace the author's full name and address everywhere, and first and last name
        in the last lines. They also replace people whom an attribution names with an address, or
        by the name of the author of an earlier message. Other people in the text stay; the option
        `clean.privacy` replaces their addresses.

        Args:
            body: Text of a message.
            headers: Headers with lower-case names.
        """
        name, address = parseaddr(headers.get("from", ""))
        name = " ".join(name.strip("\"' ").split())
        if address and name and len(self._known) < _MOST:
            self._known.setdefault(name.lower(), address)
        out = []
        parts = quotes.parts(body)
        for part in parts:
            text = part.text
            if part.kind in ("attribution", "quote"):
                text = self._ascribed(text)
            out.append(self._own(text, name, address, near_end=part.kind == "signature"))
        body = "".join(out)
        if address and not any(p.kind == "signature" for p in parts):
            cut = len(body)
            for _ in range(5):
                cut = max(0, body.rfind("\n", 0, cut))
            body = body[:cut] + self._own(body[cut:], name, address, near_end=True)
        kept = {k: v for k, v in headers.items() if k not in _PERSONAL}
        if address:
            stand_in, mail = privacy.person(address, self._salt)
            kept["from"] = f"{stand_in} <{mail}>" if name else mail
            if "subject" in kept:
                kept["subject"] = self._own(kept["subject"], name, address, near_end=False)
        return body, kept

    def _own(self, text: str, name: str, address: str, *, near_end: bool) -> str:
        if not address:
            return text
        stand_in, mail = privacy.person(address, self._salt)
        if address in text:
            text = text.replace(address, mail)
        if not name or not any(c.isalpha() for c in name):
            return text
        for spelling in spellings(name):
            pattern = rf"(?<!\w){re.escape(spelling)}(?!\w)"
            text = re.sub(pattern, stand_in, text, flags=re.IGNORECASE)
        if near_end and len(text) <= 20 * _LONGEST:
            text = _ADDRESS.sub(self._address, text)
            first, last = stand_in.split(" ")
            words = re.findall(r"[^\W\d_]{3,}", name)
            for word, new in ((words[:1], first), (words[1:][-1:], last)):
                for old in (spelling for w in word for spelling in spellings(w)):
                    text = re.sub(rf"(?<![\w@.]){re.escape(old)}(?![\w@])", new, text)
        return text

    def _address(self, match: re.Match[str]) -> str:
        address = match[0]
        if address.lower().endswith(".example") or sum(map(str.isdigit, address)) >= 5:
            return address  # an address with many digits is the identifier of a message
        return privacy.person(address, self._salt)[1]

    def _ascribed(self, text: str) -> str:
        def named(match: re.Match[str]) -> str:
            address = match["address"] or match["in"] or match["second"]
            if address.lower().endswith(".example"):
                return match[0]
            stand_in, mail = privacy.person(address, self._salt)
            if match["address"]:
                return f"{mail}{match['between']}({stand_in})"
            if match["second"]:
                return f"{stand_in} ({mail})"
            return f"{match['quote']}{stand_in}{match['quote']}{match['gap']}{mail}>"

        lines = re.split(r"(?<=\n)", text)
        for at, line in enumerate(lines):
            if len(line) > _LONGEST or not _ASCRIBES.search(line):
                continue
            line = _ADDRESS.sub(self._address, _NAMED.sub(named, line))
            who = re.search(
                r"([^\W\d_a-z][\w.'-]*(?: [^\W\d_a-z][\w.'-]*){1,3}) (?:writes|wrote|said)", line
            )
            known = self._known.get(who[1].lower(), "") if who else ""
            if who and known:
                stand_in = privacy.person(known, self._salt)[0]
                line = line[: who.start(1)] + stand_in + line[who.end(1) :]
            lines[at] = line
        return "".join(lines)


_PERSONAL = frozenset(
    _words(
        "from reply-to sender return-path path to cc bcc x-sender originator nntp-posting-host "
        "nntp-posting-user x-xxmessage-id disclaimer x-nntp-posting-host errors-to resent-from "
        "resent-to apparently-to delivered-to"
    )
)


class Treatment:
    """Applies the rules to the messages of one source, and remembers threads and authors."""

    def __init__(self, rules: MailRules | None = None) -> None:
        """Begin without threads and authors.

        Args:
            rules: The rules; the defaults if None.
        """
        self.rules = rules or MailRules()
        self._threads, self._authors = Threads(), Authors(self.rules.salt)

    def apply(
        self,
        raw: bytes,
        headers: dict[str, str],
        codecs: tuple[str, str] = ("", ""),
        *,
        html: bool = False,
    ) -> tuple[bytes, dict[str, str], dict[str, float]]:
        """Return body, headers and measurements of a message.

        Args:
            raw: Body in any character set that holds ASCII.
            headers: Headers with lower-case names.
            codecs: Codec of the raw bytes in the headers, and the declared character set; each may
                be empty.
            html: Whether the body is a page, whose lines are no quotations or signatures.

        Returns:
            The body after the rules; the headers with `thread` and without those that name
            people; the shares of lines `quoted` and `signature`, and the `depth` in the thread.
        """
        if len(raw) > MAX_PARSED:
            kept = {k: v for k, v in headers.items() if k not in _PERSONAL}
            return raw, kept if self.rules.authors == "stand-in" else headers, {}
        codec = _reversible(raw, *codecs)
        text = raw.decode(codec)
        root, depth = self._threads.root(headers)
        if self.rules.authors == "stand-in":
            text, headers = self._authors.treat(text, headers)
        signals: dict[str, float] = {}
        if not html:
            parts = quotes.parts(text)
            signals = {**quotes.shares(parts), "depth": float(depth)}
            text = quotes.render(parts, self.rules.quotes, self.rules.signatures)
        if root:
            number = hashlib.sha256(root.encode("utf-8", "replace")).hexdigest()[:10]
            headers = {**headers, "thread": f"thread-{number}"}
        return text.encode(codec, "replace"), headers, signals


def _reversible(raw: bytes, of_headers: str, declared: str) -> str:
    """Return a codec that decodes bytes to their letters and encodes them back to the same bytes.

    Names in the text are compared as letters, so a name has to be the same word in the headers and
    in the body. Where no codec gives the bytes back, each byte counts as a letter of its own.
    """
    if raw.isascii():
        return "latin-1"
    for codec in filter(None, (of_headers, mail_headers.codec_of(raw, declared))):
        try:
            if raw.decode(codec).encode(codec) == raw:
                return codec
        except (UnicodeError, LookupError):
            continue
    return "latin-1"
