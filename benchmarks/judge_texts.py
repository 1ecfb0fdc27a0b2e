"""The texts of `benchmarks/judge.py`: contrast to learn from, and kinds that must not pass."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

import harness
from judge_documents import Documents, Sited

from erastyle.eval.judge.kinds import KINDS, KindSources, in_form, of_kind
from erastyle.eval.judge.learning_texts import ContrastText
from erastyle.eval.style.features import Text, prose_of

LEARNT_KINDS = ("modern in form", "machine in form", "other era in form")
"""Made kinds that are contrast besides the documents themselves."""
NEVER_LEARNT = ("caricature", "caricature, calm", "shell", "template page", "link list",
                "other language", "code", "machine roughened", "later words",
                "machine continued")  # fmt: skip
"""Kinds that no judge here has seen in any training."""
BROKEN = ("words shuffled", "sentences shuffled", "paragraph repeated", "line repeated")
"""Kinds that gates were thought of for, though nothing was learnt from them."""


def sources(documents: Documents) -> KindSources:
    """Return documents as the generator of kinds takes them."""
    return KindSources(
        [r.text for r in documents.real],
        [r.text for r in documents.modern],
        [r.text for r in documents.modern_texts],
        [r.text for r in documents.machine],
        {name: [r.text for r in rows] for name, rows in documents.others.items()},
    )


def contrast(
    documents: Documents, without: Sequence[str] = (), count: int = 200
) -> list[ContrastText]:
    """Return everything that the judge learns the era's voice against.

    Args:
        documents: Those of the learning sites.
        without: Families that are left out: `modern`, `other era`, `machine`.
        count: Texts of each made kind.
    """
    rows: list[tuple[str, Sequence[Sited], str]] = [
        ("modern", documents.modern, "modern"),
        ("modern text", documents.modern_texts, "modern"),
        ("general", documents.general, "modern"),
        ("machine", documents.machine, "machine"),
        ("general answers", documents.answers, "modern"),
    ]
    rows += [(name, r, f"other era: {name}") for name, r in documents.others.items()]
    texts = [
        ContrastText(row.text, kind, family)
        for kind, held, family in rows
        if family.partition(":")[0] not in without
        for row in held
    ]
    made = sources(documents)
    for kind in LEARNT_KINDS:
        family = KINDS[kind].family
        if family in without:
            continue
        if family != "other era":
            made_texts = of_kind(kind, made, "learn", count, seed=1)
            texts += [ContrastText(m.text, m.kind, family) for m in made_texts]
            continue
        for name, held in made.others.items():
            one = KindSources(made.real, others={name: held})
            made_texts = of_kind(kind, one, "learn", count // 2, seed=1)
            texts += [
                ContrastText(m.text, f"{name} in form", f"other era: {name}") for m in made_texts
            ]
    return texts


def checked(documents: Documents, count: int) -> dict[str, list[Text]]:
    """Return texts that must not pass, by kind, of sites and templates that were not learnt."""
    made = sources(documents)
    kinds = {kind: [m.text for m in of_kind(kind, made, "check", count, seed=2)] for kind in KINDS}
    by_name = made.others
    del kinds["other era in form"]
    for name, texts in by_name.items():
        one = KindSources(made.real, others={name: texts})
        kind = f"{name} in form"
        kinds[kind] = [m.text for m in of_kind("other era in form", one, "check", count, seed=2)]
    kinds["machine continued"] = [r.text for r in documents.continued[:count]]
    return {kind: texts for kind, texts in kinds.items() if texts}


SUBJECTS = ("my three cats", "model trains", "the chess club", "bread baking", "our trip to Norway",
            "an old guitar", "bird watching", "a small software firm", "beginners' astronomy",
            "the town library", "used bicycles", "a science fiction story")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """Whose texts are judged besides the made kinds; nothing is learnt from them.

    Attributes:
        bases: Bases whose untuned answers are judged.
        folder: Folder of `*.jsonl` with texts of fine-tuned models, or None.
    """

    bases: tuple[str, ...]
    folder: Path | None


def answers(base: str, era: str) -> list[Text]:
    """Return untuned answers of a base to the era's briefs, generated once."""
    kept = harness.ROOT / "runs" / "judge" / f"{base}-{era}.jsonl"
    if not kept.exists():
        rows = [
            json.dumps({"brief": b, "text": t}) for b, t in zip(*generated(base, era), strict=True)
        ]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("\n".join(rows) + "\n", encoding="utf-8")
    lines = kept.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return [Text(text, "", format_of(era)) for text in texts if text.strip()]


def generated(base: str, era: str) -> tuple[list[str], list[str]]:
    """Let a base answer two briefs a subject, and return briefs and answers."""
    import torch

    from erastyle.corpus import era as eras
    from erastyle.train.model.pair import from_base

    writer, templates = from_base(base, "cpu"), eras.load(era).briefs
    torch.manual_seed(1)
    briefs, texts = [], []
    for n, subject in enumerate(SUBJECTS * 2):
        brief = templates[n % len(templates)].format(title=subject.title(), about=subject)
        ids = torch.tensor([writer.prompt(brief)])
        with torch.inference_mode():
            out = writer.model.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=300, do_sample=True,
                temperature=0.7, top_p=0.95, pad_token_id=writer.tokenizer.pad_token_id,
            )  # fmt: skip
        briefs.append(brief)
        texts.append(writer.tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True))
    return briefs, texts


def format_of(era: str) -> Literal["html", "text"]:
    """Return the format of an era's documents."""
    return "html" if era.startswith("web") else "text"


def written(era: str, documents: Documents, asked: Written) -> dict[str, list[Text]]:
    """Return texts that models wrote, by kind: untuned bases, plain and in form, and those given.

    Args:
        era: Name of the era.
        documents: Documents whose tags the answers in form get.
        asked: Which.
    """
    kinds: dict[str, list[Text]] = {}
    made = sources(documents)
    for base in asked.bases:
        plain = answers(base, era)
        kinds[f"written: {base}, untuned"] = plain
        kinds[f"written: {base}, untuned, in form"] = [
            in_form(prose_of(text), made, "check", Random(f"{base} {n}"), n)
            for n, text in enumerate(plain)
        ]
    paths = sorted(asked.folder.glob("*.jsonl")) if asked.folder and asked.folder.is_dir() else []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("era", era) == era and row.get("text", "").strip():
                name = f"written: {row.get('kind', path.stem)}"
                kinds.setdefault(name, []).append(Text(row["text"], "", format_of(era)))
    return kinds
