"""What each public page is told: one frozen view a page, plain values only.

A view names its own template, so that a page cannot be filled with the values of another one. All text
in a view is untrusted (it comes from issuers, learners, or a stranger's upload); escaping and the
cleaning of Markdown happen in `app.templating`, never here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from app.schemas.credential_summaries import AchievementSummary, CredentialSummary, LinkedName


class CheckLike(Protocol):
    """One numbered step of the verifier's report, as the page reads it."""

    @property
    def number(self) -> int:
        """Place in the order of the standard, from 1."""

    @property
    def id(self) -> str:
        """Stable name of the step."""

    @property
    def title(self) -> str:
        """The step in words."""

    @property
    def outcome(self) -> str:
        """One of `pass`, `fail`, `unknown`, `not_applicable`."""

    @property
    def code(self) -> str:
        """Stable code of the finding."""

    @property
    def detail(self) -> str:
        """The finding in plain words."""

    @property
    def remedy(self) -> str | None:
        """What the reader can do about it."""

    @property
    def clause(self) -> str:
        """Where the standard asks for the step."""


class UncoveredLike(Protocol):
    """A part of a credential that its signature does not cover, or covers without a meaning."""

    @property
    def pointer(self) -> str:
        """Where it is, as a JSON Pointer."""


class ReportLike(Protocol):
    """The verifier's report, as the page reads it: the only source of a verdict on any page."""

    @property
    def verdict(self) -> str:
        """One of `verified`, `not_verified`, `undetermined`."""

    @property
    def checks(self) -> Sequence[CheckLike]:
        """The steps in order."""

    @property
    def uncovered(self) -> Sequence[UncoveredLike]:
        """What of the credential is not the signer's word, and so not shown."""


@dataclass(frozen=True, slots=True)
class StatusNote:
    """What the issuer wrote down when it suspended or revoked the credential."""

    reason: str
    at: datetime


class Page:
    """Base of all views: the template it fills, and how the answer may be kept and indexed."""

    __slots__ = ()
    template: ClassVar[str]
    cache_control: ClassVar[str] = "public, max-age=300"
    indexed: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage(Page):
    """`/`: what this service is. `issuers` are those that publish here."""

    template: ClassVar[str] = "home.html"
    issuers: tuple[LinkedName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialPage(Page):
    """`/credentials/{id}` of a credential of this service.

    `path` is the page's own path without a suffix, `image` the path of the achievement's picture on
    this service. Holders' pages are not indexed and not kept by shared caches.
    """

    template: ClassVar[str] = "credentials.html"
    cache_control: ClassVar[str] = "private, no-cache"
    indexed: ClassVar[bool] = False
    path: str
    summary: CredentialSummary
    report: ReportLike
    checked_at: datetime
    image: str | None = None
    note: StatusNote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationForm:
    """What the visitor typed, given back so that nothing has to be typed twice (files cannot be).

    `field` is the one that the credential came in.
    """

    credential: str = ""
    url: str = ""
    recipient: str = ""
    field: str = "credential"

    @classmethod
    def at(cls, url: str) -> "VerificationForm":
        """Return the form as somebody finds it who follows a link to it; the link may fill in `url`."""
        return cls(url=url, field="url" if url else "credential")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputProblem:
    """Why there is no report: the input could not be read. `field` is the form field it came from."""

    title: str
    detail: str
    hint: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPage(Page):
    """`/verify`: the form, and below it the report or the problem with the input.

    `source` says how the credential arrived (`json`, `jwt`, `png`, `svg`); with a `report` the
    `summary` is None only when nothing readable could be shown.
    """

    template: ClassVar[str] = "verifications.html"
    cache_control: ClassVar[str] = "no-store"
    form: VerificationForm = VerificationForm()
    report: ReportLike | None = None
    summary: CredentialSummary | None = None
    source: str | None = None
    checked_at: datetime | None = None
    problem: InputProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerPage(Page):
    """`/issuers/{key}`: who signs. `did` is the resolvable identity, `key_ids` its published keys."""

    template: ClassVar[str] = "issuers.html"
    name: str
    did: str
    path: str
    description: str = ""
    url: str | None = None
    email: str | None = None
    key_ids: tuple[str, ...] = ()
    achievements: tuple[LinkedName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AchievementPage(Page):
    """`/achievements/{key}/{version}`: what has to be done for this badge, in this version.

    `is_open` says whether learners may still begin with it.
    """

    template: ClassVar[str] = "achievements.html"
    path: str
    achievement: AchievementSummary
    issuer: LinkedName
    image: str | None = None
    is_open: bool = True
    versions: tuple[LinkedName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkItem:
    """One item of a framework with its children; `code` becomes the anchor on the page."""

    code: str
    kind: str
    label: str
    statement: str = ""
    aliases: tuple[str, ...] = ()
    children: tuple["FrameworkItem", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkPage(Page):
    """`/frameworks/{key}/{version}`: the building blocks and what stands under each."""

    template: ClassVar[str] = "frameworks.html"
    path: str
    title: str
    version: str
    description: str = ""
    published_at: datetime | None = None
    issuer: LinkedName | None = None
    items: tuple[FrameworkItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage(Page):
    """`/problems/{code}`: what an error code means; `body` is this project's own Markdown."""

    template: ClassVar[str] = "problems.html"
    code: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage(Page):
    """What a browser sees instead of problem+json; `request_id` is what to quote to the operator."""

    template: ClassVar[str] = "error.html"
    cache_control: ClassVar[str] = "no-store"
    indexed: ClassVar[bool] = False
    status: int
    title: str
    detail: str
    code: str | None = None
    hint: str | None = None
    request_id: str | None = None
