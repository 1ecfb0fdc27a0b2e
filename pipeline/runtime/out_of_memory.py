"""Whether an error says that memory ran out, of this machine or of its accelerator."""

from __future__ import annotations

SIGNS = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")
"""What torch and its allocators write, in lower case."""


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether memory ran out.

    >>> is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: 5 GB"))
    True
    >>> is_out_of_memory(RuntimeError("shapes do not match")), is_out_of_memory(MemoryError())
    (False, True)
    """
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in SIGNS)
