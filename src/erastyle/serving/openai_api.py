"""OpenAI's API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

router = APIRouter()


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Say that the server answers, and what it serves."""
    return {"status": "ok", "models": request.app.state.styles.names()}
