"""Where Daft runs: on this machine, or on a Ray cluster. The plans are the same."""

from __future__ import annotations

import importlib.util
import os
import socket
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from erastyle.corpus.errors import ConfigError, StageFailedError

if TYPE_CHECKING:
    import daft

Engine = Literal["native", "ray"]

ANSWER_SECONDS = 10.0
"""How long a cluster address may take to accept a connection."""


def configure(engine: Engine = "native", address: str | None = None) -> None:
    """Make Daft run its plans natively or on Ray. Call it before the first plan of the process.

    Args:
        engine: `native` uses the cores of this machine; `ray` a cluster.
        address: Of a running cluster, `host:port` or `ray://host:port`. Without one Ray starts
            workers on this machine.

    Raises:
        ConfigError: An address without `ray`, an address that is none, or the extra is missing.
        StageFailedError: Nobody answers at the address.
    """
    if engine == "native":
        if address:
            raise ConfigError(f"--address {address} needs --engine ray.")
        if on_ray():
            raise ConfigError(
                "This process runs on Ray already: start another for the native engine."
            )
        return
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["DAFT_ANALYTICS_ENABLED"] = "0"
    if address:
        reach(address)
    if importlib.util.find_spec("ray") is None:
        raise ConfigError("--engine ray needs Ray: pip install 'erastyle[ray]'")
    import daft
    from daft.exceptions import DaftCoreException

    try:
        daft.set_runner_ray(address=address, noop_if_initialized=True)
    except DaftCoreException as error:
        raise ConfigError(
            "This process has an engine already: choose --engine ray from the start."
        ) from error


def on_ray() -> bool:
    """Say whether this process runs its plans on Ray; where nobody chose, it is native from now on.

    Daft would import Ray to find out whether one is running: half a second.
    """
    os.environ["DAFT_ANALYTICS_ENABLED"] = "0"
    import daft
    from daft.exceptions import DaftCoreException

    try:
        daft.set_runner_native()
    except DaftCoreException:  # Daft takes one runner a process; there is one already
        return bool(daft.get_or_infer_runner_type() == "ray")
    return False


def partitioned(frame: daft.DataFrame, parts: int) -> daft.DataFrame:
    """Return `frame` in so many partitions on Ray; as it is on one machine, which has none.

    Every concat adds up partitions and every join keeps the most: without this they multiply.
    """
    return frame.into_partitions(parts) if on_ray() else frame


def reach(address: str, seconds: float = ANSWER_SECONDS) -> None:
    """Greet `address` and hang up: Ray itself would retry for minutes without a word.

    Raises:
        ConfigError: Not `host:port` or `ray://host:port`.
        StageFailedError: Nobody answers within `seconds`, or it is no gRPC server.
    """
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise ConfigError(f"--address {address!r} is not host:port or ray://host:port.")
    hint = "Start one with `ray start --head`, or leave out --engine ray."
    try:
        with socket.create_connection((host, port), timeout=seconds) as connection:
            connection.settimeout(seconds)
            connection.sendall(HELLO)
            answer = connection.recv(9)
    except OSError as error:
        raise StageFailedError(f"No Ray cluster answers at {address} ({error}). {hint}") from error
    # Frame 4 of HTTP/2, settings, is the first thing that a gRPC server says.
    if len(answer) < 4 or answer[3] != 4:
        raise StageFailedError(f"At {address} is another service, no Ray cluster. {hint}")


HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What a gRPC client says first: the preface of HTTP/2 and empty settings (RFC 9113)."""
