"""What a signature does not cover, or covers without a meaning, is listed and never shown."""

import json
import sys
from types import FrameType
from typing import Any

import pytest

from app.signing import data_integrity, jws
from app.signing.data_integrity import CREATED, EDDSA_RDFC, ProofOptions
from app.signing.jsonld import emit, interpreting, may_define
from app.signing.jsonld.interpreter import interpret
from app.signing.verify import Report, covered
from tests.signing.badges import CREATED as NOW
from tests.signing.badges import SIGNER, badge, codes, judge, profile, signed

Document = dict[str, Any]

OWN = {"own": "https://example.org/own", "Own": "https://example.org/Own"}


def proven(document: Document, suite: str) -> Document:
    options = ProofOptions(profile().verification_method, NOW)
    with interpreting(interpret):
        proof = data_integrity.create_proof(document, SIGNER, CREATED[suite], options)
    return {**document, "proof": proof}


def as_jwt(document: Document) -> str:
    header = {"kid": profile().jwt_key_id, "typ": "vc+jwt"}
    return jws.encode(header, json.dumps(document).encode(), SIGNER)


def judged(credential: Document | str) -> Report:
    with interpreting(interpret):
        return judge(credential)


def left_out(report: Report) -> list[tuple[str, str]]:
    return sorted((each.pointer, each.code) for each in report.uncovered)


def test_of_a_plain_badge_everything_is_covered() -> None:
    report = judged(signed(badge()))
    assert report.verified
    assert left_out(report) == []
    assert report.credential is not None
    assert covered(report.credential, report.uncovered) is report.credential


def test_names_that_the_document_itself_defines_are_listed_under_a_proof_over_rdf() -> None:
    document = badge(own={"name": "a"}, evidence=[{"type": ["Evidence", "Own"]}])
    document["@context"].append(OWN)
    report = judged(proven(document, EDDSA_RDFC.name))
    assert report.verified
    assert left_out(report) == [
        ("/@context/2", "own_context"),
        ("/evidence/0/type/1", "own_term"),
        ("/own", "own_term"),
    ]
    assert report.credential is not None
    shown = covered(report.credential, report.uncovered)
    assert "own" not in shown
    assert shown["evidence"] == [{"type": ["Evidence"]}]
    assert report.credential["own"] == {"name": "a"}


def test_arrays_without_values_are_listed_under_a_proof_over_rdf() -> None:
    credential = signed(badge())
    credential["evidence"] = []
    credential["credentialSubject"]["achievement"]["tag"] = []
    report = judged(credential)
    assert report.verified
    assert left_out(report) == [
        ("/credentialSubject/achievement/tag", "empty_array"),
        ("/evidence", "empty_array"),
    ]


def test_contexts_that_change_nothing_are_listed_and_the_others_are_not() -> None:
    credential = signed(badge())
    credential["@context"] += ["https://w3id.org/security/data-integrity/v2", credential["@context"][1]]
    credential["issuer"]["@context"] = "https://www.w3.org/ns/credentials/v2"
    credential["proof"][0]["@context"] = credential["@context"]
    report = judged(credential)
    assert report.verified
    assert left_out(report) == [
        ("/@context/2", "idle_context"),
        ("/@context/3", "idle_context"),
        ("/issuer/@context", "idle_context"),
        ("/proof/0/@context", "idle_context"),
    ]
    sole = {**credential, "proof": credential["proof"][0]}
    assert ("/proof/@context", "idle_context") in left_out(judged(sole))


@pytest.mark.parametrize("form", ["eddsa-jcs-2022", "jwt"])
def test_a_signature_over_the_text_covers_these_and_what_means_nothing_is_listed(form: str) -> None:
    document = badge(evidence=[], nickname="a")
    document["credentialSubject"]["a/b~"] = {"c": 1}
    report = judged(as_jwt(document) if form == "jwt" else proven(document, form))
    assert report.verified, codes(report)
    assert left_out(report) == [
        ("/credentialSubject/a~1b~0", "undefined_term"),
        ("/nickname", "undefined_term"),
    ]
    assert report.credential is not None
    shown = covered(report.credential, report.uncovered)
    assert "nickname" not in shown
    assert shown["evidence"] == []
    assert "a/b~" not in shown["credentialSubject"]


@pytest.mark.parametrize(
    "members",
    [
        {"type": ["VerifiableCredential", "OpenBadgeCredential", "Unknown"]},
        {f"unknown{number}": "a" for number in range(9)},
        {"nickname": "a", "evidence": [{"type": ["Evidence", "Unknown"]}]},
    ],
)
def test_more_than_that_is_refused(members: Document) -> None:
    report = judged(as_jwt(badge(**members)))
    assert report.verdict == "not_verified"
    assert codes(report)["conformance"] == "unsigned_data"
    assert left_out(report) == []


def test_under_a_proof_over_rdf_what_means_nothing_is_an_error() -> None:
    report = judged({**signed(badge()), "nickname": "a"})
    assert codes(report)["conformance"] == "unsigned_data"
    assert not report.verified


def test_where_nothing_is_signed_nothing_is_listed() -> None:
    assert left_out(judged(badge(evidence=[]))) == []


def test_a_context_of_the_document_that_defines_its_type_is_listed_as_its_own() -> None:
    document = badge(type=["VerifiableCredential", "OpenBadgeCredential", "Own"])
    document["@context"].append(OWN)
    assert left_out(judged(proven(document, EDDSA_RDFC.name))) == [
        ("/@context/2", "own_context"),
        ("/type/2", "own_term"),
    ]


DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
V2, OPEN_BADGES = badge()["@context"]
UNREADABLE = {"credentialSubject": {"type": ["AchievementSubject"], "nickname": "a"}}


@pytest.mark.parametrize(
    ("contexts", "members", "passes"),
    [
        ([V2, OPEN_BADGES], {}, 1),  # the one of the options of its proof is kept from before
        ([V2, OPEN_BADGES, DATA_INTEGRITY], {}, 3),  # and both once more without what may be idle
        ([V2, OPEN_BADGES, DATA_INTEGRITY, OPEN_BADGES], {}, 5),
        ([V2, OPEN_BADGES], UNREADABLE, 1),  # refused once for all checks
    ],
)
def test_a_verification_makes_each_canonical_form_once(
    contexts: list[str], members: Document, passes: int
) -> None:
    document = badge()
    del document["credentialStatus"]  # a status list has forms of its own
    credential = {**signed(document), "@context": contexts, **members}
    judge(credential)
    made = 0

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event == "call" and frame.f_code is emit.to_dataset.__code__

    sys.setprofile(count)
    try:
        report = judge(credential)
    finally:
        sys.setprofile(None)
    assert report.verified is not bool(members)
    assert made == passes


def test_of_contexts_that_the_compiler_does_not_read_nothing_is_sure() -> None:
    assert may_define((V2, OPEN_BADGES), ["OpenBadgeCredential"])
    assert not may_define((V2,), ["OpenBadgeCredential"])
    assert may_define((V2, "https://www.w3.org/ns/credentials/examples/v2"), ["OpenBadgeCredential"])
