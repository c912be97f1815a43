"""Another organisation's software uses the VC API as W3C's suites do: issue, present, verify, suspend."""

from tests.foreign_credentials import V2, secured
from tests.stories import Service, wait_for


def test_a_credential_is_issued_presented_verified_and_suspended(service: Service) -> None:
    administrator, nobody = service.administrator_of("community"), service.as_(None)
    definition = {"cryptosuite": "eddsa-rdfc-2022", "suspendable": True}
    instance = administrator.put("/v1/issuer-instances/community-eddsa", definition)
    order = {"name": "suites", "role": "administrator", "scopes": ["instances:issue"]}
    suites = service.as_(administrator.post("/v1/tokens", order)["secret"])
    path = "/vc-api/issuers/community-eddsa/credentials"

    credential = {
        "@context": [V2],
        "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
        "type": ["VerifiableCredential"],
        "issuer": instance["did"],
        "credentialSubject": {"id": "did:example:subject", "name": "Amina"},
    }
    issued = suites.post(f"{path}/issue", {"credential": credential})["verifiableCredential"]
    assert issued["credentialSubject"] == credential["credentialSubject"]
    for status in issued["credentialStatus"]:
        listed = nobody.get(status["statusListCredential"])
        assert nobody.post("/verify", {"credential": listed}, 200)["verified"]

    presentation = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [issued]}
    asked = {"challenge": "uM2l5Q", "domain": "verifier.example"}
    shown = {"verifiablePresentation": secured(presentation, proofPurpose="authentication", **asked)}
    passed = nobody.post("/vc-api/presentations/verify", shown | {"options": asked}, 200)
    assert [result["warnings"] for result in passed["credentialResults"]] == [[]]

    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "suspension"}
    update = {"credentialId": credential["id"], "credentialStatus": entry, "status": True}
    assert suites.post(f"{path}/status", update, 200) == {"entries": 1}

    def warnings() -> list[str]:
        answer = nobody.post("/vc-api/credentials/verify", {"verifiableCredential": issued}, 200)
        return [warning["code"] for warning in answer["warnings"]]

    wait_for(lambda: warnings() == ["suspended"])
    suites("GET", "/v1/credentials", 403)
