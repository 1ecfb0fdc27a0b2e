"""Writes texts with a model: one for each request, whatever is written beside it.

Each text has chances of its own, so it depends on its request and the seed and not on its batch.
`batch.py` holds the one loop that decodes; the server keeps such a batch running and lets texts
join it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model.batch import TextBatch
from erastyle.train.model.decoding import Decoding, greedy
from erastyle.train.model.guards.ending import Cause
from erastyle.train.model.guards.guard import Guards, Mark
from erastyle.train.model.guards.personal import with_stand_ins
from erastyle.train.model.packed import packed
from erastyle.train.model.prompt import LEAST_ROOM
from erastyle.train.model.sampling import chance
from erastyle.train.model.text_row import OnText, TextRow

NEUTRAL = ""
"""The request of a prompt without a brief."""


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that writes, and how a request reaches it.

    Attributes:
        model: A causal language model in evaluation mode.
        tokenizer: Its tokenizer.
        prompt: Turns a request into the token ids that the model continues.
    """

    model: Any
    tokenizer: Any
    prompt: Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """A text that a model wrote.

    Attributes:
        text: The text without control tokens.
        tokens: Number of its tokens.
        stopped: Whether the text ended by itself, or at the length that its request asks for.
        refused: How often each guard refused a part of it, by the guard's name; `personal` counts
            addresses and numbers that were replaced by stand-ins.
        spent: Tokens that were written and refused.
        marks: What the guards refused and had to let stand in the end.
        ending: What ended the text; `length` and `room` say that the end token was helped.
        back: How often a text went back behind a place that had passed.
    """

    text: str
    tokens: int
    stopped: bool
    refused: Mapping[str, int] = field(default_factory=dict)
    spent: int = 0
    marks: tuple[Mark, ...] = ()
    ending: Cause = "own"
    back: int = 0


def fits(writer: Writer, request: str) -> bool:
    """Say whether a request leaves room for an answer in the model's context."""
    config = getattr(writer.model, "config", None)
    limit = getattr(config, "max_position_embeddings", None)
    return limit is None or len(writer.prompt(request)) + LEAST_ROOM <= int(limit)


def generate(
    writer: Writer,
    requests: Sequence[str],
    decoding: Decoding,
    *,
    seed: int = 0,
    numbers: Sequence[int] = (),
    guidance: Sequence[float] = (),
    guards: Guards | None = None,
    on_text: OnText | None = None,
    progress: Progress | None = None,
) -> list[GeneratedText]:
    """Return the text for each request of one batch.

    Args:
        writer: The model.
        requests: The requests; all of them are decoded together.
        decoding: How to decode.
        seed: Same seed and request, same text.
        numbers: For each request how often the same one was asked before; 0 by default.
        guidance: For each request how strongly its text is guided; as `decoding` says by default.
        guards: What looks on and may refuse a part.
        on_text: For a single request: receives the text as it is written.
        progress: Counts each text as it ends.

    Raises:
        ModelError: A request fills the model's context.
    """
    each = zip(
        requests,
        numbers or [0] * len(requests),
        guidance or [decoding.guidance] * len(requests),
        strict=True,
    )
    rows = [
        row_of(
            writer,
            request,
            replace(decoding, guidance=guided),
            seed=seed,
            number=number,
            guards=guards,
            on_text=on_text,
        )
        for request, number, guided in each
    ]
    return _written(writer, rows, progress)


def _written(
    writer: Writer, rows: list[TextRow], progress: Progress | None = None
) -> list[GeneratedText]:
    """Return the texts of one batch, written to their ends."""
    progress = progress or Progress()
    batch = TextBatch(writer.model, writer.tokenizer)
    steps = max(row.room - len(row.ids) for row in rows)
    with packed(writer.model, len(rows), steps):
        batch.add(rows)
        while batch.rows:
            progress.advance(len(batch.step()))  # none mostly, and the time that passes is shown
    return [finished(row, writer.tokenizer) for row in rows]


