"""What a judge sees of one text, each thing computed once, when it is asked for."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.cleaning import machine_text
from erastyle.eval.judge.questions.manner import manner
from erastyle.eval.judge.questions.neutral import NeutralReading
from erastyle.eval.judge.questions.ngrams import Tokens
from erastyle.eval.style import prose_features as features
from erastyle.eval.style.features import Text, masked_prose, prose_of
from erastyle.eval.style.hashed_rows import Row

MAX_CHARS = 4_000
"""Characters of prose that character n-grams are counted in."""
MAX_WORDS = 700
"""Words and marks that word order is judged by."""
RUNNING_WORDS = 8
"""Fewest words of a line or paragraph that counts as running text."""
ENOUGH_RUNNING = 40
"""Fewest words of running text that stand for the whole."""
LOOP_SHARE = 0.3
MAX_TAGS = 400
MAX_UNITS = 100
"""Sentences, lines and texts between tags whose order is looked at."""
MAX_BODY = 200_000

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][a-z]+)?|\d+|[^\w\s]")
_TAG = re.compile(r"<(/?[A-Za-z!][\w:-]{0,30})((?:[^<>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}')*)>")
_ATTRIBUTE = re.compile(
    r"([A-Za-z_:@][\w:.\-@]{0,40})\s{0,4}(?:=\s{0,4}(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?"
)
_HEADER = re.compile(
    r"^(From|Subject|Newsgroups|Organization|Date|Lines|Keywords|Summary|"
    r"Distribution|Reply-To|References|Message-ID|Path|To|Cc|Sender|X-[\w-]+): ?"
)
_PIECE = re.compile(
    r"(<!--.*?-->|<(?:script|style|title)\b.*?</(?:script|style|title)\s*>|<[^<>]*>)", re.S | re.I
)
_NAME = re.compile(r"(?<=<)/?[A-Za-z][A-Za-z0-9]*|(?<=<)!")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LONGER_WORD = re.compile(r"[^\W\d_]{5,}")
_MAY_BE_LEFT_OPEN = frozenset(
    "br hr img input meta link base area isindex basefont frame p li dt dd option tr td th".split()
)
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_PERSONS = (
    frozenset("i me my mine we us our ours".split()),
    frozenset("you your yours".split()),
    frozenset("he she him her his hers".split()),
    frozenset("it its they them their this these that those".split()),
    frozenset("was were had did been said".split()),
    frozenset("will would can could should may".split()),
)
_COMMON = features.FUNCTION_WORDS | frozenset(machine_text.PLAIN)


@lru_cache(maxsize=1 << 18)
def token_id(token: str) -> int:
    """Return a number of a word, tag or mark, the same on every machine."""
    raw = token.encode("utf-8", "surrogatepass")
    return zlib.crc32(raw) << 20 ^ zlib.adler32(raw)


@lru_cache(maxsize=1 << 17)
def word_class(token: str) -> str:
    """Return the class of a word: a common word is its own, others are ending, case and length.

    >>> word_class("The"), word_class("Amiga"), word_class("running"), word_class(";")
    ('the', '^ga', '-ing', ';')
    """
    lower = token.lower()
    if lower in _COMMON or not token[0].isalnum():
        return lower
    if token[0].isdigit():
        return "0"
    end = lower[-3:] if len(lower) > 5 else lower[-2:] if len(lower) > 3 else "."
    mark = "^" if token[0].isupper() else "-"
    return f"{mark}{end}"


def _ids(tokens: list[str]) -> Tokens:
    return np.fromiter(map(token_id, tokens), np.uint64, len(tokens))


@dataclass(frozen=True, slots=True)
class Units:
    """Sentences, lines and texts between tags, in their order.

    Attributes:
        count: How many.
        codes: What stands at the beginning and the end of each, as numbers. Shape: (units,) each.
        between: Tags before each, as a number; 0 where there are none. Shape: (units,).
        shared: Words that two have in common, rare ones weigh more. Shape: (units, units).
        capitals: The same of words with a capital. Shape: (units, units).
    """

    count: int
    codes: dict[str, Tokens]
    between: Tokens
    shared: NDArray[np.float32]
    capitals: NDArray[np.float32]


class TextView:
    """A text and what is computed from it.

    Attributes:
        text: The text.
        prose: What a reader sees of it.
        reading: What a neutral language model says of it, where one has read it.
        order: What a neutral language model gains by the order of sentences; NaN: not asked.
    """

    def __init__(self, text: Text) -> None:
        """Look at `text`."""
        self.text = text
        self.prose = prose_of(text)
        self.reading: NeutralReading | None = None
        self.order = float("nan")

    @property
    def page(self) -> bool:
        """Whether the text is a page with markup."""
        return self.text.format == "html"

    @cached_property
    def masked(self) -> str:
        """Lower-case prose without years, addresses and links."""
        return masked_prose(self.text)

    @cached_property
    def count(self) -> int:
        """Words of the prose, of two letters or more."""
        return len(features.words_of(self.prose[:400_000], most=100_000))

    @cached_property
    def row(self) -> Row:
        """Hashed features of the prose, as the style classifier sees it."""
        layout = features.layout_tokens("" if self.page else self.prose)
        return features.prose_row(self.masked, layout)

    @cached_property
    def chars(self) -> Tokens:
        """Characters of the masked prose on one line."""
        line = features.one_line(self.masked)[:MAX_CHARS]
        return np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)

    @cached_property
    def blocks(self) -> list[str]:
        """Paragraphs: lines of a page, what blank lines part in a plain text."""
        part = r"\n+" if self.page else r"\n\s*\n"
        return [b for b in re.split(part, self.prose[:60_000]) if b.strip()]

    @property
    def runs(self) -> bool:
        """Whether there is running text enough to stand for the whole."""
        return self._running[1]

    @property
    def running(self) -> list[str]:
        """Words and marks of the running text; of everything where there is too little of it."""
        return self._running[0]

    @cached_property
    def _running(self) -> tuple[list[str], bool]:
        kept: list[str] = []
        every: list[str] = []
        for block in self.blocks:
            tokens = _TOKEN.findall(block)
            every += tokens
            if sum(t[0].isalpha() for t in tokens) >= RUNNING_WORDS:
                kept += tokens
            if len(kept) >= MAX_WORDS:
                break
        enough = len(kept) >= ENOUGH_RUNNING
        return (kept if enough else every)[:MAX_WORDS], enough

    @cached_property
    def words(self) -> Tokens:
        """Lower-case words of the running text, numbers as one, marks left out.

        A mark stays with its word when words are shuffled: counted, it would look like order.
        """
        return _ids(["0" if t[0].isdigit() else t.lower() for t in self.running if t[0].isalnum()])

    @cached_property
    def classes(self) -> Tokens:
        """Classes of the words of the running text, marks left out."""
        return _ids([word_class(t) for t in self.running if t[0].isalnum()])

    @cached_property
    def seed(self) -> int:
        """A number of the prose: the same text is shuffled the same way."""
        return zlib.crc32(self.prose.encode("utf-8", "surrogatepass"))

    @cached_property
    def tags(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags with the names of their attributes, the first `MAX_TAGS`."""
        tags: list[tuple[str, tuple[str, ...]]] = []
        for match in _TAG.finditer(self.text.body[:MAX_BODY]):
            rest = match[2]
            names = _ATTRIBUTE.findall(rest)[:12] if rest.strip(" /") else []
            tags.append((match[1].lower(), tuple(sorted({n.lower() for n in names}))))
            if len(tags) == MAX_TAGS:
                break
        return tags

    @cached_property
    def strays(self) -> float:
        """Kinds of closing tags that close nothing, and as a fraction the share that they are.

        One habit (`</CENTRE>` at the end of each page of a site) is common; of 703 real pages four
        have two such kinds, and of 24 that a weak model wrote, 17 have (docs/log.md).
        """
        opened: Counter[str] = Counter()
        stray: Counter[str] = Counter()
        closing = 0
        for name, _ in self.tags:
            bare = name.removeprefix("/")
            if bare in _MAY_BE_LEFT_OPEN:
                continue
            if bare == name:
                opened[bare] += 1
                continue
            closing += 1
            stray[bare] += not opened[bare]
            opened[bare] = max(opened[bare] - 1, 0)
        kinds = sum(count > 0 for count in stray.values())
        return kinds + stray.total() / (closing + 3)

    @cached_property
    def variety(self) -> tuple[float, float]:
        """Chance that two long words differ, and share of different words in a hundred in a row.

        NaN: too few words.
        """
        long = [w.lower() for w in _LONGER_WORD.findall(self.prose[:20_000])][:400]
        words = [w.lower() for w in features.words_of(self.prose[:20_000], most=1_000)]
        differ = apart = float("nan")
        if len(long) >= 20:
            pairs = sum(n * (n - 1) for n in Counter(long).values())
            differ = 1 - pairs / (len(long) * (len(long) - 1))
        if len(words) >= 40:
            size = min(100, len(words))
            starts = range(0, len(words) - size + 1, max(1, size // 4))
            apart = float(np.mean([len(set(words[n : n + size])) / size for n in starts]))
        return differ, apart

    @cached_property
    def tag_tokens(self) -> Tokens:
        """Tags with the names of their attributes, as numbers."""
        return _ids([" ".join((f"<{name}", *names)) for name, names in self.tags])

    @cached_property
    def pieces(self) -> tuple[list[str], list[int]]:
        """Tags and the shapes of the texts between them, and at which places the shapes stand.

        Of a plain text the shapes of its lines.
        """
        if not self.page:
            lines = self.text.body[:MAX_BODY].split("\n")[:MAX_TAGS]
            shapes = [f"{len(line.rstrip()) // 12} {piece_shape(line)}" for line in lines]
            return shapes, [n for n, line in enumerate(lines) if line.strip()]
        row: list[str] = []
        places: list[int] = []
        for part in _PIECE.split(self.text.body[:MAX_BODY])[: 4 * MAX_TAGS]:
            if part.startswith("<"):
                name = _NAME.match(part, 1)
                row += [f"<{name[0].lower()}"] if name else []
            elif part.strip():
                places.append(len(row))
                row.append(piece_shape(part))
            if len(row) >= 2 * MAX_TAGS:
                break
        return row, places

    @cached_property
    def sentences(self) -> list[frozenset[str]]:
        """Content words of each sentence of the running text, in order, the first hundred."""
        kept = []
        for block in self.blocks:
            if len(block.split()) < RUNNING_WORDS:
                continue
            for sentence in _SENTENCE.split(block):
                words = {w.lower()[:6] for w in _LONG_WORD.findall(sentence)} - _COMMON
                if words:
                    kept.append(frozenset(words))
        return kept[:100]

    @cached_property
    def units(self) -> Units:
        """Sentences, lines and texts between tags, the first `MAX_UNITS`."""
        return _units(self._split())

    def _split(self) -> list[tuple[str, str]]:
        """Return what stands before each unit, and the unit."""
        rows: list[tuple[str, str]] = []
        if not self.page:
            for block in re.split(r"\n\s*\n", self.prose[:MAX_BODY]):
                rows += _sentences(block, "paragraph")
                if len(rows) >= MAX_UNITS:
                    break
            return rows[:MAX_UNITS]
        tags: list[str] = []
        for part in _PIECE.split(self.text.body[:MAX_BODY]):
            if part.startswith("<"):
                name = _NAME.match(part, 1)
                tags += [name[0].lower()] if name else []
            elif part.strip():
                rows += _sentences(part, " ".join(tags[-2:]))
                tags = []
            if len(rows) >= MAX_UNITS:
                break
        return rows[:MAX_UNITS]

    @cached_property
    def manner(self) -> NDArray[np.float32]:
        """How the prose is written, whatever it is about."""
        return manner(self.prose)

    @cached_property
    def value_tokens(self) -> Tokens:
        """How tags are typed and what kinds of values attributes have, without order."""
        from erastyle.eval.style.markup_features import markup_tokens

        counts = markup_tokens(self.text.body) if self.page else Counter[str]()
        kept = {
            token: count
            for token, count in counts.items()
            if token.startswith(("value:", "quote:", "case:", "closed:", "structure:", "doctype:",
                                 "attribute case:", "empty", "named:", "tag:"))
        }  # fmt: skip
        return np.repeat(_ids(list(kept)), [min(n, 8) for n in kept.values()])

    @cached_property
    def lines(self) -> Tokens:
        """Kinds of lines of a plain text: headers, quotations, indents, lengths, rules."""
        return _ids([line_kind(line) for line in self.text.body[:MAX_BODY].split("\n")[:MAX_TAGS]])

    @cached_property
    def repeated(self) -> tuple[int, str]:
        """How often the commonest paragraph of `RUNNING_WORDS` words stands there, and which.

        It counts only where it makes up `LOOP_SHARE` of the words: a news page may say "Posted by"
        and a name under each item.
        """
        lines = [*self.blocks, *(self.prose[:60_000].split("\n") if not self.page else ())]
        kept = [" ".join(b.split()) for b in lines]
        counts = Counter(b for b in kept if len(b.split()) >= RUNNING_WORDS)
        if not counts:
            return 0, ""
        paragraph, count = max(counts.items(), key=lambda row: row[1] * len(row[0].split()))
        words = count * len(paragraph.split())
        return (count, paragraph) if words >= LOOP_SHARE * max(self.count, 1) else (0, "")

    @cached_property
    def new_share(self) -> float:
        """Share of the text's word 4-grams that did not occur before in it."""
        words = self.words_of_all
        if len(words) < 8:
            return 1.0
        grams = words[3:] + words[2:-1] * np.uint64(31) + words[1:-2] * np.uint64(977)
        grams = grams + words[:-3] * np.uint64(30011)
        return len(np.unique(grams)) / len(grams)

    @cached_property
    def words_of_all(self) -> Tokens:
        """Words of the whole prose, running or not, up to a thousand."""
        words = [w.lower() for w in features.words_of(self.prose[:20_000], most=1_000)]
        return _ids(words)


def _sentences(part: str, between: str) -> list[tuple[str, str]]:
    kept = [s for s in _SENTENCE.split(part) if s.strip()]
    return [(between if n == 0 else "sentence", s) for n, s in enumerate(kept)]


def _units(rows: Sequence[tuple[str, str]]) -> Units:
    names = ("first", "first two", "last", "mark", "shape", "person")
    codes: dict[str, list[str]] = {name: [] for name in names}
    said: list[set[str]] = []
    named: list[set[str]] = []
    for _, unit in rows:
        tokens = _TOKEN.findall(unit[:2_000]) or ["."]
        words = [_near_word(t) for t in (*tokens[:2], *tokens[-2:])]
        end = words[-1] if tokens[-1][0].isalnum() or len(tokens) < 2 else words[-2]
        codes["first"].append(words[0])
        codes["first two"].append(" ".join(words[:2]))
        codes["last"].append(end)
        codes["mark"].append(tokens[-1] if not tokens[-1][0].isalnum() else "")
        codes["shape"].append(piece_shape(unit))
        lower = {t.lower() for t in tokens}
        codes["person"].append(
            "".join("01"[bool(lower & kind)] for kind in _PERSONS) + "01"["?" in lower]
        )
        said.append({w.lower()[:6] for w in _LONG_WORD.findall(unit)} - _COMMON)
        named.append({t for t in tokens[1:] if t[0].isupper()} - {"I"})
    return Units(
        len(rows),
        {name: _ids(values) for name, values in codes.items()},
        _ids([between for between, _ in rows]),
        _in_common(said),
        _in_common(named),
    )


def _near_word(token: str) -> str:
    lower = token.lower()
    return lower if lower in _COMMON or not token[0].isalpha() else word_class(token)


def _in_common(units: Sequence[set[str]]) -> NDArray[np.float32]:
    """Return the cosine of the words of every two units, rare words weighed."""
    place = {word: n for n, word in enumerate(sorted(set().union(*units)))}
    table = np.zeros((len(units), max(len(place), 1)), np.float32)
    for n, words in enumerate(units):
        table[n, [place[w] for w in words]] = 1.0
    table *= np.log(1 + len(units) / np.maximum(table.sum(axis=0), 1.0))
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-6)
    shared: NDArray[np.float32] = table @ table.T
    return shared


def line_kind(line: str) -> str:
    """Return the kind of a line of plain text.

    >>> line_kind("Subject: Re: modems"), line_kind("> yes"), line_kind("-- ")
    ('header subject', 'quote 0', 'signature')
    """
    if header := _HEADER.match(line):
        return f"header {header[1].lower()}"
    bare = line.strip()
    if not bare:
        return "blank"
    if line.rstrip() == "--":
        return "signature"
    if bare[0] in ">|:}" and line[:1] in ">|:} ":
        return f"quote {min(len(line) // 20, 4)}"
    if len(bare) > 3 and len(set(bare)) <= 2 and not bare[0].isalnum():
        return f"rule {bare[0]}"
    indent = len(line) - len(line.lstrip())
    first = bare[0]
    start = (
        "^" if first.isupper() else "a" if first.islower() else "0" if first.isdigit() else first
    )
    lead = "tab" if line[0] == "\t" else str(min(indent, 8) // 2)
    return f"line {lead} {start} {min(len(line) // 10, 12)}"


def piece_shape(text: str) -> str:
    """Return the shape of a text between tags, or of a line: length, first letter, last mark.

    >>> piece_shape("Visit our "), piece_shape("for more about it.")
    ('2 A ,', '3 a .')
    """
    words = text.split()
    if not words:
        return "blank"
    if _HEADER.match(text):
        return "header"
    first, last = words[0].lstrip("([\"'*-")[:1], words[-1].rstrip(")]\"'*")[-1:]
    start = "A" if first.isupper() else "a" if first.islower() else first
    start = "0" if start.isdigit() else start
    end = "." if last in ".!?" else ":" if last in ":;" else ","
    return f"{len(words).bit_length()} {start} {end}"


def views(texts: list[Text]) -> list[TextView]:
    """Return a view of each text."""
    return [TextView(text) for text in texts]


Measured = dict[str, NDArray[np.float64]]
"""What a question measures of texts, by gate; little is worse. Shape: (texts,) each."""
