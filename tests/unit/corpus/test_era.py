"""Era profiles: the shipped ones are complete, a new one is too, and errors name file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from erastyle.corpus import era as eras
from erastyle.corpus import era_template
from erastyle.corpus.errors import ConfigError
from tests.conftest import ROOT, erastyle

NEEDED = (
    *("name", "title", "period", "medium", "language", "formats", "markup", "encodings"),
    *("quality", "briefs", "lexicon_cutoff", "style_notes", "gate"),
)


@pytest.mark.parametrize("name", eras.names())
def test_every_shipped_era_passes_its_own_check(name):
    result = erastyle("eras", "check", ROOT / "corpus" / "eras" / f"{name}.yaml")
    assert result.exit_code == 0, result.output
    assert name in result.output


@pytest.mark.parametrize("name", eras.names())
def test_every_shipped_era_says_everything_itself(name):
    file = ROOT / "corpus" / "eras" / f"{name}.yaml"
    given = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert [key for key in NEEDED if key not in given] == []
    era = eras.load(name)
    assert era.name == name
    assert len(era.briefs) >= 3
    assert len(era.style_notes) >= 4
    assert era.period.first.year <= era.lexicon_cutoff <= era.period.last.year + 1
    assert {"min_words", "max_words", "min_common_words"} <= given["quality"].keys()
    assert {"min_style_gain", "min_style_pass", "max_anachronisms"} <= given["gate"].keys()
    assert any("{about}" in brief for brief in era.briefs)


def test_the_four_eras_are_there():
    assert eras.names() == ["manual-1995", "newspaper-1890", "usenet-1993", "web-1995"]


@pytest.mark.parametrize("like", eras.names())
def test_a_new_profile_is_complete_commented_and_the_same_era(like, tmp_path: Path):
    file = tmp_path / "diary-1860.yaml"
    result = erastyle("eras", "new", file, "--like", like)
    assert result.exit_code == 0, result.output
    text = file.read_text(encoding="utf-8")
    era = eras.load(str(file))
    old = eras.load(like)
    assert era.name == "diary-1860"
    assert era == old.model_copy(update={"name": "diary-1860"})
    keys = [line for line in text.splitlines() if ":" in line and not _is_comment(line)]
    assert all(f"{name}:" in text for name in eras.Quality.model_fields)
    assert all(f"{name}:" in text for name in eras.Gate.model_fields)
    assert sum(_is_comment(line) for line in text.splitlines()) >= len(keys) * 0.7
    assert erastyle("eras", "check", file).exit_code == 0


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith(("#", "- "))


def test_a_new_profile_never_overwrites_one(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    result = erastyle("eras", "new", file)
    assert result.exit_code == 2
    assert "is there already" in result.output
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("min_words: 60", "min_word: 60", "min_word", "Did you mean quality.min_words?"),
        ("min_letters: 0.6", "min_letters: 60", "min_letters", "less than or equal to 1"),
        ("from: 1860-01-01", "from: 1960-01-01", "period:", "is after to"),
        ("utf-8, iso-8859-1", "utf-8, iso-8859-one", "encodings", "Did you mean iso-8859-1?"),
        ("about {about}.", "about {subject}.", "{subject}", "{subject} is unknown"),
        ("about {about}.", "about {about.", "{about.", "not a template"),
        ("lexicon_cutoff: 1920", "lexicon_cutoff: 1820", "", "is before the period"),
        ("markup: none", "markup: html-3.2", "", "needs `html` among formats"),
        ("title:", "name: x\ntitle:", "title:", "name is set twice"),
        ("ocr: true", "ocr: {", "", "not YAML"),
    ],
)
def test_a_mistake_in_a_profile_is_said_with_file_and_line(old, new, line, message):
    text = era_template.write(eras.load("newspaper-1890"), "newspaper-1890", "mine.yaml")
    assert old in text
    broken = text.replace(old, new, 1)
    with pytest.raises(ConfigError, match=r"mine\.yaml") as error:
        eras.check(broken, "mine.yaml")
    assert message in str(error.value)
    if line:
        at = int(str(error.value).split(":")[1])
        assert line in "\n".join(broken.splitlines()[at - 2 : at + 1])


def test_a_brief_must_name_the_document():
    text = era_template.write(eras.load("newspaper-1890"), "newspaper-1890", "mine.yaml")
    line = next(line for line in text.splitlines() if line.lstrip().startswith("- "))
    with pytest.raises(ConfigError, match="neither"):
        eras.check(text.replace(line, '  - "Write something."'), "mine.yaml")
