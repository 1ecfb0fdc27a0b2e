"""The rows behind the gate: each item of each check, as one Parquet file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from erastyle.eval.measurement import (
    Answers,
    Cost,
    Gap,
    Mean,
    Measurement,
    Paired,
    Ranking,
    Rate,
    Ratio,
    Share,
)

COLUMNS = {
    "check": "string",
    "item": "int64",
    "side": "string",
    "site": "string",
    "before": "double",
    "after": "double",
    "words": "int64",
}
"""What a row holds.

`before` and `after` belong to the base and the fine-tuned model. What has one value only has it in
`after`: anachronisms of a text, nats gained by a document, whether a passage was repeated. `side`
says which of two sets an item is of.
"""


def rows(measured: Mapping[str, Measurement]) -> Iterator[dict[str, Any]]:
    """Yield one row an item of each measure, in order."""
    for check, measure in measured.items():
        for number, row in enumerate(_rows(measure)):
            blank: dict[str, Any] = dict.fromkeys(COLUMNS)
            yield blank | {"check": check, "item": number, "side": "", "site": ""} | row


def _rows(measure: Measurement) -> Iterator[dict[str, Any]]:
    match measure:
        case Paired() | Cost() | Answers():
            sites = measure.groups or [""] * len(measure.before)
            for before, after, site in zip(measure.before, measure.after, sites, strict=True):
                yield {"before": _number(before), "after": _number(after), "site": str(site)}
        case Share():
            yield from ({"after": float(n < measure.count)} for n in range(measure.total))
        case Mean():
            sites = measure.groups or [""] * len(measure.values)
            for value, site in zip(measure.values, sites, strict=True):
                yield {"after": _number(value), "site": str(site)}
        case Rate():
            for side, hits, words in (
                ("generated", measure.hits, measure.words),
                ("real", measure.real_hits, measure.real_words),
            ):
                for hit, count in zip(hits, words, strict=True):
                    yield {"side": side, "after": float(hit), "words": int(count)}
        case Ratio():
            yield {"side": "all", "after": _number(measure.value)}
            yield from ({"side": "left out", "after": _number(v)} for v in measure.without)
        case Gap():
            for side, values, groups in (
                ("seen", measure.seen, measure.seen_groups),
                ("unseen", measure.unseen, measure.unseen_groups),
            ):
                for value, site in zip(values, groups or [""] * len(values), strict=True):
                    yield {"side": side, "after": _number(value), "site": str(site)}
        case Ranking():
            sites = measure.groups or [""] * len(measure.scores)
            for score, label, site in zip(measure.scores, measure.labels, sites, strict=True):
                side = "member" if label else "other"
                yield {"side": side, "after": _number(score), "site": str(site)}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def write(measured: Mapping[str, Measurement], path: Path) -> int:
    """Write the rows to `path` and return how many there are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64()}
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    table = pa.Table.from_pylist(list(rows(measured)), schema=schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")
    return int(table.num_rows)
