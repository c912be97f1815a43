"""`python -m benchmarks`: everything in one run, the table on the screen, the figures in latest.json.

`python -m benchmarks signing startup` measures these parts alone, and only shows what it finds.
"""

import platform
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import evaluations, service, signing, startup
from benchmarks.peers import pin
from benchmarks.rows import Row, quote, table, write

VERSIONS = ("leadership-passports", "fastapi", "uvicorn", "sqlalchemy", "cryptography", "pyld")


PARTS = {"signing": signing.measure, "evaluations": evaluations.measure, "startup": startup.measure}
"""What can be measured by itself, by the name of its module."""


def measure_parts(names: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of some parts."""
    pin(service.SERVER_CORE)
    for name in names:
        yield from PARTS[name]()


def measure() -> Iterator[Row]:
    """Yield all rows."""
    peer: dict[str, float] = {}
    pin(service.SERVER_CORE)
    for row in signing.measure():
        if row.peer_name == signing.VC and row.peer is not None:
            peer[row.name] = row.peer
        yield row
    issue, verify = (peer[f"{what} eddsa-rdfc-2022, 5 KB"] for what in ("issue with", "verify"))
    yield from evaluations.measure()
    yield from startup.measure()
    yield from service.measure(issue, verify)


def main() -> None:
    """Measure and tell each figure as it comes.

    Of everything in one run, latest.json and the page that quotes it are written.
    """
    rows, names = [], sys.argv[1:]
    if not PARTS.keys() >= set(names):
        sys.exit(f"The parts are: {', '.join(PARTS)}.")
    for row in measure_parts(names) if names else measure():
        rows.append(row)
        ratio = "" if row.ratio is None else f", {row.ratio:.3g} x {row.peer_name}"
        sys.stderr.write(f"{row.name}: {row.ours:.4g} {row.unit}{ratio} {row.verdict}\n")
    sys.stdout.write(table(rows) + "\n")
    if names:
        return
    about = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {platform.system()}, one core a process",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}},
    }
    write(rows, about)
    quote(rows)


if __name__ == "__main__":
    main()
