import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from app.database import after_commit, read_transaction, transaction
from app.domain.actors import Role
from app.errors import InvalidPayloadError, NotFoundError
from app.models import Credential, Issuer, Learner
from app.schemas.pages import VerificationForm, VerificationPage
from app.services.credentials import revoke_credential
from app.services.keys import load_active_key, open_signer
from app.services.sites import PublishedCache, Site
from app.services.verification import describe_verification, load_by_url, load_input, verify_bytes
from app.signing.dids import did_key, multikey_id
from app.signing.issue import Secured
from app.signing.verify import Report
from app.worker import Worker
from tests.awards import Statements, completed_ledger, document_of, issue, work
from tests.ledgers import NOW, SITE, Ledger
from tests.signing.badges import STRANGER, badge, codes, eddsa_proof, outcomes, sign

STRANGERS_DID = did_key(STRANGER.public_key)
PERIOD = {"validFrom": "2016-01-01T00:00:00Z", "validUntil": "2017-01-01T00:00:00Z"}


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return completed_ledger(engine)


def strangers(*, status: bool = False, **members: object) -> Secured:
    """Return a badge of an issuer that this service has never heard of."""
    issuer = {"id": STRANGERS_DID, "type": ["Profile"], "name": "Acme"}
    document = badge(issuer=issuer, **(PERIOD | members))
    if not status:
        del document["credentialStatus"]
    return sign(document, STRANGERS_DID, STRANGER)


def judge(engine: Engine, data: bytes, recipient: str | None = None) -> Report:
    with read_transaction(engine) as session:
        return verify_bytes(session, data, site=SITE, now=NOW, recipient=recipient)[1]


def describe(
    engine: Engine, form: VerificationForm, data: bytes | None, field: str = "credential"
) -> VerificationPage:
    with read_transaction(engine) as session:
        return describe_verification(session, replace(form, field=field), data, site=SITE, now=NOW)


def test_our_own_credential_is_verified_in_three_statements(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    assert credential.document is not None
    with Statements(engine) as statements:
        report = judge(engine, credential.document)
    assert report.verdict == "verified"
    assert outcomes(report)["issuer_trust"] == "pass"
    assert len(statements.sent) == 3, statements.sent
    assert judge(engine, str(credential.jwt).encode()).verdict == "verified"


def test_the_recipient_is_compared_when_one_is_named(engine: Engine, ledger: Ledger) -> None:
    with transaction(engine) as session:
        session.execute(update(Learner).values(email="amina@example.org"))
    document = issue(engine, ledger).document
    assert document is not None
    assert codes(judge(engine, document, "Amina@example.org"))["recipient"] == "recipient_matches"
    other = judge(engine, document, "ben@example.org")
    assert (other.verdict, codes(other)["recipient"]) == ("not_verified", "recipient_differs")


def test_a_credential_of_a_stranger_is_verified_and_the_stranger_not_known(engine: Engine) -> None:
    for data in (strangers().document, strangers().jwt.encode()):
        report = judge(engine, data)
        assert report.verdict == "verified"
        assert (outcomes(report)["issuer_trust"], codes(report)["issuer_trust"]) == (
            "unknown",
            "issuer_not_known",
        )


def test_an_endorsement_by_an_issuer_of_this_service_is_verified(engine: Engine, ledger: Ledger) -> None:
    with read_transaction(engine) as session:
        signer = open_signer(load_active_key(session, ledger.issuer.id), SITE)
        did = session.get_one(Issuer, ledger.issuer.id).did
    endorsement = {
        "@context": badge()["@context"],
        "id": "urn:uuid:7d9f8a3e-53d8-4f2c-9f0a-6f3a35c1d001",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": did, "type": ["Profile"]},
        "name": "Endorsement",
        "validFrom": PERIOD["validFrom"],
        "credentialSubject": {"id": STRANGERS_DID, "type": ["EndorsementSubject"]},
    }
    endorsement["proof"] = [eddsa_proof(endorsement, signer, multikey_id(did, signer.public_key), NOW)]
    report = judge(engine, strangers(endorsement=[endorsement]).document)
    assert codes(report)["endorsements"] == "endorsements_valid"
    assert report.verdict == "verified"


def test_a_changed_credential_is_not_verified(engine: Engine, ledger: Ledger) -> None:
    document = document_of(issue(engine, ledger))
    document["credentialSubject"]["achievement"]["name"] = "Grand Passport"
    report = judge(engine, json.dumps(document).encode())
    assert (report.verdict, codes(report)["proof"]) == ("not_verified", "proof_invalid")
    assert outcomes(report)["status"] == "unknown"


def test_a_credential_of_ours_that_a_stranger_signed_again_is_not_verified(
    engine: Engine, ledger: Ledger
) -> None:
    document = document_of(issue(engine, ledger))
    del document["proof"], document["credentialStatus"]
    document["issuer"]["id"] = STRANGERS_DID
    forged = sign(document, STRANGERS_DID, STRANGER)
    for data in (forged.document, forged.jwt.encode()):
        report = judge(engine, data)
        assert (report.verdict, codes(report)["issuer_key"]) == ("not_verified", "id_not_ours")


def test_an_expired_credential_is_not_verified(engine: Engine) -> None:
    report = judge(engine, strangers(validUntil="2016-02-01T00:00:00Z").document)
    assert (report.verdict, codes(report)["validity"]) == ("not_verified", "expired")


def test_a_revoked_credential_is_not_verified(engine: Engine, ledger: Ledger) -> None:
    credential, later = issue(engine, ledger), NOW + timedelta(seconds=5)
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, "Mistake.", now=later)
    work(Worker(engine, SITE, lambda: later))
    assert credential.document is not None
    with read_transaction(engine) as session:
        _, report = verify_bytes(session, credential.document, site=SITE, now=later)
    assert (report.verdict, codes(report)["status"]) == ("not_verified", "revoked")


