"""Runs llama.cpp for comparison with `base.py`, in an environment that has `xllamacpp`.

    python base_peer.py MODEL.gguf < requests.jsonl > answers.jsonl

A line {"text": ...} is answered with its token ids; a line {"ids": [...]} with the log
probabilities of the five likeliest next tokens.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

import xllamacpp


def main() -> None:
    """Answer every line."""
    given = xllamacpp.CommonParams()
    given.model.path = sys.argv[1]
    given.n_ctx, given.n_parallel, given.port = 2048, 1, 0
    given.cpuparams.n_threads, given.warmup, given.verbosity = 1, False, 0
    server = xllamacpp.Server(given)

    def post(path: str, body: dict[str, Any]) -> Any:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(server.listening_address + path, data, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    for line in sys.stdin:
        asked = json.loads(line)
        if "text" in asked:
            plain = {"content": asked["text"], "add_special": False, "parse_special": False}
            result = post("/tokenize", plain)["tokens"]
        else:
            body = {"prompt": asked["ids"], "n_predict": 1, "n_probs": 5, "temperature": 0}
            likely = post("/completion", body)["completion_probabilities"][0]["top_logprobs"]
            result = {str(token["id"]): token["logprob"] for token in likely}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
