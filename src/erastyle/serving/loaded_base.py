"""A base in memory with the styles over it: how a conversation reaches it, and what writes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from erastyle.corpus.errors import ModelError
from erastyle.serving.jobs import ChatMessage
from erastyle.serving.styles import Style, Voice
from erastyle.train.model.folder import TRAINED
from erastyle.writing import engine as engines
from erastyle.writing.engine import Engine

if TYPE_CHECKING:
    from erastyle.corpus.document import Format
    from erastyle.eval.judge.two_judges import JudgePair
    from erastyle.train.model.generation import Writer


def shared(style: Style) -> str:
    """Return what tells which styles one model in memory can write.

    A model whose weights were all trained stands alone.
    """
    if style.about.method in ("full", "blend"):
        return f"folder:{style.folder.resolve()}"
    return f"base:{style.about.base_digest}"


class LoadedBase:
    """A base in memory, and the styles over it that were asked for.

    Attributes:
        tokenizer: Its tokenizer.
    """

    def __init__(self, style: Style, device: str = "") -> None:
        """Load the model of a first style.

        Args:
            style: The style.
            device: `cpu` or `cuda`; empty takes the best there is.

        Raises:
            ModelError: It cannot be loaded.
        """
        from erastyle.train.generate import GenerateOptions, choose_threads
        from erastyle.train.model import devices, loading
        from erastyle.train.model.adapters import Adapters
        from erastyle.train.model.prompt import Encoder

        self._options = GenerateOptions(device=device or devices.best_device())
        self._adapters = Adapters(style.folder, self._options.device)
        self.tokenizer = loading.load_tokenizer(style.about.base)
        self._encoder = Encoder(self.tokenizer)
        self._engines: dict[str, Engine] = {}
        self._judges: dict[Path, tuple[JudgePair, Format] | None] = {}
        choose_threads(self._adapters.model, self._options, 1)

    @property
    def writer(self) -> Writer:
        """The model that writes, with all its adapters."""
        from erastyle.train.model.generation import Writer

        return Writer(self._adapters.model, self.tokenizer, self._encoder.prompt)

    @property
    def context(self) -> int:
        """Most tokens of a conversation with its answer."""
        limit = getattr(self._adapters.model.config, "max_position_embeddings", None)
        return int(limit or 1 << 30)

    def adapter(self, voice: Voice, in_use: Collection[str]) -> str:
        """Return the name of the adapter of a voice; see `Adapters.choose`."""
        return self._adapters.choose(voice.style.folder, voice.strength, in_use)

    def engine(self, voice: Voice) -> Engine:
        """Return what writes, with its guards and its origin.

        Raises:
            ModelError: A part of it cannot be read.
        """
        style = voice.style
        if style.name not in self._engines:
            self._engines[style.name] = self._engine(style)
        engine = self._engines[style.name]
        model = engine.model.model_copy(update={"strength": voice.strength})
        options = engine.options.model_copy(update={"strength": voice.strength})
        writer = replace(engine.writer, model=self._adapters.model)
        return replace(engine, writer=writer, model=model, options=options)

    def _engine(self, style: Style) -> Engine:
        named, era = style.named, engines.era_of(style.named)
        return Engine(
            replace(self.writer, prompt=self._prompt(style)),
            self._options,
            engines.model_of(named, 1.0, era),
            era,
            engines.guards_for(named, era, self._options),
            None,
            engines.corpus_of(named.run) if named.run else None,
            named.run,
        )

    def _prompt(self, style: Style) -> Callable[[str], list[int]]:
        """Return how one brief reaches the model: some methods put notes and documents before."""
        from erastyle.train.model import examples

        if style.about.method in TRAINED:
            return self._encoder.prompt
        room = max(1, self.context - self._options.max_new_tokens)
        return examples.prompts(style.folder, style.about, self._encoder, room)

    def prompt(self, engine: Engine, messages: Sequence[ChatMessage]) -> list[int]:
        """Return the tokens that the model continues.

        What a system message says stands before the user's next one: training knows no system
        messages. A last message of the assistant is continued. A style that shows documents before
        the brief takes the brief alone.
        """
        turns, request, prefix = turns_of(messages)
        if (not turns and not prefix) or engine.model.method not in TRAINED:
            return engine.writer.prompt(request)
        return [*self._encoder.conversation(turns, request), *self._encoder.text(prefix)]

    def judges(self, engine: Engine) -> tuple[JudgePair, Format] | None:
        """Return the judges of a style's run; None where it has none."""
        from erastyle.writing.best_of import judges_of

        if engine.run is None:
            return None
        if engine.run not in self._judges:
            try:
                self._judges[engine.run] = judges_of(engine.run)
            except ModelError:
                self._judges[engine.run] = None
        return self._judges[engine.run]


def turns_of(messages: Sequence[ChatMessage]) -> tuple[list[tuple[str, str]], str, str]:
    r"""Return the earlier turns of a conversation, its last request, and the begun answer to that.

    >>> turns_of([ChatMessage("system", "Be brief."), ChatMessage("user", "Hi.")])
    ([], 'Be brief.\n\nHi.', '')
    >>> turns_of([ChatMessage("user", "Hi."), ChatMessage("assistant", "Hello."),
    ...           ChatMessage("user", "A page.")])
    ([('Hi.', 'Hello.')], 'A page.', '')
    """
    turns: list[tuple[str, str]] = []
    said: list[str] = []
    for message in messages:
        if message.role != "assistant":
            said += [message.content] if message.content.strip() else []
        elif said:
            turns.append(("\n\n".join(said), message.content))
            said = []
        elif turns:
            turns[-1] = (turns[-1][0], turns[-1][1] + message.content)
    if said or not turns:
        return turns, "\n\n".join(said), ""
    request, prefix = turns.pop()
    return turns, request, prefix
