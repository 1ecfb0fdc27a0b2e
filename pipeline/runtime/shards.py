"""A folder of Parquet files, written row by row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

SHARD_BYTES = 64_000_000
ROW_GROUP = 1000


class Shards:
    """A folder of Parquet files of about 64 MB, written row by row.

    The same rows give the same bytes: fixed row groups, fixed compression, no times.
    """

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        """Write below `folder`; nothing is created before the first row."""
        self._folder, self._schema = folder, schema
        self._rows: list[dict[str, Any]] = []
        self._writer: Any = None
        self._number = self._bytes = 0

    def write(self, row: dict[str, Any]) -> None:
        """Add one row."""
        self._rows.append(row)
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._rows:
            return
        table = pa.Table.from_pylist(self._rows, schema=self._schema)
        self._rows = []
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self._number:06}.parquet"
            self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._writer.write_table(table)
        self._bytes += table.nbytes
        if self._bytes >= SHARD_BYTES:  # the rows are gone, so this cannot come back here
            self.close()

    def close(self) -> None:
        """Finish the open file; writing on starts the next one."""
        self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer, self._bytes = None, 0
            self._number += 1
