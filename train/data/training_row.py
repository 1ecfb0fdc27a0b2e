"""Training rows: a request and its answer as token ids, of which the answer alone is learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from erastyle.corpus.errors import ModelError
from erastyle.train.model.prompt import LEAST_ROOM, Encoder
from erastyle.train.model.splitting import split

IGNORED = -100  # the label that the loss leaves out


class RequestTooLongError(ModelError):
    """A request leaves no room for its answer."""


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One training row.

    Attributes:
        input_ids: Ids of the request and of the answer.
        labels: The same ids, with `IGNORED` where nothing is learnt.
    """

    input_ids: list[int]
    labels: list[int]


def training_row(encoder: Encoder, request: str, answer: str) -> TrainingRow:
    """Return the training row; only the answer and the end token are learnt."""
    prompt, completion = encoder.prompt(request), [*encoder.text(answer), *encoder.end]
    return TrainingRow(prompt + completion, [IGNORED] * len(prompt) + completion)


def training_rows(
    encoder: Encoder, request: str, answer: str, max_length: int
) -> Iterator[TrainingRow]:
    """Yield the row, or several where it is longer than `max_length` tokens.

    A long answer is split at paragraphs, then lines, then sentences; no text is lost. The request
    of each part says which part it is.

    Raises:
        RequestTooLongError: `max_length` leaves no room for an answer.
    """
    whole = training_row(encoder, request, answer)
    if len(whole.input_ids) <= max_length:
        yield whole
        return
    reserve = len(encoder.prompt(f"{request} (part 100 of 100)")) + len(encoder.end)
    room = max_length - reserve
    if room < LEAST_ROOM:
        raise RequestTooLongError(
            f"A request of {reserve} tokens leaves no room for an answer in {max_length} tokens, "
            "the shorter of train.max_length and the base's context. Shorten the request, or "
            "choose a base with a longer context."
        )
    parts = list(split(answer, room, encoder.length))
    for number, part in enumerate(parts, start=1):
        yield training_row(encoder, f"{request} (part {number} of {len(parts)})", part)


def ends_well(row: TrainingRow, eos: int) -> bool:
    """Say whether the row teaches to stop: its last learnt token is the end token."""
    return bool(row.labels) and row.labels[-1] == eos
