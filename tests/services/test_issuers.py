"""Issuers: made with a key and an identity that last, changed in their profile only."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actors import Role
from app.errors import InvalidPayloadError, NotFoundError
from app.models import AuditEvent, Issuer, SigningKey, StatusList
from app.services.issuers import (
    IssuerProfile,
    create_issuer,
    describe_did,
    describe_issuer,
    describe_issuer_page,
    describe_public_profile,
    find_issuer,
    list_issuers,
    load_issuer,
    load_own_issuer,
    load_public_issuer,
    update_issuer,
)
from app.services.keys import add_signing_key, load_active_key, make_key, public_key_of
from app.services.sites import Site
from app.services.tokens import operator_actor
from app.signing.dids import assertion_keys, did_key, did_web_url, jwk_key_id
from tests.ledgers import NOW, SITE, actor_of, publish_definitions

PROFILE = IssuerProfile(
    name="Open Community",
    url="https://community.example.org",
    description="It grows its leaders.",
    email="badges@community.example.org",
    image="https://community.example.org/logo.png",
)


def create(session: Session, key: str = "community", origin: str = SITE.public_url) -> Issuer:
    return create_issuer(session, key, PROFILE, site=Site(origin, SITE.encryption), now=NOW)


def test_on_https_the_identity_is_did_web(session: Session) -> None:
    issuer = create(session)
    assert issuer.did == "did:web:passports.example.org:issuers:community"
    assert did_web_url(issuer.did) == "https://passports.example.org/issuers/community/did.json"


def test_a_port_stands_in_did_web(session: Session) -> None:
    issuer = create(session, origin="https://passports.example.org:8443")
    assert issuer.did == "did:web:passports.example.org%3A8443:issuers:community"
    assert did_web_url(issuer.did) == "https://passports.example.org:8443/issuers/community/did.json"


def test_on_http_the_identity_is_its_key(session: Session) -> None:
    issuer = create(session, origin="http://127.0.0.1:8000")
    key = public_key_of(load_active_key(session, issuer.id))
    assert issuer.did == did_key(key)
    assert set(assertion_keys(describe_did(session, issuer)).values()) == {key}


def test_an_issuer_begins_with_a_key_and_an_empty_status_list(session: Session) -> None:
    issuer = create(session)
    assert session.scalars(select(SigningKey.status)).all() == ["active"]
    status_list = session.scalars(select(StatusList)).one()
    assert status_list.issuer_id == issuer.id
    assert issuer.did.encode() in status_list.body
    events = session.scalars(select(AuditEvent).where(AuditEvent.thing == "issuer"))
    assert [(event.action, event.actor, event.detail["did"]) for event in events] == [
        ("create", "operator", issuer.did)
    ]


@pytest.mark.parametrize("key", ["", "a", "Community", "a b", "-a", "a/b", "a%2fb", "a" * 64, "über", "a\n"])
def test_a_key_that_does_not_fit_into_an_address_is_refused(session: Session, key: str) -> None:
    with pytest.raises(InvalidPayloadError, match="key: ") as refused:
        create(session, key)
    assert [fault.pointer for fault in refused.value.faults] == ["/key"]
    assert list_issuers(session) == []


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "two\nlines"),
        ("url", "community.example.org"),
        ("url", "https://community.example.org/{x}"),
        ("url", "https://community.example.org:99999"),
        ("url", "https://[::1"),
        ("email", "nobody"),
        ("image", "data:image/png;base64,AA"),
    ],
)
def test_a_profile_that_no_credential_could_carry_is_refused(
    session: Session, member: str, value: str
) -> None:
    wrong = replace(PROFILE, **{member: value})
    with pytest.raises(InvalidPayloadError, match=f"{member}: "):
        create_issuer(session, "community", wrong, site=SITE, now=NOW)


def test_issuers_are_found_by_key(session: Session) -> None:
    first, second = create(session), create(session, "another")
    assert find_issuer(session, "community") is first
    assert find_issuer(session, "nobody") is None
    assert load_public_issuer(session, "another") is second
    assert load_issuer(session, first.id) is first
    assert list_issuers(session) == [first, second]
    with pytest.raises(NotFoundError, match="There is no issuer nobody"):
        load_public_issuer(session, "nobody")


def test_an_actor_sees_the_issuer_of_their_token_only(session: Session) -> None:
    issuer = create(session)
    create(session, "another")
    actor = actor_of(issuer, Role.ADMINISTRATOR)
    assert load_own_issuer(session, actor, "community") is issuer
    for other in ("another", "nobody"):
        with pytest.raises(NotFoundError):
            load_own_issuer(session, actor, other)
        with pytest.raises(NotFoundError):
            update_issuer(session, actor, other, PROFILE, now=NOW)


def test_a_changed_profile_leaves_key_and_identity(session: Session) -> None:
    issuer = create(session)
    did, actor = issuer.did, actor_of(issuer, Role.ADMINISTRATOR, "ada")
    changed = IssuerProfile(name="New Name", url=PROFILE.url)
    update_issuer(session, actor, "community", changed, now=NOW)
    update_issuer(session, actor, "community", changed, now=NOW)
    assert (issuer.name, issuer.email, issuer.key, issuer.did) == ("New Name", None, "community", did)
    session.flush()
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "update")).all()
    assert [(event.actor, event.detail["fields"]) for event in events] == [
        ("ada", ["description", "email", "image", "name"])
    ]


def test_the_did_document_holds_all_keys_that_ever_signed(session: Session) -> None:
    issuer = create(session)
    old = load_active_key(session, issuer.id)
    old.status = "historic"
    new = add_signing_key(session, operator_actor(issuer), make_key("EdDSA", SITE), now=NOW)
    document = describe_did(session, issuer)
    assert set(assertion_keys(document).values()) == {public_key_of(old), public_key_of(new)}
    assert document["id"] == issuer.did


def test_the_public_profile_is_the_one_of_credentials_with_the_keys(session: Session) -> None:
    issuer = create(session)
    profile = describe_public_profile(session, issuer)
    assert describe_issuer(issuer).items() <= profile.items()
    assert profile["id"] == issuer.did
    assert profile["name"] == "Open Community"
    assert profile["verificationMethod"] == describe_did(session, issuer)["verificationMethod"]
    contexts = profile["@context"]
    assert isinstance(contexts, list)
    assert contexts[0] == "https://www.w3.org/ns/credentials/v2"
    assert len(contexts) == len(set(contexts))


def test_the_page_shows_keys_and_published_achievements(session: Session) -> None:
    issuer = create(session)
    assert describe_issuer_page(session, issuer).achievements == ()
    publish_definitions(session, issuer)
    page = describe_issuer_page(session, issuer)
    assert (page.path, page.email) == ("/issuers/community", "badges@community.example.org")
    assert page.key_ids == (jwk_key_id(issuer.did, public_key_of(load_active_key(session, issuer.id))),)
    [achievement] = page.achievements
    assert achievement.name == "Small Passport 1.0.0"
    assert str(achievement.url).startswith("/achievements/")
