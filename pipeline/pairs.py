"""Stage `pairs`: documents become requests with their answers, and general rows come beside them.

The rows are TRL's conversational prompt-completion rows, so that the loss is on the answer alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from erastyle.corpus import briefs, general
from erastyle.corpus.document import Document
from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.pipeline import ledger, manifest, weights
from erastyle.pipeline.ledger import Ledger
from erastyle.pipeline.stage import Context, Stage, Stats

if TYPE_CHECKING:
    import pyarrow as pa

Role = Literal["style", "rehearsal"]


class PairsOptions(Options):
    """Options of `pairs`."""

    max_per_site: int = Field(default=60, ge=1)
    """Most training documents of one site, so that no single author becomes the style."""
    rehearsal: float = Field(default=0.25, ge=0, le=4)
    """General rows for each style row. They keep the model from forgetting what it knew."""
    rehearsal_file: Path | None = Field(default=None, exclude=True)
    """Your own general rows, not the shipped ones: JSON lines with `prompt` and `response`."""


def schema() -> pa.Schema:
    """Return the Arrow schema of pairs."""
    import pyarrow as pa

    messages = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    return pa.schema(
        [
            ("prompt", messages),
            ("completion", messages),
            ("document_id", pa.string()),
            ("site", pa.string()),
            ("role", pa.string()),
            ("split", pa.string()),
        ]
    )


def row(
    prompt: str, completion: str, *, role: Role, split: str, document_id: str = "", site: str = ""
) -> dict[str, Any]:
    """Return one pair as a row of `schema`."""
    return {
        "prompt": [{"role": "user", "content": prompt}],
        "completion": [{"role": "assistant", "content": completion}],
        "document_id": document_id,
        "site": site,
        "role": role,
        "split": split,
    }


def _reads(options: PairsOptions) -> Mapping[str, str]:
    if options.rehearsal_file is None:
        return {}
    if not options.rehearsal_file.is_file():
        raise SourceError(f"{options.rehearsal_file}: no such file (pairs.rehearsal_file).")
    return {"rehearsal_file": manifest.sha256(options.rehearsal_file)}


def rehearsal_rows(options: PairsOptions, seed: int) -> Iterator[tuple[str, str]]:
    """Yield general (prompt, response) rows: the person's own, or the shipped ones without end.

    Raises:
        SourceError: A line of the person's file is not such a row; names the line.
    """
    if options.rehearsal_file is None:
        yield from general.rows(1_000_000, seed)
        return
    with options.rehearsal_file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                data = json.loads(line)
                yield str(data["prompt"]), str(data["response"])
            except (ValueError, KeyError, TypeError):
                raise SourceError(
                    f'{options.rehearsal_file}:{number}: not a row {{"prompt": …, "response": …}}.'
                ) from None


def why_drop(document: Document, taken: int, options: PairsOptions) -> tuple[str, str] | None:
    """Return (reason, detail) if the document does not become a pair.

    Args:
        document: A document with its split.
        taken: Training pairs that its site already gave.
        options: The options.
    """
    if document.origin == "modern":
        return "contrast", "read by the style score only"
    if document.split == "train" and taken >= options.max_per_site:
        return "site has enough", f"{document.site}: {options.max_per_site} pairs"
    return None


def times(document: Document, seed: int) -> int:
    """Return how many rows the document gives: its weight, in training alone; see `weights`."""
    if document.split != "train":
        return 1
    return weights.repeats(document.signals.get("weight", 1.0), document.id, seed)


def _run(context: Context[PairsOptions]) -> Stats:
    options, era, source = context.options, context.era, context.inputs["split"]
    read, repeated, taken, splits = 0, 0, Counter[str](), Counter[str]()
    with Ledger(context.out, schema()) as book:
        context.progress.start("pairs", ledger.count(source))
        for document in ledger.read(source):
            read += 1
            context.progress.advance()
            if dropped := why_drop(document, taken[document.site], options):
                book.drop(document, *dropped)
                continue
            room = options.max_per_site - taken[document.site]
            rows = min(times(document, context.seed), max(1, room))
            repeated += rows - 1
            for number in range(rows):
                taken[document.site] += 1
                splits[document.split] += 1
                # Another seed, another request: the answer comes again, the question does not.
                prompt = briefs.brief(document, era, context.seed + number)
                book.keep_row(
                    row(
                        prompt,
                        document.body,
                        role="style",
                        split=document.split,
                        document_id=document.id,
                        site=document.site,
                    )
                )
        rehearsal = 0
        for split in ("train", "dev"):
            wanted = round(splits[split] * options.rehearsal)
            rows = rehearsal_rows(options, context.seed + (split == "dev"))
            for prompt, response in islice(rows, wanted):
                rehearsal += 1
                book.keep_row(row(prompt, response, role="rehearsal", split=split))
        stats = book.stats(read + repeated + rehearsal)
    return stats | {
        "splits": dict(sorted(splits.items())),
        "repeated": repeated,
        "rehearsal": rehearsal,
    }


PAIRS = Stage(
    "pairs",
    "Turn documents into requests with their answers, and add general rows.",
    PairsOptions,
    _run,
    needs=("split",),
    era=("medium", "briefs", "reply_briefs"),
    seeded=True,
    reads=_reads,
)
