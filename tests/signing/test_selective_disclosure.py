"""ecdsa-sd-2023: what the issuer signs, what the holder leaves out, and what a verifier accepts of it."""

import copy
from typing import Any

import pytest

from app.errors import InvalidPayloadError, InvalidSignatureError, UnsignableDocumentError
from app.signing import cbor, dids, issue, multibase
from app.signing.data_integrity import DisclosureKeys, ProofOptions, create_base_proof, verify_proof
from app.signing.data_integrity.pointers import MAX_POINTERS, select
from app.signing.data_integrity.proof_values import BaseValue, DerivedValue
from app.signing.data_integrity.statements import Statements
from app.signing.jsonld import canonize, labels
from app.signing.keys import P256Signer
from tests.signing.badges import CREATED, SIGNER, Document, badge_1, codes, judge, rich_badge
from tests.signing.others import P384

ISSUER = P256Signer.from_scalar(bytes(range(1, 33)))
DID = dids.did_key(ISSUER.public_key)
OPTIONS = ProofOptions(dids.multikey_id(DID, ISSUER.public_key), CREATED)
KEYS = DisclosureKeys(bytes(range(32)), P256Signer.from_scalar(bytes(range(2, 34))))
MANDATORY = (
    "/issuer",
    "/validFrom",
    "/credentialSubject/id",
    "/credentialSubject/achievement/name",
    "/credentialSubject/achievement/description",
    "/credentialSubject/achievement/criteria",
)
"""What a badge has at least, so that every disclosed one keeps the rules."""


def document(**changes: object) -> Document:
    made = {**rich_badge(), "issuer": {"id": DID, "type": ["Profile"], "name": "Acme"}, **changes}
    made.pop("credentialStatus", None)
    made["credentialSubject"]["achievement"]["tag"] = ["leadership", "working open"]
    return made


def base(*pointers: str, **changes: object) -> Document:
    return issue.secure_selectively(document(**changes), ISSUER, OPTIONS, pointers or MANDATORY, KEYS)


BASE = base()


def found(credential: Document) -> tuple[str, bool]:
    report = judge(credential, did_documents={})
    return codes(report)["proof"], report.verified


# Issuing --------------------------------------------------------------------------------------------


def test_a_base_proof_has_five_parts_without_tags() -> None:
    data = multibase.decode_base64url(BASE["proof"]["proofValue"])
    assert data[:3] == bytes.fromhex("d95d00")
    signature, key, hmac_key, signatures, pointers = cbor.decode(data[3:])
    assert (len(signature), len(key), hmac_key, pointers) == (64, 35, KEYS.hmac_key, list(MANDATORY))
    statements = Statements(document(), KEYS.hmac_key)
    assert len(signatures) == len(statements.all) - len(statements.pick(MANDATORY).positions) > 20
    assert {len(each) for each in signatures} == {64}
    assert BASE["proof"]["cryptosuite"] == "ecdsa-sd-2023"


def test_the_same_document_and_keys_give_the_same_bytes_and_new_keys_others() -> None:
    assert base() == BASE
    fresh = issue.secure_selectively(document(), ISSUER, OPTIONS, MANDATORY, DisclosureKeys.generate())
    assert fresh["proof"]["proofValue"] != BASE["proof"]["proofValue"]


def test_pointers_are_in_the_base_proof_though_none_were_asked_for() -> None:
    proof = create_base_proof(document(), ISSUER, OPTIONS, [], KEYS)
    value = BaseValue.read(proof["proofValue"])
    statements = Statements(document(), KEYS.hmac_key)
    assert (value.mandatory_pointers, len(value.signatures)) == ((), len(statements.all))


@pytest.mark.parametrize(
    "pointer",
    [
        "/issuers",
        "/issuer/0",
        "/evidence/1",
        "/evidence/01",
        "/evidence/-",
        "/evidence/name",
        "/name/0",
        "issuer",
        "/a~2b",
        "/@context",
        "/@context/0",
        "/proof",
        "//",
    ],
)
def test_a_pointer_that_points_at_nothing_is_refused(pointer: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        base("/issuer", pointer)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, "pointer_not_found")]
    with pytest.raises(InvalidPayloadError):
        issue.derive(BASE, [pointer])


