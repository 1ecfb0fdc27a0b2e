"""Run capability items, and any other task, through lm-evaluation-harness in this process.

Needs the extra `eval`. `include_defaults=False` keeps the library from reading its 13,000 task
files when only local tasks are asked for.

Source: Gao et al., "A framework for few-shot language model evaluation" (lm-eval 0.4).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np

from erastyle.corpus.errors import ConfigError
from erastyle.eval.capability.scoring import (
    MIN_ITEMS,
    SHIPPED,
    CapabilityResult,
    TaskResult,
    verdict_on_items,
)
from erastyle.eval.capability.tasks import data
from erastyle.train.model.inference import scoring

PREFIX = "erastyle_"
RIGHT = ("acc_norm", "acc", "exact_match")
"""Metrics that say whether an item is right; the first one that a task has is used."""


def _library() -> Any:
    try:
        import lm_eval  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise ConfigError(
            "lm-evaluation-harness is not installed; install it with: pip install 'erastyle[eval]'"
        ) from error
    return lm_eval


def lm_eval_tasks(
    names: Sequence[str] = SHIPPED, include: Sequence[Path] = ()
) -> tuple[list[str], Any]:
    """Return the task names as lm-eval knows them, and its `TaskManager`.

    Args:
        names: Names of shipped tasks (`grammar`), of tasks in `include`, or of lm-eval's own.
        include: Folders with YAML task files of your own.

    Raises:
        ConfigError: lm-eval is not installed, or it knows no task of that name.
    """
    _library()
    from lm_eval.tasks import TaskManager  # type: ignore[import-untyped, unused-ignore]

    wanted = [PREFIX + name if name in SHIPPED else name for name in names]
    folders = [str(data.FOLDER), *map(str, include)]
    manager = TaskManager(include_path=folders, include_defaults=False)
    if not set(wanted) <= set(manager.all_tasks):
        manager = TaskManager(include_path=folders)  # some seconds: it reads all of its own
    for name in wanted:
        if name not in manager.all_tasks:
            raise ConfigError(
                f"lm-eval knows no task '{name}'; give the folder of its YAML file, or one of "
                f"{', '.join(SHIPPED)}"
            )
    return wanted, manager


def evaluate(
    model: Any,
    tokenizer: Any,
    names: Sequence[str] = SHIPPED,
    include: Sequence[Path] = (),
    limit: int | None = None,
    *,
    batch_size: int = 16,
    threads: int = 1,
    min_items: int = MIN_ITEMS,
) -> CapabilityResult:
    """Return the results of lm-eval for `model`, item by item, as `scoring.score` returns them.

    A task whose items are not right or wrong (perplexity, BLEU) has a problem that says so.

    Args:
        model: A causal model of transformers, or a PEFT model. Scored in float32 on a CPU.
        tokenizer: The tokenizer of the model.
        names: Tasks, as in `lm_eval_tasks`. A group stands for its tasks.
        include: Folders with YAML task files of your own.
        limit: First items of each task only.
        batch_size: Texts a forward pass.
        threads: CPU threads.
        min_items: Fewest items for which an accuracy is given.
    """
    library = _library()
    from lm_eval.models.huggingface import HFLM  # type: ignore[import-untyped, unused-ignore]

    wanted, manager = lm_eval_tasks(names, include)
    # The library's progress bars and warnings would disturb those of the caller.
    with redirect_stderr(io.StringIO()), scoring(model, threads):
        tasks = _load(manager, wanted)
        harness = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch_size)
        output = library.simple_evaluate(
            model=harness,
            tasks=tasks,
            task_manager=manager,
            limit=limit,
            log_samples=True,
            bootstrap_iters=0,
            verbosity="ERROR",
        )
    results = {}
    for name, samples in output["samples"].items():
        short = name.removeprefix(PREFIX)
        results[short] = _result(short, sorted(samples, key=lambda s: s["doc_id"]), min_items)
    return CapabilityResult(results)


def _load(manager: Any, wanted: list[str]) -> list[Any]:
    """Return lm-eval's tasks; a mistake in a task file raises a ConfigError here."""
    loaded = []
    for name in wanted:
        try:
            loaded += manager.load([name])["tasks"].values()
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else ""
            raise ConfigError(
                f"lm-eval cannot load the task '{name}' ({type(error).__name__}: {said}); "
                "check its YAML file and whether its data can be reached from here"
            ) from error
    return loaded


def _result(name: str, samples: list[dict[str, Any]], min_items: int) -> TaskResult:
    metric = next((m for m in RIGHT if samples and m in samples[0]), "")
    right = [float(sample[metric]) if metric else np.nan for sample in samples]
    scores = [_scores(sample) for sample in samples]
    lost = sum(bool(np.isnan(by_choice).any()) for by_choice in scores)
    problem = verdict_on_items(len(samples), lost, min_items)
    if not metric or not set(right) <= {0.0, 1.0}:
        problem = problem or "lm-eval does not count the items of this task as right or wrong"
    chances = [1 / len(by_choice) for by_choice in scores if len(by_choice) > 1]
    return TaskResult(
        name=name,
        groups=tuple(str(sample["doc"].get("group", "")) for sample in samples),
        correct=np.array([value == 1.0 for value in right], dtype=np.bool_),
        scores=tuple(scores),
        chance=float(np.mean(chances)) if len(chances) == len(samples) and samples else 0.0,
        problem=problem,
    )


def _scores(sample: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Return the log-likelihood of each choice; empty where the task generates text."""
    answers = sample["filtered_resps"]
    return np.array([float(one[0]) for one in answers if isinstance(one, list | tuple)])
