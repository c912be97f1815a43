"""Bodies about the life of published versions."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.schemas.bodies import Body, Instant


class VersionRetire(Body):
    """When the enrolments on a version close."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"retires_at": "2017-01-01T00:00:00Z"}]})

    retires_at: Annotated[
        Instant, Field(description="RFC 3339 with a time zone; learners may finish until then.")
    ]
