"""The API's description: FastAPI's, with the problem schema and without what it makes up."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.problems import PROBLEM_SCHEMA

_DESCRIPTION = """\
Leadership passports: definitions scripted over HTTP, a ledger of learner evidence, completion that
explains itself, and signed Open Badges 3.0 credentials that anybody can verify.

Operations under `/v1` need a bearer token; its scopes are listed with each operation. Bodies may be JSON
or YAML. Every unsafe call may carry an `Idempotency-Key`: a repeat gets the first answer. Failures are
problem details (RFC 9457) with a stable `code`.
"""

_OWN_SCHEMAS = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Make `app.openapi()` return the description, made once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way to change it


def _describe(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_DESCRIPTION,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    for name in _OWN_SCHEMAS:
        schemas.pop(name, None)
    for path in document["paths"].values():
        for operation in path.values():
            _tidy(operation)
    return document


def _tidy(operation: dict[str, Any]) -> None:
    """Drop FastAPI's own 422, which this API never answers, where no failure of ours stands there."""
    answers = operation["responses"]
    content = answers.get("422", {}).get("content", {})
    content.pop("application/json", None)
    if "422" in answers and not content:
        del answers["422"]
    body = operation.get("requestBody", {}).get("content", {})
    if "application/json" in body and operation.get("security"):
        body["application/yaml"] = body["application/json"]
