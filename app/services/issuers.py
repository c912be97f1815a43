"""Issuers: the tenants. Their profile may change, their key name and DID never do."""

from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.achievements import issuer_profile
from app.domain.actors import Actor
from app.errors import Fault, InvalidPayloadError, NotFoundError
from app.identifiers import new_id
from app.models import DefinitionVersion, Issuer, IssuerInstance
from app.schemas.credential_summaries import LinkedName
from app.schemas.faults import told
from app.schemas.issuers import IssuerCreate
from app.schemas.pages import IssuerPage
from app.services.audit_events import record_event
from app.services.definitions import EARNED
from app.services.keys import PublishedKey, add_signing_key, make_key, published_keys
from app.services.sites import Site
from app.services.status_lists import open_status_list
from app.services.tokens import operator_actor
from app.signing.dids import did_document, did_key, did_web, jwk_key_id

IS_TENANT = ~select(IssuerInstance.id).where(IssuerInstance.identity_id == Issuer.id).exists()
"""For statements: the issuer is an organisation here, and not the identity of an issuer instance."""


@dataclass(frozen=True, slots=True)
class IssuerProfile:
    """What an issuer says of itself in every credential."""

    name: str
    url: str
    description: str | None = None
    email: str | None = None
    image: str | None = None


def find_issuer(session: Session, key: str) -> Issuer | None:
    """Return the issuer with this key, for the public pages and the command line."""
    return session.scalar(select(Issuer).where(Issuer.key == key))


def load_public_issuer(session: Session, key: str) -> Issuer:
    """Return the issuer with this key; raises `NotFoundError`."""
    issuer = find_issuer(session, key)
    if issuer is None:
        raise NotFoundError(f"There is no issuer {key}.")
    return issuer


def load_issuer(session: Session, issuer_id: str) -> Issuer:
    """Return the issuer that owns something already loaded."""
    return session.get_one(Issuer, issuer_id)


def list_issuers(session: Session) -> list[Issuer]:
    """Return the tenants of the service, oldest first; who issues here is public."""
    return list(session.scalars(select(Issuer).where(IS_TENANT).order_by(Issuer.id)))


def load_own_issuer(session: Session, actor: Actor, key: str) -> Issuer:
    """Return the actor's issuer, if that is its key; raises `NotFoundError`."""
    issuer = session.get(Issuer, actor.issuer_id)
    if issuer is None or issuer.key != key:
        raise NotFoundError(f"There is no issuer {key} that this token may see.")
    return issuer


def create_issuer(session: Session, key: str, profile: IssuerProfile, *, site: Site, now: datetime) -> Issuer:
    """Make an issuer with its signing key and its first status list.

    The DID is did:web when the public URL is https; else did:key, which strangers can check offline.
    Raises `InvalidPayloadError` for a key or a profile that no credential could name.
    """
    _check_order(key, profile)
    new_key = make_key("EdDSA", site)
    on_web = site.public_url.startswith("https://")
    issuer = Issuer(
        id=new_id(),
        key=key,
        did=did_web(f"{site.public_url}/issuers/{key}") if on_web else did_key(new_key.public_key),
        created_at=now,
        updated_at=now,
        **asdict(profile),
    )
    session.add(issuer)
    session.flush()
    actor = operator_actor(issuer)
    signing_key = add_signing_key(session, actor, new_key, now=now)
    open_status_list(session, issuer, signing_key, site=site, now=now)
    record_event(session, actor, "create", ("issuer", issuer.id), now=now, key=key, did=issuer.did)
    return issuer


def _check_order(key: str, profile: IssuerProfile) -> None:
    try:
        IssuerCreate(key=key, **asdict(profile))
    except ValidationError as error:
        faults = [Fault(f"/{e['loc'][0]}", e["type"], *told(e)) for e in error.errors()]
        first = f"{faults[0].pointer[1:]}: {faults[0].detail}"
        raise InvalidPayloadError(f"The issuer cannot be made. {first}.", faults=faults) from error


def update_issuer(
    session: Session, actor: Actor, key: str, profile: IssuerProfile, *, now: datetime
) -> Issuer:
    """Replace the profile; credentials that were issued keep the profile they were signed with."""
    issuer = load_own_issuer(session, actor, key)
    changed = {name: value for name, value in asdict(profile).items() if getattr(issuer, name) != value}
    for name, value in changed.items():
        setattr(issuer, name, value)
    if changed:
        issuer.updated_at = now
        record_event(session, actor, "update", ("issuer", issuer.id), now=now, fields=sorted(changed))
    return issuer


def describe_issuer(issuer: Issuer) -> dict[str, object]:
    """Return the Open Badges Profile that stands in credentials and at the issuer's address."""
    return issuer_profile(
        did=issuer.did,
        name=issuer.name,
        url=issuer.url,
        description=issuer.description,
        email=issuer.email,
        image=issuer.image,
    )


def describe_did(session: Session, issuer: Issuer) -> dict[str, object]:
    """Return the issuer's DID document: keys that sign, signed or will sign, and withdrawn ones."""
    return describe_did_with(issuer, published_keys(session, issuer.id))


def describe_did_with(issuer: Issuer, published: list[PublishedKey]) -> dict[str, object]:
    """Return the DID document with these keys, for those who have loaded them."""
    return did_document(
        issuer.did,
        [key.public_key for key in published],
        authentication={key.public_key for key in published if key.is_active},
        revoked={key.public_key: key.revoked_at for key in published if key.revoked_at},
    )


def describe_public_profile(session: Session, issuer: Issuer) -> dict[str, object]:
    """Return the Profile that the issuer's address serves, with the keys of its DID document."""
    did_document = describe_did(session, issuer)
    keys = {name: did_document[name] for name in ("verificationMethod", "assertionMethod")}
    contexts = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        *_key_contexts(did_document),
    ]
    return {"@context": contexts, **describe_issuer(issuer), **keys}


def _key_contexts(did_document: dict[str, object]) -> list[str]:
    contexts = did_document["@context"]
    assert isinstance(contexts, list)
    return contexts


def describe_issuer_page(session: Session, issuer: Issuer) -> IssuerPage:
    """Return what the public page of an issuer shows."""
    published = session.scalars(
        select(DefinitionVersion)
        .where(DefinitionVersion.issuer_id == issuer.id, DefinitionVersion.kind.in_(EARNED))
        .order_by(DefinitionVersion.id)
    )
    return IssuerPage(
        name=issuer.name,
        did=issuer.did,
        path=f"/issuers/{issuer.key}",
        description=issuer.description or "",
        url=issuer.url,
        email=issuer.email,
        key_ids=tuple(
            jwk_key_id(issuer.did, key.public_key)
            for key in published_keys(session, issuer.id)
            if key.revoked_at is None
        ),
        achievements=tuple(
            LinkedName(
                f"{version.extras['achievement']['name']} {version.version}",
                f"/achievements/{version.public_key}/{version.version}",
            )
            for version in published
        ),
    )
