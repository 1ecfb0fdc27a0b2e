"""Is the style judge fooled? Real documents of unseen sites, and kinds of texts that must not pass.

Real documents (`shared/data` beside the checkout) are parted by site into learn, check and last;
gates are calibrated by folds of sites inside learn. `last` is measured once: sites that had only
been learnt from before (`judge_documents.py`), and nothing was chosen by it. Kinds named in
training are of other sites and other templates; kinds left out were in no training, or a whole
family is left out and the judge learnt anew. The judge was built while looking at the other parts:
a kind that nobody has seen passes more often. `--quick` takes a third of the documents of web-1995
and leaves no family out. Where smollm2 is on this
machine, the reporting judge is measured with it as well; what it has read is kept in runs/judge.
A text that a rule fails, or that cannot be judged, has the score 0 and ranks below all others.
`--base smollm2` judges its untuned answers too, `--texts DIR` those of fine-tuned models (rows of
*.jsonl with `kind`, `text` and `era`): both are reported and never learnt from.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness
import judge_documents
import judge_texts
import numpy as np
from judge_documents import Documents, Part

from erastyle.corpus import era as eras
from erastyle.eval.judge import neutral_models
from erastyle.eval.judge.judge import EraJudge
from erastyle.eval.judge.judge_recipe import JudgeRecipe
from erastyle.eval.judge.judgement import Judgement
from erastyle.eval.judge.kinds import mixed
from erastyle.eval.judge.questions.neutral import NeutralReading, TorchNeutral
from erastyle.eval.judge.two_judges import JudgePair
from erastyle.eval.judge.views import TextView, views
from erastyle.eval.style.features import Text
from erastyle.train.bases import known

READ = 30
"""Texts of each kind that the neutral model reads."""
KINDS_MADE = 60
"""Texts of each kind that are made: fewer judged are the first of these."""
ERAS = ("web-1995", "usenet-1993")
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


class SpokenBench(harness.Bench):
    """A benchmark that says each figure when it is known: the full run takes half an hour."""

    def figure(
        self,
        figure: str,
        value: float,
        unit: str,
        goal: str,
        holds: bool | None,
        peers: dict[str, float | str] | None = None,
    ) -> None:
        """Add a figure, and print it to standard error."""
        super().figure(figure, value, unit, goal, holds, peers)
        print(f"{figure}: {value:.4f} {unit} {peers or ''}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class KindsSeen:
    """Texts of one part of the sites, looked at once."""

    real: list[TextView]
    kinds: dict[str, list[TextView]]


def passed(judgements: Sequence[Judgement]) -> float:
    """Return the share that passes; what cannot be judged does not."""
    return float(np.mean([j.passes for j in judgements]))


def area(real: Sequence[Judgement], other: Sequence[Judgement]) -> float:
    """Return the AUC of the score, real documents against others."""
    from sklearn.metrics import roc_auc_score

    labels = [1] * len(real) + [0] * len(other)
    return float(roc_auc_score(labels, [j.score for j in (*real, *other)]))


def look(documents: Documents, era: str, count: int, written: judge_texts.Written) -> KindsSeen:
    """Look at the texts of a part: documents, kinds made from them, and what models wrote."""
    kinds = {k: views(t[:count]) for k, t in judge_texts.checked(documents, KINDS_MADE).items()}
    kinds |= {k: views(t) for k, t in judge_texts.written(era, documents, written).items()}
    return KindsSeen(views([row.text for row in documents.real]), kinds)


def named(kind: str) -> bool:
    """Say whether a kind was named in training."""
    return kind not in (*judge_texts.NEVER_LEARNT, *judge_texts.BROKEN) and ": " not in kind


def goal_of(kind: str) -> float | None:
    """Return the share of a kind that may pass; None: it is reported only."""
    if ": " in kind:
        return None
    if kind == "sentences shuffled":
        return 0.60
    if named(kind):
        loose = kind.endswith("in form") and not kind.startswith("machine")
        return 0.08 if loose else 0.05
    return 0.10


def table(
    bench: harness.Bench,
    era: str,
    judge: EraJudge,
    seen: KindsSeen,
    where: str,
    other: EraJudge,
    *,
    name: str = "choosing judge",
) -> None:
    """Measure a judge on real documents and on every kind; `other`, called `name`, beside it."""
    real, beside = judge.judge_views(seen.real), other.judge_views(seen.real)
    head = f"{era}, {where}"
    unjudged = float(np.mean([j.outcome == "cannot judge" for j in real]))
    bench.figure(
        f"{head}: real documents that pass", passed(real), "share", ">= 0.90",
        passed(real) >= 0.90, {"n": len(real), name: round(passed(beside), 3)},
    )  # fmt: skip
    bench.figure(f"{head}: real documents that cannot be judged", unjudged, "share", "<= 0.03",
                 unjudged <= 0.03)  # fmt: skip
    late = float(np.mean([j.sentence.startswith("Fails: not of the period") for j in real]))
    bench.figure(f"{head}: real documents failed by time", late, "share", "<= 0.02", late <= 0.02)
    shares: dict[str, float] = {}
    areas: dict[str, float] = {}
    every: list[Judgement] = []
    for kind, texts in seen.kinds.items():
        got, also = judge.judge_views(texts), other.judge_views(texts)
        shares[kind], areas[kind] = passed(got), area(real, got)
        if ": " not in kind:
            every += got
        goal = goal_of(kind)
        bench.figure(
            f"{head}: {kind}", shares[kind], "share that passes", f"<= {goal}" if goal else "",
            shares[kind] <= goal if goal else None,
            {"AUC": round(areas[kind], 3), "n": len(texts),
             name: round(passed(also), 3)},
        )  # fmt: skip
    worst(bench, head, shares, areas)
    pooled = area(real, every)
    bench.figure(f"{head}: AUC of real against all kinds pooled", pooled, "AUC", ">= 0.98",
                 pooled >= 0.98)  # fmt: skip


def worst(
    bench: harness.Bench, head: str, shares: Mapping[str, float], areas: Mapping[str, float]
) -> None:
    """Add the worst kind of each group."""
    groups = {
        "kinds named in training": ([k for k in shares if named(k)], 0.05),
        "kinds left out, sentence order aside": (
            [k for k in shares if not named(k) and ": " not in k and k != "sentences shuffled"],
            0.10,
        ),
    }
    for name, (kinds, goal) in groups.items():
        kind = max(kinds, key=lambda k: shares[k])
        bench.figure(f"{head}: worst of {name}", shares[kind], "share that passes", f"<= {goal}",
                     shares[kind] <= goal, {"kind": kind})  # fmt: skip
    kind = min((k for k in areas if ": " not in k), key=lambda k: areas[k])
    bench.figure(f"{head}: worst AUC of a kind", areas[kind], "AUC", ">= 0.92",
                 areas[kind] >= 0.92, {"kind": kind})  # fmt: skip


def left_out(
    bench: harness.Bench,
    era: str,
    parts: Mapping[Part, Documents],
    seen: KindsSeen,
    recipe: JudgeRecipe,
) -> None:
    """Learn without a whole family, and measure its kinds."""
    learn = parts["learn"]
    for family, kinds, goal in (
        ("modern", ("modern in form",), 0.20),
        ("machine", ("machine in form",), 0.10),
        ("other era", tuple(k for k in seen.kinds if k.endswith("in form")
                            and k.split(" ")[0] not in ("modern", "machine")), 0.30),
    ):  # fmt: skip
        texts = judge_texts.contrast(learn, without=(family,))
        judge = EraJudge.fit([r.text for r in learn.real], [r.site for r in learn.real], texts,
                             eras.load(era), recipe)  # fmt: skip
        real = judge.judge_views(seen.real)
        for kind in kinds:
            got = judge.judge_views(seen.kinds[kind])
            bench.figure(
                f"{era}, no {family} texts in training: {kind}", passed(got), "share that passes",
                f"<= {goal}", passed(got) <= goal,
                {"AUC": round(area(real, got), 3), "real": round(passed(real), 3)},
            )  # fmt: skip


def mixtures(
    bench: harness.Bench, era: str, judge: EraJudge, documents: Documents, count: int
) -> None:
    """Measure how the voice follows the share of real sentences."""
    from scipy.stats import spearmanr

    partners = {"modern": documents.modern_texts, "machine": documents.machine}
    for name, rows in partners.items():
        pool = [v.prose for v in views([r.text for r in rows])]
        real = [v.prose for v in views([r.text for r in documents.real])]
        real = [p for p in real if len(p.split(". ")) >= 8]
        shares: list[float] = []
        texts: list[Text] = []
        for level in LEVELS:
            for n in range(count):
                rng = Random(f"mixed {name} {level} {n}")
                prose = mixed(real[n % len(real)], pool[n % len(pool)], level, rng)
                texts.append(Text(prose, prose, "text"))
                shares.append(level)
        voice = np.nan_to_num(judge.voice(texts))
        rank = float(spearmanr(shares, voice).statistic)
        bench.figure(f"{era}: voice against the share of real sentences, rest {name}", rank,
                     "Spearman", ">= 0.85", rank >= 0.85, {"n a level": count})  # fmt: skip


def agreement(bench: harness.Bench, era: str, pair: JudgePair, seen: KindsSeen) -> None:
    """Measure how the two judges' errors go together, on kinds left out of training."""
    kinds = [k for k in seen.kinds if not named(k) and k != "sentences shuffled" and ": " not in k]
    one = [j.passes for k in kinds for j in pair.reporting.judge_views(seen.kinds[k])]
    two = [j.passes for k in kinds for j in pair.choosing.judge_views(seen.kinds[k])]
    varied = 0 < sum(one) < len(one) and 0 < sum(two) < len(two)
    phi = float(np.corrcoef(one, two)[0, 1]) if varied else 0.0
    bench.figure(
        f"{era}: correlation of the two judges' errors, kinds left out", phi, "phi", "<= 0.5",
        phi <= 0.5,
        {"errors, reporting": sum(one), "errors, choosing": sum(two), "n": len(one),
         "judges": pair.note},
    )  # fmt: skip


