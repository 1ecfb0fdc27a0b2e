"""Find what a text has word for word in common with the documents that a model was trained on.

Words are compared without their case and without what stands between them; a tag of markup is one
token. Every 8 tokens of the training documents are hashed; the hashes lie sorted in one array. A
match is verified token by token, so a hash never decides. Memory: about 13 bytes a token, and 8
more while the index is built.

Source of the measure: Carlini et al., "Quantifying Memorization Across Neural Language Models",
2023 (50 tokens in common); Lee et al., "Deduplicating Training Data", 2022.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import RunError, SourceError

GRAM = 8
"""Tokens that are hashed together; the shortest match there is."""

LONG = 50
"""Tokens in common from which a match counts as a copy."""

COMMON_AT = 5
"""Sites from which a phrase is common property rather than somebody's."""

MOST = 100_000
"""Tokens of a text that are compared; one that repeats itself without end would take hours."""

VERSION = 1

_TOKEN = re.compile(r"<[A-Za-z/!?][^<>]{0,2000}>|\w+(?:['\u2019]\w+)*")
_UNKNOWN = 0xFFFFFFFF  # a word that no training document has
_BETWEEN = 0  # stands between two documents
_CHUNK = 1 << 22

Tokens = NDArray[np.uint32]


def words(text: str) -> list[str]:
    """Return the tokens of `text`: tags, and words without their case.

    >>> words('<A HREF="x.html">My  Dog\u2019s</A> page, 1995!')
    ['<a href="x.html">', 'my', 'dog\u2019s', '</a>', 'page', '1995']
    """
    found = [t if t[0] != "<" else " ".join(t.split()) for t in _TOKEN.findall(text)]
    return "\n".join(found).casefold().split("\n") if found else []


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each token of `words(text)` begins and ends, in characters."""
    return [match.span() for match in _TOKEN.finditer(text)]


@dataclass(frozen=True, slots=True)
class Match:
    """A passage of a checked text that also stands in a training document.

    Attributes:
        length: Tokens in common.
        start: First token of the passage in the checked text.
        characters: Where the passage begins and ends in the checked text.
        document: Id of the training document; the first one where there are several.
        site: Site of that document.
        document_start: First token of the passage in that document.
        documents: Documents that hold the whole passage.
        sites: Sites that hold the whole passage.
        rare: Tokens of it that are not part of a phrase of common property.
        common: Whether most of it is common property: a licence, a footer, a formula of the era.
    """

    length: int
    start: int
    characters: tuple[int, int]
    document: str
    site: str
    document_start: int
    documents: int
    sites: int
    rare: int
    common: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a checked text has in common with the training documents.

    Attributes:
        tokens: Tokens of the text that were compared.
        grams: Runs of 8 tokens in it.
        known_grams: How many of them stand in a training document.
        long_tokens: Tokens that lie in a passage of at least 50 tokens in common.
        longest: Longest passage of at least 8 tokens in common, or None.
        copies: Passages of at least 50 tokens in common that are somebody's own.
        phrases: Passages of at least 50 tokens in common that are common property.
        problem: Why nothing or not all could be compared, or empty.
    """

    tokens: int
    grams: int
    known_grams: int
    long_tokens: int
    longest: Match | None
    copies: tuple[Match, ...]
    phrases: tuple[Match, ...]
    problem: str = ""

    @property
    def gram_share(self) -> float | None:
        """Share of 8-token runs that stand in a training document; None without such a run."""
        return self.known_grams / self.grams if self.grams else None

    @property
    def long_share(self) -> float | None:
        """Share of tokens within a passage of 50 tokens in common; None without a token."""
        return self.long_tokens / self.tokens if self.tokens else None


