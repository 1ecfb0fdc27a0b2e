"""How often is machine-written text found, and how often is a person's text taken for it?

    python benchmarks/machine_text.py [--quick]
    python benchmarks/machine_text.py --fit      fits the weights of `corpus/machine_text.tsv` anew

Five folds over models and sites: each text is judged by weights that saw none of its model or site.
The threshold is where 1 in 500 of the period texts would be taken for a machine's. Nothing of the
texts is stored: only one weight a feature.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from harness import ROOT, Bench, shared_data
from labelled import documents

from erastyle.corpus.cleaning import machine_text
from erastyle.corpus.html import markup

WEIGHTS = ROOT / "corpus" / "machine_text.tsv"
MOST = 400  # texts of a model or kind
FALSE_ALARMS = 0.002  # of the period texts together
FOLDS = 5
PERIOD = (
    "web1990s",
    "usenet1993",
    "manuals1990s",
    "texts1990s",
    "newspapers",
    "books-and-journals",
)


class Text(NamedTuple):
    """A text, what kind it is (`assistant`, `continuation`, `web1990s`, …) and whose."""

    kind: str
    whose: str
    text: str


def machine() -> Iterator[Text]:
    """Yield what language models wrote: assistants, and continuations by models of the plain kind.

    The people's texts that those continuations were paired with come as kind `modern, paired`.
    """
    with zipfile.ZipFile(shared_data() / "machine-texts.zip") as file:
        for name in sorted(file.namelist()):
            data = json.loads(file.read(name))
            model = PurePosixPath(name).parent.name
            if isinstance(data, list):
                for row in data[:MOST]:
                    yield Text("assistant", model, row["output"])
                continue
            stem = PurePosixPath(name).name.partition(".raw_data")[0]
            domain, _, model = stem.partition("_")
            kind = "assistant, paired" if "gpt-4" in model else "continuation"
            for made, own in zip(data["sampled"][:MOST], data["original"][:MOST], strict=True):
                yield Text(kind, f"{model} {domain}", made)
                yield Text("modern, paired", domain, own)


def people(few: bool) -> Iterator[Text]:
    """Yield texts that people wrote: of the periods, and modern ones from before such models."""
    for name in PERIOD:
        for document, label in documents(shared_data(), name, 60 if few else 700):
            body = document.body
            text = markup.prose(body) if document.format == "html" else body
            yield Text(name, label["site"] or "", text)
    for document, label in documents(shared_data(), "modern-texts", 150 if few else 1500):
        paired = "fast-detect" in document.source  # those came with the continuations
        if not paired and str(label.get("llm_risk", "")).startswith(("none", "low")):
            yield Text("modern", label["site"] or "", document.body)


class Table(NamedTuple):
    """Texts that are long enough, as numbers. Shapes: (texts, features), (texts,), (texts,)."""

    style: Any
    kind: Any
    fold: Any

    @property
    def assistant(self) -> Any:
        """Whether each text is an assistant's."""
        import numpy as np

        return np.char.startswith(self.kind, "assistant")


def table(texts: Iterable[Text]) -> Table:
    """Measure the style of texts. A model or site is in one of five folds, by a hash."""
    import numpy as np

    rows, kinds, folds = [], [], []
    for text in texts:
        found = machine_text.features(text.text)
        if found is not None:
            rows.append([found[name] for name in machine_text.NAMES])
            kinds.append(text.kind)
            folds.append(hashlib.sha256(f"5|{text.whose}".encode()).digest()[0] % FOLDS)
    return Table(np.array(rows), np.array(kinds), np.array(folds))


def fit(data: Table, chosen: Any) -> tuple[Any, float, Any]:
    """Return weights, bias and the largest value of each feature, fitted on the chosen texts.

    Every kind of text weighs the same within its side, and both sides the same.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    largest = np.quantile(data.style[chosen], 0.995, axis=0)
    style = np.minimum(data.style[chosen], largest)
    mean, spread = style.mean(axis=0), style.std(axis=0) + 1e-9
    assistant, kind = data.assistant[chosen], data.kind[chosen]
    weight = np.zeros(len(kind))
    for side in (True, False):
        kinds = sorted(set(kind[assistant == side]))
        for name in kinds:
            weight[kind == name] = 1 / len(kinds) / (kind == name).sum()
    model = LogisticRegression(C=0.2, max_iter=2000)
    model.fit((style - mean) / spread, assistant, sample_weight=weight * len(kind))
    scaled = model.coef_[0] / spread
    return scaled, float(model.intercept_[0] - (scaled * mean).sum()), largest


def write(scaled: Any, bias: float, largest: Any, limit: float) -> None:
    """Write the weights that the product reads."""
    lines = [
        "feature\tweight\tlargest",
        f"(bias)\t{bias:.5g}\t0",
        f"(threshold)\t{1 / (1 + math.exp(-limit)):.4f}\t0",
    ]
    lines += [
        f"{name}\t{value:.4g}\t{most:.4g}"
        for name, value, most in zip(machine_text.NAMES, scaled, largest, strict=True)
        if most > 0
    ]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure by cross-validation over models and sites; with --fit, write the weights of all."""
    import numpy as np

    few = "--quick" in sys.argv[1:]
    data = table([*machine(), *people(few)])
    judged = data.kind != "continuation"
    scores = np.zeros(len(data.kind))
    for fold in range(FOLDS):
        scaled, bias, largest = fit(data, judged & (data.fold != fold))
        out = data.fold == fold
        scores[out] = bias + np.minimum(data.style[out], largest) @ scaled
    limit = float(np.quantile(scores[np.isin(data.kind, PERIOD)], 1 - FALSE_ALARMS))
    if "--fit" in sys.argv[1:]:
        write(*fit(data, judged), limit)
    bench = Bench("machine_text")
    for kind in sorted(set(data.kind)):
        found = scores[data.kind == kind] >= limit
        goal, holds = "", None
        if kind.startswith("assistant"):
            goal, holds = ">= 0.8", bool(found.mean() >= 0.8)
        elif kind != "continuation":
            goal, holds = "<= 0.01", bool(found.mean() <= 0.01)
        unit = f"of {len(found):,} texts called machine-written"
        bench.figure(str(kind), float(found.mean()), unit, goal, holds)
    period = np.isin(data.kind, PERIOD)
    area = roc_area(data.assistant[data.assistant | period], scores[data.assistant | period])
    bench.figure("assistants against period texts", area, "area under the curve", "", None)
    others = judged & ~period
    area = roc_area(data.assistant[others], scores[others])
    bench.figure("assistants against modern texts", area, "area under the curve", "", None)
    bench.finish()


def roc_area(told: Any, scores: Any) -> float:
    """Return the area under the curve of hits over false alarms."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(told, scores))


if __name__ == "__main__":
    main()