@pytest.mark.parametrize("pointers", [[7], [None], ["/issuer", ["/name"]]])
def test_a_pointer_that_is_no_text_is_refused(pointers: list[Any]) -> None:
    with pytest.raises(InvalidPayloadError):
        issue.derive(BASE, pointers)


def test_there_may_not_be_too_many_pointers() -> None:
    with pytest.raises(InvalidPayloadError, match="more than"):
        base(*["/issuer"] * (MAX_POINTERS + 1))


@pytest.mark.parametrize("signer", [SIGNER, P384])
def test_a_key_of_another_type_makes_no_base_proof(signer: Any) -> None:  # noqa: ANN401 (two types)
    with pytest.raises(UnsignableDocumentError, match="with this key"):
        issue.secure_selectively(document(), signer, OPTIONS, MANDATORY, KEYS)


def test_what_json_ld_would_drop_is_not_signed() -> None:
    with pytest.raises(UnsignableDocumentError):
        base(undefinedTerm="x")
    bad_options = ProofOptions(OPTIONS.verification_method, CREATED, id="no IRI")
    with pytest.raises(UnsignableDocumentError):
        issue.secure_selectively(document(), ISSUER, bad_options, MANDATORY, KEYS)


def test_text_that_implementations_order_apart_is_not_signed() -> None:
    person = {"id": "urn:uuid:1", "type": ["Profile"]}
    names = [{**person, "name": f"{text}"} for text in ("\U0001f600", "\ue000")]
    with pytest.raises(UnsignableDocumentError):
        base(evidence=[{"id": "urn:x:1", "type": ["Evidence"], "name": each["name"]} for each in names])


def test_a_document_of_too_many_statements_is_not_signed() -> None:
    tags = [f"tag {number}" for number in range(5_000)]
    made = document()
    made["credentialSubject"]["achievement"]["tag"] = tags
    with pytest.raises(UnsignableDocumentError, match="more than"):
        issue.secure_selectively(made, ISSUER, OPTIONS, MANDATORY, KEYS)


def test_a_base_proof_is_not_for_verifiers() -> None:
    report = judge(BASE, did_documents={})
    assert (codes(report)["proof"], report.verified) == ("proof_invalid", False)
    assert "base proof, for the holder alone" in report.checks[2].detail


# Disclosing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "selective",
    [
        [],
        ["/name"],
        ["/evidence/0"],
        ["/evidence/0/name", "/evidence"],
        ["/credentialSubject/result", "/credentialSubject/achievement/resultDescription"],
        ["/credentialSubject/achievement/tag/1"],
        ["/credentialSubject/achievement", "/credentialSubject/achievement/alignment/0/targetName"],
        [""],
    ],
    ids=str,
)
def test_what_is_disclosed_is_verified(selective: list[str]) -> None:
    derived = issue.derive(BASE, selective)
    assert found(derived) == ("proof_valid", True)
    value = multibase.decode_base64url(derived["proof"]["proofValue"])
    assert value[:3] == bytes.fromhex("d95d01")
    assert derived["proof"] | {"proofValue": ""} == BASE["proof"] | {"proofValue": ""}
    assert found({**derived, "validFrom": "2016-03-04T12:00:01Z"}) == ("proof_invalid", False)


def test_only_what_is_pointed_at_is_shown() -> None:
    derived = issue.derive(BASE, ["/credentialSubject/achievement/tag/1"])
    full = document()
    achievement = full["credentialSubject"]["achievement"]
    assert derived["credentialSubject"]["achievement"] == {
        **{name: achievement[name] for name in ("id", "type", "name", "description", "criteria")},
        "tag": [achievement["tag"][1]],
    }
    assert set(derived) == {"@context", "id", "type", "issuer", "validFrom", "credentialSubject", "proof"}
    everything = issue.derive(BASE, [""])
    assert {name: value for name, value in everything.items() if name != "proof"} == full