def speed(bench: harness.Bench, era: str, judge: EraJudge, documents: Documents) -> None:
    """Measure texts a second and core, from the text to the sentence."""
    texts = [r.text for r in documents.real[:100]]
    judge.judge(texts[:5])
    rate = len(texts) / harness.cpu_seconds(lambda: judge.judge(texts))
    bench.figure(f"{era}: speed without a language model", rate, "texts/s and core", ">= 20",
                 rate >= 20)  # fmt: skip


def neutral_model() -> TorchNeutral | None:
    """Return smollm2 with what it read in earlier runs, or None where it is not on this machine."""
    if known.missing(known.SMOLLM2):
        print(f"Not measured with {known.SMOLLM2}: {known.how(known.SMOLLM2)}", file=sys.stderr)
        return None
    model = neutral_models.load(known.SMOLLM2)
    if (kept := readings_file()).exists():
        with np.load(kept) as held:
            for key, bits, rough, tokens, hidden in zip(
                held["keys"], held["bits"], held["rough"], held["tokens"], held["hidden"],
                strict=True,
            ):  # fmt: skip
                reading = NeutralReading(float(bits), float(rough), int(tokens), hidden)
                model.readings[str(key)] = reading
            model.orders |= dict(zip(map(str, held["ordered"]), held["gains"], strict=True))
    return model


