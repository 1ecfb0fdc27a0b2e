"""Keyness: words and tags that move scores, each with a passage of a real document."""

from __future__ import annotations

from typing import Any

from erastyle.eval.report.keyness import keyness
from tests.unit.eval.report.test_corpus_view import document


class Told:
    """A classifier that says what each text holds."""

    def explain(self, text: Any, most: int) -> list[tuple[str, float]]:
        del most
        moved = [("tag:center", 0.5)] if "<CENTER>" in text.body else [("cookies", -0.4)]
        return [*moved, ("rare", 9.0)] if "rare" in text.body else moved


def test_features_have_counts_of_both_sides_an_example_and_its_source():
    old = [document(id=str(n), body="<CENTER>Welcome</CENTER>", source=f"o{n}") for n in range(3)]
    new = [
        document(id=f"m{n}", body="We use cookies here.", source=f"m{n}", origin="modern")
        for n in range(3)
    ]
    old[0] = document(id="0", body="<CENTER>Welcome</CENTER> rare", source="o0")
    towards, against = keyness(old, new, Told())  # type: ignore[arg-type]
    assert (towards.what, towards.period, towards.comparison, towards.by) == (
        "<center>",
        3,
        0,
        0.25,
    )
    assert "<CENTER>Welcome" in towards.example
    assert towards.source == "o0"
    assert (against.what, against.comparison, against.source) == ("“cookies”", 3, "m0")
    assert "use cookies here" in against.example


def test_a_feature_without_a_passage_is_left_out():
    old = [document(id=str(n), body="nothing") for n in range(4)]

    class Structure:
        def explain(self, text: Any, most: int) -> list[tuple[str, float]]:
            del text, most
            return [("structure:html no", 1.0)]

    assert keyness(old, [], Structure()) == []  # type: ignore[arg-type]
