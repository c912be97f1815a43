"""Reviews: what a reviewer decides about one revision of a piece of evidence, and who may decide."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from app.domain.actors import Actor, is_among, plain_name
from app.domain.content import Alignment
from app.domain.evidence import EvidenceEvent, read_alignments
from app.domain.payloads import KEY, REFERENCE, Faults, Payload, nearest
from app.domain.rubrics import Rubric
from app.domain.rules.facts import EvidenceRow, LevelReached
from app.domain.rules.language import Leaf
from app.domain.rules.predicates import RPL_REVIEWERS, predicates_of
from app.domain.rules.questions import Moment
from app.errors import ConflictOfInterestError, Fault, InvalidPayloadError

Decision: TypeAlias = Literal["accepted", "returned", "rejected"]

DECISIONS: tuple[Decision, ...] = get_args(Decision)


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What a reviewer said. Levels and alignments count when the evidence is accepted."""

    decision: Decision
    comment: str | None = None
    levels: tuple[LevelReached, ...] = ()
    alignments: tuple[Alignment, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_review` takes it back unchanged."""
        return {
            "decision": self.decision,
            "comment": self.comment,
            "levels": [
                {"rubric": each.rubric, "criterion": each.criterion, "level": each.level}
                for each in self.levels
            ],
            "alignments": [
                {"framework": each.framework, "item": each.item, "weight": each.weight}
                for each in self.alignments
            ],
        }


def read_review(document: Mapping[str, Any], rubrics: Mapping[str, Rubric]) -> ReviewReport:
    """Return the review of a request's body; `rubrics` are those of a catalogue, by key and `key@version`.

    Raises `InvalidPayloadError` with every fault: a decision other than acceptance without a comment, a
    level that its rubric does not have, a criterion judged twice.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    decision = body.one_of("decision", DECISIONS)
    comment = body.optional_text("comment", limit=20_000)
    bodies = body.payloads("levels", limit=100)
    levels = tuple(_read_level(each, rubrics) for each in bodies)
    alignments = read_alignments(body)
    body.finish()
    if decision != "accepted" and not body.has("comment"):
        body.fault("comment", "missing_key", f"Evidence is {decision} with a comment that says why.")
    judged = [(each.rubric, each.criterion) for each in levels]
    for index, each in enumerate(bodies):
        if judged[index] in judged[:index]:
            each.fault("criterion", "duplicate_key", "This criterion is judged twice.")
    faults.raise_if_any(InvalidPayloadError, "The review breaks a rule.")
    return ReviewReport(next(each for each in DECISIONS if each == decision), comment, levels, alignments)


def _read_level(body: Payload, rubrics: Mapping[str, Rubric]) -> LevelReached:
    reached = LevelReached(
        rubric=body.text("rubric", pattern=REFERENCE),
        criterion=body.text("criterion", pattern=KEY),
        level=body.text("level", pattern=KEY),
    )
    body.finish()
    if all((reached.rubric, reached.criterion, reached.level)):
        _check_level(body, reached, rubrics)
    return reached


def _check_level(body: Payload, reached: LevelReached, rubrics: Mapping[str, Rubric]) -> None:
    """Add a fault for the first of rubric, criterion and level that does not exist."""
    rubric = rubrics.get(reached.rubric)
    if rubric is None:
        hint = nearest(reached.rubric, tuple(rubrics)) if rubrics else "No rubric is published yet."
        body.fault("rubric", "unknown_reference", f"There is no published rubric {reached.rubric!r}.", hint)
        return
    criterion = rubric.find(reached.criterion)
    if criterion is None:
        hint = nearest(reached.criterion, tuple(each.key for each in rubric.criteria))
        body.fault("criterion", "unknown_reference", f"{rubric.ref} has no such criterion.", hint)
        return
    if not criterion.from_level(reached.level):
        hint = nearest(reached.level, tuple(each.key for each in criterion.levels))
        body.fault(
            "level", "unknown_reference", f"{criterion.key!r} of {rubric.ref} has no such level.", hint
        )


def ensure_judged(report: ReviewReport, row: EvidenceRow, leaves: Iterable[Leaf], moment: Moment) -> None:
    """Return unless an acceptance leaves out a level that a leaf asks for which the row fits otherwise.

    `row` is the evidence under review. Without the level it would never count there, and nobody could
    review it once more. Raises `InvalidPayloadError` with a fault for each criterion.
    """
    if report.decision != "accepted":
        return
    judged = {(each.rubric.partition("@")[0], each.criterion) for each in report.levels}
    faults = {}
    for leaf in leaves:
        asked = leaf.min_level
        if asked is None or row.kind not in leaf.kinds:
            continue
        criterion = (asked.rubric.partition("@")[0], asked.criterion)
        if criterion in judged or not all(each.holds(row, moment) for each in predicates_of(leaf)):
            continue
        detail = f"{leaf.title or leaf.key!r} asks which level of {asked.criterion!r} was reached."
        hint = f"Add a level of {asked.rubric}: {', '.join(asked.enough)} would do, a lower one may be true."
        faults[criterion] = Fault("/levels", "missing_key", detail, hint)
    if faults:
        detail = "The evidence would be accepted without a level that it needs."
        raise InvalidPayloadError(detail, faults=list(faults.values()))


def ensure_independent(
    actor: Actor, *, learner_id: str, submitted_by: Collection[str], learner_subjects: Collection[str] = ()
) -> None:
    """Return if `actor` may judge evidence of this learner, reported by the subjects `submitted_by`.

    `learner_subjects` are those of the learner's own tokens: a second token does not make somebody else.
    Raises `ConflictOfInterestError` for one's own evidence and for what one has reported oneself.
    """
    if actor.learner_id == learner_id or is_among(actor.subject, learner_subjects):
        raise ConflictOfInterestError("This evidence is your own, so somebody else has to review it.")
    if is_among(actor.subject, submitted_by):
        raise ConflictOfInterestError(
            f"{actor.subject} submitted this evidence, so somebody else has to review it.",
            hint="Use the token of another reviewer.",
        )


def review_event(
    kind: str, decision: Decision, *, reviewer: str, accepted_by: Collection[str]
) -> EvidenceEvent:
    """Return what the decision does to the evidence.

    Prior learning (`rpl`) needs two reviewers: the first acceptance only begins the review.
    `accepted_by` names those who accepted the same revision before. Raises `ConflictOfInterestError`
    when one of them wants to be the second.
    """
    if decision != "accepted":
        return "return" if decision == "returned" else "reject"
    if kind != "rpl":
        return "accept"
    before = {plain_name(each) for each in accepted_by}
    if plain_name(reviewer) in before:
        raise ConflictOfInterestError(
            "Prior learning is accepted by two reviewers, and you are the first of them."
        )
    return "accept" if len(before) + 1 >= RPL_REVIEWERS else "begin_review"
