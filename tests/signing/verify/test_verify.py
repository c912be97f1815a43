import json
from datetime import timedelta
from typing import Any

import pytest

from app.signing import recipients
from app.signing.dids import multikey_id
from app.signing.verify import Outcome, Unavailable, read, verify
from tests.signing.badges import (
    DID,
    EMAIL,
    LIST_URL,
    NOW,
    SIGNER,
    Document,
    badge,
    badge_1,
    codes,
    eddsa_proof,
    gathered,
    judge,
    list_bytes,
    outcomes,
    profile,
    rich_badge,
    sign,
    signed,
)
from tests.signing.others import other_proof

ALL_WELL = {
    "parse": "parsed",
    "conformance": "conforms",
    "proof": "proof_valid",
    "issuer_key": "key_bound",
    "validity": "in_period",
    "status": "not_revoked",
    "refresh": "no_refresh",
    "recipient": "recipient_not_asked",
    "endorsements": "no_endorsements",
    "issuer_trust": "issuer_known",
}

ID_FOLDER = "https://badges.example.org/credentials/"


@pytest.mark.parametrize("document", [badge(), rich_badge()])
def test_both_signed_forms_of_a_badge_are_verified(document: Document) -> None:
    secured = sign(document)
    for data in (secured.document, secured.jwt):
        report = judge(data)
        assert codes(report) == ALL_WELL
        assert report.verdict == "verified"
        assert report.verified
        assert report.issuer_id == DID


def test_the_checks_are_numbered_and_each_names_its_clause() -> None:
    report = judge(signed(badge()))
    assert [check.number for check in report.checks] == list(range(1, 11))
    assert list(codes(report)) == list(ALL_WELL)
    assert all(check.clause and check.title and check.detail for check in report.checks)
    assert report.credential == signed(badge())
    assert report.form == "data_integrity"


def test_a_verdict_is_always_of_the_moment() -> None:
    document = signed(badge())
    start, end = NOW.replace(month=3, day=4, hour=12), NOW.replace(year=2020, month=3, day=4, hour=12)
    assert judge(document, now=start, status_lists={}).checks[4].code == "in_period"
    assert judge(document, now=start - timedelta(seconds=1)).checks[4].code == "not_yet_valid"
    assert judge(document, now=end).checks[4].code == "in_period"
    report = judge(document, now=end + timedelta(seconds=1))
    assert report.checks[4].code == "expired"
    assert "2020-03-04T12:00:01Z" in report.checks[4].detail
    assert report.verdict == "not_verified"


def test_dates_that_cannot_be_read_fail() -> None:
    credential = {**badge(), "validFrom": "soon"}
    presented = read(json.dumps(credential).encode())
    assert codes(verify(presented, gathered()))["proof"] == "proof_missing"
    from_v1 = {**signed(badge()), "@context": ["https://www.w3.org/2018/credentials/v1"], "validFrom": "soon"}
    from_v1["proof"] = {"type": "BbsBlsSignature2020"}
    assert codes(judge(from_v1))["validity"] == "dates_unreadable"


def test_a_failed_proof_leaves_the_later_checks_unknown() -> None:
    changed = {**signed(badge()), "name": "Another"}
    report = judge(changed, now=NOW.replace(year=2030), recipient=EMAIL)
    assert outcomes(report) == {
        "parse": "pass",
        "conformance": "pass",
        "proof": "fail",
        "issuer_key": "unknown",
        "validity": "unknown",
        "status": "unknown",
        "refresh": "unknown",
        "recipient": "unknown",
        "endorsements": "unknown",
        "issuer_trust": "unknown",
    }
    assert report.verdict == "not_verified"


def test_what_could_not_be_had_says_why_and_what_may_help() -> None:
    missing = Unavailable("The host is silent.", "Try again in a minute.")
    report = judge(signed(badge()), did_documents={DID: missing}, status_lists={LIST_URL: missing})
    found = {check.id: check for check in report.checks}
    for name, code in (("issuer_key", "key_unresolved"), ("status", "status_unreachable")):
        assert (found[name].code, found[name].remedy) == (code, "Try again in a minute.")
        assert found[name].detail.endswith(" The host is silent.")
    unnamed = judge(signed(badge()), did_documents={}, status_lists={LIST_URL: Unavailable("")})
    remedies = [check.remedy for check in unnamed.checks if check.id in {"issuer_key", "status"}]
    assert all(str(remedy).startswith("Try again later") for remedy in remedies)


def test_a_did_of_a_method_that_nobody_looks_up_here_is_for_other_verifiers() -> None:
    report = judge(signed(badge(issuer={"id": "did:example:acme", "type": ["Profile"]})))
    check = report.checks[3]
    assert (check.outcome, check.code) == (Outcome.UNKNOWN, "key_unresolved")
    assert str(check.remedy).startswith("Give it to a verifier that knows")


