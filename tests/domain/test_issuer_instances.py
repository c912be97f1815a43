import pytest

from app.domain.issuer_instances import SECURINGS, InstanceDefinition, define_instance
from app.errors import InvalidPayloadError


def test_an_instance_has_the_usual_key_and_a_status_where_nobody_says_otherwise() -> None:
    assert define_instance("eddsa-rdfc-2022", None, has_status=None) == InstanceDefinition(
        "eddsa-rdfc-2022", "EdDSA", has_status=True
    )
    for cryptosuite, algorithms in SECURINGS.items():
        defined = define_instance(cryptosuite, None, has_status=None)
        assert (defined.algorithm, defined.has_status) == (algorithms[0], cryptosuite == "eddsa-rdfc-2022")


def test_what_somebody_says_counts() -> None:
    defined = define_instance("ecdsa-jcs-2019", "ES384", has_status=True)
    assert defined == InstanceDefinition("ecdsa-jcs-2019", "ES384", has_status=True)
    assert not define_instance("eddsa-rdfc-2022", "EdDSA", has_status=False).has_status


def test_what_can_be_suspended_has_a_status() -> None:
    assert define_instance("ecdsa-jcs-2019", None, has_status=None, suspendable=True).has_status
    with pytest.raises(InvalidPayloadError, match="cannot be suspended") as caught:
        define_instance("eddsa-rdfc-2022", None, has_status=False, suspendable=True)
    assert caught.value.faults[0].pointer == "/suspendable"


def test_a_key_that_a_cryptosuite_is_not_made_with_is_refused() -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        define_instance("ecdsa-sd-2023", "ES384", has_status=None)
    assert caught.value.faults[0].pointer == "/algorithm"
