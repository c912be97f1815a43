"""What a verification says: numbered checks, each with its outcome, and one verdict over them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from app.signing.verify.remedies import REMEDIES

Verdict = Literal["verified", "not_verified", "undetermined"]


class Outcome(StrEnum):
    """How a check ended. `unknown` is never folded into one of the others."""

    PASS = "pass"  # noqa: S105 (an outcome, no secret)
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check before it takes its place in a report."""

    outcome: Outcome
    code: str
    detail: str
    remedy: str | None = None


NOT_REACHED: Final = Finding(
    Outcome.UNKNOWN,
    "not_reached",
    "Without a good signature by the issuer, what the credential says about this proves nothing.",
)
NOT_REACHED_EITHER: Final = Finding(Outcome.UNKNOWN, "not_reached", "Not looked at either.")
"""For all but the first check that was not reached."""


class EndedError(Exception):
    """A check has ended before its last step, with this finding. Never leaves the package."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def failed(code: str, detail: str, remedy: str | None = None) -> EndedError:
    """Return what to raise when the credential does not pass a check."""
    return EndedError(Finding(Outcome.FAIL, code, detail, remedy))


def unknown(code: str, detail: str, remedy: str | None = None) -> EndedError:
    """Return what to raise when a check cannot be decided."""
    return EndedError(Finding(Outcome.UNKNOWN, code, detail, remedy))


@dataclass(frozen=True, slots=True)
class Step:
    """What a check is called, and where the standard asks for it."""

    id: str
    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class Check:
    """One numbered check of a report: which, and its result. `code` is stable."""

    number: int
    step: Step
    finding: Finding

    @property
    def id(self) -> str:
        """The name of the check."""
        return self.step.id

    @property
    def title(self) -> str:
        """What the check does, in words."""
        return self.step.title

    @property
    def clause(self) -> str:
        """Where the standard asks for it."""
        return self.step.clause

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return self.finding.outcome

    @property
    def code(self) -> str:
        """Why, for a program."""
        return self.finding.code

    @property
    def detail(self) -> str:
        """Why, for a person."""
        return self.finding.detail

    @property
    def remedy(self) -> str | None:
        """What may help, where anything may."""
        return self.finding.remedy or REMEDIES.get(self.finding.code)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A member or value that is not the signer's word: where (JSON Pointer), and a stable code for why."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one presented credential, with the checks that it rests on, in their order."""

    verdict: Verdict
    checks: tuple[Check, ...]
    credential: dict[str, Any] | None
    issuer_id: str | None
    form: str
    uncovered: tuple[Uncovered, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every check that applies has passed."""
        return self.verdict == "verified"


_VERIFICATION: Final = "Open Badges 3.0, OpenBadgeCredential Verification"

STEPS: Final[Sequence[Step]] = (
    Step("parse", "Read the credential", "Open Badges 3.0, Document Formats"),
    Step(
        "conformance",
        "Follow the rules of the data model",
        f"{_VERIFICATION} (conforms); VCDM 2.0 and 1.1, Contexts",
    ),
    Step("proof", "Check the signature", "Open Badges 3.0, 8 Proofs; VC Data Integrity 1.0, 4.2 and 4.3"),
    Step("issuer_key", "Bind the key to the issuer", "Data Integrity 1.0, Verify Proof; VCDM 2.0, Issuer"),
    Step(
        "validity", "Compare the dates", f"{_VERIFICATION} (validFrom, validUntil); VCDM 2.0, Validity Period"
    ),
    Step("status", "Look for a revocation", "Bitstring Status List 1.0, Validate Algorithm"),
    Step("refresh", "Ask for a newer edition", f"{_VERIFICATION} (refreshService)"),
    Step("recipient", "Compare the holder", f"{_VERIFICATION} (recipient)"),
    Step("endorsements", "Check endorsements", "Open Badges 3.0, EndorsementCredential Verification"),
    Step("issuer_trust", "Know the issuer", "Outside the standard: VCDM 2.0 leaves trust to the verifier"),
)
"""The checks in the order in which they are made and numbered."""

_APART: Final = frozenset({"refresh", "issuer_trust"})


def assemble(
    findings: Mapping[str, Finding],
    credential: dict[str, Any],
    issuer_id: str | None,
    form: str,
    uncovered: tuple[Uncovered, ...],
) -> Report:
    """Return the report of `findings`, one for each step by its id.

    A failed check makes the verdict `not_verified`, else an unknown one `undetermined`. Two stand apart:
    what was given is judged whether or not there is a newer edition, and whether the issuer is known is the
    reader's decision, not the credential's property.
    """
    checks = numbered(STEPS, findings)
    verdict = verdict_of(check for check in checks if check.id not in _APART)
    return Report(verdict, checks, credential, issuer_id, form, uncovered)


def numbered(steps: Sequence[Step], findings: Mapping[str, Finding]) -> tuple[Check, ...]:
    """Return the checks of `findings` in the order of `steps`."""
    return tuple(Check(number, step, findings[step.id]) for number, step in enumerate(steps, 1))


def verdict_of(checks: Iterable[Check]) -> Verdict:
    """Return the verdict that `checks` leave: a failed one counts before one that is not decided."""
    outcomes = {check.outcome for check in checks}
    if Outcome.FAIL in outcomes:
        return "not_verified"
    return "undetermined" if Outcome.UNKNOWN in outcomes else "verified"
