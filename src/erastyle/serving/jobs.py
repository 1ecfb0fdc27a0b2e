"""One request for texts, and what is told while it is written.

Nothing here needs a model: the studio and the API make a `TextRequest`, hand it to the scheduler,
and read the events of the `Job` that it returns, as often and as late as they like.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from erastyle.corpus.errors import ConfigError, ErastyleError
from erastyle.writing.brief import Brief

if TYPE_CHECKING:
    from erastyle.serving.styles import Voice
    from erastyle.train.model.generation import GeneratedText
    from erastyle.writing.engine import Engine

Later = Literal["decline", "allow"]
MOST_CHARACTERS = 200_000
"""Most characters of a conversation; the model's context is far shorter."""
MOST_TEXTS = 8
"""Most texts of one request: as many as a batch holds."""


class TooLongError(ConfigError):
    """A conversation leaves no room for an answer in the model's context."""


class LaterThanEraError(ConfigError):
    """A brief names what is later than the era."""


class CancelledJobError(ErastyleError):
    """Nobody wants the texts any more."""


class StoppedError(ErastyleError):
    """The server is being stopped."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation.

    Attributes:
        role: Who says it.
        content: What is said.
    """

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    """Texts that somebody wants.

    Attributes:
        voice: The style and its strength, from `Styles.choose`.
        messages: The conversation; its last user message is the brief.
        max_tokens: Longest text in tokens; None: the default, and more where the brief asks for a
            length.
        temperature: None: the default.
        top_p: None: the default.
        stop: Strings before which the text ends.
        seed: Same seed, brief and `first`, same text.
        n: Number of texts.
        first: How often the same brief was asked for before with this seed.
        guards: Whether the era's guards look on.
        draft: Whether the brief holds a draft behind its first line, of which the next sentence is
            to be said in the era's manner.
        begun: What stands of that text already; `max_tokens` come on top of it.
        later: What becomes of a brief that names what is later than the era.
        judged: Whether the run's judges say what they think of each text.
    """

    voice: Voice
    messages: Sequence[ChatMessage]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0
    n: int = 1
    first: int = 0
    guards: bool = True
    draft: bool = False
    begun: str = ""
    later: Later = "decline"
    judged: bool = False

    def __post_init__(self) -> None:
        """Check what can be checked without a model.

        Raises:
            ConfigError: There is no brief, it is too long, or it holds characters that no text has.
        """
        if not self.brief.strip():
            raise ConfigError("There is no user message. Say in one what is to be written.")
        for number, message in enumerate(self.messages, 1):
            if message.content.strip():
                Brief(text=message.content, place=f"message {number}")
        if sum(len(message.content) for message in self.messages) > MOST_CHARACTERS:
            raise ConfigError(
                f"The conversation has more than {MOST_CHARACTERS:,} characters. Begin a new one."
            )

    @property
    def brief(self) -> str:
        """The last user message."""
        said = [message.content for message in self.messages if message.role == "user"]
        return said[-1] if said else ""


def asked(brief: str) -> tuple[ChatMessage, ...]:
    """Return the conversation that is one brief."""
    return (ChatMessage("user", brief),)


@dataclass(frozen=True, slots=True)
class Started:
    """The request is accepted and its first token is drawn next.

    Attributes:
        engine: What writes, for labels and the files beside texts.
        prompt_tokens: Tokens of the conversation.
    """

    engine: Engine
    prompt_tokens: int


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a text that the guards have let stand.

    Attributes:
        index: Which text of the request, from 0.
        text: What is new of it.
    """

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class Intervened:
    """The guards refused a part.

    Attributes:
        index: Which text of the request, from 0.
        refused: How often each guard has refused so far, by its name.
    """

    index: int
    refused: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Finished:
    """A text is finished.

    Attributes:
        index: Which text of the request, from 0.
        text: The text, with the guards' record.
        engine: What wrote it.
        prompt_tokens: Tokens of the conversation.
        number: How often the same brief was asked for before with this seed.
        cancelled: Whether it was cut off on demand.
        scores: What the judges say of it, by their names; None: it was not judged.
    """

    index: int
    text: GeneratedText
    engine: Engine
    prompt_tokens: int
    number: int
    cancelled: bool = False
    scores: Mapping[str, Any] | None = None

    @property
    def finish_reason(self) -> Literal["stop", "length"]:
        """Why it ended, in OpenAI's words."""
        return "stop" if self.text.stopped else "length"


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing more is written.

    Attributes:
        error: Why; an `ErastyleError` has a message for people.
    """

    error: Exception


Event = Started | TextPiece | Intervened | Finished | Failed


class Job:
    """A request that was accepted, and all that was told of it so far.

    Every reader gets all events from the first one on, whenever it begins to read.

    Attributes:
        request: The request.
    """

    def __init__(self, request: TextRequest) -> None:
        """Begin without any event."""
        self.request = request
        self._events: list[Event] = []
        self._left = request.n
        self._changed = threading.Condition()
        self._wake: list[Callable[[], object]] = []
        self._cancelled = threading.Event()
        self._on_cancel: list[Callable[[], object]] = []

    def cancel(self) -> None:
        """Ask that no more is written; the loop that writes looks at it before each token."""
        with self._changed:
            self._cancelled.set()
            waiting, self._on_cancel = self._on_cancel, []
        for call in waiting:
            call()

    def when_cancelled(self, call: Callable[[], object]) -> None:
        """Call something as soon as nobody wants the texts any more; at once where that is so."""
        with self._changed:
            if not self.cancelled:
                self._on_cancel.append(call)
                return
        call()

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the texts any more."""
        return self._cancelled.is_set()

    @property
    def over(self) -> bool:
        """Whether no event follows."""
        return self._left <= 0

    def tell(self, event: Event) -> None:
        """Add an event and wake all readers; what comes after the end is dropped."""
        with self._changed:
            if self.over:
                return
            if isinstance(event, Failed):
                self._left = 0
            elif isinstance(event, Finished):
                self._left -= 1
            self._events.append(event)
            self._changed.notify_all()
            waiting = list(self._wake)
        for wake in waiting:
            with contextlib.suppress(RuntimeError):  # a reader's event loop was closed
                wake()

    def events(self) -> Iterator[Event]:
        """Yield the events to a thread, and wait for those to come."""
        at = 0
        while True:
            with self._changed:
                while len(self._events) == at and not self.over:
                    self._changed.wait()
                new, over = self._events[at:], self.over
            yield from new
            at += len(new)
            if over:
                return

    async def stream(self) -> AsyncIterator[Event]:
        """Yield the events to an event loop, and wait for those to come."""
        loop, ready, at = asyncio.get_running_loop(), asyncio.Event(), 0

        def wake() -> None:
            loop.call_soon_threadsafe(ready.set)

        with self._changed:
            self._wake.append(wake)
        try:
            while True:
                ready.clear()
                with self._changed:
                    new, over = self._events[at:], self.over
                for event in new:
                    yield event
                at += len(new)
                if over:
                    return
                await ready.wait()
        finally:
            with self._changed:
                self._wake.remove(wake)
