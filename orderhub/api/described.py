"""What does the API's own document say? FastAPI's, with refusals as they are really sent."""

import re
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from orderhub.api.problems import problem

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_TYPE = "application/problem+json"


def describe(api: FastAPI) -> dict[str, Any]:
    """The document: every refusal may be a problem, wherever it is refused, and says so in its type."""
    made = FastAPI.openapi(api)
    for operations in made["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            answers.setdefault("404", {"description": "There is nothing at this address."})
            for status, answer in answers.items():
                if status.startswith("4") or status == "503":
                    _say_problem(answer)
    return made


def _say_problem(answer: dict[str, Any]) -> None:
    content = answer.setdefault("content", {})
    if content.get("application/json", {}).get("schema") in (_PROBLEM, {}, None):
        schema = content.pop("application/json", None)
        if schema and "example" in schema:  # a partner's own way of hearing no
            content["application/json"] = schema
    content[_TYPE] = {"schema": _PROBLEM}


class Nothing:
    """Answers what no route of the API does: with the methods that would be taken, or that there is nothing."""

    def __init__(self, api: FastAPI) -> None:
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._methods(scope["path"])
        answer = problem(404, "not_found", "there is nothing at this address")
        if methods:
            answer = problem(405, "method_not_allowed", f"only {', '.join(methods)} is taken here")
            answer.headers["Allow"] = ", ".join(methods)
        await answer(scope, receive, send)

    def _methods(self, path: str) -> list[str]:
        for template, operations in self._api.openapi()["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return sorted(name.upper() for name in operations)
        return []
