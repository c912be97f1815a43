import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from app.signing.lint import conformance_faults, lint_document
from app.signing.scalars import SCALARS
from app.signing.shapes import ENUMERATIONS, SHAPES
from tests.signing.badges import (
    DATA,
    Document,
    badge,
    badge_1,
    list_document,
    needs_data,
    rich_badge,
    signed,
)

ACHIEVEMENT = "/credentialSubject/achievement"


def put(document: Document, pointer: str, value: object) -> Document:
    """Return a copy of `document` with `value` at `pointer`; the member is taken out when it is `...`."""
    changed = copy.deepcopy(document)
    *path, last = pointer.removeprefix("/").split("/")
    owner: Any = changed
    for name in path:
        owner = owner[int(name)] if isinstance(owner, list) else owner[name]
    if value is ...:
        del owner[last]
    else:
        owner[int(last) if isinstance(owner, list) else last] = value
    return changed


def codes(faults: tuple[Any, ...]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in faults]


@pytest.mark.parametrize("document", [badge(), rich_badge(), list_document((5,))])
def test_what_this_service_writes_is_clean_in_both_readings(document: Document) -> None:
    assert lint_document(document) == ()
    assert conformance_faults(document) == ()


BOTH = [
    ("/id", ..., "", "missing_member"),
    ("/id", "credential-7", "/id", "not_absolute_iri"),
    ("/id", "https://example.org/a b", "/id", "not_absolute_iri"),
    ("/id", 7, "/id", "not_absolute_iri"),
    ("/id", None, "/id", "null_value"),
    ("/type", ..., "/type", "type_missing"),
    ("/type", [7], "/type", "type_missing"),
    ("/issuer", ..., "", "missing_member"),
    ("/issuer/id", ..., "/issuer", "missing_member"),
    ("/issuer/type", ["Issuer"], "/issuer/type", "wrong_type"),
    ("/issuer", [], "/issuer", "not_an_object"),
    ("/issuer/image", "https://example.org/i.png", "/issuer/image", "not_an_object"),
    ("/issuer/image/type", "Picture", "/issuer/image/type", "wrong_type"),
    ("/issuer/image/alt", "x", "/issuer/image/alt", "unknown_member"),
    ("/issuer/parentOrg/dateOfBirth", "22.1.98", "/issuer/parentOrg/dateOfBirth", "not_a_date"),
    ("/issuer/address/geo/latitude", "6", "/issuer/address/geo/latitude", "not_a_number"),
    ("/issuer/address/geo/latitude", True, "/issuer/address/geo/latitude", "not_a_number"),
    ("/validFrom", ..., "", "missing_member"),
    ("/validFrom", "2016-03-04T12:00:00", "/validFrom", "not_a_datetime"),
    ("/validFrom", "2021-03-04T12:00:00Z", "/validUntil", "period_reversed"),
    ("/awardedDate", "yesterday", "/awardedDate", "not_a_datetime"),
    ("/name", 7, "/name", "not_text"),
    ("/credentialSubject", [badge()["credentialSubject"]], "/credentialSubject", "not_an_object"),
    ("/credentialSubject", {}, "/credentialSubject", "empty_object"),
    ("/credentialSubject/type", ["Person"], "/credentialSubject/type", "wrong_type"),
    ("/credentialSubject/achievement", ..., "/credentialSubject", "missing_member"),
    ("/credentialSubject/creditsEarned", "1", "/credentialSubject/creditsEarned", "not_a_number"),
    (
        "/credentialSubject/identifier/0/hashed",
        "true",
        "/credentialSubject/identifier/0/hashed",
        "not_a_boolean",
    ),
    (
        "/credentialSubject/identifier/0/identityType",
        "email",
        "/credentialSubject/identifier/0/identityType",
        "not_in_enumeration",
    ),
    ("/credentialSubject/identifier/0/a~b", 1, "/credentialSubject/identifier/0/a~0b", "unknown_member"),
    (
        "/credentialSubject/result/1/status",
        "Done",
        "/credentialSubject/result/1/status",
        "not_in_enumeration",
    ),
    ("/credentialSubject/result/1/status", ..., "/credentialSubject/result/1", "status_missing"),
    (
        "/credentialSubject/result/0/status",
        "ext:Done",
        "/credentialSubject/result/0/status",
        "not_in_enumeration",
    ),
    (
        "/credentialSubject/result/0/resultDescription",
        "urn:x:y",
        "/credentialSubject/result/0/resultDescription",
        "unknown_result_description",
    ),
    (
        "/credentialSubject/result/0/achievedLevel",
        "urn:x:y",
        "/credentialSubject/result/0/achievedLevel",
        "unknown_level",
    ),
    (f"{ACHIEVEMENT}/name", ..., ACHIEVEMENT, "missing_member"),
    (f"{ACHIEVEMENT}/description", ..., ACHIEVEMENT, "missing_member"),
    (f"{ACHIEVEMENT}/criteria", ..., ACHIEVEMENT, "missing_member"),
    (f"{ACHIEVEMENT}/criteria", {}, f"{ACHIEVEMENT}/criteria", "empty_object"),
    (f"{ACHIEVEMENT}/criteria", {"type": "Criteria"}, f"{ACHIEVEMENT}/criteria", "criteria_missing"),
    (f"{ACHIEVEMENT}/achievementType", "Passport", f"{ACHIEVEMENT}/achievementType", "not_in_enumeration"),
    (f"{ACHIEVEMENT}/achievementType", ["Badge"], f"{ACHIEVEMENT}/achievementType", "not_in_enumeration"),
    (f"{ACHIEVEMENT}/inLanguage", "English", f"{ACHIEVEMENT}/inLanguage", "not_a_language"),
    (f"{ACHIEVEMENT}/alignment/0/targetUrl", ..., f"{ACHIEVEMENT}/alignment/0", "missing_member"),
    (f"{ACHIEVEMENT}/endorsementJwt", ["a b"], f"{ACHIEVEMENT}/endorsementJwt/0", "not_a_jws"),
    (
        f"{ACHIEVEMENT}/resultDescription/0/requiredLevel",
        "urn:x:y",
        f"{ACHIEVEMENT}/resultDescription/0/requiredLevel",
        "unknown_level",
    ),
    ("/evidence/0/type", ["Proof"], "/evidence/0/type", "wrong_type"),
    ("/credentialStatus", [badge()["credentialStatus"], 7], "/credentialStatus/1", "not_an_object"),
    ("/credentialStatus/type", ..., "/credentialStatus/type", "type_missing"),
    ("/credentialSchema", [{"id": "https://example.org/s"}], "/credentialSchema/0/type", "type_missing"),
]


