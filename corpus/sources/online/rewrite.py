"""Sends texts to a language model, and yields its rewritten texts or titles.

The server has OpenAI's interface. Only a source of this kind sends texts. Rewritten texts are
marked as such, and `ingest` limits their share of a corpus. Answers are kept by the hash of the
text, so no text is sent twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from erastyle.corpus import era
from erastyle.corpus.decode import encoding
from erastyle.corpus.errors import ConfigError, SourceError
from erastyle.corpus.html import markup
from erastyle.corpus.record import Record, Skipped
from erastyle.corpus.sources import registry
from erastyle.corpus.sources.base import Item, unreadable
from erastyle.corpus.sources.online import client as polite
from erastyle.corpus.sources.online.base import FAILURES, Forecast
from erastyle.corpus.sources.online.cache import append, lines, name_of
from erastyle.corpus.sources.online.client import Clock, NoAnswerError, PoliteClient, RefusedError
from erastyle.corpus.sources.table import whole
from erastyle.corpus.yamlfile import nearest

TASKS = {
    "rewrite": (
        "Rewrite the text below as a {medium} of {first} to {last} would have it. Keep what it "
        "says; leave out or replace what did not exist then. Answer with the text alone.\n\n"
        "How such texts are written:\n{notes}"
    ),
    "brief": (
        "Read the {medium} below. Answer with its title in at most ten words, one line, no "
        "quotation marks, nothing else."
    ),
}
MAX_CHARS = 24_000
"""Most characters of a text that is sent."""
_MAX_ANSWER = 4 * 1024 * 1024
_OPTIONS = ("source", "model", "era", "task", "most", "cache", "minutes", "seconds")
_FENCE = re.compile(r"\A\s*```[\w-]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)


class RewriteSource:
    """`rewrite:http://127.0.0.1:8080/v1?source=folder:modern&model=NAME&era=web-1995&most=100`.

    `task=rewrite` yields each text of `source` rewritten in the style of the era. `task=brief`
    keeps the text and yields it with a title, from which a brief is made.
    """

    service = "the language model"
    pace = {"chat": 600.0}  # noqa: RUF012

    def __init__(self, spec: str, location: str, options: dict[str, str]) -> None:
        """Check the options, without a request.

        Args:
            spec: The source as the person wrote it.
            location: Address of the server.
            options: Options after the `?` of the spec.

        Raises:
            ConfigError: An option is missing or not valid.
        """
        self.spec, self.location, self.options = spec, location.rstrip("/"), options
        for name in options:
            if name not in _OPTIONS:
                raise ConfigError(
                    f"Source {spec}: unknown option {name!r}.{nearest(name, _OPTIONS)} "
                    f"It takes {', '.join(_OPTIONS)}."
                )
        parts = urlsplit(self.location)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.username:
            raise ConfigError(f"Source {spec}: write rewrite:http://HOST:PORT/v1?source=….")
        for name in ("source", "model", "era"):
            if not options.get(name):
                raise ConfigError(f"Source {spec}: {name}= is missing.")
        self.task = options.get("task", "rewrite")
        if self.task not in TASKS:
            raise ConfigError(f"Source {spec}: task is one of {', '.join(TASKS)}.")
        self.most = self._number("most", 100, 100_000)
        self.minutes = self._number("minutes", 720, 100_000)
        self.seconds = self._number("seconds", 300, 3600)
        if options["source"].startswith("rewrite:"):
            raise ConfigError(
                f"Source {spec}: source= is a rewrite source too. Name the original texts."
            )
        self.inner = registry.open_source(options["source"])
        profile = era.load(options["era"])
        self.prompt = TASKS[self.task].format(
            medium=profile.medium,
            first=profile.period.first.year,
            last=profile.period.last.year,
            notes="\n".join(f"- {note}" for note in profile.style_notes),
        )
        self.clock: Clock = polite.SystemClock()
        asked = {"model": options["model"], "prompt": self.prompt, "at": self.location}
        self._folder = polite.cache(options) / "rewrite" / name_of(asked)
        self._asked = asked

    def _number(self, name: str, default: int, most: int) -> int:
        given = self.options.get(name, str(default))
        if not (given.isascii() and given.isdigit() and 0 < int(given) <= most):
            raise ConfigError(f"Source {self.spec}: {name} is a whole number, not {given!r}.")
        return int(given)

    def digest(self) -> str:
        """Return the hash of the texts, the model and the prompt."""
        return name_of({**self._asked, "texts": self.inner.digest(), "most": self.most})

    def size(self) -> int:
        """Return an upper bound of the bytes of the texts."""
        return min(self.inner.size(), self.most * MAX_CHARS)

    def forecast(self) -> Forecast:
        """Return an upper bound of the texts that are sent; the time of the model is unknown."""
        left = max(0, self.most - len(self._kept()))
        return Forecast({"chat": left}, left / self.pace["chat"], known=False)

    def _kept(self) -> dict[str, str]:
        return {
            row["key"]: row["text"]
            for row in lines(self._folder / "answers.jsonl")
            if isinstance(row.get("key"), str) and isinstance(row.get("text"), str)
        }

    def read(self) -> Iterator[Item]:
        """Yield a record for each rewritten or titled text.

        Raises:
            SourceError: The server does not answer.
        """
        kept = self._kept()
        sent = failures = 0
        with contextlib.ExitStack() as stack:
            client: PoliteClient | None = None
            for item in self.inner.read():
                if not isinstance(item, Record):
                    yield item
                    continue
                if sent >= self.most:
                    yield Skipped(item.source, "over the cap", f"most={self.most}")
                    continue
                sent += 1
                text = _decoded(item)
                if not text.strip() or len(text) > MAX_CHARS:
                    yield Skipped(item.source, "too long" if text.strip() else "empty")
                    continue
                key = hashlib.sha256(text.encode()).hexdigest()
                if key not in kept:
                    if client is None:
                        client = stack.enter_context(self._client())
                    try:
                        kept[key] = self._ask(client, text)
                    except (NoAnswerError, RefusedError) as error:
                        failures += 1
                        if failures >= FAILURES:
                            raise SourceError(
                                f"{self.location} gives no usable answers ({error}). What was "
                                "answered is kept; run again to continue."
                            ) from None
                        yield unreadable(item.source, -1, f"no rewriting: {error}", item.raw)
                        continue
                    append(self._folder / "answers.jsonl", {"key": key, "text": kept[key]})
                    failures = 0
                yield self._given(item, kept[key])

    def _client(self) -> PoliteClient:
        return PoliteClient(
            self.location,
            "erastyle",
            self.pace,
            clock=self.clock,
            seconds=self.seconds,
            minutes=self.minutes,
        )

    def _given(self, record: Record, text: str) -> Record:
        if self.task == "brief":
            return replace(record, title=" ".join(text.split())[:200])
        return replace(
            record,
            source=f"rewritten:{record.source}",
            raw=text.encode(),
            content_type="text/html; charset=utf-8"
            if markup.is_html(text.encode(), "")
            else "text/plain; charset=utf-8",
            headers={},
            captured="",
            date="",
            title="",
            origin="rewritten",
        )

    def _ask(self, client: PoliteClient, text: str) -> str:
        """Return the model's answer to a text.

        Raises:
            NoAnswerError: The server does not answer.
            RefusedError: The server's answer holds no usable text.
        """
        body = {
            "model": self.options["model"],
            "messages": [
                {"role": "system", "content": self.prompt},
                {"role": "user", "content": text},
            ],
            "temperature": 0,
            "seed": 1995,
            "stream": False,
        }
        headers = {"Content-Type": "application/json"}
        if os.environ.get("ERASTYLE_API_KEY"):
            headers["Authorization"] = f"Bearer {os.environ['ERASTYLE_API_KEY']}"
        answer = client.post(
            f"{self.location}/chat/completions",
            "chat",
            json.dumps(body).encode(),
            headers,
            _MAX_ANSWER,
        )
        if answer.status != 200:
            shown = " ".join(answer.body[:200].decode("utf-8", "replace").split())
            raise RefusedError(f"HTTP status {answer.status} {shown}".strip())
        return answered(answer.body)


def answered(body: bytes) -> str:
    """Return the text in a chat completion.

    >>> answered(b'{"choices": [{"message": {"content": "Rain."}, "finish_reason": "stop"}]}')
    'Rain.'

    Raises:
        RefusedError: The body is no chat completion, is empty, or was cut at a limit.
    """
    try:
        told: Any = json.loads(body)
        choice = told["choices"][0]
        text = choice["message"]["content"]
    except (ValueError, RecursionError, KeyError, IndexError, TypeError):
        raise RefusedError("the answer is no chat completion") from None
    if not isinstance(text, str):
        raise RefusedError("the answer holds no text")
    text = _THOUGHT.sub("", whole(text)).replace("\0", "")
    fenced = _FENCE.match(text)
    text = (fenced[1] if fenced else text).strip()
    if not text:
        raise RefusedError("the answer is empty")
    if choice.get("finish_reason") == "length":
        raise RefusedError("the answer was cut at the server's limit")
    return text


def _decoded(record: Record) -> str:
    declared = markup.charset_of(record.content_type)
    return encoding.decode(record.raw, declared, ("utf-8", "windows-1252")).text
