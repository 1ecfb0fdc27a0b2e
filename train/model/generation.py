"""Writes every text of a model, and draws again what a guard refuses.

Texts are decoded in batches, padded on the left; each has chances of its own, so it depends on its
request and the seed and not on what is written beside it. Where guards look on, a text is refused
at the end of a sentence, line or tag and drawn again from there. What was refused stays in the
cache, behind a mask: cropping the cache would cut all texts of the batch alike. Where the draws
are used up the text goes back to the place before, `Guards.back` times at most.
"""

from __future__ import annotations

import inspect
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model.guards.ending import CERTAIN, Cause
from erastyle.train.model.guards.guard import Guards, Mark
from erastyle.train.model.guards.personal import with_stand_ins
from erastyle.train.model.prompt import LEAST_ROOM
from erastyle.train.model.sampling import chance, draw, penalised

DEPTH = 2
"""How many places back a text may go at once."""
CLOSING = 24
"""Tokens that are left for closing a page."""
IDLE = 8
"""One in so many texts of a batch must have ended before the batch is made smaller."""


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
class Decoding:
    """How the next token is chosen.

    Attributes:
        max_new_tokens: Longest text in tokens.
        temperature: 0 takes the likeliest token each time.
        top_p: Sample among the likeliest tokens that together have this probability.
        repetition_penalty: Above 1, tokens that were written already become less likely.
        batch: Requests decoded together.
        stretch: Whether a request that asks for a length may have more tokens than that.
    """

    max_new_tokens: int
    temperature: float = 0.7
    top_p: float = 0.95
    repetition_penalty: float = 1.05
    batch: int = 32
    stretch: bool = False


def greedy(max_new_tokens: int, batch: int = 32) -> Decoding:
    """Return the decoding that takes the likeliest token each time, without any penalty."""
    return Decoding(max_new_tokens, temperature=0.0, repetition_penalty=1.0, batch=batch)


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


@dataclass(slots=True)
class _Try:
    """A part of a text that the guards refused.

    Attributes:
        ids: Its tokens.
        columns: Where all but the last of them lie in the cache.
        marks: Why it was refused.
        ended: Whether the end of the text came after it.
        cause: What ended the text.
    """

    ids: list[int]
    columns: list[int]
    marks: list[Mark]
    ended: bool
    cause: Cause


@dataclass(frozen=True, slots=True)
class _Place:
    """A place of a text that has passed, to which it may go back.

    Attributes:
        passed: Tokens before it.
        logits: Logits after them.
        banned: First tokens that were refused there.
    """

    passed: int
    logits: Any
    banned: frozenset[int]


@dataclass(slots=True)
class _Row:
    """A text that is being written.

    Attributes:
        request: Its request.
        prompt: Tokens of the request.
        room: Most tokens of the text.
        limit: Tokens that the model's context leaves.
        chance: Its own source of chance.
        ids: Its tokens so far.
        columns: Where they lie in the cache; the last token has no place yet.
        passed: How many tokens have passed the guards.
        logits: Logits after the last token that passed, to draw from again.
        banned: First tokens that were refused there.
        tries: Parts that were refused there.
        before: How many of the tries are of the place that was given up last.
        earlier: The last places that passed before, the newest last.
        back: How often the text went back to one of them.
        refused: How often each guard refused.
        drawn: Tokens that were drawn, those of refused parts too.
        marks: What was let stand.
        cause: What ended the text.
        ended: Whether an end token, or a tag behind which nothing comes, ended the text.
        done: Whether nothing more is written.
    """

    request: str
    prompt: list[int]
    room: int
    limit: int
    chance: np.random.Generator
    ids: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    passed: int = 0
    logits: Any = None
    banned: set[int] = field(default_factory=set)
    tries: list[_Try] = field(default_factory=list)
    before: int = 0
    earlier: deque[_Place] = field(default_factory=lambda: deque(maxlen=DEPTH))
    back: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    drawn: int = 0
    marks: list[Mark] = field(default_factory=list)
    cause: Cause = "own"
    ended: bool = False
    done: bool = False


