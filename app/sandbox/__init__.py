"""Processes with limits for work whose cost a stranger decides (decisions 0012, 0021).

That is the slow path of JSON-LD, and schemas which credentials name.

One document at a time goes to a process that has no files, no network, no secrets and little time. What it
overruns ends the process, not the service: the next document finds a new one.
"""

from app.sandbox.limits import Limits
from app.sandbox.pool import Sandbox

__all__ = ["Limits", "Sandbox"]
