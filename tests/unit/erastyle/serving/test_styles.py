"""Styles by name: strengths as parts of names, and what is said where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erastyle import strength_curve
from erastyle.corpus.errors import ConfigError, ModelError
from erastyle.serving.styles import Styles, UnknownStyleError
from erastyle.train.model.folder import StyleModelInfo, write_description


def folder(place: Path, method: str = "lora") -> Path:
    place.mkdir(parents=True)
    about = {"method": method, "base": "starter", "base_digest": "ab", "era": "web-1995"}
    write_description(place, StyleModelInfo.model_validate(about | {"max_length": 512}))
    return place


def test_a_name_holds_a_strength_and_a_field_stands_above_it(tmp_path: Path) -> None:
    styles = Styles.of([folder(tmp_path / "runs/web-1995/model")], [0.25])
    assert styles.names() == ["web-1995", "web-1995@0.25"]
    assert styles.choose("web-1995").strength == 1
    assert styles.choose("web-1995@0.504").strength == 0.5
    assert styles.choose("web-1995@0.5", 0).strength == 0
    assert styles.choose("web-1995@0.5").name == "web-1995@0.5"


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    styles = Styles.of([folder(tmp_path / "web-1995")])
    with pytest.raises(UnknownStyleError, match=r"Did you mean web-1995\? There are: web-1995, "):
        styles.choose("web-1996")
    with pytest.raises(UnknownStyleError, match="behind @ stands a strength from 0 to"):
        styles.choose("web-1995@strong")


@pytest.mark.parametrize("strength", ["2", "-1", "nan", "inf"])
def test_a_strength_out_of_range_is_refused(tmp_path: Path, strength: str) -> None:
    styles = Styles.of([folder(tmp_path / "web-1995")])
    with pytest.raises(ConfigError, match="out of range"):
        styles.choose(f"web-1995@{strength}")


@pytest.mark.parametrize("method", ["full", "blend", "few-shot"])
def test_what_is_no_lora_model_stands_alone(tmp_path: Path, method: str) -> None:
    styles = Styles.of([folder(tmp_path / "old", method)])
    assert styles.names() == ["old"]
    with pytest.raises(ConfigError, match=f"method {method} and stands alone: its strength is 1"):
        styles.choose("old@0.5")


def test_auto_is_the_strength_that_was_measured_as_the_best(tmp_path: Path) -> None:
    place = folder(tmp_path / "web-1995")
    with pytest.raises(ConfigError, match="no measured strengths"):
        Styles.of([place]).choose("web-1995@auto")
    rows = [
        {"strength": strength, "passes": 0.5, "passes_choosing": share, "too_costly": []}
        for strength, share in ((0.5, 0.4), (0.8, 0.9), (1.0, 0.7))
    ]
    strength_curve.write(place, rows)
    styles = Styles.of([place])
    assert styles.choose("web-1995@auto").strength == 0.8
    assert styles.choose("web-1995", "auto").strength == 0.8
    assert "web-1995@auto" in styles.names()


def test_names_differ_and_hold_no_foreign_signs(tmp_path: Path) -> None:
    places = [tmp_path / "a" / "my run@1", tmp_path / "b" / "my run@1"]
    styles = Styles.of([folder(place) for place in places])
    assert [style.name for style in styles] == ["my-run-1", "my-run-1-2"]


def test_a_run_without_a_model_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("era: web-1995\n")
    with pytest.raises(ModelError, match="has no fine-tuned model yet"):
        Styles.of([tmp_path])
    with pytest.raises(ModelError, match="does not exist"):
        Styles.of([tmp_path / "nothing"])
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "style.json").write_text(json.dumps({"method": "magic"}))
    with pytest.raises(ModelError, match="is not a style model"):
        Styles.of([tmp_path])
