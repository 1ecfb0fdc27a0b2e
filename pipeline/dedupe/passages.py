"""Paragraphs that stand in many documents: quotations, licences, credits, headers and footers.

One search with two rules. A long paragraph on several sites was passed on; a shorter one at the
head or foot of many pages of one site is boilerplate of that site. Either stays once, in the
document that the era's rule for copies puts first, and can be taken out of the others
(`corpus/html/remove_passages.py`).

    paragraphs of every document      one Daft plan: digest, site, place in the era's order
    repeated ones                     grouped by digest, a slice of the digests at a time
    what a document holds of them     its paragraphs, looked up in those that are repeated
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from erastyle.pipeline.dedupe.options import PassageRules

if TYPE_CHECKING:
    import pyarrow as pa

Rule = Literal["on several sites", "frame of its site"]

SLICE = 2_000_000  # paragraphs grouped at a time, about 200 MB
HEAD, FOOT = 3, 4  # paragraphs of a page that may be boilerplate
_GAP = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A paragraph of a document that another document keeps.

    Attributes:
        start: First character in the prose.
        end: Behind the last.
        words: Its words.
        rule: Which of the two rules.
        documents: How many hold it.
        sites: On how many sites.
        kept_id: The document that keeps it.
        kept_start: Where it begins in that document's prose.
    """

    start: int
    end: int
    words: int
    rule: Rule
    documents: int
    sites: int
    kept_id: str
    kept_start: int


@dataclass(frozen=True, slots=True)
class PassageCandidate:
    """A paragraph of a text that may be repeated: `text[start:end]`.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last character.
        words: Words of its normal form.
        digest: 64-bit hash of its normal form.
        edge: Whether it is among the first `HEAD` or last `FOOT` paragraphs of its document.
    """

    start: int
    end: int
    words: int
    digest: int
    edge: bool = False


def passages_of(texts: Sequence[str], rules: PassageRules) -> list[list[PassageCandidate]]:
    """Return the paragraphs of each text that either rule looks at, all normalised at once."""
    import pyarrow as pa

    from erastyle.corpus.text.normalise import normalise_all

    spans: list[tuple[int, int, int]] = []
    for i, text in enumerate(texts):
        start = 0
        for gap in _GAP.finditer(text):
            spans.append((i, start, gap.start()))
            start = gap.end()
        spans.append((i, start, len(text)))
    blocks = pa.array([texts[i][start:end] for i, start, end in spans], pa.large_string())
    normal, words = normalise_all(blocks)
    full = (words > 0).nonzero()[0].tolist()
    edges = _edges([spans[at][0] for at in full])
    out: list[list[PassageCandidate]] = [[] for _ in texts]
    for at, edge in zip(full, edges, strict=True):
        if words[at] < (rules.frame_words if edge and rules.frame_pages else rules.passage_words):
            continue
        i, start, end = spans[at]
        raw = normal[at].as_py().encode("utf-8", "surrogatepass")
        digest = int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")
        out[i].append(PassageCandidate(start, end, int(words[at]), digest, edge))
    return out


def _edges(owners: Sequence[int]) -> list[bool]:
    """Say of each paragraph, by the number of its document, whether it is near an end of it."""
    behind = [0] * len(owners)
    for at in range(len(owners) - 2, -1, -1):
        behind[at] = behind[at + 1] + 1 if owners[at] == owners[at + 1] else 0
    out, before = [], 0
    for at, owner in enumerate(owners):
        before = before + 1 if at and owners[at - 1] == owner else 0
        out.append(before < HEAD or behind[at] < FOOT)
    return out


class Repeats:
    """The repeated paragraphs of a corpus: 40 bytes and a place in the order for each."""

    def __init__(self, table: pa.Table, rules: PassageRules) -> None:
        """Look up in `table`, as `repeated_passages` returns it."""
        import numpy as np

        self.rules = rules
        self.table = table
        self._digests = table["digest"].to_numpy()
        self._homes = table["home"].to_numpy()
        self._keeps = np.array(table["kept_id"].to_pylist(), object)
        self.keepers = frozenset(self._keeps.tolist())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._digests)

    def of(self, documents: Sequence[tuple[str, str, str]]) -> Iterator[list[Repeat]]:
        """Yield, for each (id, site, prose), its paragraphs that another document keeps."""
        import numpy as np

        candidates = passages_of([prose for _, _, prose in documents], self.rules)
        for (id_, site, _), paragraphs in zip(documents, candidates, strict=True):
            digests = np.array([p.digest for p in paragraphs], np.uint64)
            low = np.searchsorted(self._digests, digests, side="left")
            high = np.searchsorted(self._digests, digests, side="right")
            here = home(site)
            out = []
            for paragraph, start, end in zip(paragraphs, low.tolist(), high.tolist(), strict=True):
                homes = (0, here) if paragraph.edge else (0,)
                # A paragraph on several sites comes first: the table is sorted by digest and home.
                at = next((i for i in range(start, end) if int(self._homes[i]) in homes), None)
                if at is not None and self._keeps[at] != id_:
                    out.append(self._repeat(paragraph, at))
            yield out

    def _repeat(self, paragraph: PassageCandidate, at: int) -> Repeat:
        row = self.table.slice(at, 1).to_pylist()[0]
        return Repeat(
            paragraph.start,
            paragraph.end,
            paragraph.words,
            "frame of its site" if row["home"] else "on several sites",
            row["documents"],
            row["sites"],
            row["kept_id"],
            row["kept_start"],
        )


def home(site: str) -> int:
    """Return a number of a site, never 0."""
    raw = hashlib.blake2b(site.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "big") | 1


