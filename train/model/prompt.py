"""Pairs -> token ids. Text from documents stays plain text: it can never become a control token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.chat_template import time_limit

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LEAST_ROOM = 32  # tokens of an answer; with fewer, a long document becomes too many parts
IGNORED = -100  # the label that the loss leaves out
_MARKS = ("\x02REQUEST\x03", "\x02ANSWER\x03", "\x02NEXT\x03")
_PLACES = (r"\n\n", r"\n", r"(?<=>)(?=<)", r"(?<=[.!?]) ", r" ")


class RequestTooLongError(ModelError):
    """A request leaves no room for its answer."""


@dataclass(frozen=True, slots=True)
class Example:
    """One training row.

    Attributes:
        input_ids: Prompt and completion.
        labels: The same with `IGNORED` where nothing is learnt.
    """

    input_ids: list[int]
    labels: list[int]


class Encoder:
    """A tokenizer's chat template, cut at the places where a document's text goes in.

    Raises:
        ModelError: The template changes or loses what is put into it, or the completion does not
            end with the end token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        """Render the template once and tokenise its fixed parts."""
        self.tokenizer = tokenizer
        request, answer, _ = _MARKS
        opened, whole = _rendered(tokenizer, request, answer)
        if opened.count(request) != 1 or whole.count(answer) != 1 or not whole.startswith(opened):
            raise ModelError(
                "The base's chat template does not keep the text that it is given. Choose another "
                "base, or replace its chat template."
            )
        before, after = opened.split(request)
        self._before, self._after = self._fixed(before), self._fixed(after)
        if tokenizer.bos_token and not before.startswith(tokenizer.bos_token):
            first = tokenizer("", add_special_tokens=True)["input_ids"][:1]
            self._before = [i for i in first if i == tokenizer.bos_token_id] + self._before
        end = self._fixed(whole[len(opened) :].split(answer)[1])
        if tokenizer.eos_token_id in end:  # what follows the end token is the next turn's
            end = end[: end.index(tokenizer.eos_token_id) + 1]
        else:
            end = [tokenizer.eos_token_id]
        self._end = end
        self.eos: int = tokenizer.eos_token_id

    def _fixed(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def text(self, text: str) -> list[int]:
        """Return the ids of a document's text; `<|im_end|>` in it is eight letters and signs."""
        ids: list[int] = self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, verbose=False
        )["input_ids"]
        return ids

    def prompt(self, request: str) -> list[int]:
        """Return the ids up to where the answer begins."""
        return [*self._before, *self.text(request), *self._after]

    def conversation(self, turns: Sequence[tuple[str, str]], request: str) -> list[int]:
        """Return the ids of earlier turns (request, answer), up to where the next answer begins.

        Raises:
            ModelError: The chat template takes no earlier turns.
        """
        if not turns:
            return self.prompt(request)
        between = self._between()
        ids = list(self._before)
        for asked, answered in turns:
            ids += [*self.text(asked), *self._after, *self.text(answered), *between]
        return [*ids, *self.text(request), *self._after]

    def _between(self) -> list[int]:
        """Return the fixed ids between an answer and the next request."""
        request, answer, following = _MARKS
        messages = [
            {"role": "user", "content": request},
            {"role": "assistant", "content": answer},
            {"role": "user", "content": following},
        ]
        whole = self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True
        )
        found = re.search(f"{re.escape(answer)}(.*){re.escape(following)}", whole, re.S)
        if found is None:
            raise ModelError(
                "The base's chat template does not keep earlier turns, so examples cannot be "
                "shown. Choose another method or base."
            )
        return self._fixed(found[1])

    def crop(self, text: str, room: int) -> str:
        """Return the beginning of `text` in at most `room` tokens, cut at a paragraph if it can."""
        return next(self._split(text, room, 0), "")

    def example(self, request: str, answer: str) -> Example:
        """Return the training row; only the answer and the end token are learnt."""
        prompt, completion = self.prompt(request), [*self.text(answer), *self._end]
        return Example(prompt + completion, [IGNORED] * len(prompt) + completion)

    def examples(self, request: str, answer: str, max_length: int) -> Iterator[Example]:
        """Yield the row, or several where it is longer than `max_length` tokens.

        A long answer is split at paragraphs, then lines, then sentences; no text is lost. The
        request of each part says which part it is.

        Raises:
            RequestTooLongError: `max_length` leaves no room for an answer.
        """
        whole = self.example(request, answer)
        if len(whole.input_ids) <= max_length:
            yield whole
            return
        reserve = len(self.prompt(f"{request} (part 100 of 100)")) + len(self._end)
        room = max_length - reserve
        if room < LEAST_ROOM:
            raise RequestTooLongError(
                f"A request of {reserve} tokens leaves no room for an answer in {max_length} tokens"
                ", the shorter of train.max_length and the base's context. Shorten the request, or "
                "choose a base with a longer context."
            )
        parts = list(self._split(answer, room, 0))
        for number, part in enumerate(parts, start=1):
            yield self.example(f"{request} (part {number} of {len(parts)})", part)

    def _split(self, text: str, room: int, level: int) -> Iterator[str]:
        """Yield pieces of at most `room` tokens whose concatenation is `text`."""
        if len(self.text(text)) <= room:
            yield text
            return
        if level == len(_PLACES):
            half = len(text) // 2
            yield from self._split(text[:half], room, level)
            yield from self._split(text[half:], room, level)
            return
        pieces = _pieces(text, _PLACES[level])
        if len(pieces) == 1:
            yield from self._split(text, room, level + 1)
            return
        taken, used = "", 0
        for piece in pieces:
            # Pieces that stand alone take at least as many tokens as together, so sums are safe.
            size = len(self.text(piece)) + 1
            if size > room:
                if taken:
                    yield taken
                yield from self._split(piece, room, level + 1)
                taken, used = "", 0
            elif used + size > room:
                yield taken
                taken, used = piece, size
            else:
                taken, used = taken + piece, used + size
        if taken:
            yield taken


def _rendered(tokenizer: PreTrainedTokenizerBase, request: str, answer: str) -> tuple[str, str]:
    """Return a request up to where the answer begins, and the same with the answer.

    Raises:
        ModelError: The template raises, or does not end.
    """
    from jinja2 import TemplateError

    prompt = [{"role": "user", "content": request}]
    said = [*prompt, {"role": "assistant", "content": answer}]
    with time_limit("The base's chat template"):
        try:
            return (
                tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True),
                tokenizer.apply_chat_template(said, tokenize=False),
            )
        except (TemplateError, ValueError, TypeError, KeyError, OverflowError) as error:
            text = " ".join(str(error).split())[:160]
            raise ModelError(
                f"The base's chat template cannot render a request ({text}). Choose another base, "
                "or replace its chat template."
            ) from None


def _pieces(text: str, separator: str) -> list[str]:
    """Cut behind each match of `separator`, keeping every character.

    >>> _pieces("a. b. c", r"(?<=[.!?]) ")
    ['a. ', 'b. ', 'c']
    """
    ends = [m.end() for m in re.finditer(separator, text) if 0 < m.end() < len(text)]
    bounds = [0, *dict.fromkeys(ends), len(text)]
    return [text[a:b] for a, b in pairwise(bounds) if a < b]


def ends_well(example: Example, eos: int) -> bool:
    """Say whether the row teaches to stop: its last learnt token is the end token."""
    return bool(example.labels) and example.labels[-1] == eos
