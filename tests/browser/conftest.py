"""What the browser tests share: Chromium, and a stand-in for all the world outside."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Outside:
    """What every `*.example` is to the browser under test: a port that counts connections.

    Other hosts are not counted: they are the browser's own, such as its search for updates.
    """

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.asked: list[bytes] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self.server.accept()
            except OSError:
                return
            self.asked.append(b"")  # a connection without a request is a leak, too
            caller.settimeout(1)
            with contextlib.suppress(OSError):
                self.asked[-1] = caller.recv(200)
                caller.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>outside")
            caller.close()


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    listening = Outside()
    yield listening
    listening.server.close()


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[[str], Any]]:
    """Start a browser with one more flag; all of them are closed in the end."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as run, contextlib.ExitStack() as stack:

        def start(flag: str) -> Any:
            browser = run.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, flag])
            stack.callback(browser.close)
            return browser

        yield start


@pytest.fixture(scope="module")
def browser(launch: Callable[[str], Any], outside: Outside) -> Any:
    return launch(f"--host-resolver-rules=MAP *.example 127.0.0.1:{outside.port}")