class _Vocabulary(dict[str, int]):
    """Numbers words as they come, from 1."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self) + 1
        return number


def _hashes(tokens: Tokens) -> NDArray[np.uint32]:
    """Return the hash of each run of `GRAM` tokens. Shape: (tokens - 7,)."""
    mixed = tokens.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    count = len(tokens) - GRAM + 1
    total = np.zeros(count, dtype=np.uint64)
    for n in range(GRAM):
        total *= np.uint64(0x9E3779B97F4A7C15)
        total += mixed[n : n + count]
    total ^= total >> np.uint64(32)
    total *= np.uint64(0xD6E8FEB86659FD93)
    return (total >> np.uint64(32)).astype(np.uint32)


def _sorted_grams(tokens: Tokens) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the hashes of all runs within a document, sorted, and where each begins."""
    count = max(0, len(tokens) - GRAM + 1)
    pairs = np.empty(count, dtype=np.uint64)
    filled = 0
    for start in range(0, count, _CHUNK):
        part = tokens[start : start + _CHUNK + GRAM - 1]
        breaks = np.concatenate([[0], np.cumsum(part == _BETWEEN)])
        inside = np.flatnonzero(breaks[GRAM:] == breaks[:-GRAM])
        keys = _hashes(part)[inside].astype(np.uint64) << np.uint64(32)
        pairs[filled : filled + len(inside)] = keys | (inside + start).astype(np.uint64)
        filled += len(inside)
    pairs = pairs[:filled]
    pairs.sort()
    positions = pairs.astype(np.uint32)
    pairs >>= np.uint64(32)
    return pairs.astype(np.uint32), positions


