import json
from typing import Any

import pytest

from app.signing import dids, jws
from app.signing.verify import Needs, needs, read
from tests.signing.badges import (
    DID,
    LIST_URL,
    NOW,
    SIGNER,
    STRANGER,
    Document,
    badge,
    codes,
    eddsa_proof,
    judge,
    outcomes,
    profile,
    sign,
    signed,
)

ENDORSER = dids.did_key(STRANGER.public_key)
METHOD = dids.multikey_id(ENDORSER, STRANGER.public_key)


def endorsement(**changes: Any) -> Document:  # noqa: ANN401 (any JSON)
    """Return an unsigned endorsement of the issuer of `badge()`."""
    return {
        "@context": badge()["@context"],
        "id": "urn:uuid:7d9f8a3e-53d8-4f2c-9f0a-6f3a35c1d001",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": ENDORSER, "type": ["Profile"], "name": "Other"},
        "name": "Endorsement",
        "validFrom": "2016-03-04T12:00:00Z",
        "credentialSubject": {"id": DID, "type": ["EndorsementSubject"], "endorsementComment": "Good."},
        **changes,
    }


def with_proof(document: Document) -> Document:
    return {**document, "proof": eddsa_proof(document, STRANGER, METHOD)}


def as_jwt(document: Document) -> str:
    return jws.encode({"kid": METHOD, "typ": "JWT"}, json.dumps(document).encode(), STRANGER)


def endorsed(*endorsements: object, owner: str = "issuer") -> str:
    """Return a signed badge, as JWT, with `endorsements` of its issuer, its achievement or itself."""
    document = badge()
    place = {
        "credential": document,
        "issuer": document["issuer"],
        "achievement": document["credentialSubject"]["achievement"],
    }[owner]
    objects = [value for value in endorsements if not isinstance(value, str)]
    tokens = [value for value in endorsements if isinstance(value, str)]
    place |= {"endorsement": objects} if objects else {}
    place |= {"endorsementJwt": tokens} if tokens else {}
    return jws.encode({"kid": profile().jwt_key_id}, json.dumps(document).encode(), SIGNER)


def found(*endorsements: object, **changes: Any) -> tuple[str, str]:  # noqa: ANN401 (each has its type)
    report = judge(endorsed(*endorsements), **changes)
    return codes(report)["endorsements"], outcomes(report)["endorsements"]


@pytest.mark.parametrize("owner", ["credential", "issuer", "achievement"])
def test_endorsements_of_either_form_are_verified_wherever_they_are(owner: str) -> None:
    for values in ([with_proof(endorsement())], [as_jwt(endorsement())]):
        report = judge(endorsed(*values, owner=owner))
        assert codes(report)["endorsements"] == "endorsements_valid"
    both = endorsed(with_proof(endorsement()), as_jwt(endorsement()), owner=owner)
    assert judge(both).verified


def test_an_endorsement_within_an_embedded_proof_is_verified() -> None:
    document = badge()
    value = with_proof(endorsement())
    document["issuer"]["endorsement"] = [{**value, "proof": [value["proof"]]}]
    report = judge(signed(document))
    assert codes(report)["endorsements"] == "endorsements_valid"
    assert report.verified


@pytest.mark.parametrize(
    "value",
    [
        endorsement(),
        {**with_proof(endorsement()), "name": "Changed"},
        with_proof(endorsement(validFrom="2016-07-01T00:00:00Z")),
        with_proof(endorsement(validUntil="2016-05-01T00:00:00Z")),
        with_proof(endorsement(issuer={"id": DID, "type": ["Profile"]})),
        with_proof(endorsement(credentialSubject={"id": "urn:x:y", "type": ["EndorsementSubject"]})),
        {**with_proof(endorsement()), "type": ["VerifiableCredential"]},
        {**with_proof(endorsement()), "validFrom": "soon"},
        as_jwt(endorsement(iss="did:web:evil.example")),
        as_jwt(endorsement())[:-4] + "AAAA",
        "a.b.c",
        "e30.W10.AA",
        7,
    ],
)
def test_an_endorsement_that_does_not_hold_fails_the_badge(value: object) -> None:
    assert found(value) == ("endorsement_invalid", "fail")
    assert judge(endorsed(value, with_proof(endorsement()))).verdict == "not_verified"


def test_an_endorsement_that_cannot_be_decided_leaves_it_unknown() -> None:
    far = "did:web:other.example.org"
    document = endorsement(issuer={"id": far, "type": ["Profile"]})
    method = dids.multikey_id(far, STRANGER.public_key)
    value = {**document, "proof": eddsa_proof(document, STRANGER, method)}
    assert found(value) == ("endorsement_undecided", "unknown")
    assert found(value, with_proof(endorsement())) == ("endorsement_undecided", "unknown")
    assert found(value, endorsement()) == ("endorsement_invalid", "fail")
    from_there = judge(endorsed(value)).checks[8].detail
    assert far in from_there


def test_a_revoked_endorsement_does_not_hold() -> None:
    entry = badge()["credentialStatus"]
    value = with_proof(endorsement(credentialStatus=entry))
    assert found(value) == ("endorsement_undecided", "unknown")  # the list is of another issuer


def test_an_endorsement_of_something_in_an_endorsement_is_of_nothing_here() -> None:
    other = endorsement(id="urn:uuid:7d9f8a3e-53d8-4f2c-9f0a-6f3a35c1d002")
    other["credentialSubject"] = {**other["credentialSubject"], "id": endorsement()["id"]}
    assert found(with_proof(endorsement()), with_proof(other)) == ("endorsement_invalid", "fail")


def test_there_may_be_eight_endorsements_and_no_more() -> None:
    values = [as_jwt(endorsement(id=f"urn:x:{number}")) for number in range(9)]
    assert found(*values[:8]) == ("endorsements_valid", "pass")
    assert found(*values) == ("endorsements_not_checked", "unknown")


def test_endorsements_of_endorsements_are_not_looked_at() -> None:
    inner = endorsement(
        issuer={"id": ENDORSER, "type": ["Profile"], "endorsement": [endorsement(id="urn:x:y")]}
    )
    assert found(with_proof(inner)) == ("endorsements_valid", "pass")


def test_what_endorsements_need_is_gathered_too() -> None:
    entry = {**badge()["credentialStatus"], "statusListCredential": f"{LIST_URL}/other"}
    token = endorsed(with_proof(endorsement(credentialStatus=entry)), as_jwt(endorsement()), "a.b.c")
    wanted = Needs(DID, (profile().jwt_key_id, METHOD), (LIST_URL, f"{LIST_URL}/other"), (ENDORSER,))
    assert needs(read(token.encode())) == wanted


def test_without_endorsements_there_is_nothing_to_check() -> None:
    report = judge(sign(badge()).jwt, now=NOW)
    assert codes(report)["endorsements"] == "no_endorsements"
