import base64
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Role
from app.errors import (
    ConfigurationError,
    ConflictOfInterestError,
    InsufficientScopeError,
    InvalidSignatureError,
    NotCompleteError,
    NotFoundError,
)
from app.key_backends.local import LocalBackend
from app.models import AuditEvent, Credential, Enrolment, Issuer, Learner, SigningKey, StatusEntry
from app.services.completions import evaluate_learner
from app.services.credentials import (
    bake_as_png,
    bake_as_svg,
    finish_issue,
    issue_credential,
    issue_on_completion,
)
from app.services.jobs import JobKind
from app.services.keys import open_signer
from app.signing.baking import unbake
from app.signing.dids import jwk_key_id, multikey_id
from app.signing.issue import Secured, SigningProfile, prepare, sign
from app.signing.recipients import matches
from app.worker import Worker
from tests.awards import (
    Document,
    Statements,
    beginner,
    complete,
    completed_ledger,
    document_of,
    equip,
    issue,
    leave_prepared,
    work,
)
from tests.ledgers import (
    ATTENDANCE,
    NAMESPACE,
    NOW,
    PROJECT,
    SITE,
    Ledger,
    open_ledger,
    waiting,
)

SCHEMAS = Path(__file__).parents[4] / "shared" / "data" / "open-badges-3" / "schemas"
LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


def trail(session: Session, credential_id: str) -> list[str]:
    events = select(AuditEvent.action).where(AuditEvent.thing_id == credential_id).order_by(AuditEvent.id)
    return list(session.scalars(events))


def set_learner(engine: Engine, ledger: Ledger, **members: object) -> None:
    with transaction(engine) as session:
        session.execute(update(Learner).where(Learner.id == ledger.learner.id).values(**members))


def signed_at_once(engine: Engine, credential_id: str) -> Secured:
    """Return what the prepared row says must be signed, signed by its key."""
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        issuer = session.get_one(Issuer, credential.issuer_id)
        signer = open_signer(session.get_one(SigningKey, credential.signing_key_id), SITE)
    profile = SigningProfile(
        verification_method=multikey_id(issuer.did, signer.public_key),
        jwt_key_id=jwk_key_id(issuer.did, signer.public_key),
        created=credential.proof_created,
    )
    return sign(prepare(json.loads(credential.unsigned)), signer, profile)


# Once ------------------------------------------------------------------------------------------------


def test_a_completion_becomes_a_credential(engine: Engine, ledger: Ledger) -> None:
    actor = ledger.actor(Role.INTEGRATION)
    credential, created = issue_credential(
        beginner(engine), actor, ledger.enrolment.id, site=SITE, now=NOW + timedelta(milliseconds=300)
    )
    assert (created, credential.status, credential.achievement) == (True, "issued", "small/1.0.0")
    assert credential.url == f"https://passports.example.org/credentials/{credential.id}"
    assert len(credential.id) == 32
    assert (credential.valid_from, credential.awarded_at, credential.valid_until) == (NOW, NOW, None)
    with transaction(engine) as session:
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "certified"
        assert trail(session, credential.id) == ["prepare", "issue"]
    document = document_of(credential)
    assert document["id"] == credential.url
    assert document["issuer"]["id"] == ledger.issuer.did
    assert document["credentialSubject"]["achievement"]["name"] == "Small Passport"


def test_asking_again_gives_the_same_credential_and_changes_nothing(engine: Engine, ledger: Ledger) -> None:
    first = issue(engine, ledger)
    actor = ledger.actor(Role.ADMINISTRATOR)
    again, created = issue_credential(beginner(engine), actor, ledger.enrolment.id, site=SITE, now=LATER)
    issue_on_completion(beginner(engine), ledger.issuer.id, ledger.enrolment.id, site=SITE, now=LATER)
    finish_issue(beginner(engine), first.id, site=SITE, now=LATER)
    assert (again.id, again.document, again.issued_at, created) == (first.id, first.document, NOW, False)
    with transaction(engine) as session:
        assert trail(session, first.id) == ["prepare", "issue"]
        assert session.scalar(select(func.count(StatusEntry.id))) == 1


def test_64_calls_at_once_give_one_credential(engine: Engine, ledger: Ledger) -> None:
    actor = ledger.actor(Role.ADMINISTRATOR)

    def call(_: int) -> tuple[Credential, bool]:
        return issue_credential(beginner(engine), actor, ledger.enrolment.id, site=SITE, now=NOW)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(call, range(64)))
    assert len({(credential.id, credential.document, credential.jwt) for credential, _ in answers}) == 1
    assert Counter(created for _, created in answers) == {True: 1, False: 63}
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Credential.id))) == 1
        assert trail(session, answers[0][0].id) == ["prepare", "issue"]


# Crashes ---------------------------------------------------------------------------------------------


