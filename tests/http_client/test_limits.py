"""Budgets, rates and places at one server."""

import threading

import pytest

from app.http_client.limits import Budget, Limits, Places, TokenBuckets
from app.http_client.results import RefusedError
from tests.http_client.remote import Clock


def test_a_bucket_gives_a_quarter_at_once_and_then_as_it_fills() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, clock)
    assert [buckets.take("a") for _ in range(16)] == [True] * 15 + [False]
    assert buckets.take("b")
    clock.now += 1
    assert [buckets.take("a") for _ in range(2)] == [True, False]
    clock.now += 3600
    assert sum(buckets.take("a") for _ in range(100)) == 15


def test_a_thousand_a_second_pass_no_more_than_the_rate_and_one_burst() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, clock)
    passed = 0
    for _ in range(60_000):
        clock.now += 0.001
        passed += buckets.take("victim")
    assert passed <= 60 + 15


def test_a_bucket_that_was_not_used_for_longest_is_forgotten() -> None:
    buckets = TokenBuckets(4, Clock(), max_keys=2)
    assert [buckets.take(key) for key in "aab"] == [True, False, True]
    assert not buckets.take("a")
    assert buckets.take("c")
    assert [buckets.take(key) for key in "ba"] == [True, True]


def test_a_budget_ends_with_its_documents_its_bytes_or_its_time() -> None:
    clock = Clock()
    by_count = Budget(Limits(errand_documents=1), clock)
    by_count.take_document()
    by_bytes = Budget(Limits(errand_bytes=10), clock)
    by_bytes.take_bytes(10)
    by_time = Budget(Limits(errand_seconds=1), clock)
    clock.now += 2
    for budget in (by_count, by_bytes, by_time):
        with pytest.raises(RefusedError, match="budget_spent"):
            budget.take_document()
    assert by_time.seconds_left == 0


def test_a_place_comes_free_when_another_has_done() -> None:
    places, waited = Places(1), []
    assert places.take("a")
    assert places.take("b")
    assert not places.take("a")
    assert not places.take("a", 0.01)
    waiting = threading.Thread(target=lambda: waited.append(places.take("a", 5)))
    waiting.start()
    places.give_back("a")
    waiting.join()
    assert waited == [True]
    places.give_back("a")
    assert places.take("a")
