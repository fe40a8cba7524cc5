"""What each row of a frame qualifies for: what the binding adds to the conformance cases."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy
import pandas
import polars
import pyarrow
import pytest

import cosell

PROGRAM = cosell.Program(
    {
        "program": "services",
        "version": "2026",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {
            "deals": {"measure": "given", "unit": "count"},
            "people": {"measure": "given", "unit": "people"},
        },
        "qualification": {
            "gold": {
                "all": [
                    {"threshold": {"metric": "deals", "at_least": 5}},
                    {"threshold": {"metric": "people", "at_least": 2}},
                ]
            }
        },
    }
)
DEALS = [7.0, 3.0, None, 5.0]
PEOPLE = [2, 2, 9, 1]
CODES = [1, 0, 0, 0]
FRAMES: dict[str, Callable[[], Any]] = {
    "numpy": lambda: {"deals": numpy.array([7, 3, numpy.nan, 5]), "people": numpy.array(PEOPLE, dtype="int32")},
    "numpy, whole": lambda: {"deals": numpy.array([7, 3, 0, 5]), "people": numpy.array(PEOPLE)},
    "numpy, single": lambda: {"deals": numpy.array([7, 3, 0, 5], dtype="float32"), "people": numpy.array(PEOPLE, "u4")},
    "pandas": lambda: pandas.DataFrame({"deals": DEALS, "people": PEOPLE}),
    "polars": lambda: polars.DataFrame({"deals": DEALS, "people": PEOPLE}),
    "pyarrow": lambda: pyarrow.table({"deals": DEALS, "people": PEOPLE}),
    "chunks": lambda: pyarrow.concat_tables(
        [
            pyarrow.table({"deals": pyarrow.array([d], "float64"), "people": [p]})
            for d, p in zip(DEALS, PEOPLE, strict=True)
        ]
    ),
    "lists": lambda: {"deals": DEALS, "people": PEOPLE},
    "dicts": lambda: [{"deals": d, "people": p} for d, p in zip(DEALS, PEOPLE, strict=True)],
    "csv": lambda: b"deals,people\n7,2\n3,2\n,9\n5,1\n",
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_every_kind_of_frame_gives_the_same_tiers(frame: Callable[[], Any]) -> None:
    qualified = PROGRAM.qualify(frame())
    assert list(qualified.codes) == CODES
    assert len(qualified) == 4
    gaps = qualified.gaps("every")
    assert (gaps["row"], gaps["metric"]) == ([1, 2, 3], ["deals", "deals", "people"])


def test_codes_and_scores_are_arrays_without_numpy() -> None:
    qualified = PROGRAM.qualify({"deals": DEALS, "people": PEOPLE})
    codes, scores = qualified.codes, qualified.scores
    assert (codes.format, codes.itemsize, codes.readonly, len(codes)) == ("b", 1, True, 4)
    assert (scores.format, len(scores)) == ("d", 4)
    assert numpy.asarray(codes).dtype == numpy.int8
    assert numpy.isnan(numpy.asarray(scores)).all()
    assert list(qualified.track_codes) == [-1] * 4
    assert qualified.tracks == []
    code = "import sys, cosell; d = {'program': 'p', 'version': '1', 'tiers': [{'tier': 'a', 'rank': 1}]}; "
    code += "p = cosell.Program(d); "
    code += "print(list(p.qualify([{'x': 1}]).codes), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0] False"


def test_tables_stand_in_the_order_of_the_frame() -> None:
    ids = ["b", "a", "b", "c"]
    qualified = PROGRAM.qualify({"partner_id": ids, "deals": DEALS, "people": PEOPLE})
    assert qualified.table.column_names == ["partner_id", "scope", "tier", "track", "score"]
    assert qualified.table["partner_id"] == ids
    assert [None if tier is None else qualified.tiers.index(tier) for tier in qualified.table["tier"]] == CODES
    assert qualified.counts.to_dicts() == [
        {"tier": "gold", "rows": 1},
        {"tier": "member", "rows": 3},
        {"tier": None, "rows": 0},
    ]
    assert len(qualified.cutoffs) == 0
    assert repr(qualified) == 'Qualified("services", version "2026": 4 rows)'
    assert "<table" in qualified._repr_html_()


def test_cutoffs_of_a_review_are_handed_in() -> None:
    document = PROGRAM.document | {"qualification": {"gold": {"top": {"metric": "deals", "share": 0.5}}}}
    program = cosell.Program(document)
    everybody = [{"partner_id": str(i), "deals": i, "people": 0} for i in range(10)]
    cutoffs = program.review(everybody, "2026-11-20").cutoffs.to_dicts()
    assert list(program.qualify(everybody[4:6], cutoffs=cutoffs).codes) == [0, 1]
    assert list(program.qualify(everybody[4:6]).codes) == [0, 1]
    assert list(program.qualify(everybody[3:5], cutoffs=cutoffs).codes) == [0, 0]


def test_many_rows_give_the_same_on_any_number_of_threads() -> None:
    rows = numpy.random.default_rng(3).integers(0, 9, (2, 40_000)).astype(float)
    frame = {"deals": rows[0], "people": rows[1]}
    before = cosell.threads()
    try:
        found = []
        for threads in (1, 2, 3):
            cosell.set_threads(threads)
            qualified = PROGRAM.qualify(frame)
            found.append((bytes(qualified.codes), qualified.gaps("every").to_csv()))
    finally:
        cosell.set_threads(before)
    assert found[0] == found[1] == found[2]
    assert (numpy.asarray(PROGRAM.qualify(frame).codes) == ((rows[0] >= 5) & (rows[1] >= 2))).all()


@pytest.mark.parametrize(
    ("frame", "options", "code", "field"),
    [
        ({"deals": [1]}, {}, "missing_column", "people"),
        ({"deals": numpy.array([1.0, numpy.inf]), "people": numpy.ones(2)}, {}, "not_finite", "deals"),
        ({"deals": numpy.ones(2), "people": numpy.ones(3)}, {}, "length_mismatch", "partners.people"),
        ({"deals": ["x"], "people": [1]}, {}, "wrong_type", "deals"),
        (3, {}, "unsupported_input", "partners"),
        ({"deals": [1], "people": [1]}, {"previous": []}, "unknown_option", "previous"),
        ({"deals": [1], "people": [1]}, {"as_of": "tomorrow"}, "invalid_date", "as_of"),
        ({"deals": [1], "people": [1]}, {"cutoffs": 3}, "invalid_option", "cutoffs"),
    ],
)
def test_what_is_wrong_is_named(frame: Any, options: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(cosell.CosellError) as caught:
        PROGRAM.qualify(frame, **options)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_wrong_reach_is_named_and_it_copies_but_does_not_pickle() -> None:
    qualified = PROGRAM.qualify({"deals": [1], "people": [1]})
    with pytest.raises(cosell.ConfigError) as caught:
        qualified.gaps("all")  # type: ignore[arg-type]
    assert caught.value.field == "reach"
    assert copy.deepcopy(copy.copy(qualified)).program == PROGRAM
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(qualified)


def test_progress_is_told_and_cancels() -> None:
    def stop(_: cosell.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PROGRAM.qualify({"deals": numpy.ones(10), "people": numpy.ones(10)}, progress=stop)
