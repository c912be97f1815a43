"""The language of passports as a JSON Schema, for editors and for those who script."""

import json

from fastapi import APIRouter, Request, Response

from app.dependencies import SiteDep
from app.domain.passport_schemas import passport_schema, series_schema
from app.representations import OPEN_TO_ALL, Freshness, stored

SCHEMA_JSON = "application/schema+json"

public = APIRouter(prefix="/schemas", tags=["public"])


@public.get("/passport.json", summary="Read the JSON Schema of a passport")
def read_passport_schema(request: Request, site: SiteDep) -> Response:
    """Return the schema (JSON Schema 2020-12): what it says of a document, the reader says too."""
    schema = {"$id": f"{site.public_url}/schemas/passport.json", **passport_schema()}
    return stored(request, json.dumps(schema).encode(), SCHEMA_JSON, Freshness(3600), OPEN_TO_ALL)


@public.get("/series.json", summary="Read the JSON Schema of a series")
def read_series_schema(request: Request, site: SiteDep) -> Response:
    """Return the schema of a series of passports."""
    schema = {"$id": f"{site.public_url}/schemas/series.json", **series_schema()}
    return stored(request, json.dumps(schema).encode(), SCHEMA_JSON, Freshness(3600), OPEN_TO_ALL)
