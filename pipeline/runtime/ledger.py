"""What became of every document: kept, dropped with a reason, or quarantined.

A stage hands each document that it read to exactly one of `keep`, `drop` and `quarantine`. Closing
the ledger checks the sum (conservation), so a document can not get lost without an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from erastyle.corpus import document as documents
from erastyle.corpus.document import Document
from erastyle.corpus.record import KEEP, Unreadable
from erastyle.pipeline.runtime.shards import ROW_GROUP, Shards

if TYPE_CHECKING:
    import pyarrow as pa

EXCERPT = 400  # characters of a dropped document that the ledger shows; the whole is one stage back


def files(folder: Path) -> list[Path]:
    """Return the Parquet files of a folder in order; none if it is not there."""
    return sorted(folder.glob("*.parquet"))


def rows(folder: Path, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a folder of Parquet files, a row group in memory at a time."""
    import pyarrow.parquet as pq

    for path in files(folder):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROW_GROUP, columns=columns):
                yield from batch.to_pylist()


def read(folder: Path) -> Iterator[Document]:
    """Yield the documents that a stage kept, in order."""
    for row in rows(folder / "kept"):
        yield documents.from_row(row)


def count(folder: Path) -> int:
    """Return how many documents a stage kept, from the files' footers."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in files(folder / "kept"))


def dropped_schema() -> pa.Schema:
    """Return the schema of dropped documents."""
    import pyarrow as pa

    names = ("id", "source", "site", "origin", "reason", "detail", "excerpt")
    return pa.schema([(name, pa.string()) for name in names])


def quarantine_schema() -> pa.Schema:
    """Return the schema of records that could not be read."""
    import pyarrow as pa

    return pa.schema(
        [
            ("source", pa.string()),
            ("offset", pa.int64()),
            ("error", pa.string()),
            ("raw", pa.binary()),
        ]
    )


class Ledger:
    """The three folders of a stage's output and the counts."""

    def __init__(self, out: Path, kept: pa.Schema | None = None) -> None:
        """Write `kept/`, `dropped/` and `quarantine/` below `out`; `kept` rows are documents."""
        self._kept = Shards(out / "kept", kept or documents.schema())
        self._dropped = Shards(out / "dropped", dropped_schema())
        self._quarantine = Shards(out / "quarantine", quarantine_schema())
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def keep(self, document: Document) -> None:
        """Hand the document on to the next stage."""
        self.keep_row(documents.to_row(document))

    def keep_row(self, row: dict[str, Any]) -> None:
        """Hand on a row of the schema that the ledger was made with."""
        self._counts["kept"] += 1
        self._kept.write(row)

    def drop(self, document: Document, reason: str, detail: str = "") -> None:
        """Drop the document for a short, countable reason; `detail` shows the values."""
        excerpt = (document.prose or document.body)[:EXCERPT]
        self.drop_row(
            reason,
            detail,
            document.source,
            id=document.id,
            site=document.site,
            origin=document.origin,
            excerpt=excerpt,
        )

    def drop_row(
        self,
        reason: str,
        detail: str,
        source: str,
        *,
        id: str = "",  # noqa: A002 - the column is called so
        site: str = "",
        origin: str = "",
        excerpt: str = "",
    ) -> None:
        """Drop something that never became a document."""
        self._counts["dropped"] += 1
        self._reasons[reason] += 1
        self._dropped.write(
            {
                "id": id,
                "source": source,
                "site": site,
                "origin": origin,
                "reason": reason,
                "detail": detail,
                "excerpt": excerpt,
            }
        )

    def quarantine(self, record: Unreadable) -> None:
        """Put away what could not be read."""
        self._counts["quarantined"] += 1
        self._reasons[record.error.split(":")[0]] += 1
        self._quarantine.write(
            {
                "source": record.source,
                "offset": record.offset,
                "error": record.error,
                "raw": record.raw[:KEEP],
            }
        )

    def stats(self, read: int) -> dict[str, Any]:
        """Close the files and return the counts.

        Args:
            read: How many documents the stage was given.

        Raises:
            AssertionError: The sum is not `read`: the stage lost or doubled a document.
        """
        self.close()
        kept, dropped = self._counts["kept"], self._counts["dropped"]
        quarantined = self._counts["quarantined"]
        if read != kept + dropped + quarantined:
            raise AssertionError(
                f"conservation broken: read {read}, but {kept} kept + {dropped} dropped "
                f"+ {quarantined} quarantined. This is a bug in the stage; please report it."
            )
        return {
            "read": read,
            "kept": kept,
            "dropped": dropped,
            "quarantined": quarantined,
            "reasons": dict(self._reasons.most_common()),
        }

    def close(self) -> None:
        """Finish all files."""
        for shards in (self._kept, self._dropped, self._quarantine):
            shards.close()

    def __enter__(self) -> Ledger:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish all files, also after an error."""
        self.close()
