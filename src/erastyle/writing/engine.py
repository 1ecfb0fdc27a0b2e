"""What writes: a fine-tuned model, a base or a mix, with its guards, its judges and its origin.

The command, the studio and the server load the same engine, so that a brief and a seed give the
same text everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erastyle.corpus.document import Format
from erastyle.corpus.era import Era, Files
from erastyle.corpus.errors import ConfigError
from erastyle.corpus.provenance.label import GENERATED, Notice, SourceType
from erastyle.corpus.provenance.sidecar import Model, TrainedOn, Watermark, notice

if TYPE_CHECKING:
    from erastyle.eval.judge.two_judges import JudgePair
    from erastyle.train.generate import GenerateOptions
    from erastyle.train.model.decoding import Decoding
    from erastyle.train.model.generation import Writer
    from erastyle.train.model.guards.guard import Guards


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What is to write; exactly one of the four is given.

    Attributes:
        run: A run directory.
        model: The folder of a fine-tuned model.
        base: An untuned base.
        mix: Folders of fine-tuned models with their strengths.
    """

    run: Path | None = None
    model: Path | None = None
    base: str | None = None
    mix: Sequence[tuple[Path, float]] = ()

    def __post_init__(self) -> None:
        """Check that one of them is given.

        Raises:
            ConfigError: None or several are.
        """
        given = sum(one is not None for one in (self.run, self.model, self.base))
        if given + bool(self.mix) != 1:
            raise ConfigError(
                "Name either a run with --run DIR, a style model's folder with --model DIR, a base "
                "model with --base NAME, or --mix RUN=SHARE."
            )

    @property
    def folder(self) -> Path | None:
        """Folder of the one fine-tuned model; None for a base or a mix."""
        return self.run / "model" if self.run is not None else self.model

    @property
    def name(self) -> str:
        """How the user named it."""
        mixed = " + ".join(f"{folder}={share:g}" for folder, share in self.mix)
        return str(self.run or self.model or self.base or mixed)

    @property
    def base_name(self) -> str:
        """Name of the base that writes.

        Raises:
            ModelError: A folder holds no fine-tuned model.
        """
        from erastyle.train.model.folder import describe

        if self.base is not None:
            return self.base
        return describe(self.folder or self.mix[0][0]).base


@dataclass(frozen=True, slots=True)
class Engine:
    """What writes.

    Attributes:
        writer: The model, and how a request reaches it.
        options: How it writes.
        model: What it is, for labels and the files beside texts.
        era: Era of its texts; None: not known.
        guards: What looks on; None: nothing does.
        judges: Who chooses the best of several texts, and the format of the era; None: nobody.
        corpus: What it was trained on; None: not known.
        run: Run directory, which keeps a log of texts without a label; None: none.
        watermark: Whether its texts bear the watermark that `erastyle detect` finds.
    """

    writer: Writer
    options: GenerateOptions
    model: Model
    era: Era | None = None
    guards: Guards | None = None
    judges: tuple[JudgePair, Format] | None = None
    corpus: TrainedOn | None = None
    run: Path | None = None
    watermark: bool = True

    @property
    def noun(self) -> str:
        """What the era calls its documents."""
        return self.era.medium if self.era else "text"

    @property
    def mark(self) -> Watermark | None:
        """The watermark of its texts; None where it is off, or where nothing is drawn by chance."""
        return mark_of(self.model.base, self.options) if self.watermark else None

    def notice(self, seed: int, source_type: SourceType = GENERATED) -> Notice:
        """Return what the label of its texts says.

        Args:
            seed: Seed of the text.
            source_type: Whether it writes, or rewrites a draft.
        """
        sentence = self.era.files.label if self.era else ""
        return notice(self.model, source_type, seed, sentence=sentence)


def load(
    named: Named, options: GenerateOptions, *, judged: bool = False, watermark: bool = True
) -> Engine:
    """Load what is to write.

    Args:
        named: What is to write.
        options: How it writes.
        judged: Whether the run's judges are needed.
        watermark: Whether its texts bear the watermark.

    Raises:
        ConfigError: A run has no fine-tuned model, or judges are wanted without a run.
        ModelError: A model or the judges cannot be loaded.
    """
    from erastyle.corpus import era as eras
    from erastyle.train.model import devices
    from erastyle.train.model.folder import describe
    from erastyle.train.model.pair import ModelPair, from_base, from_mix
    from erastyle.writing.best_of import judges_of

    if judged and named.run is None:
        raise ConfigError("--best-of needs --run DIR: its judge chooses.")
    judges = judges_of(named.run) if judged and named.run else None
    device = options.device or devices.best_device()
    folder, era = named.folder, None
    if folder is not None:
        era = era_of(named)
        writer = ModelPair(folder, device, options.max_new_tokens).fine_tuned(options.strength)
    elif named.mix:
        writer = from_mix(named.mix, device)
        known = {describe(one).era for one, _ in named.mix}
        if len(known) == 1 and (name := known.pop()) in eras.names():
            era = eras.load(name)
    else:
        writer = from_base(str(named.base), device, own_prompt=True)
    return Engine(
        writer,
        options,
        model_of(named, options.strength, era),
        era if folder is not None else None,
        guards_for(named, era, options) if folder is not None else None,
        judges,
        corpus_of(named.run) if named.run else None,
        named.run,
        watermark,
    )


