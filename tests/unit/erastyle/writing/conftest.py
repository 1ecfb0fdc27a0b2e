"""An engine that writes a few tokens of the starter."""

from __future__ import annotations

import pytest

from erastyle.corpus import era as eras
from erastyle.corpus.provenance.sidecar import Model
from erastyle.train.generate import GenerateOptions
from erastyle.train.model import loading
from erastyle.train.model.generation import Writer
from erastyle.train.model.prompt import Encoder
from erastyle.writing.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The embedded model, as if it were fine-tuned."""
    tokenizer = loading.load_tokenizer(loading.STARTER)
    writer = Writer(loading.load_base(loading.STARTER), tokenizer, Encoder(tokenizer).prompt)
    options = GenerateOptions(max_new_tokens=8, threads=1, batch=4)
    model = Model(name="runs/x", sha256="ab" * 32, method="lora", base="starter",
                  base_digest="cd", era="web-1995", era_title="the early web")  # fmt: skip
    return Engine(writer, options, model, eras.load("web-1995"))
