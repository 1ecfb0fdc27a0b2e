"""What a report shows beside its numbers: nearest documents, marked phrases, the corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from erastyle.corpus.copying.nearest import Nearest
from erastyle.corpus.document import Document
from erastyle.eval.anachronism import hits
from erastyle.eval.material import Material
from erastyle.eval.report.numbers import number
from erastyle.eval.report.parts import (
    Corpus,
    Influence,
    NearestDocument,
    RowsFile,
    Sample,
    TextMark,
)
from erastyle.eval.style import explain
from erastyle.eval.style.features import Text, prose_of
from erastyle.pipeline.runtime.manifest import Manifest
from erastyle.train.data.learnt import LearntIds

MOST = 12
"""Words and tags that moved a score, as shown with it."""
MARKED = 24
"""Words and tags that are marked in a text, those that moved its score most."""
UNDATED = "no date"
SPAN = 20
"""Years within which a date says something in a timeline."""


def row_file(out: Path, path: str, what: str) -> RowsFile:
    """Return what is in a Parquet file of this score."""
    import pyarrow.parquet as pq

    schema, count = pq.read_schema(out / path), pq.read_metadata(out / path).num_rows
    return RowsFile(path, what, count, {field.name: str(field.type) for field in schema})


def energy(done: Mapping[str, Manifest]) -> dict[str, float]:
    """Return the kWh of each stage that measured them."""
    measured = {name: getattr(m, "measured", {}).get("energy_kwh") for name, m in done.items()}
    return {name: float(kwh) for name, kwh in measured.items() if kwh is not None}


def kwh_per_1000_pages(generate: Manifest) -> float | None:
    """Return the energy of 1,000 texts of the fine-tuned model, or None where it was not measured.

    Args:
        generate: Manifest of the generate stage.
    """
    used, each = (generate.measured.get(n) for n in ("energy_kwh", "seconds_per_answer"))
    answers = int(generate.stats["kept"])
    if used is None or each is None or not answers or generate.seconds <= 0:
        return None
    return 1000 * used * min(1.0, each * answers / generate.seconds) / answers


def year_of(document: Document) -> str:
    """Return the year or years a document is dated to, or nothing.

    >>> year_of(Document("", "", "", "text", "", "", date_from="1995-02-01", date_to="1996-01-01"))
    '1995 to 1996'
    """
    first, last = document.date_from[:4], document.date_to[:4]
    if not first or not last:
        return f"from {first}" if first else f"until {last}" if last else ""
    return first if first == last else f"{first} to {last}"


def corpus_of(documents: Sequence[Document], learnt: LearntIds | None = None) -> Corpus:
    """Return what the documents are.

    Args:
        documents: The documents of a split.
        learnt: Which of them the model learnt from; None: not known.
    """
    ours = [d for d in documents if d.origin != "modern"]

    def counts(of: str) -> dict[str, int]:
        return dict(Counter(str(getattr(d, of)) for d in ours).most_common())

    years = Counter(
        d.date_from[:4]
        for d in ours
        if d.date_from and d.date_to and d.date_from[:4] == d.date_to[:4]
    )
    return Corpus(
        documents=len(ours),
        contrast=len(documents) - len(ours),
        sites=len({d.site for d in ours}),
        words=sum(len((d.prose or d.body).split()) for d in ours),
        splits=counts("split"),
        learnt=len(learnt.documents) if learnt else None,
        learnt_at_most=bool(learnt and learnt.at_most),
        licences=counts("licence"),
        origins=counts("origin"),
        languages=counts("language"),
        formats=counts("format"),
        years=dict(sorted(years.items())),
        dated=sum(bool(d.date_from or d.date_to) for d in ours),
        first=min((d.date_from for d in ours if d.date_from), default=""),
        last=max((d.date_to for d in ours if d.date_to), default=""),
    )


def timeline(documents: Sequence[Document]) -> dict[str, int]:
    """Return the documents of each year, rounded; those without a date stand apart.

    A document that several years may hold counts in equal parts for each of them; one whose years
    span more than `SPAN` has no date for this purpose.
    """
    years: dict[int, float] = {}
    apart = 0
    for document in documents:
        if document.origin == "modern":
            continue
        first, last = document.date_from[:4], document.date_to[:4]
        span = int(last) - int(first) + 1 if first.isdecimal() and last.isdecimal() else 0
        if not 1 <= span <= SPAN:
            apart += 1
            continue
        for year in range(int(first), int(last) + 1):
            years[year] = years.get(year, 0.0) + 1 / span
    rounded = {str(year): round(count) for year, count in sorted(years.items())}
    return {**rounded, **({UNDATED: apart} if apart else {})}


def samples(shown: Sequence[Sample], material: Material) -> list[Sample]:
    """Return the samples with marks, what moved their scores, and the nearest training document."""
    outputs, training, cutoff = material.outputs, material.training, material.era.lexicon_cutoff
    ids = {(row["brief"], row["style"]): str(row["document_id"]) for row in outputs}
    index = Nearest.build([d.prose or d.body for d in training])
    near = index.find([prose_of(Text(s.style, "", s.format)) for s in shown])
    marked = []
    for sample, best in zip(shown, near, strict=True):
        text = Text(sample.style, "", sample.format)
        moved = [Influence(*m) for m in material.classifier.explain(text, MARKED)]
        changed = replace(
            sample,
            document_id=sample.document_id or ids.get((sample.brief, sample.style), ""),
            moved=[Influence(spoken(one.what), one.by) for one in moved[:MOST]],
            marks=marks(sample.style, sample.format, cutoff, sample.brief, moved),
        )
        if best is not None:
            document = training[best[0]]
            nearest = NearestDocument(
                document.id,
                document.source,
                year_of(document),
                document.licence,
                round(best[1], 3),
                len(index.places),
                document.origin,
            )
            changed = replace(
                changed, real=document.body, real_source=document.source, near=nearest
            )
        marked.append(changed)
    return marked


def marks(
    text: str, form: Any, cutoff: int, brief: str, moved: Sequence[Influence]
) -> list[TextMark]:
    """Return the anachronisms in `text`, and the words and tags that moved its style score."""
    later = [
        TextMark(
            h.start,
            h.end,
            "anachronism",
            f"{h.term}: {h.kind}, first seen {h.first_year} ({h.source})",
        )
        for h in hits.find(text, form, cutoff, brief)
        if not h.in_brief
    ]
    return [*later, *phrases(text, form, moved)]


def phrases(text: str, form: Any, moved: Sequence[Influence]) -> list[TextMark]:
    """Return where the words and tags stand that moved a score, in characters of `text`.

    >>> [(m.start, m.end, m.kind) for m in phrases("<B>Hi</B> you", "html", [Influence("hi", 0.5)])]
    [(3, 5, 'era')]
    """
    # Blanked tags leave every letter where it is, so places in the prose are places in the text.
    prose = hits.visible(text) if form == "html" else text
    return [
        TextMark(
            m.start,
            m.end,
            "era" if m.weight > 0 else "contrast",
            f"{number(m.weight, sign=True)} log odds",
        )
        for m in explain.marks([(one.what, one.by) for one in moved], Text(text, prose, form))
    ]


def spoken(name: str) -> str:
    """Return the name of a feature as a person should read it.

    >>> [spoken(n) for n in ("tag:/html", "case:upper", "attribute:body bgcolor", "the")]
    ['</html>', 'tags in upper case', '<body bgcolor>', '“the”']
    >>> [spoken(n) for n in ("two:p b", "closed:p none", "words:of the")]
    ['<p> then <b>', 'closed: p none', '“of the”']
    """
    kind, colon, rest = name.partition(":")
    if not colon or not rest or kind != kind.strip():
        return f"“{name}”"
    if kind in ("tag", "attribute"):
        return f"<{rest}>"
    if kind in ("word", "words", "pair"):
        return f"“{rest}”"
    if kind in ("two", "three"):
        return " then ".join(f"<{part}>" for part in rest.split())
    if kind in ("case", "attribute case"):
        return f"{'tags' if kind == 'case' else 'attributes'} in {rest} case"
    return f"{kind}: {rest}"
