"""Runs llama.cpp's server for tests of exports, in an environment that has `xllamacpp`.

    python export_server.py MODEL.gguf [ADAPTER.gguf] < requests.jsonl > answers.jsonl

A line {"text": ...} is answered with its token ids; {"chat": ..., "n": ...} with a greedy answer
and why it ended; {"ids": [...], "scale": ...} with the log probabilities of the five likeliest next
tokens, with the adapter at that scale.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

import xllamacpp


def server(model: str, adapter: str) -> Any:
    """Return a running server."""
    given = xllamacpp.CommonParams()
    given.model.path = model
    given.n_ctx, given.n_parallel, given.port = 2048, 1, 0
    given.cpuparams.n_threads, given.warmup, given.verbosity = 1, False, 0
    given.use_jinja, given.lora_init_without_apply = True, True
    if adapter:
        info = xllamacpp.CommonAdapterLoraInfo()
        info.path, info.scale = adapter, 0.0
        given.lora_adapters = [info]
    return xllamacpp.Server(given)


def main() -> None:
    """Answer every line."""
    running = server(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")

    def post(path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(running.listening_address + path, data, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    for line in sys.stdin:
        asked = json.loads(line)
        result: dict[str, Any]
        if "text" in asked:
            plain = {"content": asked["text"], "add_special": False, "parse_special": False}
            result = {"ids": post("/tokenize", plain)["tokens"]}
        elif "chat" in asked:
            turns = [{"role": "user", "content": asked["chat"]}]
            body = {"messages": turns, "max_tokens": asked["n"], "temperature": 0}
            answer = post("/v1/chat/completions", body)
            choice = answer["choices"][0]
            result = {
                "text": choice["message"]["content"],
                "stopped": choice["finish_reason"],
                "prompt": answer["usage"]["prompt_tokens"],
            }
        else:
            body = {"prompt": asked["ids"], "n_predict": 1, "n_probs": 5, "temperature": 0}
            if "scale" in asked:
                body["lora"] = [{"id": 0, "scale": asked["scale"]}]
            likely = post("/completion", body)["completion_probabilities"][0]["top_logprobs"]
            result = {str(token["id"]): token["logprob"] for token in likely}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
