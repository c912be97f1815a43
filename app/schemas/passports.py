"""Answers about passports: what lint finds."""

from typing import Any

from pydantic import ConfigDict

from app.schemas.bodies import Answer

_FINDING: dict[str, Any] = {
    "pointer": "/rule/all_of/0",
    "code": "no_in_person_route",
    "detail": "All content for 'talk' is online; not everybody can learn that way.",
    "hint": None,
}


class FindingRead(Answer):
    """One thing that lint finds, with its place in the document (RFC 6901)."""

    pointer: str
    code: str
    detail: str
    hint: str | None


class LintRead(Answer):
    """What lint finds: `faults` stand in the way of publishing, `warnings` are worth a look."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"publishable": True, "faults": [], "warnings": [_FINDING]}]}
    )

    publishable: bool
    faults: list[FindingRead]
    warnings: list[FindingRead]
