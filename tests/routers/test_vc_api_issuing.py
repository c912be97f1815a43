"""The issuer of the VC API, request by request as W3C's suites ask."""

import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.database import read_transaction, transaction
from app.models import InstanceCredential, StatusEntry, StatusList
from app.services.status_lists import publish_status_list
from tests.awards import set_clock, state_of
from tests.clients import Json, World
from tests.foreign_credentials import DATA_INTEGRITY, V1, V2, Document
from tests.instances import CLIENT, LISTED, SUBJECT, Instance, open_instance, verify

INLINE = {
    "@protected": True,
    "Inline": "https://vc.example/#Inline",
    "InlineStatus": "https://vc.example/#Status",
    "level": "https://vc.example/#level",
}


@pytest.fixture
def instance(world: World) -> Instance:
    return open_instance(world)


def path_of(url: str) -> str:
    return url.removeprefix("https://passports.example.org")


# What is issued -------------------------------------------------------------------------------------

SUITES = [
    ("eddsa-rdfc-2022", "EdDSA", "z6Mk"),
    ("eddsa-jcs-2022", "EdDSA", "z6Mk"),
    ("ecdsa-rdfc-2019", "ES256", "zDna"),
    ("ecdsa-rdfc-2019", "ES384", "z82L"),
    ("ecdsa-jcs-2019", "ES256", "zDna"),
    ("ecdsa-jcs-2019", "ES384", "z82L"),
]


def test_every_instance_issues_what_anybody_verifies(world: World) -> None:
    for cryptosuite, algorithm, start in SUITES:
        instance = open_instance(world, cryptosuite, algorithm=algorithm)
        for version in (V1, V2):
            issued = instance.issue(instance.credential(version))
            proof = issued["proof"]
            assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", cryptosuite)
            assert proof["proofPurpose"] == "assertionMethod"
            assert proof["verificationMethod"] == f"{instance.did}#{instance.did.removeprefix('did:key:')}"
            assert instance.did.startswith(f"did:key:{start}")
            assert proof["proofValue"].startswith("z")
            assert issued["credentialSubject"]["id"] == SUBJECT["id"]
            found = verify(world, issued)
            assert {"proof", "issuer_key", "conformance"} <= set(found["checks"])
            assert found["warnings"] == []


