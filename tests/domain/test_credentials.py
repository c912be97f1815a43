from itertools import product

import pytest

from app.domain.credentials import TRANSITIONS, CredentialAct, CredentialStatus, status_after
from app.errors import WrongStateError

S, A = CredentialStatus, CredentialAct
ALLOWED = {
    (S.ISSUED, A.SUSPEND, S.SUSPENDED),
    (S.ISSUED, A.REVOKE, S.REVOKED),
    (S.ISSUED, A.CORRECT, S.ISSUED),
    (S.SUSPENDED, A.REINSTATE, S.ISSUED),
    (S.SUSPENDED, A.REVOKE, S.REVOKED),
    (S.SUSPENDED, A.CORRECT, S.SUSPENDED),
}


@pytest.mark.parametrize(("start", "act"), list(product(S, A)))
def test_every_act_is_either_in_the_table_or_refused_with_what_is_possible(
    start: CredentialStatus, act: CredentialAct
) -> None:
    ends = [end for begun, done, end in ALLOWED if (begun, done) == (start, act)]
    if ends:
        assert [status_after(start, act)] == ends
        return
    with pytest.raises(WrongStateError, match=f"A credential that is {start} cannot take this: {act}.") as it:
        status_after(start, act)
    possible = [done for begun, done in TRANSITIONS if begun == start]
    assert it.value.hint == (f"Possible now: {', '.join(possible)}." if possible else "It stays so for good.")


def test_nothing_leads_out_of_revoked_or_back_to_prepared() -> None:
    assert S.REVOKED not in {start for start, _ in TRANSITIONS}
    assert S.PREPARED not in {start for start, _ in TRANSITIONS} | set(TRANSITIONS.values())