def test_a_credential_of_data_model_1_is_disclosed_too() -> None:
    made = {**badge_1(), "issuer": {"id": DID, "type": ["Profile"], "name": "Acme"}}
    made.pop("credentialStatus", None)
    pointers = ("/issuer", "/issuanceDate", *MANDATORY[2:])
    secured = issue.secure_selectively(made, ISSUER, OPTIONS, pointers, KEYS)
    assert secured["@context"][-1] == "https://w3id.org/security/data-integrity/v2"
    assert found(issue.derive(secured, [])) == ("proof_valid", True)


def test_an_ordered_list_is_disclosed_whole_or_not_at_all() -> None:
    path = "/credentialSubject/achievement/resultDescription/0/allowedValue"
    made = document()
    made["credentialSubject"]["achievement"]["resultDescription"][0]["allowedValue"] = ["low", "high", "low"]
    made["credentialSubject"]["achievement"]["resultDescription"][1]["allowedValue"] = ["low", "high"]
    secured = issue.secure_selectively(made, ISSUER, OPTIONS, MANDATORY, KEYS)
    derived = issue.derive(secured, [path])
    assert found(derived)[0] == "proof_valid"
    assert derived["credentialSubject"]["achievement"]["resultDescription"][0]["allowedValue"] == [
        "low",
        "high",
        "low",
    ]
    for part in (f"{path}/0", f"{path}/1"):
        with pytest.raises(InvalidPayloadError) as caught:
            issue.derive(secured, [part])
        assert [fault.code for fault in caught.value.faults] == ["pointer_into_list"]


def test_names_that_a_document_uses_itself_are_left_alone() -> None:
    evidence = [{"id": f"urn:bnid:{number}:0", "type": ["Evidence"], "name": "A"} for number in range(3)]
    derived = issue.derive(base(evidence=evidence), ["/evidence/1"])
    assert derived["evidence"] == [evidence[1]]
    assert found(derived) == ("proof_valid", True)


def test_other_proofs_stay_behind() -> None:
    both = issue.secure_selectively(
        issue.secure(document(), ISSUER, "ecdsa-rdfc-2019", OPTIONS), ISSUER, OPTIONS, MANDATORY, KEYS
    )
    assert [proof["cryptosuite"] for proof in both["proof"]] == ["ecdsa-rdfc-2019", "ecdsa-sd-2023"]
    derived = issue.derive(both, ["/name"])
    assert derived["proof"]["cryptosuite"] == "ecdsa-sd-2023"
    assert found(derived) == ("proof_valid", True)


@pytest.mark.parametrize(
    "proof", [None, [], "proof", BASE["proof"] | {"cryptosuite": "ecdsa-rdfc-2019"}, [BASE["proof"]] * 2]
)
def test_without_one_base_proof_there_is_nothing_to_derive(proof: object) -> None:
    with pytest.raises(InvalidPayloadError, match="not one ecdsa-sd-2023 proof"):
        issue.derive({**document(), "proof": proof}, ["/name"])


def test_a_derived_proof_is_not_derived_from() -> None:
    with pytest.raises(InvalidPayloadError, match="does not begin"):
        issue.derive(issue.derive(BASE, []), ["/name"])


def test_a_base_proof_of_another_document_discloses_nothing() -> None:
    with pytest.raises(InvalidPayloadError, match="not one over this document"):
        issue.derive(
            {**BASE, "description": "Another", "awardedDate": "2016-03-05T12:00:00Z", "image": None}
            | {"evidence": BASE["evidence"] * 2 + [{"type": ["Evidence"], "name": "More"}]}
            | {"image": BASE["image"]},
            ["/name"],
        )


def test_with_no_pointers_at_all_nothing_is_shown() -> None:
    proof = create_base_proof(document(), ISSUER, OPTIONS, [], KEYS)
    with pytest.raises(InvalidPayloadError, match="nothing to show"):
        issue.derive({**document(), "proof": proof}, [])