@pytest.mark.parametrize("check", [lint_document, conformance_faults])
@pytest.mark.parametrize(("place", "value", "pointer", "code"), BOTH)
def test_a_broken_rule_is_found_in_both_readings(
    check: Callable[[Document], tuple[Any, ...]],
    place: str,
    value: object,
    pointer: str,
    code: str,
) -> None:
    assert (pointer, code) in codes(check(put(rich_badge(), place, value)))


STRICT_ONLY = [
    ("/type", "VerifiableCredential", "/type", "type_form"),
    ("/issuer", "https://example.org/issuers/a", "/issuer", "issuer_form"),
    ("/issuer/type", "Profile", "/issuer/type", "type_form"),
    ("/issuer/image/type", ["Image"], "/issuer/image/type", "type_form"),
    ("/name", ..., "", "missing_member"),
    ("/name", {"en": "Passport"}, "/name", "not_text"),
    ("/name", [{"@value": "Passport", "@language": "en"}], "/name", "not_text"),
    ("/validFrom", "2016-03-04T12:00:00.5Z", "/validFrom", "fraction_of_second"),
    ("/credentialSubject/id", ..., "/credentialSubject", "subject_id_missing"),
    (f"{ACHIEVEMENT}/tag", "leadership", f"{ACHIEVEMENT}/tag", "not_an_array"),
    (f"{ACHIEVEMENT}/tag", [], f"{ACHIEVEMENT}/tag", "empty_array"),
    ("/evidence", rich_badge()["evidence"][0], "/evidence", "not_an_array"),
    (
        "/credentialSubject/result",
        rich_badge()["credentialSubject"]["result"][0],
        "/credentialSubject/result",
        "not_an_array",
    ),
    ("/proof", [{"type": "DataIntegrityProof"}], "/proof", "already_secured"),
    (
        "/@context/1",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
        "/@context",
        "context_order",
    ),
    ("/credentialStatus/type", "1EdTechRevocationList", "/credentialStatus", "status_entry_malformed"),
    ("/credentialStatus/statusListIndex", 5, "/credentialStatus", "status_entry_malformed"),
    ("/credentialStatus/statusListIndex", "05", "/credentialStatus", "status_entry_malformed"),
    ("/credentialStatus/statusPurpose", "message", "/credentialStatus", "status_entry_malformed"),
    ("/credentialStatus/statusListCredential", "list", "/credentialStatus", "status_entry_malformed"),
    ("/credentialStatus", [badge()["credentialStatus"]], "/credentialStatus", "status_form"),
    ("/credentialStatus", [badge()["credentialStatus"]] * 2, "/credentialStatus", "status_form"),
    (
        "/credentialStatus",
        [badge()["credentialStatus"], badge()["credentialStatus"] | {"statusPurpose": "message"}],
        "/credentialStatus/1",
        "status_entry_malformed",
    ),
    (
        "/credentialStatus/id",
        badge()["credentialStatus"]["statusListCredential"],
        "/credentialStatus",
        "status_entry_malformed",
    ),
]


