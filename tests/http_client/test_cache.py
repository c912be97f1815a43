"""What is kept, for how long, and what makes room."""

import pytest

from app.http_client.cache import Cache, seconds_to_keep
from app.http_client.results import Fetched, Refused
from tests.http_client.remote import Clock


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 60),
        ("public, max-age=300", 300),
        ('max-age="300"', 300),
        ("MAX-AGE=300", 300),
        ("public,max-age=300", 300),
        ("x-max-age=300", 60),
        ("max-age=0", 60),
        ("max-age=-5", 60),
        ("max-age=999999999", 86_400),
        ("max-age=99999999999999999999999", 86_400),
        ("no-store, max-age=300", 60),
        ("no-cache, max-age=300", 60),
        ("private", 60),
    ],
)
def test_a_server_is_heard_between_a_minute_and_a_day(header: str, seconds: int) -> None:
    assert seconds_to_keep(header) == seconds


def document(size: int = 1) -> Fetched:
    return Fetched(b"x" * size, "application/json", "https://badges.example.org/", "")


def test_a_result_is_kept_by_address_and_purpose_until_its_time() -> None:
    clock = Clock()
    cache = Cache(clock)
    cache.put(("a", "STATUS_LIST"), document(), 60)
    assert cache.get(("a", "CREDENTIAL")) is None
    clock.now += 59
    assert cache.get(("a", "STATUS_LIST")) == document()
    clock.now += 1
    assert cache.get(("a", "STATUS_LIST")) is None
    assert cache.get(("a", "STATUS_LIST")) is None


def test_the_oldest_entries_make_room() -> None:
    by_count = Cache(Clock(), max_entries=2)
    for name in "abc":
        by_count.put((name, ""), Refused("timed_out", ""), 60)
    assert [by_count.get((name, "")) is not None for name in "abc"] == [False, True, True]
    by_bytes = Cache(Clock(), max_bytes=10)
    for name in "aabc":
        by_bytes.put((name, ""), document(4), 60)
    assert [by_bytes.get((name, "")) is not None for name in "abc"] == [False, True, True]