class Index:
    """Training documents, ready to be searched for passages of a text."""

    def __init__(self, parts: dict[str, Any]) -> None:
        """Take the arrays of `build` or `load`; not to be called directly."""
        self.vocabulary: dict[str, int] = parts["vocabulary"]
        self.tokens: Tokens = parts["tokens"]
        self.starts: NDArray[np.int64] = parts["starts"]
        self.ids: list[str] = parts["ids"]
        self.site_names: list[str] = parts["site_names"]
        self.sites: NDArray[np.uint32] = parts["sites"]
        self.keys: NDArray[np.uint32] = parts["keys"]
        self.positions: NDArray[np.uint32] = parts["positions"]
        self.common: NDArray[np.bool_] = parts["common"]

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.ids)

    @classmethod
    def build(
        cls,
        documents: Iterable[tuple[str, str] | tuple[str, str, str]],
        common_at: int = COMMON_AT,
    ) -> Index:
        """Return the index of `documents`.

        Args:
            documents: (id, text) or (id, text, site); read once. Without a site a document is its
                own.
            common_at: Sites from which 8 tokens in a row are common property.

        Raises:
            SourceError: There are more than 4 thousand million tokens.
        """
        vocabulary, site_numbers = _Vocabulary(), _Vocabulary()
        stream, starts, sites, ids = array("I"), [], [], []
        for document in documents:
            starts.append(len(stream))
            ids.append(document[0])
            sites.append(site_numbers[document[2] if len(document) == 3 else document[0]] - 1)
            stream.extend(map(vocabulary.__getitem__, words(document[1])))
            stream.append(_BETWEEN)
            if len(stream) >= _UNKNOWN:
                raise SourceError(
                    f"{len(ids)} documents hold more tokens than one index can number; "
                    "build one index for each half"
                )
        tokens = np.array(stream, dtype=np.uint32)
        del stream
        keys, positions = _sorted_grams(tokens)
        parts = {
            "vocabulary": dict(vocabulary),
            "tokens": tokens,
            "starts": np.array(starts, dtype=np.int64),
            "ids": ids,
            "site_names": list(site_numbers),
            "sites": np.array(sites, dtype=np.uint32),
            "keys": keys,
            "positions": positions,
            "common": np.zeros(len(keys), dtype=np.bool_),
        }
        index = cls(parts)
        index._mark_common(common_at)
        return index

    def _mark_common(self, common_at: int) -> None:
        """Mark the runs of tokens that stand in at least `common_at` sites."""
        if not len(self.keys):
            return
        first = np.flatnonzero(np.concatenate([[True], self.keys[1:] != self.keys[:-1]]))
        sizes = np.diff(np.append(first, len(self.keys)))
        for group in np.array_split(
            np.flatnonzero(sizes >= common_at), max(1, len(self.keys) // _CHUNK)
        ):
            if not len(group):
                continue
            rows = np.repeat(first[group] - np.cumsum(sizes[group]) + sizes[group], sizes[group])
            rows = rows + np.arange(len(rows))
            owner = np.repeat(np.arange(len(group)), sizes[group])
            pairs = np.unique(owner * len(self.site_names) + self._site_at(self.positions[rows]))
            held = np.bincount(pairs // len(self.site_names), minlength=len(group))
            self.common[rows] = np.repeat(held >= common_at, sizes[group])

    def _document_at(self, positions: NDArray[Any]) -> NDArray[np.int64]:
        return np.asarray(np.searchsorted(self.starts, positions, side="right") - 1)

    def _site_at(self, positions: NDArray[Any]) -> NDArray[np.int64]:
        return self.sites[self._document_at(positions)].astype(np.int64)

    def _encode(self, text: str) -> Tokens:
        known = self.vocabulary.get
        return np.array([known(word, _UNKNOWN) for word in words(text)], dtype=np.uint32)

    def check(self, text: str, minimum: int = LONG) -> Overlap:
        """Return what `text` has in common with the training documents.

        Args:
            text: Any text; one of fewer than 8 tokens has no run to compare, of one of more than
                100,000 tokens only so many are compared.
            minimum: Tokens in common from which a passage is a copy or a phrase; at least 8.
        """
        query = self._encode(text)
        if len(query) < GRAM:
            problem = f"{len(query)} tokens are too few to compare; at least {GRAM}"
            return Overlap(len(query), 0, 0, 0, None, (), (), problem)
        problem = ""
        if len(query) > MOST:
            problem = f"only the first {MOST:,} of {len(query):,} tokens were compared"
            query = query[:MOST]
        search = _Search(self, query)
        candidates = search.extents(minimum)
        long = candidates[candidates[:, 1] >= minimum]
        # Only a text without any long passage needs the finer search for its longest one.
        longest = long if len(long) else search.extents(GRAM)
        places = spans(text)
        best = [search.match(row, longest, places) for row in _longest_first(longest)[:1]]
        chosen = [search.match(row, long, places) for row in _cover(long, len(query), minimum)]
        covered = np.zeros(len(query) + 1, dtype=np.int64)
        np.add.at(covered, long[:, 0], 1)
        np.add.at(covered, long[:, 0] + long[:, 1], -1)
        return Overlap(
            tokens=len(query),
            grams=len(query) - GRAM + 1,
            known_grams=int(search.known.sum()),
            long_tokens=int((np.cumsum(covered) > 0).sum()),
            longest=best[0] if best else None,
            copies=tuple(match for match in chosen if not match.common),
            phrases=tuple(match for match in chosen if match.common),
            problem=problem,
        )

    def longest(self, text: str) -> Match | None:
        """Return the longest passage of at least 8 tokens in common, or None."""
        return self.check(text).longest

    def save(self, path: Path) -> None:
        """Write the index to `path` (`.npz`): whole or not at all."""
        names = {"version": VERSION, "ids": self.ids, "site_names": self.site_names}
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            np.savez(
                file,
                names=np.frombuffer(json.dumps(names).encode(), dtype=np.uint8),
                vocabulary=np.frombuffer(
                    "\n".join(self.vocabulary).encode("utf-8", "surrogatepass"), dtype=np.uint8
                ),
                tokens=self.tokens,
                starts=self.starts,
                sites=self.sites,
                keys=self.keys,
                positions=self.positions,
                common=self.common,
            )
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Index:
        """Return the index that `save` wrote.

        Raises:
            RunError: The file is missing, damaged or of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                parts: dict[str, Any] = {name: file[name] for name in file.files}
            names = _names(parts.pop("names").tobytes())
            listed = parts["vocabulary"].tobytes().decode("utf-8", "surrogatepass").split("\n")
            parts["vocabulary"] = {word: n for n, word in enumerate(listed, 1) if word}
            return cls(parts | names)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RunError(
                f"{path} is not an index of training documents ({error}); build it again"
            ) from error


def _names(written: bytes) -> dict[str, list[str]]:
    names: dict[str, Any] = json.loads(written)
    if names.pop("version") != VERSION:
        raise ValueError("another version of erastyle wrote it")
    return names


class _Search:
    """One text, searched for in an index."""

    def __init__(self, index: Index, query: Tokens) -> None:
        self.index = index
        self.query = query
        keys = _hashes(query)
        self.low = np.searchsorted(index.keys, keys, side="left")
        self.high = np.searchsorted(index.keys, keys, side="right")
        self.known = self._verified()

    def _verified(self) -> NDArray[np.bool_]:
        """Return which runs of the text really stand in a document, hash collisions aside."""
        known = np.zeros(len(self.low), dtype=np.bool_)
        open_ones = np.flatnonzero(self.high > self.low)
        turn = 0
        runs = np.lib.stride_tricks.sliding_window_view(self.query, GRAM)
        while len(open_ones):
            at = self.index.positions[self.low[open_ones] + turn].astype(np.int64)
            held = self.index.tokens[at[:, None] + np.arange(GRAM)]
            equal = (held == runs[open_ones]).all(axis=1)
            known[open_ones[equal]] = True
            turn += 1
            open_ones = open_ones[~equal]
            open_ones = open_ones[self.low[open_ones] + turn < self.high[open_ones]]
        return known

    def extents(self, minimum: int) -> NDArray[np.int64]:
        """Return all maximal passages of at least `minimum` tokens in common.

        A passage of m tokens holds m - 7 runs in a row, and so every run of at least one aligned
        block of (m - 6) // 2. It is enough to follow the rarest run of each block whose runs are
        all known.

        Returns:
            Rows (first token in the text, tokens, first token in the index), without repetition.

            Shape: (passages, 3).
        """
        block = max(1, (max(minimum, GRAM) - GRAM + 2) // 2)
        counts = np.where(self.known, self.high - self.low, 0)
        found: list[NDArray[np.int64]] = []
        last = np.zeros((0, 3), dtype=np.int64)
        for start in range(0, len(counts) - block + 1, block):
            part = counts[start : start + block]
            if not part.all():
                continue
            at = start + int(part.argmin())
            positions = self.index.positions[self.low[at] : self.high[at]].astype(np.int64)
            # A passage that the last block found and that reaches this run is not followed again.
            reaching = last[last[:, 0] + last[:, 1] >= at + GRAM]
            fresh = positions[~np.isin(positions - at, reaching[:, 2] - reaching[:, 0])]
            rows = self._extend(at, fresh)
            found.append(rows)
            last = np.concatenate([reaching, rows])
        rows = np.concatenate(found) if found else last
        return rows[rows[:, 1] >= minimum]

    def _extend(self, at: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how far the text at `at` agrees with the index at each of `positions`."""
        ends = self._agreeing(at, positions, 1)
        kept = np.flatnonzero(ends >= GRAM)
        positions, ends = positions[kept], ends[kept]
        before = self._agreeing(at - 1, positions - 1, -1)
        return np.stack([at - before, ends + before, positions - before], axis=1)

    def _agreeing(self, at: int, positions: NDArray[np.int64], direction: int) -> NDArray[np.int64]:
        """Return how many tokens agree from `at` and `positions` on, forwards or backwards."""
        tokens, query = self.index.tokens, self.query
        counts = np.zeros(len(positions), dtype=np.int64)
        live = np.arange(len(positions))
        left = len(query) - at if direction > 0 else at + 1
        done, width = 0, GRAM
        while len(live) and done < left:
            width = min(2 * width, 256, left - done)
            steps = direction * np.arange(done, done + width)
            places = positions[live][:, None] + steps
            # The last token of the index is a break: what lies behind it agrees with nothing.
            held = tokens[np.clip(places, 0, len(tokens) - 1)]
            equal = (held == query[at + steps]) & (places >= 0)
            whole = equal.all(axis=1)
            counts[live] += np.where(whole, width, equal.argmin(axis=1))
            live = live[whole]
            done += width
        return counts

    def match(
        self, row: NDArray[np.int64], rows: NDArray[np.int64], places: Sequence[tuple[int, int]]
    ) -> Match:
        """Return the passage `row`; `rows` are all that were found."""
        index = self.index
        start, length, position = (int(value) for value in row)
        same = rows[(rows[:, 0] <= start) & (rows[:, 0] + rows[:, 1] >= start + length)]
        held = np.unique(index._document_at(same[:, 2]))
        document = int(index._document_at(np.array([position]))[0])
        runs = index.common[self.low[start : start + length - GRAM + 1]]
        shared = np.convolve(runs.astype(np.int64), np.ones(GRAM, dtype=np.int64)) > 0
        rare = int((~shared).sum())
        return Match(
            length=length,
            start=start,
            characters=(places[start][0], places[start + length - 1][1]),
            document=index.ids[document],
            site=index.site_names[int(index.sites[document])],
            document_start=position - int(index.starts[document]),
            documents=len(held),
            sites=len(np.unique(index.sites[held])),
            rare=rare,
            common=rare * 2 < length,
        )


def _longest_first(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `rows` by falling length, then by place in the text and in the index."""
    return rows[np.lexsort((rows[:, 2], rows[:, 0], -rows[:, 1]))]


def _cover(rows: NDArray[np.int64], tokens: int, minimum: int) -> Iterator[NDArray[np.int64]]:
    """Yield the longest passages, but none that adds less than half of `minimum` to them."""
    free = np.ones(tokens, dtype=np.bool_)
    for row in _longest_first(rows):
        part = free[row[0] : row[0] + row[1]]
        if part.sum() * 2 >= minimum:
            part[:] = False
            yield row
