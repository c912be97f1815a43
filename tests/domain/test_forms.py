from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.domain.form_schemas import is_plain, validate
from app.domain.forms import EvidenceForm, read_form
from app.domain.passports import read_passport
from app.domain.payloads import Faults
from app.domain.rules.lint_forms import check_forms
from app.errors import InvalidPayloadError

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "community": {"type": "string", "minLength": 2, "maxLength": 20},
        "size": {"type": "string", "enum": ["small", "large"]},
        "people": {"type": "integer", "minimum": 1, "maximum": 5},
        "types": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
        "met_on": {"type": "string", "format": "date"},
        "met_at": {"type": "string", "format": "date-time"},
        "public": {"type": "boolean"},
        "place": {"type": "object", "additionalProperties": True},
        "notes": {"type": "array", "maxItems": 2},
    },
    "required": ["community"],
}
FORM: dict[str, Any] = {"title": "Welcomed", "version": "1", "schema": SCHEMA, "groupable": ["community"]}


def form(**changes: object) -> EvidenceForm:
    return read_form(FORM | changes, key="welcomed")


def faults_of(data: dict[str, Any]) -> list[tuple[str, str]]:
    faults = Faults()
    form().check(data, "/data", faults)
    return [(fault.pointer, fault.code) for fault in faults.found]


def test_a_form_survives_being_stored_and_names_its_version() -> None:
    made = form(prompt="Whom did you welcome?")
    assert read_form(made.to_document()) == made
    assert made.ref == "welcomed@1"
    assert made.digest != form().digest


def test_what_is_filled_in_as_asked_has_no_fault() -> None:
    data = {"community": "Berlin", "people": 3, "types": ["a", "b"], "met_on": "2026-01-02", "public": True}
    assert faults_of(data | {"size": "small", "met_at": "2026-01-02T10:00:00Z", "place": {"x": 1}}) == []


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({}, ("/data/community", "missing_key")),
        ({"community": 5}, ("/data/community", "wrong_type")),
        ({"community": "B"}, ("/data/community", "wrong_value")),
        ({"community": "B" * 21}, ("/data/community", "wrong_value")),
        ({"community": "Berlin", "size": "middle"}, ("/data/size", "wrong_value")),
        ({"community": "Berlin", "people": True}, ("/data/people", "wrong_type")),
        ({"community": "Berlin", "people": 0}, ("/data/people", "wrong_value")),
        ({"community": "Berlin", "people": 6}, ("/data/people", "wrong_value")),
        ({"community": "Berlin", "types": []}, ("/data/types", "wrong_value")),
        ({"community": "Berlin", "types": ["a", "a"]}, ("/data/types", "wrong_value")),
        ({"community": "Berlin", "types": ["a", 1]}, ("/data/types/1", "wrong_type")),
        ({"community": "Berlin", "notes": [1, 2, 3]}, ("/data/notes", "wrong_value")),
        ({"community": "Berlin", "met_on": "soon"}, ("/data/met_on", "wrong_value")),
        ({"community": "Berlin", "met_at": "soon"}, ("/data/met_at", "wrong_value")),
        ({"community": "Berlin", "communty": "x"}, ("/data/communty", "unknown_key")),
    ],
)
def test_what_is_filled_in_otherwise_is_named_with_its_place(
    data: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults_of(data) == [fault]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"schema": None}, ("/schema", "missing_key")),
        ({"schema": {"type": "string"}, "groupable": []}, ("/schema/type", "wrong_value")),
        ({"schema": SCHEMA | {"$ref": "#"}}, ("/schema/$ref", "unknown_key")),
        (
            {"schema": SCHEMA | {"$schema": "http://json-schema.org/draft-04/schema#"}},
            ("/schema/$schema", "wrong_value"),
        ),
        ({"schema": SCHEMA | {"required": ["comunity"]}}, ("/schema/required", "unknown_reference")),
        (
            {"schema": {"type": "object", "required": ["a"]}, "groupable": []},
            ("/schema/required", "unknown_reference"),
        ),
        ({"groupable": ["comunity"]}, ("/groupable", "unknown_reference")),
        ({"groupable": ["types"]}, ("/groupable", "wrong_value")),
        ({"schema": {"type": "object"}}, ("/groupable", "unknown_reference")),
    ],
)
def test_a_faulty_form_is_refused_with_its_place(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    with pytest.raises(InvalidPayloadError) as refusal:
        form(**changes)
    assert fault in [(each.pointer, each.code) for each in refusal.value.faults]


def test_a_form_does_not_nest_without_end() -> None:
    schema: dict[str, Any] = {"type": "array"}
    for _ in range(9):
        schema = {"type": "array", "items": schema}
    with pytest.raises(InvalidPayloadError) as refusal:
        form(schema={"type": "object", "properties": {"deep": schema}}, groupable=[])
    assert "too_deep" in [each.code for each in refusal.value.faults]


def test_what_is_stored_has_no_fractions_and_no_depths() -> None:
    deep: Any = 1
    for _ in range(10):
        deep = [deep]
    assert not is_plain({"a": 0.5})
    assert not is_plain(deep)
    assert is_plain({"a": [None, True, "x", 3]})


VALUES = st.recursive(
    st.booleans() | st.integers(-2, 7) | st.text("Bab2026-01", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), VALUES, max_size=4))
def test_another_validator_agrees(data: dict[str, Any]) -> None:
    schema = form().schema
    plain = dict(schema) | {
        "properties": {
            name: {key: value for key, value in each.items() if key != "format"}
            for name, each in schema["properties"].items()
        }
    }
    faults = Faults()
    validate(plain, data, "", faults)
    assert (not faults.found) == Draft202012Validator(plain).is_valid(data)


def lint_of(
    leaf: dict[str, Any], *forms: EvidenceForm, kind: str = "artifact"
) -> list[tuple[str, str, str | None]]:
    rule = {"key": "root", "all_of": [{"key": "act", kind: leaf}]}
    definition = read_passport({"key": "p-1", "version": "1.0.0", "title": "P", "rule": rule})
    faults = Faults()
    check_forms(definition, {name: each for each in forms for name in (each.ref, each.key)}, faults)
    return [(fault.pointer, fault.code, fault.hint) for fault in faults.found]


def test_a_rule_asks_only_for_forms_that_are_published() -> None:
    leaf = {"form": "welcomed", "count": 2, "distinct": {"by": "community", "at_least": 2}}
    assert lint_of(leaf, form()) == []
    [unknown, ungroupable] = lint_of(leaf)
    assert unknown == ("/rule/all_of/0/artifact/form", "unknown_reference", "No form is published yet.")
    assert ungroupable[:2] == ("/rule/all_of/0/artifact/distinct/by", "unknown_reference")
    [mistyped] = lint_of(leaf | {"form": "welcome"}, form())
    assert mistyped[2] is not None
    assert "welcomed" in mistyped[2]


def test_a_partnership_has_fields_of_its_own_to_count_by() -> None:
    assert lint_of({"status_at_least": "active"}, kind="partnership") == []


@pytest.mark.parametrize("value", [True, 3])
def test_a_truth_value_and_a_number_are_checked_as_what_they_are(value: object) -> None:
    faults = Faults()
    kind = "boolean" if isinstance(value, bool) else "integer"
    validate({"type": kind}, value, "", faults)
    assert not faults.found
