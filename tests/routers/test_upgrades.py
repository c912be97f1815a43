"""Going over to a later version over HTTP."""

from app.database import transaction
from tests.awards import work_of
from tests.clients import World
from tests.ledgers import publish_small_passport

VERSION = "/v1/passports/small/versions/1.0.1"


def publish(world: World, **members: object) -> None:
    with transaction(world.engine) as session:
        publish_small_passport(session, world.ledger.issuer, "small", version="1.0.1", **members)


def test_an_upgrade_is_shown_and_accepted(world: World) -> None:
    upgrade = f"{world.enrolment}/upgrade"
    world.amina.refused("GET", upgrade, 404, "not_found")
    publish(world, issue={"mode": "on_approval"})
    shown = world.amina.get(upgrade)
    assert (shown["version"], shown["policy"], shown["moves_at"]) == ("1.0.1", "offer", None)
    assert shown["current"]["units"] == shown["upgraded"]["units"]
    world.amina.refused("POST", upgrade, 409, "wrong_state", json={"version": "7.0.0"})
    for _ in range(2):
        assert world.amina.post(upgrade, {"version": "1.0.1"}, 200)["version"] == "1.0.1"


def test_the_worker_moves_everybody_to_a_patch_and_says_so(world: World) -> None:
    publish(world, title="Other words")
    [sweep] = world.admin.get(f"{VERSION}/sweeps")
    assert (sweep["policy"], sweep["finished_at"]) == ("patch", None)
    work_of(world)
    [sweep] = world.admin.get(f"{VERSION}/sweeps")
    assert (sweep["examined"], sweep["moved"]) == (1, 1)
    assert sweep["finished_at"] is not None
    assert world.amina.get(world.enrolment)["version"] == "1.0.1"
