"""Stage `pairs`: documents become requests with their answers; rehearsal rows are added.

The rows are TRL's conversational prompt-completion rows, so that the loss is on the answer alone.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.corpus.errors import SourceError
from erastyle.corpus.options import Options
from erastyle.corpus.prompts import (
    augment,
    balance,
    briefs,
    document_facts,
    general,
)
from erastyle.corpus.prompts.balance import Card
from erastyle.corpus.prompts.shared_templates import shared_templates
from erastyle.pipeline import copy_weights
from erastyle.pipeline.runtime import ledger, manifest
from erastyle.pipeline.runtime.ledger import Ledger
from erastyle.pipeline.runtime.stage import Context, Stage, Stats

if TYPE_CHECKING:
    import pyarrow as pa

Role = Literal["style", "rehearsal"]
Row = dict[str, Any]
MACHINE = ("synthetic", "rewritten")


class PairsOptions(Options):
    """Options of `pairs`."""

    max_per_site: int = Field(default=60, ge=1)
    """Most training documents of one site, so that no single author becomes the style. Years and
    kinds of documents take turns."""
    max_per_template: int = Field(default=30, ge=1)
    """Most training documents that begin alike on any number of sites: made by one program, or with
    the same first tags or links. More, and the model begins every page so."""
    documents: int | None = Field(default=None, ge=1)
    """Most training documents, chosen by chance: to see how many are needed. null takes all."""
    requests: int = Field(default=1, ge=1, le=20)
    """Requests for each training document, in different words."""
    crops: int = Field(default=0, ge=0, le=20)
    """Sections of each training document that are also asked for alone."""
    reorder: bool = False
    """Whether a training document also comes with its middle sections in another order."""
    max_generated: float = Field(default=0.3, ge=0, lt=1)
    """Largest share of generated and rewritten documents in training where there are documents of
    the period: a model that feeds on machine text collapses unless real text stays and leads."""
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
            ("year", pa.string()),
            ("kind", pa.string()),
            ("templates", pa.list_(pa.string())),
        ]
    )


def row(
    prompt: str,
    completion: str,
    *,
    role: Role,
    split: str,
    document_id: str = "",
    site: str = "",
    year: str = "",
    kind: str = "",
    templates: Sequence[str] = (),
) -> dict[str, Any]:
    """Return one pair as a row of `schema`; the last three serve to balance a choice of rows."""
    return {
        "prompt": [{"role": "user", "content": prompt}],
        "completion": [{"role": "assistant", "content": completion}],
        "document_id": document_id,
        "site": site,
        "role": role,
        "split": split,
        "year": year,
        "kind": kind,
        "templates": list(templates),
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
    if document.split == "train" and taken >= options.max_per_site:
        return "site has enough", f"{document.site}: {options.max_per_site} pairs"
    return None


def card_of(document: Document) -> Card:
    """Return what balances a choice of documents."""
    return Card(
        document.id,
        document.site,
        document.date_from[:4],
        document_facts.kind(document),
        shared_templates(document),
    )


def over_shares(
    cards: Iterable[Card], options: PairsOptions, seed: int
) -> dict[str, tuple[str, str]]:
    """Return (reason, detail) for each training document that is over the share of its group.

    Sites take turns, and within a site years and kinds of documents; chance decides the rest. A
    document is taken unless its site or one of its templates has given enough.

    Args:
        cards: Cards of training documents.
        options: The options.
        seed: Another seed, another choice.
    """
    sites, openings = Counter[str](), Counter[str]()
    over: dict[str, tuple[str, str]] = {}
    for card in balance.in_turns(cards, seed):
        full = [name for name in card.templates if openings[name] >= options.max_per_template]
        if sites[card.site] >= options.max_per_site:
            over[card.id] = ("site has enough", f"{card.site}: {options.max_per_site} pairs")
        elif full:
            over[card.id] = ("template has enough", f"{full[0]}: {options.max_per_template} pairs")
        else:
            sites[card.site] += 1
            openings.update(card.templates)
    return over


def times(document: Document, seed: int) -> int:
    """Return how many rows the document gives: by its weight in training, else one."""
    if document.split != "train":
        return 1
    return copy_weights.repeats(document.signals.get("weight", 1.0), document.id, seed)


def style_rows(
    document: Document, card: Card, era: Era, options: PairsOptions, seed: int
) -> Iterator[Row]:
    """Yield the rows that a document gives: itself, and what augmentation makes of it.

    Dev and test documents give one row each: what is measured is not augmented.
    """

    def made(prompt: str, body: str) -> Row:
        return row(
            prompt,
            body,
            role="style",
            split=document.split,
            document_id=card.id,
            site=card.site,
            year=card.year,
            kind=card.kind,
            templates=card.templates,
        )

    if document.split != "train":
        yield made(briefs.brief(document, era, seed), document.body)
        return
    # Another seed, another request: the answer comes again, the question does not.
    asked = times(document, seed) - 1 + options.requests
    for number in range(asked):
        yield made(briefs.brief(document, era, seed + number), document.body)
    seen: set[str] = set()
    for number in range(options.crops):
        section = augment.crop(document, seed + number)
        if section and section[1] not in seen:
            seen.add(section[1])
            prompt = briefs.brief(document, era, seed + asked + number)
            yield made(f"{prompt} Only the section: {section[0]}.", section[1])
    if options.reorder and (body := augment.reorder(document, seed)):
        yield made(briefs.brief(document, era, seed + asked + options.crops), body)


def generated_to_keep(source: Path, most: float, among: Container[str] | None = None) -> set[str]:
    """Return the ids of the generated training documents that stay.

    Args:
        source: Folder of the split stage.
        most: Largest share of all training documents. Without a document of the period all stay:
            then there is nothing that they could replace.
        among: Ids of the training documents that count; all where it is None.
    """
    generated: list[str] = []
    period = 0
    for document in ledger.read(source):
        if among is not None and document.id not in among:
            continue
        if document.split == "train" and document.origin in MACHINE:
            generated.append(document.id)
        elif document.split == "train" and document.origin == "period":
            period += 1
    if not period:
        return set(generated)
    return set(sorted(generated)[: int(most / (1 - most) * period)])


def chosen(source: Path, most: int, per_site: int, seed: int) -> set[str]:
    """Return the ids of `most` training documents; a smaller choice is part of a larger one.

    Args:
        source: Folder of the split stage.
        most: How many.
        per_site: Most of one site.
        seed: Another seed, another choice.
    """
    ranked = sorted(
        (hashlib.sha256(f"{seed} {document.id}".encode()).digest(), document.id, document.site)
        for document in ledger.read(source)
        if document.split == "train"
    )
    ids: set[str] = set()
    taken = Counter[str]()
    for _, identity, site in ranked:
        if len(ids) < most and taken[site] < per_site:
            taken[site] += 1
            ids.add(identity)
    return ids


def _run(context: Context[PairsOptions]) -> Stats:
    options, era, source = context.options, context.era, context.inputs["split"]
    read, more, machine = 0, 0, 0
    taken, splits = Counter[str](), Counter[str]()
    most = options.documents
    few = None if most is None else chosen(source, most, options.max_per_site, context.seed)
    stay = generated_to_keep(source, options.max_generated, few)

    def may_teach(document: Document) -> bool:
        if document.split != "train" or (few is not None and document.id not in few):
            return False
        return document.origin not in MACHINE or document.id in stay

    cards = {d.id: card_of(d) for d in filter(may_teach, ledger.read(source))}
    over = over_shares(cards.values(), options, context.seed)
    with Ledger(context.out, schema()) as book:
        context.progress.start("pairs", ledger.count(source))
        for document in ledger.read(source):
            read += 1
            context.progress.advance()
            training = document.split == "train"
            if few is not None and training and document.id not in few:
                book.drop(document, "not chosen", f"{most:,} documents at most")
                continue
            made = training and document.origin in MACHINE
            if made and document.id not in stay:
                book.drop(document, "generated share", f"at most {options.max_generated:.0%}")
                continue
            if reason := over.get(document.id):
                book.drop(document, *reason)
                continue
            if dropped := why_drop(document, taken[document.site], options):
                book.drop(document, *dropped)
                continue
            room = max(1, options.max_per_site - taken[document.site])
            if document.split != "train":
                room = 1
            before = splits[document.split]
            card = cards.get(document.id) or card_of(document)
            for pair in islice(style_rows(document, card, era, options, context.seed), room):
                taken[document.site] += 1
                splits[document.split] += 1
                book.keep_row(pair)
            more += splits[document.split] - before - 1
            machine += made * (splits[document.split] - before)
        rehearsal = 0
        for split in ("train", "dev"):
            wanted = round(splits[split] * options.rehearsal)
            rows = rehearsal_rows(options, context.seed + (split == "dev"))
            for prompt, response in islice(rows, wanted):
                rehearsal += 1
                book.keep_row(row(prompt, response, role="rehearsal", split=split))
        stats = book.stats(read + more + rehearsal)
    return stats | {
        "splits": dict(sorted(splits.items())),
        "repeated": more,
        "rehearsal": rehearsal,
        "generated_share": round(machine / max(1, splits["train"]), 4),
    }


PAIRS = Stage(
    "pairs",
    "Turn documents into requests with their answers, and add general rows.",
    PairsOptions,
    _run,
    needs=("split",),
    era=("medium", "briefs", "reply_briefs"),
    version=3,
    changed="the drafts in requests say their document in other words",
    seeded=True,
    reads=_reads,
)
