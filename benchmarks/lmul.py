"""What would a fine-tuned model lose if its multiplications were additions (L-Mul, emulated)?

L-Mul replaces the product of two floating-point numbers (1 + a) 2^x and (1 + b) 2^y by
(1 + a + b + 2^-l) 2^(x+y), which hardware could do with an integer addition. This script computes
the same numbers with ordinary multiplications, so it says what accuracy such hardware would have
and nothing of its speed: an emulation. It follows equation 4 of the paper, without the carry of the
sum of mantissas into the exponent (which an integer adder would have, and which would make large
products less short), in linear layers and attention; everything else stays exact.

The fine-tuned model of a finished run answers the same questions, reads the same texts and writes
to the same briefs twice, with ordinary products and with those of L-Mul. Without --run the script
makes a run from the embedded sample.

Source: Luo and Sun, "Addition is All You Need for Energy-efficient Language Models", 2024,
arXiv 2410.00907. The energy is their estimate; this script does not measure it.

    python benchmarks/lmul.py [--run DIR] [--mantissa-bits 3] [--quick]
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import Bench, run_erastyle

from erastyle.corpus.errors import RunError

if TYPE_CHECKING:
    import torch

    from erastyle.eval.style.classifier import StyleClassifier
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.model.generation import Writer

MANTISSA_BITS = 3  # of fp8 (e4m3), the precision that the paper compares with
PUBLISHED = (
    "Published estimate (arXiv 2410.00907): 80 % less energy for dot products and 95 % less for "
    "elementwise products, on hardware built for it. This script does not measure energy."
)
BRIEFS = 8
DOCUMENTS = 24
EVERY = 4  # of the capability items: the emulation takes about seven times as long
QUICK = (
    *("train.max_tokens=30000", "train.epochs=1", "generate.briefs=8", "score.every=10"),
    *("score.samples=4", "score.extraction=24", "score.members=8", "score.regard=4"),
)


def offset(mantissa_bits: int) -> float:
    """Return 2^-l(m), the constant that makes up for the product of the mantissas on average.

    >>> offset(3), offset(4), offset(7)
    (0.125, 0.125, 0.0625)
    """
    bits = mantissa_bits if mantissa_bits <= 3 else 3 if mantissa_bits == 4 else 4
    return 2.0**-bits


def parts(x: torch.Tensor, mantissa_bits: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `x` rounded to so many mantissa bits, and the power of two below it with its sign."""
    import torch

    mantissa, exponent = torch.frexp(x.float())  # 0.5 <= |mantissa| < 1, or 0
    steps = 2.0 ** (mantissa_bits + 1)
    mantissa, carry = torch.frexp(torch.round(mantissa * steps) / steps)
    exponent = exponent + carry
    rounded = torch.ldexp(mantissa, exponent)
    power = torch.ldexp(torch.sign(mantissa) * 0.5, exponent)
    return rounded, power


def matmul(x: torch.Tensor, y: torch.Tensor, mantissa_bits: int = MANTISSA_BITS) -> torch.Tensor:
    """Return the matrix product with L-Mul for each product and exact sums.

    With powers P and Q below the factors X and Y, one product is X Q + P Y + (c - 1) P Q: three
    matrix products give all of them.
    """
    first, power = parts(x, mantissa_bits)
    second, other = parts(y, mantissa_bits)
    c = offset(mantissa_bits)
    return first @ other + power @ second + (c - 1) * (power @ other)