def test_what_was_prepared_is_not_signed_yet_and_has_its_job(engine: Engine, ledger: Ledger) -> None:
    credential_id = leave_prepared(engine, ledger)
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        assert (credential.status, credential.document, credential.jwt) == ("prepared", None, None)
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "completed"
        assert waiting(session, JobKind.SIGN_CREDENTIAL) == 1


def test_the_worker_finishes_with_the_bytes_that_signing_at_once_gives(
    engine: Engine, ledger: Ledger
) -> None:
    credential_id = leave_prepared(engine, ledger)
    wanted = signed_at_once(engine, credential_id)
    work(Worker(engine, SITE, lambda: NOW + timedelta(seconds=4)))
    with transaction(engine) as session:  # those who prepared it have five seconds
        assert session.get_one(Credential, credential_id).status == "prepared"
    work(Worker(engine, SITE, lambda: LATER))
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        assert (credential.status, credential.issued_at) == ("issued", LATER)
        assert (credential.document, credential.jwt) == (wanted.document, wanted.jwt)
        assert trail(session, credential_id) == ["prepare", "issue"]


def test_what_changed_after_it_was_prepared_is_never_signed(engine: Engine, ledger: Ledger) -> None:
    credential_id = leave_prepared(engine, ledger)
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        credential.unsigned = credential.unsigned.replace(b"Small Passport", b"Large Passport")
    with pytest.raises(InvalidSignatureError, match="has changed"):
        finish_issue(beginner(engine), credential_id, site=SITE, now=LATER)
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        assert (credential.status, credential.document) == ("prepared", None)


def test_another_private_half_than_the_published_one_signs_nothing(engine: Engine, ledger: Ledger) -> None:
    with transaction(engine) as session:  # a key row whose private half is that of another key
        key = session.scalars(select(SigningKey)).one()
        right = key.handle
        key.handle = LocalBackend(SITE.encryption).make("EdDSA", key.id)
    with pytest.raises(ConfigurationError, match="does not fit its public half"):
        issue(engine, ledger)
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Credential.id))) == 0
        assert session.scalar(select(func.count(StatusEntry.id))) == 0
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "active"
        session.execute(update(SigningKey).values(handle=right))
    work(Worker(engine, SITE, lambda: LATER))
    with transaction(engine) as session:
        assert session.scalars(select(Credential)).one().status == "issued"


# Refusals --------------------------------------------------------------------------------------------


