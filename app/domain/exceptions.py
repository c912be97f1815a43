"""Exceptions as they come and go: proposed by one person, decided by another, revoked by a counter-row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from app.domain.actors import is_among
from app.domain.instants import format_instant
from app.domain.payloads import Faults, Payload, nearest
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.exceptions import RuleException, read_exception
from app.domain.rules.progress import Evaluation
from app.domain.upgrades import carry_key, node_keys
from app.errors import ConflictOfInterestError, InvalidPayloadError, WrongStateError

ExceptionStatus: TypeAlias = Literal["proposed", "granted", "declined", "revoked"]
ExceptionVerdict: TypeAlias = Literal["granted", "declined", "revoked"]

VERDICTS: tuple[ExceptionVerdict, ...] = get_args(ExceptionVerdict)
_ALLOWED: Mapping[ExceptionStatus, tuple[ExceptionVerdict, ...]] = {
    "proposed": ("granted", "declined"),
    "granted": ("revoked",),
    "declined": (),
    "revoked": (),
}
_OF_THE_RULE = ("kind", "node", "evidence", "where", "count", "at_least", "expires_at")
_BESIDE = ("reason", "accept_loss")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: `document` is the part that an evaluation reads."""

    document: Mapping[str, Any]
    reason: str
    accept_loss: bool

    def as_granted(self, proposal_id: str, at: datetime) -> RuleException:
        """Return the exception as it counts once it is granted."""
        return granted_exception(proposal_id, self.document, at)


def read_proposal(document: Mapping[str, Any], definition: PassportDefinition, *, now: datetime) -> Proposal:
    """Return the proposal of a request's body. Raises `InvalidPayloadError` with every fault."""
    faults = Faults()
    body = Payload(document, "", faults)
    reason = body.text("reason", limit=2000)
    accept_loss = body.flag("accept_loss")
    of_the_rule = {name: value for name, value in body.members.items() if name not in _BESIDE}
    for name in ("id", "granted_at", "granted_by"):
        if of_the_rule.pop(name, None) is not None:
            body.fault(name, "unknown_key", "This is set by granting the exception, by somebody else.")
    for name in [each for each in of_the_rule if each not in _OF_THE_RULE]:
        del of_the_rule[name]
        hint = nearest(str(name), (*_OF_THE_RULE, *_BESIDE))
        body.fault(str(name), "unknown_key", f"The key {str(name)[:80]!r} is not known here.", hint)
    read = read_exception(Payload(of_the_rule | {"granted_at": format_instant(now)}, "", faults), 0)
    if read is not None and read.expires_at is not None and read.expires_at <= now:
        hint = "Name a moment to come, or leave it out."
        body.fault("expires_at", "wrong_value", "This is over: the exception would never count.", hint)
    node = of_the_rule.get("node")
    known = tuple(sorted(node_keys(definition)))
    if isinstance(node, str) and node not in known:
        body.fault("node", "unknown_reference", f"No node has the key {node!r}.", nearest(node, known))
    faults.raise_if_any(InvalidPayloadError, "The exception breaks a rule.")
    kept = {name: of_the_rule[name] for name in _OF_THE_RULE if of_the_rule.get(name) is not None}
    return Proposal(kept, reason, accept_loss)


def granted_exception(proposal_id: str, document: Mapping[str, Any], granted_at: datetime) -> RuleException:
    """Return what an evaluation reads of a stored proposal that was granted."""
    faults = Faults()
    stored = {**document, "id": proposal_id, "granted_at": format_instant(granted_at)}
    read = read_exception(Payload(stored, "", faults), 0)
    assert read is not None, f"exception {proposal_id} was read when it was proposed"
    return read


def status_after(decisions: Sequence[str]) -> ExceptionStatus:
    """Return the status of a proposal after these decisions, oldest first."""
    last = decisions[-1] if decisions else "proposed"
    return next(status for status in get_args(ExceptionStatus) if status == last)


def ensure_decidable(status: ExceptionStatus, verdict: ExceptionVerdict) -> None:
    """Raise `WrongStateError` when a proposal of this status cannot be decided so."""
    if verdict not in _ALLOWED[status]:
        allowed = _ALLOWED[status]
        hint = f"It can be {' or '.join(allowed)}." if allowed else "Propose a new exception."
        raise WrongStateError(f"The exception is {status}, so it cannot be {verdict}.", hint=hint)


def ensure_four_eyes(
    subject: str, *, is_learner: bool, proposed_by: str, learner_subjects: Collection[str]
) -> None:
    """Raise `ConflictOfInterestError` for the learner and for whoever proposed the exception.

    Another spelling, or a second token of the learner, is not somebody else.
    """
    if is_learner or is_among(subject, learner_subjects):
        raise ConflictOfInterestError("Nobody decides about an exception for themselves.")
    if is_among(subject, [proposed_by]):
        raise ConflictOfInterestError(
            f"{subject} proposed this exception, so somebody else has to decide about it.",
            hint="Use the token of another administrator.",
        )


def carried(exceptions: Sequence[RuleException], definition: PassportDefinition) -> list[RuleException]:
    """Return the exceptions with the keys of this version, which may have renamed their nodes.

    One whose node is gone keeps its key: it applies to nothing, and the answer says so.
    """
    return [replace(each, node=carry_key(each.node, definition) or each.node) for each in exceptions]


def orphaned(exceptions: Sequence[RuleException], definition: PassportDefinition) -> list[RuleException]:
    """Return the exceptions under whose node nothing lives on in this version."""
    return [each for each in exceptions if carry_key(each.node, definition) is None]


def is_worse(after: Evaluation, before: Evaluation) -> bool:
    """Tell whether an answer is less than another: complete no more, or fewer units met or waived."""
    have = [each.units.met + each.units.waived for each in (after, before)]
    return (before.complete and not after.complete) or have[0] < have[1]
