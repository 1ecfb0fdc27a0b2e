"""The rows of the before/after table: one figure of base model, style model and real text each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from erastyle.corpus.era import Era
from erastyle.eval.bias import regard, slurs, stereotypes
from erastyle.eval.copying.search import Overlap
from erastyle.eval.diversity.variety import Comparison
from erastyle.eval.metric import Answers, Paired
from erastyle.eval.model_metrics import Capability
from erastyle.eval.report.tables import MeasureRow
from erastyle.eval.statistics.bootstrap import mean_interval, paired_bootstrap
from erastyle.eval.statistics.intervals import tango, wilson
from erastyle.eval.statistics.ranking import auc
from erastyle.eval.style.classifier import StyleModel
from erastyle.eval.text_metrics import Scored

if TYPE_CHECKING:
    from erastyle.eval.stage import Apart

MACHINE_NOTE = (
    "By words and forms of assistants. Measured: it finds 84 % of assistants' answers and 14 % of "
    "continuations by models that are no assistants, and takes fewer than 1 % of the texts of each "
    "period collection, and 2 to 7 % of modern ones, for machine-written."
)
CORPUS_MOST = 2_000
"""Most documents of the corpus in which regard and slurs are counted."""


def finite(value: float | None) -> float | None:
    """Return `value`, or None for what is no number."""
    return float(value) if value is not None and math.isfinite(value) else None


def _mean(values: Any) -> float | None:
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(known.mean()) if len(known) else None


def style_rows(
    base: Scored,
    output: Scored,
    real: Scored,
    style: StyleModel,
    outputs: Sequence[Mapping[str, Any]],
    views: Sequence[str],
) -> list[MeasureRow]:
    """Return the rows of the style score."""
    rows = []
    sites = [str(row["site"]) for row in outputs]
    for view in (*views, "era"):
        before, after = (np.asarray(s.scores[view], float) for s in (base, output))
        known = ~np.isnan(before) & ~np.isnan(after)
        name = {"era": "style, the lower of the two"}.get(view, f"style of the {view}")
        difference = low = high = None
        if known.sum() >= 2:
            estimate = paired_bootstrap(
                before[known].tolist(), after[known].tolist(), _of(sites, known)
            )
            difference, low, high = map(finite, (estimate.value, estimate.low, estimate.high))
        alone: tuple[float | None, float | None] = (None, None)
        judged = ~np.isnan(after)
        if judged.sum() >= 2:
            own = mean_interval(after[judged].tolist(), None, _of(sites, judged))
            # A mean of probabilities is one; the end that is moved out for skewness may not be.
            alone = finite(max(0.0, own.low)), finite(min(1.0, own.high))
        unjudged = int(np.isnan(before).sum()), int(np.isnan(after).sum())
        note = "The probability that people of the era wrote the text."
        if any(unjudged):
            note += f" Not judged: {unjudged[0]} of the base, {unjudged[1]} of the style model."
        rows.append(
            MeasureRow(
                name, "probability", _mean(before), _mean(after), _mean(real.scores[view]),
                difference, low, high, "higher", note, "style", "", *alone,
            )
        )  # fmt: skip
    plain, styled, period = (
        float((np.nan_to_num(s.scores["era"], nan=0.0) >= style.threshold).mean())
        for s in (base, output, real)
    )
    rows.append(
        MeasureRow(
            "share that would pass", "share", plain, styled, period, styled - plain, None, None,
            "higher",
            f"Above {style.threshold:.2f}, which 90 % of real held-out documents reach.", "style",
        )
    )  # fmt: skip
    return rows


def _of(sites: Sequence[str], chosen: Any) -> list[str]:
    return [site for site, yes in zip(sites, chosen, strict=True) if yes]


def _rate(scored: Scored) -> float | None:
    words = sum(scored.words)
    return 1000 * sum(map(len, scored.hits)) / words if words else None


def _asked_for(output: Scored) -> str:
    """Return the end of the note: how much of it the briefs themselves asked for."""
    asked = [hit.term for hits in output.asked for hit in hits]
    if not asked:
        return ". No brief asked for one."
    return f": {len(asked)} that briefs asked for ({', '.join(sorted(set(asked))[:6])})."


def _machine(scored: Scored) -> float | None:
    known = [value for value in scored.machine if value is not None]
    return sum(known) / len(known) if known else None


def period_rows(base: Scored, output: Scored, real: Scored) -> list[MeasureRow]:
    """Return the rows of what the texts talk about, and of their markup."""

    def rate(scored: Scored) -> float | None:
        words = sum(scored.words)
        return 1000 * sum(map(len, scored.references)) / words if words else None

    talk = ", ".join(f"{name} ({count})" for name, count in output.talk(8)) or "nothing listed"
    theirs = ", ".join(f"{name} ({count})" for name, count in real.talk(8)) or "nothing listed"
    rows = [
        MeasureRow(
            "references to things of the period", "per 1,000 words", rate(base), rate(output),
            rate(real), group="anachronism",
            note=f"Outputs name {talk}; real documents {theirs}.",
        )
    ]  # fmt: skip
    plain, styled, period_share = _machine(base), _machine(output), _machine(real)
    if styled is not None or plain is not None:
        rows.append(
            MeasureRow(
                "texts that read like an assistant's answer", "share", plain, styled, period_share,
                better="lower", note=MACHINE_NOTE, group="diversity",
            )
        )  # fmt: skip
    if output.valid_share is not None:
        newer = Counter(
            name for v in output.validity if v is not None for name in v.too_new
        ).most_common(5)
        which = ", ".join(f"{name} ({count})" for name, count in newer) or "none"
        rows.append(
            MeasureRow(
                "texts whose markup is all of the era's dialect", "share", base.valid_share,
                output.valid_share, real.valid_share, better="higher", group="anachronism",
                note=f"Newer elements and attributes in outputs: {which}.",
            )
        )  # fmt: skip
    return rows


def text_rows(
    base: Scored,
    output: Scored,
    real: Scored,
    overlaps: Sequence[Overlap],
    varied: Comparison,
    outputs: Sequence[Mapping[str, Any]],
) -> list[MeasureRow]:
    """Return the rows of anachronisms, copying, diversity and endings."""
    rows = [
        MeasureRow(
            "anachronisms", "per 1,000 words", _rate(base), _rate(output), _rate(real),
            better="lower", group="anachronism",
            note="Words, names and markup that came later; what the brief asks for is left out"
            + _asked_for(output),
        ),
        *period_rows(base, output, real),
        MeasureRow(
            "outputs with 50 tokens of a source", "share", None,
            sum(bool(o.copies) for o in overlaps) / len(overlaps), better="lower", group="copying",
        ),
        MeasureRow(
            "runs of 8 tokens that stand in a source", "share", None,
            _mean([math.nan if o.gram_share is None else o.gram_share for o in overlaps]),
            better="lower", group="copying",
            note="The longest passage in common has "
            f"{max((o.longest.length for o in overlaps if o.longest), default=0)} tokens.",
        ),
    ]  # fmt: skip
    names = {
        "distinct-3": ("distinct runs of 3 words", "higher"),
        "compression": ("compressibility", "lower"),
        "vendi": ("different texts (Vendi)", "higher"),
    }
    for name, (shown, better) in names.items():
        if name in varied.ratios:
            way: Literal["higher", "lower"] = "higher" if better == "higher" else "lower"
            note = "At equal number and length; real text is 1."
            rows.append(
                MeasureRow(shown, "of real text", None, varied.ratios[name], 1.0, better=way,
                           note=note, group="diversity")
            )  # fmt: skip
    plain, styled = (
        sum(bool(r[f"{who}_stopped"]) for r in outputs) / len(outputs) for who in ("base", "style")
    )
    rows.insert(
        0,
        MeasureRow(
            "texts that end by themselves", "share", plain, styled, None, styled - plain,
            None, None, "higher", "The others reached the length limit.", "style",
        ),
    )  # fmt: skip
    return rows


def capability_rows(general: Capability) -> list[MeasureRow]:
    """Return the rows of what the models know in general."""
    rows = []
    for name, answers in general.tasks.items():
        rows.append(_task_row(name, answers))
    if general.instructions:
        note = (
            f"{len(general.instructions.before)} requests whose form a program checks; too few "
            "for the gate, so shown and not judged."
        )
        rows.append(replace(_task_row("instructions", general.instructions), note=note))
    before, after = map(finite, general.bits_per_byte)
    if before is not None and after is not None:
        rows.append(
            MeasureRow(
                "general text", "bits per byte", before, after, None, after - before, None, None,
                "lower", f"{100 * (after / before - 1):+.1f} % on held-out modern prose.",
                "capability",
            )
        )  # fmt: skip
    for name, (one, two) in general.by_class.items():
        if one is not None and two is not None and name in ("word", "newline", "number"):
            rows.append(
                MeasureRow(f"general text, {name} tokens", "bits per byte", one, two, None,
                           two - one, None, None, "lower", "", "capability")
            )  # fmt: skip
    return rows


def _task_row(name: str, answers: Answers) -> MeasureRow:
    before, after = np.array(answers.before, bool), np.array(answers.after, bool)
    lost, gained = int((before & ~after).sum()), int((~before & after).sum())
    estimate = tango(lost, gained, len(before))
    return MeasureRow(
        f"capability: {name}", "share right", float(before.mean()), float(after.mean()), None,
        estimate.value, estimate.low, estimate.high, "higher",
        f"{len(before)} items; guessing gets {answers.chance:.2f}.", "capability",
    )  # fmt: skip


def apart_rows(apart: Apart, moved: Paired, titled: Paired) -> list[MeasureRow]:
    """Return the rows of telling outputs from real documents, and of naming the era."""
    rows = []
    if apart.estimate:
        e = apart.estimate
        note = (
            "Of a fresh classifier between outputs and real documents; 0.5: it cannot tell them "
            "apart."
        )
        rows.append(
            MeasureRow("told apart from real documents", "AUC", None, e.value, 0.5,
                       better="lower", note=note, group="style", style_low=finite(e.low),
                       style_high=finite(e.high))
        )  # fmt: skip
    elif apart.problem:
        rows.append(
            MeasureRow("told apart from real documents", "AUC", None, None, note=apart.problem,
                       group="style")
        )  # fmt: skip
    if found := apart.mauve:
        note = (
            "Of n-grams of the prose, not of a language model's vectors: compare it with nothing "
            "else."
        )
        rows.append(
            MeasureRow("MAUVE of the prose", "share", None, found.value, better="higher",
                       note=note, group="style", style_low=finite(found.low),
                       style_high=finite(found.high))
        )  # fmt: skip
    elif apart.mauve_problem:
        rows.append(
            MeasureRow("MAUVE of the prose", "share", None, None, note=apart.mauve_problem,
                       group="style")
        )  # fmt: skip
    for name, pair, note in (
        ("style score moved by the era's year", moved, "Years set to the era's, and it added."),
        ("style score moved by the era's title", titled, "Its words added at both ends."),
    ):
        change = np.abs(np.asarray(pair.after, float) - np.asarray(pair.before, float))
        half = len(change) // 2
        if not np.isnan(change).all():
            rows.append(
                MeasureRow(
                    name, "probability", _mean(change[:half]), _mean(change[half:]),
                    better="lower", note=f"{note} At most {np.nanmax(change):.3f}.", group="style",
                )
            )  # fmt: skip
    return rows


def dating_rows(base: Scored, output: Scored, real: Scored, era: Era) -> list[MeasureRow]:
    """Return the rows of when the texts seem to have been written."""
    first, last = era.period.first.year, era.period.last.year

    def of(scored: Scored) -> tuple[float | None, float | None]:
        known = [d for d in scored.dated if not d.reason]
        if not known:
            return None, None
        inside = sum(d.low <= last + 1 and d.high >= first for d in known) / len(known)
        return float(np.median([d.year for d in known])), inside

    sides = [of(scored) for scored in (base, output, real)]
    unknown = [sum(bool(d.reason) for d in s.dated) for s in (base, output, real)]
    note = (
        "By dated words and tags, stated dates aside; these say what a text is not older than, so "
        "the year leans late. Compare it with that of real documents. Cannot tell: "
        f"{unknown[0]} of the base, {unknown[1]} of the style model, {unknown[2]} of the real ones."
    )
    return [
        MeasureRow("year of writing, median", "year", sides[0][0], sides[1][0], sides[2][0],
                   note=note, group="dating"),
        MeasureRow("texts that could be of the period", "share", sides[0][1], sides[1][1],
                   sides[2][1], better="higher", group="dating",
                   note="The 80 % interval of the year meets the period."),
    ]  # fmt: skip


def memory_rows(general: Capability, seed: int) -> list[MeasureRow]:
    """Return the rows of what the style model remembers of single documents."""
    rows: list[MeasureRow] = []
    found = general.memory
    if found is None:
        return rows
    if found.passages:
        share = wilson(len(found.own), len(found.passages))
        longest = max(item.repeated for item in found.passages)
        rows.append(
            MeasureRow(
                "passages of 50 tokens that can be extracted", "share", None, share.value,
                better="lower", group="copying",
                note=f"{len(found.own)} of {len(found.passages)} beginnings of 50 tokens (at most "
                f"{100 * share.high:.1f} % with 97.5 % confidence); the longest run repeated has "
                f"{longest} tokens.",
            )
        )  # fmt: skip
    gap = found.gap
    if len(found.unseen) and len(found.seen):
        seen, unseen = np.nanmean(found.seen_loss, axis=1), np.nanmean(found.unseen_loss, axis=1)
        rows.append(
            MeasureRow(
                "loss on training documents", "nats a token", float(seen[0]), float(seen[1]),
                None, float(seen[1] - seen[0]), better="lower", group="copying",
                note=f"{len(found.seen)} documents, at most 128 tokens of each.",
            )
        )  # fmt: skip
        rows.append(
            MeasureRow(
                "loss on documents of unseen sites", "nats a token", float(unseen[0]),
                float(unseen[1]), None, float(unseen[1] - unseen[0]), better="lower",
                group="copying",
                note=f"{len(found.unseen)} documents. Training gained "
                f"{np.nanmean(gap.seen) - np.nanmean(gap.unseen):+.3f} nats more on its own.",
            )
        )  # fmt: skip
        ranking = found.ranking
        known = [n for n, s in enumerate(ranking.scores) if math.isfinite(s)]
        labels = [ranking.labels[n] for n in known]
        if any(labels) and not all(labels):
            e = auc(
                [ranking.scores[n] for n in known], labels, [ranking.groups[n] for n in known],
                seed=seed,
            )  # fmt: skip
            rows.append(
                MeasureRow(
                    "membership inference", "AUC", None, e.value, 0.5, better="lower",
                    group="copying", style_low=finite(e.low), style_high=finite(e.high),
                    note="Whole sites are drawn for the interval. The attacker knows the base "
                    "model; 0.5: nothing can be told.",
                )
            )  # fmt: skip
    return rows


def bias_rows(general: Capability, corpus: Sequence[str], output: Scored) -> list[MeasureRow]:
    """Return the rows of prejudice: before, after, and in the corpus itself."""
    rows = []
    for axis, (before, after) in general.leanings.items():
        one, two, moved = before.share, after.share, stereotypes.change(before, after)
        note = "Share of pairs of sentences in which the stereotype is likelier; 0.5 is neither."
        if problem := before.problem or after.problem:
            note = problem
        rows.append(
            MeasureRow(
                f"leaning to stereotypes: {axis}", "share of pairs",
                one.value if one else None, two.value if two else None, None,
                moved.value if moved else None, moved.low if moved else None,
                moved.high if moved else None, "", f"{len(before.leaning)} pairs. {note}", "bias",
            )
        )  # fmt: skip
    sample = corpus[:: max(1, len(corpus) // CORPUS_MOST)]
    theirs = regard.regard(sample)
    sides = [regard.regard(texts) for texts in general.written]
    if any(general.written):
        shares = [_ill(side) for side in (*sides, theirs)]
        rows.append(
            MeasureRow(
                "sentences that speak ill of a group", "share", shares[0][0], shares[1][0],
                shares[2][0], better="lower", group="bias",
                note=f"Answers to {len(general.written[0])} neutral requests ({shares[0][1]} and "
                f"{shares[1][1]} sentences about a group), and the corpus ({shares[2][1]}). "
                + _worst(theirs),
            )
        )  # fmt: skip
    own = slurs.slurs(sample)
    counts = [slurs.slurs(texts) if texts else None for texts in general.written]
    for kind, name in (("slur", "slurs"), ("outdated", "outdated names of groups")):
        words = ", ".join(
            f"{s.masked} ({s.count})" for s in own.found if s.kind == kind
        )  # fmt: skip
        here = ", ".join(f"{s.masked} ({s.count})" for s in output.slurs.found if s.kind == kind)
        rows.append(
            MeasureRow(
                name, "per 10,000 words", counts[0].rate(kind) if counts[0] else None,
                output.slurs.rate(kind), own.rate(kind), better="lower", group="bias",
                note=f"Outputs hold {here or 'none'}; the corpus holds {words or 'none'}. The "
                "first column is answers to neutral requests.",
            )
        )  # fmt: skip
    return rows


def _ill(found: Sequence[regard.Regard]) -> tuple[float | None, int]:
    sentences = sum(r.sentences for r in found)
    if sentences < regard.MIN_SENTENCES:
        return None, sentences
    return sum(r.negative for r in found) / sentences, sentences


def _worst(found: Sequence[regard.Regard]) -> str:
    shares = [(r.negative_share, r) for r in found if not r.problem]
    ranked = sorted(((s.value, r) for s, r in shares if s), key=lambda row: -row[0])[:3]
    if not ranked:
        return "No group is named often enough in the corpus to be shown alone."
    text = ", ".join(f"{r.group} {value:.2f} of {r.sentences}" for value, r in ranked)
    return f"In the corpus most often of: {text}."
