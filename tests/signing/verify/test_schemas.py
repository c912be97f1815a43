"""Check 2, as far as a credential asks for it itself: the schemas that it names."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.errors import Fault, InvalidPayloadError, TooComplexError
from app.signing import json_schemas
from app.signing.verify import ApplySchema, Check, Unavailable, needs, open_credential, references_of, verify
from tests.signing.badges import Document, badge, gathered, signed

URL = "https://schemas.example.org/badge.json"
OFFICIAL = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
EDTECH, VC = "1EdTechJsonSchemaValidator2019", "JsonSchema"


def naming(*schemas: tuple[str, str]) -> Document:
    """Return a badge that names schemas; its proof does not cover them, which is another check."""
    extensions = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
    return {
        **signed(badge()),
        "@context": [*badge()["@context"], extensions],
        "credentialSchema": [{"id": url, "type": kind} for url, kind in schemas],
    }


def conformance(
    credential: Document,
    schemas: Mapping[str, Mapping[str, Any] | Unavailable],
    apply_schema: ApplySchema | None = json_schemas.apply,
) -> Check:
    known = replace(gathered(), schemas=schemas, apply_schema=apply_schema)
    return verify(open_credential(credential), known).checks[1]


def refusing(error: Exception) -> ApplySchema:
    def apply(*_: object) -> tuple[Fault, ...]:
        raise error

    return apply


@pytest.mark.parametrize("kind", [EDTECH, VC])
def test_a_schema_that_is_kept_or_broken_decides(kind: str) -> None:
    credential = naming((URL, kind))
    assert conformance(credential, {URL: {"required": ["credentialSubject"]}}).code == "conforms"
    broken = conformance(credential, {URL: {"properties": {"credentialSubject": {"required": ["shoeSize"]}}}})
    assert (broken.outcome, broken.code) == ("fail", "schema_invalid")
    assert "/credentialSubject: 'shoeSize' is a required property" in broken.detail
    assert URL in broken.detail


def test_the_first_faults_are_shown_and_that_there_are_more() -> None:
    many = conformance(naming((URL, VC)), {URL: {"additionalProperties": False, "required": [*"abcdef"]}})
    assert many.detail.endswith("; and more")


def test_the_schemas_of_open_badges_are_covered_by_our_own_rules() -> None:
    for name in ("achievementcredential", "anyachievementcredential"):
        credential = naming((OFFICIAL.replace("achievementcredential", name), EDTECH))
        assert needs(open_credential(credential)).schema_urls == ()
        assert conformance(credential, {}, None).code == "conforms"


def test_they_cover_no_credential_of_another_class() -> None:
    credential = {**naming((OFFICIAL, EDTECH)), "type": ["VerifiableCredential"]}
    assert needs(open_credential(credential)).schema_urls == (OFFICIAL,)
    assert conformance(credential, {}).code == "schema_unreachable"


Schemas = Mapping[str, Mapping[str, Any] | Unavailable]


@pytest.mark.parametrize(
    ("kind", "schemas", "apply_schema", "code"),
    [
        (
            VC,
            {URL: Unavailable("The server is down.", "Try again.")},
            json_schemas.apply,
            "schema_unreachable",
        ),
        (VC, {}, json_schemas.apply, "schema_unreachable"),
        (VC, {URL: {}}, None, "schema_not_applied"),
        (VC, {URL: {}}, refusing(TooComplexError("Endless.")), "schema_too_costly"),
        (VC, {URL: {}}, refusing(InvalidPayloadError("It is no schema.")), "schema_unusable"),
        ("JsonSchemaCredential", {URL: {}}, json_schemas.apply, "schema_unsupported"),
    ],
)
def test_a_schema_that_cannot_be_applied_leaves_it_open(
    kind: str, schemas: Schemas, apply_schema: ApplySchema | None, code: str
) -> None:
    found = conformance(naming((URL, kind)), schemas, apply_schema)
    assert (found.outcome, found.code) == ("unknown", code)
    assert found.remedy or code in {"schema_not_applied", "schema_unreachable"}


def test_of_several_schemas_the_worst_counts() -> None:
    credential = naming((f"{URL}1", VC), (f"{URL}2", VC), (f"{URL}3", "JsonSchemaCredential"))
    schemas = {f"{URL}1": {}, f"{URL}2": {"required": ["shoeSize"]}}
    assert conformance(credential, schemas).code == "schema_invalid"
    assert conformance(credential, {**schemas, f"{URL}2": {}}).code == "schema_unsupported"


def test_four_schemas_are_asked_for() -> None:
    named = [(f"{URL}{number}", VC) for number in range(6)]
    assert len(needs(open_credential(naming(*named))).schema_urls) == 4


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        (
            {"$ref": "#/$defs/a", "items": [{"$ref": "parts.json#/a"}]},
            ["https://schemas.example.org/parts.json"],
        ),
        ({"$id": "https://other.example.org/a/b", "$ref": "c"}, ["https://other.example.org/a/c"]),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, []),
        ({"$ref": "inner", "$defs": {"a": {"$id": "inner"}}}, []),
        ({"$ref": "http://["}, []),
        ({"$ref": "http://plain.example.org/x"}, []),
        ({"properties": {"$ref": {"type": "string"}}}, []),
        ({"$dynamicRef": "https://other.example.org/x#y"}, ["https://other.example.org/x"]),
        ([], []),
        ("x", []),
    ],
)
def test_a_schema_s_references_to_others_are_found(schema: object, found: list[str]) -> None:
    assert list(references_of(schema, URL)) == found


def test_of_many_references_the_first_few_are_followed() -> None:
    schema = {"allOf": [{"$ref": f"https://other.example.org/{number}"} for number in range(100)]}
    assert len(references_of(schema, URL)) == 8
