"""Decides how a training uses the machine, from the device and the installed packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec

from erastyle.corpus.errors import ModelError
from erastyle.train.fit.products import Products
from erastyle.train.model.loading import Quantize
from erastyle.train.options import TrainOptions

PACKAGES = ("bitsandbytes", "flash_attn", "kernels", "liger_kernel")
AMPERE = (8, 0)  # the first compute capability with bfloat16, which flash attention also needs
# The layers of liger-kernel without its losses: those replace the forward pass, and the loss over
# the completion, its divergence from the base and TRL's trainer need plain logits.
LIGER = {"cross_entropy": False, "fused_linear_cross_entropy": False}


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that a training runs on.

    Attributes:
        device: `cpu`, `cuda`, or `cuda:1`.
        capability: Compute capability of the GPU, such as (8, 0); (0, 0) without one.
        packages: Installed packages out of `PACKAGES`.
    """

    device: str
    capability: tuple[int, int] = (0, 0)
    packages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settings:
    """How a training uses the machine.

    Attributes:
        device: The device, such as `cpu` or `cuda:1`.
        weights: Number type in which the base is loaded, by torch's name.
        mixed: Whether torch computes in bfloat16 whatever the weights are.
        checkpointing: Whether activations are computed again in the backward pass, to save memory.
        attention: Implementation, by the name that transformers gives it.
        liger: Whether liger-kernel's RMSNorm, SwiGLU and rotary embedding are used.
        packing: Whether rows are packed, or grouped by length.
        quantize: How the base's weights are stored.
        products: Number type in which a CPU multiplies matrices while it trains.
    """

    device: str
    weights: str
    mixed: bool
    checkpointing: bool
    attention: str
    liger: bool
    packing: bool
    quantize: Quantize
    products: Products = "float32"

    @property
    def gpu(self) -> bool:
        """Whether it is trained on a GPU."""
        return self.device != "cpu"

    def without_flash(self, options: TrainOptions) -> Settings:
        """Return the settings for a base that cannot use flash attention."""
        return replace(self, attention="sdpa", packing=options.packing is True)


def own(device: str, environment: Mapping[str, str]) -> str:
    """Return the GPU of this process, where several train together.

    >>> own("cuda", {"LOCAL_RANK": "1"}), own("cuda", {}), own("cpu", {"LOCAL_RANK": "1"})
    ('cuda:1', 'cuda', 'cpu')
    """
    rank = environment.get("LOCAL_RANK")
    return f"cuda:{rank}" if device == "cuda" and rank is not None else device


def look(device: str) -> Machine:
    """Return the machine behind a device."""
    import torch

    packages = frozenset(name for name in PACKAGES if find_spec(name) is not None)
    if device == "cpu" or not torch.cuda.is_available():
        return Machine(device, packages=packages)
    return Machine(device, torch.cuda.get_device_capability(device), packages)


def choose(machine: Machine, options: TrainOptions) -> Settings:
    """Return the settings of a training on this machine.

    On a CPU: float32, no gradient checkpointing, rows grouped by length. On a GPU: gradient
    checkpointing; from Ampere on computing in bfloat16 and, where `flash_attn` or `kernels` is
    installed, flash attention and packing. LoRA's frozen base is stored in bfloat16; weights that
    are all trained stay in float32, because a small update would be rounded away, and so take
    torch's own attention: flash attention reads nothing but half precision.

    Raises:
        ModelError: `quantize` needs a package that is not installed.
    """
    gpu = machine.device != "cpu"
    modern = gpu and machine.capability >= AMPERE
    if options.quantize != "none" and "bitsandbytes" not in machine.packages:
        raise ModelError(
            f"train.quantize={options.quantize} needs bitsandbytes. Install it with "
            "`pip install 'erastyle[qlora]'`, or set train.quantize=none."
        )
    half = modern and options.method == "lora"
    flash = half and bool({"flash_attn", "kernels"} & machine.packages)
    return Settings(
        device=machine.device,
        weights="bfloat16" if half else "float32",
        mixed=modern,
        checkpointing=gpu,
        attention="flash_attention_2" if flash else "sdpa",
        liger=gpu and "liger_kernel" in machine.packages,
        packing=flash if options.packing == "auto" else options.packing,
        quantize=options.quantize,
    )


def sentence(settings: Settings) -> str:
    """Return the settings as one line for the terminal.

    >>> sentence(choose(Machine("cpu"), TrainOptions()))
    'on cpu: float32, sdpa attention, rows grouped by length'
    """
    used = ["bfloat16" if settings.mixed else "float32"]
    if settings.quantize != "none":
        used.append(f"base in {settings.quantize}")
    if settings.products != "float32":
        used.append(f"products in {settings.products}")
    used.append(f"{settings.attention} attention")
    if settings.liger:
        used.append("Liger's RMSNorm, SwiGLU and rotary embedding")
    if settings.checkpointing:
        used.append("gradient checkpointing")
    used.append("rows packed" if settings.packing else "rows grouped by length")
    return f"on {settings.device}: {', '.join(used)}"