def test_what_is_missing_is_said(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        equip(session, ledger.issuer)
        ledger.submit(session, ledger.actor(Role.INTEGRATION), ATTENDANCE)
    with pytest.raises(NotCompleteError) as refusal:
        issue(engine, ledger)
    assert refusal.value.detail.startswith("1 of 2 units are met.")
    assert "Run a project" in refusal.value.detail
    assert str(refusal.value.hint).startswith(f"GET /v1/enrolments/{ledger.enrolment.id}/progress")
    with transaction(engine) as session:
        assert session.scalar(select(func.count(Credential.id))) == 0
        assert session.scalar(select(func.count(StatusEntry.id))) == 0
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "active"


def test_a_passport_on_approval_waits_for_an_administrator(engine: Engine) -> None:
    ledger = completed_ledger(engine, issue={"mode": "on_approval"})
    with transaction(engine) as session:
        evaluate_learner(session, ledger.issuer.id, ledger.learner.id, now=NOW)
        assert session.get_one(Enrolment, ledger.enrolment.id).status == "completed"
        assert waiting(session, JobKind.ISSUE_CREDENTIAL) == 0
    work(Worker(engine, SITE, lambda: LATER))
    with pytest.raises(InsufficientScopeError, match="takes an administrator"):
        issue_credential(
            beginner(engine), ledger.actor(Role.INTEGRATION), ledger.enrolment.id, site=SITE, now=NOW
        )
    assert issue(engine, ledger).status == "issued"


def test_a_passport_that_issues_by_itself_does(engine: Engine, ledger: Ledger) -> None:
    work(Worker(engine, SITE, lambda: LATER))
    with transaction(engine) as session:
        credential = session.scalars(select(Credential)).one()
        assert (credential.status, credential.valid_from) == ("issued", LATER)
        assert credential.enrolment_id == ledger.enrolment.id


def test_nobody_issues_to_themselves(engine: Engine, ledger: Ledger) -> None:
    herself = replace(ledger.actor(Role.ADMINISTRATOR), learner_id=ledger.learner.id)
    with pytest.raises(ConflictOfInterestError, match="to themselves"):
        issue_credential(beginner(engine), herself, ledger.enrolment.id, site=SITE, now=NOW)


def test_an_enrolment_of_another_issuer_is_not_found(engine: Engine, ledger: Ledger) -> None:
    stranger = completed_ledger(engine, "elsewhere").actor(Role.ADMINISTRATOR)
    with pytest.raises(NotFoundError):
        issue_credential(beginner(engine), stranger, ledger.enrolment.id, site=SITE, now=NOW)


# What it says ----------------------------------------------------------------------------------------


def test_the_credential_keeps_the_published_schema(engine: Engine, ledger: Ledger) -> None:
    path = SCHEMAS / "ob_v3p0_achievementcredential_schema.json"
    if not path.exists():
        pytest.skip("the schemas of Open Badges 3.0 are not beside the repository")
    set_learner(engine, ledger, email="amina@example.org")
    validator = jsonschema.Draft201909Validator(json.loads(path.read_text()))
    faults = [error.message for error in validator.iter_errors(document_of(issue(engine, ledger)))]
    assert faults == []


def test_an_address_is_hashed_with_a_salt_of_its_own(engine: Engine) -> None:
    salts = set()
    for key in ("community", "elsewhere"):
        ledger = completed_ledger(engine, key)
        set_learner(engine, ledger, email="Amina@Example.org")
        subject = document_of(issue(engine, ledger))["credentialSubject"]
        [identity] = subject["identifier"]
        assert matches(identity, "amina@example.org")
        assert subject["id"].startswith("urn:uuid:")
        assert len(identity["salt"]) == 32
        salts.add((identity["salt"], subject["id"]))
    assert len(salts) == 2


def test_a_learner_with_a_did_is_named_by_it_and_one_without_an_address_has_no_hash(
    engine: Engine, ledger: Ledger
) -> None:
    set_learner(engine, ledger, did="did:web:amina.example.org")
    subject = document_of(issue(engine, ledger))["credentialSubject"]
    assert subject["id"] == "did:web:amina.example.org"
    assert "identifier" not in subject


PRIVATE: Document = PROJECT | {
    "title": "PRIVATE-title",
    "description": "PRIVATE-description",
    "reflection": "PRIVATE-reflection",
    "url": "https://private.example.org/PRIVATE-url",
    "outcomes": {"what-i-learned": "PRIVATE-outcome"},
    "role": "PRIVATE-role",
}
MARKERS = ("PRIVATE", "private.example", "Amina-Name", "amina-mail", "amina-01", NAMESPACE, "rosa", "WORDS")


def texts_of(credential: Credential, session: Session) -> dict[str, str]:
    assert credential.document is not None
    assert credential.jwt is not None
    header, payload, _ = credential.jwt.split(".")
    parts = (base64.urlsafe_b64decode(part + "==").decode() for part in (header, payload))
    return {
        "json": credential.document.decode(),
        "jwt": " ".join(parts),
        "png": unbake(bake_as_png(session, credential)),
        "svg": bake_as_svg(session, credential).decode(),
    }


def test_nothing_private_gets_into_any_form(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        equip(session, ledger.issuer)
        complete(session, ledger, PRIVATE)
    set_learner(engine, ledger, display_name="Amina-Name", email="amina-mail@example.org")
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        for form, text in texts_of(credential, session).items():
            assert [marker for marker in MARKERS if marker in text] == [], form
    [entry] = document_of(credential)["evidence"]
    assert entry["narrative"] == (
        "Accepted and kept by the issuer, not public: attendance (1), experience (1)."
    )


def test_public_evidence_shows_what_it_is_and_no_reflection(engine: Engine) -> None:
    with transaction(engine) as session:
        ledger = open_ledger(session)
        equip(session, ledger.issuer)
        complete(session, ledger, PRIVATE | {"visibility": "public", "title": "Coding club"})
    document = document_of(issue(engine, ledger))
    public = document["evidence"][0]
    assert (public["name"], public["genre"]) == ("Coding club", "experience")
    text = json.dumps(document)
    assert "PRIVATE-reflection" not in text
    assert "PRIVATE-outcome" not in text


def test_a_validity_period_ends_in_the_credential(engine: Engine) -> None:
    credential = issue(engine, completed_ledger(engine, valid_for="P2Y"))
    assert document_of(credential)["validUntil"] == "2018-03-01T09:00:00Z"
    assert credential.valid_until == NOW.replace(year=2018)


def test_the_level_that_a_reviewer_saw_is_in_the_result(engine: Engine) -> None:
    rule: Any = {
        "key": "project",
        "title": "Run a project",
        "section": "experience",
        "result": {"type": "RubricCriterionLevel", "rubric": "project-outcomes"},
        "experience": {
            "template": "community-project",
            "assurance": "reviewed",
            "min_level": {"rubric": "project-outcomes", "criterion": "outcome", "level": "started"},
        },
    }
    sections = {"choice": {"omit_reason": "a test"}, "content": {"omit_reason": "a test"}}
    ledger = completed_ledger(engine, rule=rule, sections=sections)
    subject = document_of(issue(engine, ledger))["credentialSubject"]
    [result] = subject["result"]
    assert result["achievedLevel"].endswith("#lv-project:outcome:achieved")


# Cost ------------------------------------------------------------------------------------------------


def test_issuing_takes_a_bounded_number_of_statements(engine: Engine) -> None:
    for key in ("community", "elsewhere"):
        ledger = completed_ledger(engine, key)
        with Statements(engine) as statements:
            issue(engine, ledger)
        assert len(statements.sent) <= 26, "\n".join(statements.sent)
