"""Copies in a corpus: exact, near, and passages. What is found, not what is done about it.

    fingerprints of every document        one Daft plan               pipeline/fingerprints.py
    exact groups                          equal hashes
    candidates, one copy of each group    equal bands, sketches agree pipeline/neighbours.py
    clusters                              real Jaccard similarity, connected
    which copy stays                      the rule of the era, here

Archives hold mirrors, reposts, captures and reprints. Copies on both sides of a split make every
score a lie, and copies in training are what a model recites.

Source:
    Broder, "On the resemblance and containment of documents", 1997 (MinHash); Leskovec, Rajaraman,
    Ullman, "Mining of Massive Datasets", chapter 3 (banding).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from erastyle.corpus.errors import StageFailedError
from erastyle.corpus.options import Options
from erastyle.pipeline.dedupe.passages import repeated_passages
from erastyle.pipeline.split.leaks import Leak, leaks

__all__ = [
    "Copy",
    "DuplicateOptions",
    "Kind",
    "Leak",
    "clusters",
    "facts",
    "leaks",
    "ocr_options",
    "order",
    "repeated_passages",
]

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.pipeline.dedupe.candidates import Pairs
    from erastyle.pipeline.dedupe.verification import Shingles

Kind = Literal["kept", "exact", "normalised", "near"]


class DuplicateOptions(Options):
    """What counts as a copy, and which copy stays."""

    threshold: float = Field(default=0.45, gt=0, le=1)
    """Smallest share of shingles that two near copies have in common. With one word in eight
    changed, 0.52 of the word triples still agree."""
    short_words: int = Field(default=150, ge=0)
    """Two documents that are both shorter must be closer: what they share is mostly boilerplate."""
    short_threshold: float = Field(default=0.55, gt=0, le=1)
    """The threshold among documents shorter than `short_words`, where it is the higher one."""
    hashes: int = Field(default=64, ge=8, le=512)
    """MinHash values of a document, which cost most of the time; the bands are made of them."""
    bands: int = Field(default=96, ge=1, le=512)
    """Bands of the MinHash signature: more find more candidates and cost more."""
    rows: int = Field(default=4, ge=1, le=8)
    """MinHash values in a band: more give fewer candidates, and only closer ones."""
    shingle: Literal["word-3", "char-9"] = "word-3"
    """What is compared: runs of three words, or of nine characters without spaces."""
    ocr: bool = False
    """Whether letters that scanners confuse count as equal (`char-9` only)."""
    sample: int = Field(default=4, ge=1, le=64)
    """`char-9` only: candidates are sought with one character run in so many."""
    min_words: int = Field(default=10, ge=1)
    """Shorter documents are copies only of documents with the same raw bytes."""
    which_copy: Literal["earliest", "cleanest", "longest"] = "earliest"
    """What decides first which copy stays; the other two, then the id, break ties."""
    passage_words: int = Field(default=50, ge=10)
    """Shortest paragraph that is sought on other sites; shorter ones may well be written twice."""
    passage_sites: int = Field(default=2, ge=2)
    """Sites on which a paragraph must stand to count as repeated."""
    memory_mb: int = Field(default=1024, ge=64, exclude=True)
    """Memory that tables of bands may take, in MB, besides readers and pairs. Less means more
    passes over the fingerprints, with the same result."""
    seed: int = Field(default=1, ge=0, lt=1 << 32)
    """Seed of the hash functions."""

    def least(self, one: int, other: int) -> float:
        """Return the similarity that makes documents of `one` and `other` shingles near copies."""
        # About as many shingles as words; of characters, five times as many.
        short = self.short_words * (1 if self.shingle == "word-3" else 5)
        if max(one, other) < short:
            return max(self.threshold, self.short_threshold)
        return self.threshold


def ocr_options(**changes: object) -> DuplicateOptions:
    """Return options for scanned text, with `changes`.

    One word in four with a wrong letter leaves about half of the runs of nine characters, and both
    copies may be damaged, so the threshold is lower and there are more bands.
    """
    return DuplicateOptions.model_validate(
        {
            "shingle": "char-9",
            "ocr": True,
            "threshold": 0.25,
            "short_threshold": 0.35,
            "hashes": 128,
            "bands": 64,
            "rows": 3,
            **changes,
        }
    )


@dataclass(frozen=True, slots=True)
class Copy:
    """What decides which of several copies stays."""

    id: str
    origin: str
    date: str
    noise: float
    length: int
    raw: str


def order(rule: Literal["earliest", "cleanest", "longest"]) -> Callable[[Copy], tuple[object, ...]]:
    """Return the sort key that puts the copy which stays first.

    Documents of the period come before modern ones, whatever the rule; an unknown date comes last.
    """
    origins = {"period": 0, "modern": 1, "rewritten": 2, "synthetic": 3}

    def place(copy: Copy) -> tuple[object, ...]:
        date, noise, length = (not copy.date, copy.date), copy.noise, -copy.length
        ties = {
            "earliest": (date, noise, length),
            "cleanest": (noise, date, length),
            "longest": (length, date, noise),
        }
        return (origins.get(copy.origin, 9), *ties[rule], copy.id)

    return place


def clusters(
    files: Sequence[Path], options: DuplicateOptions, workspace: Path, spread: bool | None = None
) -> pa.Table:
    """Return the clusters of copies among the documents in Parquet `files`.

    Args:
        files: Shards of documents; how documents are spread over them changes nothing.
        options: What counts as a copy.
        workspace: Folder for intermediate files, about 700 bytes a document and, where a quarter of
            the free disk holds it, the text of all documents.
        spread: Whether pairs stay on the workers of a cluster; None does so on Ray. The result is
            the same.

    Returns:
        A row for each document in a cluster of two or more, sorted by cluster, then id:

        `id`; `cluster`, the id of its best copy; `kept_id`, the document that stands for this one
        (itself where it is kept); `kind`: `kept`, `exact` (same raw bytes as `kept_id`),
        `normalised` (same words) or `near`; `similarity` to `kept_id`, the real Jaccard similarity.

        Members of a cluster are linked through each other, so it may hold documents that differ. A
        document is dropped only for a kept one that it is itself similar to: a cluster may keep
        several, which a split must not part.

    Raises:
        StageFailedError: Two documents have the same id.
    """
    import numpy as np

    from erastyle.pipeline.dedupe import candidates, signatures, text_cache, verification
    from erastyle.pipeline.dedupe import distributed as cluster
    from erastyle.pipeline.runtime import daft_engine

    workspace.mkdir(parents=True, exist_ok=True)
    folder = workspace / "fingerprints"
    kept = workspace / "texts"
    for old in (folder, kept):
        shutil.rmtree(old, ignore_errors=True)
    # Another machine of a cluster would not find them.
    spread = daft_engine.on_ray() if spread is None else spread
    texts = kept if not spread and text_cache.fits(files, workspace) else None
    try:
        if not files:
            return _table([])
        if texts:
            texts.mkdir()
        signatures.write(files, options, folder, texts)
        keys, group = candidates.exact(folder, options)
        skip = keys[keys != group]
        if spread:
            found = cluster.linked(files, folder, skip, options)
            pairs, sets = candidates.apart(folder, *found, options)
            wanted = pairs.keys
        else:
            pairs, sets = candidates.candidates(folder, skip, options, folder), None
            wanted = pairs.keys[np.union1d(pairs.one, pairs.other)]
        store = verification.shingle(
            files, folder, wanted, options, workspace / "shingles.u64", texts
        )
        try:
            sets = verification.verify(pairs, store) if sets is None else sets
            linked = np.array([i for members in sets for i in members], np.int64)
            copies = facts(files, folder, np.union1d(keys, pairs.keys[linked]))
            return _table(_rows(keys, group, pairs, sets, store, copies, options))
        finally:
            store.close()
    finally:
        for old in (folder, kept):
            shutil.rmtree(old, ignore_errors=True)


def facts(files: Sequence[Path], folder: Path, keys: NDArray[np.uint64]) -> dict[int, Copy]:
    """Return what decides which copy stays, by key. `folder` holds the fingerprints.

    Raises:
        StageFailedError: Two documents have the same id.
    """
    import daft

    from erastyle.pipeline.dedupe import candidates, signatures

    counts = daft.read_parquet(f"{folder}/*.parquet").select("key", "words")
    lengths: dict[int, int] = {}
    for batch in candidates.chosen(counts, keys):
        found = zip(batch["key"].to_pylist(), batch["words"].to_pylist(), strict=True)
        lengths.update(found)
    names = ("id", "origin", "date_from", "raw_sha256")
    copies: dict[int, Copy] = {}
    for batch in candidates.chosen(signatures.read(files, *names, "signals"), keys):
        for row in batch.to_pylist():
            if row["key"] in copies:
                raise StageFailedError(
                    f"Two documents have the id {row['id']!r} (or {copies[row['key']].id!r} and it "
                    "share a hash). Ingest each source once."
                )
            noise = {s["name"]: s["value"] for s in row["signals"] or ()}.get("ocr_noise", 0.0)
            id_, origin, date, raw = (row[name] or "" for name in names)
            copies[row["key"]] = Copy(id_, origin, date, noise, lengths[row["key"]], raw)
    return copies


Row = tuple[str, str, str, Kind, float]


def _rows(
    keys: NDArray[np.uint64],
    group: NDArray[np.uint64],
    pairs: Pairs,
    sets: Sequence[Sequence[int]],
    store: Shingles,
    copies: Mapping[int, Copy],
    options: DuplicateOptions,
) -> list[Row]:
    place = order(options.which_copy)
    groups: dict[int, list[Copy]] = {}
    for key, head in zip(keys.tolist(), group.tolist(), strict=True):
        groups.setdefault(head, []).append(copies[key])
    for members in groups.values():
        members.sort(key=place)
    rows: list[Row] = []
    pair_keys = pairs.keys.tolist()
    linked: set[int] = set()
    for indices in sets:
        heads = {i: pair_keys[i] for i in indices}
        linked.update(heads.values())
        texts = {i: groups.get(key) or [copies[key]] for i, key in heads.items()}
        ranked = sorted(indices, key=lambda i: place(texts[i][0]))
        best = texts[ranked[0]][0]
        for i, leader, similarity in leaders(ranked, pairs, store):
            kept = texts[leader][0]
            rows.extend(_row(copy, kept, best.id, i == leader, similarity) for copy in texts[i])
    for head, members in groups.items():
        if head not in linked:
            rows.extend(_row(copy, members[0], members[0].id, True, 1.0) for copy in members)
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _row(copy: Copy, kept: Copy, cluster: str, same: bool, similarity: float) -> Row:
    if copy.id == kept.id:
        return (copy.id, cluster, copy.id, "kept", 1.0)
    if same:
        return (copy.id, cluster, kept.id, "exact" if copy.raw == kept.raw else "normalised", 1.0)
    return (copy.id, cluster, kept.id, "near", similarity)


MOST_LEADERS = 64
"""Kept documents of a cluster that a member is compared with by sketch."""


def leaders(ranked: Sequence[int], pairs: Pairs, store: Shingles) -> list[tuple[int, int, float]]:
    """Return for each member of a cluster, best first, the kept member that stands for it.

    A member that is similar to no kept one is kept itself.

    Returns:
        Triples of member, the kept member (itself, if kept) and their similarity.
    """
    import numpy as np

    from erastyle.pipeline.dedupe.signatures import estimate

    kept: list[int] = []
    out: list[tuple[int, int, float]] = []
    for member in ranked:
        similarity, leader = 1.0, member
        if kept:
            near = pairs.sketches[kept[:MOST_LEADERS]]
            leader = kept[int(np.argmax(estimate(near, pairs.sketches[member][None, :])))]
            one, other = int(pairs.keys[member]), int(pairs.keys[leader])
            similarity = store.similarity(one, other)
        if not similarity:
            similarity, leader = 1.0, member
        if leader == member:
            kept.append(member)
        out.append((member, leader, similarity))
    return out


def _table(rows: Sequence[Row]) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    from erastyle.corpus.text.arrow import numbers, strings

    names = ("id", "cluster", "kept_id", "kind")
    columns = [strings([row[i] for row in rows]).cast(pa.string()) for i in range(len(names))]  # type: ignore[misc]
    similarity = numbers(np.array([row[4] for row in rows], np.float64))
    return pa.table([*columns, similarity], names=[*names, "similarity"])