def test_trust_in_the_issuer_changes_no_verdict() -> None:
    report = judge(signed(badge()), trusted_issuers=frozenset())
    assert codes(report) == {**ALL_WELL, "issuer_trust": "issuer_not_known"}
    assert report.checks[9].outcome is Outcome.UNKNOWN
    assert report.verified


@pytest.mark.parametrize(
    ("own_ids", "own_issuers", "code"),
    [
        (ID_FOLDER, frozenset(), "id_not_ours"),
        (ID_FOLDER.upper(), frozenset(), "id_not_ours"),
        (ID_FOLDER, frozenset({DID}), "key_bound"),
        ("https://passports.example.org/credentials/", frozenset(), "key_bound"),
    ],
)
def test_an_id_of_this_service_is_given_by_its_own_issuers_alone(
    own_ids: str, own_issuers: frozenset[str], code: str
) -> None:
    report = judge(signed({**badge(), "id": ID_FOLDER + "1"}), own_ids=own_ids, own_issuers=own_issuers)
    assert codes(report)["issuer_key"] == code
    assert report.verified == (code == "key_bound")


def test_a_credential_without_an_id_has_none_of_this_service() -> None:
    document = badge()
    del document["id"]
    proof = eddsa_proof(document, SIGNER, multikey_id(DID, SIGNER.public_key))
    report = judge({**document, "proof": proof}, own_ids=ID_FOLDER)
    assert codes(report)["issuer_key"] == "key_bound"


def test_an_issuer_is_known_only_when_the_key_is_theirs() -> None:
    report = judge(signed(badge()), did_documents={})
    assert codes(report)["issuer_trust"] == "not_reached"
    assert report.verdict == "undetermined"


# Recipient ---------------------------------------------------------------------------------------------


def test_the_holder_is_compared_when_somebody_is_named() -> None:
    document = badge()
    identity = document["credentialSubject"]["identifier"][0]
    identity["identityHash"] = recipients.identity_hash(EMAIL, "salt")
    credential = signed(document)
    for name in (EMAIL, " Amina@Example.org", document["credentialSubject"]["id"]):
        report = judge(credential, recipient=name)
        assert codes(report)["recipient"] == "recipient_matches"
        assert report.verified
    report = judge(credential, recipient="other@example.org")
    assert codes(report)["recipient"] == "recipient_differs"
    assert report.verdict == "not_verified"


# Conformance -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "outcome"),
    [
        ({"credentialSubject": {}}, "not_conformant", "fail"),
        ({"@context": ["https://www.w3.org/2018/credentials/v1"]}, "not_conformant", "fail"),
        ({"@context": [*badge()["@context"], "https://example.org/c"]}, "context_not_supported", "unknown"),
        (
            {"@context": [*badge()["@context"], {"x": "https://example.org/x"}]},
            "context_not_supported",
            "unknown",
        ),
        ({"undefinedTerm": "x"}, "unsigned_data", "fail"),
        ({"type": [*badge()["type"], "Passport"]}, "unsigned_data", "fail"),
        (
            {"credentialSubject": {**badge()["credentialSubject"], "creditsEarned": 1e-7}},
            "json_ld_invalid",
            "fail",
        ),
    ],
)
def test_a_document_that_breaks_the_rules_of_its_kind(changes: Document, code: str, outcome: str) -> None:
    report = judge({**signed(badge()), **changes})
    assert (codes(report)["conformance"], outcomes(report)["conformance"]) == (code, outcome)
    assert report.checks[1].remedy
    assert not report.verified


def test_a_context_that_is_not_known_leaves_the_credential_undecided() -> None:
    """Nothing is wrong with it: badges of other platforms name contexts of their own."""
    context = [*badge()["@context"], "https://example.org/c"]
    report = judge({**signed(badge()), "@context": context})
    assert report.verdict == "undetermined"
    assert (codes(report)["proof"], outcomes(report)["proof"]) == ("context_not_supported", "unknown")
    assert (codes(report)["issuer_key"], codes(report)["validity"]) == ("not_reached", "in_period")


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"@context": "https://w3id.org/openbadges/v2", "type": "Assertion"}, "Open Badges 2.0"),
        (
            {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiablePresentation"]},
            "presentation",
        ),
    ],
)
def test_what_is_something_else_is_named(document: Document, what: str) -> None:
    check = judge(document).checks[1]
    assert (check.outcome, check.code) == (Outcome.FAIL, "not_conformant")
    assert what in check.detail
    assert str(check.remedy).startswith("Give ")


