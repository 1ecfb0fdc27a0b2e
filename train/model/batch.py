"""Texts that are decoded together: one token for each of them at a time.

The texts share a forward pass and nothing else. Each has its own chances, its own way of decoding,
its own guards and its own adapter; a text may join while others are half written, and leave before
they end. They are padded on the left.

Where constraints hold, a token that they forbid is drawn anew at once; where they leave a tag
hardly any way to go on, the whole tag is.

A text may be guided by its brief (`Decoding.guidance`). Then the model reads it behind a prompt
without the brief as well, in another row of the cache: its twin.

Where guards look on, a text is refused at the end of a sentence, line or tag and drawn again from
there. What was refused stays in the cache, behind a mask: cropping the cache would cut all texts of
the batch alike. Where the draws are used up the text goes back to the place before, `Guards.back`
times at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from erastyle.train.model.guards.constraint import CANDIDATES, ENOUGH, FAR, LIKELY, RESTARTS
from erastyle.train.model.guards.ending import CERTAIN, ROOM
from erastyle.train.model.guards.personal import with_stand_ins
from erastyle.train.model.sampling import draw, guided, penalised
from erastyle.train.model.shared_cache import SharedCache
from erastyle.train.model.text_row import Attempt, Place, TagStart, TextRow

if TYPE_CHECKING:
    from erastyle.train.model.decoding import Decoding

CLOSING = 24
"""Tokens that are left for closing a page."""
IDLE = 8
"""One in so many texts of a batch must have ended before the batch is made smaller."""


class TextBatch:
    """Texts that are decoded together, their cache and their masks.

    Attributes:
        model: The model. It may be given adapters while texts are written.
        rows: The texts; some may have ended.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Begin without a text.

        Args:
            model: A causal language model in evaluation mode.
            tokenizer: Its tokenizer.
        """
        self.rows: list[TextRow] = []
        self.model = model
        self._twins: list[TextRow] = []
        self._tokenizer = tokenizer
        self._end = end_tokens(model, tokenizer)
        self._pieces: dict[int, str] = {}
        self._read: SharedCache | None = None
        self._written: Any = None
        self._logits: Any = None

    def add(self, rows: Sequence[TextRow]) -> None:
        """Read the prompts of texts; they are written from the next step on."""
        import torch

        with torch.inference_mode():
            older, twins, read = self.rows, self._twins, self._read
            written, logits = self._written, self._logits
            self.rows = list(rows)
            self._read_prompts()
            if read is not None:
                self._join(older, twins, read, written, logits)

    def step(self) -> list[TextRow]:
        """Write the next token of each text, and return the texts that have ended by it."""
        import torch

        with torch.inference_mode():
            return self._step()

    # --- the model ---------------------------------------------------------------------------

    def _read_prompts(self) -> None:
        """Read the prompts of all texts, and behind them those of their twins."""
        import torch

        self._twins = [row for row in self.rows if row.neutral]
        each = [((*row.prompt, *row.ids), row.adapter) for row in self.rows]
        each += [((*row.neutral, *row.ids), row.adapter) for row in self._twins]
        self._read = SharedCache(self.model)
        self._logits = self._guided(
            self._read.read_prompts(each, self._tokenizer.pad_token_id or 0)
        )
        self._written = torch.zeros_like(self._logits, dtype=torch.bool)
        for n, row in enumerate(self.rows):
            self._written[n, [*row.prompt, *row.ids]] = True
            row.logits = self._logits[n] if row.guards else None
            width = self._read.columns
            row.columns = list(range(width - len(row.ids), width))

    def _join(
        self,
        rows: list[TextRow],
        twins: list[TextRow],
        read: SharedCache,
        written: Any,
        logits: Any,
    ) -> None:
        """Put texts that are half written before those whose prompts were just read."""
        import torch

        assert self._read is not None
        width = self._read.columns
        moved = self._read.put_before(read)
        for row in rows:
            row.moved(moved)
        for row in self.rows:
            row.moved(self._read.columns - width)
        if twins or self._twins:  # texts first, their twins behind all of them
            older = len(rows) + len(twins)
            newer = older + len(self.rows)
            order = [*range(len(rows)), *range(older, newer), *range(len(rows), older)]
            places = [*order, *range(newer, newer + len(self._twins))]
            self._read.keep(torch.tensor(places, device=self.model.device))
        self.rows, self._twins = [*rows, *self.rows], [*twins, *self._twins]
        self._written = torch.cat([written, self._written])
        self._logits = torch.cat([logits, self._logits])

    def _read_last(self) -> Any:
        """Read the last token of each text, and return the logits after it."""
        assert self._read is not None
        for row in self.rows:
            row.columns.append(self._read.columns)
        read = [*self.rows, *self._twins]
        before = [len(row.prompt) for row in self.rows] + [len(row.neutral) for row in self._twins]
        logits = self._read.read(
            [row.ids[-1] if row.ids else self._end[0] for row in read],
            [n + max(0, len(row.ids) - 1) for n, row in zip(before, read, strict=True)],
            [not row.done for row in read],
            [row.adapter for row in read],
        )
        return self._guided(logits)

    def _guided(self, logits: Any) -> Any:
        """Return the logits of each text, from those of the texts and of their twins."""
        if not self._twins:
            return logits
        own, neutral = logits[: len(self.rows)].clone(), logits[len(self.rows) :]
        places = [self.rows.index(row) for row in self._twins]
        strengths = [row.decoding.guidance for row in self._twins]
        own[places] = guided(own[places], neutral, strengths)
        return own

    def _show_to_model(self, n: int, row: TextRow, columns: list[int], *, seen: bool) -> None:
        """Hide columns of a text, and of its twin, from the model, or let it see them again."""
        assert self._read is not None
        places = [n]
        if row.neutral:
            places.append(len(self.rows) + self._twins.index(row))
        self._read.show(places, columns, seen=seen)

    def _drop_finished(self) -> None:
        """Make the batch smaller where enough of its texts have ended."""
        import torch

        kept = [n for n, row in enumerate(self.rows) if not row.done]
        if not kept or len(self.rows) - len(kept) < max(1, len(self.rows) // IDLE):
            return
        places = torch.tensor(kept, device=self.model.device)
        twins = [n for n, row in enumerate(self._twins) if not row.done]
        behind = torch.tensor([len(self.rows) + n for n in twins], device=self.model.device)
        assert self._read is not None
        self._read.keep(torch.cat([places, behind.to(places.dtype)]))
        self._written = self._written[places]
        self.rows = [self.rows[n] for n in kept]
        self._twins = [self._twins[n] for n in twins]

    # --- the texts ---------------------------------------------------------------------------

    def _step(self) -> list[TextRow]:
        before = [row for row in self.rows if not row.done]
        for row in before:
            if row.unwanted is not None and row.unwanted():
                row.drop()
        self._next_tokens(self._logits)
        ended = [row for row in before if row.done]
        if all(row.done for row in self.rows):
            self.rows, self._twins = [], []
            self._read = self._written = self._logits = None
            return ended
        self._drop_finished()
        self._logits = self._read_last()
        for n, row in enumerate(self.rows):
            if row.guards and row.passed == len(row.ids) and row.logits is None:
                row.logits = self._logits[n].clone()
        return ended

    def _next_tokens(self, logits: Any) -> None:
        """Draw a token for each text, and again where the guards refuse what it completes."""
        uniform = [row.chance.random() for row in self.rows]
        tokens = self._drawn(self.rows, logits, self._written, uniform)
        for n, (row, token) in enumerate(zip(self.rows, tokens, strict=True)):
            if row.done:
                continue
            allowed, here = self._allowed(n, row, token, logits[n])
            self._append(n, row, self._helped(n, row, allowed, here, uniform[n]))
            while self._refuses(n, row):
                again = row.logits.clone()
                again[list(row.banned)] = float("-inf")
                chance = row.chance.random()
                (token,) = self._drawn([row], again[None], self._written[n : n + 1], [chance])
                allowed, here = self._allowed(n, row, token, again)
                self._append(n, row, self._helped(n, row, allowed, here, chance))
            if row.ended and row.cause != "own":
                self._close(row)
            if row.on_text is not None:
                self._show(row)

    def _allowed(self, n: int, row: TextRow, token: int, logits: Any) -> tuple[int, Any]:
        """Return the token, or one drawn in its place where the constraints forbid it.

        Where hardly anything is allowed inside of a tag, the text goes back to where the tag begins
        and that place is drawn again: what the model hardly ever writes would lead it astray.

        Returns:
            The token, and the logits from which it was drawn.
        """
        if row.guards is None or not row.guards.constraints:
            return token, logits
        while True:
            text = self._text(row)
            name = row.guards.forbidding(text, self._piece(token), row.request)
            if not name:
                break
            row.refused[name] += 1
            left = self._left(row, text, logits)
            if self._restarts(n, row, logits, left):
                assert row.tag is not None
                chances = logits = row.tag.logits
            elif left:
                chances = logits.new_full(logits.shape, float("-inf"))
                chances[left] = logits[left]
            else:
                break
            (token,) = self._drawn(
                [row], chances[None], self._written[n : n + 1], [row.chance.random()]
            )
        if "<" in self._piece(token) and (row.tag is None or row.tag.at != len(row.ids)):
            row.tag = TagStart(len(row.ids), logits.clone())
        return token, logits

    def _text(self, row: TextRow) -> str:
        return str(self._tokenizer.decode(row.ids, skip_special_tokens=True))

    def _left(self, row: TextRow, text: str, logits: Any) -> list[int]:
        """Return the likeliest tokens that the constraints allow behind a text.

        Where none of the likeliest `CANDIDATES` is allowed, the first of `FAR` will do.
        """
        assert row.guards is not None
        left: list[int] = []
        for most in (CANDIDATES, FAR):
            values, likely = logits.topk(min(most, logits.shape[-1]))
            for one, value in zip(likely.tolist(), values.tolist(), strict=True):
                if len(left) == (ENOUGH if most == CANDIDATES else 1) or not isfinite(value):
                    break
                if not row.guards.forbidding(text, self._piece(one), row.request):
                    left.append(one)
            if left:
                break
        return left

    def _restarts(self, n: int, row: TextRow, logits: Any, left: Sequence[int]) -> bool:
        """Take a text back to where the tag begins that it is in, if hardly anything is left."""
        tag = row.tag
        if tag is None or not row.passed <= tag.at < len(row.ids) or tag.restarts >= RESTARTS:
            return False
        if left and float(logits.softmax(-1)[left].sum()) >= LIKELY:
            return False
        if any(">" in self._piece(one) for one in row.ids[tag.at + 1 :]):
            return False  # the tag has ended
        tag.restarts += 1
        self._show_to_model(n, row, row.columns[tag.at :], seen=False)
        del row.ids[tag.at :], row.columns[tag.at :]
        row.contexts.cut(tag.at)
        self._remember(n, row)
        return True

    def _helped(self, n: int, row: TextRow, token: int, logits: Any, uniform: float) -> int:
        """Return the token with the help that the end token gets; the same chance decides."""
        ending = row.guards.ending if row.guards is not None else None
        if ending is None or token in self._end or not row.ids or not self._is_bound(row.ids[-1]):
            return token
        used = _share_of_room(row)
        if not ending.may_help(row.request, used) or row.banned.intersection(self._end):
            return token
        text = self._text(row)
        if row.decoding.stretch and used >= ROOM.start:
            longer = ending.longer_room(text, row.request, row.room, row.decoding.max_new_tokens)
            row.room = min(longer, row.limit)
            used = _share_of_room(row)
        bonus, cause = ending.bonus(text, row.request, used)
        if bonus <= 0:
            return token
        if bonus < CERTAIN:
            helped = logits.clone()[None]
            helped[0, self._end] += bonus
            (drawn,) = self._drawn([row], helped, self._written[n : n + 1], [uniform], marked=False)
        else:
            drawn = self._end[0]
        if drawn in self._end:
            row.cause = cause
            return drawn
        return token

    def _close(self, row: TextRow) -> None:
        """Add the end tags of what a text that was helped to its end leaves open."""
        assert row.guards is not None
        assert row.guards.ending is not None
        text = self._text(row)
        tags = row.guards.ending.close(text)
        ids = self._tokenizer(tags, add_special_tokens=False)["input_ids"] if tags else []
        if len(row.ids) + len(ids) <= row.limit:
            row.ids += ids
            row.drawn += len(ids)

    def _drawn(
        self,
        rows: Sequence[TextRow],
        logits: Any,
        written: Any,
        uniform: Sequence[float],
        *,
        marked: bool = True,
    ) -> list[int]:
        """Draw a token for each row; rows that are decoded alike are drawn together.

        With `marked` the rows that bear a watermark get it.
        """
        contexts = [
            row.contexts.new(row.ids)
            if marked and row.decoding.watermark and not row.done
            else None
            for row in rows
        ]
        alike: dict[tuple[float, float, float], list[int]] = {}
        for n, row in enumerate(rows):
            alike.setdefault(_way(row.decoding), []).append(n)
        chances = np.asarray(uniform)
        tokens = [0] * len(rows)
        for (temperature, top_p, penalty), places in alike.items():
            part = slice(None) if len(alike) == 1 else places
            weighed = penalised(logits[part], written[part], penalty)
            own = [contexts[place] for place in places] if any(contexts) else []
            drawn = draw(weighed, chances[part], temperature, top_p, own).tolist()
            for place, token in zip(places, drawn, strict=True):
                tokens[place] = token
        return tokens

    def _append(self, n: int, row: TextRow, token: int) -> None:
        """Add a token to a text; an end token ends it."""
        row.ended = token in self._end
        if not row.ended:
            row.cause = "own"
            row.drawn += 1
            row.ids.append(token)
            self._written[n, token] = True
            if (row.stops and self._stops(row)) or (row.enough and row.enough(self._text(row))):
                row.cause = "stop"
        row.done = row.ended or row.cause == "stop" or len(row.ids) >= row.room

    def _stops(self, row: TextRow) -> bool:
        """Return whether a text has just reached one of its stop strings."""
        longest = max(len(stop.encode()) for stop in row.stops)  # a token is a byte at least
        tail = self._tokenizer.decode(row.ids[-longest - 1 :], skip_special_tokens=True)
        return any(stop in tail for stop in row.stops)

    def _piece(self, token: int) -> str:
        """Return what a token adds to a text; an end token adds nothing."""
        if token not in self._pieces:
            ends = token in self._end
            self._pieces[token] = "" if ends else self._tokenizer.decode([token])
        return self._pieces[token]

    def _is_bound(self, token: int) -> bool:
        """Return whether a token ends a sentence, a line or a tag."""
        return any(mark in self._piece(token) for mark in ".!?\n>")

    def _show(self, row: TextRow) -> None:
        """Give what is new of a text, without newlines before and after it."""
        assert row.on_text is not None
        safe = row.earlier[0].passed if row.earlier else row.passed
        settled = len(row.ids) if row.guards is None or row.done else safe
        if settled == row.settled and not row.done:
            return
        row.settled = settled
        text = self._tokenizer.decode(row.ids[:settled], skip_special_tokens=True)
        text = row.before_stop(text, whole=row.done)
        if row.done and row.cause != "stop" and row.guards is not None and row.guards.close:
            text = row.guards.close(text)
        if row.guards is not None:
            if not row.done:  # an address may be half written, and its stand-in is another one
                ends = [at + len(m) for m in ("\n", ">", ". ") if (at := text.rfind(m)) >= 0]
                text = text[: max(ends, default=0)]
            text, _ = with_stand_ins(text, row.request)
        text = text.strip("\n")
        if text.endswith("\ufffd") and not row.done:
            return  # half a character
        if text.startswith(row.shown) and len(text) > len(row.shown):
            row.on_text(text[len(row.shown) :])
            row.shown = text

    # --- the guards --------------------------------------------------------------------------

    def _refuses(self, n: int, row: TextRow) -> bool:
        """Return whether the guards refuse what was written since they last looked.

        Then the text stands where it was, its next token is to be drawn again.
        """
        guards = row.guards
        if guards is None:
            return False
        new = len(row.ids) - row.passed
        if not (row.done or new >= guards.longest or (new and self._is_bound(row.ids[-1]))):
            return False
        before = self._tokenizer.decode(row.ids[: row.passed], skip_special_tokens=True)
        text = self._text(row)
        closed = guards.is_end(text, len(before))
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
        row.tries.append(Attempt(part, columns, marks, row.ended or closed, row.cause))
        if guards.may_refuse(marks, spent=row.drawn - row.passed, kept=row.passed):
            if len(row.tries) - row.before <= guards.tries:
                self._rewind(n, row)
                return True
            if row.earlier and row.back < guards.back:
                self._rewind(n, row)
                self._go_back(n, row)
                return True
        if guards.breaks_off(before, [one.marks for one in row.tries]):
            self._rewind(n, row)
            row.ended = row.done = True
            row.cause = "loops"
            self._settle(row)
            return False
        self._let_stand(n, row)
        return False

    def _rewind(self, n: int, row: TextRow) -> None:
        """Take a text back to where it last passed; its cache is hidden, not cut."""
        refused = row.tries[-1]
        if refused.columns:
            self._show_to_model(n, row, refused.columns, seen=False)
        row.banned.update(refused.ids[:1] or self._end)
        del row.ids[row.passed :], row.columns[row.passed :]
        row.contexts.cut(row.passed)
        row.ended = row.done = False
        row.cause, row.tag = "own", None
        self._remember(n, row)

    def _remember(self, n: int, row: TextRow) -> None:
        """Note which tokens stand in the request and the text."""
        self._written[n] = False
        self._written[n, [*row.prompt, *row.ids]] = True

    def _go_back(self, n: int, row: TextRow) -> None:
        """Take a text back behind the part that passed last, and draw that part anew.

        What was refused behind it stays among the tries, so that the least bad may still stand.
        """
        place = row.earlier.pop()
        part, columns = row.ids[place.passed : row.passed], row.columns[place.passed : row.passed]
        self._show_to_model(n, row, columns, seen=False)
        for one in row.tries:
            one.ids[:0], one.columns[:0] = part, columns
        del row.ids[place.passed :], row.columns[place.passed :]
        row.contexts.cut(place.passed)
        row.passed, row.logits = place.passed, place.logits
        row.banned = {*place.banned, part[0]}
        row.before = len(row.tries)
        row.back += 1
        row.tag = None
        self._remember(n, row)

    def _let_stand(self, n: int, row: TextRow) -> None:
        """Take the least bad try, of equal ones the first; its cache is shown again."""
        assert row.guards is not None
        gravity = row.guards.gravity
        best = min(row.tries, key=lambda one: gravity(one.marks))
        if best is not row.tries[-1]:
            self._rewind(n, row)
            row.ids += best.ids
            row.columns += best.columns
            self._show_to_model(n, row, best.columns, seen=True)
            self._written[n, best.ids] = True
            row.done = len(row.ids) >= row.room
        row.ended, row.cause = best.ended, best.cause
        row.done = row.done or row.ended or row.cause == "stop"
        row.marks += best.marks
        self._settle(row)
        row.earlier.clear()  # what was let stand is not drawn once more

    @staticmethod
    def _settle(row: TextRow) -> None:
        if len(row.ids) > row.passed:
            row.earlier.append(Place(row.passed, row.logits, frozenset(row.banned)))
        row.passed, row.logits = len(row.ids), None
        row.tries, row.banned, row.before = [], set(), 0


def end_tokens(model: Any, tokenizer: Any) -> list[int]:
    """Return the tokens that end a text."""
    config = getattr(model, "generation_config", None)
    ends = getattr(config, "eos_token_id", None)
    known = [ends] if isinstance(ends, int) else list(ends or [])
    return list(dict.fromkeys([tokenizer.eos_token_id, *known]))


def _share_of_room(row: TextRow) -> float:
    """Return how much of its room a text has used, what closes it set aside."""
    return len(row.ids) / max(1, row.room - min(CLOSING, row.room // 8))


def _way(decoding: Decoding) -> tuple[float, float, float]:
    return decoding.temperature, decoding.top_p, decoding.repetition_penalty
