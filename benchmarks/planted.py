"""A seeded corpus with planted copies, so that recall and precision are known exactly.

Documents are runs of invented words whose frequencies follow Zipf's law, with the common English
function words on top, so that unrelated documents share about as many word triples as real ones do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

SITES = 400
FUNCTION_WORDS = """
the of and a to in is it you that he was for on are with as his they at be this from have or by
one had not but what all were when we there can an your which their said if do will each about
how up out them
"""
SYLLABLES = """
ba be bo bra ca ce co cra da de di do dra fa fe fi flo ga ge gra ha he ho ja ka ke la le li lo
ma me mi mo na ne ni no pa pe pla po ra re ri ro sa se shi so sta ta te ti to tra va ve vi wa we
wo ya zo
"""


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk and its truth.

    Attributes:
        files: Parquet shards.
        pairs: (id of the original, id of the copy, share of words changed).
        words: Number of words of all documents.
        megabytes: Size of all prose.
    """

    files: list[Path]
    pairs: list[tuple[str, str, float]]
    words: int
    megabytes: float


def vocabulary(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return words, and their probabilities by Zipf's law."""
    words, syllables = FUNCTION_WORDS.split(), SYLLABLES.split()
    seen = set(words)
    while len(words) < size:
        word = "".join(rng.choice(syllables, size=int(rng.integers(2, 5))))
        if word not in seen:
            seen.add(word)
            words.append(word)
    weights = 1 / (np.arange(size) + 2.7)
    return np.array(words, dtype=object), weights / weights.sum()


SPELLINGS = 6
"""Tokens of a word: small or capital letter, and a space, a full stop or a paragraph behind it."""


def spelled(vocab: np.ndarray) -> pa.Array:
    """Return the tokens of each word: word i has those from `SPELLINGS * i` on."""
    import pyarrow as pa

    ends = (" ", ". ", ".\n\n")
    return pa.array([case + end for w in vocab for case in (w, w.capitalize()) for end in ends])


def lay_out(words: np.ndarray, starts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the tokens of words in sentences and paragraphs; a text begins at each of `starts`."""
    ends = np.cumsum(rng.integers(6, 22, size=len(words) // 6 + 1)) - 1
    ends = ends[ends < len(words) - 1]
    behind, capital = np.zeros(len(words), np.int32), np.zeros(len(words), np.int32)
    behind[ends] = np.where(rng.random(len(ends)) < 0.8, 1, 2)
    capital[ends + 1] = 1
    capital[starts] = 1
    return words * SPELLINGS + capital * 3 + behind


def change_words(
    tokens: np.ndarray, share: float, vocab: int, rng: np.random.Generator
) -> np.ndarray:
    """Return `tokens` with a share of the words replaced (most), left out or doubled by a new one.

    The layout stays: a new word ends the sentence where the old one did.
    """
    at = rng.choice(len(tokens), size=max(1, round(share * len(tokens))), replace=False)
    kind = rng.random(len(at))
    tokens = tokens.copy()
    tokens[at] = rng.integers(vocab, size=len(at)) * SPELLINGS + tokens[at] % SPELLINGS
    doubled, gone = at[kind > 0.9], at[kind < 0.1]
    more = rng.integers(vocab, size=len(doubled)) * SPELLINGS
    marked = tokens.copy()
    marked[gone] = -1
    marked = np.insert(marked, doubled, more)
    return marked[marked >= 0]


LOOKALIKES = """
e:co c:eo o:0c l:1i i:l1 n:u u:n h:b b:h s:f5 f:s a:o r:t t:r m:n v:y d:c
"""
WIDE = {"m": "rn", "w": "vv", "n": "ri", "u": "ii", "d": "cl"}


def scan(words: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return `words` as a scan would show them: in a share of them one letter is misread.

    Half of the misreadings are letters that look alike, the rest any letter, a letter lost, a
    letter read as two, or a word broken in two.
    """
    words, alike = words.copy(), dict(pair.split(":") for pair in LOOKALIKES.split())
    for i in rng.choice(len(words), size=round(share * len(words)), replace=False):
        word = words[i]
        at = int(rng.integers(len(word)))
        letter, kind = word[at], rng.random()
        if kind < 0.5:
            new = alike.get(letter, "e")
            new = new[int(rng.integers(len(new)))]
        elif kind < 0.7:
            new = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
        elif kind < 0.8:
            new = ""
        elif kind < 0.9:
            new = WIDE.get(letter, letter + ".")
        else:
            new = letter + " "
        words[i] = word[:at] + new + word[at + 1 :]
    return words


def scanned(tokens: np.ndarray, share: float, vocab: np.ndarray, rng: np.random.Generator) -> str:
    """Return the text of `tokens` as a scan would show it."""
    words = scan(vocab[tokens // SPELLINGS], share, rng)
    ends = np.array([" ", ". ", ".\n\n"])[tokens % 3]
    capital = tokens % SPELLINGS >= 3
    return "".join(
        (w.capitalize() if c else w) + end for w, c, end in zip(words, capital, ends, strict=True)
    )


def make(
    folder: Path,
    documents: int,
    mean_words: int = 740,
    copies: float = 0.1,
    seed: int = 1,
    damage: float | None = None,
    shards: int = 4,
) -> Corpus:
    """Write a corpus with planted copies and return its truth.

    Args:
        folder: Where to write `000.parquet`, ….
        documents: All of them, copies included.
        mean_words: Mean length; lengths are log-normal.
        copies: Share of the documents that are changed copies of another.
        seed: Same seed, same corpus.
        damage: None for copies with 2-12 % of words changed; else copies are scans with this share
            of damaged words.
        shards: Number of files.
    """
    import pyarrow.parquet as pq

    rng = np.random.default_rng(seed)
    source = Source(rng, mean_words, damage)
    folder.mkdir(parents=True, exist_ok=True)
    planted = round(documents * copies)
    originals = documents - planted
    every = max(1, originals // max(1, planted))
    files: list[Path] = []
    truth: list[tuple[str, str, float]] = []
    words, size, made = 0, 0, 0
    for shard in range(shards):
        count = originals // shards + (shard < originals % shards)
        chosen = range(-made % every, count, every)[: planted - len(truth)]
        texts, pairs, drawn = source.texts(count, chosen)
        names = [f"{shard}-{at}" for at in range(len(texts))]
        table = table_of(names, texts, rng)
        ids = table["id"].to_pylist()
        truth.extend((ids[one], ids[other], share) for one, other, share in pairs)
        files.append(folder / f"{shard:03d}.parquet")
        table = table.take(rng.permutation(len(ids)))
        pq.write_table(table, files[-1], row_group_size=2048, compression="zstd")
        words, size, made = words + drawn, size + sum(map(len, texts)), made + count
    return Corpus(files, truth, words, size / 1e6)


class Source:
    """Draws texts."""

    def __init__(self, rng: np.random.Generator, mean_words: int, damage: float | None) -> None:
        """Begin with a vocabulary."""
        self.rng, self.mean_words, self.damage = rng, mean_words, damage
        self.vocab, weights = vocabulary(30_000, rng)
        self.tokens = spelled(self.vocab)
        # Drawing from a table of quantiles is many times faster than from the weights.
        at = (np.arange(1 << 22) + 0.5) / (1 << 22)
        self.quantiles = np.searchsorted(np.cumsum(weights), at).clip(max=29_999).astype(np.int32)

    def texts(
        self, count: int, chosen: Iterable[int]
    ) -> tuple[list[str], list[tuple[int, int, float]], int]:
        """Return texts, a copy behind each of the `chosen` originals, the pairs, and all words."""
        import pyarrow as pa
        import pyarrow.compute as pc

        rng, mark = self.rng, set(chosen)
        sizes = np.clip(rng.lognormal(np.log(self.mean_words) - 0.18, 0.6, count), 60, 20_000)
        starts = np.concatenate(([0], np.cumsum(sizes.astype(np.int64))))
        words = self.quantiles[rng.integers(len(self.quantiles), size=starts[-1])]
        stream = lay_out(words, starts[:-1], rng)
        pieces: list[np.ndarray] = []
        scans: dict[int, str] = {}
        pairs = []
        for at in range(count):
            tokens = stream[starts[at] : starts[at + 1]]
            pieces.append(tokens)
            if at not in mark:
                continue
            share = float(rng.uniform(0.02, 0.12)) if self.damage is None else self.damage
            pairs.append((len(pieces) - 1, len(pieces), share))
            if self.damage is None:
                tokens = change_words(tokens, share, len(self.vocab), rng)
            else:
                scans[len(pieces)] = scanned(tokens, share, self.vocab, rng)
            pieces.append(tokens)
        offsets = np.concatenate(([0], np.cumsum([len(piece) for piece in pieces])))
        spelt = self.tokens.take(pa.array(np.concatenate(pieces)))
        prose = pc.binary_join(pa.LargeListArray.from_arrays(pa.array(offsets), spelt), "")
        texts = prose.to_pylist()
        for at, text in scans.items():
            texts[at] = text
        return texts, pairs, int(offsets[-1])


def table_of(names: Sequence[str], texts: Sequence[str], rng: np.random.Generator) -> pa.Table:
    """Return documents with these names and texts on sites by chance."""
    import pyarrow as pa

    from erastyle.corpus.document import Document, document_id, schema, to_row

    sites = [f"site{i}.example" for i in rng.integers(SITES, size=len(texts)).tolist()]
    sources = [f"http://{s}/{name}.html" for s, name in zip(sites, names, strict=True)]
    raws = [text.encode() for text in texts]
    columns = {
        "id": [document_id(s, raw) for s, raw in zip(sources, raws, strict=True)],
        "source": sources,
        "site": sites,
        "prose": texts,
        "raw_sha256": [document_id("", raw) * 4 for raw in raws],
    }
    same = to_row(Document(id="", source="", site="", format="text", body="", raw_sha256=""))
    # The same value in every row: made once, not once a document.
    arrays = [
        pa.array(columns[f.name], f.type)
        if f.name in columns
        else pa.array([same[f.name]], f.type).take(pa.array(np.zeros(len(texts), np.int64)))
        for f in schema()
    ]
    return pa.table(arrays, schema=schema())
