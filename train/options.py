"""Options of `train`: one word for the method, and what each method needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from erastyle.corpus.options import Options
from erastyle.train.model import folder, loading
from erastyle.train.model.folder import Method
from erastyle.train.model.loading import Quantize

Adapter = Literal["rslora", "lora", "dora", "pissa"]
ChooseBy = Literal["loss", "judge"]
OF_JUDGE = ("choose_by", "judge_briefs", "judge_tokens")
"""Options that decide nothing where the losses choose the checkpoint."""


class TrainOptions(Options):
    """Options of `train`. TRL's own defaults cut rows silently and are slow on a CPU."""

    base: str = loading.STARTER
    """Base model: `starter` (embedded, tiny), `smollm2`, a GGUF file, a folder, or a hub name."""
    method: Method = "lora"
    """`lora` trains small matrices beside the frozen weights; `full` all weights; `blend` all
    weights, then goes part of the way back to the base. `prompt`, `few-shot` and `retrieve` train
    nothing: they put the era's notes, some documents, or the nearest ones before each brief."""
    epochs: int | None = Field(default=None, ge=1, le=100)
    """Most passes over the rows; fewer where `max_tokens` or the dev losses say so. null takes what
    fits the size of the base, as do the other options that are null."""
    passes: int | None = Field(default=None, ge=1, le=100)
    """Passes that `max_tokens` is shared out for: with 2, rows of half as many tokens are read
    twice."""
    max_tokens: int | None = Field(default=360_000, ge=1000)
    """Most tokens to train on, all epochs together, give or take a twentieth; null for no limit.
    The default suits two cores: with a GPU, or an evening of time, set it to null."""
    lr: float | None = Field(default=None, gt=0)
    """Peak learning rate."""
    max_length: int = Field(default=1024, ge=64)
    """Longest row in tokens. Of a longer document the beginning is learnt, up to where a section or
    a paragraph ends."""
    continuations: float = Field(default=0.0, ge=0, le=0.25)
    """Share of the tokens in rows that go on with a long document from where a row ends; 0 learns
    its beginning alone."""
    batch_tokens: int | None = Field(default=None, ge=64)
    """Tokens in an update, about."""
    packing: bool | Literal["auto"] = "auto"
    """Whether several documents share a row, best fit first, without one seeing the other. `auto`
    packs where there is flash attention; elsewhere rows of like length share a batch, which is
    faster there."""
    quantize: Quantize = "none"
    """`nf4` stores the frozen base in 4 bits while training (QLoRA; extra `qlora`), for a base that
    does not fit otherwise. The adapter is used on the base as it is."""
    rank: int | None = Field(default=None, ge=1)
    """LoRA rank, on all linear layers."""
    alpha: float | None = Field(default=None, gt=0)
    """LoRA scale; the update is multiplied by alpha / sqrt(rank) (rsLoRA) or alpha / rank."""
    adapter: Adapter | None = None
    """Kind of LoRA: scaled by sqrt(rank), by rank, with a learnt length of each row (DoRA), or
    started from the largest singular vectors of the weights (PiSSA)."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """LoRA dropout; it costs time on a CPU."""
    blend: float = Field(default=0.5, gt=0, le=1)
    """Method blend: how far from the base (0) towards the trained weights (1)."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Weight decay."""
    neftune: float = Field(default=0.0, ge=0)
    """Noise on the embeddings while training (NEFTune's alpha, such as 5); 0 for none."""
    kl: float = Field(default=0.0, ge=0)
    """Weight of the divergence from the base on the completions (LoRA only: the reference is the
    same model with the adapter off). Keeps more of the base, and less of the style."""
    rehearsal: Literal["given", "self"] = "given"
    """`given` learns the general rows as they are; `self` lets the base answer their prompts once
    and learns its own answers, so that nothing but the style changes."""
    choose_by: ChooseBy | None = None
    """What chooses the checkpoint that becomes the model: `judge` writes pages for briefs of dev
    sites and asks the choosing judge, with the losses as guards; `loss` takes the lowest loss on
    the dev sites. null takes `judge` where the base is large enough to write pages that pass and
    the training is not a short one."""
    judge_briefs: int = Field(default=12, ge=4)
    """With `judge`: briefs of dev sites that are answered at each checkpoint, the same each
    time."""
    judge_tokens: int = Field(default=90_000, ge=100)
    """With `judge`: tokens of training after which pages are judged, about; always at the end of an
    epoch, and at most 12 times."""
    patience: int = Field(default=2, ge=1)
    """Stop after so many epochs without a better loss on the dev sites; with `judge`, after so many
    checkpoints in a row whose pages are worse than the best by more than a standard error."""
    max_general_rise: float | None = Field(default=0.05, gt=0)
    """Stop, and pass over the epoch, when the loss on general dev rows is above its start by this
    share; null to let it rise."""
    max_gap: float | None = Field(default=0.3, gt=0)
    """Stop, and pass over the epoch, when the loss on dev sites gets no better and that on learnt
    rows has fallen so many nats further: the model memorises; null to let it."""
    continue_from: Path | None = Field(default=None, exclude=True)
    """Go on from the style model of this run directory, with rehearsal of its pairs (LoRA)."""
    earlier: float = Field(default=0.25, ge=0, le=4)
    """With `continue_from`: rows of the earlier run for each new style row."""
    shots: int = Field(default=3, ge=1, le=50)
    """Methods few-shot and retrieve: documents shown before each brief."""
    context_tokens: int = Field(default=2048, ge=64)
    """Most tokens of notes and documents before a brief; less where the base's context is short."""
    samples: int = Field(default=2, ge=0)
    """Briefs of dev sites that are answered after each epoch, into `samples.jsonl`."""
    checkpoint_minutes: float = Field(default=5.0, ge=0, exclude=True)
    """Minutes between checkpoints within an epoch, from which an interrupted training goes on. They
    change nothing of the model."""
    seconds: float | None = Field(default=None, gt=0, exclude=True)
    """Seconds that the training may take, set by `--minutes`. Where it is slower than foretold it
    does fewer updates, decided at a checkpoint and noted in the manifest; null for no limit."""
    products: Literal["auto", "float32"] = Field(default="auto", exclude=True)
    """On a CPU: `auto` rounds what is multiplied to bfloat16 where the processor has AMX and the
    base at least 30 million parameters: 1.28 times as fast. `float32` rounds nothing, so that
    processors with and without AMX learn the same but for the order of sums."""
    processes: int = Field(default=1, ge=1, exclude=True)
    """Processes that train together (`accelerate launch`), one for each GPU."""
    report_to: tuple[str, ...] = Field(default=("tensorboard",), exclude=True)
    """Where losses are also written: `tensorboard` (below the run directory) or whatever the HF
    Trainer knows. One that is not installed is left out."""
    device: str = Field(default="", exclude=True)
    """`cpu` or `cuda`; empty takes the best there is."""
    threads: int = Field(default=0, ge=0, exclude=True)
    """Threads of torch; 0 measures which number is fastest."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kl and (self.method != "lora" or self.adapter == "pissa"):
            raise ValueError(
                "kl needs method lora with adapter rslora, lora or dora: the reference is the "
                "model with its adapter off"
            )
        if self.continue_from and self.method != "lora":
            raise ValueError("continue_from needs method lora")
        if self.continue_from and self.adapter == "pissa":
            raise ValueError(
                "continue_from goes on from the earlier adapter; pissa would begin a new one"
            )
        if self.quantize != "none" and (self.method != "lora" or self.adapter == "pissa"):
            raise ValueError(
                "quantize needs method lora with adapter rslora, lora or dora: weights of 4 bits "
                "cannot be trained or taken apart"
            )
        return self

    @property
    def trains(self) -> bool:
        """Whether the method changes weights."""
        return self.method in folder.TRAINED

    def key_values(self) -> dict[str, Any]:
        """Return the values that decide the output.

        A training that chooses by its losses keeps the key that it had before there were judges.
        """
        values = super().key_values()
        if self.choose_by == "judge":
            return values
        return {name: value for name, value in values.items() if name not in OF_JUDGE}
