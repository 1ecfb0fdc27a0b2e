"""Which training documents a model learnt from, by the ledgers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from erastyle.pipeline import pairs
from erastyle.pipeline.runtime.shards import Shards
from erastyle.train.data import rows
from erastyle.train.data.learnt import learnt


def pair(id_: str, request: str, split: str = "train", role: Any = "style") -> dict[str, Any]:
    return pairs.row(request, "An answer.", role=role, split=split, document_id=id_)


def folders(tmp_path: Path, kept: Sequence[dict[str, Any]]) -> tuple[Path, Path]:
    shards = Shards(tmp_path / "pairs" / "kept", pairs.schema())
    for row in kept:
        shards.write(row)
    shards.close()
    return tmp_path / "pairs", tmp_path / "train"


def test_a_document_counts_if_one_of_its_rows_was_learnt(tmp_path: Path) -> None:
    kept = [
        pair("whole", "1"),
        pair("twice", "2"),
        pair("twice", "3"),
        pair("long", "4"),
        pair("over", "5"),
        pair("held", "6", split="test"),
        pair("", "7", role="rehearsal"),
    ]
    source, out = folders(tmp_path, kept)
    rows.write_dropped(
        out,
        rows.Unlearnt([kept[1], kept[4]], "over max_tokens"),
        rows.Unlearnt([kept[3]], rows.REST),
    )
    of = learnt(source, out)
    assert of.documents == {"whole", "twice", "long"}
    assert of.of == {"whole", "twice", "long", "over"}


def test_a_model_without_a_ledger_of_what_was_left_out_learnt_all(tmp_path: Path) -> None:
    source, out = folders(tmp_path, [pair("a", "1"), pair("b", "2")])
    assert learnt(source, out).documents == {"a", "b"}
