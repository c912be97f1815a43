"""Issuer instances of the VC API, as administrators make and list them."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from app import errors
from app.api_route import ApiRoute
from app.dependencies import NowDep, PagingDep, SessionDep, SiteDep, actor_with
from app.domain.actors import Actor, Scope
from app.domain.issuer_instances import define_instance
from app.problems import responses
from app.representations import say_created
from app.schemas.issuer_instances import IssuerInstanceCreate, IssuerInstanceRead
from app.services import issuer_instances

InstancePath = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$", examples=["community-eddsa"])]

api = APIRouter(
    prefix="/v1/issuer-instances",
    tags=["issuer instances"],
    route_class=ApiRoute,
    responses=responses(
        errors.NotAuthenticatedError, errors.InsufficientScopeError, errors.InvalidPayloadError
    ),
)


@api.put(
    "/{key}",
    status_code=status.HTTP_201_CREATED,
    summary="Make an issuer instance",
    responses=responses(errors.AlreadyExistsError, existing=IssuerInstanceRead),
)
def put_instance(
    key: InstancePath,
    body: IssuerInstanceCreate,
    session: SessionDep,
    site: SiteDep,
    now: NowDep,
    response: Response,
    actor: Annotated[Actor, actor_with(Scope.INSTANCES_WRITE)],
) -> IssuerInstanceRead:
    """Make an instance with a key of its own. The same again changes nothing; anything else is refused."""
    definition = define_instance(
        body.cryptosuite, body.algorithm, has_status=body.has_status, suspendable=body.suspendable
    )
    instance, created = issuer_instances.put_instance(session, actor, key, definition, site=site, now=now)
    say_created(response, created)
    return IssuerInstanceRead.model_validate(instance)


@api.get("", summary="List issuer instances")
def list_instances(
    session: SessionDep,
    paging: PagingDep,
    actor: Annotated[Actor, actor_with(Scope.INSTANCES_READ)],
) -> list[IssuerInstanceRead]:
    """Return the instances of your issuer, oldest first."""
    return paging.answer(issuer_instances.list_instances(session, actor, paging.window), IssuerInstanceRead)


@api.get("/{key}", summary="Read an issuer instance", responses=responses(errors.NotFoundError))
def read_instance(
    key: InstancePath,
    session: SessionDep,
    actor: Annotated[Actor, actor_with(Scope.INSTANCES_READ)],
) -> IssuerInstanceRead:
    """Return one instance of your issuer."""
    return IssuerInstanceRead.model_validate(issuer_instances.load_instance(session, actor, key))
