"""Evidence forms: what a learner is asked to fill in, as a JSON Schema. A version never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.digests import digest_of
from app.domain.form_schemas import Schema, read_schema, validate
from app.domain.payloads import VERSION, Faults, Payload, nearest
from app.errors import InvalidPayloadError

_GROUPED_TYPES = ("string", "integer")


@dataclass(frozen=True, slots=True)
class EvidenceForm:
    """One version of a form; `groupable` names the fields that `distinct` and `cap_per` may count by."""

    key: str
    version: str
    title: str
    prompt: str | None
    schema: Schema
    groupable: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """The name under which this version is pinned: `key@version`."""
        return f"{self.key}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form."""
        return digest_of(self.to_document())

    def check(self, data: Mapping[str, Any], pointer: str, faults: Faults) -> None:
        """Add a fault for everything in the filled-in form that its schema does not allow."""
        validate(self.schema, data, pointer, faults)

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_form` takes it back unchanged."""
        return {
            "key": self.key,
            "version": self.version,
            "title": self.title,
            "prompt": self.prompt,
            "schema": dict(self.schema),
            "groupable": list(self.groupable),
        }


def read_form(document: Mapping[str, Any], *, key: str | None = None) -> EvidenceForm:
    """Return the form of `document`; `key` comes from the URL when the document has none.

    Raises `InvalidPayloadError` with every fault, each part of the schema outside the vocabulary of
    `form_schemas` among them.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    form_key = body.key_of("key", known=key)
    version = body.text("version", pattern=VERSION)
    title = body.text("title", limit=200)
    prompt = body.optional_text("prompt", limit=2000)
    inner = body.payload("schema")
    schema: dict[str, Any] = {}
    if inner is None:
        body.fault("schema", "missing_key", "The schema says what is to be filled in.")
    else:
        schema = read_schema(inner)
        if schema.get("type") != "object":
            inner.fault("type", "wrong_value", "A form as a whole is an object.")
    groupable = body.texts("groupable")
    _check_groupable(body, groupable, schema.get("properties", {}))
    body.finish(optional=("kind",))
    faults.raise_if_any(InvalidPayloadError, "The form breaks a rule.")
    return EvidenceForm(form_key, version, title, prompt, schema, groupable)


def _check_groupable(body: Payload, groupable: tuple[str, ...], properties: Mapping[str, Schema]) -> None:
    for name in groupable:
        if name not in properties:
            hint = nearest(name, tuple(properties)) if properties else None
            body.fault("groupable", "unknown_reference", f"There is no property {name!r}.", hint)
        elif properties[name].get("type") not in _GROUPED_TYPES:
            detail = f"{name!r} cannot be counted by: it is neither a text nor a whole number."
            body.fault("groupable", "wrong_value", detail)