@pytest.mark.parametrize(("place", "value", "pointer", "code"), STRICT_ONLY)
def test_what_others_may_write_is_still_not_written_here(
    place: str,
    value: object,
    pointer: str,
    code: str,
) -> None:
    document = put(rich_badge(), place, value)
    assert (pointer, code) in codes(lint_document(document))
    assert code not in [found for _, found in codes(conformance_faults(document))]


@pytest.mark.parametrize(
    "contexts",
    [
        [],
        "https://www.w3.org/ns/credentials/v2",
        ["https://www.w3.org/ns/credentials/v2"],
        ["https://www.w3.org/ns/credentials/v2", "https://example.org/context.json"],
        list(reversed(badge()["@context"])),
        ["https://www.w3.org/ns/credentials/v2", {"name": "https://schema.org/name"}],
    ],
)
def test_the_contexts_of_a_badge_come_in_their_order(contexts: object) -> None:
    document = badge(**{"@context": contexts})
    for check in (lint_document, conformance_faults):
        assert [pointer for pointer, _ in codes(check(document))] == ["/@context"]


def test_data_model_1_is_read_by_its_own_rules_and_never_signed() -> None:
    assert conformance_faults(badge_1()) == ()
    assert lint_document(badge_1()) != ()
    without = put(badge_1(), "/issuanceDate", ...)
    assert codes(conformance_faults(without)) == [("", "missing_member")]
    only_one = {**badge_1(), "@context": "https://www.w3.org/2018/credentials/v1"}
    assert codes(conformance_faults(only_one)) == [("/@context", "context_order")]
    backwards = {**badge_1(), "expirationDate": "2016-03-04T11:59:59Z"}
    assert codes(conformance_faults(backwards)) == [("/expirationDate", "period_reversed")]


@pytest.mark.parametrize("identifier", [..., []])
def test_a_subject_without_id_and_identifier_is_nobody(identifier: object) -> None:
    document = put(badge(), "/credentialSubject/identifier", identifier)
    document = put(document, "/credentialSubject/id", ...)
    assert codes(conformance_faults(document)) == [("/credentialSubject", "subject_not_identified")]


def test_a_badge_needs_no_status() -> None:
    assert lint_document(put(badge(), "/credentialStatus", ...)) == ()


def test_only_the_first_faults_of_a_bad_document_are_listed() -> None:
    assert len(conformance_faults(badge(evidence=[1] * 1000))) == 100


def test_a_document_that_is_no_object_is_a_fault_and_no_crash() -> None:
    assert codes(lint_document([])) == [("", "not_an_object")]  # type: ignore[arg-type] # what a careless caller does
    assert codes(conformance_faults({})) == [("", "empty_object")]


LIST_FAULTS: list[tuple[Document, tuple[str, str]]] = [
    (
        list_document(subject={"encodedList": "uH4sI"}),
        ("/credentialSubject/encodedList", "not_a_status_list"),
    ),
    (list_document(subject={"encodedList": 7}), ("/credentialSubject/encodedList", "not_a_status_list")),
    (list_document(subject={"ttl": -1}), ("/credentialSubject/ttl", "not_a_number")),
    (list_document(subject={"ttl": "60000"}), ("/credentialSubject/ttl", "not_a_number")),
    (list_document(subject={"statusPurpose": []}), ("/credentialSubject/statusPurpose", "not_text")),
    (list_document(subject={"statusPurpose": 7}), ("/credentialSubject/statusPurpose", "not_text")),
    (list_document(subject={"type": "List"}), ("/credentialSubject/type", "wrong_type")),
    (list_document(issuer={"name": "Acme"}), ("/issuer", "missing_member")),
]


