"""What goes into a credential beside what was achieved: the holder, the evidence, places on status lists."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.achievements import ClaimedEvidence, HashedEmail, StatusPlace, SubjectFacts
from app.domain.evidence import EvidenceReport, read_report
from app.domain.partnerships import read_partnership
from app.domain.rules.facts import LevelReached
from app.identifiers import new_salt, new_subject_urn
from app.models import Credential, Learner, Partnership, StatusEntry, StatusList
from app.services.facts import load_whole
from app.services.sites import Site
from app.services.status_lists import status_list_url
from app.signing.recipients import identity_hash, matches, normalize_email

CREDENTIAL_GENRE = "OpenBadgeCredential"
"""The genre of evidence that is itself a credential."""


def load_claimed(session: Session, ids: Collection[str]) -> tuple[ClaimedEvidence, ...]:
    """Return these rows (evidence, partnerships, credentials of ours), with the levels that reviewers saw."""
    if not ids:
        return ()
    claimed = [
        ClaimedEvidence(
            row.id,
            read_report(row.current.document),
            tuple(
                LevelReached(**level)
                for review in row.reviews
                if review.revision == row.revision and review.decision == "accepted"
                for level in review.levels
            ),
        )
        for row in load_whole(session, ids)
    ]
    others = set(ids).difference(row.id for row in claimed)
    if not others:
        return tuple(claimed)
    kept = session.scalars(select(Partnership).where(Partnership.id.in_(others)).order_by(Partnership.id))
    held = session.scalars(select(Credential).where(Credential.id.in_(others)).order_by(Credential.id))
    return (*claimed, *map(_kept, kept), *map(_held, held))


def _kept(partnership: Partnership) -> ClaimedEvidence:
    """Return a partnership as evidence: when it began, which no later change of its record moves."""
    record = read_partnership(partnership.document)
    report = EvidenceReport(
        kind="artifact",
        title=record.title,
        occurred_at=record.identified_at,
        visibility=record.visibility,
    )
    return ClaimedEvidence(partnership.id, report, genre="partnership")


def _held(credential: Credential) -> ClaimedEvidence:
    """Return a credential of ours as evidence for another one: public under its own address."""
    report = EvidenceReport(
        kind="credential",
        title=json.loads(credential.unsigned)["name"],
        occurred_at=credential.awarded_at,
        url=credential.url,
        visibility="public",
    )
    return ClaimedEvidence(credential.id, report, genre=CREDENTIAL_GENRE)


def describe_subject(learner: Learner, earlier: Mapping[str, Any] | None = None) -> SubjectFacts:
    """Return how a credential names the learner: a DID if one is known, never a plain address.

    A correction gives the subject of the `earlier` edition, whose random parts are kept where they still fit.
    """
    earlier = earlier or {}
    urn = str(earlier.get("id", ""))
    return SubjectFacts(
        urn=urn if urn.startswith("urn:") else new_subject_urn(),
        did=learner.did,
        email=None if learner.email is None else _hash_email(learner.email, earlier.get("identifier", [])),
    )


def _hash_email(email: str, earlier: list[dict[str, Any]]) -> HashedEmail:
    for identity in earlier:
        if matches(identity, email):
            return HashedEmail(identity["identityHash"], identity["salt"])
    salt = new_salt()
    return HashedEmail(identity_hash(normalize_email(email), salt), salt)


def status_places(session: Session, entry_ids: list[str], *, site: Site) -> tuple[StatusPlace, ...]:
    """Return the places of these entries as a credential names them, in the order of the ids."""
    rows = session.execute(
        select(StatusEntry, StatusList.purpose).join(StatusList).where(StatusEntry.id.in_(entry_ids))
    )
    found = {
        entry.id: StatusPlace(purpose, status_list_url(entry.list_id, site), entry.position)
        for entry, purpose in rows
    }
    return tuple(found[entry_id] for entry_id in entry_ids)
