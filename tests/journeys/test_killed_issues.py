"""An issue whose process is killed at whatever write leaves nothing of it, and asking again issues once."""

import json
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, func, select

from app.database import read_transaction
from app.models import AuditEvent, Credential, Enrolment, Evaluation, StatusEntry
from tests.awards import completed_ledger
from tests.ledgers import NOW, SITE

ROOT = Path(__file__).parents[2]

ISSUE = """
import json, os, signal, sys
from datetime import datetime
from functools import partial
from sqlalchemy import event
from app.database import make_engine, transaction
from app.encryption import Encryption
from app.services.credentials import issue_credential
from app.services.enrolments import system_actor
from app.services.sites import Site

said = json.load(sys.stdin)
site = Site(said["origin"], Encryption(bytes.fromhex(said["key"])))
actor, now = system_actor(said["issuer"]), datetime.fromisoformat(said["now"])

def issue(die_at):
    engine, writes = make_engine(said["url"]), 0

    def count(connection, cursor, statement, *_):
        nonlocal writes
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            writes += 1
            if writes == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "after_cursor_execute", count)
    if die_at == 0:
        event.listen(engine, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    issue_credential(partial(transaction, engine), actor, said["enrolment"], site=site, now=now)

deaths = 0
while True:
    child = os.fork()
    if not child:
        issue(deaths)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        assert os.WTERMSIG(status) == signal.SIGKILL
        deaths += 1
    if not status or deaths == said["deaths"]:
        break
print(deaths)
"""


def issue_in_processes(database_url: str, issuer: str, enrolment: str, deaths: int) -> int:
    """Let one process after the other die, each a write later than the one before; return how many did.

    The first dies at the commit, after all writes.
    """
    said = {
        "url": database_url,
        "issuer": issuer,
        "enrolment": enrolment,
        "origin": SITE.public_url,
        "key": SITE.encryption.key.hex(),
        "now": NOW.isoformat(),
        "deaths": deaths,
    }
    done = subprocess.run(
        [sys.executable, "-c", ISSUE],
        input=json.dumps(said),
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_killed_issue_leaves_nothing_and_can_be_repeated(engine: Engine, database_url: str) -> None:
    ledger = completed_ledger(engine)
    issuer, enrolment = ledger.issuer.id, ledger.enrolment.id
    assert issue_in_processes(database_url, issuer, enrolment, deaths=6) == 6
    with read_transaction(engine) as session:
        for table in (Credential, Evaluation, StatusEntry):
            assert session.scalar(select(func.count(table.id))) == 0
        assert session.get_one(Enrolment, enrolment).status == "active"
    deaths = issue_in_processes(database_url, issuer, enrolment, deaths=100)
    assert 6 < deaths < 20  # the last process met no further write, and ended
    with read_transaction(engine) as session:
        credential = session.scalars(select(Credential)).one()
        assert (credential.status, credential.document is None) == ("issued", False)
        trail = select(AuditEvent.action).where(AuditEvent.thing_id == credential.id)
        assert session.scalars(trail.order_by(AuditEvent.id)).all() == ["prepare", "issue"]
        assert session.scalar(select(func.count(StatusEntry.id))) == 1
        assert session.get_one(Enrolment, enrolment).status == "certified"
