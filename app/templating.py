"""What the templates of the public pages may call: safe Markdown, dates in words, the verdict's words.

Everything that a page says about a credential's standing is derived here from the verifier's report
alone. All other text is untrusted: templates escape it, Markdown passes an allow-list, and characters
that reorder or hide text become visible before they can stand beside a verdict.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from app.schemas.credential_summaries import web_address
from app.schemas.pages import CheckLike, ReportLike

# fmt: off
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December")
# fmt: on

# Bidirectional overrides and isolates, zero-width and other format characters, and control characters
# make text look like other text. ZWJ and ZWNJ stay: Persian, Hindi and emoji are written with them.
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)

# fmt: off
_MARKDOWN_TAGS = frozenset({"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li",
                            "ol", "p", "pre", "strong", "ul"})
# fmt: on
_MARKDOWN_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_LINK_REL = "noopener noreferrer nofollow ugc"
_markdown_parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 12}).disable("image")


def visible(text: str) -> str:
    """Return `text` with every character that hides or reorders its neighbours shown as U+FFFD."""
    return _DECEPTIVE.sub("\ufffd", text)


def markdown(text: str, top: int = 3, limit: int = 20_000) -> Markup:
    """Return untrusted Markdown as safe HTML whose highest heading is `h{top}`.

    Raw HTML and pictures are not read; links are https or mailto and carry `rel` for strangers' links.
    Text of more than `limit` characters stays plain text, so that no input can cost much time.
    """
    text = visible(text)
    if len(text) > limit:
        return Markup("<p>{}</p>").format(text)
    tokens = _markdown_parser.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + top - 1, 6)}"
    html = _markdown_parser.renderer.render(tokens, _markdown_parser.options, {})
    return Markup(  # noqa: S704 nh3 has reduced it to the allow-list above
        nh3.clean(
            html,
            tags=set(_MARKDOWN_TAGS),
            attributes=_MARKDOWN_ATTRIBUTES,
            url_schemes={"https", "mailto"},
            link_rel=_LINK_REL,
        )
    )


def day(value: str | datetime) -> Markup:
    """Return a date in words inside `<time>`; a string that is no date-time comes back escaped."""
    return _time(value, lambda moment: f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}")


def instant(value: str | datetime) -> Markup:
    """Return a date with the time of day in UTC inside `<time>`; as `day` for other strings."""
    return _time(
        value,
        lambda moment: f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC",
    )


def _time(value: str | datetime, words: Callable[[datetime], str]) -> Markup:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return escape(visible(str(value)))
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words(moment))


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands at the top: `tone` (good, bad, open) chooses colour and icon, words carry the meaning."""

    tone: str
    title: str
    text: str


_BANNERS = {
    "proof_missing": ("Not signed", "Anybody could have written this. It carries no signature to check."),
    "proof_invalid": (
        "Not genuine",
        "The signature does not fit. Either the credential was changed, or this key never signed it.",
    ),
    "key_not_bound": (
        "Not signed by this issuer",
        "There is a valid signature, but its key does not belong to the issuer that the credential names.",
    ),
    "revoked": ("Revoked", "The issuer has taken this credential back. Do not rely on it."),
    "suspended": ("Suspended", "The issuer has put this credential on hold. It may become valid again."),
    "expired": ("Expired", "The period for which the issuer stood by this credential has ended."),
    "not_yet_valid": ("Not valid yet", "The period for which the issuer stands by it has not begun."),
    "recipient_differs": (
        "Issued to somebody else",
        "The person you named is not the one to whom this credential was issued.",
    ),
}
# A false signature outweighs a revocation, and that outweighs an expiry, whatever the order of the steps.
_WEIGHT = ("parse", "conformance", "proof", "issuer_key", "status", "validity", "recipient", "endorsements")
TRUST_CHECK = "issuer_trust"


def banner(report: ReportLike) -> Banner:
    """Return the words for a report's verdict. Only `verified`, of a known issuer, gives a good tone."""
    trusted = any(check.id == TRUST_CHECK and check.outcome == "pass" for check in report.checks)
    if report.verdict == "verified" and not trusted:
        return Banner(
            "open",
            "Signature sound, issuer not known",
            "It is unchanged, valid today and signed with the key of the issuer id that it names. This "
            "service does not know that issuer, so the name proves nothing.",
        )
    if report.verdict == "verified":
        return Banner(
            "good",
            "Verified",
            "It is unchanged since it was signed, the named issuer signed it, and it is valid today.",
        )
    failed = [check for check in report.checks if check.outcome == "fail" and check.id != TRUST_CHECK]
    if report.verdict == "not_verified" and failed:
        decisive = min(failed, key=lambda c: _WEIGHT.index(c.id) if c.id in _WEIGHT else -1)
        return Banner("bad", *_BANNERS.get(decisive.code, ("Not verified", decisive.detail)))
    if report.verdict == "not_verified":
        return Banner("bad", "Not verified", "A check failed. Do not rely on this credential.")
    return Banner(
        "open",
        "Could not be fully checked",
        "Nothing was found to be wrong, but at least one check could not be made. Do not rely on it yet.",
    )


def made(checks: Sequence[CheckLike]) -> list[CheckLike]:
    """Return the checks that came to a yes or a no, without the one about trust."""
    return [check for check in checks if check.outcome in {"pass", "fail"} and check.id != TRUST_CHECK]


def left_open(checks: Sequence[CheckLike]) -> list[CheckLike]:
    """Return the checks that could not be made or do not apply, without the one about trust."""
    return [check for check in checks if check.outcome not in {"pass", "fail"} and check.id != TRUST_CHECK]


def issuer_confirmed(report: ReportLike) -> bool:
    """Tell whether the verifier found that the named issuer's own key made the signature."""
    outcomes = {check.id: check.outcome for check in report.checks}
    return outcomes.get("proof") == "pass" and outcomes.get("issuer_key") == "pass"


def _shown(value: object) -> object:
    """Make deceptive characters visible in whatever a template prints; markup made here passes."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def make_environment(directory: Path, static_url: Callable[[str], str]) -> Environment:
    """Return the templates in `directory`; `static_url` gives the address of a static file."""
    environment = Environment(
        loader=FileSystemLoader(directory),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=day, instant=instant, left_open=left_open, made=made, markdown=markdown, web_address=web_address
    )
    environment.globals.update(
        banner=banner,
        issuer_confirmed=issuer_confirmed,
        link_rel=_LINK_REL,
        static_url=static_url,
        trust_check=TRUST_CHECK,
    )
    return environment
