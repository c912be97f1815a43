"""An apply whose process is killed leaves all of it or nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from app.database import read_transaction, transaction
from app.domain.actors import Role
from app.models import Definition, DefinitionVersion
from app.services.plans import PlanOrder, make_plan
from tests.ledgers import CONTENT, FRAMEWORK, NOW, SITE, actor_of, make_issuer

ROOT = Path(__file__).parents[2]
NUMBER = 25

APPLY = """
import json, os, signal, sys
from datetime import datetime
from sqlalchemy import event
from app.database import make_engine, transaction
from app.domain.actors import Actor, Role, Scope
from app.encryption import Encryption
from app.services.plans import apply_plan
from app.services.sites import Site

said = json.load(sys.stdin)
engine = make_engine(said["url"])
writes = 0

def count(connection, cursor, statement, *_):
    global writes
    if statement.startswith(("INSERT", "UPDATE", "DELETE")):
        writes += 1
        if writes == said["die_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

event.listen(engine, "after_cursor_execute", count)
if said["die_at"] == "commit":
    event.listen(engine, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
actor = Actor(said["issuer"], "", "ines", Role.ADMINISTRATOR, frozenset(Scope))
site = Site(said["origin"], Encryption(bytes.fromhex(said["key"])))
with transaction(engine) as session:
    apply_plan(session, actor, said["plan"], site=site, now=datetime.fromisoformat(said["now"]))
print(writes)
"""


def apply_in_a_process(
    database_url: str, issuer: str, plan: str, die_at: object
) -> subprocess.CompletedProcess[str]:
    said = {
        "url": database_url,
        "issuer": issuer,
        "plan": plan,
        "die_at": die_at,
        "origin": SITE.public_url,
        "key": SITE.encryption.key.hex(),
        "now": NOW.isoformat(),
    }
    return subprocess.run(
        [sys.executable, "-c", APPLY],
        input=json.dumps(said),
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )


def scripted(engine: Engine) -> int:
    with read_transaction(engine) as session:
        return len(session.scalars(select(Definition)).all()) + len(
            session.scalars(select(DefinitionVersion)).all()
        )


@pytest.mark.parametrize("die_at", [1, 60, "commit"])
def test_a_killed_apply_leaves_nothing_and_can_be_repeated(
    engine: Engine, database_url: str, die_at: object
) -> None:
    with transaction(engine) as session:
        author = actor_of(make_issuer(session), Role.ADMINISTRATOR, "ines")
    bundle = {
        "frameworks": [{"key": f"framework-{number}", **FRAMEWORK} for number in range(NUMBER)],
        "vocabularies": [{"key": "topic", "terms": [{"key": "iot", "label": {"en": "IoT"}}]}],
        "hubs": [{"key": "lamps", "name": "L", "parent": "things"}, {"key": "things", "name": "Things"}],
        "content": [{"key": f"talk-{number}", **CONTENT} for number in range(NUMBER)],
    }
    with read_transaction(engine) as session:
        made = make_plan(session, author, PlanOrder({"bundle.json": bundle}), site=SITE, now=NOW)
    assert made.plan is not None
    killed = apply_in_a_process(database_url, author.issuer_id, made.plan, die_at)
    assert killed.returncode == -9, killed.stderr
    assert scripted(engine) == 0
    done = apply_in_a_process(database_url, author.issuer_id, made.plan, 0)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 60
    assert scripted(engine) == 3 * NUMBER + 3
