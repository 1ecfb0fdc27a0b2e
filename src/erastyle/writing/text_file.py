"""The file of one text: its form, its label, and the file beside it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from erastyle.corpus import period_file
from erastyle.corpus.decode import encoding
from erastyle.corpus.era import Era
from erastyle.corpus.errors import SourceError
from erastyle.corpus.html import markup
from erastyle.corpus.period_file import ENDINGS, PeriodFile, Posting
from erastyle.corpus.provenance import label as labels
from erastyle.corpus.provenance.label import GENERATED, Notice
from erastyle.corpus.provenance.sidecar import Sidecar
from erastyle.pipeline.runtime import manifest

if TYPE_CHECKING:
    from erastyle.train.model.generation import GeneratedText
    from erastyle.writing.answers import Answer, TextTask
    from erastyle.writing.engine import Engine

SLUG = 40
"""Most characters of a file's name that come from the brief."""


@dataclass(frozen=True, slots=True)
class Form:
    """How texts become files.

    Attributes:
        labelled: Whether they bear a label.
        of_period: Whether the files are as the era would have stored them.
    """

    labelled: bool = True
    of_period: bool = False


def today(era: Era) -> Era:
    """Return an era whose files are of today: UTF-8, whole lines, any markup."""
    files = era.files.model_copy(update={"line_ends": "lf", "columns": 0})
    return era.model_copy(update={"encodings": ("utf-8",), "files": files, "markup": "none"})


def encoded(
    text: str, era: Era | None, notice: Notice | None, form: Form, posting: Posting
) -> PeriodFile:
    """Return the file of a text.

    Args:
        text: The text without a label.
        era: The era; None: not known.
        notice: What the label says; None: no label.
        form: How texts become files.
        posting: Headers, where it becomes an article.

    Raises:
        SourceError: It cannot be a file of the era; says why.
    """
    if form.of_period and era is not None:
        return period_file.write(text, era, notice, posting)
    if notice is not None and not text.isascii():
        notice = replace(notice, charset="utf-8")
    if era is not None:
        try:
            return period_file.write(text, today(era), notice, posting)
        except SourceError:
            if not text.strip():
                raise
    # The readers would take it for something else, such as a page without a tag for a text.
    html = "html" in era.formats if era is not None else markup.is_html(text)
    body = labels.label(text, notice, "html" if html else "text") if notice else text
    body = encoding.scrub(body).rstrip("\n") + "\n"
    return PeriodFile(body.encode(), body, "utf-8")


def posting(task: TextTask, era: Era | None) -> Posting:
    """Return the headers of an article that is written for a task."""
    if era is None:
        return Posting()
    day = period_file.day_of(era, task.key, task.brief.year)
    return Posting(task.brief.subject, day, task.key)


def ending(era: Era | None, text: str) -> str:
    """Return what the name of a text's file ends with."""
    if era is not None:
        return ENDINGS[period_file.kind_of(era)]
    return ENDINGS["page" if markup.is_html(text) else "text"]


def name(task: TextTask, ended: str) -> str:
    """Return the name of a text's file: number, words of the brief, key. No brief can leave it.

    Args:
        task: What the text was written for.
        ended: What the name ends with.
    """
    words = unicodedata.normalize("NFKD", task.brief.subject[:400]).encode("ascii", "ignore")
    slug = re.sub(r"[^a-z0-9]+", "-", words.decode().lower()).strip("-")[:SLUG].strip("-")
    copy = f"-{task.copy}" if task.copy > 1 else ""
    return f"{task.number:04d}-{slug or 'text'}{copy}-{task.key[:6]}{ended}"


def sidecar(
    outcome: Answer, text: GeneratedText, engine: Engine, file: PeriodFile, form: Form, path: str
) -> Sidecar:
    """Return what stands beside a text: all that it was made with.

    Args:
        outcome: What became of its task.
        text: The text.
        engine: What wrote it.
        file: Its file.
        form: How it became a file.
        path: Name of the file.
    """
    from erastyle import __version__
    from erastyle.writing.best_of import guidance_of

    task = outcome.task
    guided = guidance_of(outcome.chosen, task.candidates, engine.options.guidance)
    decoding = asdict(engine.options.decoding)
    decoding |= {"max_new_tokens": task.room, "guidance": guided}
    of_period = {"encoding": file.encoding, "replaced": dict(file.replaced)}
    return Sidecar(
        made_by=f"erastyle {__version__}",
        digitalSourceType=labels.uri(GENERATED),
        labelled=form.labelled,
        file=path,
        sha256=hashlib.sha256(file.raw).hexdigest(),
        text_sha256=_sha256(labels.strip(file.body) if form.labelled else file.body),
        written=manifest.now().isoformat(timespec="seconds"),
        model=engine.model,
        corpus=engine.corpus,
        brief=task.request,
        seed=task.seed,
        number=task.first + outcome.chosen,
        decoding={name: decoding[name] for name in decoding if name not in ("batch", "watermark")},
        watermark=engine.mark,
        guards=guarded(text) if engine.guards else {},
        scores=dict(outcome.scores) if outcome.scores else None,
        period_file=of_period if form.of_period else None,
    )


def guarded(text: GeneratedText) -> dict[str, Any]:
    """Return what the guards did to a text, as plain values."""
    return {
        "refused": dict(text.refused),
        "refused_tokens": text.spent,
        "let_stand": [mark._asdict() for mark in text.marks],
        "ending": text.ending,
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
