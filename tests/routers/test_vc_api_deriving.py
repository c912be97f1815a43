"""Holders deriving over the VC API what they want to show, request by request as W3C's suites ask."""

from sqlalchemy import select

from app.database import read_transaction
from app.models import InstanceCredential
from app.signing.data_integrity import DisclosureKeys, ProofOptions
from app.signing.dids import did_key, multikey_id
from app.signing.issue import secure_selectively
from app.signing.keys import P256Key
from tests.clients import Json, World
from tests.foreign_credentials import V1, Document, credential, secured
from tests.instances import LISTED, SUBJECT, open_instance, verify
from tests.ledgers import NOW
from tests.signing.others import P256


def derive(world: World, issued: Document, pointers: list[str], expect: int = 201) -> Json:
    body = {"verifiableCredential": issued, "options": {"selectivePointers": pointers}}
    return world.nobody.post("/vc-api/credentials/derive", body, expect)


def test_a_holder_shows_a_part_of_a_credential_that_anybody_verifies(world: World) -> None:
    instance = open_instance(world, "ecdsa-sd-2023", has_status=True)
    written = instance.credential(
        id="urn:uuid:86294362-4254-4f36-854f-3952fe42555d", name="Not for everybody"
    )
    issued = instance.issue(written, {"mandatoryPointers": ["/issuer"]})
    assert issued["proof"]["proofValue"].startswith("u2V0A")
    shown = derive(world, issued, ["/credentialSubject/name"])["verifiableCredential"]
    assert shown["credentialSubject"] == SUBJECT
    assert "name" not in shown
    assert (shown["issuer"], shown["credentialStatus"]) == (instance.did, issued["credentialStatus"])
    assert verify(world, shown)["warnings"] == []
    world.nobody.post("/vc-api/credentials/verify", {"verifiableCredential": issued}, 400)
    changed = shown | {"credentialSubject": SUBJECT | {"name": "Other"}}
    world.nobody.post("/vc-api/credentials/verify", {"verifiableCredential": changed}, 400)
    plain = open_instance(world, "ecdsa-sd-2023", algorithm="ES256")
    every: list[Json] = [None, {}, {"mandatoryPointers": []}]
    for options in every:
        again = plain.issue(plain.credential(), options)
        everything = derive(world, again, [""])["verifiableCredential"]
        assert verify(world, everything)["verified"]


def test_who_issued_it_and_until_when_it_holds_cannot_be_left_out(world: World) -> None:
    instance = open_instance(world, "ecdsa-sd-2023")
    theirs = LISTED | {"id": "https://vc.example/status/3#3"}
    written = instance.credential(
        name="Not for everybody", validFrom="2016-01-01T00:00:00Z", credentialStatus=theirs
    )
    issued = instance.issue(written, {"mandatoryPointers": ["/issuer"]})
    shown = derive(world, issued, ["/credentialSubject/id"])["verifiableCredential"]
    kept = {name: shown[name] for name in ("issuer", "validFrom", "credentialStatus")}
    assert kept == {name: written[name] for name in kept}
    assert "name" not in shown
    older = instance.issue(instance.credential(V1))
    shown = derive(world, older, ["/credentialSubject/id"])["verifiableCredential"]
    assert shown["issuanceDate"] == older["issuanceDate"]
    assert verify(world, shown)["verified"]


def test_a_part_that_no_verifier_would_take_is_not_derived(world: World) -> None:
    keys = DisclosureKeys.generate()
    key = P256Key(P256.public_key.raw)
    options = ProofOptions(multikey_id(did_key(key), key), NOW)
    base = secure_selectively(credential(P256), P256, options, [], keys)
    problem = derive(world, base, ["/credentialSubject/id"], 400)
    assert {error["code"] for error in problem["errors"]} == {"derived_not_conformant"}
    assert problem["errors"][0]["pointer"] == "/options/selectivePointers"
    assert "issuer" in problem["errors"][0]["detail"]
    both = derive(world, base, ["/credentialSubject/id", "/issuer"])["verifiableCredential"]
    assert verify(world, both)["verified"]
    instance = open_instance(world, "ecdsa-sd-2023")
    issued = instance.issue(instance.credential(name="A name"))
    problem = derive(world, issued, ["/name"], 400)
    assert "credentialSubject" in problem["errors"][0]["detail"]


def test_pointers_at_nothing_and_credentials_without_a_base_proof_are_refused(world: World) -> None:
    instance = open_instance(world, "ecdsa-sd-2023")
    for pointers in (["/nowhere"], ["issuer"], "/issuer", [4]):
        instance.refuse({"credential": instance.credential(), "options": {"mandatoryPointers": pointers}})
    wanted = {"mandatoryPointers": ["/issuer", "/nowhere"]}
    problem = instance.refuse({"credential": instance.credential(), "options": wanted})
    assert problem["errors"][0]["pointer"] == "/options/mandatoryPointers/1"
    with read_transaction(world.engine) as session:
        assert session.scalars(select(InstanceCredential)).all() == []
    issued = instance.issue(instance.credential())
    problem = derive(world, issued, ["/nowhere"], 400)
    assert problem["errors"][0]["pointer"] == "/options/selectivePointers/0"
    derive(world, issued, [], 400)
    derive(world, instance.credential(), ["/issuer"], 400)
    derive(world, issued | {"invalidTerm": 1}, ["/issuer"], 400)
    derive(world, secured(credential()), ["/issuer"], 400)