OnText = Callable[[str], None]
"""Receives the text of a single request, piece by piece, as it is written."""


def generate(
    writer: Writer,
    requests: Sequence[str],
    decoding: Decoding,
    *,
    seed: int = 0,
    numbers: Sequence[int] = (),
    guards: Guards | None = None,
    on_text: OnText | None = None,
) -> list[GeneratedText]:
    """Return the text for each request of one batch.

    Args:
        writer: The model.
        requests: The requests; all of them are decoded together.
        decoding: How to decode.
        seed: Same seed and request, same text.
        numbers: For each request how often the same one was asked before; 0 by default.
        guards: What looks on and may refuse a part.
        on_text: For a single request: receives the text as it is written.

    Raises:
        ModelError: A request fills the model's context.
    """
    import torch

    ending = guards.ending if guards is not None and decoding.stretch else None
    rows = _rows(writer, requests, decoding, seed, numbers or [0] * len(requests))
    if ending is not None:
        for row in rows:
            row.room = min(ending.room(row.request, row.room), row.limit)
    with torch.inference_mode():
        _Batch(writer, rows, decoding, guards, on_text).write()
    return [_finished(row, writer.tokenizer, guarded=guards is not None) for row in rows]


def _rows(
    writer: Writer,
    requests: Sequence[str],
    decoding: Decoding,
    seed: int,
    numbers: Sequence[int],
) -> list[_Row]:
    prompts = [writer.prompt(request) for request in requests]
    limit = getattr(writer.model.config, "max_position_embeddings", None) or 1 << 30
    for prompt in prompts:
        if len(prompt) >= limit:
            raise ModelError(
                f"A brief has {len(prompt)} tokens and the model takes {limit}. Shorten it."
            )
    return [
        _Row(
            request,
            prompt,
            min(decoding.max_new_tokens, limit - len(prompt)),
            limit - len(prompt),
            chance(seed, request, number),
        )
        for request, prompt, number in zip(requests, prompts, numbers, strict=True)
    ]


def _finished(row: _Row, tokenizer: Any, *, guarded: bool) -> GeneratedText:
    text = tokenizer.decode(row.ids, skip_special_tokens=True)
    refused = dict(row.refused)
    if guarded:
        text, replaced = with_stand_ins(text, row.request)
        refused |= {"personal": replaced} if replaced else {}
    return GeneratedText(
        text.strip("\n"),
        len(row.ids),
        row.ended and row.cause != "room",
        refused,
        row.drawn - len(row.ids),
        tuple(row.marks),
        row.cause if row.ended else "cut",
        row.back,
    )


