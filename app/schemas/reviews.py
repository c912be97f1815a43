"""Bodies about reviews, and about the alignments that people set by hand."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from app.domain.payloads import CODE, KEY, REFERENCE
from app.domain.reviews import DECISIONS
from app.schemas.bodies import Answer

EVIDENCE_ID = "0190f3a2-9e30-7f1d-ac74-5020809e3f40"


def anchored(pattern: str) -> str:
    """Return a pattern that a JSON Schema reads as the whole text."""
    return f"^(?:{pattern})$"


ALIGNMENTS_SCHEMA: dict[str, Any] = {
    "type": "array",
    "maxItems": 20,
    "description": "Items of published frameworks that this is about.",
    "items": {
        "type": "object",
        "required": ["framework", "item"],
        "additionalProperties": False,
        "properties": {
            "framework": {
                "type": "string",
                "pattern": anchored(REFERENCE.pattern),
                "description": "`key` or `key@version`.",
            },
            "item": {"type": "string", "pattern": anchored(CODE.pattern)},
            "weight": {"enum": ["primary", "secondary"], "default": "primary"},
        },
    },
}

REVIEW_EXAMPLE: dict[str, Any] = {
    "decision": "accepted",
    "comment": "The club runs on without you now: well led.",
    "levels": [{"rubric": "project-outcomes", "criterion": "outcome", "level": "achieved"}],
    "alignments": [],
}

_KEY_SCHEMA = {"type": "string", "pattern": anchored(KEY.pattern)}

ReviewDocument = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "title": "ReviewCreate",
            "type": "object",
            "required": ["decision"],
            "additionalProperties": False,
            "properties": {
                "decision": {"enum": list(DECISIONS)},
                "comment": {
                    "type": ["string", "null"],
                    "maxLength": 20_000,
                    "description": "Needed unless the decision is `accepted`.",
                },
                "levels": {
                    "type": "array",
                    "maxItems": 100,
                    "description": "What the reviewer saw reached, in published rubrics.",
                    "items": {
                        "type": "object",
                        "required": ["rubric", "criterion", "level"],
                        "additionalProperties": False,
                        "properties": {
                            "rubric": {
                                "type": "string",
                                "pattern": anchored(REFERENCE.pattern),
                                "description": "`key` or `key@version`.",
                            },
                            "criterion": _KEY_SCHEMA,
                            "level": _KEY_SCHEMA,
                        },
                    },
                },
                "alignments": ALIGNMENTS_SCHEMA,
            },
            "examples": [REVIEW_EXAMPLE],
        }
    ),
]
"""A review as it is sent; `domain.reviews.read_review` reads it and names every fault."""


class LevelRead(Answer):
    """A rubric level that a reviewer saw reached."""

    rubric: str
    criterion: str
    level: str


class AlignmentRead(Answer):
    """An item of a framework that evidence is about."""

    framework: str
    item: str
    weight: Literal["primary", "secondary"]


class ReviewRead(Answer):
    """What a reviewer decided about one revision of a piece of evidence."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0190f3a2-d274-7d51-a0b8-9464c4d27384",
                    "evidence": EVIDENCE_ID,
                    "revision": 1,
                    "reviewer": "mentor@community.example.org",
                    **REVIEW_EXAMPLE,
                    "created_at": "2016-02-18T10:00:00Z",
                }
            ]
        }
    )

    id: str
    evidence: Annotated[str, Field(validation_alias="evidence_id")]
    revision: int
    reviewer: str
    decision: Literal["accepted", "returned", "rejected"]
    comment: str | None
    levels: list[LevelRead]
    alignments: list[AlignmentRead]
    created_at: datetime
