"""The Profile of an issuer (Open Badges 3.0, B.1.18), as it stands in every credential."""

from typing import Any


def issuer_profile(
    *,
    did: str,
    name: str,
    url: str,
    description: str | None = None,
    email: str | None = None,
    image: str | None = None,
) -> dict[str, Any]:
    """Return the issuer as a Profile with its DID as id; what is absent is left out."""
    profile = {
        "id": did,
        "type": ["Profile"],
        "name": name,
        "url": url,
        "description": description,
        "email": email,
        "image": None if image is None else {"id": image, "type": "Image"},
    }
    return {member: value for member, value in profile.items() if value is not None}
