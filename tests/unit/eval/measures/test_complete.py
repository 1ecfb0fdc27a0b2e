"""Complete: texts that end, pages that a browser shows, and both lines of the gate."""

from __future__ import annotations

from erastyle.corpus.era import Gate
from erastyle.eval.measures import complete
from erastyle.eval.measures.complete import CompleteResult

GOOD, OPEN = "", "the title is never closed"


def test_both_shares_have_a_metric_and_a_line_with_the_reasons() -> None:
    pages = ([GOOD], [GOOD, OPEN, OPEN, GOOD], [GOOD, GOOD])
    result = CompleteResult(([True], [True, False, False, True]), [True] * 3 + [False], pages)
    ended, shown = complete.metrics(result)
    assert (ended.base, ended.style, ended.real) == (1.0, 0.5, 0.75)
    assert (shown.base, shown.style, shown.real) == (1.0, 0.5, 1.0)
    assert shown.note == "Of the others: the title is never closed (2)."
    lines = complete.check(result, Gate(), 1)
    assert [(line.id, line.value) for line in lines] == [("ended", 0.5), ("shown", 0.5)]


def test_an_era_of_plain_text_has_no_line_of_rendering() -> None:
    result = CompleteResult(([True], [True]), [True], None)
    assert [metric.id for metric in complete.metrics(result)] == ["ended"]
    assert [line.id for line in complete.check(result, Gate(), 1)] == ["ended"]
    assert set(complete.items(result)) == {"ended"}


def test_texts_need_not_end_more_often_than_real_documents_do() -> None:
    ended = [True] * 10 + [False] * 90
    lines = []
    for short in (0.05, 0.9):
        real = [n < 200 * short for n in range(200)]
        lines += complete.check(CompleteResult((ended, ended), real, None), Gate(), 1)
    few, many = lines
    assert few.verdict == "PASS", "against 5 % of real documents"
    assert many.verdict != "PASS"
    assert many.p_fail is not None
    assert many.p_fail < 1e-6, "against 90 %"


def test_an_era_of_which_no_document_is_so_short_has_a_limit_all_the_same() -> None:
    (line,) = complete.check(CompleteResult(([True], [False] * 9), [False] * 40, None), Gate(), 1)
    assert line.verdict == "INCONCLUSIVE"
