"""The status of what instances have issued: revoked for good, suspended, reinstated."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Actor
from app.errors import Fault, InvalidPayloadError, NotFoundError
from app.models import InstanceCredential, StatusEntry
from app.schemas.vc_api import StatusEntryName, StatusUpdate
from app.services import status_lists
from app.services.audit_events import record_event
from app.services.issuer_instances import load_instance
from app.services.sites import Site


def update_status(
    session: Session, actor: Actor, key: str, update: StatusUpdate, *, site: Site, now: datetime
) -> int:
    """Set or clear a status of every credential issued under this id; return how many entries that names.

    Raises `NotFoundError` for an unknown id and one without such an entry, and `InvalidPayloadError` for
    taking back a revocation.
    """
    instance = load_instance(session, actor, key)
    purpose = update.credential_status.status_purpose
    if purpose == status_lists.REVOCATION and not update.status:
        detail = "What was revoked stays revoked."
        fault = Fault("/status", "revocation_final", detail, "Suspend what may be valid again.")
        raise InvalidPayloadError(detail, faults=[fault], hint=fault.hint)
    issued = session.scalars(
        select(InstanceCredential).where(
            InstanceCredential.issuer_id == instance.identity_id,
            InstanceCredential.credential_id == update.credential_id,
        )
    )
    entry_ids = [record.entry_ids[purpose] for record in issued if purpose in record.entry_ids]
    entry_ids = _named(session, entry_ids, update.credential_status, site=site)
    if not entry_ids:
        raise NotFoundError(f"This instance has issued nothing under this id that has a {purpose} status.")
    status_lists.set_status(session, entry_ids, to=update.status, now=now)
    said = {"purpose": purpose, "status": update.status, "entries": entry_ids}
    record_event(session, actor, "set_status", ("issuer_instance", instance.id), now=now, **said)
    return len(entry_ids)


def _named(session: Session, entry_ids: list[str], name: StatusEntryName, *, site: Site) -> list[str]:
    """Return the entries that `name` does not exclude by what it says of them: id, index, list."""
    said = name.model_dump(by_alias=True, exclude_none=True, exclude={"type", "status_purpose"}).items()
    entries = session.scalars(select(StatusEntry).where(StatusEntry.id.in_(entry_ids)))
    shown = {entry.id: status_lists.describe_entry(entry, name.status_purpose, site) for entry in entries}
    return [entry_id for entry_id, place in shown.items() if said <= place.items()]