def test_a_part_without_statements_of_its_own_cannot_be_signed_so() -> None:
    """An object within a JSON literal is no thing that could have a name."""
    schema = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "JsonSchemaCredential"],
        "issuer": DID,
        "credentialSubject": {"id": "https://example.org/s", "type": "JsonSchema", "jsonSchema": {"a": {}}},
    }
    with pytest.raises(UnsignableDocumentError, match="no statements of its own"):
        issue.secure_selectively(schema, ISSUER, OPTIONS, [], KEYS)


def test_a_presentation_is_not_disclosed_in_parts() -> None:
    """Each credential in it is a graph without a name."""
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [document()],
    }
    with pytest.raises(UnsignableDocumentError, match="neither an id nor a place"):
        issue.secure_selectively(shown, ISSUER, OPTIONS, [], KEYS)


# Proof values ---------------------------------------------------------------------------------------

DERIVED = issue.derive(BASE, ["/name", "/evidence"])


def with_value(text: object) -> Document:
    return {**DERIVED, "proof": {**DERIVED["proof"], "proofValue": text}}


def parts_of(credential: Document) -> list[Any]:
    data = multibase.decode_base64url(credential["proof"]["proofValue"])
    parts: list[Any] = cbor.decode(data[3:])
    return parts


def value_of(parts: object, header: str = "d95d01") -> str:
    return multibase.encode_base64url(bytes.fromhex(header) + cbor.encode(parts))


def changed(position: int, value: object) -> str:
    parts = parts_of(DERIVED)
    parts[position] = value
    return value_of(parts)


PARTS = parts_of(DERIVED)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "u",
        "z1",
        value_of(PARTS, "d95d02"),
        value_of(PARTS[:4]),
        value_of({1: 2}),
        changed(0, PARTS[0][:-1]),
        changed(0, PARTS[0][:-1] + bytes([PARTS[0][-1] ^ 1])),
        changed(1, b"\xed\x01" + PARTS[1][2:]),
        changed(1, PARTS[1][:-1]),
        changed(1, KEYS.statements.public_key.raw),
        changed(2, PARTS[2][:-1]),
        changed(2, [*PARTS[2], PARTS[2][0]]),
        changed(2, PARTS[2][::-1]),
        changed(2, [b""] * len(PARTS[2])),
        changed(2, 7),
        changed(2, [PARTS[2][0]] * 5_001),
        changed(3, {}),
        changed(3, []),
        changed(3, {number: digest[:-1] for number, digest in PARTS[3].items()}),
        changed(3, {number: digest[::-1] for number, digest in PARTS[3].items()}),
        changed(4, PARTS[4][:-1]),
        changed(4, [*PARTS[4], 10_000]),
        changed(4, [*PARTS[4][:-1], PARTS[4][0]]),
        changed(4, ["0"]),
        changed(4, 7),
    ],
)
def test_another_proof_value_is_refused(text: object) -> None:
    assert found(with_value(text)) == ("proof_invalid", False)


def test_every_byte_of_the_proof_value_counts() -> None:
    data = multibase.decode_base64url(DERIVED["proof"]["proofValue"])
    for position in range(0, len(data), 7):
        other = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        assert found(with_value(multibase.encode_base64url(other))) == ("proof_invalid", False), position


def test_one_thing_is_not_shown_as_two() -> None:
    """Every signature is good, and the two halves of one alignment would look like two alignments."""
    path = "/credentialSubject/achievement/alignment/0"
    secured = base("/issuer")
    derived = issue.derive(secured, [path])
    whole = derived["credentialSubject"]["achievement"]["alignment"][0]
    halves = [{name: whole[name] for name in whole if name != left} for left in ("targetCode", "targetType")]
    bare = {name: value for name, value in derived.items() if name != "proof"}
    bare["credentialSubject"]["achievement"]["alignment"] = halves
    statements = Statements(document(), KEYS.hmac_key)
    mandatory = {statements.all[position] for position in statements.pick(["/issuer"]).positions}
    others = [line for line in statements.all if line not in mandatory]
    signatures = dict(zip(others, parts_of(secured)[3], strict=True))
    (label,) = statements.pick([path]).labels.values()
    lines = labels.statements(canonize(bare))
    merged = sorted(labels.relabelled(line, {"_:c14n0": label, "_:c14n1": label}) for line in lines)
    digest = multibase.decode_base64url(label[2:])
    parts = [
        *parts_of(derived)[:2],
        [signatures[line] for line in merged if line not in mandatory],
        {0: digest, 1: digest},
        [index for index, line in enumerate(merged) if line in mandatory],
    ]
    with pytest.raises(InvalidSignatureError, match="Two labels"):
        verify_proof(bare, {**derived["proof"], "proofValue": value_of(parts)}, ISSUER.public_key)


