"""A run's configuration: from the command line and a file, and back to a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from erastyle import config
from erastyle.config import RunConfig
from erastyle.corpus import era as eras
from erastyle.corpus.errors import ConfigError
from erastyle.pipeline.dedupe import stage as dedupe
from erastyle.pipeline.runtime import runner
from erastyle.stages import STAGES


def keys(loaded: RunConfig, root: Path) -> dict[str, str]:
    options = config.stage_options(loaded)
    steps = runner.plan(STAGES, options, loaded.era, loaded.seed, root)
    return {step.stage.name: step.key for step in steps}


@pytest.mark.parametrize(
    ("override", "section", "name", "value"),
    [
        ("train.rank=8", "train", "rank", 8),
        ("train.lr=1e-4", "train", "lr", 1e-4),
        ("train.lr=0.0001", "train", "lr", 1e-4),
        ("train.lr=null", "train", "lr", None),
        ("train.max_tokens=null", "train", "max_tokens", None),
        ("train.method=full", "train", "method", "full"),
        ("train.base=a/b=c", "train", "base", "a/b=c"),
        ("clean.privacy=yes", "clean", "privacy", True),
        ("clean.privacy=false", "clean", "privacy", False),
        (
            "ingest.sources=[a, 'b c', synthetic:9@1]",
            "ingest",
            "sources",
            ("a", "b c", "synthetic:9@1"),
        ),
        ("comparison.contrast=[]", "comparison", "contrast", ()),
        ("ingest.contrast=[a]", "comparison", "contrast", ("a",)),
        ("score.most=70", "classifier", "most", 70),
        ("generate.temperature=0", "generate", "temperature", 0.0),
        ("pairs.rehearsal_file=rows.jsonl", "pairs", "rehearsal_file", Path("rows.jsonl")),
    ],
)
def test_every_kind_of_value_can_be_set(
    override: str, section: str, name: str, value: object
) -> None:
    loaded = config.load("web-1995", [override])
    assert getattr(getattr(loaded, section), name) == value


def test_the_seed_a_part_of_a_section_and_a_part_of_the_era_can_be_set() -> None:
    loaded = config.load(
        "web-1995",
        [
            "seed=7",
            "split.shares.dev=0.15",
            "split.shares.test=0.05",
            "era.quality.min_words=12",
            "era.period.from=1994-02-03",
        ],
    )
    assert loaded.seed == 7
    assert loaded.split.shares.dev == 0.15
    assert loaded.era.quality.min_words == 12
    assert loaded.era.period.first.isoformat() == "1994-02-03"
    assert loaded.era.briefs == eras.load("web-1995").briefs


def test_the_last_of_two_values_counts() -> None:
    assert config.load("web-1995", ["seed=7", "seed=8"]).seed == 8


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.ranks=3", "unknown key train.ranks. Did you mean train.rank?"),
        ("trian.rank=3", "unknown key trian. Did you mean train?"),
        ("era.quality.min_word=3", "Did you mean era.quality.min_words?"),
        ("train.rank", "write SECTION.NAME=VALUE"),
        ("=3", "write SECTION.NAME=VALUE"),
        ("seed.more=3", "seed: Input should be a valid integer"),
        ("train=3", "train: "),
        ("train.rank=0", "greater than or equal to 1 (got 0)"),
        ("train.rank=many", "(got 'many')"),
        ("ingest.sources=[a", "ingest.sources: "),
        ("ingest.sources=[]", "at least 1 item"),
        ("era.period.from=2001-01-01", "is after to"),
        ("era.name=Web 1995", "era.name: "),
    ],
)
def test_a_wrong_value_says_that_it_came_from_set_and_what_is_wrong(
    override: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load("web-1995", [override])
    line = str(caught.value)
    assert line.startswith("--set")
    assert said in line
    assert "\n" not in line


def write(folder: Path, text: str) -> str:
    path = folder / "run.yaml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("era: web-1995\n\ntrain:\n  rank: 8\n  lr: fast\n", 5, "train.lr"),
        ("era: web-1995\ntrain:\n  ranks: 8\n", 3, "Did you mean train.rank?"),
        ("era: web-1995\nseed: 1\nseed: 2\n", 3, "seed is set twice; see line 2"),
        ("era: web-1995\ntrain:\n  lr: 1\n  lr: 2\n", 4, "train.lr is set twice; see line 3"),
        ("era: web-1995\ntrain: [\n", 3, "not YAML"),
        ("- era\n", 1, "not a list"),
        ("era: web-1995\ningest:\n  sources:\n  - a\n  - {b: c}\n", 5, "ingest.sources.1"),
        ("era: web-1995\ntrain:\nseed: 1\n", 2, "train: "),
    ],
)
def test_a_problem_in_a_file_is_said_with_file_and_line(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)


def test_two_problems_give_two_lines(tmp_path: Path) -> None:
    path = write(tmp_path, "era: web-1995\ntrain:\n  epochs: 0\n  rank: 0\n")
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert [text.split(" ")[0] for text in str(caught.value).splitlines()] == [
        f"{path}:3:",
        f"{path}:4:",
    ]


def test_a_file_without_an_era_one_that_is_not_there_and_one_in_latin_1(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write `era: web-1995`"):
        config.load(write(tmp_path, "seed: 1\n"))
    with pytest.raises(ConfigError, match=r"missing\.yaml: No such file"):
        config.load(str(tmp_path / "missing.yaml"))
    (tmp_path / "latin.yaml").write_bytes("era: web-1995 # café".encode("latin-1"))
    with pytest.raises(ConfigError, match="byte 19 is not UTF-8"):
        config.load(str(tmp_path / "latin.yaml"))


def test_an_era_file_of_ones_own_is_a_run_of_that_era(tmp_path: Path) -> None:
    profile = eras.load("web-1995").model_dump(mode="json", by_alias=True) | {"name": "mine"}
    path = write(tmp_path, yaml.safe_dump(profile))
    assert config.load(path).era.name == "mine"
    assert config.load(path, ["era.quality.min_words=9"]).era.quality.min_words == 9


@pytest.mark.parametrize("name", eras.names())
@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["seed=7", "train.lr=1e-4", "clean.workers=2", "dedupe.threshold=0.6"],
        ["dedupe.which_copy=earliest", "dedupe.ocr=false", "dedupe.shingle=word-3"],
        ["ingest.sources=['synthetic:30@1']", "era.quality.min_words=9", "train.max_tokens=null"],
    ],
    ids=["defaults", "numbers", "copies", "sources"],
)
def test_a_dumped_configuration_is_the_same_run_when_it_is_loaded(
    name: str, overrides: list[str], tmp_path: Path
) -> None:
    first = config.load(name, overrides)
    text = config.dump(first)
    again = config.load(write(tmp_path, text))
    assert again == first
    assert keys(again, tmp_path) == keys(first, tmp_path)
    assert config.dump(again) == text
    one, other = (dedupe.for_era(c.dedupe, c.era) for c in (first, again))
    assert one == other, "what counts as a copy follows the era also after the run was saved"


def test_what_counts_as_a_copy_follows_the_era_until_somebody_says_otherwise() -> None:
    newspapers = config.load("newspaper-1890")
    followed = dedupe.for_era(newspapers.dedupe, newspapers.era)
    assert (followed.ocr, followed.which_copy, followed.shingle) == (True, "cleanest", "char-9")
    said = config.load("newspaper-1890", ["dedupe.which_copy=earliest", "dedupe.threshold=0.45"])
    chosen = dedupe.for_era(said.dedupe, said.era)
    assert (chosen.ocr, chosen.which_copy, chosen.threshold) == (True, "earliest", 0.45)


def test_a_value_that_changes_the_output_changes_the_key(tmp_path: Path) -> None:
    before = keys(config.load("newspaper-1890"), tmp_path)
    after = keys(config.load("newspaper-1890", ["dedupe.which_copy=earliest"]), tmp_path)
    assert before["clean"] == after["clean"]
    assert before["dedupe"] != after["dedupe"]


def test_workers_places_and_devices_change_no_key(tmp_path: Path) -> None:
    before = keys(config.load("web-1995"), tmp_path)
    overrides = ["clean.workers=3", "train.threads=1", "train.device=cpu", "generate.threads=1"]
    assert keys(config.load("web-1995", overrides), tmp_path) == before


OLD = "era: web-1995\nseed: 1\ningest:\n  contrast:\n  - synthetic-modern:20@3\n"


def test_a_run_file_of_an_earlier_version_keeps_its_modern_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded = config.load(write(tmp_path, OLD))
    assert loaded.comparison.contrast == ("synthetic-modern:20@3",)
    assert capsys.readouterr().err == "note: ingest.contrast is now comparison.contrast\n"
    assert config.load(write(tmp_path, config.dump(loaded))) == loaded
    assert not capsys.readouterr().err
    given = config.load(write(tmp_path, OLD), ["comparison.contrast=[synthetic-modern:5@1]"])
    assert given.comparison.contrast == ("synthetic-modern:5@1",)


def test_an_option_that_is_gone_is_refused_with_what_replaces_it(tmp_path: Path) -> None:
    path = write(tmp_path, "era: web-1995\nscore:\n  mauve: true\n")
    for target, overrides in ((path, []), ("web-1995", ["score.mauve=true"])):
        with pytest.raises(ConfigError, match=r"score\.mauve is gone: .*distinguishability"):
            config.load(target, overrides)


def test_an_option_that_is_gone_and_asked_for_nothing_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, "era: web-1995\nscore:\n  mauve: false\n")
    assert config.load(path) == config.load("web-1995", ["score.mauve=false"])


def test_a_wrong_value_of_a_moved_option_is_said_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, OLD.replace("synthetic-modern:20@3", "{a: b}"))
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert str(caught.value).startswith(f"{path}:5: comparison.contrast.0")


def test_other_modern_documents_change_no_key_of_what_is_trained(tmp_path: Path) -> None:
    before = keys(config.load("web-1995"), tmp_path)
    after = keys(config.load("web-1995", ["comparison.contrast=[synthetic-modern:20@3]"]), tmp_path)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"comparison", "classifier", "score"}


def test_the_rules_of_the_period_are_those_of_the_comparison(tmp_path: Path) -> None:
    before = keys(config.load("web-1995"), tmp_path)
    for override in ("clean.privacy=true", "dedupe.threshold=0.6", "ingest.max_chars=5000"):
        assert (
            keys(config.load("web-1995", [override]), tmp_path)["comparison"]
            != (before["comparison"])
        )
    weighted = keys(config.load("web-1995", ["dedupe.weight=log"]), tmp_path)
    assert weighted["dedupe"] != before["dedupe"]
    assert weighted["comparison"] == before["comparison"]
