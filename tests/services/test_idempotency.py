"""Keyed requests: what is kept, for whom, how long, and what is in the way."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.database import transaction
from app.domain.actors import Actor, Role
from app.errors import ConfigurationError, IdempotencyInProgressError, IdempotencyMismatchError
from app.models import IdempotencyRecord, Issuer
from app.services.idempotency import (
    KEPT,
    LEASE,
    KeptAnswer,
    KeyedRequest,
    claim_request,
    forget_old_answers,
    keep_answer,
    release_claim,
)
from app.services.tokens import TokenOrder, create_token, find_actor, operator_actor
from tests.ledgers import NOW, SITE, make_issuer

ANSWER = KeptAnswer(201, {"location": "/v1/x"}, b'{"secret": "lpt_x"}')
SECOND = timedelta(seconds=1)


def new_actor(session: Session, issuer: Issuer) -> Actor:
    order = TokenOrder("lms", Role.INTEGRATION, "lms")
    actor = find_actor(session, create_token(session, operator_actor(issuer), order, now=NOW)[1], now=NOW)
    assert actor is not None
    return actor


@pytest.fixture
def request_(engine: Engine) -> KeyedRequest:
    with transaction(engine) as session:
        return KeyedRequest(new_actor(session, make_issuer(session)), "k", "POST", "/v1/x", b"{}")


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(IdempotencyRecord)) or 0


def claimed(session: Session, request: KeyedRequest) -> str:
    claim = claim_request(session, request, SITE.encryption, now=NOW)
    assert isinstance(claim, str)
    return claim


def test_a_kept_answer_comes_back_as_it_was(session: Session, request_: KeyedRequest) -> None:
    keep_answer(session, claimed(session, request_), ANSWER, SITE.encryption)
    assert claim_request(session, request_, SITE.encryption, now=NOW + KEPT) == ANSWER


def test_an_answer_without_body_and_headers_comes_back_too(session: Session, request_: KeyedRequest) -> None:
    keep_answer(session, claimed(session, request_), KeptAnswer(204, {}, b""), SITE.encryption)
    assert claim_request(session, request_, SITE.encryption, now=NOW) == KeptAnswer(204, {}, b"")


@pytest.mark.parametrize(
    "difference", [{"method": "PUT"}, {"path": "/v1/x?y=1"}, {"path": "/v1/y"}, {"body": b"{ }"}]
)
def test_another_request_under_the_key_is_refused_from_the_beginning(
    session: Session, request_: KeyedRequest, difference: dict[str, str]
) -> None:
    other = replace(request_, **difference)  # type: ignore[arg-type]  # members of the request
    claim = claimed(session, request_)
    with pytest.raises(IdempotencyMismatchError):
        claim_request(session, other, SITE.encryption, now=NOW)
    keep_answer(session, claim, ANSWER, SITE.encryption)
    with pytest.raises(IdempotencyMismatchError):
        claim_request(session, other, SITE.encryption, now=NOW)


def test_method_path_and_body_cannot_run_into_each_other(request_: KeyedRequest) -> None:
    assert replace(request_, path="/v1/x\n", body=b"").sha256 != replace(request_, body=b"\n").sha256


def test_keys_are_per_token(session: Session, request_: KeyedRequest) -> None:
    other = new_actor(session, session.get_one(Issuer, request_.actor.issuer_id))
    assert claimed(session, request_) != claimed(session, replace(request_, actor=other))


def test_until_the_lease_ends_the_first_one_is_waited_for(session: Session, request_: KeyedRequest) -> None:
    claim = claimed(session, request_)
    with pytest.raises(IdempotencyInProgressError):
        claim_request(session, request_, SITE.encryption, now=NOW + LEASE - SECOND)
    assert claim_request(session, request_, SITE.encryption, now=NOW + LEASE) == claim
    with pytest.raises(IdempotencyInProgressError):
        claim_request(session, request_, SITE.encryption, now=NOW + LEASE)


def test_a_released_claim_is_free_again(session: Session, request_: KeyedRequest) -> None:
    release_claim(session, claimed(session, request_))
    assert count(session) == 0
    claimed(session, request_)


def test_an_answer_without_its_claim_is_not_kept(session: Session, request_: KeyedRequest) -> None:
    claim = claimed(session, request_)
    release_claim(session, claim)
    session.expunge_all()
    keep_answer(session, claim, ANSWER, SITE.encryption)
    assert count(session) == 0


def test_the_stored_body_is_sealed_for_its_row(session: Session, request_: KeyedRequest) -> None:
    keep_answer(session, claimed(session, request_), ANSWER, SITE.encryption)
    other = replace(request_, key="other")
    keep_answer(session, claimed(session, other), ANSWER, SITE.encryption)
    first, second = session.scalars(select(IdempotencyRecord).order_by(IdempotencyRecord.id))
    assert first.sealed_body is not None
    assert ANSWER.body not in first.sealed_body
    second.sealed_body = first.sealed_body
    with pytest.raises(ConfigurationError):
        claim_request(session, other, SITE.encryption, now=NOW)


def test_after_thirty_days_a_key_is_new(session: Session, request_: KeyedRequest) -> None:
    claim = claimed(session, request_)
    keep_answer(session, claim, ANSWER, SITE.encryption)
    later = NOW + KEPT + SECOND
    again = claim_request(session, replace(request_, body=b"[]"), SITE.encryption, now=later)
    assert isinstance(again, str)
    assert again != claim


def test_old_answers_are_forgotten_and_young_ones_are_not(session: Session, request_: KeyedRequest) -> None:
    claimed(session, request_)
    forget_old_answers(session, now=NOW + KEPT)
    assert count(session) == 1
    forget_old_answers(session, now=NOW + KEPT + SECOND)
    assert count(session) == 0


def test_of_many_at_once_one_gets_the_claim(engine: Engine, request_: KeyedRequest) -> None:
    workers = 20
    together = threading.Barrier(workers)

    def ask() -> str | None:
        together.wait()
        try:
            with transaction(engine) as session:
                return claimed(session, request_)
        except IdempotencyInProgressError:
            return None

    with ThreadPoolExecutor(workers) as pool:
        claims = [future.result() for future in [pool.submit(ask) for _ in range(workers)]]
    assert sum(claim is not None for claim in claims) == 1
