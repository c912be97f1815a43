from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.cases import (
    AFTER,
    UNDECIDED,
    CaseOutcome,
    CaseStatus,
    Replay,
    ensure_decidable,
    ensure_impartial,
    known_rows,
)
from app.domain.rules.facts import EvidenceRow
from app.domain.rules.progress import Evaluation, GateLeaf, GateProgress, NodeProgress, Units
from app.errors import ConflictOfInterestError, WrongStateError

T = datetime(2016, 3, 1, 9, tzinfo=UTC)
ROOT = NodeProgress(
    key="root",
    parent=None,
    kind="all_of",
    title=None,
    hint=None,
    section=None,
    optional=False,
    result=None,
    status="met",
    need=2,
    have=2,
)
MET = Evaluation(
    passport="small",
    version="1.0.0",
    rule_digest="",
    as_of=T,
    units=Units(2, 0, 2),
    nodes=(ROOT,),
    shortfalls=(),
    next_steps=(),
    unused_evidence=(),
)
PARTIAL = replace(MET, units=Units(1, 0, 2), nodes=(replace(ROOT, status="partial", have=1),))
OPEN = GateProgress("before_issue", (GateLeaf("base", None, open=True, need=1, have=1, evidence=("c1",)),))
CLOSED = GateProgress("before_issue", (GateLeaf("base", None, open=False, need=1, have=0, evidence=()),))


def test_a_case_is_decided_until_it_is_kept_or_revoked() -> None:
    assert UNDECIDED == (CaseStatus.OPEN, CaseStatus.SUSPENDED)
    for outcome in CaseOutcome:
        ensure_decidable(CaseStatus.OPEN, outcome)
    with pytest.raises(WrongStateError, match="suspended") as refused:
        ensure_decidable(CaseStatus.SUSPENDED, CaseOutcome.SUSPEND)
    assert refused.value.hint == "Possible now: keep, revoke."
    for closed in (CaseStatus.KEPT, CaseStatus.REVOKED):
        with pytest.raises(WrongStateError) as refused:
            ensure_decidable(closed, CaseOutcome.KEEP)
        assert refused.value.hint == "What was decided stays so."
    assert set(AFTER) == set(CaseOutcome)


def test_the_holder_does_not_decide_under_any_name() -> None:
    ensure_impartial("ada", is_learner=False, learner_subjects=["amina"])
    for subject, is_learner in (("amina", True), (" AMINA", False)):
        with pytest.raises(ConflictOfInterestError):
            ensure_impartial(subject, is_learner=is_learner, learner_subjects=["amina"])


def test_what_was_accepted_later_or_fell_away_was_not_known() -> None:
    def row(name: str, status: str = "accepted") -> EvidenceRow:
        return EvidenceRow(
            id=name,
            kind="attendance",
            status=status,  # type: ignore[arg-type]  # the test names states only
            title=name,
            occurred_at=T,
            recorded_at=T,
        )

    rows = [row("then"), row("later"), row("void", "invalidated"), row("credential")]
    accepted_at = {"then": T, "later": T + timedelta(seconds=1), "void": T}
    assert [each.id for each in known_rows(rows, accepted_at, as_of=T)] == ["then", "credential"]


def test_a_replay_stands_on_the_rule_and_the_gate() -> None:
    assert Replay(MET, None).stands
    assert Replay(MET, OPEN).stands
    assert not Replay(MET, CLOSED).stands
    assert not Replay(PARTIAL, OPEN).stands


def test_the_credential_of_a_milestone_stands_on_its_node() -> None:
    part = replace(ROOT, key="part", parent="root", need=1, have=1)
    mixed = replace(PARTIAL, nodes=(PARTIAL.nodes[0], part))
    assert Replay(mixed, milestone="part").stands
    assert Replay(mixed, milestone="part").to_document()["milestone"] == "part"
    assert not Replay(mixed, GateProgress("before_count", CLOSED.leaves), "part").stands
    short = replace(mixed, nodes=(PARTIAL.nodes[0], replace(part, status="unmet", have=0)))
    assert Replay(short, milestone="part").lacks_more_than(Replay(mixed, milestone="part"))


def test_a_replay_lacks_more_in_units_or_at_the_gate() -> None:
    assert Replay(PARTIAL, None).lacks_more_than(Replay(MET, None))
    assert Replay(PARTIAL, CLOSED).lacks_more_than(Replay(PARTIAL, OPEN))
    assert not Replay(PARTIAL, None).lacks_more_than(Replay(PARTIAL, None))


def test_a_case_keeps_what_is_missing() -> None:
    kept = Replay(PARTIAL, None).to_document()
    assert (kept["status"], kept["units"]["met"], kept["shortfalls"]) == ("partial", 1, [])
    assert "gate" not in kept
    assert Replay(MET, CLOSED).to_document()["gate"]["open"] is False
