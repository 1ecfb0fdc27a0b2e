"""Does a model that learns from its own texts collapse, and does the cap on generated text hold?

Five generations. In each, the embedded starter is tuned from its base on the training pairs and
then answers all their requests. What the next generation learns is, by mode:

    replace      those answers alone
    accumulate   the real documents and all answers so far
    guard        the real documents and as many answers, chosen by chance from all so far, as
                 `pairs.max_generated` allows

The documents called real here are generated pages of the embedded sample: what is measured is the
loop, not the pages. Source of the question: Shumailov et al., "AI models collapse when trained on
recursively generated data", 2024; of the answer: Gerstgrasser et al., "Is model collapse
inevitable?", 2024.

    python benchmarks/collapse.py [--quick]
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from harness import Bench, quick

MODES = ("replace", "accumulate", "guard")
GENERATIONS = 5
SHARE = 0.3  # the default of pairs.max_generated


def documents(count: int) -> list[tuple[str, str, str]]:
    """Return (brief, page, site) of generated pages."""
    from erastyle.corpus import era as eras
    from erastyle.corpus.document import Document
    from erastyle.corpus.prompts import briefs
    from erastyle.corpus.sources.registry import open_source

    era = eras.load("web-1995")
    found = []
    for n, record in enumerate(open_source(f"synthetic:{count}@1995").read()):
        body = record.raw.decode("utf-8", "replace")  # type: ignore[union-attr]
        page = Document(f"d{n}", f"{n}", record.source, "html", body, "0", prose=body)
        found.append((briefs.brief(page, era, 1), body[:3000], f"site{n}"))
    return found


def write(folder: Path, train: Sequence[tuple[str, str, str]], dev: Sequence[Any]) -> None:
    """Write a pairs folder: training rows, dev rows, and general rows beside both."""
    from erastyle.corpus.prompts import general
    from erastyle.pipeline import pairs
    from erastyle.pipeline.runtime.ledger import Ledger

    with Ledger(folder, pairs.schema()) as book:
        for split, part in (("train", train), ("dev", dev)):
            for brief, body, site in part:
                book.keep_row(pairs.row(brief, body, role="style", split=split, site=site))
            for prompt, response in general.rows(len(part) // 4, 1):
                book.keep_row(pairs.row(prompt, response, role="rehearsal", split=split))


def generation(
    root: Path, train: Sequence[tuple[str, str, str]], dev: Sequence[Any], asked: Sequence[str]
) -> tuple[list[str], dict[str, Any]]:
    """Tune the base on `train`, and return its answers with the counts of the training."""
    from erastyle.corpus import era as eras
    from erastyle.pipeline.runtime.progress import Progress
    from erastyle.pipeline.runtime.stage import Context
    from erastyle.train.model.decoding import Decoding
    from erastyle.train.model.generation import in_batches
    from erastyle.train.model.pair import ModelPair
    from erastyle.train.options import TrainOptions
    from erastyle.train.stage import TRAIN

    folder, out = root / "pairs", root / "train"
    out.mkdir(parents=True)
    write(folder, train, dev)
    options = TrainOptions(
        epochs=1, max_tokens=None, samples=0, report_to=(), device="cpu", threads=1,
        max_gap=None, max_general_rise=None,
    )  # fmt: skip
    web = eras.load("web-1995")
    stats = TRAIN.run(Context(options, web, 1, {"pairs": folder}, out, Progress(), root))
    writer = ModelPair(out / "model", "cpu", 250).fine_tuned()
    wanted = Decoding(max_new_tokens=250)
    answers = [a.text for a in in_batches(writer, asked, wanted, 1, Progress())]
    return answers, stats


def main() -> None:
    """Print the table and write the figures."""
    from erastyle.eval.diversity import variety

    bench = Bench("collapse")
    count = 24 if quick() else 64
    generations = 2 if quick() else GENERATIONS
    every = documents(count + 16)
    real, dev = every[:count], every[count:]
    asked = [brief for brief, _, _ in real]
    bodies = [body for _, body, _ in dev]
    last: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for mode in MODES:
            train, made = list(real), list[tuple[str, str, str]]()
            for number in range(generations):
                root = Path(temporary) / f"{mode}{number}"
                answers, stats = generation(root, train, dev, asked)
                varied = variety.compare(answers, bodies, 1)
                loss = min(stats["dev_loss"]["style"][1:])
                name = f"{mode}, generation {number + 1}"
                bench.figure(f"{name}: loss on real pages", loss, "nats a token", "-", None)
                for measure, ratio in sorted(varied.ratios.items()):
                    bench.figure(f"{name}: {measure}", ratio, "of real pages", "-", None)
                last[mode] = loss
                pages = [(b, t, s) for (b, _, s), t in zip(real, answers, strict=True) if t.strip()]
                made += pages
                if mode == "replace":
                    train = pages
                elif mode == "accumulate":
                    train = [*real, *made]
                else:
                    most = int(SHARE / (1 - SHARE) * len(real))
                    chance = random.Random(number)
                    train = [*real, *chance.sample(made, min(most, len(made)))]
    worse = last["replace"] - last["guard"]
    bench.figure(
        "loss on real pages, replaced above guarded", worse, "nats a token", "> 0", worse > 0
    )
    bench.finish()


if __name__ == "__main__":
    main()
