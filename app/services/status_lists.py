"""Status lists: an index at random for each credential and purpose, the signed list rebuilt from the rows.

The truth is in `status_entries`; a job rebuilds and signs the list at most once a second, and readers
get the stored bytes. A list is signed for a day and signed again every six hours.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from app.database import insert_unless_there
from app.errors import NotFoundError, WrongStateError
from app.identifiers import new_id, new_public_id, random_index
from app.models import Issuer, SigningKey, StatusEntry, StatusList
from app.services.jobs import JobKind, enqueue_job
from app.services.keys import load_active_key, open_signer
from app.services.sites import Site
from app.signing.dids import jwk_key_id, multikey_id
from app.signing.issue import SigningProfile, prepare, prove
from app.signing.status_list import (
    Purpose,
    StatusListTemplate,
    build_credential,
    cleared,
    decode,
    encode,
)

LENGTH = 131_072
"""Entries per list: the least that the standard allows, so that one entry hides in the herd."""

TRIES = 16
"""Random indexes looked at for one entry. All taken means that the list is about 60 % full (the chance
passes one half for a list of this length there): then a new list is opened. No counter, so no lock."""

REVOCATION: Final = "revocation"
SUSPENSION: Final = "suspension"
BATCH = 5_000
"""Entries that one statement names: PostgreSQL takes 65,535 parameters, SQLite 32,766."""

VALID_FOR = timedelta(hours=24)
RENEW_AFTER = timedelta(hours=6)
REBUILD_EVERY = timedelta(seconds=1)
MAX_AGE = 60
"""Seconds that a reader may keep the list; it stands in the list as `ttl` too."""


def status_list_url(list_id: str, site: Site) -> str:
    """Return the public address of a list."""
    return f"{site.public_url}/status-lists/{list_id}"


def describe_entry(entry: StatusEntry, purpose: Purpose, site: Site) -> dict[str, str]:
    """Return the entry as a credential names it (Bitstring Status List 1.0, 2.1)."""
    url = status_list_url(entry.list_id, site)
    return {
        "id": f"{url}#{entry.position}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(entry.position),
        "statusListCredential": url,
    }


def open_status_list(
    session: Session,
    issuer: Issuer,
    key: SigningKey,
    purpose: Purpose = REVOCATION,
    *,
    site: Site,
    now: datetime,
) -> StatusList:
    """Make a new, empty, signed list for `issuer`."""
    status_list = StatusList(
        id=new_public_id(),
        issuer_id=issuer.id,
        created_at=now,
        purpose=purpose,
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


@dataclass(frozen=True, slots=True)
class GivenEntry:
    """An entry that has just been given to a credential: the id of its row, and its place."""

    id: str
    list_id: str
    position: int


def allocate_status_entry(
    session: Session, issuer: Issuer, purpose: Purpose = REVOCATION, *, site: Site, now: datetime
) -> GivenEntry:
    """Give a random free index of the newest list for `purpose`, or of a new one if there is no room."""
    newest = (
        select(StatusList.id, StatusList.length)
        .where(StatusList.issuer_id == issuer.id, StatusList.purpose == purpose)
        .order_by(StatusList.created_at.desc(), StatusList.id)
        .limit(1)
    )
    row = session.execute(newest).one_or_none()
    found = None if row is None else (row.id, row.length)
    while True:
        entry = None if found is None else _take_position(session, issuer, *found, now=now)
        if entry is not None:
            return entry
        key = load_active_key(session, issuer.id)
        opened = open_status_list(session, issuer, key, purpose, site=site, now=now)
        found = opened.id, opened.length


def _take_position(
    session: Session, issuer: Issuer, list_id: str, length: int, *, now: datetime
) -> GivenEntry | None:
    """Try random indexes until one was free; mostly the first is, so this is one statement."""
    for _ in range(TRIES):
        entry = GivenEntry(new_id(), list_id, random_index(length))
        row = {**asdict(entry), "issuer_id": issuer.id, "created_at": now, "is_set": False, "changed_at": now}
        if insert_unless_there(session, StatusEntry, row):
            return entry
    return None


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield `ids` in pieces that one statement can name."""
    return (ids[first : first + BATCH] for first in range(0, len(ids), BATCH))


def set_status(session: Session, entry_ids: Sequence[str], *, to: bool, now: datetime) -> None:
    """Set or clear the bits of these entries and see to it that their lists are published again.

    The lists are locked, in one order, until the transaction ends.
    """
    changed: Counter[str] = Counter()
    for some in batches(entry_ids):
        wanted = StatusEntry.id.in_(some) & (StatusEntry.is_set != to)
        statement = update(StatusEntry).where(wanted).values(is_set=to, changed_at=now)
        changed.update(session.scalars(statement.returning(StatusEntry.list_id)))
    for list_id in sorted(changed):
        status_list = session.get_one(StatusList, list_id, with_for_update=True)
        status_list.changes += changed[list_id]
        _enqueue_rebuild(session, status_list, now=now)


