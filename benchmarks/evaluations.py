"""In-process: one evaluation of a rule, beside PyLD's time for one credential: the yardstick of the machine.

`python -m benchmarks.evaluations` runs it alone.
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from pyld import jsonld

from app.domain.passports import read_passport
from app.domain.rules.definition import PassportDefinition
from app.domain.rules.evaluate import evaluate
from app.domain.rules.expand import expand
from app.domain.rules.facts import Catalogue, EvidenceRow
from app.signing.jsonld import context_document, known_contexts
from benchmarks.documents import by_size
from benchmarks.rows import Row, in_turns, median_us, table

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
NOTHING: Final = Catalogue({}, {}, {})
SIZES: Final = ((8, 12, 300.0), (60, 200, 25_000.0))
"""Leaves, rows, and the µs that one evaluation should not exceed."""

TOPICS: Final = tuple(f"topic-{number}" for number in range(24))
"""So many that a row fits about ten of sixty leaves: 2,000 eligible pairs for the larger size."""


def measure() -> Iterator[Row]:
    """Yield a row for each size, then the yardstick."""
    documents = {url: json.loads(context_document(url)) for url in known_contexts()}
    jsonld.set_document_loader(
        lambda url, _options: {"contextUrl": None, "documentUrl": url, "document": documents[url]}
    )
    credential: dict[str, Any] = by_size()["5 KB"]

    def canonize() -> object:
        return jsonld.normalize(credential, {"algorithm": "URDNA2015", "format": "application/n-quads"})

    yardstick = 0.0
    for leaves, count, target in SIZES:
        definition, rows = a_passport(leaves), some_rows(count)

        def judge(definition: PassportDefinition = definition, rows: list[EvidenceRow] = rows) -> object:
            return evaluate(definition, rows, NOTHING, as_of=NOW)

        ours, yardstick = in_turns(partial(median_us, judge), partial(median_us, canonize))
        yield Row(f"evaluate {leaves} leaves with {count} rows", "µs", ours, target=target)
    yield Row("PyLD: canonize one credential of 5 KB", "µs", yardstick)


def a_passport(leaves: int) -> PassportDefinition:
    """Return a rule whose leaves compete: each topic is asked for by several of them."""
    nodes = [
        {
            "key": f"leaf-{number}",
            "experience": {"topics": [TOPICS[number % 24], TOPICS[(number * 5 + 1) % 24]]},
        }
        for number in range(leaves)
    ]
    rule = {"key": "root", "all_of": nodes}
    return expand(read_passport({"key": "bench", "version": "1.0.0", "title": "B", "rule": rule}), NOTHING)


def some_rows(count: int) -> list[EvidenceRow]:
    """Return accepted rows with one to three topics each, the same ones every time."""
    chance = random.Random(20160122)  # noqa: S311 (rows for a measurement)
    return [
        EvidenceRow(
            id=f"row-{number:04}",
            kind="experience",
            status="accepted",
            title="Something done",
            occurred_at=NOW - timedelta(days=chance.randrange(1, 700)),
            recorded_at=NOW,
            assurance="reviewed",
            topics=frozenset(chance.sample(TOPICS, chance.randint(1, 3))),
        )
        for number in range(count)
    ]


if __name__ == "__main__":
    sys.stdout.write(table(list(measure())) + "\n")
