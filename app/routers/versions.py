"""The life of published versions over HTTP; passports and series have the same."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import NowDep, SessionDep
from app.problems import responses
from app.routers.definitions import KeyPath, Publisher, Reader
from app.schemas.definitions import VersionRead
from app.schemas.upgrades import SweepRead
from app.schemas.versions import VersionCheckRead, VersionRetire
from app.services import passports, series, upgrade_sweeps, version_checks, versions
from app.services.definitions import DefinitionKind, Noun
from app.services.versions import VersionName

VersionPath = Annotated[str, Path(pattern=r"^[0-9A-Za-z.-]{1,64}$", examples=["1.0.0"])]


def version_router(noun: Noun) -> APIRouter:
    """Return a router with the routes for the published versions of what learners enrol on."""
    api = APIRouter(
        prefix=f"/v1/{noun.plural}/{{key}}/versions",
        tags=[noun.plural],
        route_class=ApiRoute,
        responses=responses(
            errors.NotAuthenticatedError,
            errors.InsufficientScopeError,
            errors.NotFoundError,
            errors.InvalidPayloadError,
        ),
    )
    _add_ending(api, noun.kind)
    _add_looking(api, noun.kind)
    return api


def _add_ending(api: APIRouter, kind: DefinitionKind) -> None:
    @api.post(
        "/{version}:deprecate",
        summary="Close a version to new enrolments",
        responses=responses(errors.WrongStateError),
    )
    def deprecate_version(
        key: KeyPath, version: VersionPath, session: SessionDep, now: NowDep, actor: Publisher
    ) -> VersionRead:
        """Take no new enrolments on a version; those that there are go on. Again, it changes nothing."""
        found = versions.deprecate_version(session, actor, VersionName(kind, key, version), now=now)
        return VersionRead.model_validate(found)

    @api.post(
        "/{version}:retire",
        summary="Announce the last day of a version",
        responses=responses(
            errors.WrongStateError,
            errors.MalformedBodyError,
            errors.UnsupportedMediaTypeError,
            errors.BodyTooLargeError,
        ),
    )
    def retire_version(
        key: KeyPath,
        version: VersionPath,
        body: VersionRetire,
        session: SessionDep,
        now: NowDep,
        actor: Publisher,
    ) -> VersionRead:
        """Say when the enrolments on a version close. Until then learners may finish, and later move on.

        The day may be put off and not brought forward. Credentials and achievements stay as they are.
        """
        name = VersionName(kind, key, version)
        found = versions.retire_version(session, actor, name, retires_at=body.retires_at, now=now)
        return VersionRead.model_validate(found)

    @api.delete(
        "/{version}",
        status_code=status.HTTP_204_NO_CONTENT,
        summary="Delete a version that nobody has used",
        responses=responses(errors.WrongStateError),
    )
    def delete_version(
        key: KeyPath, version: VersionPath, session: SessionDep, now: NowDep, actor: Publisher
    ) -> None:
        """Delete a published version without enrolments and credentials: it was published by mistake."""
        versions.delete_version(session, actor, VersionName(kind, key, version), now=now)


def _add_looking(api: APIRouter, kind: DefinitionKind) -> None:
    @api.get("/{version}/findings", summary="See whether a version can still be met")
    def read_findings(
        key: KeyPath, version: VersionPath, session: SessionDep, actor: Reader
    ) -> VersionCheckRead:
        """Return what lint said of the version in the last daily check, against what there was that day.

        Before the first check, it is what was found when the version was published.
        """
        return VersionCheckRead.model_validate(version_checks.load_check(session, actor, kind, key, version))

    @api.get("/{version}/sweeps", summary="See whom a version has moved")
    def list_sweeps(
        key: KeyPath, version: VersionPath, session: SessionDep, actor: Reader
    ) -> list[SweepRead]:
        """Say how far the service has come in moving the enrolments on earlier versions, by why it does."""
        found = upgrade_sweeps.list_sweeps(session, actor, kind, key, version)
        return [SweepRead.model_validate(sweep) for sweep in found]


apis = tuple(version_router(noun) for noun in (passports.NOUN, series.NOUN))
