"""The verifier: a page for people, and the same checks for programs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app import errors, strict_json
from app.api_route import media_type_of, read_body
from app.dependencies import BeginReadDep, ErrandDep, NowDep, SiteDep
from app.http_client import Errand
from app.pages import render
from app.problems import STATUS, responses
from app.representations import HTML, JSON, represent
from app.schemas.pages import VerificationForm, VerificationPage
from app.schemas.verification import EXAMPLES, VerificationRead, VerificationRequest
from app.services import verification
from app.services.sites import Begin, Site

MAX_UPLOAD = 10 * 1024 * 1024
"""Bytes of an upload: the largest badge picture that is looked into."""

MAX_TEXT = 1_100_000
"""Bytes of anything else: no credential comes near it, and reading text costs more than reading a picture."""

_FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})
_PICTURES = frozenset({"multipart/form-data", "image/png", "image/svg+xml", "application/octet-stream"})
_CHARSET = re.compile(r";\s*charset\s*=\s*(?!\"?(utf-8|us-ascii)\"?\s*(;|$))", re.IGNORECASE)
"""A charset of the sender's choice would let any of Python's codecs loose on the fields."""

_RAW = (
    *("application/vc", "application/vc+ld+json", "application/ld+json"),
    *("application/vc+jwt", "application/jwt", "text/plain"),
    *("image/png", "image/svg+xml", "application/octet-stream"),
)

public = APIRouter(tags=["public"])


@dataclass(frozen=True, slots=True)
class VerificationInput:
    """What a request wants verified, however it came: bytes, JSON, or the address of a credential.

    `field` is the field of the form that it came from, `pasted` the text in the form.
    """

    data: bytes | dict[str, Any] | None
    url: str | None = None
    recipient: str | None = None
    pasted: str = ""
    field: str = "credential"

    @property
    def form(self) -> VerificationForm:
        """What the visitor typed."""
        url, recipient = self.url or "", self.recipient or ""
        return VerificationForm(credential=self.pasted, url=url, recipient=recipient, field=self.field)


Understand = Callable[[], VerificationInput]
"""Parses what was received, which takes a while: not where all other requests wait."""


async def _receive_input(request: Request) -> Understand:
    media_type = media_type_of(request)
    body = await read_body(request, MAX_UPLOAD if media_type in _PICTURES else MAX_TEXT)
    if media_type in _FORMS:
        request._body = body  # noqa: SLF001 (Starlette offers no other way to hand a body on)
        form = await _read_form(request)
        return lambda: form
    if media_type == JSON:
        return partial(_read_request, body)
    if media_type in _RAW:
        return partial(VerificationInput, body)
    raise errors.UnsupportedMediaTypeError(
        f"A body of type {media_type[:80] or 'nothing at all'} is not read here.",
        hint=f"Send {JSON}, a form, or a credential as one of: {', '.join(_RAW)}.",
    )


async def _read_form(request: Request) -> VerificationInput:
    if _CHARSET.search(request.headers.get("content-type", "")):
        raise errors.UnsupportedMediaTypeError("A form is read as UTF-8.", hint="Leave `charset` out.")
    async with request.form(max_files=1, max_fields=4, max_part_size=MAX_UPLOAD) as form:
        file = form.get("file")
        uploaded = await file.read() if isinstance(file, UploadFile) else b""
        pasted, url, recipient = (str(form.get(name) or "") for name in ("credential", "url", "recipient"))
    data = uploaded or pasted.strip().encode()
    field = "file" if uploaded else "url" if url.strip() and not data else "credential"
    return VerificationInput(data or None, url.strip() or None, recipient.strip() or None, pasted, field)


def _read_request(body: bytes) -> VerificationInput:
    value = strict_json.loads(body)
    if isinstance(value, dict) and "@context" in value:
        return VerificationInput(value)
    try:
        wanted = VerificationRequest.model_validate(value)
    except ValidationError as error:
        faults = [{**entry, "loc": ("body", *entry["loc"])} for entry in error.errors(include_url=False)]
        raise RequestValidationError(faults) from error
    match wanted.credential:
        case None:
            return VerificationInput(None, wanted.url, wanted.recipient)
        case str(text):
            return VerificationInput(text.encode(), None, wanted.recipient)
        case document:
            return VerificationInput(document, None, wanted.recipient)


InputDep = Annotated[Understand, Depends(_receive_input)]

_REQUEST_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A request, or the credential alone under its own media type.",
        "content": {
            JSON: {
                "schema": VerificationRequest.model_json_schema(),
                "examples": {"by address": {"value": EXAMPLES[0]}},
            },
            "application/vc+jwt": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/svg+xml": {"schema": {"type": "string"}},
        },
    }
}


@public.get("/verify", summary="Show the verifier", responses=responses(errors.InvalidPayloadError))
def show_verifier(
    url: Annotated[str, Query(max_length=2000, description="What to fill in as the address.")] = "",
) -> Response:
    """Return the page on which anybody can paste, upload or name a credential. It verifies nothing yet."""
    return render(VerificationPage(form=VerificationForm.at(url)))


@public.post(
    "/verify",
    summary="Verify a credential",
    response_model=VerificationRead,
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.UnreadableCredentialError,
        errors.NotFoundError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
        errors.BodyTooSlowError,
        errors.RateLimitedError,
    ),
    openapi_extra=_REQUEST_BODY,
)
def verify_credential(
    understand: InputDep, request: Request, begin: BeginReadDep, site: SiteDep, now: NowDep, errand: ErrandDep
) -> Response:
    """Return the report of numbered checks: 200 whatever it says, an error only for unreadable input."""
    return represent(
        request,
        {
            (JSON,): lambda _: _report(understand(), begin, site=site, now=now, errand=errand),
            (HTML,): lambda _: _show(understand(), begin, site=site, now=now, errand=errand),
        },
    )


def _report(
    given: VerificationInput, begin: Begin, *, site: Site, now: datetime, errand: Errand | None
) -> Response:
    with begin() as session:
        presented = verification.load_input(session, given.data, given.url, site=site, errand=errand)
        report = verification.verify_presented(
            session, presented, site=site, now=now, recipient=given.recipient, errand=errand
        )
    answer = VerificationRead.of(report, errand.documents if errand else ())
    return Response(answer.model_dump_json(), media_type=JSON)


def _show(
    given: VerificationInput, begin: Begin, *, site: Site, now: datetime, errand: Errand | None
) -> Response:
    with begin() as session:
        page = verification.describe_verification(
            session, given.form, given.data, site=site, now=now, errand=errand
        )
    return render(page, status=STATUS[errors.UnreadableCredentialError] if page.problem else 200)
