"""A Modelfile for Ollama, from a merged GGUF file, with the chat template in Go's language.

Ollama >= 0.34.1 refuses to create a model from an ADAPTER, so the adapter is merged. Ollama is not
run here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from erastyle.corpus.errors import ModelError
from erastyle.train.bases import chat_template
from erastyle.train.bases.chat_template import CHATML, Message
from erastyle.train.export import gguf_model
from erastyle.train.export.job import ExportJob
from erastyle.train.export.provenance import MADE_BY_MACHINE, CheckResult
from erastyle.train.model import loading
from erastyle.train.model.decoding import Decoding
from erastyle.train.model.loading import PLAIN_TEMPLATE

MODELFILE = "Modelfile"
NOT_RUN = "Ollama was not run: the Modelfile is made from its documentation."
GO_CHATML = (
    "{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"
    "<|im_start|>assistant\n"
)
GO_PLAIN = (
    '{{- range .Messages }}{{ if eq .Role "assistant" }}Answer:\n{{ .Content }}EOS\n'
    "{{ else }}Request:\n{{ .Content }}\n\n{{ end }}{{ end }}Answer:\n"
)
_REQUEST: list[Message] = [{"role": "user", "content": "request"}]
_TURNS: list[Message] = [
    *_REQUEST,
    {"role": "assistant", "content": "answer"},
    {"role": "user", "content": "next"},
]


def write(job: ExportJob, folder: Path) -> list[CheckResult]:
    """Write one GGUF file and the Modelfile that names it.

    Raises:
        ModelError: The model cannot be written as GGUF, its chat template has no form in Go's
            language, or what was written is not equal to the model.
    """
    if len(job.strengths) != 1:
        raise ModelError("A Modelfile names one model: give one --strength.")
    tokenizer = loading.load_tokenizer(job.description.base)
    template = go_template(job.base_name, tokenizer)  # refused before minutes of work
    one = replace(job, types=job.types[:1])
    checks = gguf_model.write(one, folder)
    name = f"{job.stem(job.strengths[0])}-{one.types[0]}.gguf"
    text = modelfile(name, template, tokenizer.eos_token, job)
    (folder / MODELFILE).write_text(text, encoding="utf-8")
    return checks


def go_template(name: str, tokenizer: Any) -> str:
    """Return the chat template in the language of Go's text/template.

    Raises:
        ModelError: The template is not one whose form in that language is known.
    """
    template, end = str(tokenizer.chat_template), str(tokenizer.eos_token)
    for known, go in ((CHATML, GO_CHATML), (PLAIN_TEMPLATE, GO_PLAIN.replace("EOS", end))):
        if _same(template, known, {"eos_token": end, "bos_token": tokenizer.bos_token or ""}):
            return go
    raise ModelError(
        f"{name}: its chat template is not known in Ollama's language. Export it with --to gguf "
        "and write the TEMPLATE of the Modelfile by hand."
    )


def _same(one: str, other: str, tokens: Mapping[str, str]) -> bool:
    """Say whether two Jinja templates render the same conversations in the same way."""
    with chat_template.time_limit("The chat template"):
        try:
            return all(
                chat_template.render(one, messages, answer=True, **tokens)
                == chat_template.render(other, messages, answer=True, **tokens)
                for messages in (_REQUEST, _TURNS)
            )
        except ModelError:
            raise
        except Exception:  # noqa: BLE001 - a program of somebody else raises anything
            return False


def modelfile(gguf: str, template: str, end: str, job: ExportJob) -> str:
    """Return the text of a Modelfile.

    Args:
        gguf: Name of the GGUF file beside it.
        template: The chat template in Go's language.
        end: Text of the end token.
        job: What was exported.
    """
    decoding = Decoding(max_new_tokens=1)
    licence = f"Base model {job.base_name}: {job.licence or 'licence not known'}.\n"
    lines = [
        f"# {MADE_BY_MACHINE}",
        f"# {NOT_RUN}",
        f"FROM ./{gguf}",
        f'TEMPLATE """{template}"""',
        f"PARAMETER stop {_quoted(end)}",
        f"PARAMETER temperature {decoding.temperature:g}",
        f"PARAMETER top_p {decoding.top_p:g}",
        f"PARAMETER repeat_penalty {decoding.repetition_penalty:g}",
        f'LICENSE """{licence}See LICENCES.md for those of the documents.\n{MADE_BY_MACHINE}"""',
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
