"""The fields of requests in OpenAI's API, with ours beside them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from erastyle.corpus.errors import ConfigError
from erastyle.serving.jobs import MOST_TEXTS, ChatMessage, Later, TextRequest, asked
from erastyle.serving.styles import MOST_STRENGTH, Voice

MOST_TOKENS = 100_000
"""Most tokens that can be asked for; the model's context is the real limit."""
MOST_SEED = 2**63
Stop = Annotated[str, StringConstraints(max_length=200)]
Tokens = Annotated[
    Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None,
    BeforeValidator(lambda given: None if given == -1 else given),
]
"""Longest text; LM Studio's clients send -1 for as long as it gets."""
Strength = Annotated[float, Field(ge=0, le=MOST_STRENGTH)] | Literal["auto"]


class Fields(BaseModel):
    """Known fields; others are accepted and change nothing."""

    model_config = ConfigDict(extra="ignore", protected_namespaces=())


class StreamOptions(Fields):
    """How an answer is streamed."""

    include_usage: bool | None = None


class SharedFields(Fields):
    """Fields of both endpoints."""

    model: str = Field(min_length=1, max_length=200)
    max_tokens: Tokens = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    n: int | None = Field(None, ge=1, le=MOST_TEXTS)
    seed: int | None = Field(None, ge=-MOST_SEED, lt=MOST_SEED)
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    strength: Strength | None = None
    guards: bool | None = None
    later: Later | None = None
    judged: bool | None = None

    def requests(self, voice: Voice) -> list[TextRequest]:
        """Return the texts that are wanted, one request for each conversation.

        Raises:
            ConfigError: A conversation holds no brief, or one that cannot be used.
        """
        seed = secrets.randbelow(2**31) if self.seed is None else self.seed
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        return [
            TextRequest(
                voice=voice,
                messages=messages,
                max_tokens=self.most_tokens,
                temperature=self.temperature,
                top_p=max(self.top_p, 1e-6) if self.top_p is not None else None,
                stop=stop,
                seed=seed,
                n=self.n or 1,
                guards=self.guards is not False,
                judged=bool(self.judged),
            )
            for messages in self.conversations()
        ]

    @property
    def most_tokens(self) -> int | None:
        """Longest text in tokens."""
        return self.max_tokens

    def conversations(self) -> list[Sequence[ChatMessage]]:
        """Return the conversations that are to be continued."""
        raise NotImplementedError


class TextPart(Fields):
    """A part of a message that is text."""

    type: Literal["text", "input_text"]
    text: str


class ChatMessageFields(Fields):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """What is said."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class ChatFields(SharedFields):
    """A request for the next message of a conversation."""

    messages: list[ChatMessageFields] = Field(min_length=1, max_length=500)
    max_completion_tokens: Tokens = None

    @property
    def most_tokens(self) -> int | None:
        """Longest text in tokens."""
        return self.max_completion_tokens or self.max_tokens

    def conversations(self) -> list[Sequence[ChatMessage]]:
        """Return the one conversation; what a tool says counts as said by the user."""
        roles: dict[str, Any] = {
            "system": "system",
            "developer": "system",
            "assistant": "assistant",
        }
        return [
            [ChatMessage(roles.get(one.role, "user"), one.text) for one in self.messages],
        ]


class CompletionFields(SharedFields):
    """A request for texts, one for each prompt."""

    prompt: str | Annotated[list[str], Field(min_length=1, max_length=MOST_TEXTS)]

    def conversations(self) -> list[Sequence[ChatMessage]]:
        """Return a conversation of one brief for each prompt.

        Raises:
            ConfigError: They are more texts than are written at once.
        """
        prompts = [self.prompt] if isinstance(self.prompt, str) else self.prompt
        if len(prompts) * (self.n or 1) > MOST_TEXTS:
            raise ConfigError(
                f"prompt, n: {len(prompts)} prompts with {self.n} texts each are more than the "
                f"{MOST_TEXTS} texts that one request may ask for."
            )
        return [asked(prompt) for prompt in prompts]