def publish_status_list(session: Session, list_id: str, *, site: Site, now: datetime) -> None:
    """Rebuild a list from its rows and sign it, if it changed or gets old; run by the worker only.

    Whatever there was to do, the list has a renewal waiting afterwards.
    """
    status_list = session.get(StatusList, list_id, with_for_update=True)
    if status_list is None:
        return
    has_changed = status_list.changes != status_list.published_changes
    if has_changed and status_list.published_at <= now < status_list.published_at + REBUILD_EVERY:
        _enqueue_rebuild(session, status_list, now=now)
    elif has_changed or status_list.published_at + RENEW_AFTER <= now:
        _rebuild(session, status_list, site=site, now=now)
    _enqueue_renewal(session, status_list, now=now)


def _rebuild(session: Session, status_list: StatusList, *, site: Site, now: datetime) -> None:
    issuer = session.get_one(Issuer, status_list.issuer_id)
    positions = session.scalars(
        select(StatusEntry.position).where(StatusEntry.list_id == status_list.id, StatusEntry.is_set)
    )
    shown = _published_bits(status_list)
    status_list.published_at, status_list.valid_until = now, now + VALID_FOR
    key = load_active_key(session, issuer.id)
    status_list.body = _sign_list(issuer, key, status_list, frozenset(positions), site=site)
    status_list.published_changes = status_list.changes
    if status_list.purpose == REVOCATION:
        _check_nothing_cleared(status_list, shown)


def _published_bits(status_list: StatusList) -> bytes:
    return decode(json.loads(status_list.body)["credentialSubject"]["encodedList"])


def _check_nothing_cleared(status_list: StatusList, shown: bytes) -> None:
    """Refuse to take a revocation back: after a restore from an old backup, the bytes know better."""
    lost = cleared(shown, _published_bits(status_list))
    if lost is not None:
        raise WrongStateError(
            f"Status list {status_list.id} shows index {lost} as revoked, and the rows no longer do.",
            hint="Restore the row: what was revoked stays revoked.",
        )


def ensure_renewals(session: Session, *, now: datetime) -> None:
    """See to it that every list has a renewal waiting, should one have been lost or given up."""
    for status_list in session.scalars(select(StatusList).options(defer(StatusList.body))):
        _enqueue_renewal(session, status_list, now=now)


def resign_status_lists(session: Session, issuer_id: str, *, now: datetime) -> None:
    """Have all lists of an issuer signed again: the key that signed them is accepted no longer."""
    own = update(StatusList).where(StatusList.issuer_id == issuer_id)
    for list_id in session.scalars(own.values(changes=StatusList.changes + 1).returning(StatusList.id)):
        enqueue_job(session, issuer_id, JobKind.PUBLISH_STATUS_LIST, {"list_id": list_id}, now=now)


def load_status_list(session: Session, list_id: str) -> StatusList:
    """Return a list for a reader without an account; raises `NotFoundError`."""
    status_list = session.get(StatusList, list_id)
    if status_list is None:
        raise NotFoundError(f"There is no status list {list_id}.")
    return status_list


def _enqueue_rebuild(session: Session, status_list: StatusList, *, now: datetime) -> None:
    """Have the list published, one second after the last time at the earliest."""
    issuer_id, payload = status_list.issuer_id, {"list_id": status_list.id}
    soonest = max(timedelta(0), status_list.published_at + REBUILD_EVERY - now)
    enqueue_job(session, issuer_id, JobKind.PUBLISH_STATUS_LIST, payload, now=now, delay=soonest)


def _enqueue_renewal(session: Session, status_list: StatusList, *, now: datetime) -> None:
    payload = {"list_id": status_list.id, "renew": True}
    issuer_id = status_list.issuer_id
    delay = status_list.published_at + RENEW_AFTER - now
    enqueue_job(session, issuer_id, JobKind.PUBLISH_STATUS_LIST, payload, now=now, delay=delay)


def _sign_list(
    issuer: Issuer, key: SigningKey, status_list: StatusList, positions: frozenset[int], *, site: Site
) -> bytes:
    signer = open_signer(key, site)
    document = build_credential(
        StatusListTemplate(
            url=status_list_url(status_list.id, site),
            issuer=issuer.did,
            purpose=cast("Purpose", status_list.purpose),
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
    proof = prove(prepare(document), signer, profile)
    return json.dumps({**document, "proof": [proof]}, ensure_ascii=False, separators=(",", ":")).encode()
