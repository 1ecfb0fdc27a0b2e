"""The run configuration: an era or a YAML file, then command-line values, then pydantic."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from erastyle.corpus import era as eras
from erastyle.corpus import yamlfile
from erastyle.corpus.era import Era
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.options import Options
from erastyle.corpus.sources import registry
from erastyle.eval import baseline_stage
from erastyle.eval.classifier_stage import ClassifierOptions
from erastyle.eval.options import ScoreOptions
from erastyle.pipeline import comparison
from erastyle.pipeline.clean import CleanOptions
from erastyle.pipeline.comparison import ComparisonOptions
from erastyle.pipeline.dedupe.stage import DedupeOptions
from erastyle.pipeline.ingest import IngestOptions
from erastyle.pipeline.pairs import PairsOptions
from erastyle.pipeline.split.stage import SplitOptions
from erastyle.planning import checkpoint_choice
from erastyle.stages import STAGES
from erastyle.train.generate import GenerateOptions
from erastyle.train.options import TrainOptions

NAME = "run.yaml"


class RunConfig(Options):
    """A run: one YAML file. Each section has the name of its stage."""

    era: Era
    """The era: the name of a shipped one, the path of a profile, or the profile itself."""
    seed: int = Field(default=1995, ge=0)
    """Seed of everything that is left to chance."""
    ingest: IngestOptions = IngestOptions()
    """Reading the sources."""
    clean: CleanOptions = CleanOptions()
    """Cleaning and dating."""
    dedupe: DedupeOptions = DedupeOptions()
    """Duplicates."""
    split: SplitOptions = SplitOptions()
    """Train, dev and test sites."""
    pairs: PairsOptions = PairsOptions()
    """Briefs and rehearsal."""
    comparison: ComparisonOptions = ComparisonOptions()
    """Modern documents that the era is compared with."""
    classifier: ClassifierOptions = ClassifierOptions()
    """The style classifier."""
    train: TrainOptions = TrainOptions()
    """Fine-tuning."""
    generate: GenerateOptions = GenerateOptions()
    """Answers to the briefs of the test sites."""
    score: ScoreOptions = ScoreOptions()
    """Scores, gate and report."""


def load(target: str, overrides: Iterable[str] = ()) -> RunConfig:
    """Return the run that `target` names, with `section.name=value` overrides.

    Args:
        target: Name of an era, path of an era profile, or path of a run file.
        overrides: Values in YAML, such as `train.lr=1e-4`.

    Raises:
        ConfigError: A file cannot be read, or a value is not allowed; names file and line.
    """
    data: dict[str, Any] = {"era": target}
    lines: dict[yamlfile.Location, int] = {}
    if target.endswith((".yaml", ".yml")):
        content, content_lines = yamlfile.parse(yamlfile.read(Path(target)), target)
        if "period" not in content:  # an era profile has one, a run file has not
            data, lines = content, content_lines
            _move(data, lines)
            checkpoint_choice.as_before(data)
    given = [set_value(data, override) for override in overrides]
    era = data.get("era")
    if isinstance(era, str):
        data["era"] = eras.load(era)
    elif isinstance(era, Era):
        pass
    elif isinstance(era, dict):
        data["era"] = era
    else:
        raise ConfigError(f"{target}: `era` is missing; write `era: web-1995`.")
    return _dated(yamlfile.validate(RunConfig, data, target, lines, given))


def stage_options(config: RunConfig) -> dict[str, Options]:
    """Return the options of every stage by its name.

    Those of `baseline` follow from other sections, `comparison` takes the period's rules, and
    `train` knows what chooses its checkpoint.
    """
    derived: dict[str, Options] = {
        "baseline": baseline_stage.options_of(config.train, config.generate, config.score),
        "comparison": comparison.options_of(
            config.comparison, config.ingest, config.clean, config.dedupe, config.split
        ),
        "train": checkpoint_choice.resolved(config.train, config.classifier),
    }
    names = [stage.name for stage in STAGES]
    return {name: derived.get(name) or getattr(config, name) for name in names}


MOVED = {"ingest.contrast": "comparison.contrast", "score.most": "classifier.most"}
"""Options that have another place since an earlier version: old name, new name."""
GONE = {
    "score.mauve": "MAUVE of our own vectors could be compared with no published value; read "
    "distinguishability instead",
    "generate.avoid_anachronisms": "generate.guards refuses what is later than the era while it is "
    "written",
}
"""Options that an earlier version had: why they are gone, and what replaces them."""


def _renamed(dotted: str) -> str:
    """Return the name that an option has now, and tell the person where it moved."""
    if dotted not in MOVED:
        return dotted
    sys.stderr.write(f"note: {dotted} is now {MOVED[dotted]}\n")
    return MOVED[dotted]


def _refuse_gone(dotted: str, value: object) -> None:
    """Refuse an option that is gone, unless it asks for nothing.

    Raises:
        ConfigError: It asks for something.
    """
    if value:
        raise ConfigError(f"{dotted} is gone: {GONE[dotted]}. Remove the option.")


def _move(data: dict[str, Any], lines: dict[yamlfile.Location, int]) -> None:
    """Put the options of a run file of an earlier version where they belong now."""
    for old in (*MOVED, *GONE):
        section, name = old.split(".")
        if not isinstance(data.get(section), dict) or name not in data[section]:
            continue
        value = data[section].pop(name)
        if old in GONE:
            _refuse_gone(old, value)
            continue
        new_section, new_name = _renamed(old).split(".")
        if isinstance(inner := data.setdefault(new_section, {}), dict):
            inner.setdefault(new_name, value)
        for place in [place for place in lines if place[:2] == (section, name)]:
            lines.setdefault((new_section, new_name, *place[2:]), lines[place])


def _dated(config: RunConfig) -> RunConfig:
    """Give sources that ask an archive the period of the era, where they name none."""
    period = config.era.period
    sources = tuple(
        registry.with_period(spec, period.first, period.last) for spec in config.ingest.sources
    )
    if sources == config.ingest.sources:
        return config
    ingest = config.ingest.model_copy(update={"sources": sources})
    return config.model_copy(update={"ingest": ingest})


def set_value(data: dict[str, Any], override: str) -> str:
    """Put `section.name=value` into `data` and return the dotted key.

    Raises:
        ConfigError: It is not of that form, a section is a value, or the option is gone.
    """
    dotted, equals, text = override.partition("=")
    if not equals or not dotted:
        raise ConfigError(f"--set {override}: write SECTION.NAME=VALUE, such as train.lr=1e-4.")
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # a day that does not exist is a ValueError
        value = text
    if dotted in GONE:
        _refuse_gone(dotted, value)
        return dotted
    dotted = _renamed(dotted)
    *sections, name = dotted.split(".")
    if sections[:1] == ["era"] and isinstance(data.get("era"), str):
        profile = eras.load(data["era"])
        data["era"] = profile.model_dump(mode="json", by_alias=True)
    for section in sections:
        inner = data.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {override}: {section} is a value, not a section.")
        data = inner
    data[name] = value
    return dotted


def _absolute(specs: Iterable[str]) -> tuple[str, ...]:
    return tuple(registry.absolute(spec) for spec in specs)


def dump(config: RunConfig) -> str:
    """Return the resolved configuration as YAML, with what is excluded from keys.

    Paths are whole, so that the run directory can be used from any other folder.
    """
    data = config.model_dump(mode="json", by_alias=True)
    ingest = config.ingest.model_copy(update={"sources": _absolute(config.ingest.sources)})
    comparison = config.comparison.model_copy(
        update={"contrast": _absolute(config.comparison.contrast)}
    )
    config = config.model_copy(update={"ingest": ingest, "comparison": comparison})
    for name in type(config).model_fields:
        section = getattr(config, name)
        if not isinstance(section, Options) or name == "era":
            continue
        for field, info in type(section).model_fields.items():
            if info.exclude:
                value = getattr(section, field)
                if isinstance(value, Path):
                    value = str(value.absolute()) if value.exists() else str(value)
                data[name][field] = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
