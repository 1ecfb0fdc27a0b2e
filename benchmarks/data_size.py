"""How many documents does a style need, and what does augmentation add where there are few?

The embedded starter learns so many real articles of Usenet, chosen by chance: a smaller choice is
part of a larger one. Style gained is the fall of the loss on articles of unseen sites; general loss
is the change of the loss on general rows. The guards are off: they would end it after one pass.

    python benchmarks/data_size.py [--quick] [--most 200] [--run DIR]

Articles are short: a thousand of them are seen in minutes, where as many web pages take an hour.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from harness import Bench, run_erastyle, shared_data

PASSES = {50: 8, 200: 4, 1000: 1}  # most passes by documents; a core has one hour
FEW = 200  # up to here the documents are also augmented, and seen for as many tokens
AUGMENTED = ("pairs.requests=2", "pairs.crops=2", "pairs.reorder=true")
ALWAYS = (
    "train.samples=0", "train.report_to=[]", "train.max_gap=null", "train.max_general_rise=null",
)  # fmt: skip


def main() -> None:
    """Print the curve and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="50 documents, one pass")
    parser.add_argument("--most", type=int, default=1000, help="largest number of documents")
    parser.add_argument("--run", type=Path, help="run directory to use and keep")
    options = parser.parse_args()
    data = shared_data()

    from erastyle import config
    from erastyle.pipeline.runtime import runner
    from erastyle.pipeline.runtime.progress import Lines
    from erastyle.stages import STAGES

    bench = Bench("data_size")
    with tempfile.TemporaryDirectory() as temporary:
        root = options.run or Path(temporary) / "run"
        if not (root / config.NAME).is_file():
            run_erastyle(
                "split", "usenet-1993", "--run", str(root),
                "--source", str(data / "usenet1993.zip"),
                "--contrast", str(data / "modern-texts.zip"),
            )  # fmt: skip
        before = 0
        for size in [50] if options.quick else [n for n in PASSES if n <= options.most]:
            tokens = "null"
            for name, more in {"": (), ", augmented": AUGMENTED}.items():
                if name and size > FEW:
                    continue
                passes = 1 if options.quick else PASSES[size]
                changes = (
                    f"pairs.documents={size}", f"train.epochs={passes}",
                    f"train.max_tokens={tokens}", *more, *ALWAYS,
                )  # fmt: skip
                loaded = config.load(str(root / config.NAME), changes)
                stages = [s for s in STAGES if s.name not in ("generate", "score")]
                chosen = {stage.name: getattr(loaded, stage.name) for stage in stages}
                with runner.lock(root):
                    steps = runner.plan(stages, chosen, loaded.era, loaded.seed, root)
                    done = list(runner.run(steps, Lines()))
                stats = {o.step.stage.name: o.manifest.stats for o in done}
                train, losses = stats["train"], stats["train"]["dev_loss"]
                documents = stats["pairs"]["splits"]["train"] - stats["pairs"]["repeated"]
                if not name and documents == before:
                    continue  # there are no more
                best = train["best_epoch"]
                style, general = losses["style"], losses["general"]
                beside = {
                    "documents": documents,
                    "passes": best,
                    "tokens": train["tokens"],
                    "learnt rows": round(losses["learnt"][0] - losses["learnt"][best], 3),
                    "general loss": f"{general[best] / general[0] - 1:+.1%}",
                    "stopped": train["stopped_because"] or "after all passes",
                }
                title = f"{size if name else documents:,} documents{name}: style gained"
                bench.figure(title, style[0] - style[best], "nats a token", "-", None, beside)
                before, tokens = (before if name else documents), str(train["tokens"])
    bench.finish()


if __name__ == "__main__":
    main()
