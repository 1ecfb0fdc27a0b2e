"""Is a text that was asked for with a year dated as of that year?

    python benchmarks/asked_years.py --run DIR [--count 16] [--years 1994 1997] [--quick]

The briefs are the first ones of `free-briefs.tsv`, each once with "The year is N." for either year.
The dater is that of `style_dating.py`: words, tags and style, years masked, learnt from four fifths
of the sites of real documents (`shared/data` beside the checkout). Real documents of the other
fifth, from the years up to the earlier and from the later on, stand beside. A dater that says one
year of everything would be near both, so what counts is whether it tells the two apart: a text that
was asked for with the later year must be dated later than the same brief with the earlier one.
Chance is a half. The texts are kept in DIR/cache; `--quick` measures those that are there.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
from harness import Bench, shared_data
from style_dating import Known, kept, read
from text import Asked, Texts, free_briefs

from erastyle.eval.dating.learned import DatingModel
from erastyle.eval.style.features import Text, prose_of
from erastyle.train.model.guards.guard import FEWEST_FOR_PEOPLE

COLLECTION = {"html": "web1990s", "text": "usenet1993"}
PAIRS = 4000
"""Pairs of real documents, one of either side."""
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<=[-/])\d\d(?!\d)")


def dated(model: DatingModel, bodies: list[str], form: str) -> np.ndarray:
    """Return the year of each text by its style, without the dates that it states."""
    shown = [Text(YEAR.sub("", body), "", form) for body in bodies]
    texts = [Text(one.body, prose_of(one), one.format) for one in shown]
    return np.array([one.year for one in model.date(texts)])


def later(early: np.ndarray, late: np.ndarray) -> tuple[float, int]:
    """Return the share of pairs in their order, and of how many; a tie counts half.

    Pairs of which one is too short to be dated are left out.
    """
    told = ~(np.isnan(early) | np.isnan(late))
    early, late = early[told], late[told]
    if not len(early):
        return float("nan"), 0
    return float(np.mean((late > early) + 0.5 * (late == early))), len(early)


def main() -> None:
    """Write the texts, or take them from the cache, date them and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--years", type=int, nargs=2, default=[1994, 1997])
    parser.add_argument("--quick", action="store_true", help="measure the texts that are there")
    options = parser.parse_args()
    first, last = options.years
    texts = Texts(options.run, options.quick)
    era, form = texts.era, texts.era.format
    briefs = [one.brief.rstrip() for one in free_briefs(era.name, options.count)]
    guards = texts.guards(FEWEST_FOR_PEOPLE)
    written = {
        year: texts.write("model", [Asked(f"{b} The year is {year}.") for b in briefs], guards)
        for year in (first, last)
    }
    docs = read(shared_data(), 0.3)
    aside = kept(docs.sites)
    model, test = docs.only(~aside).fit(), docs.only(aside)
    own = test.only(test.names == COLLECTION[form])
    real = real_order(model, own, first, last)
    years = {y: dated(model, [t.text for t in written[y]], form) for y in (first, last)}
    bench, n = Bench("asked_years"), len(briefs)
    share, pairs = later(years[first], years[last])
    half = 0.5 + 0.5 * (real - 0.5)  # half of what the dater can tell of real documents
    told = not np.isnan(real)
    bench.figure(
        f"{era.name}, {n} briefs, {first} and {last}: dated in the order that was asked for", share,
        "share", f">= {half:.2f}" if told else "-", share >= half if told else None,
        {
            "pairs that can be dated": pairs,
            "real documents of other sites": round(real, 3) if told else "none of both sides",
            f"mean year of those of {first}": round(float(np.nanmean(years[first])), 2),
            f"mean year of those of {last}": round(float(np.nanmean(years[last])), 2),
        },
    )  # fmt: skip
    for year in (first, last):
        stated = [re.findall(r"(?<!\d)19\d\d(?!\d)", t.text) for t in written[year]]
        with_year = [found for found in stated if found]
        right = sum(str(year) in found for found in with_year)
        bench.figure(
            f"{era.name}, asked for {year}: texts that state a year and name that one",
            right / max(1, len(with_year)), "share", "", None,
            {"texts that state a year": len(with_year)},
        )  # fmt: skip
    bench.keep_others()
    bench.finish()


def real_order(model: DatingModel, docs: Known, first: int, last: int) -> float:
    """Return the share of pairs of real documents, of either side, that are dated in order."""
    years = np.array([one.year for one in model.date_features(docs.seen, docs.found)])
    early, late = years[docs.years <= first], years[docs.years >= last]
    if not len(early) or not len(late):
        return float("nan")
    rng = np.random.default_rng(1995)
    return later(rng.choice(early, PAIRS), rng.choice(late, PAIRS))[0]


if __name__ == "__main__":
    main()