def test_the_detail_lists_the_first_faults_and_counts_the_others() -> None:
    credential = {
        **signed(badge()),
        "id": 1,
        "name": 2,
        "validFrom": 3,
        "validUntil": 4,
        "description": 5,
        "issuer": [],
    }
    detail = judge(credential).checks[1].detail
    assert detail.count(";") == 5
    assert detail.endswith("; and 1 more")


def test_a_document_that_costs_too_much_is_not_decided() -> None:
    subject: Document = {"id": "urn:x:y"}
    for _ in range(40):
        subject = {"type": "AchievementSubject", "source": subject}
    credential: dict[str, Any] = {
        **signed(badge()),
        "type": ["VerifiableCredential"],
        "credentialSubject": subject,
    }
    report = judge(credential)
    assert codes(report)["conformance"] == "too_complex"
    assert report.verdict == "undetermined"


def test_a_plain_credential_is_judged_by_the_data_model_and_says_so() -> None:
    credential = {
        **signed(badge()),
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "urn:x:y", "type": ["AchievementSubject"], "narrative": "Led."},
    }
    report = judge(credential)
    assert codes(report)["conformance"] == "conforms"
    assert report.checks[1].detail.endswith("Verifiable Credentials 2.0 alone.")


# Data model 1.1 ------------------------------------------------------------------------------------------


def of_1(document: Document, **changes: Any) -> Document:  # noqa: ANN401 (any JSON)
    """Return a badge of data model 1.1 with a proof in the legacy form."""
    document["@context"].append("https://w3id.org/security/data-integrity/v1")
    return {**document, "proof": other_proof(document, SIGNER, OPTIONS), **changes}


OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-2022",
    "created": "2016-03-04T12:30:15Z",
    "verificationMethod": profile().verification_method,
    "proofPurpose": "assertionMethod",
}


def test_a_badge_of_data_model_1_is_verified() -> None:
    report = judge(of_1(badge_1()))
    assert codes(report) == {**ALL_WELL, "status": "no_status"}
    assert report.checks[1].detail.endswith("an AchievementCredential in Verifiable Credentials 1.1.")
    assert report.verified


def test_a_badge_of_data_model_1_has_its_own_dates() -> None:
    credential = of_1(badge_1())
    start, end = NOW.replace(month=3, day=4, hour=12), NOW.replace(year=2020, month=3, day=4, hour=12)
    for now, code in [
        (start - timedelta(seconds=1), "not_yet_valid"),
        (start, "in_period"),
        (end, "in_period"),
        (end + timedelta(seconds=1), "expired"),
    ]:
        assert codes(judge(credential, now=now))["validity"] == code


@pytest.mark.parametrize(
    "change",
    [
        {"issuanceDate": ...},
        {"issuanceDate": "soon"},
        {"expirationDate": "2016-03-04T11:00:00Z"},
        {"credentialSubject": {}},
        {"issuer": "acme"},
        {"type": ["OpenBadgeCredential"]},
    ],
)
def test_a_badge_of_data_model_1_has_rules_too(change: Document) -> None:
    document = {name: value for name, value in {**of_1(badge_1()), **change}.items() if value is not ...}
    assert codes(judge(document))["conformance"] == "not_conformant"


def test_a_plain_credential_of_data_model_1_is_judged_by_the_data_model() -> None:
    document = badge_1()
    document["type"] = ["VerifiableCredential"]
    document["credentialSubject"] = {"id": "urn:x:y"}
    report = judge(of_1(document))
    assert report.checks[1].detail.endswith("the rules of Verifiable Credentials 1.1 alone.")
    assert report.verified


# What RDF does not sign --------------------------------------------------------------------------------


def attacked(member: str) -> Document:
    """Return a signed badge in which `member` was moved into an inner object with the credential's id.

    The RDF of both is the same, so the signature holds.
    """
    document = badge()
    document["credentialSubject"]["source"] = {"id": document["id"], "type": ["Profile"]}
    credential = signed(document)
    moved = credential.pop(member)
    source = credential["credentialSubject"]["source"]
    source.update({"type": ["Profile", "VerifiableCredential", "OpenBadgeCredential"], member: moved})
    return credential


@pytest.mark.parametrize("member", ["credentialStatus", "validUntil"])
def test_revocation_and_end_cannot_be_hidden_in_an_inner_object(member: str) -> None:
    lists = {badge()["credentialStatus"]["statusListCredential"]: list_bytes((70_000,))}
    report = judge(attacked(member), status_lists=lists)
    assert codes(report)["proof"] == "proof_valid"
    assert codes(report)["conformance"] == "not_conformant"
    assert report.verdict == "not_verified"