@contextmanager
def emulated(mantissa_bits: int = MANTISSA_BITS) -> Iterator[None]:
    """Let every linear layer and attention of torch compute with L-Mul inside the block."""
    import torch
    from torch.overrides import TorchFunctionMode

    functional = torch.nn.functional

    def linear(x: Any, weight: Any, bias: Any = None) -> Any:
        product = matmul(x, weight.transpose(-1, -2), mantissa_bits).to(x.dtype)
        return product if bias is None else product + bias

    def attention(
        query: Any,
        key: Any,
        value: Any,
        attn_mask: Any = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Any:
        del dropout_p
        if enable_gqa:
            times = query.shape[-3] // key.shape[-3]
            key, value = (t.repeat_interleave(times, dim=-3) for t in (key, value))
        scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        weights = matmul(query, key.transpose(-1, -2), mantissa_bits) * scale
        if is_causal:
            seen = torch.ones(weights.shape[-2:], dtype=torch.bool, device=weights.device).tril()
            weights = weights.masked_fill(~seen, -math.inf)
        if attn_mask is not None:
            if attn_mask.dtype == torch.bool:
                weights = weights.masked_fill(~attn_mask, -math.inf)
            else:
                weights = weights + attn_mask
        shares = weights.softmax(-1).nan_to_num(0.0)  # a padded row sees nothing
        return matmul(shares, value, mantissa_bits).to(query.dtype)

    instead = {
        functional.linear: linear,
        functional.scaled_dot_product_attention: attention,
    }

    class Emulation(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            del types
            return instead.get(function, function)(*args, **(kwargs or {}))

    with Emulation():
        yield


def measure(root: Path, mantissa_bits: int = MANTISSA_BITS) -> dict[str, Any]:
    """Measure the fine-tuned model of a run with both kinds of products.

    Args:
        root: A finished run directory.
        mantissa_bits: Precision of the factors; 3 is fp8, 7 is bfloat16.

    Returns:
        `exact` and `l-mul`, each with the same names and numbers, and where they come from.

    Raises:
        RunError: The run is not finished.
    """
    from erastyle import config
    from erastyle.eval import learnt_of_era
    from erastyle.pipeline.runtime import ledger
    from erastyle.train.model.pair import ModelPair

    classifier = learnt_of_era.classifier(root)
    loaded = config.load(str(root / config.NAME))
    pairs = ledger.rows(stage_folder(root, "pairs") / "kept")
    tests = [row for row in pairs if row["split"] == "test" and row["role"] == "style"]
    options = loaded.generate.model_copy(update={"batch": BRIEFS})
    writer = ModelPair(root / "model", "cpu", options.max_new_tokens).fine_tuned(options.strength)
    form = loaded.era.format
    figures: dict[str, dict[str, float | None]] = {}
    for name, products in (("exact", nullcontext()), ("l-mul", emulated(mantissa_bits))):
        with products:
            figures[name] = losses(writer, tests) | {
                "style of what it writes": style(
                    writer, tests, options, seed=loaded.seed, classifier=classifier, form=form
                )
            }
    return {
        "emulation": "L-Mul, equation 4 of arXiv 2410.00907, in linear layers and attention",
        "mantissa_bits": mantissa_bits,
        **figures,
        "energy": PUBLISHED,
    }


def losses(writer: Writer, tests: list[dict[str, Any]]) -> dict[str, float | None]:
    """Return bits per byte of general text and of the era's documents, and task accuracies."""
    from erastyle.corpus.prompts import general
    from erastyle.eval.capability import scoring

    model, tokenizer = writer.model, writer.tokenizer
    plain = scoring.perplexity(model, tokenizer, general.texts("held-out")[::EVERY])
    period = [row["completion"][0]["content"] for row in tests[:DOCUMENTS]]
    era = scoring.perplexity(model, tokenizer, period)
    tasks = scoring.score(model, tokenizer, scoring.shipped(every=EVERY)).tasks
    return {
        "general text, bits per byte": plain.bits_per_byte,
        "documents of the era, bits per byte": era.bits_per_byte,
        **{f"capability: {name}": task.accuracy for name, task in tasks.items()},
    }


def style(
    writer: Writer,
    tests: list[dict[str, Any]],
    options: GenerateOptions,
    *,
    seed: int,
    classifier: StyleClassifier,
    form: Any,
) -> float | None:
    """Return the mean style score of the answers to the briefs; None without a brief."""
    import numpy as np

    from erastyle.eval.style.features import Text
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.train.model.generation import in_batches

    briefs = [row["prompt"][0]["content"] for row in tests[:BRIEFS]]
    texts = [a.text for a in in_batches(writer, briefs, options.decoding, seed, Progress())]
    scores = classifier.scores([Text(text, "", form) for text in texts])["era"]
    return float(np.mean(np.nan_to_num(scores))) if len(scores) else None


def stage_folder(root: Path, stage: str) -> Path:
    """Return the output of `stage` that the run's newest fine-tuned model was made from."""
    from erastyle.pipeline.runtime import manifest

    trained = manifest.read((root / "model").resolve().parent)
    if trained is None:
        raise RunError(f"{root} holds no finished fine-tuned model.")
    return root / stage / str(trained.identity["needs"][stage])


def make_run(root: Path, *, quick: bool) -> None:
    """Finish a run of the embedded sample in `root`."""
    changes = [part for value in QUICK for part in ("--set", value)] if quick else []
    run_erastyle("run", "web-1995", "--run", str(root), *changes)


def report(bench: Bench, measured: Mapping[str, Any]) -> None:
    """Add a figure of each number: what it is with L-Mul, beside what it is with exact products."""
    for name, exact in measured["exact"].items():
        emulation = measured["l-mul"][name]
        if exact is None or emulation is None:
            continue
        peers = {"exact": round(exact, 4), "change": round(emulation - exact, 4)}
        bench.figure(f"l-mul: {name}", emulation, "", "-", None, peers)


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, help="a finished run directory; made when left out")
    parser.add_argument("--mantissa-bits", type=int, default=MANTISSA_BITS, choices=range(1, 11))
    parser.add_argument("--quick", action="store_true", help="few tokens, briefs and questions")
    options = parser.parse_args()
    bench = Bench("lmul")
    with tempfile.TemporaryDirectory() as temporary:
        root = options.run or Path(temporary) / "run"
        if options.run is None:
            make_run(root, quick=options.quick)
        measured = measure(root, options.mantissa_bits)
    report(bench, measured)
    bench.finish()
    print(f"{measured['emulation']}, {measured['mantissa_bits']} mantissa bits.")
    print(measured["energy"])


if __name__ == "__main__":
    main()
