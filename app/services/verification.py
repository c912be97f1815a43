"""Verification: gathers what a check needs from this service, then lets the standard's steps decide.

Keys of did:key issuers are in the name, documents and status lists of this service are in its database.
What others publish is fetched when there is an errand for it, and else reported as not reachable.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import (
    Fault,
    InvalidPayloadError,
    MalformedBodyError,
    NotFoundError,
    UnreadableCredentialError,
)
from app.http_client import Errand
from app.models import Credential, Issuer, StatusList
from app.schemas.credential_summaries import CredentialSummary
from app.schemas.pages import InputProblem, VerificationForm, VerificationPage
from app.services.issuers import IS_TENANT, describe_did
from app.services.remote_documents import fetch_credential, fetch_missing, say_how_to_fetch
from app.services.sites import Published, Site
from app.signing.verify import (
    Asked,
    Gathered,
    Needs,
    Presentation,
    PresentationReport,
    Presented,
    Report,
    Unavailable,
    covered,
    needs,
    open_credential,
    presentation_needs,
    read,
    verify,
    verify_presentation,
)

_CREDENTIAL_ID = re.compile(r"[0-9a-f]+(?=$|[./?#])")
"""What stands behind `/credentials/` in an address, before a suffix, a slash, a query or a fragment."""

_MAX_ASKED = 4_000
"""Characters of the names under which something is kept: strangers choose them."""

_ONE = "Give one of them, and leave the other out."
_ANY = "Give one of the three."
_LOOK_AGAIN = "Compare the address with the one that you were given, or give the credential itself."
_NOT_TRIED = "Nothing was checked"
"""What a visitor reads who left the form empty, gave two things, or an address that is not read."""

_WHAT_TO_TRY = (
    "Take the file as the issuer gave it to you: a picture that went through a messenger or an editor has "
    "often lost the credential inside."
)


def verify_bytes(
    session: Session,
    data: bytes,
    *,
    site: Site,
    now: datetime,
    recipient: str | None = None,
    errand: Errand | None = None,
) -> tuple[Presented, Report]:
    """Return what `data` presents and the report on it.

    Raises `UnreadableCredentialError` or `MalformedBodyError` when there is no credential in it, `BusyError`
    when too many documents of a kind that costs much are being verified.
    """
    presented = read(data)
    report = verify_presented(session, presented, site=site, now=now, recipient=recipient, errand=errand)
    return presented, report


def verify_presented(
    session: Session,
    presented: Presented,
    *,
    site: Site,
    now: datetime,
    recipient: str | None = None,
    errand: Errand | None = None,
) -> Report:
    """Return the report on a credential that has been read; raises `BusyError` as `verify_bytes` does."""
    gathered = _gather(session, needs(presented), errand, site=site, now=now)
    with site.interpreting() as apply_schema:
        known = replace(gathered, recipient=recipient, apply_schema=apply_schema)
        return verify(presented, known)


def verify_shown(
    session: Session,
    presentation: Presentation,
    asked: Asked,
    *,
    site: Site,
    now: datetime,
    errand: Errand | None = None,
) -> PresentationReport:
    """Return the report on a presentation that has been read, shown to whoever `asked`.

    Raises `BusyError` as `verify_bytes` does.
    """
    gathered = _gather(session, presentation_needs(presentation), errand, site=site, now=now)
    with site.interpreting() as apply_schema:
        known = replace(gathered, apply_schema=apply_schema)
        return verify_presentation(presentation, known, asked)


def _gather(session: Session, wanted: Needs, errand: Errand | None, *, site: Site, now: datetime) -> Gathered:
    """Return what this service knows of what is wanted, and with an `errand` what others publish of it."""
    known = _gather_own(session, wanted, site=site, now=now)
    if errand is None:
        return say_how_to_fetch(wanted, known, site=site)
    session.close()  # nobody waits for other servers with a connection in hand
    return fetch_missing(wanted, known, errand, site=site)


def _gather_own(session: Session, wanted: Needs, *, site: Site, now: datetime) -> Gathered:
    """Return what this service publishes of what is wanted, as it was a moment ago or is now."""
    named = tuple(did for did in (wanted.issuer_id, *wanted.endorser_ids) if did)
    own = _kept_published(session, named, wanted.status_list_urls, site=site)
    return Gathered(
        now=now,
        did_documents=own.did_documents,
        status_lists=own.status_lists,
        trusted_issuers=site.trusted_issuers | own.did_documents.keys(),
        recipient=None,
        own_ids=f"{site.public_url}/credentials/",
        own_issuers=frozenset(own.did_documents),
    )


def _kept_published(
    session: Session, dids: tuple[str, ...], urls: tuple[str, ...], *, site: Site
) -> Published:
    kept, asked = site.published, (dids, urls)
    if kept is None or sum(map(len, (*dids, *urls))) > _MAX_ASKED:
        return _read_published(session, dids, urls, site=site)
    found, generation, has_begun = kept.find(asked), kept.generation, session.in_transaction()
    if found is None:
        found = _read_published(session, dids, urls, site=site)
        if not has_begun:  # else it may see what was before that generation
            kept.keep(asked, found, generation)
    return found


def _read_published(
    session: Session, dids: tuple[str, ...], urls: tuple[str, ...], *, site: Site
) -> Published:
    """Return the documents of those among `dids` that are issuers here, and what there is at `urls`.

    Identities of issuer instances are as strange as any other did:key: what they sign, others have written.
    """
    own = session.scalars(select(Issuer).where(Issuer.did.in_(dids), IS_TENANT)).all() if dids else ()
    documents = {issuer.did: describe_did(session, issuer) for issuer in own}
    return Published(documents, {url: _status_list(session, url, site) for url in urls})


def load_input(
    session: Session,
    data: bytes | dict[str, Any] | None,
    url: str | None,
    *,
    site: Site,
    errand: Errand | None = None,
) -> Presented:
    """Return what is to be verified: a credential as bytes or as parsed JSON, or what is behind `url`.

    Raises `InvalidPayloadError` when neither or both are given, what `load_by_url` raises, and
    `UnreadableCredentialError` or `MalformedBodyError` when there is no credential in it.
    """
    is_given = data not in (None, b"")
    if is_given and url:
        detail = "There are two things to verify: a credential and an address."
        raise InvalidPayloadError(detail, faults=[Fault("/url", "one_source", detail, _ONE)], hint=_ONE)
    if url:
        return read(load_by_url(session, url, site=site, errand=errand))
    if isinstance(data, dict):
        return open_credential(data)
    if data:
        return read(data)
    fault = Fault(
        "/credential",
        "missing",
        "There is nothing to verify: no file, no address and no text of a credential.",
    )
    raise InvalidPayloadError(fault.detail, faults=[fault], hint=_ANY)


def describe_verification(
    session: Session,
    form: VerificationForm,
    data: bytes | dict[str, Any] | None,
    *,
    site: Site,
    now: datetime,
    errand: Errand | None = None,
) -> VerificationPage:
    """Return what the verifier's page says to a visitor, whether or not the input could be read.

    What could not be read is marked at `form.field`. Raises `RateLimitedError`.
    """
    try:
        _check_one_source(form)
        presented = load_input(session, data, form.url, site=site, errand=errand)
        report = verify_presented(
            session, presented, site=site, now=now, recipient=form.recipient or None, errand=errand
        )
    except (UnreadableCredentialError, MalformedBodyError, InvalidPayloadError, NotFoundError) as error:
        hint = error.hint or _WHAT_TO_TRY
        title = _NOT_TRIED if isinstance(error, InvalidPayloadError) else error.title
        problem = InputProblem(title=title, detail=error.detail, hint=hint, field=form.field)
        return VerificationPage(form=form, problem=problem)
    return VerificationPage(
        form=form,
        report=report,
        summary=CredentialSummary.read(covered(presented.credential, report.uncovered)),
        source=presented.source,
        checked_at=now,
    )


def _check_one_source(form: VerificationForm) -> None:
    """Refuse a form with a file and a text: whoever filled it in would not know which was looked at."""
    if form.field == "file" and form.credential.strip():
        raise InvalidPayloadError("There are two things to verify: a file and a text.", hint=_ONE)


def load_by_url(session: Session, url: str, *, site: Site, errand: Errand | None = None) -> bytes:
    """Return the credential behind a page of this service, or with an `errand` at any https address.

    Raises `InvalidPayloadError` for an address that is not read, `RateLimitedError`, and `NotFoundError`
    for an unknown address here.
    """
    address, pages = url.strip(), f"{site.public_url}/credentials/"
    if errand is not None and not address.lower().startswith(f"{site.public_url}/"):
        session.close()  # as in `verify_bytes`
        return fetch_credential(address, errand)
    if not address.lower().startswith(pages):
        fault = Fault(
            "/url",
            "address_elsewhere",
            f"Only addresses that begin with {pages} are read here.",
            "Download the credential and upload it, or paste its text.",
        )
        raise InvalidPayloadError(fault.detail, faults=[fault], hint=fault.hint)
    named = _CREDENTIAL_ID.match(address, len(pages))
    wanted = select(Credential.document).where(Credential.id == (named[0] if named else ""))
    found = session.scalar(wanted)
    if found is None:
        raise NotFoundError(f"There is no credential at {url[:200]}.", hint=_LOOK_AGAIN)
    return found


def _status_list(session: Session, url: str, site: Site) -> bytes | Unavailable:
    list_id = url.removeprefix(f"{site.public_url}/status-lists/")
    body = None
    if list_id != url:
        body = session.scalar(select(StatusList.body).where(StatusList.id == list_id))
    return body if body is not None else Unavailable(f"{url[:200]} is not a list of this service.")
