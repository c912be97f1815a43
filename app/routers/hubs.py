"""Hubs: scripted over HTTP."""

from typing import Any

from app import errors
from app.dependencies import SessionDep
from app.problems import responses
from app.routers.definitions import KeyPath, Reader, definition_router
from app.schemas.definitions import DefinitionRead
from app.services import hubs

_EXAMPLE: dict[str, Any] = {
    "name": "Internet of Things",
    "theme": "Things that people understand, own and can mend.",
    "parent": "science",
}

api = definition_router(hubs.NOUN, _EXAMPLE)


@api.get(
    "/{key}/descendants",
    summary="List what is below a hub",
    responses=responses(errors.NotFoundError, errors.InvalidPayloadError),
)
def list_descendants(key: KeyPath, session: SessionDep, actor: Reader) -> list[DefinitionRead]:
    """Return the hubs below one, at any depth, in the order of their keys: what holds for it holds there."""
    return [DefinitionRead.model_validate(each) for each in hubs.list_descendants(session, actor, key)]
