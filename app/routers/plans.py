"""Passports as code: plan what a bundle would change, apply it, and export what there is."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from app import errors
from app.api_route import BundleRoute
from app.dependencies import NowDep, ReadSessionDep, SessionDep, SiteDep
from app.problems import responses
from app.representations import JSON, YAML, negotiate
from app.routers.definitions import Reader, Writer
from app.schemas.plans import AppliedRead, ApplyOrder, PlanRead
from app.services import exports, plans

_BUNDLE: dict[str, Any] = {
    "passports": [
        {
            "kind": "Passport",
            "key": "two-projects",
            "version": "1.0.0",
            "title": "Two projects",
            "rule": {"key": "projects", "experience": {"template": "community-project", "count": 2}},
        }
    ]
}

api = APIRouter(
    prefix="/v1",
    tags=["plans"],
    route_class=BundleRoute,
    responses=responses(errors.NotAuthenticatedError, errors.InsufficientScopeError),
)


@api.post(
    "/plan",
    summary="Show what a bundle would change",
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
    ),
)
def plan_bundle(
    body: Annotated[dict[str, Any], Body(examples=[_BUNDLE])],
    session: ReadSessionDep,
    site: SiteDep,
    now: NowDep,
    actor: Reader,
    *,
    prune: Annotated[bool, Query(description="Show what goes that the bundle does not name.")] = False,
) -> PlanRead:
    """Compare a bundle with what there is: changes, findings and impact. Nothing is written.

    The body is the bundle, as YAML of one or more documents or as JSON; or `{"files": {name: text}}`; or
    `{"plan": …}`, to look at a plan that somebody made. With errors there is no plan to apply.
    """
    order = plans.read_order(body, actor, prune=prune, site=site, now=now)
    return PlanRead.model_validate(plans.make_plan(session, actor, order, site=site, now=now))


@api.post(
    "/apply",
    summary="Apply a plan",
    responses=responses(
        errors.MalformedBodyError,
        errors.InvalidPayloadError,
        errors.LintFailedError,
        errors.PlanStaleError,
        errors.InUseError,
        errors.ConflictOfInterestError,
        errors.UnsupportedMediaTypeError,
        errors.BodyTooLargeError,
    ),
)
def apply_plan(
    order: ApplyOrder, session: SessionDep, site: SiteDep, now: NowDep, actor: Writer
) -> AppliedRead:
    """Do what the plan showed, in one transaction; when all of it is done already, nothing changes.

    Somebody else than who planned may apply: they approve content that the other wrote. Publishing needs
    the scope `definitions:publish`, approvals need `content:approve`.
    """
    return AppliedRead.model_validate(plans.apply_plan(session, actor, order.plan, site=site, now=now))


@api.get(
    "/export",
    summary="Export definitions as a bundle",
    responses={
        200: {
            "content": {
                YAML: {"schema": {"description": "A stream of documents, one each."}, "example": _BUNDLE},
                JSON: {"schema": {"type": "object"}, "example": _BUNDLE},
            }
        },
        **responses(errors.InvalidPayloadError, errors.NotAcceptableError),
    },
    response_class=Response,
)
def export_bundle(
    request: Request,
    session: ReadSessionDep,
    actor: Reader,
    kinds: Annotated[list[str] | None, Query(description="Plurals, such as passports; default: all.")] = None,
    keys: Annotated[list[str] | None, Query(description="Keys; default: all.")] = None,
) -> Response:
    """Return what there is as a bundle, in YAML or, as `Accept` asks, in JSON: planning it shows no change.

    Published versions stand as they were frozen, and say when they are deprecated or retired; drafts that
    differ stand under `drafts`.
    """
    media_type = negotiate(request, (YAML, JSON))
    bundle = exports.export_bundle(session, actor, kinds or (), keys or ())
    return Response(exports.write_bundle(bundle, as_yaml=media_type == YAML), media_type=media_type)
