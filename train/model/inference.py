"""Likelihoods of texts under a causal language model, for capability, bias and memorisation.

Conventions are those of lm-evaluation-harness, so that both give the same numbers: an empty context
stands for the beginning-of-text token (or the end-of-text token where there is none), spaces at the
end of a context belong to what follows, and what is too long is cut from the left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from erastyle.corpus.errors import ModelError

if TYPE_CHECKING:
    import torch

BATCH_TOKENS = 2048
CLASSES = ("newline", "markup", "word", "number", "other")

_MARKUP = re.compile(r"<(?:[a-zA-Z/!?][^<>]*)>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_KIND = re.compile(r"(?P<newline>[\r\n])|(?P<number>\d)|(?P<word>[^\W\d_])|(?P<other>.)", re.S)


@contextmanager
def scoring(model: Any, threads: int = 1) -> Iterator[None]:
    """Put `model` into the state in which it is scored, and back afterwards.

    Evaluation mode, no gradients, `threads` CPU threads, and float32 on a CPU whatever the dtype of
    the weights: two sentences that differ in one word are often equal in bfloat16.
    """
    import torch

    training, before = model.training, torch.get_num_threads()
    tensors = [*model.parameters(), *model.buffers()]
    halves = [
        (t, t.data)
        for t in tensors
        if t.device.type == "cpu" and t.dtype in (torch.bfloat16, torch.float16)
    ]
    torch.set_num_threads(threads)
    model.eval()
    for tensor, data in halves:
        tensor.data = data.float()
    try:
        with torch.no_grad():
            yield
    finally:
        for tensor, data in halves:
            tensor.data = data
        model.train(training)
        torch.set_num_threads(before)


def prefix_token(tokenizer: Any) -> int:
    """Return the token that stands for an empty context.

    Raises:
        ModelError: The tokenizer has neither a beginning nor an end token.
    """
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    raise ModelError(
        "The tokenizer has no beginning-of-text and no end-of-text token; set `eos_token` in "
        "tokenizer_config.json."
    )


def max_length(model: Any, tokenizer: Any) -> int:
    """Return the number of tokens that `model` reads at once, at most 2,048."""
    lengths = [getattr(model.config, "max_position_embeddings", None), tokenizer.model_max_length]
    return min([int(n) for n in lengths if n and n < 1 << 30] + [2048])


def encode(tokenizer: Any, context: str, continuation: str) -> tuple[list[int], list[int]]:
    """Return the tokens of a context (never empty) and of what follows it."""
    if not context:
        prefix = prefix_token(tokenizer)
        ids = tokenizer.encode(continuation, add_special_tokens=False)
        return ([prefix], ids) if ids[:1] != [prefix] else (ids[:1], ids[1:])
    bare = context.rstrip()
    if not bare:
        raise ValueError("a context of nothing but spaces cannot be scored; pass an empty one")
    continuation = context[len(bare) :] + continuation
    start = tokenizer.encode(bare)
    return start, tokenizer.encode(bare + continuation)[len(start) :]


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield positions, longest first, such that rows times longest length stay within `budget`."""
    order = sorted(range(len(lengths)), key=lambda n: (-lengths[n], n))
    start = 0
    while start < len(order):
        rows = max(1, budget // max(1, lengths[order[start]]))
        yield order[start : start + rows]
        start += rows


def token_loglikelihoods(
    model: Any,
    sequences: Sequence[tuple[Sequence[int], Sequence[int]]],
    limit: int,
    batch_tokens: int = BATCH_TOKENS,
) -> list[NDArray[np.float64]]:
    """Return the log-likelihood of each continuation token, in nats.

    Args:
        model: A causal model, within `scoring`.
        sequences: (context tokens, continuation tokens); the context has at least one.
        limit: Longest input in tokens; what is longer loses its beginning.
        batch_tokens: Tokens a forward pass, padding included.

    Returns:
        One array a sequence. Shape: (continuation tokens,); shorter where the limit cut it.
    """
    return _read(model, sequences, limit, batch_tokens, _chosen)


def greedy_tokens(
    model: Any,
    sequences: Sequence[tuple[Sequence[int], Sequence[int]]],
    limit: int,
    batch_tokens: int = BATCH_TOKENS,
) -> list[NDArray[np.float64]]:
    """Return whether each continuation token is the one that the model finds likeliest there.

    As long as all are, greedy decoding writes the continuation itself: one forward pass tells what
    would take one a token. Arguments are those of `token_loglikelihoods`.

    Returns:
        1 where it is and 0 where it is not. Shapes: (continuation tokens,).
    """
    return _read(model, sequences, limit, batch_tokens, _likeliest)


def _read(
    model: Any,
    sequences: Sequence[tuple[Sequence[int], Sequence[int]]],
    limit: int,
    batch_tokens: int,
    pick: Callable[[torch.Tensor, list[int], int], NDArray[np.float64]],
) -> list[NDArray[np.float64]]:
    """Return what `pick` makes of the logits at the continuation of each sequence."""
    import torch

    rows = [[*context, *ids][-(limit + 1) :] for context, ids in sequences]
    wanted = [min(len(ids), len(row) - 1) for (_, ids), row in zip(sequences, rows, strict=True)]
    results: list[NDArray[np.float64]] = [np.zeros(0)] * len(rows)
    device = next(model.parameters()).device
    for batch in _batches([len(row) - 1 for row in rows], batch_tokens):
        longest = len(rows[batch[0]]) - 1
        inputs = torch.zeros((len(batch), max(longest, 1)), dtype=torch.long)
        mask = torch.zeros_like(inputs)
        for line, n in enumerate(batch):
            inputs[line, : len(rows[n]) - 1] = torch.tensor(rows[n][:-1])
            mask[line, : len(rows[n]) - 1] = 1
        # The padding is on the right of a causal model: no mask is needed for the numbers, but
        # some models warn without one.
        logits = model(input_ids=inputs.to(device), attention_mask=mask.to(device)).logits
        for line, n in enumerate(batch):
            if wanted[n]:
                results[n] = pick(logits[line, : len(rows[n]) - 1], rows[n], wanted[n])
    return results


def _chosen(logits: torch.Tensor, row: list[int], wanted: int) -> NDArray[np.float64]:
    """Return the log-likelihoods of the last `wanted` tokens of `row`."""
    import torch

    part = torch.log_softmax(logits[-wanted:].float(), dim=-1)
    targets = torch.tensor(row[-wanted:], device=part.device)[:, None]
    return np.asarray(part.gather(1, targets)[:, 0].double().cpu().numpy())


def _likeliest(logits: torch.Tensor, row: list[int], wanted: int) -> NDArray[np.float64]:
    """Return 1 where a token of the last `wanted` of `row` is the likeliest one, else 0."""
    import torch

    targets = torch.tensor(row[-wanted:], device=logits.device)
    return np.asarray((logits[-wanted:].argmax(dim=-1) == targets).double().cpu().numpy())


def loglikelihoods(
    model: Any,
    tokenizer: Any,
    requests: Sequence[tuple[str, str]],
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
) -> NDArray[np.float64]:
    """Return the log-likelihood of each (context, continuation), in nats.

    Returns:
        NaN for a continuation without tokens or one for which the model gives NaN.

        Shape: (len(requests),).
    """
    encoded = [encode(tokenizer, context, text) for context, text in requests]
    with scoring(model, threads):
        limit = max_length(model, tokenizer)
        likelihoods = token_loglikelihoods(model, encoded, limit, batch_tokens)
    return np.array([values.sum() if len(values) else np.nan for values in likelihoods])


@dataclass(frozen=True)
class Bits:
    """Bits that a model needs for some tokens.

    Attributes:
        bits: Their sum.
        bytes: Bytes of UTF-8 that the tokens stand for.
        tokens: Number of tokens.
    """

    bits: float = 0.0
    bytes: int = 0
    tokens: int = 0

    @property
    def bits_per_byte(self) -> float | None:
        """Bits per byte, or None where there are no bytes or no finite number."""
        return self.bits / self.bytes if self.bytes and np.isfinite(self.bits) else None


@dataclass(frozen=True)
class Perplexity:
    """How well a model predicts some texts.

    Attributes:
        overall: Over all tokens.
        by_class: Over tokens of each class of `CLASSES`; empty where the tokenizer does not say
            which characters a token stands for.
        text_bits: Bits of each text, for paired comparison. Shape: (texts,).
        text_bytes: Bytes of each text. Shape: (texts,).
        problem: Why there is no number, or empty.
    """

    overall: Bits
    by_class: dict[str, Bits] = field(default_factory=dict)
    text_bits: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    text_bytes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    problem: str = ""

    @property
    def bits_per_byte(self) -> float | None:
        """Bits per byte over all texts, or None with a `problem`."""
        return None if self.problem else self.overall.bits_per_byte


def character_classes(text: str) -> NDArray[np.int8]:
    r"""Return the class of each character as its place in `CLASSES`; blanks are -1.

    >>> [CLASSES[c] if c >= 0 else "" for c in character_classes("<P> a 1!\n")]
    ['markup', 'markup', 'markup', '', 'word', '', 'number', 'other', 'newline']
    """
    classes = np.full(len(text), -1, dtype=np.int8)
    places = {name: n for n, name in enumerate(CLASSES)}
    for match in _KIND.finditer(text):
        if not (match.lastgroup == "other" and match[0].isspace()):
            classes[match.start()] = places[str(match.lastgroup)]
    for match in _MARKUP.finditer(text):
        classes[match.start() : match.end()] = places["markup"]
    return classes


def token_classes(
    text: str, offsets: Sequence[tuple[int, int]]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return the class and the bytes of each token.

    A token belongs to the class of its first character that is not blank, a token of nothing but
    blanks to `other`. Characters between two tokens count for the second, characters after the
    last for the last, so that the bytes add up to those of `text`.

    Args:
        text: The text.
        offsets: Start and end of each token in characters.

    Returns:
        Class of each token as its place in `CLASSES`, and its bytes. Shapes: (tokens,).
    """
    of_character = character_classes(text)
    classes = np.full(len(offsets), CLASSES.index("other"), dtype=np.int8)
    sizes = np.zeros(len(offsets), dtype=np.int64)
    done = 0
    for n, (start, end) in enumerate(offsets):
        last = len(text) if n == len(offsets) - 1 else end
        if last > done:
            sizes[n] = len(text[done:last].encode("utf-8", "surrogatepass"))
            solid = of_character[done:last]
            solid = solid[solid >= 0]
            done = last
        else:  # a later byte of a character that is split over tokens
            solid = of_character[start:end]
            solid = solid[solid >= 0]
        if len(solid):
            classes[n] = solid[0]
    return classes, sizes


def perplexity(
    model: Any,
    tokenizer: Any,
    texts: Sequence[str],
    window: int | None = None,
    batch_tokens: int = BATCH_TOKENS,
    threads: int = 1,
) -> Perplexity:
    """Return the bits per byte that `model` needs for `texts`, overall and by token class.

    A long text is read in windows as by lm-eval's rolling likelihood: a window knows one token
    before it, the last one as many as the model can read.

    Args:
        model: A causal model.
        tokenizer: Its tokenizer; a fast one says which characters a token stands for.
        texts: Texts; empty ones count nothing.
        window: Tokens a window; default and upper limit is what the model reads at once.
        batch_tokens: Tokens a forward pass.
        threads: CPU threads.
    """
    limit = min(window or 1 << 30, max_length(model, tokenizer))
    fast = bool(getattr(tokenizer, "is_fast", False))
    sequences: list[tuple[list[int], list[int]]] = []
    parts: list[tuple[int, slice]] = []
    spans: list[tuple[NDArray[np.int8], NDArray[np.int64]]] = []
    for n, text in enumerate(texts):
        coded = tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=fast, verbose=False
        )
        ids = list(coded["input_ids"])
        if fast:
            spans.append(token_classes(text, coded["offset_mapping"]))
        for start in range(0, len(ids), limit):
            window_ids = ids[start : start + limit]
            # The last window reaches back as far as the model reads.
            before = ids[max(0, start + len(window_ids) - limit - 1) : start]
            sequences.append((before or [prefix_token(tokenizer)], window_ids))
            parts.append((n, slice(start, start + limit)))
    if not sequences:
        return Perplexity(Bits(), problem="no text to measure perplexity on")
    with scoring(model, threads):
        likelihoods = token_loglikelihoods(model, sequences, limit, batch_tokens)
    bits, sizes = np.zeros(len(texts)), np.zeros(len(texts), dtype=np.int64)
    sizes[:] = [len(text.encode("utf-8", "surrogatepass")) for text in texts]
    by_class = np.zeros((len(CLASSES), 3))
    for (n, part), values in zip(parts, likelihoods, strict=True):
        bits[n] -= values.sum() / np.log(2)
        if fast:
            classes, widths = (column[part] for column in spans[n])
            for kind in range(len(CLASSES)):
                chosen = classes == kind
                row = -values[chosen].sum() / np.log(2), widths[chosen].sum(), chosen.sum()
                by_class[kind] += row
    tokens = sum(len(values) for values in likelihoods)
    lost = int(sum(~np.isfinite(values).all() for values in likelihoods))
    return Perplexity(
        overall=Bits(float(bits.sum()), int(sizes.sum()), tokens),
        by_class={
            name: Bits(float(total), int(width), int(count))
            for name, (total, width, count) in zip(CLASSES, by_class, strict=True)
            if fast
        },
        text_bits=bits,
        text_bytes=sizes,
        problem=f"the model gives no finite likelihood for {lost} of {len(likelihoods)} passages"
        if lost
        else "",
    )
