"""The life of published versions over HTTP."""

from datetime import timedelta

from app.domain.instants import format_instant
from tests.clients import World
from tests.ledgers import NOW

VERSION = "/v1/passports/small/versions/1.0.0"


def test_a_version_is_deprecated_then_retired(world: World) -> None:
    assert world.admin.get(VERSION)["status"] == "published"
    assert world.admin.post(f"{VERSION}:deprecate", expect=200)["status"] == "deprecated"
    last_day = format_instant(NOW + timedelta(days=30))
    retired = world.admin.post(f"{VERSION}:retire", {"retires_at": last_day}, expect=200)
    assert (retired["status"], retired["retires_at"]) == ("retired", last_day)
    assert world.admin.get(VERSION) == retired
    world.admin.refused("POST", f"{VERSION}:deprecate", 409, "wrong_state")


def test_a_version_in_use_is_not_deleted(world: World) -> None:
    world.admin.refused("DELETE", VERSION, 409, "wrong_state")
    world.admin.refused("DELETE", "/v1/passports/small/versions/9.9.9", 404, "not_found")


def test_an_integration_does_not_decide_about_versions(world: World) -> None:
    world.lms.refused("POST", f"{VERSION}:deprecate", 403, "insufficient_scope")


def test_a_version_says_whether_it_can_still_be_met(world: World) -> None:
    path = "/v1/passports/small/versions/1.0.0/findings"
    kept = world.admin.get(path)
    assert all(each["severity"] == "warning" for each in kept["findings"])
    assert world.reviewer.get(path) == kept
    world.admin.refused("GET", path.replace("1.0.0", "9.9.9"), 404, "not_found")