def readings_file() -> Path:
    """Return where readings of the neutral model are kept, by hash of the text."""
    return harness.ROOT / "runs" / "judge" / f"{known.SMOLLM2}-readings.npz"


def keep(model: TorchNeutral) -> None:
    """Keep what the neutral model has read, for the next run."""
    kept, rows = readings_file(), list(model.readings.values())
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        kept,
        keys=np.array(list(model.readings)),
        bits=np.array([r.bits_per_byte for r in rows]),
        rough=np.array([r.rough_share for r in rows]),
        tokens=np.array([r.tokens for r in rows]),
        hidden=np.array([r.hidden for r in rows]),
        ordered=np.array(list(model.orders)),
        gains=np.array(list(model.orders.values()), np.float64),
    )


def with_neutral(
    bench: harness.Bench,
    era: str,
    parts: Mapping[Part, Documents],
    neutral: TorchNeutral,
    plain: EraJudge,
    written: judge_texts.Written,
) -> None:
    """Measure the reporting judge with a neutral language model, on check and on last."""
    learn = parts["learn"]
    texts = judge_texts.contrast(learn)
    judge = EraJudge.fit(
        [r.text for r in learn.real], [r.site for r in learn.real], texts, eras.load(era),
        JudgeRecipe(), neutral=neutral,
    )  # fmt: skip
    keep(neutral)
    sample = [r.text for r in parts["check"].real[:20]]
    held, neutral.readings, neutral.orders = (neutral.readings, neutral.orders), {}, {}
    rate = len(sample) / harness.cpu_seconds(lambda: judge.judge(sample))
    neutral.readings, neutral.orders = held
    bench.figure(f"{era}: speed with {neutral.name}", rate, "texts/s and core", ">= 1", rate >= 1)
    parts_measured: tuple[Part, ...] = ("check", "last")
    for part in parts_measured:
        seen = look(parts[part], era, READ, written)
        table(bench, era, judge, seen, f"{part}, with {neutral.name}", plain, name="without it")
        keep(neutral)


