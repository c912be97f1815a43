"""The verifier of the VC API, request by request as W3C's suites ask."""

from collections.abc import Callable
from itertools import product

from app.errors import JsonLdError
from app.http_client import TokenBuckets
from app.signing.keys import Signer
from tests.awards import state_of
from tests.clients import Json, World
from tests.foreign_credentials import ED25519_2020, V1, V2, Document, credential, did_of, secured
from tests.signing.badges import SIGNER, STRANGER
from tests.signing.others import P256, P384

VERIFY = "/vc-api/credentials/verify"
CLIENT = {"Accept": "application/ld+json, application/json"}
PROOF_ONLY = {"checks": ["proof"]}
ALL_OPTIONS: list[Json] = [PROOF_ONLY, {}, None, {"checks": []}]


def verify(world: World, presented: Json, expect: int = 200, options: Json = PROOF_ONLY) -> Json:
    body = {"verifiableCredential": presented} | ({} if options is None else {"options": options})
    answer = world.client.post(VERIFY, json=body, headers=CLIENT)
    assert answer.status_code == expect, answer.text[:1000]
    assert "json" in answer.headers["content-type"]
    return answer.json()


def refuse(world: World, presented: Json, options: Json = PROOF_ONLY) -> Json:
    """Return the problem of something that does not verify, which has the forms of both worlds."""
    problem = verify(world, presented, 400, options)
    assert (problem["verified"], problem["status"]) == (False, 400)
    assert problem["problemDetails"]
    return problem


def codes(problem: Json) -> list[str]:
    return [error["code"] for error in problem["errors"]]


def good() -> Document:
    return secured(credential())


# What verifies --------------------------------------------------------------------------------------


SUITES: list[tuple[str, Signer]] = [
    ("eddsa-rdfc-2022", SIGNER),
    ("eddsa-jcs-2022", SIGNER),
    ("ecdsa-rdfc-2019", P256),
    ("ecdsa-rdfc-2019", P384),
    ("ecdsa-jcs-2019", P256),
    ("ecdsa-jcs-2019", P384),
]


def test_credentials_of_both_data_models_verify(world: World) -> None:
    for (suite, signer), version in product(SUITES, (V1, V2)):
        presented = secured(credential(signer, version), signer, suite)
        for options in ALL_OPTIONS:
            answer = verify(world, presented, options=options)
            assert (answer["verified"], answer["warnings"]) == (True, [])
            assert {"parse", "conformance", "proof", "issuer_key"} <= set(answer["checks"])


def test_the_forerunner_of_the_cryptosuites_verifies(world: World) -> None:
    document = credential(STRANGER, **{"@context": [V2, ED25519_2020]})
    assert verify(world, secured(document, STRANGER, None))["verified"]


def test_a_proof_by_a_key_of_somebody_else_is_a_warning_here_and_no_more_elsewhere(world: World) -> None:
    for issuer in ("https://vc.example/issuers/5678", did_of(STRANGER)):
        document = secured(credential(issuer=issuer))
        for options in ALL_OPTIONS:
            [warning] = verify(world, document, options=options)["warnings"]
            assert warning["code"] in {"key_unresolved", "key_not_bound"}
        strict = world.nobody.send("POST", "/verify", 200, json=document)
        assert strict["verdict"] in {"undetermined", "not_verified"}


def test_dates_and_status_are_warnings_unless_only_the_proof_is_asked_for(world: World) -> None:
    status = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://vc.example/status/3",
    }
    document = secured(credential(validUntil="2016-02-01T00:00:00Z", credentialStatus=status))
    answer = verify(world, document, options={})
    assert [warning["code"] for warning in answer["warnings"]] == ["expired", "status_unreachable"]
    assert verify(world, document)["warnings"] == []


# What does not --------------------------------------------------------------------------------------

NEITHER_OBJECT: list[Json] = ["{}", "eyJhbGciOiJFZERTQSJ9.e30.c2ln", None, [], 4, True]


def test_what_is_no_object_is_refused(world: World) -> None:
    for presented in NEITHER_OBJECT:
        assert codes(refuse(world, presented))


