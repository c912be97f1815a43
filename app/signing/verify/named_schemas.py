"""Which JSON Schemas a credential names, and which others these refer to. Nothing is applied here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urldefrag, urljoin

from app.signing.lint import kind_of
from app.signing.members import listed, objects

MAX_REFERENCES: Final = 8
"""Documents that one schema may refer to; what a verification may fetch is not for it alone."""

_DRAFTS: Final = {
    "1EdTechJsonSchemaValidator2019": "https://json-schema.org/draft/2019-09/schema",
    "JsonSchema": "https://json-schema.org/draft/2020-12/schema",
}
"""The types of schemas that are applied, each with the draft of one that names none."""

_PUBLISHED: Final = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_"
_COVERED: Final[Mapping[str, tuple[str, ...]]] = {
    "AchievementCredential": (
        f"{_PUBLISHED}achievementcredential_schema.json",
        f"{_PUBLISHED}anyachievementcredential_schema.json",
    ),
    "EndorsementCredential": (f"{_PUBLISHED}endorsementcredential_schema.json",),
}
"""The schemas of Open Badges 3.0 itself, by the class whose rules in check 2 demand more than they do."""

_METASCHEMAS: Final = ("http://json-schema.org/", "https://json-schema.org/")


@dataclass(frozen=True, slots=True)
class NamedSchema:
    """A schema as a credential names it; `draft` is None for a type that is not applied here."""

    url: str
    type: str
    draft: str | None


def named_schemas(credential: Mapping[str, Any]) -> list[NamedSchema]:
    """Return the schemas that `credential` names, but for those that say less than our own rules."""
    covered = _COVERED.get(kind_of(credential), ())
    named = []
    for schema in objects(credential.get("credentialSchema")):
        types = [str(each) for each in listed(schema.get("type"))]
        draft = next((_DRAFTS[each] for each in types if each in _DRAFTS), None)
        if schema.get("id") not in covered:
            named.append(NamedSchema(str(schema.get("id")), ", ".join(types), draft))
    return named


def references_of(schema: object, url: str) -> tuple[str, ...]:
    """Return the https addresses of other documents that the schema at `url` refers to, the first few."""
    own, found = {url}, dict[str, None]()
    for base, reference in _references(schema, url, own):
        target = _joined(base, reference)
        if target.startswith("https:") and not target.startswith(_METASCHEMAS):
            found[target] = None
    return tuple(target for target in found if target not in own)[:MAX_REFERENCES]


def _references(schema: object, url: str, own: set[str]) -> Iterator[tuple[str, str]]:
    """Yield each reference with the address that it is relative to; add to `own` the addresses of parts."""
    stack: list[tuple[object, str]] = [(schema, url)]
    while stack:
        value, base = stack.pop()
        if isinstance(value, list):
            stack.extend((item, base) for item in value)
        elif isinstance(value, dict):
            if isinstance(value.get("$id"), str):
                base = _joined(base, value["$id"])
                own.add(base)
            for name, member in value.items():
                if name in ("$ref", "$dynamicRef") and isinstance(member, str):
                    yield base, member
                else:
                    stack.append((member, base))


def _joined(base: str, reference: str) -> str:
    """Return what `reference` means at `base`, without a fragment; empty when it means nothing."""
    try:
        return urldefrag(urljoin(base, reference)).url
    except ValueError:
        return ""
