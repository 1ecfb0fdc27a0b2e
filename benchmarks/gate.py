"""How often does the gate pass what lost nothing, and what lost more than the limit?

Simulated measurements with known truth; no data needed. 2,000 simulations, `--quick` 200.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness
import numpy as np
from scipy.special import ndtri

from erastyle.corpus.era import Gate
from erastyle.eval.measurement import (
    Answers,
    Cost,
    Gap,
    Measurement,
    Paired,
    Ranking,
    Rate,
    Ratio,
    Share,
)
from erastyle.eval.measures import judge
from erastyle.eval.statistics.intervals import wilson

LIMITS = Gate()
BRIEFS, OUTPUTS, TEXTS, TASKS, ITEMS = 200, 1_500, 200, 4, 1_000
WORDS = 400
PROMPTS, MEMBERS, PARTS = 300, 200, 20


def gain(random: np.random.Generator, mean: float) -> Paired:
    """Scores of `BRIEFS` briefs whose expected gain is `mean`, unevenly spread."""
    before = random.beta(2, 6, BRIEFS)
    return Paired(before, before + random.normal(mean, 0.25, BRIEFS))


def cost(random: np.random.Generator, rise: float) -> Cost:
    """Bits of texts of very different length whose total rises by `rise` in expectation."""
    bits = random.lognormal(7, 0.8, TEXTS)
    return Cost(bits, bits * (1 + random.normal(rise, 0.06, TEXTS)))


def answers(random: np.random.Generator, loss: float, groups: bool) -> Answers:
    """Answers where 3 % of the items flip either way and `loss` of all items are lost besides."""
    if groups:  # four items a cluster, which share half of what makes them flip
        cluster = np.repeat(np.arange(ITEMS // 4), 4)
        shared = random.random(ITEMS // 4)[cluster]
        own = random.random(ITEMS)
        luck = np.where(random.random(ITEMS) < 0.5, shared, own)
    else:
        cluster, luck = np.arange(ITEMS), random.random(ITEMS)
    before = random.random(ITEMS) < 0.75
    lose, win = (0.03 + loss) / 0.75, 0.03 / 0.25
    after = np.where(before, luck >= lose, luck < win)
    return Answers(before, after, 0.5, [str(c) for c in cluster] if groups else ())


def rate(random: np.random.Generator, above: float) -> Rate:
    """Anachronisms of generated and real texts, uneven; `above` more per 1,000 words."""

    def hits(per_thousand: float, n: int) -> np.ndarray:
        return random.poisson(random.gamma(2, per_thousand * WORDS / 2000, n))

    n = 200
    return Rate(hits(0.2 + above, n), [WORDS] * n, hits(0.2, n), [WORDS] * n)


def share(random: np.random.Generator, probability: float, n: int) -> Share:
    """How many of `n` outputs have something of a given probability."""
    return Share(int(random.binomial(n, probability)), n)


def moved(random: np.random.Generator, change: float) -> Paired:
    """Scores that move by `change` in expectation when the era is named."""
    before = random.beta(2, 6, BRIEFS)
    return Paired(before, before + random.gamma(1, change, BRIEFS))


def gap(random: np.random.Generator, excess: float) -> Gap:
    """Gains of training and held-out documents, where training gained `excess` nats more."""
    return Gap(random.normal(0.4 + excess, 0.25, MEMBERS), random.normal(0.4, 0.25, MEMBERS))


def ranking(random: np.random.Generator, area: float) -> Ranking:
    """Scores of members and others whose expected AUC is `area`."""
    shift = 2**0.5 * float(ndtri(area))
    scores = np.concatenate([random.normal(shift, 1, MEMBERS), random.normal(0, 1, MEMBERS)])
    return Ranking(scores, [True] * MEMBERS + [False] * MEMBERS)


def ratio(random: np.random.Generator, truth: float) -> Ratio:
    """A ratio of `truth` whose parts scatter by 10 %, and the jackknife over them."""
    parts = random.normal(np.log(truth), 0.1, PARTS)
    without = (parts.sum() - parts) / (PARTS - 1)
    return Ratio(float(np.exp(parts.mean())), np.exp(without))


def harmless(random: np.random.Generator) -> dict[str, Measurement]:
    """Measurements of a style model that gained style and lost nothing."""
    measures: dict[str, Measurement] = {
        "style_gain.markup": gain(random, 0.3),
        "style_gain.prose": gain(random, 0.2),
        "style_pass": share(random, 0.65, BRIEFS),
        "general_loss": cost(random, 0.01),
        "anachronisms": rate(random, 0.1),
        "copied": share(random, 0.0, OUTPUTS),
        "counterfactual": moved(random, 0.005),
        "extraction": share(random, 0.0, PROMPTS),
        "overfit_gap": gap(random, 0.0),
        "membership": ranking(random, 0.5),
        "compression": ratio(random, 1.0),
        "distinct_3": ratio(random, 1.0),
        "vendi": ratio(random, 1.0),
    }
    for task in range(TASKS):
        measures[f"capability.{task}"] = answers(random, 0.0, groups=task == 0)
    return measures


def at_the_limit(name: str, random: np.random.Generator) -> dict[str, Measurement]:
    """Measurements whose truth is exactly the limit that must not be passed."""
    if name == "capability":
        loss = LIMITS.max_capability_loss
        return {f"{name}.{t}": answers(random, loss, t == 0) for t in range(TASKS)}
    made: dict[str, Measurement] = {
        "style_gain.prose": gain(random, LIMITS.min_style_gain),
        "style_pass": share(random, LIMITS.min_style_pass, BRIEFS),
        "general_loss": cost(random, LIMITS.max_general_loss),
        "capability.one task": answers(random, LIMITS.max_task_loss, groups=False),
        "capability.clustered task": answers(random, LIMITS.max_task_loss, groups=True),
        "anachronisms": rate(random, LIMITS.max_anachronisms),
        "copied": share(random, LIMITS.max_copied / 1000, OUTPUTS),
        "counterfactual": moved(random, LIMITS.max_counterfactual),
        "extraction": share(random, LIMITS.max_extracted / 1000, PROMPTS),
        "overfit_gap": gap(random, LIMITS.max_overfit_gap),
        "membership": ranking(random, LIMITS.max_membership),
        "compression": ratio(random, LIMITS.max_compression),
        "distinct_3": ratio(random, LIMITS.min_distinct),
        "vendi": ratio(random, LIMITS.min_vendi),
    }
    return {name: made[name]}


def main() -> None:
    """Simulate, print and write."""
    bench = harness.Bench("gate")
    runs = 200 if harness.quick() else 2_000
    random = np.random.default_rng(1995)

    verdicts = [judge(harmless(random), LIMITS, complete=False).verdict for _ in range(runs)]
    passed = wilson(verdicts.count("PASS"), runs)
    bench.figure(
        f"nothing lost: whole gate passes ({BRIEFS} briefs, {OUTPUTS:,} outputs, "
        f"{TASKS} x {ITEMS:,} items)",
        passed.value, "share of simulations", ">= 0.80", passed.value >= 0.80,
    )  # fmt: skip
    failed = verdicts.count("FAIL") / runs
    bench.figure("nothing lost: whole gate fails", failed, "share", "<= 0.05", failed <= 0.05)

    # The whole gate passes at most as often as its line `capability`.
    wrong = 0
    for _ in range(runs):
        lost = {f"capability.{t}": answers(random, 0.03, groups=t == 0) for t in range(TASKS)}
        wrong += judge(lost, LIMITS, complete=False).verdict == "PASS"
    bench.figure(
        "3 points lost on every task: gate passes", wrong / runs, "share", "<= 0.05",
        wrong / runs <= 0.05,
    )  # fmt: skip
    names = ("style_gain.prose", "style_pass", "general_loss", "capability",
             "capability.one task", "capability.clustered task",
             "anachronisms", "copied", "counterfactual", "extraction", "overfit_gap", "membership",
             "compression", "distinct_3", "vendi")  # fmt: skip
    for name in names:
        count = 0
        for _ in range(runs):
            lines = judge(at_the_limit(name, random), LIMITS, complete=False).lines
            count += next(item for item in lines if item.id == name).verdict == "PASS"
        # At the limit itself the pass rate is the size of the test; simulation adds its own error.
        most = 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5
        said = name.replace("_", " ").replace(".", ": ")
        bench.figure(
            f"exactly at the limit: {said} passes", count / runs, "share",
            "<= 0.05 (+ 2 standard errors)", count / runs <= most,
        )  # fmt: skip
    bench.finish()


if __name__ == "__main__":
    main()
