"""Clusters of copies in a corpus: exact duplicates and near-duplicates of whole documents.

    fingerprints of every document        one Daft plan                     signatures.py
    exact groups                          equal hashes                      candidates.py
    candidates, one copy of each group    equal bands, similar sketches     candidates.py
    near-duplicates, connected            real Jaccard similarity           verification.py
    which copy stays                      the era's rule                    best_copy.py

Archives hold mirrors, reposts, captures and reprints. With copies on both sides of a split a score
measures memory, and a model recites what training repeats.

Source:
    Broder, "On the resemblance and containment of documents", 1997 (MinHash); Leskovec, Rajaraman,
    Ullman, "Mining of Massive Datasets", chapter 3 (banding).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from erastyle.corpus.errors import StageFailedError
from erastyle.pipeline.dedupe.best_copy import Copy, order
from erastyle.pipeline.dedupe.options import CopyRule, DuplicateOptions

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from erastyle.pipeline.dedupe.verification import NearClusters, Shingles

    Keys = NDArray[np.uint64]

Kind = Literal["kept", "exact", "normalised", "near"]


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

    from erastyle.pipeline.dedupe import (
        candidates,
        distributed,
        signatures,
        text_cache,
        verification,
    )
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
        with closing(verification.Shingles(workspace / "shingles.u64", options)) as store:
            if spread:
                near = distributed.near_clusters(files, folder, skip, options)
                verification.shingle(store, files, folder, near.keys)
            else:
                pairs = candidates.candidates(folder, skip, options, folder)
                wanted = pairs.keys[np.union1d(pairs.one, pairs.other)]
                verification.shingle(store, files, folder, wanted, texts)
                near = verification.verify(pairs, store)
            linked = np.array([i for members in near.sets for i in members], np.int64)
            copies = facts(files, folder, np.union1d(keys, near.keys[linked]))
            return _table(_rows((keys, group), near, store, copies, options.which_copy))
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
        lengths.update(zip(batch["key"].to_pylist(), batch["words"].to_pylist(), strict=True))
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
    exact: tuple[Keys, Keys],
    near: NearClusters,
    store: Shingles,
    copies: Mapping[int, Copy],
    rule: CopyRule,
) -> list[Row]:
    place = order(rule)
    groups: dict[int, list[Copy]] = {}
    for key, head in zip(*(side.tolist() for side in exact), strict=True):
        groups.setdefault(head, []).append(copies[key])
    for members in groups.values():
        members.sort(key=place)
    rows: list[Row] = []
    linked: set[int] = set()
    for indices in near.sets:
        heads = {i: int(near.keys[i]) for i in indices}
        linked.update(heads.values())
        texts = {i: groups.get(key) or [copies[key]] for i, key in heads.items()}
        ranked = sorted(indices, key=lambda i: place(texts[i][0]))
        best = texts[ranked[0]][0]
        for i, leader, similarity in leaders(ranked, near, store):
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


def leaders(
    ranked: Sequence[int], near: NearClusters, store: Shingles
) -> list[tuple[int, int, float]]:
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
            sketches = near.sketches[kept[:MOST_LEADERS]]
            leader = kept[int(np.argmax(estimate(sketches, near.sketches[member][None, :])))]
            one, other = int(near.keys[member]), int(near.keys[leader])
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
