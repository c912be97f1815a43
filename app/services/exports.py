"""What a tenant has scripted, as a bundle: planning it again changes nothing."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from app import strict_yaml
from app.domain.actors import Actor
from app.domain.bundles.kinds import BY_PLURAL, KINDS, BundleKind
from app.domain.bundles.planning import TenantState
from app.domain.bundles.reading import DRAFTS
from app.domain.payloads import nearest
from app.domain.versions import VersionState
from app.errors import Fault, InvalidPayloadError
from app.services.bundles import load_state

Bundle = dict[str, Any]


def export_bundle(session: Session, actor: Actor, kinds: Collection[str], keys: Collection[str]) -> Bundle:
    """Return the definitions of these kinds (by plural) and keys; nothing named means all.

    Raises `InvalidPayloadError` for what is no kind.

    Published versions come in the order of their publication, each as it was frozen, and with its state when
    it is deprecated or retired. A draft that is not what was published last stands under `drafts`.
    """
    unknown = [kind for kind in kinds if kind not in BY_PLURAL]
    if unknown:
        faults = [
            Fault(
                "#query/kinds", "unknown_kind", f"{each[:80]!r} is no kind.", nearest(each, tuple(BY_PLURAL))
            )
            for each in unknown
        ]
        detail = f"There is no such kind to export. There are: {', '.join(BY_PLURAL)}."
        raise InvalidPayloadError(detail, faults=faults)
    state = load_state(session, actor.issuer_id)
    bundle: Bundle = {}
    drafts: Bundle = {}
    for kind in KINDS:
        if kinds and kind.plural not in kinds:
            continue
        published, unpublished = _documents(kind, state, keys)
        bundle |= {kind.plural: published} if published else {}
        drafts |= {kind.plural: unpublished} if unpublished else {}
    return bundle | ({DRAFTS: drafts} if drafts else {})


def _documents(
    kind: BundleKind, state: TenantState, keys: Collection[str]
) -> tuple[list[Bundle], list[Bundle]]:
    """Return what stands for all definitions of a kind, and for drafts that differ from what is published."""
    published: list[Bundle] = []
    unpublished: list[Bundle] = []
    for (plural, key), draft in state.drafts.items():
        if plural != kind.plural or draft.withdrawn:
            continue
        if keys and draft.document.get("content", key) not in keys:
            continue
        if not kind.is_versioned:
            published.append(kind.write(draft.document))
            continue
        versions = state.versions.get((plural, key), ())
        published += [_with_state(kind.write(each.document), each.state) for each in versions]
        if not versions or draft.digest not in (versions[-1].digest, versions[-1].draft_digest):
            unpublished.append(draft.document)
    return published, unpublished


def _with_state(document: Bundle, state: VersionState) -> Bundle:
    """Return the document of a version with what its state says, near the top, where people look."""
    placed: Bundle = {}
    for name, value in document.items():
        placed[name] = value
        if name == "version":
            placed |= state.to_members()
    return placed


def write_bundle(bundle: Bundle, *, as_yaml: bool) -> str:
    """Return a bundle as text, the same each time; in YAML, nothing when it is empty."""
    if as_yaml:
        return strict_yaml.dumps(bundle) if bundle else ""
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"
