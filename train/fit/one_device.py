"""TRL's arguments for a process that trains on one device, the one that the base is on.

The HF Trainer takes the first GPU, and spreads each micro-batch over all GPUs that it sees, which
TRL refuses.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from trl import SFTConfig


@dataclass
class OneDeviceConfig(SFTConfig):  # type: ignore[misc]
    """SFTConfig whose device is given.

    Attributes:
        on_device: The GPU, such as `cuda` or `cuda:1`; empty leaves the choice to the HF Trainer.
    """

    on_device: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        """Make the given GPU the current one of torch."""
        super().__post_init__()
        if self._given is not None:
            torch.cuda.set_device(self._given)

    @property
    def _given(self) -> torch.device | None:
        device = torch.device(self.on_device) if self.on_device else None
        return device if device is not None and device.index is not None else None

    @property
    def device(self) -> torch.device:
        """The device that this process trains on."""
        own: torch.device = super().device  # also sets up the processes that train together
        return own if self._given is None else self._given

    @property
    def n_gpu(self) -> int:
        """Number of GPUs that this process uses."""
        return 1 if self.on_device else int(super().n_gpu)
