"""Adherence: the rank of the own brief is judged, and titles are looked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from erastyle.corpus.era import Gate
from erastyle.eval.adherence.own_brief import OwnBrief
from erastyle.eval.measures import adherence
from erastyle.eval.style.features import Text

ECHO = ([0.1] * 40,) * 3


def own(value: float) -> OwnBrief:
    return OwnBrief(np.full(40, value), np.full(40, value == 1.0))


def test_the_line_is_of_the_fine_tuned_model_and_the_table_of_all() -> None:
    result = adherence.AdherenceResult(
        (own(0.5), own(0.9), own(1.0)), ((), (), ()), ECHO, ["s"] * 40
    )
    above, first, _ = adherence.metrics(result)
    assert (above.base, above.style, above.real) == (0.5, 0.9, 1.0)
    assert (first.style, first.real) == (0.0, 1.0)
    result = adherence.AdherenceResult(
        (own(0.5), own(0.9), own(1.0)), ((), (), ()), ECHO, [f"s{n}" for n in range(40)]
    )
    (line,) = adherence.check(result, Gate(), 1)
    assert (line.verdict, line.value) == ("PASS", 0.9)


def test_few_briefs_leave_the_line_open_but_titles_are_counted() -> None:
    documents = [
        SimpleNamespace(id=str(n), title=f"Kite  {n}", split="test", prose="p", origin="period")
        for n in range(3)
    ]
    rows = [
        {"brief": f"Write “Kite {n}”.", "real": f"<TITLE>Kite {n}</TITLE>", "document_id": str(n)}
        for n in range(2)
    ]
    rows.append({"brief": "A page about wind.", "real": "<P>Wind", "document_id": "2"})
    given = SimpleNamespace(
        outputs=rows,
        documents=documents,
        training=[],
        format="html",
        briefs=[row["brief"] for row in rows],
        base=SimpleNamespace(texts=[Text("<P>Boats")] * 3),
        style=SimpleNamespace(
            texts=[Text("<TITLE>kite 0</TITLE>"), Text("<P>Boats"), Text("")], sites=["a"] * 3
        ),
    )
    result = adherence.measure(cast(Any, given))
    _, title = adherence.metrics(result)
    assert (title.base, title.style, title.real) == (0.0, 0.5, 1.0)
    assert "2 texts whose brief names a title" in title.note
    (line,) = adherence.check(result, Gate(), 1)
    assert line.verdict == "INCONCLUSIVE"
    assert "too few to rank" in line.explanation
