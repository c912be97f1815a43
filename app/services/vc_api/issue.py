"""Issuing over the VC API: whatever conformant credential the caller writes, under the instance's identity.

1. look it over, 2. reserve a status and a row for it and **commit**, 3. sign, 4. verify our own output as a
stranger would, 5. note its digest and **commit**; then the answer leaves. Signatures are deterministic: the
same keyed request, repeated after a crash, gives the same credential and the same row.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.domain.issuer_instances import ENVELOPED, SELECTIVE
from app.errors import (
    Fault,
    InvalidPayloadError,
    InvalidSignatureError,
    PassportsError,
    UnsignableDocumentError,
)
from app.identifiers import new_id
from app.models import InstanceCredential, IssuerInstance, StatusEntry
from app.services import status_lists
from app.services.audit_events import record_event
from app.services.issuer_instances import load_instance
from app.services.keys import load_active_key, open_signer
from app.services.sites import Begin, Site
from app.services.vc_api.faults import place_faults
from app.signing import jcs, vc_jwt
from app.signing.data_integrity import DisclosureKeys, ProofOptions
from app.signing.dids import multikey_id
from app.signing.issue import conformant, derive, secure, secure_selectively
from app.signing.keys import CurveKey, Signer
from app.signing.lint import conformance_faults, is_version_1
from app.signing.members import listed
from app.signing.status_entries import entry_faults
from app.signing.status_list import Purpose
from app.signing.urls import leads_below
from app.signing.verify import Gathered, Outcome, read, verify
from app.signing.verify.presented import issuer_id_of

Document = dict[str, Any]

_ALWAYS_SHOWN = (
    "/issuer",
    "/credentialStatus",
    *("/validFrom", "/validUntil", "/issuanceDate", "/expirationDate"),
)
"""What a holder cannot leave out: without it nobody could tell who speaks, and whether it still holds."""

_OWN_CHECKS = frozenset({"parse", "conformance", "proof", "issuer_key"})
_LEFT_TO_READERS = frozenset({"schema_unreachable", "schema_unsupported"})
"""What our own verifier may say: a schema that is named is its writer's, and not fetched to issue."""


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """What to issue with which instance: `request_key` is the `Idempotency-Key` of the request, if any."""

    instance_key: str
    credential: Document
    credential_id: str | None
    mandatory_pointers: tuple[str, ...] | None
    request_key: str | None


@dataclass(frozen=True, slots=True)
class _Reserved:
    """What step 3 needs of what step 2 has committed."""

    record_id: str
    document: Document
    cryptosuite: str
    mandatory_pointers: tuple[str, ...]
    signer: Signer
    options: ProofOptions


def issue_credential(begin: Begin, actor: Actor, order: IssueOrder, *, site: Site, now: datetime) -> Document:
    """Return the credential of `order`, secured by the instance that it names.

    Raises `NotFoundError`, `InvalidPayloadError` for another issuer, and `UnsignableDocumentError` for what
    breaks a rule or would not be wholly signed.
    """
    # 1. Nothing is reserved for what cannot be issued.
    _look_over(order)
    # 2. From this commit on there is a row for whatever is signed.
    with begin() as session:
        reserved = _reserve(session, actor, order, site=site, now=now)
    try:
        with site.interpreting():
            # 3. Outside of a transaction: nobody waits for a canonicalization.
            secured = _secure(reserved)
            # 4. No signature leaves that our own verifier refuses.
            _check_own_output(reserved, secured, now)
    except PassportsError as error:
        with begin() as session:
            _release(session, reserved.record_id)
        if isinstance(error, UnsignableDocumentError):
            raise _in_credential(error) from error
        pointers = order.mandatory_pointers or ()
        error.faults = place_faults(error.faults, "/credential", "/options/mandatoryPointers", pointers)
        raise
    # 5.
    with begin() as session:
        record = session.get_one(InstanceCredential, reserved.record_id)
        record.secured_sha256 = hashlib.sha256(_serialize(secured)).hexdigest()
        thing, digest = ("instance_credential", record.id), record.secured_sha256
        record_event(session, actor, "issue", thing, now=now, instance=order.instance_key, sha256=digest)
    return secured


def _look_over(order: IssueOrder) -> None:
    faults = list(conformance_faults(order.credential) or entry_faults(order.credential))
    if "proof" in order.credential:
        faults.append(Fault("/proof", "already_secured", "The credential has a proof already."))
    if faults:
        detail = f"The credential breaks {len(faults)} rule(s)."
        raise _in_credential(UnsignableDocumentError(detail, faults=faults))


def _reserve(
    session: Session,
    actor: Actor,
    order: IssueOrder,
    *,
    site: Site,
    now: datetime,
) -> _Reserved:
    instance = load_instance(session, actor, order.instance_key)
    _check_fitting(instance, order, site)
    request_sha256 = _request_digest(actor, order)
    record = _find_keyed(session, instance, request_sha256)
    if record is None:
        record = _new_record(session, instance, order, request_sha256, site=site, now=now)
    document = _with_status(session, order.credential, record, site=site)
    record.unsigned_sha256 = hashlib.sha256(jcs.canonize(document).encode()).hexdigest()
    session.flush()
    signing_key = load_active_key(session, instance.identity_id)
    signer = open_signer(signing_key, site)
    assert isinstance(signer.public_key, CurveKey), "did:key spells the keys of instances"
    options = ProofOptions(multikey_id(instance.did, signer.public_key), record.proof_created)
    asked = order.mandatory_pointers or ()
    pointers = (*asked, *(each for each in _ALWAYS_SHOWN if each[1:] in document and each not in asked))
    return _Reserved(record.id, document, instance.cryptosuite, pointers, signer, options)