@pytest.mark.parametrize(
    "url", ["https://badges.example.org/status-lists/1", "https://passports.example.org/status-lists/1"]
)
def test_a_status_list_that_is_not_here_leaves_the_verdict_open(engine: Engine, url: str) -> None:
    status = badge()["credentialStatus"] | {"id": f"{url}#70000", "statusListCredential": url}
    report = judge(engine, strangers(status=True, credentialStatus=status).document)
    assert (report.verdict, codes(report)["status"]) == ("undetermined", "status_unreachable")


# What is kept for a moment ---------------------------------------------------------------------------


@pytest.fixture
def keeping(engine: Engine) -> Site:
    site = replace(SITE, published=PublishedCache(seconds=60))
    assert site.published is not None
    after_commit(engine, site.published.clear)
    return site


def test_what_was_read_a_moment_ago_is_not_read_again(engine: Engine, ledger: Ledger, keeping: Site) -> None:
    document = issue(engine, ledger).document
    assert document is not None
    reports, sent = [], []
    for _ in range(2):
        with Statements(engine) as statements, read_transaction(engine) as session:
            reports.append(verify_bytes(session, document, site=keeping, now=NOW)[1])
        sent.append(len(statements.sent))
    assert sent == [3, 0]
    assert reports[0] == reports[1]
    assert reports[0].verdict == "verified"


def test_a_revocation_shows_although_the_list_was_kept(engine: Engine, ledger: Ledger, keeping: Site) -> None:
    credential, later = issue(engine, ledger), NOW + timedelta(seconds=5)
    assert credential.document is not None

    def status() -> str:
        with read_transaction(engine) as session:
            return codes(verify_bytes(session, document, site=keeping, now=later)[1])["status"]

    document = credential.document
    assert status() == "not_revoked"
    with transaction(engine) as session:
        revoke_credential(session, ledger.actor(Role.ADMINISTRATOR), credential.id, "Mistake.", now=later)
    work(Worker(engine, SITE, lambda: later))
    assert status() == "revoked"


def test_what_a_transaction_saw_that_began_before_is_not_kept(engine: Engine, keeping: Site) -> None:
    assert keeping.published is not None
    with read_transaction(engine) as session:
        session.scalar(select(Issuer.id).limit(1))
        verify_bytes(session, strangers().document, site=keeping, now=NOW)
    asked = ((STRANGERS_DID,), ())
    assert keeping.published.find(asked) is None
    with read_transaction(engine) as session:
        verify_bytes(session, strangers().document, site=keeping, now=NOW)
    assert keeping.published.find(asked) is not None


def test_long_names_of_strangers_are_not_kept(engine: Engine, keeping: Site) -> None:
    issuer = f"https://badges.example.org/{'x' * 5_000}"
    with read_transaction(engine) as session:
        data = json.dumps(badge(issuer={"id": issuer, "type": ["Profile"]})).encode()
        verify_bytes(session, data, site=keeping, now=NOW)
    assert keeping.published is not None
    lists = badge()["credentialStatus"]["statusListCredential"]
    assert keeping.published.find(((issuer,), (lists,))) is None


