"""The chat completions format that most servers of language models understand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

MAX_ANSWER = 200_000  # bytes of a response


def completion_request(
    instructions: str, material: Mapping[str, Any], *, model: str, tokens: int
) -> Mapping[str, Any]:
    """The body of a POST to `chat/completions`, to be sent as JSON.

    `material` is quoted as JSON in a message of its own; `tokens` bounds the answer.
    """
    return {
        "model": model,
        "temperature": 0,
        "max_tokens": tokens,
        "messages": [
            {"role": "system", "content": instructions},
            {"role": "user", "content": json.dumps(material)},
        ],
    }


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]


def said(response: bytes) -> str:
    """The text in a response; pydantic's ValidationError where there is none."""
    return _Completion.model_validate_json(response).choices[0].message.content
