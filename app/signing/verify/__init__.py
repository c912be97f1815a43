"""Verification in numbered steps, pure: what has to be fetched is gathered before (docs/verifying.md).

For a credential `read` the bytes (or `open_credential` for parsed JSON), gather what `needs` names,
`verify`; for a presentation `read_presentation`, `presentation_needs`, `verify_presentation`. A report says
of each check how it ended and why.
"""

from app.signing.verify.coverage import covered
from app.signing.verify.credentials import verify
from app.signing.verify.named_schemas import references_of
from app.signing.verify.presentations import (
    Asked,
    Presentation,
    PresentationReport,
    presentation_needs,
    read_presentation,
    verify_presentation,
)
from app.signing.verify.presented import (
    ApplySchema,
    Gathered,
    Needs,
    Presented,
    Unavailable,
    needs,
    open_credential,
    read,
)
from app.signing.verify.reports import Check, Outcome, Report

__all__ = [
    "ApplySchema",
    "Asked",
    "Check",
    "Gathered",
    "Needs",
    "Outcome",
    "Presentation",
    "PresentationReport",
    "Presented",
    "Report",
    "Unavailable",
    "covered",
    "needs",
    "open_credential",
    "presentation_needs",
    "read",
    "read_presentation",
    "references_of",
    "verify",
    "verify_presentation",
]
