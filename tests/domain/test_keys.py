"""The life of a signing key, as the domain decides it."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from app.domain.keys import (
    ASSERTING,
    PUBLICATION_WAIT,
    SIGNING,
    TRANSITIONS,
    KeyAct,
    KeyStatus,
    ensure_known,
    ensure_past,
    status_after,
)
from app.errors import InvalidPayloadError, KeyTooNewError, WrongStateError

NOW = datetime(2016, 3, 1, 9, tzinfo=UTC)
EVERY = list(product(KeyStatus, KeyAct))


@pytest.mark.parametrize(
    ("status", "act", "after"),
    [
        ("pending", "publish", "published"),
        ("published", "activate", "active"),
        ("active", "retire", "retiring"),
        ("retiring", "settle", "historic"),
        *((status, "compromise", "compromised") for status in KeyStatus if status != "compromised"),
    ],
)
def test_a_key_goes_forward(status: str, act: str, after: str) -> None:
    assert status_after(status, KeyAct(act)) == after


@pytest.mark.parametrize(("status", "act"), [pair for pair in EVERY if pair not in TRANSITIONS])
def test_every_other_way_is_closed(status: KeyStatus, act: KeyAct) -> None:
    with pytest.raises(WrongStateError, match=f"that is {status} cannot take this: {act}") as refusal:
        status_after(status, act)
    possible = [each for (start, each) in TRANSITIONS if start == status]
    hint = f"Possible now: {', '.join(possible)}." if possible else "Nothing can be done with it any more."
    assert refusal.value.hint == hint


def test_twenty_one_of_thirty_ways_are_closed() -> None:
    assert (len(EVERY), len(TRANSITIONS)) == (30, 9)


def test_a_compromised_key_neither_signs_nor_asserts() -> None:
    assert KeyStatus.COMPROMISED not in {*SIGNING, *ASSERTING}
    assert KeyStatus.PENDING not in {*SIGNING, *ASSERTING}
    assert set(SIGNING) < set(ASSERTING)


def test_a_key_signs_when_every_kept_document_knows_it() -> None:
    ensure_known(NOW, None, now=NOW + PUBLICATION_WAIT)
    with pytest.raises(KeyTooNewError, match="until 2016-03-01T09:10:00Z") as refusal:
        ensure_known(NOW, None, now=NOW + PUBLICATION_WAIT - timedelta(seconds=1))
    assert "justification" in str(refusal.value.hint)


def test_a_justification_stands_in_for_the_wait() -> None:
    ensure_known(NOW, "the key before it was stolen", now=NOW)


def test_nothing_was_compromised_in_the_future() -> None:
    ensure_past(NOW, now=NOW)
    with pytest.raises(InvalidPayloadError) as caught:
        ensure_past(NOW + timedelta(seconds=1), now=NOW)
    assert [fault.pointer for fault in caught.value.faults] == ["/at"]
