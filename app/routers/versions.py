"""The life of published passport versions over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import NowDep, SessionDep
from app.problems import responses
from app.routers.definitions import KeyPath, Publisher, Reader
from app.schemas.definitions import VersionRead
from app.schemas.versions import VersionCheckRead, VersionRetire
from app.services import version_checks, versions

api = APIRouter(
    prefix="/v1/passports/{key}/versions",
    tags=["passports"],
    route_class=ApiRoute,
    responses=responses(
        errors.NotAuthenticatedError,
        errors.InsufficientScopeError,
        errors.NotFoundError,
        errors.InvalidPayloadError,
    ),
)

VersionPath = Annotated[str, Path(pattern=r"^[0-9A-Za-z.-]{1,64}$", examples=["1.0.0"])]


@api.post(
    "/{version}:deprecate",
    summary="Close a version to new enrolments",
    responses=responses(errors.WrongStateError),
)
def deprecate_version(
    key: KeyPath, version: VersionPath, session: SessionDep, now: NowDep, actor: Publisher
) -> VersionRead:
    """Take no new enrolments on a version; those that there are go on. Again, it changes nothing."""
    found = versions.deprecate_version(session, actor, key, version, now=now)
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
    found = versions.retire_version(session, actor, key, version, retires_at=body.retires_at, now=now)
    return VersionRead.model_validate(found)


@api.get("/{version}/findings", summary="See whether a version can still be met")
def read_findings(key: KeyPath, version: VersionPath, session: SessionDep, actor: Reader) -> VersionCheckRead:
    """Return what lint said of the version in the last daily check, against what there was that day.

    Before the first check, it is what was found when the version was published.
    """
    return VersionCheckRead.model_validate(version_checks.load_check(session, actor, key, version))


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
    versions.delete_version(session, actor, key, version, now=now)
