"""Presentations over the VC API, request by request as W3C's suites ask."""

from app.errors import JsonLdError
from tests.clients import Json, World
from tests.foreign_credentials import V1, V2, Document, credential, did_of, secured
from tests.signing.badges import SIGNER, STRANGER
from tests.signing.others import P256

VERIFY = "/vc-api/presentations/verify"
ASKED = {"challenge": "uM2l5Q", "domain": "github.com/w3c/vc-data-model-2.0-test-suite"}


def presentation(**changes: object) -> Document:
    """Return a presentation of nobody, with nothing in it; a change to None takes a member off."""
    document: Document = {"@context": [V2], "type": ["VerifiablePresentation"]}
    return {name: value for name, value in (document | changes).items() if value is not None}


def shown(document: Document, **options: object) -> Document:
    """Return `document` signed by its holder as it was asked for."""
    return secured(document, SIGNER, "eddsa-rdfc-2022", proofPurpose="authentication", **(ASKED | options))


def verify(world: World, presented: Json, expect: int = 200, options: Json = ASKED) -> Json:
    body = {"verifiablePresentation": presented} | ({} if options is None else {"options": options})
    return world.nobody.post(VERIFY, body, expect)


def test_presentations_with_and_without_holder_and_credentials_verify(world: World) -> None:
    mine, hers = secured(credential()), secured(credential(P256), P256, "ecdsa-jcs-2019")
    for document in (
        presentation(),
        presentation(holder=did_of(SIGNER)),
        presentation(holder={"id": did_of(SIGNER)}),
        presentation(verifiableCredential=[mine]),
        presentation(verifiableCredential=[mine, hers]),
        presentation(id="urn:uuid:86294362-4254-4f36-854f-3952fe42555d", verifiableCredential=mine),
    ):
        answer = verify(world, shown(document))
        assert (answer["verified"], answer["warnings"]) == (True, [])
        assert {"conformance", "proof", "holder_key", "challenge"} <= set(answer["checks"])
        assert len(answer["credentialResults"]) == str(document).count("eddsa-") + str(document).count(
            "ecdsa-"
        )
    every: list[Json] = [None, {}, {"checks": []}, {"checks": ["proof"]}, {"challenge": ASKED["challenge"]}]
    for options in every:
        assert verify(world, shown(presentation()), options=options)["verified"]


def test_a_holder_that_cannot_be_looked_up_and_the_dates_of_what_is_shown_are_warnings(world: World) -> None:
    old = secured(credential(validUntil="2016-02-01T00:00:00Z"))
    document = presentation(holder="did:web:holder.example", verifiableCredential=[old])
    answer = verify(world, shown(document))
    assert [warning["code"] for warning in answer["warnings"]] == ["key_unresolved"]
    [result] = answer["credentialResults"]
    assert [warning["code"] for warning in result["warnings"]] == ["expired"]


def test_nobody_shows_something_in_the_name_of_another(world: World) -> None:
    mine = secured(credential())
    others: list[Json] = [did_of(STRANGER), {"id": did_of(STRANGER)}, {"id": did_of(SIGNER)[8:]}]
    every: list[Json] = [ASKED, {"checks": []}, {"checks": ["proof"]}, None]
    for holder in others:
        for options in every:
            document = presentation(holder=holder, verifiableCredential=[mine])
            try:
                signed = shown(document)
            except JsonLdError:  # an id that is none cannot even be signed
                signed = shown(presentation(verifiableCredential=[mine])) | {"holder": holder}
            verify(world, signed, 400, options)
    for holder in (did_of(SIGNER), {"id": did_of(SIGNER)}):
        verify(world, shown(presentation(holder=holder, verifiableCredential=[mine])), options={"checks": []})


def refused(world: World, presented: Json, options: Json = ASKED) -> list[str]:
    """Return the pointers of what is wrong."""
    problem = verify(world, presented, 400, options)
    assert problem["verified"] is False
    return [error["pointer"] for error in problem.get("errors", ())]


def test_what_is_no_signed_presentation_is_refused(world: World) -> None:
    good = shown(presentation())
    changes: list[Document] = [
        {"@context": None},
        {"@context": ["https://example.com", V2]},
        {"@context": [V2, "https://example.com"]},
        {"@context": [V2, "https ://not-a-url/contexts/example/v1"]},
        {"@context": [V2, 123192875]},
        {"verifiableCredential": "https://vc.example/1"},
        {"verifiableCredential": [4]},
        {"verifiableCredential": [{"@context": [V2], "issuer": "did:example:1"}]},
        {"@context": [V1]},
        {"type": None},
        {"type": ["VerifiableCredential"]},
        {"proof": None},
        {"proof": []},
        {"proof": good["proof"] | {"proofValue": "z4oaqzrZ"}},
        {"proof": good["proof"] | {"proofPurpose": "assertionMethod"}},
        {"holder": did_of(STRANGER)},
        {"holder": "nobody"},
    ]
    for change in changes:
        refused(world, {name: value for name, value in (good | change).items() if value is not None})
    junk: list[Json] = [None, [], "{}", 4, {}]
    for value in junk:
        refused(world, value)


def test_another_challenge_or_domain_than_was_asked_for_is_refused(world: World) -> None:
    good = shown(presentation())
    for options in (ASKED | {"challenge": "other"}, ASKED | {"domain": "other.example"}):
        assert refused(world, good, options) == ["/verifiablePresentation"]
    refused(world, secured(presentation(), proofPurpose="authentication"))


def test_a_credential_in_it_that_does_not_hold_is_pointed_at(world: World) -> None:
    changed = secured(credential()) | {"credentialSubject": {"id": "did:example:other"}}
    document = presentation(verifiableCredential=[secured(credential()), changed])
    assert refused(world, shown(document)) == ["/verifiablePresentation/verifiableCredential/1/proof"]