# Where the input comes from --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["{url}", " {url} ", "{url}.json", "{url}.png", "{url}/", "{url}?x=1", "{url}#verdict", "HTTPS{rest}"],
)
def test_an_address_of_ours_leads_to_the_credential(engine: Engine, ledger: Ledger, address: str) -> None:
    credential = issue(engine, ledger)
    url = address.format(url=credential.url, rest=credential.url.removeprefix("https"))
    with read_transaction(engine) as session:
        assert load_by_url(session, url, site=SITE) == credential.document


@pytest.mark.parametrize(
    "url",
    [
        "https://badges.example.org/credentials/7f",
        "http://passports.example.org/credentials/7f",
        "https://passports.example.org.evil.example/credentials/7f",
        "https://passports.example.org@evil.example/credentials/7f",
        "https://passports.example.org/issuers/community",
        "http://[",
        "https://passports.example.org:99999/credentials/7f",
        "file:///etc/passwd",
        "\x00",
    ],
)
def test_an_address_elsewhere_is_refused_with_a_way_out(engine: Engine, url: str) -> None:
    with read_transaction(engine) as session, pytest.raises(InvalidPayloadError) as refusal:
        load_by_url(session, url, site=SITE)
    [fault] = refusal.value.faults
    assert (fault.pointer, fault.code) == ("/url", "address_elsewhere")
    assert "upload it, or paste" in str(fault.hint)


@pytest.mark.parametrize("name", ["", "0" * 32, "{id}0", "{id}\x00", "\x00", "x" * 5000])
def test_an_address_of_ours_with_nothing_behind_it_is_not_found(
    engine: Engine, ledger: Ledger, name: str
) -> None:
    credential = issue(engine, ledger)
    url = f"https://passports.example.org/credentials/{name.format(id=credential.id)}"
    with read_transaction(engine) as session, pytest.raises(NotFoundError):
        load_by_url(session, url, site=SITE)


def test_what_is_only_prepared_has_no_address_yet(engine: Engine, ledger: Ledger) -> None:
    credential = issue(engine, ledger)
    with transaction(engine) as session:
        row = session.get_one(Credential, credential.id)
        row.status, row.document = "prepared", None
    with read_transaction(engine) as session, pytest.raises(NotFoundError):
        load_by_url(session, credential.url, site=SITE)


def test_two_things_to_verify_are_refused_and_so_is_none(engine: Engine) -> None:
    with read_transaction(engine) as session:
        document = json.loads(strangers().document)
        for given in (strangers().document, document, strangers().jwt.encode()):
            assert load_input(session, given, None, site=SITE).credential["id"] == document["id"]
        with pytest.raises(InvalidPayloadError, match="two things to verify"):
            load_input(session, b"x", "https://badges.example.org/1", site=SITE)
        with pytest.raises(InvalidPayloadError, match="nothing to verify"):
            load_input(session, b"", None, site=SITE)


# The page --------------------------------------------------------------------------------------------


def test_the_page_has_the_report_and_what_the_credential_says(engine: Engine) -> None:
    page = describe(engine, VerificationForm(), strangers().document, "file")
    assert page.report is not None
    assert page.summary is not None
    assert (page.report.verdict, page.summary.issuer.name, page.source) == ("verified", "Acme", "json")
    assert (page.problem, page.checked_at) == (None, NOW)


@pytest.mark.parametrize(
    ("form", "data", "field", "words"),
    [
        (VerificationForm(credential="x.y.z"), b"x.y.z", "credential", "no readable credential"),
        (VerificationForm(credential="{"), b"{", "credential", "could not be read"),
        (VerificationForm(), b"\x89PNG\r\n\x1a\n", "file", "no readable credential"),
        (VerificationForm(url="https://badges.example.org/1"), None, "url", "Nothing was checked"),
        (VerificationForm(url="http://["), None, "url", "Nothing was checked"),
        (VerificationForm(), None, "credential", "Nothing was checked"),
    ],
)
def test_what_cannot_be_read_is_marked_where_it_was_given(
    engine: Engine, form: VerificationForm, data: bytes | None, field: str, words: str
) -> None:
    page = describe(engine, form, data, field)
    assert page.problem is not None
    assert (page.report, page.problem.field, page.form) == (None, field, replace(form, field=field))
    assert words in page.problem.title
