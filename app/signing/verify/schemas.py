"""The part of check 2 that credentials ask for themselves: the JSON Schemas that they name.

Verifiable Credentials JSON Schema 1.0; Open Badges 3.0, OpenBadgeCredential Verification (conforms). What is
behind their addresses was gathered; applying it is left to a process with limits.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.errors import InvalidPayloadError, TooComplexError
from app.signing.verify.named_schemas import NamedSchema, named_schemas
from app.signing.verify.presented import Gathered, Unavailable
from app.signing.verify.reports import Finding, Outcome

_SHOWN_FAULTS: Final = 5
_WORST_FIRST: Final = (Outcome.FAIL, Outcome.UNKNOWN)
_ASK_THE_ISSUER: Final = "Ask the issuer to mend it."


def check_schemas(credential: Mapping[str, Any], gathered: Gathered) -> Finding | None:
    """Return the worst of what the credential's own schemas say; None when it keeps all of them."""
    findings = [_check(schema, credential, gathered) for schema in named_schemas(credential)]
    amiss = [finding for finding in findings if finding is not None]
    return min(amiss, key=lambda finding: _WORST_FIRST.index(finding.outcome), default=None)


def _check(schema: NamedSchema, credential: Mapping[str, Any], gathered: Gathered) -> Finding | None:
    if schema.draft is None:
        detail = f"The credential names a schema of the type {schema.type:.100}, which is not applied here."
        return _unknown("schema_unsupported", detail, "Give it to a verifier that knows this type.")
    found = gathered.schemas.get(schema.url)
    if not isinstance(found, Mapping):
        reason = found.reason if isinstance(found, Unavailable) else "It is not at hand."
        remedy = found.remedy if isinstance(found, Unavailable) else None
        detail = f"The schema {schema.url:.200} that the credential names could not be had. {reason}"
        return _unknown("schema_unreachable", detail, remedy)
    return _apply(schema.url, schema.draft, credential, gathered)


def _apply(url: str, draft: str, credential: Mapping[str, Any], gathered: Gathered) -> Finding | None:
    if gathered.apply_schema is None:
        return _unknown("schema_not_applied", "Schemas of others are not applied here.", None)
    schemas = {each: found for each, found in gathered.schemas.items() if isinstance(found, Mapping)}
    try:
        faults = gathered.apply_schema(url, schemas, draft, credential)
    except TooComplexError as error:
        return _unknown(
            "schema_too_costly", f"The schema {url:.200} was not applied. {error.detail}", _ASK_THE_ISSUER
        )
    except InvalidPayloadError as error:
        return _unknown(
            "schema_unusable", f"The schema {url:.200} was not applied. {error.detail}", _ASK_THE_ISSUER
        )
    if not faults:
        return None
    shown = "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in faults[:_SHOWN_FAULTS])
    more = "; and more" if len(faults) > _SHOWN_FAULTS else ""
    detail = f"It breaks the schema {url:.200} that it names: {shown}{more}"
    return Finding(
        Outcome.FAIL, "schema_invalid", detail, "Ask the issuer for one that keeps its own schema."
    )


def _unknown(code: str, detail: str, remedy: str | None) -> Finding:
    return Finding(Outcome.UNKNOWN, code, detail, remedy)
