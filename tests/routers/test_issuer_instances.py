from tests.clients import World

PATH = "/v1/issuer-instances"


def test_an_instance_has_an_identity_of_its_own(world: World) -> None:
    made = world.admin.send(
        "PUT", f"{PATH}/community-p384", 201, json={"cryptosuite": "ecdsa-jcs-2019", "algorithm": "ES384"}
    )
    assert made["did"].startswith("did:key:z82L")
    assert (made["algorithm"], made["has_status"], made["suspendable"]) == ("ES384", False, False)
    assert world.admin.get(f"{PATH}/community-p384") == made
    assert world.admin.get(PATH) == [made]
    assert world.nobody.get("/issuers/community-p384")["id"] == made["did"]


def test_the_front_page_names_organisations_and_no_instances(world: World) -> None:
    world.admin.send("PUT", f"{PATH}/ours", 201, json={"cryptosuite": "eddsa-rdfc-2022"})
    page = world.nobody.client.get("/").text
    assert f'href="/issuers/{world.ledger.issuer.key}"' in page
    assert "/issuers/ours" not in page


def test_the_usual_key_goes_with_a_cryptosuite(world: World) -> None:
    for cryptosuite, start in (
        ("eddsa-rdfc-2022", "z6Mk"),
        ("eddsa-jcs-2022", "z6Mk"),
        ("ecdsa-rdfc-2019", "zDna"),
    ):
        made = world.admin.send("PUT", f"{PATH}/usual-{cryptosuite}", 201, json={"cryptosuite": cryptosuite})
        assert made["did"].startswith(f"did:key:{start}")
        assert made["has_status"] == (cryptosuite == "eddsa-rdfc-2022")


def test_the_same_again_changes_nothing_and_anything_else_is_refused(world: World) -> None:
    body = {"cryptosuite": "eddsa-rdfc-2022"}
    made = world.admin.send("PUT", f"{PATH}/again", 201, json=body)
    assert world.admin.send("PUT", f"{PATH}/again", 200, json=body) == made
    others: list[dict[str, object]] = [body | {"has_status": False}, body | {"suspendable": True}]
    for other in others:
        world.admin.refused("PUT", f"{PATH}/again", 409, "already_exists", json=other)
    community = world.ledger.issuer.key
    world.admin.refused("PUT", f"{PATH}/{community}", 409, "already_exists", json=body)


def test_a_key_that_the_cryptosuite_is_not_made_with_is_refused(world: World) -> None:
    body = {"cryptosuite": "eddsa-rdfc-2022", "algorithm": "ES256"}
    problem = world.admin.refused("PUT", f"{PATH}/wrong", 422, "invalid_payload", json=body)
    assert problem["errors"][0]["pointer"] == "/algorithm"
    world.admin.refused("PUT", f"{PATH}/wrong", 422, "invalid_payload", json={"cryptosuite": "bbs-2023"})


def test_only_administrators_of_the_same_issuer_have_to_do_with_instances(world: World) -> None:
    world.admin.send("PUT", f"{PATH}/ours", 201, json={"cryptosuite": "eddsa-rdfc-2022"})
    world.lms.refused(
        "PUT", f"{PATH}/theirs", 403, "insufficient_scope", json={"cryptosuite": "eddsa-rdfc-2022"}
    )
    elsewhere = world.another_issuer()
    assert elsewhere.get(PATH) == []
    elsewhere.refused("GET", f"{PATH}/ours", 404, "not_found")
    elsewhere.refused("PUT", f"{PATH}/ours", 409, "already_exists", json={"cryptosuite": "eddsa-rdfc-2022"})
