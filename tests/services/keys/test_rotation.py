"""From one key to the next, without losing what the old one signed or was about to sign."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor
from app.domain.keys import PUBLICATION_WAIT, RETIREMENT_GRACE
from app.encryption import Encryption
from app.errors import (
    ConfigurationError,
    KeyIsIdentityError,
    KeyTooNewError,
    NotFoundError,
    SignerUnavailableError,
    WrongStateError,
)
from app.key_backends import BackendName
from app.key_backends.local import LocalBackend
from app.models import AuditEvent, Credential, Issuer, SigningKey, StatusList
from app.services.credentials import finish_issue
from app.services.keys import (
    activate_key,
    compromise_key,
    create_key,
    hold_keys,
    publish_key,
    retire_key,
    rotate_key,
    settle_key,
)
from app.services.sites import Begin, Site
from app.services.tokens import operator_actor
from app.services.verification import verify_bytes
from app.signing.keys import Algorithm, Signer
from app.signing.verify import Report
from app.worker import Worker
from tests.awards import beginner, completed_ledger, issue, leave_prepared, work
from tests.effort import PATIENCE
from tests.ledgers import NOW, SITE, Ledger, make_issuer

LATER = NOW + PUBLICATION_WAIT


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


@pytest.fixture
def operator(ledger: Ledger) -> Actor:
    return operator_actor(ledger.issuer)


@pytest.fixture
def begin(engine: Engine) -> Begin:
    return beginner(engine)


def keys_of(engine: Engine) -> list[SigningKey]:
    with transaction(engine) as session:
        return list(session.scalars(select(SigningKey).order_by(SigningKey.id)))


def states(engine: Engine) -> list[str]:
    return [key.status for key in keys_of(engine)]


def activate(engine: Engine, operator: Actor, key: SigningKey) -> None:
    with transaction(engine) as session:
        activate_key(session, operator, key.id, now=LATER)


def successor(engine: Engine, operator: Actor, algorithm: Algorithm = "EdDSA") -> SigningKey:
    key = create_key(beginner(engine), operator, algorithm, site=SITE, now=NOW)
    activate(engine, operator, key)
    return key


def judge(engine: Engine, document: bytes | None) -> Report:
    assert document is not None
    with transaction(engine) as session:
        return verify_bytes(session, document, site=SITE, now=LATER + timedelta(hours=3))[1]


def run_jobs(engine: Engine, after: timedelta) -> None:
    work(Worker(engine, SITE, lambda: LATER + after))


# Forward ---------------------------------------------------------------------------------------------


def test_a_new_key_is_tested_and_published_and_signs_nothing_yet(
    engine: Engine, begin: Begin, operator: Actor
) -> None:
    new = create_key(begin, operator, "EdDSA", site=SITE, now=NOW)
    assert (new.status, new.published_at, new.activated_at) == ("published", NOW, None)
    assert states(engine) == ["active", "published"]
    with transaction(engine) as session, pytest.raises(KeyTooNewError):
        activate_key(session, operator, new.id, now=LATER - timedelta(seconds=1))
    assert publish_key(begin, operator, new.id, site=SITE, now=LATER).published_at == NOW


def test_a_successor_retires_the_key_before_it(engine: Engine, operator: Actor) -> None:
    new = successor(engine, operator)
    old, active = keys_of(engine)
    assert (old.status, old.retired_at, active.id, active.activated_at) == ("retiring", LATER, new.id, LATER)
    activate(engine, operator, new)  # again
    assert states(engine) == ["retiring", "active"]
    with transaction(engine) as session:
        acts = session.scalars(
            select(AuditEvent.action).where(AuditEvent.thing == "signing_key").order_by(AuditEvent.id)
        )
        assert list(acts) == ["create", "create", "publish", "retire", "activate"]


def test_keys_of_different_algorithms_do_not_retire_each_other(engine: Engine, operator: Actor) -> None:
    for algorithm in ("ES256", "ES384", "RS256"):
        successor(engine, operator, algorithm)
    assert states(engine) == ["active"] * 4


def test_rotating_takes_two_calls(engine: Engine, begin: Begin, operator: Actor) -> None:
    first = rotate_key(begin, operator, "EdDSA", site=SITE, now=NOW)
    with pytest.raises(KeyTooNewError):
        rotate_key(begin, operator, "EdDSA", site=SITE, now=NOW)
    second = rotate_key(begin, operator, "EdDSA", site=SITE, now=LATER)
    assert (second.id, second.status) == (first.id, "active")
    assert states(engine) == ["retiring", "active"]


def test_a_justification_is_kept_in_the_trail(engine: Engine, begin: Begin, operator: Actor) -> None:
    rotate_key(begin, operator, "EdDSA", site=SITE, now=NOW)
    rotate_key(begin, operator, "EdDSA", justification="a drill", site=SITE, now=NOW)
    with transaction(engine) as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "activate")).one()
        assert event.detail["justification"] == "a drill"


def test_a_key_of_another_issuer_is_not_there(engine: Engine, ledger: Ledger) -> None:
    [key] = keys_of(engine)
    with transaction(engine) as session:
        stranger = operator_actor(make_issuer(session, "elsewhere"))
        for act in (activate_key, retire_key, compromise_key):
            with pytest.raises(NotFoundError):
                act(session, stranger, key.id, now=LATER)
    assert ledger.issuer.id != stranger.issuer_id


def test_an_issuer_that_is_its_key_has_no_other(engine: Engine, begin: Begin, operator: Actor) -> None:
    with transaction(engine) as session:
        session.get_one(Issuer, operator.issuer_id).did = "did:key:z6MkTest"
    with pytest.raises(KeyIsIdentityError, match="this identifier is its key") as refusal:
        create_key(begin, operator, "EdDSA", site=SITE, now=NOW)
    assert "https" in str(refusal.value.hint)
    assert states(engine) == ["active"]


# Back-ends that fail ---------------------------------------------------------------------------------


class Slow(LocalBackend):
    """Answers to nobody for a while after a key was made."""

    calls = 0

    def open(self, algorithm: Algorithm, handle: bytes, key_id: str) -> Signer:  # type: ignore[override]  # any signer
        self.__class__.calls += 1
        if self.calls == 2:
            raise SignerUnavailableError("It does not answer.")
        return super().open(algorithm, handle, key_id)


def test_a_key_whose_test_fails_is_pending_until_it_passes(
    engine: Engine, begin: Begin, operator: Actor
) -> None:
    Slow.calls = 0
    slow = Site(
        SITE.public_url,
        SITE.encryption,
        key_backends={"pkcs11": Slow(SITE.encryption)},
        new_keys_in=BackendName.PKCS11,
    )
    with pytest.raises(SignerUnavailableError):
        create_key(begin, operator, "EdDSA", site=slow, now=NOW)
    assert sorted(states(engine)) == ["active", "pending"]
    [pending] = [key for key in keys_of(engine) if key.status == "pending"]
    with transaction(engine) as session, pytest.raises(WrongStateError):
        activate_key(session, operator, pending.id, now=LATER)
    assert publish_key(begin, operator, pending.id, site=slow, now=LATER).status == "published"


# Retired ---------------------------------------------------------------------------------------------


def test_the_last_key_of_credentials_is_not_retired(engine: Engine, operator: Actor) -> None:
    [key] = keys_of(engine)
    with transaction(engine) as session, pytest.raises(WrongStateError, match="could sign no credential"):
        retire_key(session, operator, key.id, now=LATER)
    successor(engine, operator, "RS256")
    with transaction(engine) as session, pytest.raises(WrongStateError, match="could sign no credential"):
        retire_key(session, operator, key.id, now=LATER)
    successor(engine, operator, "ES256")
    for _ in range(2):
        with transaction(engine) as session:
            assert retire_key(session, operator, key.id, now=LATER).status == "retiring"


def test_a_retired_key_is_destroyed_and_what_it_signed_stays_valid(
    engine: Engine, ledger: Ledger, operator: Actor
) -> None:
    before = issue(engine, ledger)
    successor(engine, operator)
    run_jobs(engine, timedelta(minutes=2))
    old, new = keys_of(engine)
    assert (old.status, old.handle, new.status) == ("historic", None, "active")
    for signed in (before.document, (before.jwt or "").encode()):
        assert judge(engine, signed).verified
    with transaction(engine) as session:
        assert retire_key(session, operator, old.id, now=LATER).status == "historic"


def test_what_was_prepared_is_finished_with_the_retiring_key(
    engine: Engine, ledger: Ledger, operator: Actor, begin: Begin
) -> None:
    credential_id = leave_prepared(engine, ledger)
    successor(engine, operator)
    old = keys_of(engine)[0]
    settle_key(begin, old.id, site=SITE, now=LATER)
    assert states(engine) == ["retiring", "active"]
    finish_issue(begin, credential_id, site=SITE, now=LATER)
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        assert (credential.status, credential.signing_key_id) == ("issued", old.id)
    settle_key(begin, old.id, site=SITE, now=LATER)
    settle_key(begin, old.id, site=SITE, now=LATER)  # the job may be done twice
    assert states(engine) == ["historic", "active"]
    assert judge(engine, credential.document).verified


def test_nothing_holds_a_retiring_key_for_ever(
    engine: Engine, ledger: Ledger, operator: Actor, begin: Begin
) -> None:
    credential_id = leave_prepared(engine, ledger)
    new = successor(engine, operator)
    settle_key(begin, keys_of(engine)[0].id, site=SITE, now=LATER + RETIREMENT_GRACE)
    assert states(engine) == ["historic", "active"]
    finish_issue(begin, credential_id, site=SITE, now=LATER + RETIREMENT_GRACE)
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        assert (credential.status, credential.signing_key_id) == ("issued", new.id)
    assert judge(engine, credential.document).verified


# Compromised -----------------------------------------------------------------------------------------


def test_nothing_that_a_compromised_key_signed_verifies(
    engine: Engine, ledger: Ledger, operator: Actor
) -> None:
    before = issue(engine, ledger)
    [key] = keys_of(engine)
    for _ in range(2):
        with transaction(engine) as session:
            compromised = compromise_key(session, operator, key.id, at=NOW, now=LATER)
            assert (compromised.status, compromised.compromised_at) == ("compromised", NOW)
    for signed in (before.document, (before.jwt or "").encode()):
        report = judge(engine, signed)
        assert report.verdict == "not_verified"
        assert {check.code for check in report.checks if check.id == "proof"} == {"key_not_found"}
    run_jobs(engine, timedelta(seconds=1))
    [key] = keys_of(engine)
    assert key.handle is None


def test_status_lists_are_signed_again_by_the_successor_of_a_compromised_key(
    engine: Engine, ledger: Ledger, operator: Actor, begin: Begin
) -> None:
    [old] = keys_of(engine)
    new = rotate_key(begin, operator, "EdDSA", site=SITE, now=NOW)
    with transaction(engine) as session:
        compromise_key(session, operator, old.id, now=NOW)
        activate_key(session, operator, new.id, justification="the other one was stolen", now=NOW)
    run_jobs(engine, timedelta(minutes=2))
    after = issue(engine, ledger)
    assert judge(engine, after.document).verified
    with transaction(engine) as session:
        [status_list] = session.scalars(select(StatusList))
        assert new.public_jwk != old.public_jwk
        assert status_list.changes == status_list.published_changes


def test_what_was_prepared_with_a_compromised_key_is_signed_by_its_successor(
    engine: Engine, ledger: Ledger, operator: Actor, begin: Begin
) -> None:
    credential_id = leave_prepared(engine, ledger)
    [old] = keys_of(engine)
    with transaction(engine) as session:
        compromise_key(session, operator, old.id, now=LATER)
    with pytest.raises(WrongStateError, match="no active key"):
        finish_issue(begin, credential_id, site=SITE, now=LATER)
    successor(engine, operator)
    run_jobs(engine, timedelta(hours=2))
    with transaction(engine) as session:
        [credential] = session.scalars(select(Credential))
        assert (credential.id, credential.status) == (credential_id, "issued")
        assert credential.signing_key_id != old.id
        events = session.scalars(select(AuditEvent.action).where(AuditEvent.thing_id == credential_id))
        assert sorted(events) == ["change_key", "issue", "prepare"]
    assert judge(engine, credential.document).verified


def test_a_signature_that_a_key_made_before_it_was_withdrawn_does_not_leave(
    engine: Engine, ledger: Ledger, operator: Actor
) -> None:
    credential_id = leave_prepared(engine, ledger)
    new = create_key(beginner(engine), operator, "EdDSA", site=SITE, now=NOW)
    old = keys_of(engine)[0]
    opened = 0

    @contextmanager
    def withdrawing() -> Iterator[Session]:
        nonlocal opened
        opened += 1
        if opened == 2:  # after signing, before the result stands
            with transaction(engine) as session:
                compromise_key(session, operator, old.id, now=LATER)
                activate_key(session, operator, new.id, now=LATER)
        with transaction(engine) as session:
            yield session

    finish_issue(withdrawing, credential_id, site=SITE, now=LATER)
    assert opened == 4
    run_jobs(engine, timedelta(minutes=2))
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        assert (credential.status, credential.signing_key_id) == ("issued", new.id)
    assert judge(engine, credential.document).verified


@dataclass(frozen=True, slots=True)
class Withdrawing(Encryption):
    """Has something done elsewhere when a private half is opened for the first time."""

    meanwhile: list[Callable[[], None]] = field(default_factory=list, compare=False)

    def open(self, sealed: bytes, context: str) -> bytes:
        if self.meanwhile:
            self.meanwhile.pop()()
        return super(Withdrawing, self).open(sealed, context)


def test_what_is_issued_in_one_transaction_is_signed_again_when_its_key_is_withdrawn_meanwhile(
    engine: Engine, ledger: Ledger, operator: Actor
) -> None:
    if engine.dialect.name == "sqlite":
        return  # one writer at a time: nothing can be withdrawn while something is issued
    new = create_key(beginner(engine), operator, "EdDSA", site=SITE, now=NOW)
    old = keys_of(engine)[0]

    def withdraw() -> None:
        with transaction(engine) as session:
            compromise_key(session, operator, old.id, now=LATER)
            activate_key(session, operator, new.id, now=LATER)

    site = replace(SITE, encryption=Withdrawing(SITE.encryption.key, meanwhile=[withdraw]))
    credential = issue(engine, ledger, site)
    assert (credential.status, credential.signing_key_id) == ("issued", new.id)
    run_jobs(engine, timedelta(minutes=2))
    assert judge(engine, credential.document).verified
    with transaction(engine) as session:
        events = session.scalars(select(AuditEvent.action).where(AuditEvent.thing_id == credential.id))
        assert sorted(events) == ["change_key", "issue", "prepare"]


def test_a_key_that_signs_what_is_being_committed_is_withdrawn_after_it(
    engine: Engine, operator: Actor
) -> None:
    [key] = keys_of(engine)
    with ThreadPoolExecutor(1) as pool:
        with transaction(engine) as session:
            assert hold_keys(session, session.get_one(SigningKey, key.id))
            withdrawn = pool.submit(withdraw_now, engine, operator, key.id)
            with pytest.raises(TimeoutError):
                withdrawn.result(timeout=0.3)
        withdrawn.result(timeout=PATIENCE)
    assert states(engine) == ["compromised"]
    with transaction(engine) as session:
        assert not hold_keys(session, session.get_one(SigningKey, key.id))


def withdraw_now(engine: Engine, operator: Actor, key_id: str) -> None:
    with transaction(engine) as session:
        compromise_key(session, operator, key_id, now=LATER)


def test_a_compromised_key_never_signs_again(engine: Engine, ledger: Ledger, operator: Actor) -> None:
    [key] = keys_of(engine)
    with transaction(engine) as session:
        compromise_key(session, operator, key.id, now=LATER)
    with pytest.raises(WrongStateError, match="no active key"):
        issue(engine, ledger)
    with transaction(engine) as session:
        for act in (activate_key, retire_key):
            with pytest.raises(WrongStateError, match="compromised"):
                act(session, operator, key.id, now=LATER)


def test_an_issuer_without_a_working_key_keeps_nothing_half_done(
    engine: Engine, ledger: Ledger, operator: Actor
) -> None:
    [key] = keys_of(engine)
    with transaction(engine) as session:
        session.get_one(SigningKey, key.id).handle = None
    with pytest.raises(ConfigurationError, match="destroyed"):
        issue(engine, ledger)
    successor(engine, operator)
    run_jobs(engine, RETIREMENT_GRACE + timedelta(minutes=1))
    with transaction(engine) as session:
        assert [credential.status for credential in session.scalars(select(Credential))] == ["issued"]