def test_a_credential_as_text_is_refused(world: World) -> None:
    problem = world.client.post(VERIFY, content=b'{"verifiableCredential": "{', headers=CLIENT)
    assert problem.status_code in {400, 415}
    strict = {"verifiableCredential": good(), "options": {"strict": True}}
    bodies: list[Json] = [{}, {"options": {}}, [], "x", strict]
    for body in bodies:
        answer = world.client.post(VERIFY, json=body)
        assert (answer.status_code, answer.json()["verified"]) == (400, False)
    torn = world.client.post(VERIFY, content=b'{"a": 1, "a"', headers={"Content-Type": "application/json"})
    assert torn.json()["problemDetails"][0]["type"].endswith("PARSING_ERROR")


NO_PROOFS: list[Json] = [None, [], "string", 10, True, {}, [[]], [None], ""]


def test_something_in_place_of_a_proof_is_refused(world: World) -> None:
    for proof, options in product(NO_PROOFS, ALL_OPTIONS):
        problem = refuse(world, {**credential(), "proof": proof}, options)
        assert {"proof_missing", "proof_invalid", "null_value", "not_conformant"} & set(codes(problem))
    assert codes(refuse(world, credential())) == ["proof_missing"]


OPTIONS: dict[str, dict[str, object]] = {
    "an unknown type": {"type": "UnknownProofType"},
    "an unknown cryptosuite": {"cryptosuite": "UnknownCryptosuite"},
    "no purpose": {"proofPurpose": None},
    "another purpose": {"proofPurpose": "invalidPurpose"},
    "no method": {"verificationMethod": None},
    "a method that is no text": {"verificationMethod": 4},
    "a time of another kind": {"created": "yesterday"},
}


def test_a_proof_with_wrong_options_is_refused_although_it_is_signed_so(world: World) -> None:
    for what, options in OPTIONS.items():
        try:
            document = secured(credential(), **options)
        except JsonLdError:  # what JSON-LD does not read cannot even be signed
            document = good()
            document["proof"] |= options
        problem = refuse(world, document)
        assert problem["problemDetails"][0]["type"].endswith("#CRYPTOGRAPHIC_SECURITY_ERROR"), what


def test_the_times_of_a_proof_are_in_utc_where_they_lack_a_zone(world: World) -> None:
    for times in (
        {"created": "2016-02-20T10:00:00"},
        {"expires": "2099-02-20T10:00:00"},
        {"created": "2016-02-20T10:00:00.123+02:00"},
    ):
        assert verify(world, secured(credential(), **times))["verified"]
    assert codes(refuse(world, secured(credential(), expires="2016-02-20T10:00:00"))) == ["proof_expired"]
    assert codes(refuse(world, secured(credential(), created="2016-02-20 10:00"))) == ["proof_invalid"]


def test_a_purpose_or_a_challenge_is_no_option_of_a_credential(world: World) -> None:
    for options in ({"expectedProofPurpose": "authentication"}, {"challenge": "1", "domain": "x"}):
        refuse(world, good(), options)


def drop(name: str) -> Callable[[Document], object]:
    return lambda proof: proof.pop(name)


AFTERWARDS: dict[str, Callable[[Document], object]] = {
    **{
        f"without {name}": drop(name)
        for name in ("type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")
    },
    "null as value": lambda proof: proof.update(proofValue=None),
    "a value that is no text": lambda proof: proof.update(proofValue=[4]),
    "a value without a header": lambda proof: proof.update(proofValue=proof["proofValue"][1:]),
    "a value in another base": lambda proof: proof.update(proofValue="u" + proof["proofValue"][1:]),
    "a value that is cut": lambda proof: proof.update(proofValue=proof["proofValue"][:-1]),
    "a value of another": lambda proof: proof.update(proofValue=secured(credential())["proof"]),
    "another time": lambda proof: proof.update(created="2016-02-21T10:00:00Z"),
    "a term more": lambda proof: proof.update(invalidTerm="invalid"),
}


def test_a_proof_that_was_changed_is_refused(world: World) -> None:
    for change in AFTERWARDS.values():
        for document in (good(), secured(credential(P256), P256, "ecdsa-rdfc-2019")):
            change(document["proof"])
            refuse(world, document)


