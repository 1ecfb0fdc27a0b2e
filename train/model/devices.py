"""Chooses and checks the device that a model runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erastyle.corpus.errors import ModelError

if TYPE_CHECKING:
    pass


def check_device(device: str) -> None:
    """Refuse a GPU that is not there.

    Raises:
        ModelError: Torch sees no such GPU.
    """
    import torch

    if device.startswith("cuda"):
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        number = device.partition(":")[2] or "0"
        if not number.isdecimal() or int(number) >= count:
            raise ModelError(
                f"device {device}: torch sees {count} GPUs. Take another device, or install the "
                "driver and a torch that is built for it."
            )


def best_device() -> str:
    """Return `cuda` where there is a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
