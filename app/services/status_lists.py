"""Status lists: an index at random for each credential, the signed list rebuilt from the rows.

The truth is in `status_entries`; a job rebuilds and signs the list at most once a second, and readers
get the stored bytes. A list is signed for a day and signed again every six hours.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from app.errors import NotFoundError
from app.identifiers import new_id, new_public_id, random_index
from app.models import Credential, Issuer, SigningKey, StatusEntry, StatusList
from app.services.jobs import JobKind, enqueue_job
from app.services.keys import load_active_key, open_signer
from app.services.sites import Site
from app.signing.dids import jwk_key_id, multikey_id
from app.signing.issue import SigningProfile, prepare, sign
from app.signing.status_list import StatusListTemplate, build_credential, encode

LENGTH = 131_072
"""Entries per list: the least that the standard allows, so that one entry hides in the herd."""

TRIES = 16
"""Random indexes looked at for one entry. All taken means that the list is about 60 % full (the chance
passes one half for a list of this length there): then a new list is opened. No counter, so no lock."""

PURPOSE: Final = "revocation"
VALID_FOR = timedelta(hours=24)
RENEW_AFTER = timedelta(hours=6)
MAX_AGE = 60
"""Seconds that a reader may keep the list; it stands in the list as `ttl` too."""


def status_list_url(list_id: str, site: Site) -> str:
    """Return the public address of a list."""
    return f"{site.public_url}/status-lists/{list_id}"


def open_status_list(
    session: Session, issuer: Issuer, key: SigningKey, *, site: Site, now: datetime
) -> StatusList:
    """Make a new, empty, signed list for `issuer`."""
    status_list = StatusList(
        id=new_public_id(),
        issuer_id=issuer.id,
        created_at=now,
        purpose=PURPOSE,
        length=LENGTH,
        changes=0,
        published_changes=0,
        published_at=now,
        valid_until=now + VALID_FOR,
        body=b"",
    )
    status_list.body = _sign_list(issuer, key, status_list, frozenset(), site=site)
    session.add(status_list)
    session.flush()
    _enqueue_renewal(session, status_list, now=now)
    return status_list


def allocate_status_entry(session: Session, issuer: Issuer, *, site: Site, now: datetime) -> StatusEntry:
    """Give a random free index of the issuer's newest list, or of a new one when that is well filled."""
    newest = (
        select(StatusList)
        .where(StatusList.issuer_id == issuer.id, StatusList.purpose == PURPOSE)
        .order_by(StatusList.created_at.desc(), StatusList.id)
        .limit(1)
    )
    status_list = session.scalars(newest).one()
    while True:
        position = _free_position(session, status_list)
        if position is None:
            key = load_active_key(session, issuer.id)
            status_list = open_status_list(session, issuer, key, site=site, now=now)
            continue
        entry = StatusEntry(
            id=new_id(),
            issuer_id=issuer.id,
            created_at=now,
            list_id=status_list.id,
            position=position,
            is_set=False,
            changed_at=now,
        )
        try:
            with session.begin_nested():
                session.add(entry)
        except IntegrityError:  # somebody took it in this very moment
            continue
        return entry


def _free_position(session: Session, status_list: StatusList) -> int | None:
    positions = [random_index(status_list.length) for _ in range(TRIES)]
    taken = set(
        session.scalars(
            select(StatusEntry.position).where(
                StatusEntry.list_id == status_list.id, StatusEntry.position.in_(positions)
            )
        )
    )
    return next((position for position in positions if position not in taken), None)


def set_status(session: Session, credential: Credential, *, now: datetime) -> None:
    """Set the credential's bit and see to it that the list is published again."""
    entry = session.get_one(StatusEntry, credential.status_entry_id)
    entry.is_set, entry.changed_at = True, now
    status_list = session.get_one(StatusList, entry.list_id, with_for_update=True)
    status_list.changes += 1
    soonest = max(timedelta(0), status_list.published_at + timedelta(seconds=1) - now)
    payload = {"list_id": status_list.id}
    enqueue_job(session, status_list.issuer_id, JobKind.PUBLISH_STATUS_LIST, payload, now=now, delay=soonest)


def publish_status_list(session: Session, list_id: str, *, site: Site, now: datetime) -> None:
    """Rebuild a list from its rows and sign it, if it changed or gets old; run by the worker only.

    Whatever there was to do, the list has a renewal waiting afterwards.
    """
    status_list = session.get(StatusList, list_id, with_for_update=True)
    if status_list is None:
        return
    due = status_list.published_at + RENEW_AFTER <= now
    if due or status_list.changes != status_list.published_changes:
        issuer = session.get_one(Issuer, status_list.issuer_id)
        positions = session.scalars(
            select(StatusEntry.position).where(StatusEntry.list_id == list_id, StatusEntry.is_set)
        )
        status_list.published_at, status_list.valid_until = now, now + VALID_FOR
        key = load_active_key(session, issuer.id)
        status_list.body = _sign_list(issuer, key, status_list, frozenset(positions), site=site)
        status_list.published_changes = status_list.changes
    _enqueue_renewal(session, status_list, now=now)


def ensure_renewals(session: Session, *, now: datetime) -> None:
    """See to it that every list has a renewal waiting, should one have been lost or given up."""
    for status_list in session.scalars(select(StatusList).options(defer(StatusList.body))):
        _enqueue_renewal(session, status_list, now=now)


def load_status_list(session: Session, list_id: str) -> StatusList:
    """Return a list for a reader without an account; raises `NotFoundError`."""
    status_list = session.get(StatusList, list_id)
    if status_list is None:
        raise NotFoundError(f"There is no status list {list_id}.")
    return status_list


def _enqueue_renewal(session: Session, status_list: StatusList, *, now: datetime) -> None:
    payload = {"list_id": status_list.id, "renew": True}
    issuer_id = status_list.issuer_id
    delay = status_list.published_at + RENEW_AFTER - now
    enqueue_job(session, issuer_id, JobKind.PUBLISH_STATUS_LIST, payload, now=now, delay=delay)


def _sign_list(
    issuer: Issuer, key: SigningKey, status_list: StatusList, positions: frozenset[int], *, site: Site
) -> bytes:
    signer = open_signer(key, site.encryption)
    document = build_credential(
        StatusListTemplate(
            url=status_list_url(status_list.id, site),
            issuer=issuer.did,
            purpose=PURPOSE,
            encoded_list=encode(positions, status_list.length),
            valid_from=status_list.published_at,
            valid_until=status_list.valid_until,
            ttl=MAX_AGE * 1000,
        )
    )
    profile = SigningProfile(
        verification_method=multikey_id(issuer.did, signer.public_key),
        jwt_key_id=jwk_key_id(issuer.did, signer.public_key),
        created=status_list.published_at,
    )
    return sign(prepare(document), signer, profile).document