def test_an_enveloped_credential_is_a_jwt_that_anybody_verifies(world: World) -> None:
    for algorithm in ("EdDSA", "ES256", "ES384"):
        instance = open_instance(world, "vc+jwt", algorithm=algorithm)
        written = instance.credential()
        envelope = instance.issue(written)
        assert envelope["type"] == "EnvelopedVerifiableCredential"
        media_type, _, token = envelope["id"].partition(",")
        assert media_type == "data:application/vc+jwt"
        header, payload = (json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
        assert header == {
            "alg": algorithm,
            "kid": f"{instance.did}#{instance.did[8:]}",
            "typ": "vc+jwt",
            "cty": "vc",
        }
        assert payload == written
        assert verify(world, envelope)["warnings"] == []
        changes: list[Document] = [
            {"@context": []},
            {"@context": [V1]},
            {"id": token},
            {"type": "VerifiableCredential"},
            {"type": None},
        ]
        for change in changes:
            world.nobody.post("/vc-api/credentials/verify", {"verifiableCredential": envelope | change}, 400)
        problem = instance.refuse({"credential": instance.credential(V1)})
        assert problem["errors"][0]["code"] == "wrong_version"


def test_a_credential_of_data_model_1_gets_the_context_of_its_proof_and_no_status(instance: Instance) -> None:
    issued = instance.issue(instance.credential(V1))
    assert issued["@context"] == [V1, DATA_INTEGRITY]
    assert "credentialStatus" not in issued
    assert (
        instance.issue(instance.credential(V1, **{"@context": [V1, DATA_INTEGRITY]}))["@context"]
        == issued["@context"]
    )


def test_what_is_written_comes_back_as_it_is_with_a_status_of_the_instance(
    world: World, instance: Instance
) -> None:
    written = instance.credential()
    issued = instance.issue(written)
    revocation = issued.pop("credentialStatus")
    assert issued.pop("proof")
    assert issued == written
    assert revocation["statusPurpose"] == "revocation"
    suspendable = open_instance(world, suspendable=True, algorithm="EdDSA")
    statuses = suspendable.issue(suspendable.credential())["credentialStatus"]
    assert [each["statusPurpose"] for each in statuses] == ["revocation", "suspension"]
    for issuer, status in [(instance.did, revocation), *((suspendable.did, each) for each in statuses)]:
        assert status["type"] == "BitstringStatusListEntry"
        assert str(int(status["statusListIndex"])) == status["statusListIndex"]
        assert "statusSize" not in status
        listed = world.client.get(path_of(status["statusListCredential"]), headers=CLIENT)
        assert "json" in listed.headers["content-type"]
        assert listed.json()["issuer"] == issuer
        assert listed.json()["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
        assert listed.json()["credentialSubject"]["statusPurpose"] == status["statusPurpose"]


def test_the_writers_own_status_stays_beside_ours(instance: Instance) -> None:
    theirs = {"type": "BitstringStatusListEntry", "statusPurpose": "message", "statusListIndex": "3"} | {
        "statusListCredential": "https://vc.example/status/3"
    }
    for given in (theirs, [theirs]):
        issued = instance.issue(instance.credential(credentialStatus=given))
        assert issued["credentialStatus"][0] == theirs
        assert len(issued["credentialStatus"]) == 2


PINNED = {"id": V2, "digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"}
DRAFT = {"id": V2, "digestMultibase": "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k"}
"""The digests of the context as the Recommendation has it, and as W3C's suite believes it to be."""

ACCEPTED: list[Document] = [
    {"id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d"},
    {"id": "https://vc.example/credentials/1"},
    {"credentialSubject": [{"id": "did:example:1"}, {"id": "did:example:2"}]},
    {"validFrom": "2099-01-01T00:00:00Z"},
    {"validFrom": "2009-01-01T00:00:00.123Z", "validUntil": "2010-01-01T00:00:00+02:00"},
    {"name": "A name", "description": "What it is"},
    {"name": {"@value": "Ein Name", "@language": "de"}},
    {
        "name": [
            {"@value": "A name", "@language": "en"},
            {"@value": "اسم", "@language": "ar", "@direction": "rtl"},
        ]
    },
    {
        "@context": [V2, INLINE],
        "type": ["VerifiableCredential", "Inline"],
        "credentialSubject": SUBJECT | {"level": 4},
    },
    {"@context": [V2, INLINE], "credentialStatus": {"type": "InlineStatus"}},
    {"@context": [V2, INLINE], "evidence": {"type": "Inline"}},
    {
        "@context": [V2, INLINE],
        "termsOfUse": [{"type": "Inline"}, {"type": "Inline", "id": "https://vc.example/1"}],
    },
    {"@context": [V2, INLINE], "refreshService": {"type": "Inline", "id": "https://vc.example/1"}},
    {"credentialSchema": {"id": "https://vc.example/schema.json", "type": "JsonSchema"}},
    {"credentialSchema": [{"id": "https://vc.example/schema.json", "type": "JsonSchema"}]},
    {
        "@context": [V2, INLINE],
        "credentialSchema": {"id": "https://vc.example/schema.json", "type": "Inline"},
    },
    {"@context": [V2, INLINE], "type": ["https://vc.example/#Inline", "VerifiableCredential"]},
    {"relatedResource": [PINNED]},
    {"relatedResource": DRAFT},
]


def test_all_that_the_data_model_allows_is_enveloped_too(world: World) -> None:
    instance = open_instance(world, "vc+jwt")
    for change in ACCEPTED:
        written = instance.credential(**change)
        envelope = instance.issue(written)
        payload = envelope["id"].partition(",")[2].split(".")[1]
        assert json.loads(urlsafe_b64decode(payload + "==")) == written
        assert verify(world, envelope)["verified"]


def test_all_that_the_data_model_allows_is_issued(world: World, instance: Instance) -> None:
    for change in ACCEPTED:
        issued = instance.issue(instance.credential(**change), {})
        for name, value in change.items():
            kept = issued[name][0] if name == "credentialStatus" else issued[name]
            assert kept == value
        assert verify(world, issued)["verified"]
    named = {"id": instance.did, "name": "Community"}
    assert instance.issue(instance.credential(issuer=named))["issuer"] == named


# What is not ----------------------------------------------------------------------------------------

MALFORMED: list[Document] = [
    {"statusPurpose": ""},
    {"statusPurpose": ["revocation"]},
    {"statusListIndex": 3},
    {"statusListIndex": "03"},
    {"statusListIndex": "-1"},
    {"statusListIndex": "three"},
    {"statusListCredential": "not-a-url"},
    {"statusListCredential": ["https://vc.example/status/3"]},
    {"statusSize": 0},
    {"statusSize": "1"},
    {"statusSize": 64},
    {"statusSize": True},
    {"id": "https://vc.example/status/3"},
]

JUNK: list[Json] = [None, True, 4, [], "junk"]
REFUSED: dict[str, list[Json]] = {
    "@context": [
        None,
        {},
        False,
        [],
        [4],
        [{"foo": True}],
        ["https ://not-a-url"],
        ["123192875"],
        [DATA_INTEGRITY, V2],
    ],
    "type": [
        None,
        [],
        4,
        True,
        "junk",
        ["UndefinedType"],
        ["VerifiableCredential", "UndefinedType"],
        ["VerifiableCredential", None],
    ],
    "issuer": [
        *JUNK,
        {},
        {"id": None},
        {"id": "fake-issuer"},
        {"name": "nobody"},
        "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b",
    ],
    "credentialSubject": [
        *JUNK,
        {},
        [{}],
        [SUBJECT, {}],
        "did:example:1",
        {"id": ["did:example:1"]},
        {"invalidTerm": 1},
    ],
    "id": [["urn:a:b"], "not-a-url", 4],
    "validFrom": ["yesterday", "2016-01-01", "2016-01-01T00:00:00", 4],
    "validUntil": ["tomorrow", "2016-01-01"],
    "credentialStatus": [
        {"id": "https://vc.example/1"},
        {"type": 2},
        {"type": "BitstringStatusListEntry", "id": "no-url"},
        None,
        [],
        {},
        "https://vc.example/1",
        [{}],
        *(LISTED | change for change in MALFORMED),
        [LISTED, LISTED | MALFORMED[0]],
        {name: value for name, value in LISTED.items() if name != "statusListIndex"},
        LISTED | {"type": ["BitstringStatusListEntry"], "statusListIndex": 3},
    ],
    "evidence": [{}, {"id": "https://vc.example/1"}],
    "termsOfUse": [{}, {"id": "https://vc.example/1"}],
    "refreshService": [{"id": "https://vc.example/1"}],
    "credentialSchema": [
        {"id": "https://vc.example/1"},
        {"type": "JsonSchema"},
        {"id": "no-url", "type": "JsonSchema"},
    ],
    "name": [{"@value": "A", "@language": "en", "url": "https://vc.example"}],
    "description": [{"@value": "A", "@language": "en", "url": "https://vc.example"}],
    "relatedResource": [
        ["https://vc.example/1"],
        {"digestSRI": "sha384-x"},
        {"id": "https://vc.example/1"},
        {"id": V2, "digestMultibase": f"u{'A' * 43}"},
        [PINNED, PINNED],
    ],
    "statusEntry": [{"statusListIndex": "3"}],
    "invalidTerm": ["x"],
    "proof": [{"type": "DataIntegrityProof"}, None, []],
}


@pytest.mark.parametrize("cryptosuite", ["eddsa-rdfc-2022", "vc+jwt"])
def test_nothing_that_breaks_the_data_model_is_issued(world: World, cryptosuite: str) -> None:
    instance = open_instance(world, cryptosuite)
    for name, values in REFUSED.items():
        for value in values:
            problem = instance.refuse({"credential": instance.credential() | {name: value}})
            assert problem["code"] in {"invalid_payload", "unsignable_document"}, (name, value)
    for name in ("@context", "type", "issuer", "credentialSubject"):
        instance.refuse({"credential": instance.credential(**{name: None})})
    reversed_period = {"validFrom": "2016-01-02T00:00:00Z", "validUntil": "2016-01-01T00:00:00Z"}
    instance.refuse({"credential": instance.credential(**reversed_period)})
    with read_transaction(world.engine) as session:
        assert session.scalars(select(InstanceCredential)).all() == []
        assert session.scalars(select(StatusEntry)).all() == []


UNMAPPED: dict[str, Document] = {
    "a term of the data model with another meaning": {
        "@context": [V2, {"VerifiableCredential": "https://vc.example/#other"}]
    },
    "a protected term with another meaning": {
        "@context": [V2, INLINE, {"Inline": "https://vc.example/#other"}],
        "type": ["VerifiableCredential", "Inline"],
    },
    "a type without a vocabulary": {
        "@context": [V2, {"@vocab": None}],
        "type": ["VerifiableCredential", "Unmapped"],
    },
    "a type that is no URL": {
        "@context": [V2, {"Inline": "not-a-url"}],
        "type": ["VerifiableCredential", "Inline"],
    },
    "contexts in another order": {"@context": [INLINE, V2]},
    "a context that nobody has": {"@context": [V2, "https://vc.example/context"]},
    "a term that the context does not have": {
        "@context": [V2, INLINE],
        "credentialSubject": SUBJECT | {"invalidTerm": 4},
    },
}


@pytest.mark.parametrize("cryptosuite", ["eddsa-rdfc-2022", "vc+jwt"])
def test_nothing_is_issued_that_contexts_do_not_explain(world: World, cryptosuite: str) -> None:
    instance = open_instance(world, cryptosuite)
    for what, change in UNMAPPED.items():
        problem = instance.refuse({"credential": instance.credential(**change)})
        assert problem["code"] == "unsignable_document", what


def test_a_request_of_another_shape_is_refused(instance: Instance) -> None:
    good = instance.credential()
    bodies: list[Json] = [{}, [], "x", {"credential": None}, {"credential": []}, {"credential": "{}"}, good]
    options = [{"cryptosuite": "eddsa-jcs-2022"}, {"mandatoryPointers": ["/issuer"]}, {"credentialId": 4}, []]
    for body in [*bodies, *({"credential": good, "options": each} for each in options)]:
        assert instance.refuse(body)["verified"] is False


def test_a_fault_is_pointed_out_within_the_request(instance: Instance) -> None:
    problem = instance.refuse({"credential": instance.credential(validFrom="yesterday")})
    assert [error["pointer"] for error in problem["errors"]] == ["/credential/validFrom"]
    problem = instance.refuse({"credential": instance.credential(issuer="did:example:another")})
    assert problem["errors"][0]["hint"].startswith("Write did:key:")


# Who issues, and how often --------------------------------------------------------------------------


def test_issuing_needs_a_token_of_the_same_issuer_with_its_scope(world: World, instance: Instance) -> None:
    body = {"credential": instance.credential()}
    path = f"{instance.path}/issue"
    world.nobody.refused("POST", path, 401, "not_authenticated", json=body)
    for caller in (world.lms, world.reviewer, world.amina):
        caller.refused("POST", path, 403, "insufficient_scope", json=body)
    world.another_issuer().refused("POST", path, 404, "not_found", json=body)


def test_what_an_instance_issues_is_not_the_word_of_this_service(world: World, instance: Instance) -> None:
    for address in (
        "https://passports.example.org/credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
        "https://passports.example.org/%63redentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
        "https://PASSPORTS.example.org:443//credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
        "https://passports.example.org/a/../credentials/3f2c9d1e8b7a4c5d9e0f1a2b3c4d5e6f",
    ):
        problem = instance.refuse({"credential": instance.credential(id=address)})
        assert problem["errors"][0]["code"] == "id_not_ours"
    report = world.nobody.post("/verify", {"credential": instance.issue(instance.credential())}, 200)
    assert report["verdict"] == "verified"
    assert {check["id"]: check["code"] for check in report["checks"]}["issuer_trust"] == "issuer_not_known"


def test_a_keyed_request_issues_once(world: World, instance: Instance) -> None:
    credential = instance.credential()
    issued = [instance.issue(credential, **{"Idempotency-Key": "one"}) for _ in range(3)]
    assert issued[0] == issued[1] == issued[2]
    assert instance.issue(credential)["credentialStatus"] != issued[0]["credentialStatus"]
    with read_transaction(world.engine) as session:
        records = session.scalars(select(InstanceCredential)).all()
        assert len(records) == 2
        assert all(record.secured_sha256 and record.unsigned_sha256 for record in records)


# Status ---------------------------------------------------------------------------------------------


def now_of(world: World) -> datetime:
    now: datetime = state_of(world).clock()
    return now


def set_status(
    instance: Instance, credential_id: str, purpose: str, *, to: object, expect: int = 200, **more: str
) -> Json:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": purpose, **more}
    body = {"credentialId": credential_id, "credentialStatus": entry, "status": to}
    return instance.caller.send("POST", f"{instance.path}/status", expect, json=body)


def warnings_of(world: World, issued: Document) -> list[str]:
    """Return what the verifier warns of after the worker has published the lists."""
    set_clock(world, now_of(world) + timedelta(seconds=2))
    with transaction(world.engine) as session:
        for status_list in session.scalars(select(StatusList)):
            publish_status_list(session, status_list.id, site=state_of(world).site, now=now_of(world))
    return [warning["code"] for warning in verify(world, issued)["warnings"]]


def test_what_was_issued_is_suspended_reinstated_and_revoked(world: World) -> None:
    instance = open_instance(world, suspendable=True)
    issued = instance.issue(instance.credential(id="urn:uuid:86294362-4254-4f36-854f-3952fe42555d"))
    assert warnings_of(world, issued) == []
    assert set_status(instance, issued["id"], "suspension", to=True) == {"entries": 1}
    assert warnings_of(world, issued) == ["suspended"]
    assert set_status(instance, issued["id"], "suspension", to=False) == {"entries": 1}
    assert warnings_of(world, issued) == []
    for _ in range(2):
        assert set_status(instance, issued["id"], "revocation", to=True) == {"entries": 1}
    assert warnings_of(world, issued) == ["revoked"]
    problem = set_status(instance, issued["id"], "revocation", to=False, expect=400)
    assert problem["errors"][0]["code"] == "revocation_final"


def test_a_credential_without_an_id_is_named_by_its_issuer(world: World, instance: Instance) -> None:
    first, second = (instance.issue(instance.credential(), {"credentialId": "batch 7"}) for _ in range(2))
    assert "id" not in first
    place = first["credentialStatus"]
    place = {name: place[name] for name in ("statusListIndex", "statusListCredential")}
    assert set_status(instance, "batch 7", "revocation", to=True, **place) == {"entries": 1}
    assert set_status(instance, "batch 7", "revocation", to=True, id=first["credentialStatus"]["id"]) == {
        "entries": 1
    }
    for name, value in (("id", "https://vc.example/1"), ("statusListCredential", "https://vc.example/1")):
        set_status(instance, "batch 7", "revocation", to=True, expect=404, **{name: value})
    assert (warnings_of(world, first), warnings_of(world, second)) == (["revoked"], [])
    assert set_status(instance, "batch 7", "revocation", to=True) == {"entries": 2}
    assert warnings_of(world, second) == ["revoked"]


def test_only_what_an_instance_has_issued_has_a_status_there(world: World, instance: Instance) -> None:
    issued = instance.issue(instance.credential(id="urn:uuid:86294362-4254-4f36-854f-3952fe42555d"))
    set_status(instance, "urn:uuid:another", "revocation", to=True, expect=404)
    other = open_instance(world, "ecdsa-rdfc-2019")
    set_status(other, issued["id"], "revocation", to=True, expect=404)
    other.issue(other.credential(id=issued["id"]))
    set_status(other, issued["id"], "revocation", to=True, expect=404)
    elsewhere = Instance(world.another_issuer(), instance.key, instance.did)
    set_status(elsewhere, issued["id"], "revocation", to=True, expect=404)
    set_status(instance, issued["id"], "suspension", to=True, expect=404)
    set_status(instance, issued["id"], "refresh", to=True, expect=400)
    for unclear in ("true", 1):
        set_status(instance, issued["id"], "revocation", to=unclear, expect=400)
    assert warnings_of(world, issued) == []
