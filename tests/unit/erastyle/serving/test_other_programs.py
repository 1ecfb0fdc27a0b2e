"""Requests as Open WebUI and LM Studio's clients send them: all are answered, none needs a field.

The fields and headers are those of Open WebUI's source (`routers/openai.py`, `routers/tasks.py`,
`utils/payload.py`) and of LM Studio's documentation (OpenAI compatibility, supported payload
parameters; its examples ask for -1 tokens); the values are our own. Lengths are cut for the test.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from starlette.testclient import TestClient

from erastyle.serving.access import Access
from erastyle.serving.app import create_app
from erastyle.serving.scheduler import Scheduler
from erastyle.serving.styles import Styles

CHAT, TEXT, MODELS = "/v1/chat/completions", "/v1/completions", "/v1/models"
TOKEN = "a-token-of-1995"
OPEN_WEBUI = {
    "Authorization": f"Bearer {TOKEN}",
    "Content-Type": "application/json",
    "User-Agent": "Python/3.11 aiohttp/3.11.11",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br",
    "X-OpenWebUI-User-Name": "Ann%20Hill",
    "X-OpenWebUI-User-Id": "0b9b6f2e-7a1c-4a57-9a55-1c1f2f6b9e11",
    "X-OpenWebUI-User-Email": "ann@kites.example",
    "X-OpenWebUI-User-Role": "admin",
    "X-OpenWebUI-Chat-Id": "5c7d9d8e-0a4f-4f9f-8a0f-2d0f0f3c1a77",
}
"""Headers of Open WebUI where it forwards who asks."""
OPENAI_NODE = {
    "Authorization": f"Bearer {TOKEN}",
    "Content-Type": "application/json",
    "Accept": "application/json",
    "User-Agent": "OpenAI/JS 5.2.0",
    "X-Stainless-Lang": "js",
    "X-Stainless-Package-Version": "5.2.0",
    "X-Stainless-OS": "Linux",
    "X-Stainless-Arch": "x64",
    "X-Stainless-Runtime": "node",
    "X-Stainless-Runtime-Version": "v20.18.0",
    "X-Stainless-Retry-Count": "0",
}
"""Headers of the package that LM Studio's adapter for other servers asks with."""
CURL = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Accept": "*/*"}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


TASKS = (
    'Write a title of 3 to 5 words. Answer with JSON: { "title": "..." }',
    'Name 1 to 3 topics of the chat. Answer with JSON: { "tags": ["..."] }',
    'Write 3 questions that could follow. Answer with JSON: { "follow_ups": ["..."] }',
)
"""What Open WebUI asks for beside a chat, in our words."""


def task(request: str) -> dict[str, Any]:
    """What Open WebUI asks beside a chat, of the same model, for its list of chats."""
    history = "USER: A page about kites.\nASSISTANT: <HTML><TITLE>Kites</TITLE>"
    told = f"### Task:\n{request}\n### Chat History:\n<chat_history>\n{history}\n</chat_history>"
    messages = [user(told)]
    return {
        "model": "web-1995",
        "messages": messages,
        "stream": False,
        "max_completion_tokens": 8,
    }


CHATS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "Open WebUI, a chat": (
        OPEN_WEBUI,
        {
            "stream": True,
            "model": "web-1995@0.5",
            "messages": [
                {"role": "system", "content": "You write web pages."},
                user("A page about kites."),
            ],
            "stream_options": {"include_usage": True},
            "max_tokens": 8,
        },
    ),
    "Open WebUI, a chat with every setting of a model": (
        OPEN_WEBUI,
        {
            "stream": True,
            "model": "usenet-1993@0.5",
            "messages": [
                user("An article about kites."),
                {"role": "assistant", "content": "Kites are fun."},
                user("Longer, please."),
            ],
            "temperature": 0.8,
            "top_p": 0.9,
            "min_p": 0,
            "max_tokens": 8,
            "frequency_penalty": 0,
            "presence_penalty": 0.2,
            "reasoning_effort": "medium",
            "seed": 0,
            "stop": ["-- ", "\n\n\n"],
            "logit_bias": {"100": -100},
            "response_format": {"type": "text"},
            "user": {"name": "Ann Hill", "id": "1", "email": "a@kites.example", "role": "admin"},
            "stream_options": {"include_usage": True},
        },
    ),
    "Open WebUI, a text that is continued": (
        OPEN_WEBUI,
        {
            "stream": True,
            "model": "web-1995",
            "messages": [
                user("A page about kites."),
                {"role": "assistant", "content": "<HTML><TITLE>"},
            ],
            "stream_options": {"include_usage": True},
            "max_tokens": 8,
        },
    ),
    "LM Studio, the documented fields": (
        CURL,
        {
            "model": "web-1995",
            "top_p": 0.95,
            "top_k": 40,
            "messages": [{"role": "system", "content": "Answer briefly."}, user("Kites.")],
            "temperature": 0.7,
            "max_tokens": 8,
            "stream": False,
            "stop": "\n\n",
            "presence_penalty": 0,
            "frequency_penalty": 0,
            "logit_bias": {},
            "repeat_penalty": 1.1,
            "seed": -1,
        },
    ),
    "LM Studio, as long as it gets": (
        CURL,
        {
            "model": "web-1995",
            "messages": [user("A page about kites.")],
            "temperature": 0.7,
            "max_tokens": -1,
            "stream": False,
            "stop": ["e", "a", "t", "o", "i", "n", "<", " "],
        },
    ),
    "LM Studio's adapter, a chat with tools": (
        OPENAI_NODE,
        {
            "model": "web-1995@0.5",
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "A page about kites."}]},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "1",
                            "type": "function",
                            "function": {"name": "wind", "arguments": "{}"},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "1", "content": "Wind from the west."},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "wind", "description": "the wind", "parameters": {}},
                }
            ],
            "tool_choice": "auto",
            "stream": True,
            "max_tokens": 8,
            "ttl": 300,
            "draft_model": None,
        },
    ),
}


@pytest.fixture(scope="module")
def client(styles: Styles, scheduler: Scheduler) -> TestClient:
    app = create_app(styles, scheduler=scheduler, access=Access(TOKEN))
    return TestClient(app, base_url="http://host.docker.internal:8095")


@pytest.mark.parametrize("headers", [OPEN_WEBUI, OPENAI_NODE, CURL], ids=["webui", "node", "curl"])
def test_a_connection_is_verified_by_its_list_of_models(
    client: TestClient, headers: dict[str, str]
) -> None:
    answer = client.get(MODELS, headers=headers)
    assert answer.status_code == 200
    listed = answer.json()
    assert listed["object"] == "list"
    assert {"web-1995", "web-1995@0.5"} <= {one["id"] for one in listed["data"]}
    assert {one["object"] for one in listed["data"]} == {"model"}
    assert client.get(MODELS, headers=headers | {"Authorization": "Bearer "}).status_code == 401


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_is_answered(client: TestClient, name: str) -> None:
    headers, body = CHATS[name]
    answer = client.post(CHAT, headers=headers, content=json.dumps(body))
    assert answer.status_code == 200, answer.text
    if not body["stream"]:
        whole = answer.json()
        (choice,) = whole["choices"]
        assert choice["message"]["role"] == "assistant"
        assert isinstance(choice["message"]["content"], str)
        assert choice["finish_reason"] in ("stop", "length")
        assert whole["usage"]["completion_tokens"] > 0
        return
    assert answer.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in answer.text.splitlines() if line]
    assert lines[-1] == "data: [DONE]"
    rows = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    assert {row["object"] for row in rows} == {"chat.completion.chunk"}
    assert {row["model"] for row in rows} == {body["model"]}
    deltas = [choice["delta"] for row in rows for choice in row["choices"]]
    assert deltas[0]["role"] == "assistant"
    assert any(choice["finish_reason"] for row in rows for choice in row["choices"])
    if "stream_options" in body:
        assert rows[-1]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("request_", TASKS)
def test_what_open_webui_asks_beside_a_chat_is_declined_unless_it_is_allowed(
    client: TestClient, styles: Styles, scheduler: Scheduler, request_: str
) -> None:
    """No era knew JSON: the program shows the chat by its first words then."""
    answer = client.post(CHAT, headers=OPEN_WEBUI, json=task(request_))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "later_than_era"
    app = create_app(styles, scheduler=scheduler, access=Access(TOKEN), later="allow")
    allowing = TestClient(app, base_url="http://localhost")
    answer = allowing.post(CHAT, headers=OPEN_WEBUI, json=task(request_))
    assert answer.status_code == 200
    assert answer.json()["usage"]["completion_tokens"] <= 8


def test_a_completion_as_lm_studio_shows_it_is_answered(client: TestClient) -> None:
    body = {
        "model": "web-1995",
        "prompt": "A page about kites",
        "temperature": 0.7,
        "max_tokens": 8,
        "stream": False,
        "stop": "\n",
    }
    answer = client.post(TEXT, headers=CURL, json=body)
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json()["choices"][0]["text"], str)


def test_an_error_is_where_these_programs_look_for_it(client: TestClient) -> None:
    body = {"model": "gone", "messages": [user("Kites.")], "stream": True}
    answer = client.post(CHAT, headers=OPEN_WEBUI, json=body)
    assert answer.status_code == 404
    assert "There are: web-1995" in answer.json()["error"]["message"]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    body = {"model": "web-1995", "messages": [{"role": "user", "content": [picture]}]}
    answer = client.post(CHAT, headers=OPEN_WEBUI, json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"]
