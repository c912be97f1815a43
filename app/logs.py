"""Logs as one JSON object a line, without anything secret in them."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

_SECRETS = (
    (re.compile(r"lpt_[A-Za-z0-9_-]{8,}"), "lpt_[hidden]"),
    (re.compile(r"(?i)\b(bearer|basic) +[A-Za-z0-9._~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(r"(?<=://)[^\s/:@\"]*:[^\s/@\"]*(?=@)"), "[hidden]"),
)
"""Tokens, Authorization headers, and the user and password of a URL."""

_EXTRAS = ("request_id", "milliseconds", "job_id")


class JsonFormatter(logging.Formatter):
    """Formats a record for machines; whatever looks like a secret is blacked out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        text = json.dumps(line, ensure_ascii=False)
        for pattern, shown in _SECRETS:
            text = pattern.sub(shown, text)
        return text


def configure_logs(level: str) -> None:
    """Send everything to standard error in this form; called once at start-up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True  # the access log of middleware.py has the request id
