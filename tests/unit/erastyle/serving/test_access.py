"""Who may ask: hostile names and pages, the token, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from fastapi import APIRouter
from starlette.testclient import TestClient

from erastyle.corpus.provenance import label
from erastyle.serving.access import Access
from erastyle.serving.app import create_app
from erastyle.serving.styles import Styles

TOKEN = "correct horse"


@pytest.fixture
def client(styles: Styles) -> Iterator[TestClient]:
    with TestClient(create_app(styles), base_url="http://localhost:8095") as client:
        yield client


@pytest.fixture
def guarded(styles: Styles) -> TestClient:
    app = create_app(styles, access=Access(TOKEN))
    return TestClient(app, base_url="http://era.example:8095", follow_redirects=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8095", "[::1]:8095", "LOCALHOST:1"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::1",
     "localhost@evil.example", "0.0.0.0"],
)  # fmt: skip
def test_names_that_are_bent_to_this_machine_are_refused(client: TestClient, host: str) -> None:
    answer = client.get("/health", headers={"Host": host})
    assert answer.status_code == 403
    assert "localhost alone" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:3000", "http://localhost:8095.evil.example",
     "file://localhost:8095", "//localhost:8095", "http://[::1"],
)  # fmt: skip
def test_pages_of_other_sites_are_refused(client: TestClient, origin: str) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, "/health", headers={"Origin": origin}, json={})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_our_own_page_may_ask(client: TestClient) -> None:
    own = {"Origin": "http://localhost:8095"}
    assert client.get("/v1/models", headers=own).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_of_another_page_could_send_is_no_json(client: TestClient, kind: str) -> None:
    answer = client.post(
        "/v1/chat/completions", content=b'{"model":"web-1995"}', headers={"Content-Type": kind}
    )
    assert answer.status_code == 415


def test_the_token_is_needed_everywhere_and_any_name_will_do_then(guarded: TestClient) -> None:
    for path in ("/health", "/v1/models", "/openapi.json", "/nothing"):
        answer = guarded.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    for wrong in ("Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        assert guarded.get("/health", headers={"Authorization": wrong}).status_code == 401
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/health", headers=right).status_code == 200
    with_origin = right | {"Origin": "http://another.example"}
    assert guarded.get("/health", headers=with_origin).status_code == 200, "who has the token may"


def test_a_browser_enters_with_the_token_in_the_address_and_keeps_it_in_a_cookie(
    guarded: TestClient,
) -> None:
    answer = guarded.get("/health", params={"token": TOKEN, "page": "2"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/health?page=2")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert guarded.get("/health").status_code == 200, "the client keeps the cookie"
    foreign = guarded.get("/health", headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403, "a cookie is sent for foreign pages too"
    away = guarded.get("/%2Fevil.example/", params={"token": TOKEN})
    assert away.headers["location"] == "/evil.example/"


def test_a_request_that_is_too_large_is_refused(client: TestClient) -> None:
    body = b'{"model": "' + b"x" * 2_100_000
    answer = client.post(
        "/v1/completions", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_every_answer_has_the_headers_and_a_route_may_have_its_own(styles: Styles) -> None:
    from starlette.responses import HTMLResponse

    router = APIRouter()

    @router.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p>", headers={"Content-Security-Policy": "default-src 'self'"})

    app = create_app(styles, routers=[router])
    client = TestClient(app, base_url="http://localhost")
    for path in ("/health", "/nothing"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers[label.HEADER] == label.uri(label.GENERATED)
    assert client.get("/page").headers["content-security-policy"] == "default-src 'self'"
    assert client.get("/docs").status_code == 404, "its scripts would come from elsewhere"
