"""Training rows: a request and its answer as token ids, of which the answer alone is learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from erastyle.corpus.errors import ModelError
from erastyle.corpus.prompts.asked_length import without_length
from erastyle.train.model.prompt import LEAST_ROOM, Encoder
from erastyle.train.model.splitting import beginning, ending

IGNORED = -100  # the label that the loss leaves out
GIVEN = 150  # tokens of a document that a continuation is given, at most
GO_ON = ("Go on:", "Go on from here:", "Continue this:", "Write the next part. So far:")

Part = Literal["whole", "beginning", "continuation"]


class RequestTooLongError(ModelError):
    """A request leaves no room for its answer."""


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One training row.

    Attributes:
        input_ids: Ids of the request and of the answer.
        labels: The same ids, with `IGNORED` where nothing is learnt.
        part: What of its document it holds.
        ends: Whether its document ends in it, so that it teaches to stop.
    """

    input_ids: list[int]
    labels: list[int]
    part: Part = "whole"
    ends: bool = True


def training_row(
    encoder: Encoder, request: str, answer: str, part: Part = "whole", *, ends: bool = True
) -> TrainingRow:
    """Return the training row; only the answer and, where it ends, the end token are learnt."""
    prompt = encoder.prompt(request)
    completion = [*encoder.text(answer), *(encoder.end if ends else ())]
    return TrainingRow(prompt + completion, [IGNORED] * len(prompt) + completion, part, ends)


def training_rows(
    encoder: Encoder, request: str, answer: str, max_length: int
) -> Iterator[TrainingRow]:
    """Yield the row of a document; of one that is too long its beginning, then its continuations.

    A long answer is cut before a heading, else at paragraphs, lines, sentences; put together again
    the rows are the document. A beginning does not teach to stop, and its request asks for no
    number of words: it has fewer than the document. A continuation gets the end of what
    stands before it as its request, and only the last one teaches to stop.

    Raises:
        RequestTooLongError: `max_length` leaves no room for an answer.
    """
    whole = training_row(encoder, request, answer)
    if len(whole.input_ids) <= max_length:
        yield whole
        return
    request = without_length(request)
    room = max_length - len(encoder.prompt(request)) - len(encoder.end)
    if room < LEAST_ROOM:
        raise RequestTooLongError(
            f"A request of {max_length - room} tokens leaves no room for an answer in {max_length} "
            "tokens, the shorter of train.max_length and the base's context. Shorten the request, "
            "or choose a base with a longer context."
        )
    done = beginning(answer, room, encoder.length)
    yield training_row(encoder, request, done, "beginning", ends=False)
    yield from _continuations(encoder, done, answer[len(done) :], max_length)


def _continuations(
    encoder: Encoder, before: str, rest: str, max_length: int
) -> Iterator[TrainingRow]:
    """Yield the rows of what follows `before`."""
    number = 0
    given = min(GIVEN, max_length // 4)
    while rest:
        asked = f"{GO_ON[number % len(GO_ON)]}\n\n{ending(before, given, encoder.length)}"
        room = max_length - len(encoder.prompt(asked))
        if room < LEAST_ROOM:  # the words around it take so much
            asked = GO_ON[0]
            room = max(1, max_length - len(encoder.prompt(asked)))
        part = beginning(rest, room - len(encoder.end), encoder.length)
        before, rest = before + part, rest[len(part) :]
        yield training_row(encoder, asked, part, "continuation", ends=not rest)
        number += 1


def ends_well(row: TrainingRow, eos: int) -> bool:
    """Say whether the row teaches to stop: its last learnt token is the end token."""
    return bool(row.labels) and row.labels[-1] == eos