def _check_fitting(instance: IssuerInstance, order: IssueOrder, site: Site) -> None:
    """Raise `InvalidPayloadError` for what this instance does not issue, or not so."""
    if issuer_id_of(order.credential) != instance.did:
        detail = f"This instance issues as {instance.did} only."
        fault = Fault("/credential/issuer", "another_issuer", detail, f"Write {instance.did} as the issuer.")
        raise InvalidPayloadError(detail, faults=[fault])
    if leads_below(str(order.credential.get("id")), f"{site.public_url}/credentials/"):
        detail = "Ids under this address are given by this service alone."
        raise InvalidPayloadError(detail, faults=[Fault("/credential/id", "id_not_ours", detail)])
    if instance.cryptosuite == ENVELOPED and is_version_1(order.credential):
        detail = "A credential of data model 1.1 is not enveloped (VC-JOSE-COSE 1.0, 1.1)."
        raise InvalidPayloadError(detail, faults=[Fault("/credential/@context", "wrong_version", detail)])
    if instance.cryptosuite != SELECTIVE and order.mandatory_pointers is not None:
        detail = f"Nothing is left out of what {instance.cryptosuite} secures."
        raise InvalidPayloadError(
            detail, faults=[Fault("/options/mandatoryPointers", "not_selective", detail)]
        )


def _request_digest(actor: Actor, order: IssueOrder) -> str | None:
    if order.request_key is None:
        return None
    return hashlib.sha256(f"{actor.token_id} {order.request_key}".encode()).hexdigest()


def _find_keyed(
    session: Session, instance: IssuerInstance, request_sha256: str | None
) -> InstanceCredential | None:
    """Return what an earlier try of the same keyed request has reserved."""
    if request_sha256 is None:
        return None
    return session.scalar(
        select(InstanceCredential).where(
            InstanceCredential.issuer_id == instance.identity_id,
            InstanceCredential.request_sha256 == request_sha256,
        )
    )


def _new_record(
    session: Session,
    instance: IssuerInstance,
    order: IssueOrder,
    request_sha256: str | None,
    *,
    site: Site,
    now: datetime,
) -> InstanceCredential:
    entry_ids: dict[Purpose, str] = {}
    if not is_version_1(order.credential):
        for purpose in instance.status_purposes:
            entry = status_lists.allocate_status_entry(
                session, instance.identity, purpose, site=site, now=now
            )
            entry_ids[purpose] = entry.id
    record = InstanceCredential(
        id=new_id(),
        issuer_id=instance.identity_id,
        created_at=now,
        credential_id=order.credential_id or order.credential.get("id"),
        request_sha256=request_sha256,
        revocation_entry_id=entry_ids.get(status_lists.REVOCATION),
        suspension_entry_id=entry_ids.get(status_lists.SUSPENSION),
        proof_created=now.replace(microsecond=0),
        unsigned_sha256="",
    )
    session.add(record)
    return record


def _with_status(
    session: Session, credential: Document, record: InstanceCredential, *, site: Site
) -> Document:
    """Return the credential with its places on our lists, after the status that its writer gave it.

    A single place is an object and no list: the JSON schema of Open Badges 3.0 allows nothing else.
    """
    ours = [
        status_lists.describe_entry(session.get_one(StatusEntry, entry_id), purpose, site)
        for purpose, entry_id in record.entry_ids.items()
    ]
    if not ours:
        return credential
    statuses = [*listed(credential.get("credentialStatus")), *ours]
    return {**credential, "credentialStatus": statuses if len(statuses) > 1 else statuses[0]}


def _release(session: Session, record_id: str) -> None:
    """Give back what was reserved for a credential that could not be signed."""
    record = session.get_one(InstanceCredential, record_id)
    entry_ids = list(record.entry_ids.values())
    session.delete(record)
    session.flush()
    session.execute(delete(StatusEntry).where(StatusEntry.id.in_(entry_ids)))


def _secure(reserved: _Reserved) -> Document:
    """Return the credential with a proof, or in an envelope."""
    if reserved.cryptosuite == SELECTIVE:
        return secure_selectively(
            reserved.document,
            reserved.signer,
            reserved.options,
            reserved.mandatory_pointers,
            DisclosureKeys.generate(),
        )
    if reserved.cryptosuite != ENVELOPED:
        return secure(reserved.document, reserved.signer, reserved.cryptosuite, reserved.options)
    bare, _proofs = conformant(reserved.document)
    method = reserved.options.verification_method
    return vc_jwt.envelop(vc_jwt.create_jose(bare, reserved.signer, method))


def _check_own_output(reserved: _Reserved, secured: Document, at: datetime) -> None:
    shown = derive(secured, [""]) if reserved.cryptosuite == SELECTIVE else secured
    report = verify(
        read(_serialize(shown)),
        Gathered(now=at, did_documents={}, status_lists={}, trusted_issuers=frozenset(), recipient=None),
    )
    own = (c for c in report.checks if c.id in _OWN_CHECKS and c.code not in _LEFT_TO_READERS)
    wrong = [c for c in own if c.outcome is not Outcome.PASS]
    if wrong:
        raise InvalidSignatureError(f"Our own verifier refuses what was signed: {wrong[0].detail}")


def _serialize(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _in_credential(error: UnsignableDocumentError) -> UnsignableDocumentError:
    """Return `error` with pointers into the request that holds the document."""
    faults = place_faults(error.faults, "/credential", "", ())
    return UnsignableDocumentError(error.detail, faults=faults, hint=error.hint)
