"""Logits of llama.cpp for `export.py`, in an environment that has `xllamacpp`.

    python export_peer.py MODEL.gguf OUT.npy [ADAPTER.gguf SCALE …] < rows.json

Reads a list of lists of token ids and writes the logits after each of them as float32. With an
adapter and scales the rows are run once for each scale; OUT is then OUT-SCALE.npy. It calls
`llama.h` in the library of the wheel; the sizes of llama.cpp's structures are not needed.
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xllamacpp

CONTEXT = 1024  # tokens; more than the longest row
ROOM = 2048  # bytes; larger than any structure of parameters


class Parameters(ctypes.Structure):
    """Parameters of a model or a context: filled and read by llama.cpp alone.

    The first numbers of a context's parameters are its sizes: tokens, batch, micro-batch.
    """

    _fields_ = (("numbers", ctypes.c_uint32 * (ROOM // 4)),)


class Batch(ctypes.Structure):
    """`llama_batch` of llama.h."""

    _fields_ = (
        ("n_tokens", ctypes.c_int32),
        ("token", ctypes.POINTER(ctypes.c_int32)),
        ("embd", ctypes.POINTER(ctypes.c_float)),
        ("pos", ctypes.POINTER(ctypes.c_int32)),
        ("n_seq_id", ctypes.POINTER(ctypes.c_int32)),
        ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
        ("logits", ctypes.POINTER(ctypes.c_int8)),
    )


def library() -> Any:
    """Return the library in the wheel with the types of the functions that are called."""
    folder = Path(str(xllamacpp.__file__)).parent
    lib = ctypes.CDLL(str(next(folder.glob("*.so"))))
    pointer = ctypes.c_void_p
    for name, result, arguments in (
        ("llama_model_default_params", Parameters, ()),
        ("llama_context_default_params", Parameters, ()),
        ("llama_model_load_from_file", pointer, (ctypes.c_char_p, Parameters)),
        ("llama_init_from_model", pointer, (pointer, Parameters)),
        ("llama_model_get_vocab", pointer, (pointer,)),
        ("llama_vocab_n_tokens", ctypes.c_int32, (pointer,)),
        ("llama_n_ctx", ctypes.c_uint32, (pointer,)),
        ("llama_batch_init", Batch, (ctypes.c_int32, ctypes.c_int32, ctypes.c_int32)),
        ("llama_decode", ctypes.c_int32, (pointer, Batch)),
        ("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), (pointer, ctypes.c_int32)),
        ("llama_get_memory", pointer, (pointer,)),
        ("llama_memory_clear", None, (pointer, ctypes.c_bool)),
        ("llama_adapter_lora_init", pointer, (pointer, ctypes.c_char_p)),
        (
            "llama_set_adapters_lora",
            ctypes.c_int32,
            (pointer, ctypes.POINTER(pointer), ctypes.c_size_t, ctypes.POINTER(ctypes.c_float)),
        ),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


class Model:
    """A GGUF file that llama.cpp has loaded, with a context."""

    def __init__(self, path: str) -> None:
        """Load the file."""
        self.lib = library()
        self.lib.llama_backend_init()
        self.model = self.lib.llama_model_load_from_file(
            path.encode(), self.lib.llama_model_default_params()
        )
        if not self.model:
            sys.exit(f"{path}: llama.cpp cannot load it")
        wanted = self.lib.llama_context_default_params()
        wanted.numbers[0] = wanted.numbers[1] = wanted.numbers[2] = CONTEXT
        self.context = self.lib.llama_init_from_model(self.model, wanted)
        assert self.lib.llama_n_ctx(self.context) == CONTEXT
        vocabulary = self.lib.llama_model_get_vocab(self.model)
        self.width = self.lib.llama_vocab_n_tokens(vocabulary)
        self.batch = self.lib.llama_batch_init(CONTEXT, 0, 1)

    def logits(self, row: list[int]) -> Any:
        """Return the logits after each token of a row."""
        self.lib.llama_memory_clear(self.lib.llama_get_memory(self.context), True)
        self.batch.n_tokens = len(row)
        for index, token in enumerate(row):
            self.batch.token[index] = token
            self.batch.pos[index] = index
            self.batch.n_seq_id[index] = 1
            self.batch.seq_id[index][0] = 0
            self.batch.logits[index] = 1
        assert self.lib.llama_decode(self.context, self.batch) == 0
        rows = [
            np.ctypeslib.as_array(self.lib.llama_get_logits_ith(self.context, i), (self.width,))
            for i in range(len(row))
        ]
        return np.stack(rows).astype(np.float32)

    def adapt(self, adapter: Any, scale: float) -> None:
        """Let the context use an adapter at a scale."""
        one = (ctypes.c_void_p * 1)(adapter)
        scales = (ctypes.c_float * 1)(scale)
        assert self.lib.llama_set_adapters_lora(self.context, one, 1, scales) == 0


def main() -> None:
    """Write the logits of all rows."""
    path, out, *rest = sys.argv[1:]
    rows = json.load(sys.stdin)
    model = Model(path)
    if not rest:
        np.save(out, np.concatenate([model.logits(row) for row in rows]))
        return
    adapter = model.lib.llama_adapter_lora_init(model.model, rest[0].encode())
    if not adapter:
        sys.exit(f"{rest[0]}: llama.cpp cannot load it")
    for scale in rest[1:]:
        model.adapt(adapter, float(scale))
        logits = np.concatenate([model.logits(row) for row in rows])
        np.save(out.replace(".npy", f"-{scale}.npy"), logits)


if __name__ == "__main__":
    main()
