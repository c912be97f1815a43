"""From a document to a report: every fault is named with its place."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from app.domain.content import Alignment
from app.domain.digests import canonical
from app.domain.evidence.reports import VISIBILITIES, WEB_ADDRESS, EvidenceReport, Verification, Visibility
from app.domain.evidence.states import VOUCHED_KINDS
from app.domain.form_schemas import MAX_NESTING, is_plain
from app.domain.payloads import CODE, KEY, REFERENCE, TERM, Faults, Payload
from app.domain.rules.language import EVIDENCE_KINDS
from app.domain.rules.row_documents import read_score
from app.errors import InvalidPayloadError

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of a sender may be."""

MAX_MINUTES = 100_000
MAX_OUTCOMES = 50
MAX_CREDENTIAL = 60_000
"""Characters of a credential that is reported as evidence."""


def read_report(document: Mapping[str, Any], *, now: datetime | None = None) -> EvidenceReport:
    """Return the report of a request's body or of a stored document; `draft` is left to the caller.

    With `now`, what lies more than `CLOCK_SKEW` in the future is refused. A date alone stands for the
    whole day in UTC. Raises `InvalidPayloadError` with every fault.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    occurred_at, occurred_end = _read_times(body, now)
    url = body.optional_text("url", limit=2000)
    if url is not None and WEB_ADDRESS.fullmatch(url) is None:
        hint = "Write other characters percent-encoded (RFC 3986)."
        body.fault("url", "wrong_value", "This is not an absolute http or https address.", hint)
    report = EvidenceReport(
        kind=body.one_of("kind", EVIDENCE_KINDS),
        title=body.text("title", limit=200),
        description=body.optional_text("description", limit=20_000),
        occurred_at=occurred_at,
        occurred_end=occurred_end,
        content=body.optional_text("content", pattern=KEY),
        template=body.optional_text("template", pattern=KEY),
        event=body.optional_text("event", pattern=KEY),
        role=body.optional_text("role", pattern=TERM),
        topics=body.texts("topics", pattern=TERM),
        outcomes=_read_outcomes(body),
        minutes=body.integer("minutes", 1, MAX_MINUTES),
        points=body.integer("points", 0, MAX_MINUTES),
        credits=body.integer("credits", 0, MAX_MINUTES),
        score=_read_share(body),
        reflection=body.optional_text("reflection", limit=20_000),
        form=body.optional_text("form", pattern=REFERENCE),
        data=_read_data(body),
        opportunity=body.optional_text("opportunity", pattern=KEY),
        opportunity_hub=body.optional_text("opportunity_hub", pattern=TERM),
        organisation=body.optional_text("organisation", limit=200),
        endorser=body.optional_text("endorser", limit=200),
        endorser_org=body.optional_text("endorser_org", limit=200),
        activity=body.optional_text("activity", pattern=TERM),
        credential=_read_credential(body),
        verification=_read_verification(body),
        url=url,
        alignments=read_alignments(body),
        visibility=_read_visibility(body),
        source_id=body.optional_text("source_id", limit=200),
    )
    body.finish(optional=("draft",))
    _check_parts(report, body)
    faults.raise_if_any(InvalidPayloadError, "The evidence breaks a rule.")
    return report


def _read_times(body: Payload, now: datetime | None) -> tuple[datetime, datetime | None]:
    occurred_at = body.instant("occurred_at", required=True)
    occurred_end = body.instant("occurred_end")
    if occurred_at is None:
        return datetime.min.replace(tzinfo=UTC), occurred_end
    if now is not None:
        for name, instant in (("occurred_at", occurred_at), ("occurred_end", occurred_end)):
            if instant is not None and instant > now + CLOCK_SKEW:
                body.fault(name, "in_the_future", "Evidence is about what has happened; this has not yet.")
    if occurred_end is not None and occurred_end < occurred_at:
        body.fault("occurred_end", "wrong_value", "The act ends before it begins.")
    if occurred_end is None and len(str(body.members["occurred_at"])) == len("2016-01-22"):
        occurred_end = occurred_at + timedelta(hours=23, minutes=59, seconds=59)
    return occurred_at, occurred_end


def _read_outcomes(body: Payload) -> Mapping[str, str]:
    answers = body.payload("outcomes")
    if answers is None:
        return {}
    if len(answers.members) > MAX_OUTCOMES:
        body.fault("outcomes", "too_long", f"There are more than {MAX_OUTCOMES} outcomes.")
        return {}
    outcomes: dict[str, str] = {}
    for name in answers.members:
        if not isinstance(name, str) or TERM.fullmatch(name) is None:
            answers.fault(str(name), "wrong_value", f"{str(name)[:80]!r} cannot be the key of an outcome.")
        else:
            outcomes[name] = answers.text(name, limit=20_000)
    return outcomes


def _read_share(body: Payload) -> Fraction | None:
    """Return a score from 0 to 1: a number, the text `17/20` of a stored report, or a scale."""
    score = read_score(body)
    if score is not None and not 0 <= score <= 1:
        body.fault("score", "wrong_value", "A score lies between 0 and 1, or within its own min and max.")
        return None
    return score


def _read_data(body: Payload) -> Mapping[str, Any]:
    inner = body.payload("data")
    if inner is None:
        return {}
    if not is_plain(inner.members):
        detail = f"A form holds whole numbers, texts and truth values, at most {MAX_NESTING} levels deep."
        body.fault("data", "wrong_value", detail)
        return {}
    return inner.members


def _read_credential(body: Payload) -> str | None:
    """Return a credential as text: a compact JWT, or JSON, which may also stand as it is."""
    if isinstance(body.raw("credential"), Mapping):
        text = canonical(body.members["credential"])
        if len(text) <= MAX_CREDENTIAL:
            return text
        body.fault("credential", "too_long", f"It is longer than {MAX_CREDENTIAL} characters.")
        return None
    return body.optional_text("credential", limit=MAX_CREDENTIAL)


def _read_verification(body: Payload) -> Verification | None:
    inner = body.payload("verification")
    if inner is None:
        return None
    found = Verification(
        verified=inner.flag("verified"),
        bound=inner.flag("bound"),
        revoked=inner.flag("revoked"),
        id=inner.optional_text("id", limit=2000),
        issuer=inner.optional_text("issuer", limit=2000),
        achievement=inner.optional_text("achievement", limit=2000),
        valid_until=inner.instant("valid_until"),
    )
    inner.finish()
    return found


def _read_visibility(body: Payload) -> Visibility:
    wanted = body.one_of("visibility", VISIBILITIES, default="reviewers")
    return next(each for each in VISIBILITIES if each == wanted)


def read_alignments(body: Payload) -> tuple[Alignment, ...]:
    """Return the alignments that somebody set by hand; faults go to the payload's own."""
    alignments: list[Alignment] = []
    for each in body.payloads("alignments", limit=20):
        weight = each.one_of("weight", ("primary", "secondary"), default="primary")
        alignments.append(
            Alignment(
                framework=each.text("framework", pattern=REFERENCE),
                item=each.text("item", pattern=CODE),
                weight="primary" if weight == "primary" else "secondary",
            )
        )
        each.finish()
    return tuple(alignments)


def _check_parts(report: EvidenceReport, body: Payload) -> None:
    """Add the faults that show only when several members are seen together."""
    kind, about_content, about_event = body.members.get("kind"), body.has("content"), body.has("event")
    if kind == "content_completion" and not about_content:
        body.fault("content", "missing_key", "A completion names the content that was completed.")
    if kind == "attendance" and not about_content and not about_event:
        body.fault("content", "missing_key", "An attendance names its content or its event.")
    if kind in VOUCHED_KINDS and not body.has("endorser"):
        body.fault("endorser", "missing_key", "Somebody else's word names who gives it: endorser.")
    if report.credential is not None and kind != "credential":
        body.fault("credential", "wrong_value", "Evidence with a credential is of kind 'credential'.")
    if report.data and report.form is None:
        body.fault("form", "missing_key", "Data is the content of a form; name the form.")
    if report.minutes is None or report.occurred_end is None:
        return
    lasted = report.occurred_end - report.occurred_at
    if timedelta(minutes=report.minutes) > lasted + timedelta(minutes=1):
        body.fault("minutes", "wrong_value", f"{report.minutes} minutes are more than the act lasted.")
