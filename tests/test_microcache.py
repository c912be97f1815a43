"""What is kept for a moment is never older than the last commit."""

from concurrent.futures import ThreadPoolExecutor

from app.microcache import Microcache


def test_what_is_kept_is_found_for_a_moment_only() -> None:
    kept, forgotten = Microcache[str, int](), Microcache[str, int](seconds=0)
    for cache in (kept, forgotten):
        cache.keep("a", 1, cache.generation)
    assert (kept.find("a"), kept.find("b"), forgotten.find("a")) == (1, None, None)


def test_a_commit_makes_it_forget_everything_also_what_is_being_read() -> None:
    cache = Microcache[str, int]()
    cache.keep("a", 1, cache.generation)
    reading_since = cache.generation
    cache.clear()
    cache.keep("b", 2, reading_since)
    assert (cache.find("a"), cache.find("b")) == (None, None)


def test_the_oldest_entry_makes_room() -> None:
    cache = Microcache[str, int](max_entries=2)
    for number, key in enumerate("abac"):
        cache.keep(key, number, cache.generation)
    assert [cache.find(key) for key in "abc"] == [2, None, 3]


def test_threads_may_share_it() -> None:
    cache = Microcache[int, int](max_entries=3)

    def keep(number: int) -> None:
        for key in range(200):
            cache.keep((key * number) % 7, key, cache.generation)
            if key % 50 == number:
                cache.clear()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(keep, range(8)))
    assert sum(cache.find(key) is not None for key in range(7)) <= 3
