"""The clock alone can change an answer, and never before the moment that was foretold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.content import ApprovalInterval, read_content
from app.domain.evidence import CLOCK_SKEW
from app.domain.passports import read_passport
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.domain.snapshots import next_change

NOW = datetime(2016, 3, 1, 9, tzinfo=UTC)
NOTHING = Catalogue({}, {}, {})


def a_passport(leaf: dict[str, Any] | None = None) -> PassportDefinition:
    rule = {"key": "root", **(leaf or {"experience": {}})}
    return expand(
        read_passport({"key": "small", "version": "1.0.0", "title": "Small", "rule": rule}), NOTHING
    )


def a_row(occurred_at: datetime, **members: Any) -> EvidenceRow:  # noqa: ANN401 (members of a row)
    given_members: dict[str, Any] = {"kind": "experience", "status": "accepted", "title": "Done"} | members
    return EvidenceRow(id="row", occurred_at=occurred_at, recorded_at=occurred_at, **given_members)


def test_without_an_edge_an_answer_holds_for_good() -> None:
    assert next_change(a_passport(), [a_row(NOW - timedelta(days=9))], NOTHING, as_of=NOW) is None


def test_the_end_of_a_window_is_foretold() -> None:
    row = a_row(NOW - timedelta(days=9))
    edge = next_change(a_passport({"experience": {"within": "P10D"}}), [row], NOTHING, as_of=NOW)
    assert edge == NOW + timedelta(days=1, microseconds=1)


def test_a_window_that_outlasts_the_calendar_never_ends() -> None:
    passport = a_passport({"experience": {"within": "P9000Y"}})
    assert next_change(passport, [a_row(NOW)], NOTHING, as_of=NOW) is None


def test_the_expiry_of_a_credential_is_foretold() -> None:
    row = a_row(NOW, kind="credential", valid_until=NOW + timedelta(days=3))
    assert next_change(a_passport(), [row], NOTHING, as_of=NOW) == NOW + timedelta(days=3)


def test_what_has_not_happened_yet_counts_as_soon_as_a_clock_may_say_so() -> None:
    row = a_row(NOW + timedelta(hours=1))
    assert next_change(a_passport(), [row], NOTHING, as_of=NOW) == NOW + timedelta(hours=1) - CLOCK_SKEW


@pytest.mark.parametrize("until", [None, NOW + timedelta(days=2)])
def test_approvals_begin_and_end_what_is_suggested(until: datetime | None) -> None:
    item = read_content({"title": "Talk", "origin": "in_house", "mode": "online"}, key="talk")
    began = ApprovalInterval(NOW - timedelta(days=1), until)
    catalogue = Catalogue({}, {}, {"talk": item.with_approvals([began])})
    assert next_change(a_passport(), [], catalogue, as_of=NOW) == until


@example(datetime(2016, 1, 28, 0, 59), "P1M3D", 0, 78_116)  # noqa: DTZ001 (made aware below)
@given(
    st.datetimes(datetime(2015, 12, 25), datetime(2016, 3, 5)),  # noqa: DTZ001 (made aware below)
    st.sampled_from(["P1M", "P2M", "P1M3D", "P30D", "PT36H", "P1MT5H"]),
    st.integers(0, 90 * 24 * 60),
    st.integers(0, 90 * 24 * 60),
)
def test_until_the_foretold_moment_nothing_changes(
    occurred: datetime, within: str, asked_after: int, later: int
) -> None:
    occurred = occurred.replace(tzinfo=UTC)
    passport, rows = a_passport({"experience": {"within": within}}), [a_row(occurred)]
    as_of = occurred + timedelta(minutes=asked_after)
    edge = next_change(passport, rows, NOTHING, as_of=as_of)
    until = as_of + timedelta(minutes=later)
    if edge is not None:
        until = min(until, edge - timedelta(microseconds=1))
    now, then = (evaluate(passport, rows, NOTHING, as_of=moment) for moment in (as_of, until))
    assert (now.status, now.units, now.unused_evidence) == (then.status, then.units, then.unused_evidence)
