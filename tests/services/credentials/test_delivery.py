import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.models import Credential
from app.services.credentials import (
    bake_as_png,
    bake_as_svg,
    describe_credential,
    revoke_credential,
    signed_document,
    signed_jwt,
)
from app.signing.baking import PNG_SIGNATURE, unbake
from app.signing.verify import read
from app.worker import Worker
from tests.awards import Statements, completed_ledger, issue, work
from tests.ledgers import NOW, SITE, Ledger


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


def test_both_forms_say_the_same(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    document, token = read(signed_document(credential)), read(signed_jwt(credential))
    assert (document.form, token.form) == ("data_integrity", "vc_jwt")
    without_proof = {name: value for name, value in document.credential.items() if name != "proof"}
    assert token.credential == without_proof


def test_both_pictures_carry_the_signed_bytes(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    with read_transaction(engine) as session:
        png, svg = bake_as_png(session, credential), bake_as_svg(session, credential)
    assert png.startswith(PNG_SIGNATURE)
    assert unbake(png).encode() == signed_document(credential)
    assert json.loads(unbake(svg)) == json.loads(signed_document(credential))


def test_the_page_reports_what_our_verifier_finds(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    with Statements(engine) as statements, read_transaction(engine) as session:
        page = describe_credential(session, credential, site=SITE, now=NOW)
    assert (page.report.verdict, page.note) == ("verified", None)
    assert page.path == f"/credentials/{credential.id}"
    assert page.image == "/achievements/small/1.0.0/image.svg"
    assert page.summary.name == "Small Passport"
    assert len(statements.sent) == 3  # the issuer, its keys, the status list


def test_the_page_of_a_revoked_credential_says_why(engine: Engine, ledger: Ledger) -> None:
    credential, later = issue(engine, ledger), NOW + timedelta(seconds=2)
    with transaction(engine) as session:
        admin = ledger.actor(Role.ADMINISTRATOR)
        revoke_credential(session, admin, credential.id, "By mistake.", now=later)
    work(Worker(engine, SITE, lambda: later))
    with read_transaction(engine) as session:
        found = session.get_one(Credential, credential.id)
        page = describe_credential(session, found, site=SITE, now=later)
    assert page.report.verdict == "not_verified"
    assert {check.id: check.code for check in page.report.checks}["status"] == "revoked"
    assert page.note is not None
    assert (page.note.reason, page.note.at) == ("By mistake.", later)
