"""One completion gives one credential, however many ask for it and whenever a process dies."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from app.database import transaction
from app.domain.milestones import PASSPORT
from app.main import make_site, utc_now
from app.models import Credential, Issuer, SigningKey
from app.services.credentials import issue_credential
from app.services.keys import open_signer
from app.services.tokens import find_actor
from app.signing.dids import jwk_key_id, multikey_id
from app.signing.issue import Secured, SigningProfile, prepare, sign
from app.worker import Worker
from tests.awards import KilledError, dying_after, keys_elsewhere, with_module
from tests.stories import Candidate, Service, complete, enrol, found_community, whole


def test_64_parallel_calls_give_one_credential(idle_service: Service) -> None:
    community = found_community(idle_service)
    amina = enrol(community)
    complete(community, amina)
    path = f"/v1/enrolments/{amina.enrolment}/credentials"
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: community.administrator("POST", path), range(64)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 63}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert {answer.json()["status"] for answer in answers} == {"issued"}
    assert len(whole(community.administrator)) == 1


def test_calls_and_the_worker_together_give_one_credential(service: Service) -> None:
    community = found_community(service)
    amina = enrol(community)
    complete(community, amina)
    path = f"/v1/enrolments/{amina.enrolment}/credentials"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: community.administrator("POST", path), range(32)))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(whole(community.administrator)) == 1


def expected(engine: Engine, service: Service, credential_id: str) -> Secured:
    """Return what the prepared row says must be signed, signed by its key."""
    with transaction(engine) as session:
        credential = session.get_one(Credential, credential_id)
        issuer = session.get_one(Issuer, credential.issuer_id)
        key = session.get_one(SigningKey, credential.signing_key_id)
        signer = open_signer(key, make_site(service.settings))
        return sign(
            prepare(json.loads(credential.unsigned)),
            signer,
            SigningProfile(
                verification_method=multikey_id(issuer.did, signer.public_key),
                jwt_key_id=jwk_key_id(issuer.did, signer.public_key),
                created=credential.proof_created,
            ),
        )


def prepare_and_die(service: Service, engine: Engine, commits: int) -> tuple[Candidate, str]:
    """Complete a passport, and let the process that issues with keys elsewhere die after so many commits."""
    community = found_community(service)
    amina = enrol(community)
    complete(community, amina)
    with transaction(engine) as session:
        actor = find_actor(session, str(community.administrator.token), now=utc_now())
    assert actor is not None
    site = make_site(service.settings)
    with keys_elsewhere(engine), pytest.raises(KilledError):
        issue_credential(
            dying_after(commits, engine), actor, amina.enrolment, site=with_module(site), now=utc_now()
        )
    with transaction(engine) as session:
        credential = session.scalars(select(Credential).where(Credential.milestone == PASSPORT)).one()
        assert (credential.status, credential.document, credential.jwt) == ("prepared", None, None)
        return amina, credential.id


@pytest.mark.parametrize("commits", [1, 2], ids=["before signing", "after signing"])
def test_what_a_dead_process_prepared_is_finished_with_the_same_bytes(
    idle_service: Service, engine: Engine, commits: int
) -> None:
    amina, credential_id = prepare_and_die(idle_service, engine, commits)
    stranger = idle_service.as_(None)
    assert stranger.get(f"/credentials/{credential_id}.json", 404)["code"] == "not_found"
    assert whole(amina.api) == []
    wanted = expected(engine, idle_service, credential_id)

    later = utc_now() + timedelta(seconds=10)
    worker = Worker(engine, make_site(idle_service.settings), lambda: later)
    while worker.run_one():
        pass
    [credential] = whole(amina.api)
    assert (credential["id"], credential["status"]) == (credential_id, "issued")
    assert stranger("GET", f"/credentials/{credential_id}.json", 200).content == wanted.document
    assert stranger("GET", f"/credentials/{credential_id}.jwt", 200).text == wanted.jwt
    assert amina.api.get(f"/v1/enrolments/{amina.enrolment}")["status"] == "certified"
    assert stranger.post("/verify", {"url": credential["url"]}, expect=200)["verified"]


def test_a_call_finishes_what_a_dead_process_prepared(idle_service: Service, engine: Engine) -> None:
    amina, credential_id = prepare_and_die(idle_service, engine, commits=1)
    wanted = expected(engine, idle_service, credential_id)
    administrator = idle_service.administrator_of("community")
    answer = administrator.post(f"/v1/enrolments/{amina.enrolment}/credentials", expect=200)
    assert answer["id"] == credential_id
    assert idle_service.as_(None)("GET", f"/credentials/{credential_id}.json").content == wanted.document
