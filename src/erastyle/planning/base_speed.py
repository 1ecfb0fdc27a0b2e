"""How fast a base trains, writes and reads on this machine, measured in half a minute."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from erastyle.train.fit.products import Products, of_training, rounded
from erastyle.train.model import devices, loading
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import Writer, generate
from erastyle.train.model.prompt import Encoder
from erastyle.train.model.threads import fastest, free_cores
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import recipe

ROW = 512
"""Tokens of the rows that are tried: passes of fewer cost more a token."""
WRITTEN = 16
REQUEST = "Write a page about a village in the hills."


@dataclass(frozen=True, slots=True)
class Speeds:
    """Tokens a second.

    Attributes:
        train: Of a training, there and back.
        write: Of texts that are written, all of a batch together.
        read: Of a pass forward.
        threads: Threads of torch with which this was measured.
    """

    train: float
    write: float
    read: float
    threads: int = 1


def measure(options: TrainOptions, batch: int) -> Speeds:
    """Return the speeds of the base that `options` name, with the adapter that they name.

    Args:
        options: Options of `train`.
        batch: Texts that are written together.

    Raises:
        ModelError: The base cannot be loaded.
    """
    import torch

    device = options.device or devices.best_device()
    model = loading.load_base(options.base, device)
    tokenizer = loading.load_tokenizer(options.base)
    if options.trains:
        model = _adapted(options, model)
    writer = Writer(model.eval(), tokenizer, Encoder(tokenizer).prompt)
    limit = int(getattr(model.config, "max_position_embeddings", ROW))
    ids = torch.arange(min(ROW, limit, options.max_length))[None] % model.config.vocab_size
    ids = ids.to(model.device)
    products = of_training(options, model.num_parameters(), device)
    threads = options.threads
    if model.device.type == "cpu" and not threads:
        threads = fastest(lambda: _back(model, ids[:, : ROW // 4], products), free_cores())
    elif threads:
        torch.set_num_threads(threads)
    train = float("inf")
    if options.trains:
        train = _rate(lambda: _back(model, ids, products), ids.numel())
    with torch.inference_mode():
        read = _rate(lambda: model(input_ids=ids, logits_to_keep=1), ids.numel())
    decoding = Decoding(WRITTEN, batch=batch)
    requests = [REQUEST] * batch
    write = _rate(
        lambda: generate(writer, requests, decoding, numbers=range(batch)), WRITTEN * batch
    )
    return Speeds(train, write, read, threads or 1)


def _adapted(options: TrainOptions, model: Any) -> Any:
    if options.method != "lora":
        return model
    from peft import get_peft_model

    from erastyle.train.fit.build_trainer import lora

    plain = replace(recipe(options, model.num_parameters()), adapter="lora")
    config = lora(options.model_copy(update={"continue_from": None}), plain)
    return get_peft_model(model, config)


def _back(model: Any, ids: Any, products: Products) -> None:
    with rounded(products):
        model(input_ids=ids, labels=ids).loss.backward()
    model.zero_grad(set_to_none=True)


def _rate(work: Any, tokens: int) -> float:
    """Return tokens a second of the faster of two calls; the first one also sets things up."""
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return tokens / min(seconds)
