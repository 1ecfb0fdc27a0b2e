"""A server on this machine that plays an archive, and misbehaves on request."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Reply:
    """What to answer once: a status, a body, headers, or a fault.

    `fault` is `reset` (close without an answer), `cut` (close in the middle of the body), `drip`
    (a byte at a time) or empty.
    """

    def __init__(
        self, body: bytes = b"", status: int = 200, fault: str = "", **headers: str
    ) -> None:
        self.body, self.status, self.fault = body, status, fault
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class LocalServer:
    """Answers each path with what `answer` says; `faults[path]` are used up first."""

    def __init__(self, answer: Callable[[str, bytes], Reply]) -> None:
        self.answer = answer
        self.faults: dict[str, list[Reply]] = {}
        self.asked: list[str] = []
        self.seen: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.when: list[float] = []
        self.clock = FakeClock()
        self.base = ""

    def count(self, part: str) -> int:
        return sum(part in path for path in self.asked)

    def handle(self, handler: Any, body: bytes) -> None:
        path = handler.path
        self.asked.append(path)
        self.bodies.append(body)
        self.when.append(self.clock.now())
        self.seen.append({k.lower(): v for k, v in handler.headers.items()})
        key = next((k for k in self.faults if k in path and self.faults[k]), None)
        reply = self.faults[key].pop(0) if key else self.answer(path, body)
        if reply.fault == "reset":
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if reply.fault == "cut":
            handler.wfile.write(reply.body[: len(reply.body) // 2])
            handler.close_connection = True
        elif reply.fault == "drip":
            for at in range(len(reply.body)):
                handler.wfile.write(reply.body[at : at + 1])
                handler.wfile.flush()
                time.sleep(0.05)
        else:
            handler.wfile.write(reply.body)


class FakeClock:
    """The machine's clock, but waiting takes no time and is noted."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return time.time() + self.skipped

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.skipped += seconds


@contextmanager
def serve(server: LocalServer) -> Iterator[LocalServer]:
    """Run a server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                server.handle(self, body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        server.base = f"http://127.0.0.1:{http.server_address[1]}"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def sha1(body: bytes) -> str:
    return base64.b32encode(hashlib.sha1(body).digest()).decode()


class FakeArchive(LocalServer):
    """A Wayback Machine of a few captures.

    `captures` are `(timestamp, address, body)`; `digests` overrides the digest of an address.
    """

    def __init__(self, captures: list[tuple[str, str, bytes]], rows: int = 3) -> None:
        super().__init__(self._answer)
        self.captures = sorted(captures, key=lambda c: (c[1], c[0]))
        self.digests: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.rows = rows
        self.rubbish: list[str] = []

    def _answer(self, path: str, _body: bytes) -> Reply:
        if path.startswith("/cdx/"):
            return self._cdx(parse_qs(urlsplit(path).query))
        timestamp, _, address = path.removeprefix("/web/").partition("id_/")
        for when, original, body in self.captures:
            if (when, original) == (timestamp, address):
                return Reply(body, content_type="text/html", **self.headers)
        return Reply(b"not here", 404)

    def _cdx(self, query: dict[str, list[str]]) -> Reply:
        first, last = query["from"][0], query["to"][0]
        found = [c for c in self.captures if first <= c[0][:8] <= last]
        start = int(query.get("resumeKey", ["0"])[0])
        page = found[start : start + self.rows]
        text = ""
        for when, original, body in page:
            digest = self.digests.get(original, sha1(body))
            text += f"key)/{original} {when} {original} text/html 200 {digest} {len(body)}\n"
        if start == 0:
            text += "".join(f"{line}\n" for line in self.rubbish)
        if start + self.rows < len(found):
            text += f"\n{start + self.rows}\n"
        return Reply(text.encode(), content_type="text/plain")


def most_a_minute(times: list[float]) -> int:
    """Return the largest number of moments within any 60 seconds."""
    counts = Counter(
        {i: sum(0 <= other - at < 60 for other in times) for i, at in enumerate(times)}
    )
    return max(counts.values(), default=0)
