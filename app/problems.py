"""The one map from a failure to HTTP: status numbers live here and nowhere else (RFC 9457)."""

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from app import errors
from app.domain.hints import usual_hint
from app.errors import Fault, PassportsError
from app.pages import render
from app.schemas.faults import told
from app.schemas.pages import ErrorPage

logger = logging.getLogger(__name__)

STATUS: dict[type[PassportsError], HTTPStatus] = {
    errors.MalformedBodyError: HTTPStatus.BAD_REQUEST,
    errors.NotAuthenticatedError: HTTPStatus.UNAUTHORIZED,
    errors.InsufficientScopeError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.AlreadyExistsError: HTTPStatus.CONFLICT,
    errors.ConflictOfInterestError: HTTPStatus.CONFLICT,
    errors.IdempotencyInProgressError: HTTPStatus.CONFLICT,
    errors.KeyIsIdentityError: HTTPStatus.CONFLICT,
    errors.KeyTooNewError: HTTPStatus.CONFLICT,
    errors.NotCompleteError: HTTPStatus.CONFLICT,
    errors.VersionExistsError: HTTPStatus.CONFLICT,
    errors.PlanStaleError: HTTPStatus.CONFLICT,
    errors.InUseError: HTTPStatus.CONFLICT,
    errors.WrongStateError: HTTPStatus.CONFLICT,
    errors.NotAcceptableError: HTTPStatus.NOT_ACCEPTABLE,
    errors.PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    errors.BodyTooSlowError: HTTPStatus.REQUEST_TIMEOUT,
    errors.BodyTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.InvalidPayloadError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.LintFailedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.IdempotencyMismatchError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnreadableCredentialError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotVerifiedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.JsonLdError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooComplexError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnsignableDocumentError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidSignatureError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.ConfigurationError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SchemaBehindError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.SignerUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_HTTP_CODES = {
    HTTPStatus.NOT_FOUND: ("not_found", "There is nothing at this address."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method_not_allowed", "This address does not answer that method."),
}

_HEADERS: dict[int, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.REQUEST_TIMEOUT: {"Connection": "close"},  # the rest of the body would be the next request
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "2"},
}
_IN_PROGRESS = {"Retry-After": "1"}

_USUAL_HINTS: Mapping[type[PassportsError], str] = {
    errors.MalformedBodyError: "Mend the place that is named, and send it again.",
    errors.UnreadableCredentialError: "Send it as the issuer gave it: JSON, a JWT, a PNG or an SVG.",
    errors.BodyTooLargeError: "Send less, or in parts.",
    errors.NotFoundError: "Look for a slip in the address; what is not for you to see is not found either.",
}
"""What helps against an error that does not say it itself."""

_CONTENT_TYPE = "application/problem+json"
_VC_API = "/vc-api/"
_VC_PROBLEMS = "https://www.w3.org/TR/vc-data-model#"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

MAX_FAULTS = 100
"""Faults that one answer lists: who reads more mends the first ones first."""


def problem(request: Request, status: int, error: PassportsError) -> Response:
    """Return `error` as problem details, or as a page to a browser that looks at the public side.

    Both carry the request's id, so that support can find it. The VC API has one status for whatever is wrong
    with a request (VCALM 1.0, Issue Credential, Verify Credential), and members of its own.
    """
    of_vc_api, hint = request.url.path.startswith(_VC_API), error.hint or _USUAL_HINTS.get(type(error))
    if of_vc_api:
        status = _vc_api_status(status)
    if not request.url.path.startswith("/v1/") and _wants_page(request):
        page = ErrorPage(
            status=int(status),
            title=error.title,
            detail=error.detail,
            code=error.code,
            hint=hint,
            request_id=request.state.request_id,
        )
        answer = render(page)
        answer.headers.update(_headers(status, error))
        return answer
    body: dict[str, Any] = {
        "type": f"{request.app.state.site.public_url}/problems/{error.code}",
        "title": error.title,
        "status": int(status),
        "code": error.code,
        "detail": error.detail,
        "instance": quote(request.url.path, safe="/:@!$&'()*+,;="),
        "request_id": request.state.request_id,
    }
    if hint:
        body["hint"] = hint
    if error.faults:
        body["errors"] = [_fault(request, fault) for fault in error.faults[:MAX_FAULTS]]
    if of_vc_api:
        body |= _vc_api_members(error)
    return JSONResponse(body, status, headers=_headers(status, error), media_type=_CONTENT_TYPE)


def _vc_api_members(error: PassportsError) -> dict[str, Any]:
    """Return `verified` and `problemDetails`, whose types are those of VCDM 2.0, 7.2 Problem Details."""
    kinds = [(_vc_api_type(error, fault.pointer), fault.detail) for fault in error.faults[:MAX_FAULTS]]
    details = [
        {"type": kind, "title": error.title, "detail": detail}
        for kind, detail in kinds or [(_vc_api_type(error, ""), error.detail)]
    ]
    return {"verified": False, "problemDetails": details}


def _vc_api_type(error: PassportsError, pointer: str) -> str:
    if isinstance(error, errors.MalformedBodyError):
        return f"{_VC_PROBLEMS}PARSING_ERROR"
    if isinstance(error, errors.NotVerifiedError) and pointer.endswith("/proof"):
        return f"{_VC_PROBLEMS}CRYPTOGRAPHIC_SECURITY_ERROR"
    return f"{_VC_PROBLEMS}MALFORMED_VALUE_ERROR"


def _headers(status: int, error: PassportsError) -> dict[str, str]:
    if isinstance(error, errors.IdempotencyInProgressError):
        return _IN_PROGRESS
    if isinstance(error, errors.RateLimitedError):
        return {"Retry-After": str(error.retry_after)}
    return _HEADERS.get(status, {})


def _wants_page(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "text/html" in accept and "application/json" not in accept


def _fault(request: Request, fault: Fault) -> dict[str, Any]:
    lines: dict[str, int] = getattr(request.state, "lines", {})
    line = fault.line if fault.line is not None else _line(lines, fault.pointer)
    members = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
    hint = fault.hint or usual_hint(fault.code)
    return members | {k: v for k, v in (("hint", hint), ("line", line)) if v is not None}


def _line(lines: dict[str, int], pointer: str) -> int | None:
    """Return the YAML line of `pointer`, or of the closest thing around it that has one."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer)


def install(app: FastAPI) -> None:
    """Make `app` answer every failure as problem details."""
    app.add_exception_handler(PassportsError, _on_expected)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def unexpected(request: Request, error: Exception) -> Response:
    """Answer a failure that nobody foresaw: fixed text outside, the trace in the log."""
    logger.error("unexpected failure", exc_info=error, extra={"request_id": request.state.request_id})
    hidden = PassportsError("Something went wrong on our side. The request id helps us to find it.")
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, hidden)


def nowhere(request: Request) -> Response:
    """Answer an address that cannot name anything."""
    return problem(request, HTTPStatus.NOT_FOUND, errors.NotFoundError("There is nothing at this address."))


def _on_expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, PassportsError)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return problem(request, status, error)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_pydantic_fault(entry) for entry in error.errors()]
    invalid = errors.InvalidPayloadError(_summary(faults), faults=faults)
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, invalid)


def _pydantic_fault(entry: dict[str, Any]) -> Fault:
    where, *path = entry["loc"]
    steps = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    pointer = steps if where == "body" else f"#{where}{steps}"
    return Fault(pointer, str(entry["type"]), *told(entry))


def _summary(faults: list[Fault]) -> str:
    first = f"{faults[0].pointer or 'the body'}: {faults[0].detail}"
    return first if len(faults) == 1 else f"{len(faults)} things are wrong; the first: {first}"


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, PassportsError):
        return _on_expected(request, error.__cause__)
    status = HTTPStatus(error.status_code)
    code, detail = _HTTP_CODES.get(status, ("bad_request", str(error.detail)))
    plain = errors.NotFoundError(detail) if status is HTTPStatus.NOT_FOUND else _foreign(code, status, detail)
    answer = problem(request, status, plain)
    answer.headers.update(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods_of(request))
    return answer


def _foreign(code: str, status: HTTPStatus, detail: str) -> PassportsError:
    """Return an error of the framework, for which there is no class of ours."""
    plain = PassportsError(detail)
    plain.code, plain.title = code, status.phrase  # type: ignore[misc]  # class variables, but for this one object
    return plain


def _methods_of(request: Request) -> list[str]:
    """Return what an address answers: the framework would name only the first of its routes' methods."""
    found = {
        method
        for method in _METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    if "GET" in found:
        found.add("HEAD")  # as `RequestFrame` does
    return [method for method in _METHODS if method in found]


def responses(
    *expected: type[PassportsError],
    created: type[BaseModel] | None = None,
    existing: type[BaseModel] | None = None,
) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses=` for the failures that an operation can answer.

    `created` adds a 201 beside the usual 200, `existing` a 200 beside the usual 201: for calls that
    make a thing the first time and find it when they are repeated.
    """
    documented = _failures(expected, int)
    if created is not None:
        documented[int(HTTPStatus.CREATED)] = {"model": created, "description": "Created"}
    if existing is not None:
        documented[int(HTTPStatus.OK)] = {"model": existing, "description": "It was there already"}
    return documented


def vc_api_responses(*expected: type[PassportsError]) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses=` for an operation of the VC API: what is 422 elsewhere is 400 there."""
    return _failures(expected, _vc_api_status)


def _vc_api_status(status: int) -> int:
    return HTTPStatus.BAD_REQUEST if status == HTTPStatus.UNPROCESSABLE_ENTITY else status


def _failures(
    expected: Iterable[type[PassportsError]], status_of: Callable[[int], int]
) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int, list[type[PassportsError]]] = {}
    for error in expected:
        by_status.setdefault(int(status_of(STATUS[error])), []).append(error)
    return {status: _documented(classes, status) for status, classes in by_status.items()}


def _documented(listed: list[type[PassportsError]], status: int) -> dict[str, Any]:
    return {
        "description": "; ".join(error.title for error in listed),
        "content": {
            _CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {error.code: {"value": _example(error, status)} for error in listed},
            }
        },
    }


def _example(error: type[PassportsError], status: int) -> dict[str, Any]:
    return {
        "type": f"https://passports.example.org/problems/{error.code}",
        "title": error.title,
        "status": status,
        "code": error.code,
        "detail": (error.__doc__ or error.title).splitlines()[0].replace("`", ""),
        "instance": "/v1/passports/community-leadership",
        "request_id": "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e",
    }


PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457 problem details; `code` is stable, `errors` says where a payload is wrong.",
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "hint": {"type": "string"},
        "verified": {"const": False, "description": "in answers of the VC API"},
        "problemDetails": {
            "type": "array",
            "description": "the same in the terms of the VC API",
            "items": {"type": "object", "required": ["type", "title", "detail"]},
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901) into the body"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "hint": {"type": "string"},
                    "line": {"type": "integer", "description": "line of a YAML body"},
                },
            },
        },
    },
}
