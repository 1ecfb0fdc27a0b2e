"""Slurs and outdated names of groups, counted in texts."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from erastyle.corpus.copying.tokens import words
from erastyle.eval.bias.stereotypes import table


@dataclass(frozen=True, slots=True)
class Slur:
    """An insulting or outdated name in texts.

    Attributes:
        word: As the list has it.
        kind: `slur` or `outdated`.
        axis: race, religion, orientation or disability.
        count: How often it occurs, plurals included.
        texts: Indexes of the texts that hold it.
    """

    word: str
    kind: str
    axis: str
    count: int
    texts: tuple[int, ...]

    @property
    def masked(self) -> str:
        """The word with all letters but the first replaced by asterisks."""
        return self.word[0] + "*" * (len(self.word) - 1)


@dataclass(frozen=True, slots=True)
class SlurCount:
    """Slurs and outdated names in texts.

    Attributes:
        words: Words of all texts.
        names: The names in the texts, most frequent first.
    """

    words: int
    names: tuple[Slur, ...]

    def rate(self, kind: str = "slur") -> float | None:
        """Return the number of a kind per 10,000 words; None without a word."""
        total = sum(slur.count for slur in self.names if slur.kind == kind)
        return 10_000 * total / self.words if self.words else None


def slurs(texts: Sequence[str]) -> SlurCount:
    """Return the slurs and outdated names in `texts`.

    Whole words count, whatever their case. A name in a quotation or a title counts too; `texts` of
    each result says where to look.
    """
    listed = {
        codecs.decode(word, "rot13"): (kind, axis) for kind, axis, word in table("slurs.tsv", 3)
    }
    forms = {form: word for word in listed for form in (word, word + "s", word + "es")}
    total = 0
    counts: Counter[str] = Counter()
    places: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        tokens = [token for token in words(text) if not token.startswith("<")]
        total += len(tokens)
        here = Counter(forms[token] for token in tokens if token in forms)
        counts.update(here)
        for word in here:
            places.setdefault(word, []).append(at)
    order = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return SlurCount(
        total, tuple(Slur(word, *listed[word], count, tuple(places[word])) for word, count in order)
    )