class _Batch:
    """Texts that are decoded together, their cache and their masks."""

    def __init__(
        self,
        writer: Writer,
        rows: Sequence[_Row],
        decoding: Decoding,
        guards: Guards | None,
        on_text: OnText | None,
    ) -> None:
        self._model, self._tokenizer = writer.model, writer.tokenizer
        self._end = _end_tokens(writer)
        self._rows, self._decoding, self._guards = list(rows), decoding, guards
        self._on_text, self._shown = on_text, ""
        self._bounds: dict[int, bool] = {}
        self._cache: Any = None
        self._mask: Any = None
        self._written: Any = None

    # --- the model ---------------------------------------------------------------------------

    def _read_prompts(self) -> Any:
        """Read all prompts, equal ones once, and return the logits after them."""
        import torch
        from transformers import DynamicCache

        prompts = list(dict.fromkeys(tuple(row.prompt) for row in self._rows))
        width, pad = max(map(len, prompts)), self._tokenizer.pad_token_id or 0
        device = self._model.device
        ids = torch.tensor([[pad] * (width - len(p)) + list(p) for p in prompts], device=device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
        self._cache = DynamicCache()
        made = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(dim=1) - 1).clamp(min=0),
            past_key_values=self._cache,
            use_cache=True,
            **_last_logits(self._model),
        )
        places = [prompts.index(tuple(row.prompt)) for row in self._rows]
        chosen = torch.tensor(places, device=device)
        if places != list(range(len(prompts))):
            self._cache.batch_select_indices(chosen)
        self._mask = mask[chosen]
        logits = made.logits[chosen, -1]
        self._written = torch.zeros(logits.shape, dtype=torch.bool, device=device)
        for n, row in enumerate(self._rows):
            self._written[n, row.prompt] = True
        return logits

    def _read_last(self) -> Any:
        """Read the last token of each text, and return the logits after it."""
        import torch

        column, device = self._mask.shape[1], self._model.device
        last = [[row.ids[-1] if row.ids else self._end[0]] for row in self._rows]
        at = [[len(row.prompt) + max(0, len(row.ids) - 1)] for row in self._rows]
        seen = [[0 if row.done else 1] for row in self._rows]
        self._mask = torch.cat([self._mask, torch.tensor(seen, device=device)], dim=1)
        for row in self._rows:
            row.columns.append(column)
        return self._model(
            input_ids=torch.tensor(last, device=device),
            attention_mask=self._mask,
            position_ids=torch.tensor(at, device=device),
            past_key_values=self._cache,
            use_cache=True,
        ).logits[:, -1]

    def _drop_finished(self) -> None:
        """Make the batch smaller where enough of its texts have ended."""
        import torch

        kept = [n for n, row in enumerate(self._rows) if not row.done]
        if not kept or len(self._rows) - len(kept) < max(1, len(self._rows) // IDLE):
            return
        places = torch.tensor(kept, device=self._model.device)
        self._cache.batch_select_indices(places)
        self._mask, self._written = self._mask[places], self._written[places]
        self._rows = [self._rows[n] for n in kept]

    # --- the texts ---------------------------------------------------------------------------

    def write(self) -> None:
        """Write all texts to their ends."""
        logits = self._read_prompts()
        for n, row in enumerate(self._rows):
            row.logits = logits[n] if self._guards else None
        while True:
            self._next_tokens(logits)
            if all(row.done for row in self._rows):
                return
            self._drop_finished()
            logits = self._read_last()
            if self._guards:
                for n, row in enumerate(self._rows):
                    if row.passed == len(row.ids) and row.logits is None:
                        row.logits = logits[n].clone()

    def _next_tokens(self, logits: Any) -> None:
        """Draw a token for each text, and again where the guards refuse what it completes."""
        uniform = [row.chance.random() for row in self._rows]
        tokens = self._drawn(logits, self._written, uniform)
        for n, (row, token) in enumerate(zip(self._rows, tokens, strict=True)):
            if row.done:
                continue
            self._append(n, row, self._helped(n, row, token, logits[n], uniform[n]))
            while self._refuses(n, row):
                again = row.logits.clone()
                again[list(row.banned)] = float("-inf")
                chance = row.chance.random()
                (token,) = self._drawn(again[None], self._written[n : n + 1], [chance])
                self._append(n, row, self._helped(n, row, token, again, chance))
            if row.ended and row.cause != "own":
                self._close(row)
            if self._on_text is not None:
                self._show(row)

    def _helped(self, n: int, row: _Row, token: int, logits: Any, uniform: float) -> int:
        """Return the token with the help that the end token gets; the same chance decides."""
        ending = self._guards.ending if self._guards is not None else None
        if ending is None or token in self._end or not row.ids or not self._is_bound(row.ids[-1]):
            return token
        used = len(row.ids) / max(1, row.room - min(CLOSING, row.room // 8))
        if not ending.may_help(row.request, used) or row.banned.intersection(self._end):
            return token
        text = self._tokenizer.decode(row.ids, skip_special_tokens=True)
        bonus, cause = ending.bonus(text, row.request, used)
        if bonus <= 0:
            return token
        if bonus < CERTAIN:
            helped = logits.clone()[None]
            helped[0, self._end] += bonus
            (drawn,) = self._drawn(helped, self._written[n : n + 1], [uniform])
        else:
            drawn = self._end[0]
        if drawn in self._end:
            row.cause = cause
            return drawn
        return token

    def _close(self, row: _Row) -> None:
        """Add the end tags of what a text that was helped to its end leaves open."""
        assert self._guards is not None
        assert self._guards.ending is not None
        text = self._tokenizer.decode(row.ids, skip_special_tokens=True)
        tags = self._guards.ending.close(text)
        ids = self._tokenizer(tags, add_special_tokens=False)["input_ids"] if tags else []
        if len(row.ids) + len(ids) <= row.limit:
            row.ids += ids
            row.drawn += len(ids)

    def _drawn(self, logits: Any, written: Any, uniform: Sequence[float]) -> list[int]:
        decoding = self._decoding
        weighed = penalised(logits, written, decoding.repetition_penalty)
        tokens: list[int] = draw(
            weighed, np.asarray(uniform), decoding.temperature, decoding.top_p
        ).tolist()
        return tokens

    def _append(self, n: int, row: _Row, token: int) -> None:
        """Add a token to a text; an end token ends it."""
        row.ended = token in self._end
        if not row.ended:
            row.cause = "own"
            row.drawn += 1
            row.ids.append(token)
            self._written[n, token] = True
        row.done = row.ended or len(row.ids) >= row.room

    def _is_bound(self, token: int) -> bool:
        """Return whether a token ends a sentence, a line or a tag."""
        if token not in self._bounds:
            text = self._tokenizer.decode([token])
            self._bounds[token] = any(mark in text for mark in ".!?\n>")
        return self._bounds[token]

    def _show(self, row: _Row) -> None:
        """Give what is new of the text, without newlines before and after it."""
        assert self._on_text is not None
        safe = row.earlier[0].passed if row.earlier else row.passed
        settled = row.ids if self._guards is None or row.done else row.ids[:safe]
        text = self._tokenizer.decode(settled, skip_special_tokens=True)
        if self._guards is not None:
            if not row.done:  # an address may be half written, and its stand-in is another one
                ends = [at + len(m) for m in ("\n", ">", ". ") if (at := text.rfind(m)) >= 0]
                text = text[: max(ends, default=0)]
            text, _ = with_stand_ins(text, row.request)
        text = text.strip("\n")
        if text.endswith("\ufffd") and not row.done:
            return  # half a character
        if text.startswith(self._shown) and len(text) > len(self._shown):
            self._on_text(text[len(self._shown) :])
            self._shown = text

    # --- the guards --------------------------------------------------------------------------

    def _refuses(self, n: int, row: _Row) -> bool:
        """Return whether the guards refuse what was written since they last looked.

        Then the text stands where it was, its next token is to be drawn again.
        """
        guards = self._guards
        if guards is None:
            return False
        new = len(row.ids) - row.passed
        if not (row.done or new >= guards.longest or (new and self._is_bound(row.ids[-1]))):
            return False
        before = self._tokenizer.decode(row.ids[: row.passed], skip_special_tokens=True)
        text = self._tokenizer.decode(row.ids, skip_special_tokens=True)
        closed = guards.is_end(text[len(before) :])
        # Where the room is used up an end is better than none, however early.
        ended = (row.ended and row.cause != "room") or closed
        marks = guards.look(text, len(before), row.request, ended=ended)
        # What was let stand once is there: refusing each part behind it would mend nothing.
        stood = {(mark.guard, mark.reason, mark.start) for mark in row.marks}
        marks = [mark for mark in marks if (mark.guard, mark.reason, mark.start) not in stood]
        if not marks:
            row.ended = row.ended or closed
            row.done = row.done or closed
            self._settle(row)
            return False
        row.refused.update(mark.guard for mark in marks)
        part, columns = row.ids[row.passed :], row.columns[row.passed :]
        row.tries.append(_Try(part, columns, marks, row.ended or closed, row.cause))
        if guards.may_refuse(marks, spent=row.drawn - row.passed, kept=row.passed):
            if len(row.tries) - row.before <= guards.tries:
                self._rewind(n, row)
                return True
            if row.earlier and row.back < guards.back:
                self._rewind(n, row)
                self._go_back(n, row)
                return True
        self._let_stand(n, row)
        return False

    def _rewind(self, n: int, row: _Row) -> None:
        """Take a text back to where it last passed; its cache is hidden, not cut."""
        refused = row.tries[-1]
        if refused.columns:
            self._mask[n, refused.columns] = 0
        row.banned.update(refused.ids[:1] or self._end)
        del row.ids[row.passed :], row.columns[row.passed :]
        row.ended = row.done = False
        row.cause = "own"
        self._remember(n, row)

    def _remember(self, n: int, row: _Row) -> None:
        """Note which tokens stand in the request and the text."""
        self._written[n] = False
        self._written[n, [*row.prompt, *row.ids]] = True

    def _go_back(self, n: int, row: _Row) -> None:
        """Take a text back behind the part that passed last, and draw that part anew.

        What was refused behind it stays among the tries, so that the least bad may still stand.
        """
        place = row.earlier.pop()
        part, columns = row.ids[place.passed : row.passed], row.columns[place.passed : row.passed]
        self._mask[n, columns] = 0
        for one in row.tries:
            one.ids[:0], one.columns[:0] = part, columns
        del row.ids[place.passed :], row.columns[place.passed :]
        row.passed, row.logits = place.passed, place.logits
        row.banned = {*place.banned, part[0]}
        row.before = len(row.tries)
        row.back += 1
        self._remember(n, row)

    def _let_stand(self, n: int, row: _Row) -> None:
        """Take the least bad try, of equal ones the first; its cache is shown again."""
        assert self._guards is not None
        gravity = self._guards.gravity
        best = min(row.tries, key=lambda one: gravity(one.marks))
        if best is not row.tries[-1]:
            self._rewind(n, row)
            row.ids += best.ids
            row.columns += best.columns
            self._mask[n, best.columns] = 1
            self._written[n, best.ids] = True
            row.done = len(row.ids) >= row.room
        row.ended, row.cause = best.ended, best.cause
        row.done = row.done or row.ended
        row.marks += best.marks
        self._settle(row)
        row.earlier.clear()  # what was let stand is not drawn once more

    @staticmethod
    def _settle(row: _Row) -> None:
        if len(row.ids) > row.passed:
            row.earlier.append(_Place(row.passed, row.logits, frozenset(row.banned)))
        row.passed, row.logits = len(row.ids), None
        row.tries, row.banned, row.before = [], set(), 0


def _end_tokens(writer: Writer) -> list[int]:
    """Return the tokens that end a text."""
    config = getattr(writer.model, "generation_config", None)
    ends = getattr(config, "eos_token_id", None)
    known = [ends] if isinstance(ends, int) else list(ends or [])
    return list(dict.fromkeys([writer.tokenizer.eos_token_id, *known]))


def _last_logits(model: Any) -> dict[str, int]:
    """Return the argument with which a model gives the logits after the last token alone."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    known = inspect.signature(inner.forward).parameters
    return {"logits_to_keep": 1} if "logits_to_keep" in known else {}


def in_batches(
    writer: Writer,
    requests: Sequence[str],
    decoding: Decoding,
    seed: int,
    progress: Progress,
    *,
    guards: Guards | None = None,
    on_text: OnText | None = None,
) -> Iterator[GeneratedText]:
    """Yield the texts in the order of `requests`; `on_text` receives that of a single one.

    A text depends on its request, the seed and how often the same request came before.
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
            guards=guards,
            on_text=on_text,
        )
        progress.advance(len(requests[part]))


def likeliest(
    writer: Writer, requests: Sequence[str], max_new_tokens: int, *, batch: int = 32
) -> list[str]:
    """Return the likeliest text for each request."""
    decoding = greedy(max_new_tokens, batch)
    return [
        written.text
        for start in range(0, len(requests), batch)
        for written in generate(writer, requests[start : start + batch], decoding)
    ]
