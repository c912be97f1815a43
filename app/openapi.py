"""The API's description: FastAPI's, with the problem schema and without what it makes up."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from app import errors
from app.problems import PROBLEM_SCHEMA, responses
from app.representations import DID_JSON, HTML, JSON, JWK_JSON, VC_JSON, VC_JWT
from app.schemas.bodies import Answer, Body
from app.schemas.public_documents import DOCUMENTS, TEXTS

_DESCRIPTION = """\
Leadership passports: definitions scripted over HTTP, a ledger of learner evidence, completion that
explains itself, and signed Open Badges 3.0 credentials that anybody can verify.

Operations under `/v1` and `/vc-api/issuers` need a bearer token; its scopes are listed with each operation.
Bodies may be JSON or YAML. Every unsafe call may carry an `Idempotency-Key`: a repeat gets the first answer.
Failures are problem details (RFC 9457) with a stable `code`.
"""

_OWN_SCHEMAS = ("HTTPValidationError", "ValidationError")

_PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}
_NEGOTIATED: dict[str, tuple[str, ...]] = {
    "/": (HTML,),
    "/verify": (HTML,),
    "/problems/{code}": (HTML,),
    "/health/live": (JSON,),
    "/health/ready": (JSON,),
    "/credentials/{id}": (*VC_JSON, *VC_JWT, HTML),
    "/credentials/{id}.json": ("application/vc+ld+json",),
    "/credentials/{id}.jwt": ("text/plain",),
    "/achievements/{key}/{version}": (JSON, "application/ld+json", HTML),
    "/achievements/{key}/{version}/criteria": (JSON, "application/ld+json", HTML),
    "/issuers/{key}": (JSON, "application/ld+json", HTML),
    "/issuers/{key}/did.json": DID_JSON,
    "/issuers/{key}/keys/{kid}": JWK_JSON,
    "/frameworks/{key}/{version}": (JSON, HTML),
    "/schemas/passport.json": ("application/schema+json",),
    "/schemas/series.json": ("application/schema+json",),
    "/status-lists/{id}": VC_JSON,
}
"""What each public address answers to GET, by `Accept`; pictures say it by their suffix."""

_KEY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key again gets the first answer; nothing runs twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
    "example": "4f9c2d1e-8b7a",
}
_ALWAYS = responses(errors.NotFoundError, errors.BusyError)
_PARAMETERS = responses(errors.InvalidPayloadError)
_UNSAFE = responses(
    errors.MalformedBodyError,
    errors.IdempotencyInProgressError,
    errors.BodyTooLargeError,
    errors.BodyTooSlowError,
    errors.UnsupportedMediaTypeError,
    errors.InvalidPayloadError,
    errors.IdempotencyMismatchError,
)
_NOT_ACCEPTABLE = {
    "description": "There is no such representation",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


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
    document["paths"] = dict(
        sorted(document["paths"].items(), key=lambda item: not item[0].startswith("/v1/"))
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    for name in _OWN_SCHEMAS:
        schemas.pop(name, None)
    for model in (*_all_models(Body), *_all_models(Answer)):
        if model.__name__ in schemas and "examples" in schemas[model.__name__]:
            extra = model.model_config["json_schema_extra"]
            assert isinstance(extra, dict)
            schemas[model.__name__]["examples"] = extra["examples"]  # FastAPI drops what is null in them
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _tidy(operation)
            _add_failures(operation, _ALWAYS)
            if path.startswith("/v1/"):
                _add_failures(operation, _PARAMETERS)
            if path.startswith("/v1/") and method != "get":
                operation.setdefault("parameters", []).append(_KEY_PARAMETER)
                _add_failures(operation, _UNSAFE)
            if not path.startswith("/v1/") and method == "get":
                _show_representations(path, operation["responses"])
            _show_examples(operation, schemas)
    document["components"]["examples"] = dict(sorted(_shared_examples(document).items()))
    return document


def _shared_examples(document: dict[str, Any]) -> dict[str, Any]:
    """Return the problems' examples by code, each written once; the operations keep a reference."""
    shared: dict[str, Any] = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            for answer in operation["responses"].values():
                content = answer.get("content", {}).get("application/problem+json", {})
                shared |= content.get("examples", {})
                if "examples" in content:
                    references = {c: {"$ref": f"#/components/examples/{c}"} for c in content["examples"]}
                    content["examples"] = references
    return shared


def _all_models(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in root.__subclasses__():
        yield model
        yield from _all_models(model)


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


def _add_failures(operation: dict[str, Any], failures: dict[int | str, dict[str, Any]]) -> None:
    """Add what the frame around the routes can answer to what the route says of itself."""
    for status, failure in failures.items():
        known = operation["responses"].setdefault(str(status), {"description": "", "content": {}})
        for media_type, content in failure["content"].items():
            mine = known["content"].setdefault(media_type, {"schema": content["schema"], "examples": {}})
            added = {code: ex for code, ex in content["examples"].items() if code not in mine["examples"]}
            mine["examples"] = {**mine["examples"], **added}
            titles = dict.fromkeys(example["value"]["title"] for example in mine["examples"].values())
            known["description"] = "; ".join(titles)


def _show_representations(path: str, answers: dict[str, Any]) -> None:
    """Say in which media types a public address answers, and that a client may have it already."""
    picture = _PICTURES.get(path[-4:])
    offers = (picture,) if picture else _NEGOTIATED[path]
    answers["200"]["content"] = {offer: _shown(path, offer) for offer in offers}
    if offers not in {(HTML,), (JSON,)}:
        answers["304"] = {"description": "The client has it already (If-None-Match)"}
    if len(offers) > 1:
        answers["406"] = _NOT_ACCEPTABLE


def _shown(path: str, media_type: str) -> dict[str, Any]:
    if media_type.endswith("json") or media_type == VC_JSON[1]:
        return {"schema": {"type": "object"}, "example": DOCUMENTS[path]}
    schema = {"type": "string"} | ({"format": "binary"} if media_type == "image/png" else {})
    return {"schema": schema, "example": TEXTS[media_type]}


def _show_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put the example of each schema where readers of the operation look for it."""
    bodies = [operation.get("requestBody", {})]
    bodies += [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    for body in bodies:
        for media_type, content in body.get("content", {}).items():
            example = _example_of(content["schema"], schemas) or TEXTS.get(media_type)
            if example is not None and not content.keys() & {"example", "examples"}:
                content["example"] = example


def _example_of(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:  # noqa: ANN401 (a JSON value)
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "items" in schema:
        example = _example_of(schema["items"], schemas)
        return None if example is None else [example]
    return next(iter(schema.get("examples", ())), None)
