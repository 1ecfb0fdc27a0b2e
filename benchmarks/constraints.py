"""How many real documents would the constraints not have let pass, and by which rule?

    python benchmarks/constraints.py --run DIR

DIR is a run on real documents, such as `erastyle run … --base smollm2` leaves. Each document's
first 1,600 characters are read token by token, as a model would write them; the first token that a
constraint forbids counts. A page with comments alone is counted apart: nobody reads comments.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness import Bench

from erastyle import planned_run
from erastyle.pipeline.runtime import ledger
from erastyle.train.data import rows
from erastyle.train.model import loading
from erastyle.train.model.guards.constraint import Constraint
from erastyle.train.model.guards.of_era import guards_of

CHARACTERS = 1600
_COMMENT = re.compile(r"<!(?!doctype)[^>]*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)


def main() -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    options = parser.parse_args()
    planned = planned_run.load_saved(options.run)
    era = planned.config.era
    constraints = [c for c in guards_of(era, None, 1).constraints if c.name != "early end"]
    tokenizer = loading.load_tokenizer(planned.config.train.base)
    pairs = planned.step("pairs").folder
    documents = [rows.answer(r) for r in ledger.rows(pairs / "kept") if r["role"] == "style"]
    bench = Bench("constraints")
    for name, texts in (
        ("as they are", documents),
        ("comments aside", [_COMMENT.sub("", text) for text in documents]),
    ):
        broken = Counter(_first(text[:CHARACTERS], constraints, tokenizer) for text in texts)
        any_of_them = 1 - broken[""] / len(texts)
        peers = {c.name: round(broken[c.name] / len(texts), 4) for c in constraints}
        bench.figure(
            f"{era.name}, real documents, {name}: break a rule", any_of_them, "share", "", None,
            {"n": len(texts), **peers},
        )  # fmt: skip
    bench.finish()


def _first(text: str, constraints: Sequence[Constraint], tokenizer: Any) -> str:
    """Return the name of the first constraint that a text breaks, or nothing."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    for begin, end in encoded["offset_mapping"]:
        for one in constraints:
            if begin < end and one.forbids(text[:begin], text[begin:end], ""):
                return str(one.name)
    return ""


if __name__ == "__main__":
    main()
