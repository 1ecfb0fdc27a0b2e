"""The generation engine: every text that a model writes comes from here.

Requests are decoded in batches, padded on the left. A text depends on its request, the seed and the
batch that it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.model.prompt import LEAST_ROOM


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
    """

    max_new_tokens: int
    temperature: float = 0.7
    top_p: float = 0.95
    repetition_penalty: float = 1.05
    batch: int = 32


def greedy(max_new_tokens: int, batch: int = 32) -> Decoding:
    """Return the decoding that takes the likeliest token each time, without any penalty."""
    return Decoding(max_new_tokens, temperature=0.0, repetition_penalty=1.0, batch=batch)


@dataclass(frozen=True, slots=True)
class GeneratedText:
    """A text that a model wrote.

    Attributes:
        text: The text without control tokens.
        tokens: Number of generated tokens.
        stopped: Whether the model ended the text by itself.
    """

    text: str
    tokens: int
    stopped: bool


def fits(writer: Writer, request: str) -> bool:
    """Say whether a request leaves room for an answer in the model's context."""
    config = getattr(writer.model, "config", None)
    limit = getattr(config, "max_position_embeddings", None)
    return limit is None or len(writer.prompt(request)) + LEAST_ROOM <= int(limit)


def generate(
    writer: Writer, requests: Sequence[str], decoding: Decoding, streamer: Any = None
) -> list[GeneratedText]:
    """Return the text for each request of one batch.

    Sampling draws from torch's global generator, so seed that first.

    Args:
        writer: The model.
        requests: The requests; all of them are decoded together.
        decoding: How to decode.
        streamer: For a single request: receives the tokens as they are written.

    Raises:
        ModelError: A request fills the model's context.
    """
    import torch

    model, tokenizer = writer.model, writer.tokenizer
    prompts = [writer.prompt(request) for request in requests]
    width = max(map(len, prompts))
    limit = getattr(model.config, "max_position_embeddings", width + decoding.max_new_tokens)
    room = min(decoding.max_new_tokens, limit - width)
    if room < 1:
        raise ModelError(f"A brief has {width} tokens and the model takes {limit}. Shorten it.")
    pad = tokenizer.pad_token_id
    ids = [[pad] * (width - len(prompt)) + prompt for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    sampling: dict[str, Any] = {"do_sample": False}
    if decoding.temperature > 0:
        sampling = {
            "do_sample": True,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "top_k": 0,
        }
    with torch.inference_mode():
        output = model.generate(
            input_ids=torch.tensor(ids, device=model.device),
            attention_mask=torch.tensor(mask, device=model.device),
            max_new_tokens=room,
            repetition_penalty=decoding.repetition_penalty,
            pad_token_id=pad,
            eos_token_id=tokenizer.eos_token_id,
            streamer=streamer,
            **sampling,
        )
    return [_decoded(row, tokenizer) for row in output[:, width:].tolist()]


def _decoded(ids: list[int], tokenizer: Any) -> GeneratedText:
    stopped = tokenizer.eos_token_id in ids
    if stopped:
        ids = ids[: ids.index(tokenizer.eos_token_id)]
    text = tokenizer.decode(ids, skip_special_tokens=True)
    return GeneratedText(text.strip("\n"), len(ids), stopped)


def in_batches(
    writer: Writer,
    requests: Sequence[str],
    decoding: Decoding,
    seed: int,
    progress: Progress,
    streamer: Any = None,
) -> Iterator[GeneratedText]:
    """Yield the texts in the order of `requests`; a streamer receives the tokens of a single one.

    Each batch has its own seed, so a text does not depend on earlier batches.
    """
    import torch

    for start in range(0, len(requests), decoding.batch):
        torch.manual_seed(seed + start)
        part = requests[start : start + decoding.batch]
        yield from generate(writer, part, decoding, streamer)
        progress.advance(len(part))


def likeliest(
    writer: Writer, requests: Sequence[str], max_new_tokens: int, *, batch: int = 32
) -> list[str]:
    """Return the likeliest text for each request; chance is not touched."""
    decoding = greedy(max_new_tokens, batch)
    return [
        written.text
        for start in range(0, len(requests), batch)
        for written in generate(writer, requests[start : start + batch], decoding)
    ]
