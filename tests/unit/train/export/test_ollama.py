"""The Modelfile: its template, stop, licence, and templates that have no known form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from erastyle.corpus.errors import ModelError
from erastyle.train.export import ollama
from erastyle.train.model import loading


def rendered(template: str, turns: list[tuple[str, str]]) -> str:
    """Render the one form of Go template that is written: a range over messages."""
    before, rest = template.split("{{- range .Messages }}")
    body, after = rest.rsplit("{{ end }}", 1)
    text = before.rstrip()
    for role, content in turns:
        part = body
        if "{{ if" in part:
            yes, no = part.split("{{ else }}")
            head, yes = yes.split("}}", 1)
            assert head == '{{ if eq .Role "assistant" '
            part = yes if role == "assistant" else no.removesuffix("{{ end }}")
        text += part.replace("{{ .Role }}", role).replace("{{ .Content }}", content)
    return text + after


def test_the_modelfile_asks_as_the_model_was_trained(job_of: Any, tmp_path: Path) -> None:
    job = job_of("llama", types=("q8_0",), licence="Apache-2.0")
    ollama.write(job, tmp_path)
    text = (tmp_path / "Modelfile").read_text("utf-8")
    assert "FROM ./tiny-run-tiny-q8_0.gguf\n" in text
    assert (tmp_path / "tiny-run-tiny-q8_0.gguf").is_file()
    assert 'PARAMETER stop "<|im_end|>"' in text
    assert "Apache-2.0" in text.split("LICENSE")[1]
    assert "ADAPTER" not in text
    template = text.split('TEMPLATE """')[1].split('"""')[0]
    tokenizer = loading.load_tokenizer(job.description.base)
    turns = [("user", "a"), ("assistant", "b"), ("user", "c")]
    for count in (1, 3):
        messages = [{"role": role, "content": content} for role, content in turns[:count]]
        wanted = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert rendered(template, turns[:count]) == wanted


def test_the_plain_template_has_a_form_and_another_is_refused(job_of: Any) -> None:
    tokenizer = loading.load_tokenizer(job_of("llama").description.base)
    tokenizer.chat_template = loading.PLAIN_TEMPLATE
    template = ollama.go_template("base", tokenizer)
    turns = [("user", "a"), ("assistant", "b"), ("user", "c")]
    messages = [{"role": role, "content": content} for role, content in turns]
    wanted = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert rendered(template, turns) == wanted
    tokenizer.chat_template = "{% for m in messages %}[{{ m['content'] }}]{% endfor %}"
    with pytest.raises(ModelError, match="not known in Ollama's language"):
        ollama.go_template("base", tokenizer)
