"""Plans and exports: what a bundle would change, and what applying it did."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.domain.bundles import Op, Severity
from app.domain.versions import VersionStatus
from app.schemas.bodies import Answer, Body
from app.schemas.enrolments import ENROLMENT_EXAMPLE
from app.schemas.exceptions import EXCEPTION_ID

_CHANGE: dict[str, Any] = {
    "op": "publish",
    "kind": "passports",
    "key": "community-leadership",
    "version": "1.1.0",
    "is_draft": False,
    "diff": [
        {"pointer": "/title", "before": "Community Leadership", "after": "Community Leadership Passport"}
    ],
}
_FINDING: dict[str, Any] = {
    "severity": "warning",
    "file": "passport.yaml",
    "line": 12,
    "pointer": "/rule/all_of/0",
    "code": "no_in_person_route",
    "detail": "All content for 'talk' is online; not everybody can learn that way.",
    "hint": "Approve content that can be attended in person.",
}


_IMPACT: dict[str, Any] = {
    "enrolled": 130,
    "evaluated": 130,
    "would_complete": 4,
    "would_regress": 11,
    "exceptions_orphaned": [
        {"enrolment": ENROLMENT_EXAMPLE, "id": EXCEPTION_ID, "kind": "waive", "node": "prototype"}
    ],
    "lost_nodes": ["prototype"],
}
_CLOSING: dict[str, Any] = {
    "status": "retired",
    "retires_at": "2027-01-01T00:00:00Z",
    "enrolled": 130,
    "successor": "1.1.0",
}


class DifferenceRead(Answer):
    """One field that differs; null stands for a field that is not there."""

    pointer: str
    before: Any
    after: Any


class ChangeRead(Answer):
    """What happens to one definition."""

    op: Op
    kind: Annotated[str, Field(description="The plural under which it stands in a bundle.")]
    key: str
    version: str | None
    is_draft: Annotated[bool, Field(description="It is stored and not published.")]
    diff: list[DifferenceRead]


class BundleFindingRead(Answer):
    """One thing that is wrong with a bundle (`error`), or worth a second look."""

    severity: Severity
    file: str
    line: int | None
    pointer: Annotated[str, Field(description="JSON Pointer (RFC 6901) into the document in the file.")]
    code: str
    detail: str
    hint: str


class OrphanedExceptionRead(Answer):
    """An exception in force that would apply to nothing, because its node is gone."""

    enrolment: str
    id: str
    kind: str
    node: str


class ImpactRead(Answer):
    """Whom a new version of a passport would affect, if everybody under way went over to it."""

    enrolled: Annotated[int, Field(description="Learners who are under way on earlier versions.")]
    evaluated: Annotated[int, Field(description="Those of them who were judged by both versions.")]
    would_complete: int
    would_regress: Annotated[int, Field(description="Who would have more to do than by their version.")]
    exceptions_orphaned: Annotated[
        list[OrphanedExceptionRead],
        Field(description="Exceptions in force of those judged that would be lost."),
    ]
    lost_nodes: Annotated[
        list[str],
        Field(description="Nodes that are gone and not `moved`, and in which somebody judged has something."),
    ]


class ClosingRead(Answer):
    """What becomes of those who are under way on a version that is deprecated or retired."""

    status: VersionStatus
    retires_at: Annotated[
        datetime | None, Field(description="Until when they may finish; null when there is no such day.")
    ]
    enrolled: Annotated[int, Field(description="Learners who are under way on the version.")]
    successor: Annotated[
        str | None,
        Field(description="The last open version after it, to which they may go over; null without one."),
    ]


class PlanRead(Answer):
    """What applying a bundle would do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "plan": "AZ3vG0…",
                    "planned_by": "ana@community.example.org",
                    "state": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
                    "summary": {"publish": 1, "unchanged": 4},
                    "changes": [_CHANGE],
                    "findings": [_FINDING],
                    "impact": {"community-leadership@1.1.0": _IMPACT},
                    "closings": {"community-leadership@1.0.0": _CLOSING},
                }
            ]
        }
    )

    plan: Annotated[
        str | None, Field(description="What to send to POST /v1/apply; null when there are errors.")
    ]
    planned_by: Annotated[str, Field(description="Who made it, and is the author of what it writes.")]
    state: Annotated[str, Field(description="Digest of what the plan was made against.")]
    summary: Annotated[dict[Op, int], Field(description="How many changes there are of each sort.")]
    changes: list[ChangeRead]
    findings: list[BundleFindingRead]
    impact: Annotated[
        dict[str, ImpactRead], Field(description="By `key@version` of each passport to be published.")
    ]
    closings: Annotated[
        dict[str, ClosingRead],
        Field(description="By `key@version` of each version to be deprecated or retired."),
    ]


class ApplyOrder(Body):
    """The plan to apply."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"plan": "AZ3vG0…"}]})

    plan: Annotated[str, Field(min_length=1, description="As POST /v1/plan answered.")]


class AppliedRead(Answer):
    """What applying a plan did; `changed` is false when everything was so already."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"changed": True, "summary": {"publish": 1}, "changes": [_CHANGE]}]}
    )

    changed: bool
    summary: dict[Op, int]
    changes: list[ChangeRead]