def repeated_passages(
    files: Sequence[Path], rules: PassageRules, workspace: Path, without: Collection[str] = ()
) -> pa.Table:
    """Return the paragraphs that stand in several documents.

    Args:
        files: Parquet shards of documents; how documents are spread over them changes nothing.
        rules: What counts as repeated.
        workspace: Folder for intermediate files, about 90 bytes a paragraph.
        without: Ids of documents that are to be left out, as copies of others.

    Returns:
        A row for each repeated paragraph, sorted by digest, then home:

        `digest` (64 bits, as in `PassageCandidate`), `home` (0 where it stands on
        several sites, else the number of the site whose boilerplate it is), `words`, `sites`,
        `documents`, `kept_id` (the document that keeps it), `kept_start` (where in its prose).
    """
    import daft

    if not files:
        return _table([])
    folder = workspace / "passages"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _write(files, rules, sorted(set(without)), folder)
        rows = daft.read_parquet(f"{folder}/*.parquet")
        slices = 1 + _rows(folder) // SLICE
        repeated: list[dict[str, Any]] = []
        for number in range(slices):
            part = rows.where(daft.col("digest") % slices == number) if slices > 1 else rows
            repeated += _grouped(part, rules)
        pages = _pages(files, without) if rules.frame_pages else Counter()
        share = rules.frame_share
        return _table([r for r in repeated if r["documents"] >= share * pages[r["home"]]])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(
    files: Sequence[Path], rules: PassageRules, without: Sequence[str], folder: Path
) -> None:
    """Write a row for each paragraph of each document, once a document."""
    import daft
    import pyarrow as pa
    from daft import DataType, col

    kind = pa.struct(
        [
            ("digest", pa.uint64()),
            ("words", pa.int32()),
            ("home", pa.uint64()),
            ("edge", pa.bool_()),
            ("place", pa.string()),
        ]
    )
    names = ("id", "site", "origin", "date_from", "signals")

    def paragraphs_of(prose: daft.Series, *columns: daft.Series) -> Any:
        from erastyle.pipeline.dedupe.best_copy import sort_text
        from erastyle.pipeline.dedupe.passages import home, passages_of

        values = [column.to_arrow().to_pylist() for column in columns]
        texts = [text or "" for text in prose.to_arrow().to_pylist()]
        out = []
        for i, paragraphs in enumerate(passages_of(texts, rules)):
            row = {name: column[i] for name, column in zip(names, values, strict=True)}
            rank, site = sort_text(row, rules.which_copy), home(row["site"] or "")
            first: dict[int, dict[str, Any]] = {}
            for p in paragraphs:
                one = {"digest": p.digest, "words": p.words, "home": site, "edge": False}
                one = first.setdefault(p.digest, one | {"place": f"{rank}\0{p.start}"})
                one["edge"] |= p.edge
            out.append(list(first.values()))
        return pa.array(out, pa.large_list(kind))

    split = daft.func.batch(
        return_dtype=DataType.list(DataType.from_arrow_type(kind)), use_process=False
    )(paragraphs_of)
    rows = daft.read_parquet([str(file) for file in files])
    if without:
        gone = daft.from_arrow(pa.table({"id": pa.array(without, pa.large_string())}))
        rows = rows.join(gone, on="id", how="anti")
    rows.select(split(col("prose"), *map(col, names)).alias("paragraph")).explode(
        "paragraph", ignore_empty_and_null=True
    ).select(col("paragraph").unnest()).write_parquet(str(folder), write_mode="overwrite")


def _pages(files: Sequence[Path], without: Container[str]) -> Counter[int]:
    """Return how many documents each site has, by its number."""
    import pyarrow.parquet as pq

    sites: Counter[str] = Counter()
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(10_000, columns=["id", "site"]):
            ids, names = batch["id"].to_pylist(), batch["site"].to_pylist()
            sites.update(n or "" for id_, n in zip(ids, names, strict=True) if id_ not in without)
    return Counter({home(site): count for site, count in sites.items()})


def _rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))


def _grouped(rows: Any, rules: PassageRules) -> list[dict[str, Any]]:
    """Return the paragraphs of both rules among the rows of a slice."""
    from daft import col, lit

    measures = (
        col("words").max().alias("words"),
        col("digest").count().alias("documents"),
        col("place").min().alias("place"),
    )
    several = (
        rows.where(col("words") >= rules.passage_words)
        .groupby("digest")
        .agg(col("home").count_distinct().alias("sites"), *measures)
        .where(col("sites") >= rules.passage_sites)
        .with_column("home", lit(0))
    )
    out: list[dict[str, Any]] = several.to_arrow().to_pylist()
    if rules.frame_pages:
        frames = (
            rows.where(col("edge") & (col("words") >= rules.frame_words))
            .groupby("digest", "home")
            .agg(*measures)
            .where(col("documents") >= rules.frame_pages)
            .with_column("sites", lit(1))
        )
        out += frames.to_arrow().to_pylist()
    return out


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    rows.sort(key=lambda row: (row["digest"], row["home"]))
    for row in rows:
        *_, row["kept_id"], start = row.pop("place").split("\0")
        row["kept_start"] = int(start)
    kinds = {
        "digest": pa.uint64(),
        "home": pa.uint64(),
        "words": pa.int32(),
        "sites": pa.int64(),
        "documents": pa.int64(),
        "kept_id": pa.string(),
        "kept_start": pa.int64(),
    }
    return pa.table({n: pa.array([r[n] for r in rows], t) for n, t in kinds.items()})
