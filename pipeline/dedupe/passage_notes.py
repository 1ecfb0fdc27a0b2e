"""The rows of `passages/`: each repeated paragraph of a kept document, and who keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.pipeline.runtime.shards import Shards
from erastyle.pipeline.runtime.stage import Stats

if TYPE_CHECKING:
    import pyarrow as pa

PASSAGES = "passages"
"""Folder of the rows, in that of the stage."""


def noted_schema() -> pa.Schema:
    """Return the schema of `passages/`: a row for each repeated paragraph of a kept document."""
    import pyarrow as pa

    texts = ("id", "source", "site", "action", "rule", "excerpt", "kept_id", "kept_source")
    numbers = (
        "start",
        "end",
        "body_start",
        "body_end",
        "words",
        "documents",
        "sites",
        "kept_start",
    )
    return pa.schema([(n, pa.string()) for n in texts] + [(n, pa.int64()) for n in numbers])


def passage_note(row: Mapping[str, Any]) -> str:
    """Return a row of `passages/` as a sentence for people; empty for any other row."""
    if "kept_start" not in row:
        return ""
    return (
        f"{row['words']} words from character {row['start']} of the prose, as in {row['kept_id']} "
        f"{row['kept_source']} from {row['kept_start']} ({row['documents']} documents, "
        f"{row['sites']} {'site' if row['sites'] == 1 else 'sites'}): "
        f"{' '.join(row['excerpt'].split())[:80]}"
    )


class PassageNotes:
    """The rows of `passages/`, and how many paragraphs and characters they name."""

    def __init__(self, folder: Path) -> None:
        """Write to `folder`."""
        self._shards = Shards(folder, noted_schema())
        self._passages, self._characters = Counter[str](), Counter[str]()

    def write(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add the rows of a document."""
        for row in rows:
            self._shards.write(row)
            self._passages[f"{row['action']}, {row['rule']}"] += 1
            self._characters[row["action"]] += row["end"] - row["start"]

    def stats(self) -> Stats:
        """Close the files and return the counts."""
        self._shards.close()
        return {
            "passages": dict(sorted(self._passages.items())),
            "passage_characters": dict(sorted(self._characters.items())),
        }
