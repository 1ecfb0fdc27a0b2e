"""Does a training need as much memory as was predicted?

Models of several shapes with random weights learn a few generated pages, each in a process of its
own, by the real train stage. The peak is the resident memory of that process as the system counts
it; foretold is what the stage said before its first update.

    python benchmarks/memory.py [--quick]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from harness import Bench, quick

# hidden x layers, length of the longest row, method
SETTINGS = (
    ("192x6", 1024, "lora"),
    ("192x6", 1024, "full"),
    ("192x6", 256, "lora"),
    ("64x2", 512, "lora"),
    ("512x8", 512, "lora"),
    ("512x8", 512, "full"),
    ("768x12", 256, "lora"),
)


def random_base(folder: Path, hidden: int, layers: int) -> None:
    """Write an untrained model with the starter's tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from erastyle.train.model import loading

    tokenizer = loading.load_tokenizer("starter")
    shape = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=hidden, intermediate_size=hidden * 8 // 3,
        num_hidden_layers=layers, num_attention_heads=hidden // 32,
        max_position_embeddings=1024, tie_word_embeddings=True,
    )  # fmt: skip
    LlamaForCausalLM(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def child(name: str, length: int, method: str) -> dict[str, float]:
    """Train once, and return the foretold and the measured peak in bytes.

    Args:
        name: A known base, or hidden size and layers such as `192x6`.
        length: Tokens of the longest row.
        method: As `train.method`.
    """
    from collapse import documents, write

    from erastyle.corpus import era as eras
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context
    from erastyle.train.options import TrainOptions
    from erastyle.train.stage import TRAIN

    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        base, out = name, root / "train"
        out.mkdir()
        if "x" in name:
            base = str(root / "base")
            random_base(root / "base", *map(int, name.split("x")))
        pages = documents(20)
        write(root / "pairs", pages[:16], pages[16:])
        options = TrainOptions(
            base=base, method=method, epochs=1, max_tokens=12_000, max_length=length,
            samples=1, report_to=(), device="cpu", threads=1, max_gap=None, max_general_rise=None,
        )  # fmt: skip
        context = Context(
            options, eras.load("web-1995"), 1, {"pairs": root / "pairs"}, out, Progress(), root
        )
        stats = TRAIN.run(context)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"foretold": stats["memory"], "peak": peak, "parameters": stats["parameters"]}


def measured(name: str, length: int, method: str) -> dict[str, float]:
    """Return what `child` says, in a process of its own."""
    command = [sys.executable, __file__, "child", name, str(length), method]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Print the table and write the figures."""
    if sys.argv[1:2] == ["child"]:
        print(json.dumps(child(sys.argv[2], int(sys.argv[3]), sys.argv[4])))
        return
    bench = Bench("memory")
    worst = 0.0
    for setting in SETTINGS[:2] if quick() else SETTINGS:
        result = measured(*setting)
        ratio = result["foretold"] / result["peak"]
        worst = max(worst, abs(ratio - 1))
        _, length, method = setting
        name = f"{result['parameters'] / 1e6:.1f} M parameters, rows of {length}, {method}"
        used, foretold = (round(result[part] / 1e6) for part in ("peak", "foretold"))
        bench.figure(
            name, ratio, "foretold / used", "0.75 to 1.25", abs(ratio - 1) <= 0.25,
            {"used": used, "foretold": foretold},
        )  # fmt: skip
    bench.figure("furthest from what was used", worst, "share", "<= 0.25", worst <= 0.25)
    bench.finish()


if __name__ == "__main__":
    main()
