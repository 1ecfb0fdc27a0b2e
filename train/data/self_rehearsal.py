"""Self-rehearsal: the base answers general prompts, and its own answers are replayed.

On general prompts the model then learns what it would have said anyway: only the style changes.
Source: Huang et al., "Mitigating Catastrophic Forgetting in Large Language Models with
Self-Synthesized Rehearsal", 2024.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.data.rows import Pairs, request
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.generation import Writer, fits, in_batches
from erastyle.train.model.prompt import Encoder

DECODING = Decoding(max_new_tokens=200)


def own_answers(
    pairs: Pairs, model: Any, encoder: Encoder, path: Path, seed: int, progress: Progress
) -> Pairs:
    """Return `pairs` with the base's own answers in the rehearsal rows of the training split.

    Answers that do not end are left out: a model that learns them would not stop. So are prompts
    that leave no room for an answer. Dev rows stay as they are, for they measure what was known.

    Args:
        pairs: Pairs by (split, role).
        model: The base.
        encoder: Its encoder.
        path: File of the answers; a prompt that it holds already is not answered again.
        seed: Seed of the answers.
        progress: Receives the progress.
    """
    rows = pairs.get(("train", "rehearsal"), [])
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            known[row["prompt"]] = row
    writer = Writer(model, encoder.tokenizer, encoder.prompt)
    asked = dict.fromkeys(map(request, rows))
    missing = [p for p in asked if p not in known and fits(writer, p)]
    if missing:
        progress.start("train", len(missing), "own answers")
        answers = in_batches(writer, missing, DECODING, seed, progress)
        for prompt, answer in zip(missing, answers, strict=True):
            known[prompt] = {"prompt": prompt, "response": answer.text, "stopped": answer.stopped}
        if os.environ.get("RANK", "0") == "0":  # all processes find the same answers
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in known.values())
            path.write_text(text, encoding="utf-8")
    kept = []
    for row in rows:
        own = known.get(request(row))
        if own and own["stopped"] and own["response"].strip():
            said = [{"role": "assistant", "content": own["response"]}]
            kept.append({**row, "completion": said})
    return {**pairs, ("train", "rehearsal"): kept}
