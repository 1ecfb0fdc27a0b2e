"""Pages that the model writes at a checkpoint, judged: the same briefs and seed each time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erastyle.pipeline.runtime.progress import Progress
from erastyle.train.choice import samples
from erastyle.train.choice.page_choice import PAGE_TOKENS, PageScore
from erastyle.train.choice.page_judge import PageJudge, PageVerdict
from erastyle.train.data import rows


@dataclass(frozen=True, slots=True)
class WrittenPages:
    """Writes pages for briefs of dev sites, and asks a judge.

    Attributes:
        out: Folder of the stage; `pages.jsonl` and `samples.jsonl` are written there.
        tokenizer: Tokenizer of the base.
        briefs: The briefs, none of a test site.
        judge: The judge that may choose.
        seed: Seed of every page.
        samples: How many of the pages stand in `samples.jsonl` and on the terminal.
        progress: Where to report.
    """

    out: Path
    tokenizer: Any
    briefs: Sequence[str]
    judge: PageJudge
    seed: int
    samples: int
    progress: Progress

    def look(self, model: Any, update: int, epoch: float, loss: float) -> PageScore:
        """Return the score of the pages that the model writes now.

        Args:
            model: The model that is trained.
            update: Updates so far.
            epoch: Passes so far.
            loss: Loss on the style dev rows, for the rows that are written.
        """
        texts, verdicts = self._written(model, self.briefs)
        score = PageScore.of(update, verdicts)
        made = list(zip(self.briefs, texts, verdicts, strict=True))
        self._keep(update, epoch, loss, made)
        said = [{"brief": b, "text": t, **samples.verdict_row(v)} for b, t, v in made]
        samples.add_rows(self.out / samples.PAGES, update, said)
        self.progress.say(
            f"update {update}: {sum(v.passes for v in verdicts)} of {len(verdicts)} pages for "
            f"briefs of dev sites pass, mean percentile {score.percentile:.2f}"
        )
        return score

    def first_look(self, model: Any, loss: float) -> None:
        """Write the sampled pages of the untrained model."""
        briefs = self.briefs[: self.samples]
        if briefs:
            texts, verdicts = self._written(model, briefs)
            self._keep(0, 0, loss, list(zip(briefs, texts, verdicts, strict=True)))

    def _written(
        self, model: Any, briefs: Sequence[str]
    ) -> tuple[list[str], Sequence[PageVerdict]]:
        texts = samples.answers(model, self.tokenizer, briefs, PAGE_TOKENS, self.seed)
        return texts, self.judge(texts, briefs)

    def _keep(
        self,
        update: int,
        epoch: float,
        loss: float,
        made: Sequence[tuple[str, str, PageVerdict]],
    ) -> None:
        """Write the sampled pages into their file and show them."""
        when = {"epoch": round(epoch, 2), "style_loss": round(loss, 4)}
        chosen = made[: self.samples]
        said = [{**when, "brief": b, "text": t, **samples.verdict_row(v)} for b, t, v in chosen]
        samples.add_rows(self.out / samples.FILE, update, said)
        for brief, text, verdict in chosen:
            self.progress.example(samples.shown(f"update {update}", brief, text, verdict))


def briefs_of(pairs: Sequence[Mapping[str, Any]], count: int, seed: int) -> list[str]:
    """Return the briefs that are answered: a seeded draw in which sites take turns.

    Args:
        pairs: Pairs of dev sites.
        count: How many briefs.
        seed: Same pairs and seed, same briefs.
    """
    chance = random.Random(seed)  # noqa: S311 - a choice, no secret
    by_site: dict[str, list[str]] = {}
    for pair in sorted(pairs, key=lambda pair: (str(pair["site"]), str(pair["document_id"]))):
        by_site.setdefault(str(pair["site"]), []).append(rows.request(pair))
    sites = list(by_site.values())
    chance.shuffle(sites)
    for site in sites:
        chance.shuffle(site)
    drawn = dict.fromkeys(brief for turn in _turns(sites) for brief in turn)
    return list(drawn)[:count]


def _turns(sites: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for place in range(max(map(len, sites), default=0)):
        yield [site[place] for site in sites if place < len(site)]
