"""Dating by style, on small made-up corpora whose years are known."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np
import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval.dating import lexical
from erastyle.eval.dating.learned import DatingModel
from erastyle.eval.style.features import Text

OLD = "the parish council resolved that the road to the mill be mended before the harvest".split()
MIDDLE = (
    "please send me mail if a link on this page of mine does not work with your browser".split()
)
EARLY = "diskette modem workbench floppy".split()
LATE = "frames applet shockwave webmaster".split()


def text(year: int, seed: int) -> Text:
    draw = random.Random(f"{year} {seed}")
    if year < 1940:
        return Text(" ".join(draw.choice(OLD) for _ in range(60)), format="text")
    share = (year - 1990) / 10
    extra = [draw.choice(LATE if draw.random() < share else EARLY) for _ in range(40)]
    words = extra + [draw.choice(MIDDLE) for _ in range(40)]
    draw.shuffle(words)
    return Text(" ".join(words), format="text")


def corpus() -> tuple[list[Text], list[int], list[str]]:
    rows = [
        (year, f"{'old' if year < 1940 else 'mid'} {site}", 10 * site + n)
        for site in range(8)
        for n, year in enumerate((1890, 1910, 1991, 1993, 1995, 1997, 1999))
    ]
    return [text(y, n) for y, _, n in rows], [y for y, _, _ in rows], [s for _, s, _ in rows]


@pytest.fixture(scope="module")
def model() -> DatingModel:
    return DatingModel.fit(*corpus(), seed=3)


def test_a_text_is_dated_to_its_age_and_within_it(model):
    old, early, late = model.date([text(1900, 500), text(1991, 501), text(1999, 502)])
    assert old.year < 1940
    assert 1985 < early.year < late.year < 2004
    assert early.low < early.year < early.high


def test_shares_are_a_distribution_over_decades_and_then_years(model):
    (found,) = model.date([text(1995, 503)])
    assert math.isclose(sum(found.shares), 1)
    assert len(found.shares) == len(found.bins)
    widths = {last - first for first, last in found.bins if last < 1980}
    assert widths == {9}
    assert {last - first for first, last in found.bins if first >= 1980} == {0}


def test_the_evidence_names_words_and_by_how_many_years_they_moved_it(model):
    (found,) = model.date([text(1999, 504)], most=40)
    moved = {e.what: e.years for e in found.evidence if not e.not_before}
    assert max(moved.get(word, 0) for word in LATE) > 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "too short"),
        ("Hello", "too short"),
        ("1995 " * 100, "too short"),
        ("\0\ufffd" * 400 + " word" * 30, "not text"),
        ("Willkommen auf meiner Heimatseite hier gibt es viele schöne Bilder " * 9,
         "not the language of the model"),
    ],
)  # fmt: skip
def test_what_cannot_be_dated_has_a_reason_and_a_flat_distribution(model, body, reason):
    given = Text(body, format="text")
    for found in (model.date([given])[0], lexical.prior(given)):
        assert found.reason == reason
        assert math.isnan(found.year)
        assert math.isnan(found.low)
        per_year = [s / (b - a + 1) for s, (a, b) in zip(found.shares, found.bins, strict=True)]
        assert max(per_year) == pytest.approx(min(per_year))


def test_ten_megabytes_are_dated_by_their_start(model):
    huge = Text(text(1993, 505).body + " word" * 2_000_000, format="text")
    assert 1980 <= model.date([huge])[0].year <= 2004


def test_a_stated_year_moves_no_date(model):
    plain = text(1993, 506)
    stated = Text(f"1999 {plain.body} 1999", format="text")
    one, two = model.date([plain, stated])
    assert one.year == pytest.approx(two.year)


def test_measured_intervals_hold_about_their_share(model):
    assert 0.7 <= np.mean(list(model.report.held.values())) <= 0.95
    assert model.report.error[1980] < 2.5


def test_a_dated_word_bounds_a_text_without_training():
    words = "we met the whole family and they told us of the " * 4
    found = lexical.prior(Text(words + "smartphone and of Wikipedia", format="text"))
    assert found.year > 2000
    assert {"Wikipedia", "smartphone"} <= {e.what for e in found.evidence}


def test_tags_bound_a_page_without_training():
    words = "this is the page of our club and it has news of it for you all " * 3
    plain = lexical.prior(Text(f"<html><body><p>{words}</p></body></html>", words))
    newer = lexical.prior(
        Text(f"<html><body><video src=a controls></video><p>{words}</p></body></html>", words)
    )
    assert plain.year < newer.year
    assert newer.low > 2000


def test_without_dated_words_nothing_can_be_told():
    words = "it was of no use to them and so they went on with it as they had " * 4
    assert lexical.prior(Text(words, format="text")).reason == "no dated word or tag"


def test_a_saved_model_dates_the_same(model, tmp_path):
    file = tmp_path / "dating.skops"
    again = DatingModel.load(file, model.save(file))
    texts = [text(1900, 1), text(1996, 2)]
    assert again.date(texts) == model.date(texts)
    assert again.report == model.report


def test_a_tampered_file_is_refused(model, tmp_path):
    file: Path = tmp_path / "dating.skops"
    sha256 = model.save(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="sha256 differs"):
        DatingModel.load(file, sha256)


def test_a_site_that_is_held_for_a_test_is_refused():
    texts, years, sites = corpus()
    with pytest.raises(ModelError, match="'old 1'"):
        DatingModel.fit(texts, years, sites, held={"gate test": ["old 1"]})


def test_one_site_is_not_enough():
    texts, years, _ = corpus()
    with pytest.raises(ModelError, match="of other sites"):
        DatingModel.fit(texts, years, ["one"] * len(texts))