def test_a_signature_by_another_key_is_refused() -> None:
    other = P256Signer.from_scalar(bytes(range(9, 41)))
    proof = create_base_proof(document(), other, OPTIONS, MANDATORY, KEYS)
    assert found(issue.derive({**document(), "proof": proof}, [])) == ("proof_invalid", False)


def test_nothing_can_be_added_to_what_was_disclosed() -> None:
    hidden = issue.derive(BASE, [])
    assert found({**hidden, "name": document()["name"]}) == ("proof_invalid", False)
    less = copy.deepcopy(DERIVED)
    del less["name"]
    assert found(less) == ("proof_invalid", False)


@pytest.mark.parametrize(
    "parts",
    [
        [b"\0" * 64, PARTS[1], b"\0" * 31, [], []],
        [b"\0" * 64, PARTS[1], b"\0" * 32, [], [7]],
        [b"\0" * 64, PARTS[1], b"\0" * 32, [], 7],
        [b"\0" * 64, PARTS[1], b"\0" * 32, [], []][:4],
    ],
)
def test_a_malformed_base_value_is_refused(parts: list[Any]) -> None:
    with pytest.raises(InvalidPayloadError):
        BaseValue.read(value_of(parts, "d95d00"))


def test_values_are_read_as_they_were_written() -> None:
    for kind, credential in ((BaseValue, BASE), (DerivedValue, DERIVED)):
        text = credential["proof"]["proofValue"]
        assert kind.read(text).text() == text


def test_a_proof_for_another_purpose_is_refused() -> None:
    proof = {**DERIVED["proof"], "proofPurpose": "authentication"}
    bare = {name: value for name, value in DERIVED.items() if name != "proof"}
    with pytest.raises(InvalidSignatureError, match="purpose"):
        verify_proof(bare, proof, ISSUER.public_key)


# Pointers -------------------------------------------------------------------------------------------


def test_what_is_picked_brings_along_what_it_is_a_part_of() -> None:
    whole = {
        "@context": "urn:c",
        "id": "urn:1",
        "type": "T",
        "a/b": {"m~n": [1, [2, 3], {"id": "urn:2", "x": 4, "y": 5}]},
        "other": 6,
    }
    common = {"@context": "urn:c", "id": "urn:1", "type": "T"}
    assert select(whole, ["/a~1b/m~0n/2/x"]) == {**common, "a/b": {"m~n": [{"id": "urn:2", "x": 4}]}}
    assert select(whole, ["/a~1b/m~0n/2", "/a~1b/m~0n/0"]) == {
        **common,
        "a/b": {"m~n": [1, {"id": "urn:2", "x": 4, "y": 5}]},
    }
    assert select(whole, ["/a~1b", "/a~1b/m~0n/1/0"]) == {**common, "a/b": whole["a/b"]}
    assert select(whole, ["/a~1b/m~0n/1/1", "/a~1b/m~0n/1/0"]) == {**common, "a/b": {"m~n": [[2, 3]]}}
    assert select(whole, ["", "/other"]) == whole
    assert select(whole, []) == {}


def test_what_is_picked_is_a_copy() -> None:
    whole: Document = {"a": {"b": [1]}}
    select(whole, ["/a"])["a"]["b"].append(2)
    assert whole == {"a": {"b": [1]}}
