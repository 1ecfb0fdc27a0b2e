"""Chat templates: rendered safely, and without a system prompt that nobody asked for.

A chat template is a Jinja program that comes with a model. It may raise or run for ever, so it is
rendered in a sandbox with a time limit before anything is made of it.

The decision about the system prompt: a request stands alone. Some templates put a sentence of
their own before each request ("You are a helpful AI assistant named ..."). The project's copy of
the template leaves it out; a system prompt that a client sends is kept. docs/bases.md says why.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from erastyle.corpus.errors import ModelError

CHATML = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)
LONGEST = 100_000  # characters of a template; the longest in use have about 10,000
SECONDS = 5.0  # a template renders in milliseconds

Message = Mapping[str, str]
_REQUEST: list[Message] = [{"role": "user", "content": "request"}]
_CONVERSATION: list[Message] = [
    {"role": "system", "content": "rule"},
    *_REQUEST,
    {"role": "assistant", "content": "answer"},
]


@contextmanager
def time_limit(what: str) -> Iterator[None]:
    """Raise where the body takes more than `SECONDS`; only the main thread can be interrupted so.

    Raises:
        ModelError: The time is over.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def over(number: int, frame: Any) -> None:
        del number, frame
        raise ModelError(f"{what} does not end within {SECONDS:g} s. Choose another base.")

    before = signal.signal(signal.SIGALRM, over)
    left, interval = signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, before)


def render(template: str, messages: Sequence[Message], *, answer: bool, **tokens: str) -> str:
    """Return a conversation as text, the way transformers renders a chat template.

    Args:
        template: The Jinja program.
        messages: Role and content of each turn.
        answer: Whether the text ends where the assistant's answer begins.
        tokens: `bos_token` and `eos_token`, which templates may use.

    Raises:
        jinja2.TemplateError: The template is not valid, or refuses these messages.
    """
    import json

    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(  # text for a model: nothing is escaped
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols], autoescape=False
    )
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    environment.globals |= {"raise_exception": refuse, "strftime_now": lambda _: "1 January 2000"}
    values = {"messages": messages, "add_generation_prompt": answer, **tokens}
    return environment.from_string(template).render(**values)


def check(name: str, template: str, **tokens: str) -> None:
    """Refuse a template that cannot render one request.

    Raises:
        ModelError: It is not valid, refuses the request, or does not end.
    """
    if len(template) > LONGEST:
        raise ModelError(f"{name}: its chat template is too long. Choose another base.")
    with time_limit(f"{name}: its chat template"):
        try:
            render(template, _REQUEST, answer=True, **tokens)
        except ModelError:
            raise
        except Exception as error:  # noqa: BLE001 - a program of somebody else raises anything
            text = " ".join(str(error).split())[:160]
            raise ModelError(
                f"{name}: its chat template cannot render a request ({text}). Choose another base."
            ) from None


def without_default_system(template: str, **tokens: str) -> str:
    r"""Return the template without the system prompt that it adds by itself.

    Only a template that is ChatML but for that prompt is replaced; any other is returned as it is.

    Example:
        >>> own = "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nBe nice<|im_end|>\n"
        >>> without_default_system(own + "{% endif %}" + CHATML) == CHATML
        True
        >>> without_default_system("{{ messages[0]['content'] }}")
        "{{ messages[0]['content'] }}"
    """
    with time_limit("The chat template"):
        try:
            same = all(
                render(template, _CONVERSATION[:count], answer=answer, **tokens)
                == render(CHATML, _CONVERSATION[:count], answer=answer)
                for count, answer in ((2, True), (3, False))
            )
            adds = render(template, _REQUEST, answer=True, **tokens) != render(
                CHATML, _REQUEST, answer=True
            )
        except ModelError:
            raise
        except Exception:  # noqa: BLE001 - it takes no system prompt, and says so in its own way
            return template
    return CHATML if same and adds else template
