"""The JSON Schema of the language, for everybody."""

from jsonschema import Draft202012Validator

from tests.clients import World
from tests.ledgers import PASSPORT


def test_the_schema_says_where_it_is_and_takes_a_passport(world: World) -> None:
    answer = world.client.get("/schemas/passport.json")
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    schema = answer.json()
    assert schema["$id"] == "https://passports.example.org/schemas/passport.json"
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"key": "small", **PASSPORT})
    assert not validator.is_valid({"key": "small", **PASSPORT, "ruel": {}})


def test_so_does_the_schema_of_a_series(world: World) -> None:
    schema = world.client.get("/schemas/series.json").json()
    assert schema["$id"] == "https://passports.example.org/schemas/series.json"
    validator = Draft202012Validator(schema)
    series = {"key": "both", "title": "Both", "members": [{"passport": "small"}]}
    assert validator.is_valid(series)
    assert not validator.is_valid(series | {"members": []})
