"""The one encoding of requests, in training and in evaluation.

Text of requests and documents stays plain text: it can never become a control token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from erastyle.corpus.errors import ModelError
from erastyle.train.bases.chat_template import time_limit
from erastyle.train.model.splitting import split

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LEAST_ROOM = 32  # tokens of an answer; with fewer, a long document becomes too many parts
_MARKS = ("\x02REQUEST\x03", "\x02ANSWER\x03", "\x02NEXT\x03")


class Encoder:
    """A tokenizer's chat template, cut at the places where a document's text goes in.

    Attributes:
        tokenizer: The tokenizer.
        end: Ids after an answer, up to and including the end token.
        eos: Id of the end token.

    Raises:
        ModelError: The template changes or loses the text that is put into it.
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
        self.end: list[int] = end
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

    def length(self, text: str) -> int:
        """Return the number of tokens of a document's text."""
        return len(self.text(text))

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
        between = re.search(f"{re.escape(answer)}(.*){re.escape(following)}", whole, re.S)
        if between is None:
            raise ModelError(
                "The base's chat template does not keep earlier turns, so examples cannot be "
                "shown. Choose another method or base."
            )
        return self._fixed(between[1])

    def crop(self, text: str, room: int) -> str:
        """Return the beginning of `text` in at most `room` tokens, cut at a paragraph if it can."""
        return next(split(text, room, self.length), "")


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
