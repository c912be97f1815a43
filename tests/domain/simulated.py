"""Small documents for simulations, and what their answers say."""

from typing import Any

from app.domain.rules.facts import Catalogue
from app.domain.simulations import simulate

NOTHING = Catalogue({}, {}, {})
AT = "2016-01-20T09:00:00Z"


def leaf(key: str, kind: str = "experience", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields)
    return {"key": key, kind: fields}


def row(identifier: str, kind: str = "experience", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields)
    return {"id": identifier, "kind": kind, "occurred_at": AT, "assurance": "reviewed", **fields}


def granted(kind: str, node: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields)
    return {"id": kind, "kind": kind, "node": node, "granted_at": AT, **fields}


def body(*nodes: dict[str, Any], evidence: list[Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields)
    beside: dict[str, Any] = {
        name: fields.pop(name) for name in ("requires", "exclude_evidence_used_by") if name in fields
    }
    rule: dict[str, Any] = nodes[0] if len(nodes) == 1 else {"key": "root", "all_of": list(nodes)}
    passport = {"version": "1.0.0", "title": "T", "rule": rule, **beside}
    return {"passport": passport, "evidence": evidence, "as_of": "2016-02-20T10:00:00Z", **fields}


def answer(document: dict[str, Any]) -> dict[str, Any]:
    return simulate(document, "test", None, NOTHING).to_document(enrolment="e")


def reports(document: dict[str, Any]) -> list[tuple[bool, str | None]]:
    return [(each["effective"], each.get("reason")) for each in answer(document)["exceptions"]]


def node(document: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in answer(document)["nodes"] if each["key"] == key)
    return found
