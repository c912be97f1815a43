from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.content import Alignment, ApprovalInterval, read_approval, read_content
from app.errors import InvalidPayloadError

JANUARY, FEBRUARY, MARCH = (datetime(2016, month, 1, tzinfo=UTC) for month in (1, 2, 3))


def document(**fields: object) -> dict[str, Any]:
    return {
        "key": "open-by-design",
        "title": "Open by design",
        "kind": "session",
        "origin": "in_house",
        "mode": "online",
        **fields,
    }


def alignment(item: str, **fields: object) -> dict[str, Any]:
    return {"framework": "leading", "item": item, **fields}


def faults_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPayloadError) as caught:
        read_content(body)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


FULL = document(
    description="How a project invites strangers.",
    language="en",
    effort_minutes=60,
    url="https://example.org/open",
    topics=["open-source"],
    tags=["summit"],
    objectives=["Participants know how to begin."],
    alignments=[alignment("open", weight="primary"), alignment("teams", weight="secondary")],
)


def test_content_is_read_with_its_alignments() -> None:
    content = read_content(FULL)
    assert content.alignments == (Alignment("leading", "open"), Alignment("leading", "teams", "secondary"))
    assert (content.modes, content.effort_minutes) == (("online",), 60)
    assert read_content(document(mode="hybrid")).modes == ("online", "in_person", "hybrid")


def test_the_canonical_form_is_read_back_unchanged() -> None:
    content = read_content(FULL)
    assert read_content(content.to_document()) == content
    without_key = {name: value for name, value in FULL.items() if name != "key"}
    assert read_content(without_key, key="open-by-design").digest == content.digest
    assert content.with_approvals([ApprovalInterval(JANUARY)]).digest == content.digest


def test_one_primary_alignment_per_framework_is_enough() -> None:
    other = {"framework": "other", "item": "open"}
    assert len(read_content(document(alignments=[alignment("open"), other])).alignments) == 2
    two = document(alignments=[alignment("open"), alignment("teams")])
    assert faults_of(two) == [("/alignments/1/weight", "second_primary")]


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"kind": "sesion"}, "/kind", "wrong_value"),
        ({"origin": None}, "/origin", "missing_key"),
        ({"mode": None}, "/mode", "missing_key"),
        ({"effort_minutes": 0}, "/effort_minutes", "wrong_value"),
        ({"url": "javascript:alert(1)"}, "/url", "wrong_value"),
        ({"topics": ["not a term"]}, "/topics/0", "wrong_value"),
        ({"alignments": [{"framework": "leading"}]}, "/alignments/0/item", "missing_key"),
        (
            {"alignments": [alignment("open"), alignment("open", weight="secondary")]},
            "/alignments/1/item",
            "duplicate_key",
        ),
        ({"alignments": [alignment("open", weight="tertiary")]}, "/alignments/0/weight", "wrong_value"),
        ({"approvals": []}, "/approvals", "unknown_key"),
    ],
)
def test_faults_have_a_place(fields: dict[str, Any], pointer: str, code: str) -> None:
    assert faults_of(document(**fields)) == [(pointer, code)]


# Approvals ------------------------------------------------------------------------------------------


def test_an_approval_holds_from_its_beginning_to_before_its_end() -> None:
    approval = ApprovalInterval(JANUARY, MARCH)
    assert approval.holds(JANUARY, JANUARY)
    assert approval.holds(FEBRUARY, FEBRUARY)
    assert not approval.holds(MARCH, MARCH)
    assert not ApprovalInterval(FEBRUARY).holds(JANUARY, JANUARY)
    assert ApprovalInterval(FEBRUARY).holds(MARCH, MARCH)
    assert ApprovalInterval(FEBRUARY).holds(JANUARY, FEBRUARY)
    assert ApprovalInterval(FEBRUARY, MARCH, retroactive=True).holds(JANUARY, JANUARY)
    assert not ApprovalInterval(FEBRUARY, MARCH, retroactive=True).holds(MARCH, MARCH)


def test_the_first_approval_in_time_that_holds_is_the_one() -> None:
    late, early = ApprovalInterval(MARCH), ApprovalInterval(JANUARY, FEBRUARY)
    content = read_content(FULL).with_approvals([late, early])
    assert content.approvals == (early, late)
    assert content.approval_at(JANUARY, JANUARY) is early
    assert content.approval_at(FEBRUARY, FEBRUARY) is None
    assert content.approval_at(MARCH, MARCH) is late


def test_an_approval_is_read_from_its_document() -> None:
    body = {"from": "2016-01-01T00:00:00Z", "to": None, "retroactive": False}
    assert read_approval(body) == ApprovalInterval(JANUARY)
    full = {"from": "2016-01-01", "to": "2016-03-01", "retroactive": True}
    assert read_approval(full) == ApprovalInterval(JANUARY, MARCH, retroactive=True)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/from", "missing_key"),
        ({"from": "soon"}, "/from", "wrong_value"),
        ({"from": "2016-03-01", "to": "2016-03-01"}, "/to", "wrong_value"),
        ({"from": "2016-03-01", "until": "2016-04-01"}, "/until", "unknown_key"),
    ],
)
def test_an_approval_that_says_nothing_is_refused(body: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        read_approval(body)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [(pointer, code)]


def test_what_was_done_before_an_approval_was_withdrawn_goes_on_counting() -> None:
    left = ApprovalInterval(JANUARY, hub="things").until(FEBRUARY)
    assert left == ApprovalInterval(JANUARY, FEBRUARY, hub="things")
    assert ApprovalInterval(JANUARY, FEBRUARY).until(MARCH) == ApprovalInterval(JANUARY, FEBRUARY)
    assert ApprovalInterval(JANUARY, MARCH).until(FEBRUARY) == ApprovalInterval(JANUARY, FEBRUARY)
    assert ApprovalInterval(FEBRUARY, retroactive=True).until(FEBRUARY) is None
    assert read_approval(left.to_document()) == left
