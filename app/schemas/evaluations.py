"""Answers about evaluations frozen at completion."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer
from app.schemas.enrolments import ENROLMENT_EXAMPLE, PROGRESS_EXAMPLE

_ID = "0190f3a2-c163-7c40-9fa7-8353b3c16273"
_MET = {"met": 9, "waived": 0, "pending": 0, "total": 9}


class EvaluationRead(Answer):
    """The answer that the rule gave when it was first met: why a credential was issued."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": _ID,
                    "enrolment": ENROLMENT_EXAMPLE,
                    "as_of": "2016-02-20T10:00:00Z",
                    "engine": "prl-1",
                    "digest": "9b1f3c5d7e9a1b3c5d75f3c0d5a0c2c7f6f8d0b6b4c1f0ad2d2b7d2b0a8e6d6f",
                    "document": PROGRESS_EXAMPLE
                    | {
                        "status": "met",
                        "complete": True,
                        "units": _MET,
                        "nodes": PROGRESS_EXAMPLE["nodes"][:1],
                        "shortfalls": [],
                        "next_steps": [],
                        "explain_url": f"/v1/evaluations/{_ID}",
                    },
                }
            ]
        }
    )

    id: str
    enrolment: Annotated[str, Field(validation_alias="enrolment_id")]
    as_of: datetime
    engine: str
    digest: Annotated[
        str,
        Field(
            description="SHA-256 of the frozen document in canonical form (RFC 8785), in hexadecimal; the"
            " records of credentials carry it as `evaluation_digest`. For a reviewer `document` hides the"
            " words about private evidence, and then has another."
        ),
    ]
    document: Annotated[dict[str, Any], Field(description="The progress answer, word for word.")]
