"""A seeded corpus with planted copies, so that recall and precision are known exactly.

Documents are runs of invented words whose frequencies follow Zipf's law, with the common English
function words on top, so that unrelated documents share about as many word triples as real ones do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

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


def change_words(
    words: np.ndarray, share: float, vocab: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return `words` with a share of them replaced (most), left out or doubled by a new word."""
    words = words.copy()
    at = rng.choice(len(words), size=max(1, round(share * len(words))), replace=False)
    kind = rng.random(len(at))
    words[at] = vocab[rng.integers(len(vocab), size=len(at))]
    doubled, gone = at[kind > 0.9], at[kind < 0.1]
    for i in doubled:
        words[i] = words[i] + " " + vocab[rng.integers(len(vocab))]
    words[gone] = ""
    return words[words != ""]


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


def lay_out(words: np.ndarray, rng: np.random.Generator) -> str:
    """Return words as prose with sentences, lines and paragraphs."""
    out, left = [], 0
    for word in words:
        if left == 0:
            left = int(rng.integers(6, 22))
            word = word.capitalize()
        left -= 1
        out.append(word + (("." if rng.random() < 0.8 else ".\n\n") if left == 0 else ""))
    return " ".join(out)


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
    import pyarrow as pa
    import pyarrow.parquet as pq

    from erastyle.corpus.document import Document, document_id, schema, to_row

    rng = np.random.default_rng(seed)
    vocab, weights = vocabulary(30_000, rng)
    folder.mkdir(parents=True, exist_ok=True)
    planted = round(documents * copies)
    originals = documents - planted
    every = max(1, originals // max(1, planted))
    pairs: list[tuple[str, str, float]] = []
    files, total_words, total_bytes, made = [], 0, 0, 0
    for shard in range(shards):
        rows = []
        for _ in range(originals // shards + (shard < originals % shards)):
            size = int(np.clip(rng.lognormal(np.log(mean_words) - 0.18, 0.6), 60, 20_000))
            words = vocab[rng.choice(len(vocab), size=size, p=weights)]
            texts = [(words, 0.0)]
            if made % every == 0 and len(pairs) < planted:
                share = damage if damage is not None else float(rng.uniform(0.02, 0.12))
                changed = (
                    scan(words, share, rng)
                    if damage is not None
                    else change_words(words, share, vocab, rng)
                )
                texts.append((changed, share))
            made += 1
            ids = []
            for which, (text, _share) in enumerate(texts):
                prose = lay_out(text, rng)
                raw = prose.encode()
                site = f"site{int(rng.integers(SITES))}.example"
                source = f"http://{site}/{made}-{which}.html"
                document = Document(
                    id=document_id(source, raw), source=source, site=site, format="text", body="",
                    raw_sha256=document_id("", raw) * 4, prose=prose,
                )  # fmt: skip
                ids.append(document.id)
                rows.append(to_row(document))
                total_words += len(text)
                total_bytes += len(raw)
            if len(ids) == 2:
                pairs.append((ids[0], ids[1], texts[1][1]))
        order = rng.permutation(len(rows))
        file = folder / f"{shard:03d}.parquet"
        table = pa.Table.from_pylist([rows[i] for i in order], schema())
        pq.write_table(table, file, row_group_size=2048, compression="zstd")
        files.append(file)
    return Corpus(files, pairs, total_words, total_bytes / 1e6)
