"""The JSON Schema of programme documents, as editors use it: what core reads is valid, what core refuses is not."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "core/schema/program.json").read_text(encoding="utf-8"))
SUMMIT: dict[str, Any] = json.loads((ROOT / "core/tests/data/programs/summit.json").read_text(encoding="utf-8"))


def changed(path: str, value: object) -> dict[str, Any]:
    """The programme with another value at a path."""
    document = copy.deepcopy(SUMMIT)
    *parents, last = path.split("/")
    at: Any = document
    for part in parents:
        at = at[int(part)] if isinstance(at, list) else at[part]
    at[last] = value
    return document


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_programme_is_valid() -> None:
    Draft202012Validator(SCHEMA).validate(SUMMIT)


@pytest.mark.parametrize("file", sorted((ROOT / "examples/programs").glob("*.json")), ids=lambda file: file.stem)
def test_the_programmes_that_are_shipped_are_valid(file: Path) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("qqq", 1),
        ("version", 2026.1),
        ("tiers", {}),
        ("tiers/0/rank", -1),
        ("tiers/0/qqq", 1),
        ("metrics/launched/measure", "count"),
        ("metrics/launched/measure", {"cuont": {"from": "lines"}}),
        ("metrics/launched/measure/count/from", "opportunitys"),
        ("metrics/launched/measure/count/window", {"fiscal_year": 300}),
        ("metrics/launched/measure/count/where/0/is", [1]),
        ("qualification/gold/all/0/threshold/at_least", "12"),
        ("qualification/gold/all/0/threshold/at_least", {"by_track": {"smb": "12"}}),
        ("qualification/gold/all/0/threshold/at_least", {"parameter": "a", "money": {"amount": 1, "currency": "USD"}}),
        ("exceptions/0/partner_id", 1.5),
        ("benefits/mdf/tiers/gold", None),
    ],
)
def test_what_core_refuses_is_not_valid(path: str, value: object) -> None:
    assert not Draft202012Validator(SCHEMA).is_valid(changed(path, value))
