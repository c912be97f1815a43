"""Answers about approvals of content."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.schemas.bodies import Answer, Body
from app.schemas.credentials import Reason


class ApprovalWithdraw(Body):
    """Why an approval ends, and whether what was done before stops counting as well."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The session was never held.", "recall": True}]}
    )

    reason: Reason
    recall: Annotated[
        bool,
        Field(
            description="For fraud or harm: only credentials still count it.",
        ),
    ] = False


class ApprovalRead(Answer):
    """One approval: from when to when completing the item counts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e",
                    "from": "2026-01-01T00:00:00Z",
                    "to": None,
                    "retroactive": False,
                    "hub": None,
                    "approved_by": "ben@community.example.org",
                    "created_at": "2026-01-04T09:00:00Z",
                    "withdrawn_at": None,
                    "withdrawn_by": None,
                    "withdrawal_reason": None,
                    "recalled_at": None,
                }
            ]
        },
        populate_by_name=True,
    )

    id: str
    valid_from: Annotated[datetime, Field(serialization_alias="from")]
    valid_to: Annotated[datetime | None, Field(serialization_alias="to")]
    retroactive: bool
    hub: Annotated[
        str | None, Field(description="It counts for passports of this hub and those below; null: for all.")
    ]
    approved_by: str
    created_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawal_reason: str | None
    recalled_at: datetime | None