CHANGES: dict[str, Document] = {
    "another subject": {"credentialSubject": {"id": "did:example:other"}},
    "a term that no context has": {"invalidTerm": "invalid"},
    "a type that no context has": {"type": ["VerifiableCredential", "UndefinedType"]},
    "a relative type": {"type": ["VerifiableCredential", "./relative"]},
    "no context": {"@context": None},
    "another context": {"@context": ["https://example.com"]},
    "a context in a list": {"@context": [[V2]]},
    "a context that is text": {"@context": "https://example.com"},
    "an empty context": {"@context": {}},
    "no type": {"type": None},
    "a type that is no text": {"type": 4},
    "another type": {"type": "DegreeCredential"},
    "no issuer": {"issuer": None},
    "an issuer that is no URL": {"issuer": "fake-issuer"},
    "an issuer without id": {"issuer": {"name": "nobody"}},
    "no subject": {"credentialSubject": None},
    "an empty subject": {"credentialSubject": {}},
    "a subject that is text": {"credentialSubject": "did:example:subject"},
    "an id that is a list": {"id": ["urn:a:b"]},
}


def test_a_credential_that_was_changed_is_refused(world: World) -> None:
    for change in CHANGES.values():
        refuse(world, {name: value for name, value in (good() | change).items() if value is not None})


def test_a_document_that_breaks_the_data_model_is_malformed_also_where_it_is_signed(world: World) -> None:
    reversed_period = {"validFrom": "2016-02-02T00:00:00Z", "validUntil": "2016-02-01T00:00:00Z"}
    for problem in (
        refuse(world, good() | {"@context": {}}),
        refuse(world, secured(credential(**reversed_period))),
    ):
        assert "not_conformant" in codes(problem)
        assert problem["problemDetails"][0]["type"].endswith("#MALFORMED_VALUE_ERROR")


def test_a_context_that_is_not_known_is_an_error_whatever_is_signed(world: World) -> None:
    """A proof over JSON can be checked without it; what the members mean cannot be known."""
    unknown = credential(**{"@context": [V2, "https://vc.example/context"]})
    assert codes(refuse(world, secured(unknown, SIGNER, "eddsa-jcs-2022"))) == ["context_not_supported"]


def test_a_stranger_does_not_speak_under_an_address_of_this_service(world: World) -> None:
    address = "https://passports.example.org/credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f"
    signed = secured(credential(id=address))
    assert codes(refuse(world, signed)) == ["id_not_ours"]
    under_its_keyword = {("@id" if name == "id" else name): value for name, value in signed.items()}
    assert "not_conformant" in codes(refuse(world, under_its_keyword))


# Sets and chains ------------------------------------------------------------------------------------


def with_proofs(*proofs: Document, **changes: object) -> Document:
    return {**credential(**changes), "proof": list(proofs)}


def test_all_proofs_of_a_set_must_hold(world: World) -> None:
    first, second = (secured(credential(), created=f"2016-02-2{day}T00:00:00Z")["proof"] for day in (1, 2))
    assert verify(world, with_proofs(first, second))["verified"]
    refuse(world, with_proofs(first, second | {"created": "2016-02-23T00:00:00Z"}))
    refuse(world, with_proofs(first | {"proofValue": second["proofValue"]}, second))


def test_a_chained_proof_holds_with_those_before_it(world: World) -> None:
    document = credential(issuer="https://vc.example/issuers/5678")
    first = secured(document, id="urn:uuid:first")["proof"]
    second = secured({**document, "proof": [first]}, previousProof="urn:uuid:first")["proof"]
    chained = {**document, "proof": [first, second]}
    assert verify(world, chained, options={})["verified"]
    refuse(world, {**document, "proof": [second]})
    refuse(world, {**document, "proof": [first | {"created": "2016-02-23T00:00:00Z"}, second]})
    nowhere = secured(document, previousProof=["urn:uuid:nowhere"])["proof"]
    refuse(world, {**document, "proof": [first, nowhere]})


# Limits ---------------------------------------------------------------------------------------------


def test_a_visitor_who_asks_too_often_has_to_wait(world: World) -> None:
    state_of(world).visitors = TokenBuckets(4, lambda: 0.0)
    assert verify(world, good())["verified"]
    answer = world.client.post(VERIFY, json={"verifiableCredential": good()})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json()["code"] == "rate_limited"
