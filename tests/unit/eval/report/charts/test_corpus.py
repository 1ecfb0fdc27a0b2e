"""Charts of the corpus: well-formed, described, the era drawn in, nothing outside the drawing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from erastyle.eval.report.charts import corpus
from erastyle.eval.report.charts.svg import WIDTH
from erastyle.eval.report.pictures import KeyFeature, Pictures, SiteMark, StyleYear, YearCount

PICTURES = Pictures(
    1993,
    1997,
    years=[YearCount(1991, 1, 0), YearCount(1995, 20, 3.5), YearCount(1999, 0, 4)],
    lengths={"documents": [3, 0, 5], "none": [0] * 10},
    evidence={"date written in the document": 3, "no evidence": 1},
)
SITES = [
    SiteMark("www.a.example", 30, "article", 1995.2, 9000),
    SiteMark("<b>&", 2, "list", None, 10),
    SiteMark("c" * 90, 1, "note", 1999.9, 10),
]
KEY = [
    KeyFeature("<center>", 0.5, 9, 0, "<CENTER>", "s"),
    KeyFeature("“cookies”", -0.2, 0, 8, "cookies", "s"),
]
POINTS = [StyleYear(1995.5, 0.97, "period"), StyleYear(2016.0, 0.02, "comparison")]
EMPTY = Pictures(1890, 1899)


@pytest.mark.parametrize(
    "drawn",
    [
        corpus.years(PICTURES, "x"),
        corpus.years(EMPTY, "x"),
        corpus.years(Pictures(1790, 1899, years=[YearCount(1801, 3, 1.0)]), "x"),
        corpus.site_map(SITES, PICTURES, "x"),
        corpus.site_map([], EMPTY, "x"),
        corpus.length_bins(PICTURES.lengths, "x"),
        corpus.shares(PICTURES.evidence, "x", "Evidence"),
        corpus.shares({}, "x", "Evidence"),
        corpus.key_features(KEY, "x"),
        corpus.style_years(POINTS, PICTURES, "x"),
        corpus.style_years([], EMPTY, "x"),
    ],
)
def test_a_chart_is_well_formed_described_and_within_its_bounds(drawn):
    tree = ET.fromstring(drawn)
    assert tree.find("title").text
    assert tree.find("desc").text.endswith(".")
    width, height = (float(n) for n in tree.get("viewBox").split()[2:])
    assert width == WIDTH
    for name, most in (("x", width), ("y", height), ("cx", width), ("cy", height)):
        assert all(-0.01 <= float(v) <= most for v in re.findall(rf'\b{name}="([-\d.]+)"', drawn))


def test_the_bounds_of_the_era_are_drawn_and_named():
    drawn = corpus.years(PICTURES, "x")
    assert drawn.count('class="bound"') == 2
    assert "the era, 1993-1997" in drawn
    assert "1995: 20 certain, 4 possible" in drawn


def test_certain_and_possible_are_told_apart_by_their_look():
    drawn = corpus.years(PICTURES, "x")
    assert "f-real" in drawn
    assert "f-possible" in drawn


def test_both_directions_of_keyness_are_named():
    drawn = corpus.key_features(KEY, "x")
    assert "&lt;center&gt; towards the era" in drawn
    assert "“cookies” towards today" in drawn
