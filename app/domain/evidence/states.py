"""The states that a piece of evidence goes through, and how sure we are of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from app.domain.actors import Actor, Role, Scope
from app.domain.rules.facts import EvidenceStatus
from app.domain.rules.language import ASSURANCES
from app.errors import WrongStateError

EvidenceEvent: TypeAlias = Literal[
    "submit", "revise", "attest", "begin_review", "accept", "return", "reject", "withdraw", "invalidate"
]

STATUSES: tuple[EvidenceStatus, ...] = get_args(EvidenceStatus)
ATTENDED_KINDS = frozenset({"content_completion", "attendance"})
"""What a connected system knows by itself. Both kinds may tell of one act: being there and finishing."""

VOUCHED_KINDS = frozenset({"endorsement", "attestation"})
"""The word of somebody else about the learner."""

_IN_FRONT = frozenset[EvidenceStatus]({"submitted", "in_review"})
_TRANSITIONS: Mapping[EvidenceEvent, Mapping[EvidenceStatus, EvidenceStatus]] = MappingProxyType(
    {
        "submit": {"draft": "submitted"},
        "revise": {"draft": "draft", "returned": "submitted"},
        # Who may attest an act vouches for what the learner had reported of it, whatever became of that.
        "attest": dict.fromkeys(("draft", "submitted", "in_review", "returned", "rejected"), "accepted"),
        "begin_review": dict.fromkeys(_IN_FRONT, "in_review"),
        "accept": dict.fromkeys(_IN_FRONT, "accepted"),
        "return": dict.fromkeys(_IN_FRONT, "returned"),
        "reject": dict.fromkeys(_IN_FRONT, "rejected"),
        "withdraw": dict.fromkeys(("draft", "submitted", "in_review", "returned", "accepted"), "withdrawn"),
        "invalidate": {"accepted": "invalidated"},
    }
)
_DONE: Mapping[EvidenceEvent, str] = MappingProxyType(
    {
        "submit": "submitted",
        "revise": "revised",
        "attest": "attested",
        "begin_review": "taken into review",
        "accept": "accepted",
        "return": "returned",
        "reject": "rejected",
        "withdraw": "withdrawn",
        "invalidate": "invalidated",
    }
)


def transition(status: EvidenceStatus, event: EvidenceEvent) -> EvidenceStatus:
    """Return the status after `event`; raises `WrongStateError`, which names the states that allow it."""
    allowed = _TRANSITIONS[event]
    if status not in allowed:
        states = [state for state in STATUSES if state in allowed]
        raise WrongStateError(
            f"The evidence is {status}, so it cannot be {_DONE[event]}.",
            hint=f"Possible while it is {' or '.join(states)}.",
        )
    return allowed[status]


def ensure_withdrawable(status: EvidenceStatus, *, in_credential: bool) -> None:
    """Raise `WrongStateError` for accepted evidence that a live credential rests on."""
    if status == "accepted" and in_credential:
        raise WrongStateError(
            "A credential rests on this evidence, so it cannot be withdrawn.",
            hint="The issuer can revoke the credential first.",
        )


def ensure_open(status: EvidenceStatus) -> None:
    """Raise `WrongStateError` when the act was judged for good: sending it again would not count."""
    if status == "rejected":
        raise WrongStateError(
            "A reviewer rejected this act, so sending it again changes nothing.",
            hint="The review says why. Report what you did since as an act of its own.",
        )
    if status == "invalidated":
        raise WrongStateError(
            "This act was declared invalid, so it cannot be sent again.",
            hint="Its record says why; ask whoever runs the passport.",
        )


def entry_status(kind: str, actor: Actor, *, learner_id: str, draft: bool) -> tuple[EvidenceStatus, str]:
    """Return the status and the assurance with which new evidence enters the ledger.

    A connected system's record of a completion or an attendance is accepted as it comes (`system`), that
    of another party with the scope evidence:attest too (`attested`), and so is somebody else's word that
    such a party brings. Nobody attests their own.
    """
    if draft:
        return "draft", "self"
    attests = actor.may(Scope.EVIDENCE_ATTEST) and actor.learner_id != learner_id
    if not attests or kind not in ATTENDED_KINDS | VOUCHED_KINDS:
        return "submitted", "self"
    saw_it = actor.role is Role.INTEGRATION and kind in ATTENDED_KINDS
    return "accepted", "system" if saw_it else "attested"


def credential_entry(
    *, verified: bool, bound: bool, trusted: bool, draft: bool
) -> tuple[EvidenceStatus, str]:
    """Return the status and the assurance with which a credential enters the ledger.

    One that is verified, about the learner and by a trusted issuer speaks for itself; the rest waits for
    a reviewer.
    """
    assurance = "signed" if verified and bound else "self"
    if draft:
        return "draft", assurance
    return ("accepted" if verified and bound and trusted else "submitted"), assurance


def may_be_attested(status: EvidenceStatus) -> bool:
    """Tell whether another's attestation of the same act moves evidence of this status to `accepted`."""
    return status in _TRANSITIONS["attest"]


def is_at_least(assurance: str, wanted: str) -> bool:
    """Tell whether `assurance` is as strong as `wanted`: self < attested < reviewed < system < signed."""
    return ASSURANCES.index(assurance) >= ASSURANCES.index(wanted)


def after_acceptance(assurance: str) -> str:
    """Return the assurance of evidence that a reviewer has accepted: `reviewed`, unless it was stronger."""
    return assurance if is_at_least(assurance, "reviewed") else "reviewed"
