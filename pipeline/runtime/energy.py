"""Electrical energy of a stage, by codecarbon where it is installed (extra `energy`).

On most machines this is an estimate: the processor's rated power times its load, and a fixed power
for the memory. codecarbon runs offline: it asks nobody where this machine is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

EVERY = 15  # seconds between readings
COUNTRY = "USA"  # codecarbon wants one for grams of CO2, which nothing here uses


@contextmanager
def meter() -> Iterator[dict[str, float]]:
    """Yield a dictionary that holds `energy_kwh` afterwards, or stays empty without codecarbon.

    A meter that fails must not fail the stage: then nothing is reported.
    """
    used: dict[str, float] = {}
    tracker = _tracker()
    if tracker is None:
        yield used
        return
    try:
        yield used
    finally:
        try:
            tracker.stop()
            used["energy_kwh"] = float(tracker.final_emissions_data.energy_consumed)
        except Exception as error:  # noqa: BLE001 - see above
            logging.getLogger(__name__).warning("energy was not measured: %s", error)


def _tracker() -> Any:
    if find_spec("codecarbon") is None:
        return None
    try:
        from codecarbon import OfflineEmissionsTracker

        logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
        tracker = OfflineEmissionsTracker(
            country_iso_code=COUNTRY,
            tracking_mode="process",
            measure_power_secs=EVERY,
            save_to_file=False,
            allow_multiple_runs=True,
            log_level="critical",
        )
        tracker.start()
    except Exception as error:  # noqa: BLE001
        logging.getLogger(__name__).warning("energy is not measured: %s", error)
        return None
    return tracker
