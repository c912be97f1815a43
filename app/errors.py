"""Every failure that users are meant to see: a class, a stable code, a title.

Status numbers are not here: `problems.py` alone maps a class to HTTP. Codes are part of the API's
contract: they are described in docs/problems.md and never renamed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a payload: where (JSON Pointer, RFC 6901), what, and how to mend it."""

    pointer: str
    code: str
    detail: str
    hint: str | None = None
    line: int | None = None


class PassportsError(Exception):
    """Base of all expected failures; `detail` is written for the person who reads the answer."""

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, faults: Iterable[Fault] = (), hint: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)
        self.hint = hint


# The request itself ---------------------------------------------------------------------------------


class MalformedBodyError(PassportsError):
    """The bytes are not one unambiguous JSON or YAML document."""

    code = "malformed_body"
    title = "The body could not be read"


class InvalidPayloadError(PassportsError):
    """The document was read, but it breaks the rules for its kind; `faults` says where."""

    code = "invalid_payload"
    title = "The payload breaks a rule"


class LintFailedError(InvalidPayloadError):
    """A draft may not be published as it stands; `faults` lists each finding."""

    code = "lint_failed"
    title = "The definition cannot be published as it stands"

    def __init__(
        self,
        detail: str,
        *,
        faults: Iterable[Fault] = (),
        warnings: Iterable[Fault] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(detail, faults=faults, hint=hint)
        self.warnings = tuple(warnings)
        """What was found beside the faults, and would not have stood in the way."""


class BodyTooLargeError(PassportsError):
    """The body is larger than this operation accepts."""

    code = "body_too_large"
    title = "The body is too large"


class BodyTooSlowError(PassportsError):
    """The body did not come in within the time that this service waits for one."""

    code = "body_too_slow"
    title = "The body did not come in"


class UnsupportedMediaTypeError(PassportsError):
    """The Content-Type is not one this operation reads."""

    code = "unsupported_media_type"
    title = "The media type is not supported"


class NotAcceptableError(PassportsError):
    """The thing has no representation of the kind that `Accept` asks for (RFC 9110, 12.5.1)."""

    code = "not_acceptable"
    title = "There is no such representation"


class PreconditionFailedError(PassportsError):
    """`If-Match` or `If-None-Match` does not hold (RFC 9110, 13.1)."""

    code = "precondition_failed"
    title = "The resource has changed since it was read"


class IdempotencyMismatchError(PassportsError):
    """An `Idempotency-Key` came back with another request."""

    code = "idempotency_mismatch"
    title = "The idempotency key was used for another request"


class IdempotencyInProgressError(PassportsError):
    """The first request with this `Idempotency-Key` has not ended yet."""

    code = "idempotency_in_progress"
    title = "The same request is still being worked on"


# Who asks -------------------------------------------------------------------------------------------


class NotAuthenticatedError(PassportsError):
    """No token, or one that is unknown, expired or revoked."""

    code = "not_authenticated"
    title = "A valid token is needed"


class InsufficientScopeError(PassportsError):
    """The token is valid and does not carry the scope that the operation needs."""

    code = "insufficient_scope"
    title = "The token lacks the scope for this operation"


class NotFoundError(PassportsError):
    """There is no such thing, or it is not for this actor to see."""

    code = "not_found"
    title = "Not found"


class ConflictOfInterestError(PassportsError):
    """Nobody reviews their own evidence or approves their own content."""

    code = "conflict_of_interest"
    title = "Somebody else has to do this"


class RateLimitedError(PassportsError):
    """This client, or everybody together, asked for more in a short time than the service gives."""

    code = "rate_limited"
    title = "Too many requests"

    def __init__(
        self, detail: str, *, faults: Iterable[Fault] = (), hint: str | None = None, retry_after: int = 60
    ) -> None:
        super().__init__(detail, faults=faults, hint=hint)
        self.retry_after = retry_after
        """Seconds after which one more request is welcome."""


# The state of things --------------------------------------------------------------------------------


class WrongStateError(PassportsError):
    """The thing exists and its present state does not allow the transition."""

    code = "wrong_state"
    title = "The present state does not allow this"


class PlanStaleError(PassportsError):
    """What the plan was made against has changed since, so it may do something else than it showed."""

    code = "plan_stale"
    title = "The plan is out of date"


class InUseError(PassportsError):
    """The thing is not to be deleted: others need it."""

    code = "in_use"
    title = "It is in use"


class KeyTooNewError(PassportsError):
    """A key is to sign before those who keep the DID document for a while can know of it."""

    code = "key_too_new"
    title = "The key has not been published for long enough"


class KeyIsIdentityError(PassportsError):
    """The issuer's DID is its key (did:key), so another key would be another issuer."""

    code = "key_is_identity"
    title = "The issuer's identifier is its key"


class VersionExistsError(PassportsError):
    """A published version never changes: other content needs another version number."""

    code = "version_exists"
    title = "This version is already published with other content"


class AlreadyExistsError(PassportsError):
    """A thing with the same natural key exists and says something else."""

    code = "already_exists"
    title = "It exists already and differs"


class NotCompleteError(PassportsError):
    """The passport is not complete, so there is nothing to issue."""

    code = "not_complete"
    title = "The passport is not complete yet"


# Documents that are signed or verified --------------------------------------------------------------


class UnreadableCredentialError(PassportsError):
    """No credential could be found in the bytes."""

    code = "unreadable_credential"
    title = "There is no readable credential in this"


class NotVerifiedError(PassportsError):
    """What was presented was read, and its proof or a rule of its kind does not hold; `faults` says which."""

    code = "not_verified"
    title = "The verification failed"


class JsonLdError(PassportsError):
    """The document holds something that a proof would not cover or that two readers would read apart."""

    code = "json_ld_invalid"
    title = "The document is not safe JSON-LD"


class TooComplexError(JsonLdError):
    """The document would cost more work than a credential is worth."""

    code = "json_ld_too_complex"
    title = "The document is too complex"


class UnsignableDocumentError(PassportsError):
    """The document breaks a rule that every signed document must keep; `faults` lists them."""

    code = "unsignable_document"
    title = "The document may not be signed"


class InvalidSignatureError(PassportsError):
    """A signature does not fit the bytes and the key."""

    code = "invalid_signature"
    title = "The signature does not match"


# The service itself ---------------------------------------------------------------------------------


class BusyError(PassportsError):
    """The database could not be had in time: too many writers, or somebody holds a lock."""

    code = "busy"
    title = "The service is busy"


class SignerUnavailableError(PassportsError):
    """The module or service that holds a signing key did not answer in time; the call can be repeated."""

    code = "signer_unavailable"
    title = "The signing key cannot be reached"


class ConfigurationError(PassportsError):
    """The settings do not allow a start; the detail names the setting."""

    code = "configuration"
    title = "The configuration is not usable"


class SchemaBehindError(ConfigurationError):
    """The database's schema is not the one this code needs."""

    code = "schema_behind"
    title = "The database schema is behind"
