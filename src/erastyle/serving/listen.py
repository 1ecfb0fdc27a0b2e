"""Serves an application on a port, until somebody stops it."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from erastyle.corpus.errors import ConfigError

if TYPE_CHECKING:
    from fastapi import FastAPI

PATIENCE = 3
"""Seconds that open answers may take after somebody stopped the server."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; 0 takes a free port.

    Raises:
        ConfigError: The port is in use, or the host is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except (OSError, OverflowError) as error:
        bound.close()
        raise ConfigError(_why(error, host, port)) from None
    return bound


def serve(app: FastAPI, bound: socket.socket) -> None:
    """Answer requests until somebody stops it."""
    import uvicorn

    config = uvicorn.Config(
        app,
        ws="none",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    uvicorn.Server(config).run(sockets=[bound])


def address(bound: socket.socket) -> str:
    """Return the address that a browser opens."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why(error: Exception, host: str, port: int) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return f"Port {port} is in use. Stop what uses it, or name another with --port."
    if number == errno.EACCES:
        return f"Port {port} is reserved for the system. Name one above 1023 with --port."
    return f"{host}:{port} cannot be listened on ({error}). Name another with --host and --port."