def era_of(named: Named) -> Era | None:
    """Return the era of what writes; None for a base, a mix, or an era that is not shipped."""
    from erastyle import planned_run
    from erastyle.corpus import era as eras
    from erastyle.train.model.folder import describe

    if named.run is not None:
        era = planned_run.load_saved(named.run).config.era
        if era.files == Files() and era.name in eras.names():
            # The run began before eras had this field: its files are those of the shipped era.
            return era.model_copy(update={"files": eras.load(era.name).files})
        return era
    if named.model is None:
        return None
    name = describe(named.model).era
    return eras.load(name) if name in eras.names() else None


def guards_for(named: Named, era: Era | None, options: GenerateOptions) -> Guards | None:
    """Return what looks on while a fine-tuned model of one era writes; None: nothing does.

    A run holds its training documents, so that copies are seen; a model's folder alone does not.
    """
    from erastyle import planned_run
    from erastyle.train.generate import training_index
    from erastyle.train.model.guards.guard import FEWEST_FOR_PEOPLE
    from erastyle.train.model.guards.of_era import guards_of

    if era is None or not options.guards:
        return None
    pairs = planned_run.pairs_behind(named.run) if named.run else None
    index = training_index(pairs) if pairs else None
    return guards_of(era, index, options.tries, FEWEST_FOR_PEOPLE)


def mark_of(base: str, options: GenerateOptions) -> Watermark | None:
    """Return the watermark of texts that a base writes; None where nothing is drawn by chance."""
    from erastyle.train.model.watermark import g_values

    if not options.temperature:
        return None
    return Watermark(
        method="SynthID-Text",
        key=f"{g_values.KEY:016x}",
        context=g_values.CONTEXT,
        layers=g_values.LAYERS,
        tokenizer=base,
    )


def decoding_of(options: GenerateOptions, *, watermark: bool = True) -> Decoding:
    """Return how to decode: a brief that asks for a length may have more than the default tokens.

    Who sets `generate.max_new_tokens` gets no more than that.

    Args:
        options: How it writes.
        watermark: Whether the texts bear the watermark.
    """
    set_by_hand = "max_new_tokens" in options.model_fields_set
    return replace(options.decoding, stretch=not set_by_hand, watermark=watermark)


def model_of(named: Named, strength: float, era: Era | None) -> Model:
    """Return what a label and the file beside a text say of what writes."""
    from erastyle import strength_curve
    from erastyle.train.model.folder import describe
    from erastyle.train.model.loading import base_digest

    about: dict[str, Any] = {"name": named.name, "base": named.base_name, "strength": strength}
    folders = [named.folder] if named.folder else [folder for folder, _ in named.mix]
    if not folders:
        return Model(**about | {"base_digest": base_digest(named.base_name), "strength": 0.0})
    described = [describe(folder) for folder in folders]
    return Model(
        **about,
        sha256=" + ".join(strength_curve.digest(folder) for folder in folders),
        method=described[0].method,
        base_digest=described[0].base_digest,
        era=" + ".join(dict.fromkeys(one.era for one in described)),
        era_title=era.title if era else "",
    )


def corpus_of(run: Path) -> TrainedOn | None:
    """Return what the model of a run learnt from; None: it is not there any more."""
    from erastyle import planned_run
    from erastyle.pipeline.runtime import manifest
    from erastyle.train.data.learnt import learnt

    pairs = planned_run.pairs_behind(run)
    done = manifest.read(pairs) if pairs else None
    if pairs is None or done is None:
        return None
    of = learnt(pairs, (run / "model").resolve().parent)
    return TrainedOn(
        stage="pairs",
        key=done.key,
        manifest_sha256=manifest.sha256(pairs / manifest.NAME),
        documents=int(done.stats["kept"]),
        learnt=len(of.documents),
        of=len(of.of),
    )
