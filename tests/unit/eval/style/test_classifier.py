"""The style classifier on small made-up corpora whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from erastyle.corpus.errors import ModelError
from erastyle.eval.style.classifier import StyleClassifier
from erastyle.eval.style.features import Text
from tests.style_pages import corpus, page


def test_pages_of_the_era_score_above_modern_pages(model):
    scores = model.scores([page("old upper", 999), page("new", 999)])
    assert scores["era"][0] > 0.8 > 0.2 > scores["era"][1]


def test_old_tags_around_modern_prose_do_not_pass(model):
    scores = model.scores([page("new upper", 999)])
    assert scores["markup"][0] > 0.8
    assert scores["prose"][0] < 0.2
    assert scores["era"][0] == min(scores["markup"][0], scores["prose"][0])


def test_a_plain_text_has_no_markup_score(model):
    old = page("old", 999)
    scores = model.scores([Text(old.prose, format="text")])
    assert np.isnan(scores["markup"][0])
    assert scores["era"][0] == scores["prose"][0] == scores["whole"][0]


@pytest.mark.parametrize("year", ["1995", "1890", "2024", " 1995 1995 1995 ", "in the nineties"])
def test_adding_a_year_moves_no_score(model, year):
    before = page("new", 5)
    after = Text(before.body, before.prose + f" {year}")
    names = ("prose", "whole", "era")
    one, two = model.scores([before]), model.scores([after])
    # `in the` stays where an era name is cut out: two function words, no more.
    assert all(abs(one[n][0] - two[n][0]) <= 0.01 for n in names)


@pytest.mark.parametrize(
    ("prose", "reason"),
    [
        ("", "too short"),
        ("Hello", "too short"),
        ("1995 " * 100, "too short"),
        ("\0\ufffd" * 400 + " word" * 30, "not text"),
        ("Willkommen auf meiner Heimatseite hier gibt es viele schöne Bilder " * 9,
         "not the language of the model"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_has_a_reason_and_no_number(model, prose, reason):
    text = Text(prose, format="text")
    assert model.reasons([text]) == [reason]
    assert all(np.isnan(values[0]) for values in model.scores([text]).values())
    assert model.explain(text) == []


def test_ten_megabytes_are_judged_by_their_start(model):
    text = page("old upper", 7)
    huge = Text(text.body + "<P>" + "word " * 2_000_000, text.prose + " word" * 2_000_000)
    assert 0 <= model.scores([huge])["era"][0] <= 1


def test_same_documents_same_model(model):
    again = StyleClassifier.fit(*corpus(), seed=3)
    text = [page("old upper", 999)]
    assert again.threshold == model.threshold
    assert again.scores(text)["era"][0] == model.scores(text)["era"][0]


def test_a_saved_model_scores_the_same(model, tmp_path):
    file = tmp_path / "style.skops"
    sha256 = model.save(file)
    again = StyleClassifier.load(file, sha256)
    texts = [page("old upper", 1), page("new", 2)]
    for name, values in model.scores(texts).items():
        np.testing.assert_array_equal(values, again.scores(texts)[name])
    assert again.report.to_json() == model.report.to_json()
    assert file.stat().st_size < 1_500_000


def test_a_tampered_file_is_refused(model, tmp_path):
    file = tmp_path / "style.skops"
    sha256 = model.save(file)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="sha256 differs"):
        StyleClassifier.load(file, sha256)


def test_a_file_that_would_run_code_is_refused_even_with_the_right_hash(tmp_path):
    import hashlib

    import skops.io

    file = tmp_path / "style.skops"
    skops.io.dump({"version": 1, "heads": Path("x")}, file)
    with pytest.raises(ModelError, match="only numbers"):
        StyleClassifier.load(file, hashlib.sha256(file.read_bytes()).hexdigest())
    file.write_bytes(b"not a zip")
    with pytest.raises(ModelError, match="not a style classifier"):
        StyleClassifier.load(file, hashlib.sha256(b"not a zip").hexdigest())
    with pytest.raises(ModelError, match="No such file"):
        StyleClassifier.load(tmp_path / "absent", "")


def test_three_sites_and_twenty_documents_are_enough():
    texts, labels, groups = corpus(sites=3, pages=7)
    model = StyleClassifier.fit(texts, labels, groups)
    assert model.report.held_out["prose"].auc.value > 0.9
    assert "no test set" in model.report.warnings[0]
    assert not model.report.test


def test_one_site_is_refused():
    texts, labels, _ = corpus(sites=3)
    with pytest.raises(ModelError, match="at least 2 sites"):
        StyleClassifier.fit(texts, labels, ["only.example"] * len(texts))


def test_too_few_documents_are_refused():
    texts, labels, groups = corpus(sites=3, pages=2)
    with pytest.raises(ModelError, match="at least 8 era documents"):
        StyleClassifier.fit(texts, labels, groups)
    with pytest.raises(ModelError, match="at least 8"):
        StyleClassifier.fit([], [], [])
    with pytest.raises(ModelError, match="one label and one site"):
        StyleClassifier.fit(texts, labels[:-1], groups)


def test_a_site_on_both_sides_does_not_straddle_a_fold():
    texts, labels, groups = corpus(sites=5)
    groups = [g.split()[-1] for g in groups]  # every site has both classes
    model = StyleClassifier.fit(texts, labels, groups)
    assert model.report.held_out["era"].auc.value > 0.9


def test_text_only_contrast_leaves_the_markup_head_out_and_says_so():
    texts, labels, groups = corpus()
    mixed = [t if y else Text(t.prose, format="text") for t, y in zip(texts, labels, strict=True)]
    model = StyleClassifier.fit(mixed, labels, groups)
    assert any(w.startswith("No markup head") for w in model.report.warnings)
    assert np.isnan(model.scores(texts[:1])["markup"][0])


def test_a_model_knows_the_sites_it_was_fitted_to(model, tmp_path):
    file = tmp_path / "style.skops"
    again = StyleClassifier.load(file, model.save(file))
    again.unseen(["elsewhere.example"])
    with pytest.raises(ModelError, match="fitted to the site 'new 0'"):
        again.unseen(["elsewhere.example", "new 0"])


def test_a_site_held_for_something_else_is_not_fitted_to():
    with pytest.raises(ModelError, match="'new 1' is among the sites"):
        StyleClassifier.fit(*corpus(), held={"gate test": ["new 1", "other"]})


def test_pages_and_plain_texts_have_thresholds_of_their_own():
    texts, labels, groups = corpus()
    plain = [Text(t.prose, format="text") for t in texts]
    both = StyleClassifier.fit(texts + plain, labels * 2, groups + [f"text of {g}" for g in groups])
    pages, only = (
        StyleClassifier.fit(texts, labels, groups),
        StyleClassifier.fit(plain, labels, groups),
    )
    assert both.threshold != both.text_threshold
    assert pages.threshold == pages.text_threshold
    assert only.threshold == only.text_threshold


def test_a_few_pages_and_a_few_texts_share_a_threshold():
    texts, labels, groups = corpus(sites=2, pages=6)
    mixed = [
        Text(t.prose, format="text") if y and i % 2 else t
        for i, (t, y) in enumerate(zip(texts, labels, strict=True))
    ]
    model = StyleClassifier.fit(mixed, labels, groups)
    assert 0 < model.threshold == model.text_threshold < 1
