"""What can the embedded starter do, and does it recite what it was trained on?

It answers the shipped minimal pairs and questions, and writes answers to held-out instructions and
to plain requests. The answers are compared, word by word, with all of `general` of the shared data,
held-out documents too. A few are printed, to be read.

    python benchmarks/starter.py [--quick] [--base DIR]
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from harness import Bench, shared_data

REQUESTS = (
    "Write two sentences about a cat.", "What is a computer?", "Tell me about the sea.",
    "Write a short story about a dog and a boy.", "How do I cook rice?", "Describe a house.",
    "Why do people read books?", "Give me three names for a boat.",
)  # fmt: skip


def main() -> None:
    """Print answers and the table, and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few questions and answers")
    parser.add_argument("--base", default="starter", help="another model of the recipe")
    options = parser.parse_args()
    data = shared_data() / "general"

    import torch

    from erastyle.corpus.copying import search
    from erastyle.eval.capability import scoring
    from erastyle.eval.statistics import intervals
    from erastyle.train.model import loading
    from erastyle.train.model.decoding import Decoding
    from erastyle.train.model.generation import generate
    from erastyle.train.model.pair import from_base
    from erastyle.train.starter import recipe
    from erastyle.train.starter import tokenizer as bpe

    torch.set_num_threads(1)
    bench = Bench("starter")
    model, tokenizer = loading.load_base(options.base), loading.load_tokenizer(options.base)
    every = 5 if options.quick else 1
    result = scoring.score(model, tokenizer, scoring.shipped(every=every))
    for name, task in sorted(result.tasks.items()):
        right = int(task.correct.sum())
        estimate = intervals.wilson(right, len(task.correct))
        goal = ">= 0.65" if name == "grammar" else "-"
        holds = right / len(task.correct) >= 0.65 if name == "grammar" else None
        beside = {
            "chance": round(task.chance, 3),
            "interval": f"[{estimate.low:.3f}, {estimate.high:.3f}]",
        }
        bench.figure(f"{name}: accuracy", right / len(task.correct), "share", goal, holds, beside)

    documents = list(recipe.documents(data))
    unseen = [
        document
        for number, document in enumerate(documents)
        # The second phase of the shipped weights also drew from held-out rows, of these numbers.
        if recipe.is_held_out(document) and number % recipe.OTHER_ROWS
    ]
    unseen = [document for document in unseen if document.startswith(bpe.TURN)]
    asked = [d.split("\n", 1)[1].split(bpe.STOP)[0] for d in unseen]
    asked = [*REQUESTS, *(a for a in asked if len(a) < 300)][: 40 if options.quick else 300]
    wanted = Decoding(max_new_tokens=150)
    writer = from_base(options.base, "cpu")
    texts: list[str] = []
    for start in range(0, len(asked), 30):
        torch.manual_seed(start)
        texts += [a.text for a in generate(writer, asked[start : start + 30], wanted)]
    for request, text in zip(REQUESTS, texts, strict=False):
        print(f"> {request}\n{text.strip()}\n")

    index = search.Index.build((str(n), text) for n, text in enumerate(documents))
    overlaps = [index.check(text) for text in texts]
    longest = max((o.longest.length for o in overlaps if o.longest), default=0)
    known = sum(o.known_grams for o in overlaps) / max(1, sum(o.grams for o in overlaps))
    bench.figure("answers", len(texts), "texts", "-", None)
    bench.figure("longest passage of its training data in an answer", longest, "words", "-", None)
    bench.figure("runs of 8 words that stand in its training data", known, "share", "-", None)
    copies = sum(bool(o.copies) for o in overlaps)
    bench.figure("answers with 50 words in a row of it", copies, "texts", "-", None)
    bench.finish()


if __name__ == "__main__":
    main()
