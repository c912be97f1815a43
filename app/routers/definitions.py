"""The routes that all kinds of definition share: list, read and put the draft, publish and read versions.

What differs between the kinds is handed in: the noun, and an example for the documentation.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import NowDep, PagingDep, SessionDep, SiteDep, actor_with
from app.domain.actors import Actor, Scope
from app.problems import responses
from app.representations import say_created
from app.schemas.definitions import DefinitionRead, VersionRead
from app.services import definitions
from app.services.definitions import Document, Noun, Preconditions

KeyPath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$", examples=["community-leadership"])]
Reader = Annotated[Actor, actor_with(Scope.DEFINITIONS_READ)]
Writer = Annotated[Actor, actor_with(Scope.DEFINITIONS_WRITE)]
Publisher = Annotated[Actor, actor_with(Scope.DEFINITIONS_PUBLISH)]
IfMatch = Annotated[str | None, Header(description="Only replace the draft that has this ETag.")]
IfNoneMatch = Annotated[str | None, Header(description="`*`: only create.")]


def definition_router(noun: Noun, example: Document) -> APIRouter:
    """Return a router with the routes for the drafts of one kind and, if it has any, its versions."""
    api = APIRouter(
        prefix=f"/v1/{noun.plural}",
        tags=[noun.plural],
        route_class=ApiRoute,
        responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
    )
    _add_reading(api, noun)
    _add_putting(api, noun, example)
    if noun.publish is not None:
        _add_versions(api, noun)
    return api


def _add_reading(api: APIRouter, noun: Noun) -> None:
    @api.get("", summary=f"List {noun.plural}", responses=responses(errors.InvalidPayloadError))
    def list_drafts(session: SessionDep, paging: PagingDep, actor: Reader) -> list[DefinitionRead]:
        """Return the drafts of your issuer, oldest first."""
        page = definitions.list_definitions(session, actor, noun.kind, paging.window)
        return paging.answer(page, DefinitionRead)

    @api.get(
        "/{key}",
        summary=f"Read the draft of a {noun.kind}",
        responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
    )
    def read_draft(key: KeyPath, session: SessionDep, response: Response, actor: Reader) -> DefinitionRead:
        """Return the draft with its ETag."""
        draft = definitions.load_definition(session, actor, noun.kind, key)
        response.headers["ETag"] = definitions.etag_of(draft)
        return DefinitionRead.model_validate(draft)


def _add_putting(api: APIRouter, noun: Noun, example: Document) -> None:
    @api.put(
        "/{key}",
        summary=f"Create or replace the draft of a {noun.kind}",
        responses=responses(
            errors.MalformedBodyError,
            errors.InvalidPayloadError,
            errors.PreconditionFailedError,
            errors.UnsupportedMediaTypeError,
            errors.BodyTooLargeError,
            created=DefinitionRead,
        ),
    )
    def put_draft(
        key: KeyPath,
        body: Annotated[Document, Body(examples=[example])],
        session: SessionDep,
        response: Response,
        now: NowDep,
        actor: Writer,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> DefinitionRead:
        """Store the document as the draft behind `key`; the same document again changes nothing."""
        conditions = Preconditions(if_match, if_none_match)
        draft, created = definitions.put_definition(session, actor, (noun, key, body), conditions, now=now)
        say_created(response, created)
        response.headers["ETag"] = definitions.etag_of(draft)
        return DefinitionRead.model_validate(draft)


def _add_versions(api: APIRouter, noun: Noun) -> None:
    @api.post(
        "/{key}/versions",
        status_code=status.HTTP_201_CREATED,
        summary=f"Publish the draft of a {noun.kind}",
        responses=responses(
            errors.NotFoundError,
            errors.VersionExistsError,
            errors.InvalidPayloadError,
            errors.LintFailedError,
            existing=VersionRead,
        ),
    )
    def publish_draft(
        key: KeyPath, session: SessionDep, response: Response, site: SiteDep, now: NowDep, actor: Publisher
    ) -> VersionRead:
        """Freeze the draft under the version it names; publishing it again gives the same version."""
        version, created = definitions.publish_definition(session, actor, noun, key, site=site, now=now)
        say_created(response, created)
        response.headers["Location"] = f"{api.prefix}/{key}/versions/{version.version}"
        return VersionRead.model_validate(version)

    @api.get(
        "/{key}/versions/{version}",
        summary=f"Read a published {noun.kind}",
        responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
    )
    def read_version(key: KeyPath, version: str, session: SessionDep, actor: Reader) -> VersionRead:
        """Return a published version; it never changes."""
        found = definitions.load_version(session, actor.issuer_id, noun.kind, key, version)
        return VersionRead.model_validate(found)
