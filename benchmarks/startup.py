"""Start-up: seconds until the first answer, and memory when idle."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rows import Row, compare
from benchmarks.service import free_port, process

MEGABYTE = 1_000_000


def measure() -> Iterator[Row]:
    """Yield the rows."""
    with TemporaryDirectory(prefix="passports-bench-") as folder:
        port = free_port()
        settings = {
            "PASSPORTS_DATABASE_URL": f"sqlite:///{folder}/service.sqlite3",
            "PASSPORTS_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PASSPORTS_ENCRYPTION_KEY_FILE": f"{folder}/encryption.key",
            "PASSPORTS_LOG_LEVEL": "WARNING",
        }
        command = [str(Path(sys.executable).parent / "passports"), "serve", "--port", str(port)]
        with process(command, settings, port, "/health/live"):
            """Once, to make the database and the bytecode."""
        begun = time.perf_counter()
        with process(command, settings, port, "/health/live") as running:
            yield Row("start-up to the first answer", "s", time.perf_counter() - begun)
            time.sleep(2)
            yield Row("idle memory", "MB", resident(running) / MEGABYTE, target=120.0)
    ours, theirs = (
        _import_seconds(name) for name in ("app.signing.issue, app.signing.verify", "pyld.jsonld")
    )
    yield compare(("import of signing and verifying, contexts compiled", "s"), ours, theirs, "PyLD")


def resident(process: "subprocess.Popen[bytes]") -> int:
    """Return the bytes of memory that a process has of its own or shares."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def _import_seconds(modules: str) -> float:
    def once() -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {modules}"], check=True)
        return time.perf_counter() - begun

    once()
    return min(once() for _ in range(5))