def row_of(
    writer: Writer,
    request: str,
    decoding: Decoding,
    *,
    seed: int = 0,
    number: int = 0,
    guards: Guards | None = None,
    prompt: Sequence[int] = (),
    begun: str = "",
    **more: Any,
) -> TextRow:
    """Return a text that is to be written, for a `TextBatch`.

    Args:
        writer: The model.
        request: The request.
        decoding: How to decode.
        seed: Same seed and request, same text.
        number: How often the same request was asked before.
        guards: What looks on and may refuse a part.
        prompt: Tokens that the model continues; by default those of the request alone.
        begun: Text that stands already; `max_new_tokens` come on top of it.
        more: What else a `TextRow` takes: `stops`, `adapter`, `on_text`, `unwanted`, `enough`.

    Raises:
        ModelError: The prompt fills the model's context.
    """
    ids = list(prompt) or writer.prompt(request)
    limit = getattr(writer.model.config, "max_position_embeddings", None) or 1 << 30
    if len(ids) >= limit:
        raise ModelError(f"A brief has {len(ids)} tokens and the model takes {limit}. Shorten it.")
    left = limit - len(ids)
    stands = writer.tokenizer(begun, add_special_tokens=False)["input_ids"] if begun else []
    if len(stands) >= left:
        raise ModelError(
            f"A text of {len(stands)} tokens is to be gone on with, and the model takes {limit}."
        )
    room = min(len(stands) + decoding.max_new_tokens, left)
    if guards is not None and guards.ending is not None and decoding.stretch:
        room = min(guards.ending.room(request, room), left)
    source = chance(seed, request, number)
    if decoding.guidance != 1:
        more["neutral"] = tuple(writer.prompt(NEUTRAL))
    row = TextRow(
        request, ids, room, left, source, decoding, guards, begun=begun, ids=stands, **more
    )
    row.passed = row.drawn = len(stands)
    return row


def continued(
    writer: Writer,
    request: str,
    begun: str,
    decoding: Decoding,
    *,
    count: int,
    first: int = 0,
    seed: int = 0,
    guards: Guards | None = None,
    enough: Callable[[str], bool] | None = None,
) -> list[GeneratedText]:
    """Return several ways in which one text may go on; each begins with what stands already.

    Args:
        writer: The model.
        request: The request.
        begun: The text so far.
        decoding: How to decode; `max_new_tokens` is the room for what is new.
        count: How many ways.
        first: How often the request was asked before.
        seed: Same seed, request, beginning and `first`, same texts.
        guards: What looks on and may refuse a part.
        enough: Says where such a text may stop.

    Raises:
        ModelError: The request and the text fill the model's context.
    """
    rows = [
        row_of(
            writer, request, decoding, seed=seed, number=first + n, guards=guards, begun=begun,
            enough=enough,
        )
        for n in range(count)
    ]  # fmt: skip
    return _written(writer, rows)


def finished(row: TextRow, tokenizer: Any) -> GeneratedText:
    """Return the text of a row that has ended."""
    text = row.before_stop(tokenizer.decode(row.ids, skip_special_tokens=True), whole=True)
    refused, marks = dict(row.refused), list(row.marks)
    if row.guards is not None:
        stopped = row.dropped or row.cause == "stop"  # what was asked for ends where it ends
        whole = text if stopped or row.guards.close is None else row.guards.close(text)
        if whole != text:
            text = whole
            marks.append(Mark("swallow", "the end of open markup was set", 0, len(text)))
        new = text.removeprefix(row.begun)  # what stood before was looked at already
        new, replaced = with_stand_ins(new, f"{row.request}\n{row.begun}")
        text = row.begun + new if text.startswith(row.begun) else new
        refused |= {"personal": replaced} if replaced else {}
    ended = not row.dropped and (row.ended or row.cause == "stop")
    return GeneratedText(
        text.strip("\n"),
        len(row.ids),
        ended and row.cause not in ("room", "loops"),
        refused,
        row.drawn - len(row.ids),
        tuple(marks),
        row.cause if ended else "cut",
        row.back,
    )


def in_batches(
    writer: Writer,
    requests: Sequence[str],
    decoding: Decoding,
    seed: int,
    progress: Progress,
    *,
    guidance: Sequence[float] = (),
    guards: Guards | None = None,
    on_text: OnText | None = None,
) -> Iterator[GeneratedText]:
    """Yield the texts in the order of `requests`; `on_text` receives that of a single one.

    `guidance` says for each request how strongly its text is guided; by default `decoding` does. A
    text depends on its request, the seed and how often the same request came before.
    """
    asked: Counter[str] = Counter()
    numbers = []
    for request in requests:
        numbers.append(asked[request])
        asked[request] += 1
    for start in range(0, len(requests), decoding.batch):
        part = slice(start, start + decoding.batch)
        yield from generate(
            writer,
            requests[part],
            decoding,
            seed=seed,
            numbers=numbers[part],
            guidance=guidance[part],
            guards=guards,
            on_text=on_text,
            progress=progress,
        )


def likeliest(
    writer: Writer, requests: Sequence[str], max_new_tokens: int, *, batch: int = 32
) -> list[str]:
    """Return the likeliest text for each request."""
    decoding = greedy(max_new_tokens, batch)
    starts = range(0, len(requests), batch)
    with packed(writer.model, min(batch, len(requests)), max_new_tokens * len(starts)):
        return [
            written.text
            for start in starts
            for written in generate(writer, requests[start : start + batch], decoding)
        ]
