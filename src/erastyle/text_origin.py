"""What can be known of who wrote a text: what it states, and the watermark of its words.

A statement says what somebody wrote into the file. The watermark says what the model did, and with
which probability chance did it. Neither shows that a person wrote a text: where nothing is there,
the answer is that no mark was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from erastyle.corpus.decode import encoding
from erastyle.corpus.errors import SourceError
from erastyle.corpus.provenance import label, stated
from erastyle.corpus.provenance.sidecar import ENDING
from erastyle.corpus.provenance.stated import Statement
from erastyle.train.model.watermark.search import WatermarkTrial, search

Answer = Literal["marked", "a hint", "no mark found"]
SURE = 1e-4
"""Largest p-value at which a watermark counts as found."""
HINT = 0.01
"""Largest p-value that is told as a hint."""
FEWEST = 50
"""Unrepeated contexts below which nothing short of `SURE` is told: nothing shorter was measured."""
ENOUGH = 100
"""Unrepeated contexts from which on texts of smollm2 are found (benchmarks/watermark.py)."""
MOST = 1_000_000
"""Characters at the start of a text in which the watermark is looked for."""
PART = 0.9
"""A mark on less than this share of a text is told as a mark on a part."""
STDIN = "stdin"


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """What is known of who wrote a text.

    Attributes:
        name: Name of the text.
        statements: What it, or the file beside it, states.
        trials: What each trial of the watermark says, the strongest first.
    """

    name: str
    statements: Sequence[Statement]
    trials: Sequence[WatermarkTrial]

    @property
    def answer(self) -> Answer:
        """Whether it is marked as a text of a machine."""
        best = self._found()
        if self.statements or (best and best.p <= SURE):
            return "marked"
        return "a hint" if best else "no mark found"

    def _found(self) -> WatermarkTrial | None:
        """Return the strongest trial where it says anything."""
        best = self.trials[0] if self.trials else None
        if best is None or best.p > HINT:
            return None
        return best if best.p <= SURE or best.evidence.contexts >= FEWEST else None

    def stated(self, kind: stated.Kind) -> str:
        """Return where it states something of a kind, in a few words; empty: it does not."""
        said = [
            f"{one.where}: {one.detail}" if one.detail and kind != "metadata" else one.where
            for one in self.statements
            if one.kind == kind
        ]
        return ", ".join(dict.fromkeys(said))

    @property
    def sentence(self) -> str:
        """What was found and how sure it is, in words."""
        said = [self._statement()] if self.statements else []
        mark = self._watermark()
        return " ".join([*said, mark]) if mark else " ".join(said) or "No mark found."

    def _statement(self) -> str:
        kinds = {
            "label": "its label",
            "metadata": "its metadata",
            "sidecar": "the file beside it",
        }
        where = [words for kind, words in kinds.items() if self.stated(kind)]  # type: ignore[arg-type]
        types = {one.source_type for one in self.statements} - {""}
        did = "rewrote a draft of a person" if label.RESTYLED in types else "wrote it"
        verb = "says" if len(where) == 1 else "say"
        *first, last = where
        named = f"{', '.join(first)} and {last}" if first else last
        return f"{named} {verb} that a machine {did}.".capitalize()

    def _watermark(self) -> str:
        if not self.trials:
            return "" if self.statements else "No mark found; there are no words in it."
        best = self.trials[0]
        count = best.evidence.contexts
        if self._found():
            first, last = best.part
            part = ""
            if last - first < PART:
                part = f" on a part, from about {100 * first:.0f} to {100 * last:.0f} % of the text"
            sure = "the watermark" if best.p <= SURE else "perhaps the watermark"
            return (
                f"Its words bear {sure} of erastyle ({best.tokenizer}){part}: "
                f"{_one_in(best.p)} unmarked texts would look so."
            )
        none = "No watermark found" if self.statements else "No mark found"
        if max(one.evidence.contexts for one in self.trials) < ENOUGH:
            return (
                f"{none}, but it is short: {count} unrepeated contexts of tokens, and about "
                f"{ENOUGH} are needed."
            )
        return f"{none}."

    def row(self) -> dict[str, Any]:
        """Return it as plain values."""
        best, found = self.trials[0] if self.trials else None, self._found()
        return {
            "text": self.name,
            "answer": self.answer,
            "label": self.stated("label") or None,
            "metadata": self.stated("metadata") or None,
            "sidecar": self.stated("sidecar") or None,
            "watermark": found.tokenizer if found else None,
            "p": best.p if best else None,
            "contexts": best.evidence.contexts if best else 0,
            "part": [round(at, 3) for at in found.part] if found else None,
            "said": self.sentence,
            "statements": [one._asdict() for one in self.statements],
            "trials": [
                {
                    "tokenizer": one.tokenizer,
                    "joined_lines": one.joined,
                    "contexts": one.evidence.contexts,
                    "mean": round(one.evidence.mean, 4),
                    "p_whole": one.evidence.p_whole,
                    "p": one.p,
                }
                for one in self.trials
            ],
        }


def _one_in(p: float) -> str:
    """Return a probability in words.

    >>> _one_in(0.004), _one_in(3e-7), _one_in(1e-50)
    ('one in 250', 'one in 3.3 million', 'less than one in a billion')
    """
    if p < 1e-9:
        return "less than one in a billion"
    if p < 1e-6:
        return f"one in {1 / p / 1e6:.1f} million"
    return f"one in {1 / p:,.0f}"


def origin_of(
    name: str, raw: bytes, tokenizers: Mapping[str, Any], file: Path | None
) -> TextOrigin:
    """Return what is known of a text.

    Args:
        name: Name of the text.
        raw: Its bytes.
        tokenizers: Tokenizers that are tried, by the names of their bases.
        file: Its file, beside which another may say more; None: it is in none.
    """
    text = encoding.decode(raw).text
    statements = stated.in_text(text)
    if file is not None and (told := stated.beside(file, raw)):
        statements.append(told)
    words = label.strip(text)[:MOST].strip("\n")
    return TextOrigin(name, statements, search(words, tokenizers) if words else [])


def tokenizers_of(bases: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the tokenizers that are here, by their bases, and the known bases that are not.

    Args:
        bases: More bases that a person names.

    Raises:
        ModelError: One that a person names cannot be loaded.
    """
    from erastyle.train.bases import known
    from erastyle.train.model import loading

    here = [base.name for base in known.known() if base.where() in ("embedded", "cached")]
    missing = [base.name for base in known.known() if base.name not in (*here, *bases)]
    names = dict.fromkeys([*here, *bases])
    return {name: loading.load_tokenizer(name) for name in names}, missing


def files_of(places: Sequence[str]) -> Iterator[Path]:
    """Yield the files that are named, and those in the folders that are, in the order of names.

    Hidden files and the files beside texts are not texts.

    Raises:
        SourceError: There is nothing at a place.
    """
    for place in places:
        path = Path(place)
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.is_file())
            yield from (
                file
                for file in inside
                if not file.name.endswith(ENDING)
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
        elif path.exists():
            yield path
        else:
            raise SourceError(f"{place}: no such file or folder.")
