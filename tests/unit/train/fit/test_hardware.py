"""What a training makes of a machine: every branch, without the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from erastyle.corpus import era as eras
from erastyle.corpus.errors import ModelError
from erastyle.pipeline.runtime.progress import Progress
from erastyle.pipeline.runtime.stage import Context
from erastyle.train.data.datasets import Sets
from erastyle.train.fit import build_trainer, hardware
from erastyle.train.fit.hardware import Machine, Settings, choose
from erastyle.train.fit.plan import Plan
from erastyle.train.options import TrainOptions
from erastyle.train.recipe_table import size_class

EVERYTHING = frozenset(hardware.PACKAGES)
AMPERE, TURING = (8, 0), (7, 5)


def chosen(machine: Machine, **options: object) -> Settings:
    return choose(machine, TrainOptions.model_validate(options))


def test_a_cpu_trains_in_float32_whatever_is_installed() -> None:
    for packages in (frozenset[str](), EVERYTHING):
        found = chosen(Machine("cpu", packages=packages))
        assert found == Settings(
            "cpu", "float32", False, False, "sdpa", False, packing=False, quantize="none"
        )
        assert not found.gpu


def test_a_gpu_with_everything_gets_flash_attention_packing_and_liger() -> None:
    assert chosen(Machine("cuda", AMPERE, EVERYTHING)) == Settings(
        "cuda", "bfloat16", True, True, "flash_attention_2", True, packing=True, quantize="none"
    )


@pytest.mark.parametrize("package", ["flash_attn", "kernels"])
def test_either_package_brings_flash_attention(package: str) -> None:
    found = chosen(Machine("cuda", AMPERE, frozenset({package})))
    assert (found.attention, found.packing, found.liger) == ("flash_attention_2", True, False)


def test_a_bare_gpu_gets_bfloat16_and_checkpointing_and_groups_by_length() -> None:
    found = chosen(Machine("cuda:1", AMPERE))
    assert found == Settings(
        "cuda:1", "bfloat16", True, True, "sdpa", False, packing=False, quantize="none"
    )


def test_a_gpu_before_ampere_gets_neither_bfloat16_nor_flash_attention() -> None:
    found = chosen(Machine("cuda", TURING, EVERYTHING))
    assert (found.weights, found.mixed, found.attention) == ("float32", False, "sdpa")
    assert (found.checkpointing, found.liger, found.packing) == (True, True, False)


@pytest.mark.parametrize("method", ["full", "blend"])
def test_weights_that_are_all_trained_stay_in_float32(method: str) -> None:
    found = chosen(Machine("cuda", AMPERE, EVERYTHING), method=method)
    assert (found.weights, found.mixed, found.attention) == ("float32", True, "sdpa")


def test_packing_is_as_it_was_asked_for() -> None:
    assert chosen(Machine("cpu"), packing=True).packing
    assert not chosen(Machine("cuda", AMPERE, EVERYTHING), packing=False).packing


def test_a_base_without_flash_attention_packs_only_where_that_was_asked_for() -> None:
    for packing in ("auto", True, False):
        options = TrainOptions.model_validate({"packing": packing})
        found = choose(Machine("cuda", AMPERE, EVERYTHING), options).without_flash(options)
        assert found.attention == "sdpa"
        assert found.packing is (packing is True)


def test_nf4_without_bitsandbytes_is_refused_with_what_to_install() -> None:
    with pytest.raises(ModelError, match=r"pip install 'erastyle\[qlora\]'") as caught:
        chosen(Machine("cuda", AMPERE, EVERYTHING - {"bitsandbytes"}), quantize="nf4")
    assert "\n" not in str(caught.value)
    for machine in (Machine("cuda", AMPERE, EVERYTHING), Machine("cpu", packages=EVERYTHING)):
        assert chosen(machine, quantize="nf4").quantize == "nf4"


@pytest.mark.parametrize(
    "options", [{"method": "full"}, {"method": "prompt"}, {"adapter": "pissa"}]
)
def test_nf4_is_for_an_adapter_beside_a_frozen_base(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="quantize needs method lora"):
        TrainOptions.model_validate({"quantize": "nf4", **options})


def test_the_choice_is_said_in_a_line() -> None:
    line = hardware.sentence(chosen(Machine("cuda", AMPERE, EVERYTHING), quantize="nf4"))
    assert line == (
        "on cuda: bfloat16, base in nf4, flash_attention_2 attention, Liger's RMSNorm, SwiGLU and "
        "rotary embedding, gradient checkpointing, rows packed"
    )


def test_a_cpu_is_looked_at_without_a_gpu() -> None:
    found = hardware.look("cpu")
    assert (found.device, found.capability) == ("cpu", (0, 0))
    assert found.packages <= EVERYTHING


@pytest.mark.parametrize(("device", "there"), [("cuda:1", "cuda:1"), ("cuda", None)])
def test_one_process_trains_on_one_gpu_and_on_the_one_that_was_named(
    device: str, there: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[torch.device] = []
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    monkeypatch.setattr("torch.cuda.set_device", taken.append)
    context = Context(TrainOptions(), eras.load("web-1995"), 7, {}, tmp_path, Progress(), tmp_path)
    sets = Sets([], {}, 0, [], 0)
    plan = Plan(4, 2, 30, 0.0, 100)
    todo = build_trainer.TrainingJob(
        context,
        None,
        sets,
        None,
        plan,
        1,
        chosen(Machine(device, TURING)),
        size_class(0).lora,
    )
    arguments = build_trainer.arguments(todo)
    assert arguments.n_gpu == 1, "else each micro-batch goes to all four at once"
    assert arguments.train_batch_size == 4
    if there:
        assert taken == [torch.device(there)] == [arguments.device]
