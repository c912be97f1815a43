"""What all bodies share: unknown members are refused with a suggestion, text is bounded and printable."""

import difflib
import re
import unicodedata
from datetime import date, datetime
from itertools import islice
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ModelWrapValidatorHandler,
    model_validator,
)
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    PydanticKnownError,
    ValidationError,
)

from app.domain.instants import INSTANT, parse_instant
from app.schemas.faults import told

Key = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9-]{1,62}$",
        description="Lower-case letters, digits and hyphens; unique per issuer and kind, never reused.",
        examples=["community-leadership"],
    ),
]


def readable(text: str) -> str:
    """Return `text` if there is more in it than white space; for what people will look up later."""
    if not text.strip():
        raise PydanticCustomError("blank", "must have something to read in it")
    return text


def _one_line(text: str) -> str:
    if not text.strip() or any(unicodedata.category(character) == "Cc" for character in text):
        raise PydanticCustomError("one_line", "must be one line with something to read on it")
    return text


ShortText = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
LongText = Annotated[str, Field(max_length=20_000)]


_NOT_IN_A_URL = re.compile(r"[\x00-\x20<>\"{}|^`\\\x7f]")
"""What no URI may hold unencoded (RFC 3986, appendix C, RFC 3987): a document with it would not be signed."""


def _web_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"https", "http"} and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        is_one = False
    if not is_one or _NOT_IN_A_URL.search(url):
        raise PydanticCustomError("url", "must be an absolute http or https URL")
    return url


WebUrl = Annotated[str, Field(max_length=2000), AfterValidator(_web_url)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]


def _instant(value: object) -> datetime:
    """Return the instant in UTC; a number is none, nor is a day."""
    written = INSTANT.fullmatch(value) if isinstance(value, str) else None
    if written is None or written["time"] is None:
        raise PydanticKnownError("datetime_type")
    try:
        return parse_instant(written[0])
    except ValueError as error:  # the 30th of February, or before the year 1 in UTC
        raise PydanticKnownError("datetime_type") from error


Instant = Annotated[AwareDatetime, BeforeValidator(_instant), Field(description="RFC 3339 with a time zone.")]


def _day(value: object) -> date:
    """Return the day of a date as RFC 3339 writes it; a number of seconds is none, nor is an instant."""
    written = INSTANT.fullmatch(value) if isinstance(value, str) else None
    if written is None or written["time"] is not None:
        raise PydanticKnownError("date_type")
    try:
        return date.fromisoformat(written["date"])
    except ValueError as error:  # the 30th of February
        raise PydanticKnownError("date_type") from error


Day = Annotated[date, BeforeValidator(_day)]

_EXACT = frozenset({"int", "float", "bool"})


def _exact(schema: Any) -> Any:  # noqa: ANN401 (the parts of pydantic's schema)
    """Return a core schema in which a number is a number, and true is true: no text that looks like it."""
    if isinstance(schema, dict):
        kind = schema.get("type")  # or the field of that name
        exact = {"strict": True} if isinstance(kind, str) and kind in _EXACT else {}
        return {name: _exact(part) for name, part in schema.items()} | exact
    if isinstance(schema, list):
        return [_exact(part) for part in schema]
    return schema


MAX_UNKNOWN = 20
"""Unknown members that one answer lists: a suggestion for each costs time."""


class Body(BaseModel):
    """Base of every request body: whole numbers and booleans are read as they are, and nothing else is."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of the body, exact in all its fields."""
        exact: CoreSchema = _exact(handler(source))
        return exact

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_unknown_members(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401 (whatever was sent)
        if not isinstance(value, dict):
            return handler(value)
        known = [field.alias or name for name, field in cls.model_fields.items()]
        unknown = (name for name in value if name not in known)
        faults = [_unknown(name, known, value[name]) for name in islice(unknown, MAX_UNKNOWN)]
        try:
            read = handler(value)
        except ValidationError as error:
            faults.extend(_again(entry) for entry in error.errors(include_url=False))
        if faults:
            raise ValidationError.from_exception_data(cls.__name__, faults)
        return read


def _unknown(name: str, known: list[str], value: object) -> InitErrorDetails:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Known members: {', '.join(known)}."
    message = "This member is not known here."
    return InitErrorDetails(
        type=PydanticCustomError("unknown_member", message, {"hint": hint}), loc=(name,), input=value
    )


def _again(entry: ErrorDetails) -> InitErrorDetails:
    """Return a fault that was found already in the form that raises it again, in our words."""
    detail, hint = told(entry)
    again = PydanticCustomError(entry["type"], detail, {"hint": hint})
    return InitErrorDetails(type=again, loc=entry["loc"], input=entry["input"])


class Answer(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(from_attributes=True, frozen=True)
