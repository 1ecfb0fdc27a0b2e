"""The report of texts of any origin that were scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from erastyle.corpus.document import Document
from erastyle.corpus.era import Era
from erastyle.eval.metric import Metric
from erastyle.eval.report.build import describe
from erastyle.eval.report.parts import Sample, TextMark
from erastyle.eval.report.report import Report
from erastyle.eval.score_texts import Score
from erastyle.pipeline.runtime import manifest

Better = Literal["higher", "lower", ""]


def page(
    scores: Sequence[Score],
    texts: Sequence[Document],
    era: Era,
    problems: Sequence[str],
    warning: str = "",
) -> Report:
    """Return the report of some files, for `erastyle.eval.report.page.write`."""
    styles = [s.style.get("era") for s in scores if s.style.get("era") is not None]
    return Report(
        title=f"{len(scores)} {'text' if len(scores) == 1 else 'texts'}, held against {era.title}",
        era_title=era.title,
        created=manifest.now().strftime("%Y-%m-%d %H:%M UTC"),
        given=True,
        verdict_sentence="These texts were not made by a run, so no gate was evaluated.",
        measures=_rows(scores),
        samples=[_sample(s, d) for s, d in zip(scores, texts, strict=True)],
        distributions={"era": {"style": styles}} if styles else {},
        caveats=[
            *([warning] if warning else []),
            *problems,
            *sorted({f"{s.source}: {s.problem}" for s in scores if s.problem})[:40],
            "Anachronisms are found from lists of dated words and markup. Words and markup that "
            "are not listed are not found.",
        ],
    )


def _rows(scores: Sequence[Score]) -> list[Metric]:
    """Return one row for each measure that has a value, over all texts."""
    rows = []
    for view in ("markup", "prose", "era"):
        values = [v for s in scores if (v := s.style.get(view)) is not None]
        if values:
            name = "style, the lower of the two" if view == "era" else f"style of the {view}"
            id_ = "style_score" if view == "era" else f"style_score.{view}"
            note = f"{len(values)} of {len(scores)} texts could be judged."
            mean = sum(values) / len(values)
            rows.append(_row(id_, name, "probability", mean, "style", better="higher", note=note))
    words = sum(s.words for s in scores)
    if words:
        late = 1000 * sum(len(s.anachronisms) for s in scores) / words
        own = 1000 * sum(len(s.references) for s in scores) / words
        unit, group = "per 1,000 words", "anachronism"
        rows.append(_row("anachronisms", "anachronisms", unit, late, group, better="lower"))
        name = "references to things of the period"
        rows.append(_row("references", name, unit, own, group))
    compared = [bool(s.copies) for s in scores if s.longest_copy is not None]
    if compared:
        name, share = "texts with 50 tokens of a source", sum(compared) / len(compared)
        rows.append(_row("copied", name, "share", share, "copying", better="lower"))
    return rows


def _row(
    id_: str,
    name: str,
    unit: str,
    value: float,
    group: str,
    *,
    better: Better = "",
    note: str = "",
) -> Metric:
    return Metric(id=id_, name=name, unit=unit, style=value, better=better, note=note, group=group)


def _sample(score: Score, document: Document) -> Sample:
    return Sample(
        brief=score.source,
        kind="sample",
        format=document.format,
        base="",
        style=document.body,
        scores={f"{view} score": value for view, value in score.style.items()},
        anachronisms=[describe(hit) for hit in score.anachronisms[:40]],
        marks=[TextMark(h.start, h.end, "anachronism", describe(h)) for h in score.anachronisms],
        facts=_facts(score),
    )


def _facts(score: Score) -> dict[str, str]:
    """Return the other facts of a text in words, for its sample."""
    when = f"about {score.date_best}" if score.date_best else "cannot tell"
    if score.date_from and score.date_to:
        when += f", {score.date_from[:4]} to {score.date_to[:4]}"
    facts = {"dated": f"{when} ({score.date_evidence})" if score.date_evidence else when}
    facts |= {"verdict": score.sentence, "by style": by_style(score)}
    facts["words"] = f"{score.words:,}"
    if score.references:
        facts["of its time"] = ", ".join(list(dict.fromkeys(score.references))[:8])
    if score.copies:
        facts["copied"] = "; ".join(f"{n} tokens of {name}" for n, name in score.copies[:4])
    if score.problem:
        facts["not judged"] = score.problem
    return facts


def by_style(score: Score) -> str:
    """Return when a text was written by its style, in words.

    >>> by_style(Score("a", "text", 90, style_year=1995, style_year_low=1993, style_year_high=1997))
    'written about 1995, 1993-1997 with 80 %'
    """
    if score.style_year is None:
        return score.style_dating
    span = f"{score.style_year_low}-{score.style_year_high}"
    only = f", {score.style_dating}" if score.style_dating.startswith("if") else ""
    return f"written about {score.style_year}, {span} with 80 %{only}"