@pytest.mark.parametrize(("document", "fault"), LIST_FAULTS)
def test_a_status_list_has_rules_of_its_own(document: Document, fault: tuple[str, str]) -> None:
    assert fault in codes(lint_document(document))
    assert fault in codes(conformance_faults(document))


def test_a_status_list_of_ours_has_one_context_only() -> None:
    document = list_document(**{"@context": badge()["@context"]})
    assert codes(lint_document(document)) == [("/@context", "context_order")]
    assert conformance_faults(document) == ()


PLAIN: Document = {
    "@context": "https://www.w3.org/ns/credentials/v2",
    "type": "VerifiableCredential",
    "issuer": "did:example:a",
    "credentialSubject": [{"id": "did:example:b"}, {"name": "B"}],
}


def test_a_plain_credential_is_judged_by_the_data_model_alone() -> None:
    assert conformance_faults(PLAIN) == ()
    assert conformance_faults({**PLAIN, "issuer": {"id": "did:example:a"}}) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": {"name": "A"}},
        {"issuer": "fake-issuer"},
        {"credentialSubject": [{}]},
        {"credentialSubject": []},
        {"validFrom": "2016"},
        {"evidence": [{"id": "urn:x:y"}]},
        {"type": ["Other"]},
        {"@context": []},
        {"@context": "https://example.org/"},
        {"@id": "urn:x:y"},
    ],
)
def test_a_plain_credential_breaks_the_rules_of_the_data_model(change: Document) -> None:
    assert conformance_faults({**PLAIN, **change})


def test_an_endorsement_has_its_own_class() -> None:
    endorsement = badge(type=["VerifiableCredential", "EndorsementCredential"])
    assert ("/credentialSubject/type", "wrong_type") in codes(conformance_faults(endorsement))
    endorsement["credentialSubject"] = {"id": "urn:x:y", "type": ["EndorsementSubject"]}
    assert conformance_faults(endorsement) == ()
    nested = badge(endorsement=[{**endorsement, "name": 7}])
    assert ("/endorsement/0/name", "not_text") in codes(conformance_faults(nested))


def test_every_name_in_the_table_is_defined() -> None:
    members = [member for shape in SHAPES.values() for member in shape.members.values()]
    assert {member.shape for member in members} - {None} <= SHAPES.keys()
    assert {member.scalar for member in members} - {""} <= ENUMERATIONS.keys() | SCALARS.keys()
    assert any(member.shape and member.scalar for member in members)
    assert set(ENUMERATIONS).isdisjoint(SHAPES)


@needs_data
@pytest.mark.parametrize("document", [badge(), rich_badge()])
def test_the_official_schema_accepts_what_passes_here(document: Document) -> None:
    schema = json.loads((DATA / "schemas/ob_v3p0_achievementcredential_schema.json").read_text())
    validator = jsonschema.Draft201909Validator(schema, format_checker=jsonschema.FormatChecker())
    validator.validate(document)
    validator.validate(signed(document))


@needs_data
def test_the_table_has_the_members_of_the_official_schema_and_demands_the_same() -> None:
    schema = json.loads((DATA / "schemas/ob_v3p0_achievementcredential_schema.json").read_text())
    classes = {**schema["$defs"], "AchievementCredential": schema}
    for name, official in classes.items():
        if "properties" not in official:
            continue
        shape = SHAPES[name]
        members = official["properties"].keys() - {"type"}
        assert name == "Proof" or set(shape.members) == members, name
        assert set(shape.required) == set(official.get("required", [])) - {"type"}, name
        assert shape.closed == (official.get("additionalProperties") is False), name
        assert shape.typed == ("type" in official.get("required", [])), name
        arrays = {
            member
            for member in members - {"@context"}
            if "array" in json.dumps(official["properties"][member].get("oneOf", ""))
        }
        assert name == "Proof" or {
            member for member, rule in shape.members.items() if rule.array
        } == arrays | ({"@context"} & members), name
        beyond = {member for member, rule in shape.members.items() if rule.many and not rule.array}
        assert beyond == {"credentialStatus"} & members, name  # VCDM 2.0 allows several


@needs_data
def test_the_enumerations_are_those_of_the_official_schema() -> None:
    schema = (DATA / "schemas/ob_v3p0_achievementcredential_schema.json").read_text()
    official = []

    def collect(value: object) -> None:
        if isinstance(value, dict):
            if len(value.get("enum", [])) > 3:
                official.append(frozenset(value["enum"]))
            for member in value.values():
                collect(member)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    collect(json.loads(schema))
    assert set(official) == set(ENUMERATIONS.values())
