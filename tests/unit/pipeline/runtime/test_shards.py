"""Parquet files of a bounded size hold every row, in order."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from erastyle.pipeline.runtime import ledger, shards
from erastyle.pipeline.runtime.shards import Shards


def test_shards_rotate_and_hold_every_row_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 30_000)
    monkeypatch.setattr(shards, "ROW_GROUP", 10)
    out = Shards(tmp_path / "rows", pa.schema([("number", pa.int64()), ("text", pa.string())]))
    for number in range(95):
        out.write({"number": number, "text": "y" * 1000})
    out.close()
    assert [file.name for file in ledger.files(tmp_path / "rows")] == [
        f"{number:06}.parquet" for number in range(4)
    ]
    assert [row["number"] for row in ledger.rows(tmp_path / "rows")] == list(range(95))
