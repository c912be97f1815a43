"""The page about the rule language says what the reader does."""

import re
from pathlib import Path

from app import strict_yaml
from app.domain.passports import normalise, read_passport, read_series
from app.domain.rules import lint, lint_reach, parse, parse_leaves
from app.domain.rules.checks import OPERATORS
from app.domain.rules.language import BUILT_IN_VALUES
from app.domain.rules.plan import MAX_COMBINATIONS, MAX_LEAVES

EXAMPLES = Path(__file__).parents[3] / "examples"
PAGE = (Path(__file__).parents[3] / "docs" / "rule-language.md").read_text()


def test_the_example_on_the_page_can_be_read() -> None:
    example, _, written = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    passport, series = strict_yaml.loads(example).value, strict_yaml.loads(written).value
    assert read_passport(normalise(read_passport(passport))) == read_passport(passport)
    assert series == strict_yaml.loads((EXAMPLES / "iot-project-lead" / "series.yaml").read_bytes()).value
    assert read_series(normalise(read_series(series))) == read_series(series)


def test_every_leaf_and_its_fields_are_on_the_page() -> None:
    for kind, fields in parse_leaves.FIELDS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind}` |"))
        assert all(f"`{field}`" in row for field in fields), kind
    for field in (*parse_leaves.COMMON_FIELDS, *parse_leaves.COVERING_FIELDS, *BUILT_IN_VALUES, *OPERATORS):
        assert f"`{field}`" in PAGE, field


def test_limits_and_codes_are_on_the_page() -> None:
    for number in (MAX_COMBINATIONS, MAX_LEAVES, lint.MANY_LEAVES, lint.LONG_TITLE, parse.MAX_DEPTH):
        assert re.search(rf"\b{number}\b", PAGE)
    for source in (lint, lint_reach, parse):
        text = Path(str(source.__file__)).read_text()
        codes = set(re.findall(r'(?:fault|add)\([^\n]*?, "([a-z_]+)"', text))
        assert codes
        assert all(f"`{code}`" in PAGE for code in codes), codes
