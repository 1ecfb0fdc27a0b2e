"""The part of an export's card that says how its kind is used, and how it was checked."""

from __future__ import annotations

from erastyle.train.export.job import HUB_NAMES
from erastyle.train.export.provenance import Provenance


def usage(provenance: Provenance) -> str:
    """Return the sections on use and checks, Markdown."""
    how = {
        "adapter": _adapter,
        "merged": _merged,
        "gguf": _gguf,
        "gguf-lora": _gguf_lora,
        "ollama": _ollama,
    }[provenance.kind]
    checks = [f"- {c.check}: {c.value:g} ({c.limit})" for c in provenance.checks]
    missing = [f"- {sentence}" for sentence in provenance.not_checked]
    parts = [
        "\n## How to use this export",
        how(provenance),
        "A program that shows its texts says that a machine wrote them; the model's files do not "
        "do that by themselves.",
        "## Checked before it was put here",
        "\n".join(checks),
        *(["Not checked:", "\n".join(missing)] if missing else []),
        "`sha256sum -c SHA256SUMS` or `erastyle verify` compares every file.",
    ]
    return "\n\n".join(parts) + "\n"


def plain_card(provenance: Provenance) -> str:
    """Return the beginning of a card for an era whose profile is not known here."""
    model = provenance.model
    base = f" on {model.base}" if model else ""
    return (
        f"---\npipeline_tag: text-generation\ntags: [erastyle, machine-made-text]\n---\n\n"
        f"# {provenance.name}: a fine-tuned model\n\n"
        f"A language model that was fine-tuned{base} to write in the manner of the era "
        f"{provenance.era}. {provenance.notice}\n"
    )


def _base(provenance: Provenance) -> str:
    return provenance.model.base if provenance.model else ""


def _exact_base(provenance: Provenance) -> str:
    base = _base(provenance)
    digest = provenance.model.base_digest[:12] if provenance.model else ""
    text = f"The adapter belongs to the base {base} with the digest {digest}."
    if base in HUB_NAMES.values():
        text += (
            " That base is a file of 4-bit blocks, dequantised; the weights on the hub are near "
            "to it and not equal. `erastyle export RUN --to merged --strength 0` writes the "
            "exact base."
        )
    return text


def _adapter(provenance: Provenance) -> str:
    return (
        _python(
            "from peft import PeftModel",
            f'base = AutoModelForCausalLM.from_pretrained("{_base(provenance)}")\n'
            'model = PeftModel.from_pretrained(base, "THIS_FOLDER")',
            "THIS_FOLDER",
        )
        + "\n\nvLLM: `vllm serve BASE --enable-lora --max-lora-rank RANK --lora-modules "
        "style=THIS_FOLDER`; RANK is at least `r` in `adapter_config.json`. vLLM was not run "
        f"here. {_exact_base(provenance)}"
    )


def _merged(provenance: Provenance) -> str:
    folder = next(n.split("/")[0] for n in provenance.payload if n.startswith("strength-"))
    return (
        "Each folder `strength-S` is a whole model in float32; the strength 1 is as trained.\n\n"
    ) + _python(
        "",
        f'model = AutoModelForCausalLM.from_pretrained("THIS_FOLDER/{folder}")',
        f"THIS_FOLDER/{folder}",
    )


def _python(imports: str, model: str, tokenizer: str) -> str:
    """Return the Python that loads a model and its tokenizer, as Markdown."""
    lines = [
        "```python",
        *([imports] if imports else []),
        "from transformers import AutoModelForCausalLM, AutoTokenizer\n",
        model,
        f'tokenizer = AutoTokenizer.from_pretrained("{tokenizer}")',
        "```",
    ]
    return "\n".join(lines)


def _gguf(provenance: Provenance) -> str:
    first = next(n for n in provenance.payload if n.endswith(".gguf"))
    return (
        f"    llama-server -m {first} --jinja\n\n"
        "The chat template and the end token are in the file. LM Studio and other programs on "
        "llama.cpp load the same file. Smaller K-quants are made from the f16 file with "
        "llama.cpp's `llama-quantize`, and are not checked here. A request's text is read with its "
        "control tokens by most servers: `<|im_end|>` in it ends the turn."
    )


def _gguf_lora(provenance: Provenance) -> str:
    first = next(n for n in provenance.payload if n.endswith(".gguf"))
    return (
        f"    llama-server -m BASE.gguf --lora {first} --lora-init-without-apply --jinja\n\n"
        "With each request the strength is sent, with the id of every adapter that the server "
        'loaded: `"lora": [{"id": 0, "scale": 0.7}]`. An adapter that a request does not name has '
        "the scale 0 for it; without the field, the server's own scales hold. 0 is the base, 1 as "
        f"trained. {_exact_base(provenance)} "
        "`erastyle export RUN --to gguf --strength 0` writes that base as GGUF."
    )


def _ollama(provenance: Provenance) -> str:
    return (
        f"    ollama create {provenance.era} -f Modelfile\n    ollama run {provenance.era}\n\n"
        "The Modelfile names the merged GGUF file beside it; Ollama >= 0.34.1 takes no ADAPTER. "
        "Ollama was not run here."
    )
