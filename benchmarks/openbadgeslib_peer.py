"""openbadgeslib as a peer, in an environment of its own: a JSON object a line in, a JSON object a line out.

{"issue": claims, "private": PEM, "seconds": s} signs a VC-JWT again and again → {"median": µs a call};
{"verify": JWT, "public": PEM, "seconds": s} verifies it again and again.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

from openbadgeslib.ob3 import OB3Signer, OB3Verifier


def median(work: Callable[[], object], seconds: float) -> float:
    """Return the median time of a call in µs."""
    times: list[int] = []
    until = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < until:
        begun = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - begun)
    return statistics.median(times) / 1000


for line in sys.stdin:
    request = json.loads(line)
    if "issue" in request:
        signer = OB3Signer(request["private"].encode(), algorithm="EdDSA")
        figure = median(lambda: signer.sign_payload(request["issue"]), request["seconds"])
    else:
        verifier = OB3Verifier(request["public"].encode())
        figure = median(lambda: verifier.verify(request["verify"]), request["seconds"])
    print(json.dumps({"median": figure}), flush=True)
