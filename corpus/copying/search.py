"""Search the training documents for passages that a text repeats word for word.

Every 8 tokens of the training documents are hashed, and the hashes lie sorted in one array. A match
is verified token by token, so a hash collision makes no match. The index takes about 13 bytes a
token, and 8 more while it is built.

Source of the measure: Carlini et al., "Quantifying Memorization Across Neural Language Models",
2023 (50 tokens in common); Lee et al., "Deduplicating Training Data", 2022.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.copying.matches import Match, Overlap
from erastyle.corpus.copying.tokens import (
    BREAK,
    CHUNK,
    GRAM,
    Tokens,
    hashes,
    sorted_grams,
    spans,
    words,
)
from erastyle.corpus.errors import SourceError

LONG = 50
"""Tokens in common from which a match counts as a copy."""

COMMON_AT = 5
"""Sites from which a phrase is common property."""

MOST = 100_000
"""Most tokens of a text that are compared, so that endless repetition ends in bounded time."""

_UNKNOWN = 0xFFFFFFFF  # a word that no training document has


class _Vocabulary(dict[str, int]):
    """Numbers words as they come, from 1."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self) + 1
        return number


class Index:
    """Training documents, ready to be searched for passages of a text."""

    def __init__(self, parts: dict[str, Any]) -> None:
        """Take the arrays that `build` makes; call `build` instead."""
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

    def longest_copy(self, text: str) -> int:
        """Return the tokens of the longest passage that is a copy of one document; 0 for none."""
        return max((match.length for match in self.check(text).copies), default=0)

    @classmethod
    def build(
        cls,
        documents: Iterable[tuple[str, str] | tuple[str, str, str]],
        common_at: int = COMMON_AT,
    ) -> Index:
        """Return the index of `documents`.

        Args:
            documents: (id, text) or (id, text, site); read once. A document without a site is a
                site of its own.
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
            stream.append(BREAK)
            if len(stream) >= _UNKNOWN:
                raise SourceError(
                    f"{len(ids)} documents hold more tokens than one index can number; "
                    "build one index for each half"
                )
        tokens = np.array(stream, dtype=np.uint32)
        del stream
        keys, positions = sorted_grams(tokens)
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
            np.flatnonzero(sizes >= common_at), max(1, len(self.keys) // CHUNK)
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
            text: Any text. Fewer than 8 tokens cannot be compared; of more than 100,000 tokens
                only the first ones are compared.
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


class _Search:
    """The search for passages of one text in an index."""

    def __init__(self, index: Index, query: Tokens) -> None:
        self.index = index
        self.query = query
        keys = hashes(query)
        self.low = np.searchsorted(index.keys, keys, side="left")
        self.high = np.searchsorted(index.keys, keys, side="right")
        self.known = self._verified()

    def _verified(self) -> NDArray[np.bool_]:
        """Return which runs of the text stand in a document, compared token by token."""
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
        block of (m - 6) // 2. It is enough to follow the rarest run of each block in which all
        runs are known.

        Returns:
            Rows (first token in the text, tokens, first token in the index), without repetition.

            Shape: (passages, 3).
        """
        block = max(1, (max(minimum, GRAM) - GRAM + 2) // 2)
        counts = np.where(self.known, self.high - self.low, 0)
        parts: list[NDArray[np.int64]] = []
        last = np.zeros((0, 3), dtype=np.int64)
        for start in range(0, len(counts) - block + 1, block):
            held = counts[start : start + block]
            if not held.all():
                continue
            at = start + int(held.argmin())
            positions = self.index.positions[self.low[at] : self.high[at]].astype(np.int64)
            # The last block already followed the passages that reach this run.
            reaching = last[last[:, 0] + last[:, 1] >= at + GRAM]
            fresh = positions[~np.isin(positions - at, reaching[:, 2] - reaching[:, 0])]
            rows = self._extend(at, fresh)
            parts.append(rows)
            last = np.concatenate([reaching, rows])
        rows = np.concatenate(parts) if parts else last
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
        """Return the passage `row` as a match; `rows` are all passages in common."""
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
