"""Issuer instances, and the calls that W3C's suites make of them."""

from dataclasses import dataclass
from typing import Any

from tests.clients import Caller, Json, World
from tests.foreign_credentials import V1, V2, Document

CLIENT = {"Accept": "application/ld+json, application/json"}
SUBJECT = {"id": "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b", "name": "ExampleClaim"}
LISTED: Document = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "3",
    "statusListCredential": "https://vc.example/status/3",
}
"""A status entry of somebody else's."""


@dataclass(frozen=True)
class Instance:
    """One issuer instance, and who issues with it."""

    caller: Caller
    key: str
    did: str

    @property
    def path(self) -> str:
        return f"/vc-api/issuers/{self.key}/credentials"

    def credential(self, version: str = V2, /, **changes: object) -> Document:
        """Return a credential as the suites send it; a change to None takes a member off."""
        document: Document = {
            "@context": [version],
            "type": ["VerifiableCredential"],
            "issuer": self.did,
            "credentialSubject": SUBJECT,
        }
        if version == V1:
            document |= {
                "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
                "issuanceDate": "2016-01-01T00:00:00Z",
                "credentialSubject": {"id": SUBJECT["id"]},
            }
        return {name: value for name, value in (document | changes).items() if value is not None}

    def issue(self, credential: Json, options: Json = None, **headers: str) -> Document:
        body = {"credential": credential} | ({} if options is None else {"options": options})
        answer = self.caller.send("POST", f"{self.path}/issue", 201, json=body, headers=CLIENT | headers)
        issued: Document = answer["verifiableCredential"]
        return issued

    def refuse(self, body: Json) -> Json:
        problem = self.caller.send("POST", f"{self.path}/issue", 400, json=body, headers=CLIENT)
        assert problem["problemDetails"]
        return problem


def open_instance(world: World, cryptosuite: str = "eddsa-rdfc-2022", **more: Any) -> Instance:  # noqa: ANN401 (members of the body)
    key = f"community-{cryptosuite}-{more.get('algorithm', 'usual')}".lower().replace("+", "-")
    body = {"cryptosuite": cryptosuite} | more
    made = world.admin.send("PUT", f"/v1/issuer-instances/{key}", 201, json=body)
    return Instance(world.admin, key, made["did"])


def verify(world: World, issued: Document) -> Json:
    return world.nobody.post("/vc-api/credentials/verify", {"verifiableCredential": issued}, 200)