def measure(
    bench: harness.Bench,
    era: str,
    quick: bool,
    written: judge_texts.Written,
    neutral: TorchNeutral | None = None,
) -> None:
    """Measure one era."""
    size, count = (0.34, 20) if quick else (1.0, 60)
    parts = judge_documents.read(harness.shared_data(), era, size)
    learn, check = parts["learn"], parts["check"]
    recipe = JudgeRecipe(folds=4) if quick else JudgeRecipe()
    start = time.process_time()
    texts = judge_texts.contrast(learn, count=60 if quick else 200)
    pair = JudgePair.fit([r.text for r in learn.real], [r.site for r in learn.real], texts,
                         eras.load(era), recipe)  # fmt: skip
    bench.figure(f"{era}: learning both judges", time.process_time() - start, "CPU s", "", None)
    seen = look(check, era, count, written)
    table(bench, era, pair.reporting, seen, "check", pair.choosing)
    agreement(bench, era, pair, seen)
    speed(bench, era, pair.reporting, check)
    if not quick:
        last = look(parts["last"], era, count, written)
        table(bench, era, pair.reporting, last, "last", pair.choosing)
        if neutral is not None:
            with_neutral(bench, era, parts, neutral, pair.reporting, written)
    mixtures(bench, era, pair.reporting, check, 30 if quick else 100)
    if not quick:
        left_out(bench, era, parts, seen, JudgeRecipe(folds=5))


def main() -> None:
    """Measure, print and write."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a part of the data, two minutes")
    parser.add_argument("--era", action="append", choices=ERAS, help="measure this era alone")
    parser.add_argument("--base", action="append", choices=("starter", "smollm2"),
                        help="a base whose untuned answers are judged")  # fmt: skip
    parser.add_argument("--texts", type=Path, metavar="DIR",
                        help="folder of *.jsonl with texts of fine-tuned models")  # fmt: skip
    parser.add_argument("--without-model", action="store_true",
                        help="do not measure the judge that reads with smollm2")  # fmt: skip
    asked = parser.parse_args()
    if asked.texts is None or not asked.texts.is_dir():
        print("No texts of fine-tuned models: give a folder with --texts.", file=sys.stderr)
    written = judge_texts.Written(tuple(asked.base or ("starter",)), asked.texts)
    bench = SpokenBench("judge")
    neutral = None if asked.quick or asked.without_model else neutral_model()
    for era in ERAS[:1] if asked.quick else asked.era or ERAS:
        measure(bench, era, asked.quick, written, neutral)
    if asked.era:
        bench.keep_others()
    bench.finish()


if __name__ == "__main__":
    main()
