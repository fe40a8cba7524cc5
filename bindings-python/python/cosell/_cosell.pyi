from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from os import PathLike
from typing import Any, Final, Literal, Protocol, TypeAlias, TypedDict, final, overload

import pandas
import polars
import pyarrow

from . import _options
from .results import (
    Calibration,
    Comparison,
    Confidence,
    Economics,
    InferredInfluence,
    Intervals,
    Involvement,
    ModelResult,
    OrderSelection,
    Pipeline,
    ProgramBacktest,
    ProgramComparison,
    ProgramReplay,
    RecommendedTiers,
    Ropi,
    Simulation,
    TierReview,
)

__all__ = [
    "AttributionState",
    "Credit",
    "Ecosystem",
    "Journeys",
    "Program",
    "ProgramReview",
    "Progress",
    "Qualified",
    "Review",
    "Table",
    "__version__",
    "_credit_from_applied",
    "_credit_from_journeys",
    "_credit_from_state",
    "_ecosystem_from_bytes",
    "_journeys_from_bytes",
    "_panic",
    "_program_review_from_bytes",
    "_review_from_state",
    "_state_from_bytes",
    "_table_from_bytes",
    "attribute_journey",
    "recommend_program",
    "report",
    "review",
    "say",
    "set_threads",
    "simulate_journeys",
    "threads",
    "words",
]

__version__: Final[str]

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

# A frame with the Arrow C stream, a list of dicts, a dict of columns (lists, arrays or series), or CSV (or Arrow IPC) as
# bytes.
_Frame: TypeAlias = _ArrowStream | _ArrowArray | Sequence[Mapping[str, Any]] | Mapping[str, Any] | bytes | bytearray
_When: TypeAlias = str | date | datetime
_OnProgress: TypeAlias = Callable[[Progress], object]

class _Touch(TypedDict, total=False):
    """A touch of one journey."""

    channel: str | int | None
    at: _When | None
    kind: str | None
    role: str | None
    weight: float | Decimal | str | None
    touch: str | int | None

_Touches: TypeAlias = Sequence[str] | Sequence[str | int | None] | Sequence[_Touch]
_Amount: TypeAlias = float | Decimal | str

class _TouchCredit(TypedDict):
    """What one touch has earned."""

    channel: str
    conversions: float
    value: float | None
    weight: float
    reason: str

class _ExactTouchCredit(TypedDict):
    """What one touch has earned, with its value as a decimal."""

    channel: str
    conversions: float
    value: Decimal | None
    weight: float
    reason: str

class _VerdictReason(TypedDict):
    """A reason of a decision."""

    code: str
    tier: str | None
    on: str | None

class _Gap(TypedDict):
    """A criterion that is not as a tier wants it."""

    criterion: str
    metric: str | None
    operation: str
    actual: float | None
    required: float | None
    missing: float | None
    unit: str | None
    alternative: str | None

_Action = TypedDict("_Action", {"metric": str, "steps": int, "from": float, "to": float, "cost": float})

class _Obstruction(TypedDict):
    """A criterion that no action can bring about."""

    criterion: str | None
    reason: str

class _CheapestWay(TypedDict):
    """The cheapest set of actions that reaches a tier."""

    actions: list[_Action] | None
    cost: float | None
    proven: bool
    out_of_reach: list[_Obstruction]

class _TierAhead(TypedDict):
    """What stands between a partner and a tier."""

    tier: str
    satisfied: int
    total: int
    gaps: list[_Gap]
    cheapest: _CheapestWay | None

class _Verdict(TypedDict):
    """The decision about one partner; days are ISO 8601 text."""

    program: str
    version: str
    as_of: str
    track: str | None
    score: float | None
    qualified: str | None
    earned: str | None
    previous: str | None
    effective: str | None
    recommendation: str
    because: list[_VerdictReason]
    standing: str | None
    standing_since: str | None
    track_since: str | None
    short_since: str | None
    grace_until: str | None
    pending: str | None
    pending_demotion: bool
    kept_tier: str | None
    kept_until: str | None
    enrolled_on: str | None
    next_tiers: list[_TierAhead]

@final
class Table:
    @property
    def column_names(self) -> list[str]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def to_pandas(self, decimals: bool = False) -> pandas.DataFrame: ...
    def to_polars(self, decimals: bool = False) -> polars.DataFrame: ...
    def to_pyarrow(self, decimals: bool = False) -> pyarrow.Table: ...
    def to_dicts(self, decimals: bool = False) -> list[dict[str, Any]]: ...
    def to_csv(self) -> str: ...
    def __getitem__(self, key: str, /) -> list[Any]: ...
    def __len__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Table: ...
    def __deepcopy__(self, _memo: object) -> Table: ...

@final
class Progress:
    @property
    def stage(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...

@final
class Ecosystem:
    def __new__(
        cls,
        *,
        opportunities: _Frame | None = None,
        touchpoints: _Frame | None = None,
        partners: _Frame | None = None,
        accounts: _Frame | None = None,
        account_partners: _Frame | None = None,
        opportunity_partners: _Frame | None = None,
        registrations: _Frame | None = None,
        investments: _Frame | None = None,
        enrollments: _Frame | None = None,
        people: _Frame | None = None,
        credentials: _Frame | None = None,
        activities: _Frame | None = None,
        measurements: _Frame | None = None,
        lines: _Frame | None = None,
        aliases: _Frame | None = None,
        exchange_rates: _Frame | None = None,
        currency: str | None = None,
        max_rate_age_days: int | None = None,
        timezone: str | None = None,
        columns: Mapping[str, Mapping[str, str]] | None = None,
        values: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
        rollup: Sequence[_options.Rollup] | None = None,
        on_invalid: _options.OnInvalid | None = None,
        progress: _OnProgress | None = None,
    ) -> Ecosystem: ...
    @property
    def opportunities(self) -> Table: ...
    @property
    def touchpoints(self) -> Table: ...
    @property
    def partners(self) -> Table: ...
    @property
    def accounts(self) -> Table: ...
    @property
    def account_partners(self) -> Table: ...
    @property
    def opportunity_partners(self) -> Table: ...
    @property
    def registrations(self) -> Table: ...
    @property
    def investments(self) -> Table: ...
    @property
    def enrollments(self) -> Table: ...
    @property
    def people(self) -> Table: ...
    @property
    def credentials(self) -> Table: ...
    @property
    def activities(self) -> Table: ...
    @property
    def measurements(self) -> Table: ...
    @property
    def lines(self) -> Table: ...
    @property
    def aliases(self) -> Table: ...
    @property
    def exchange_rates(self) -> Table: ...
    def table(self, name: str) -> Table: ...
    @property
    def table_names(self) -> list[str]: ...
    @property
    def rejected(self) -> Table: ...
    @property
    def findings(self) -> Table: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def options(self) -> dict[str, Any]: ...
    def journeys(
        self,
        *,
        outcome: _options.Outcome | None = None,
        channel: _options.Channel | None = None,
        lookback_days: _options.Days | None = None,
        lookback_touches: _options.Touches | None = None,
        vendor_touches: _options.VendorTouches | None = None,
        account_touches: _options.AccountTouches | None = None,
        roles: _options.Roles | None = None,
        repeats: _options.Repeats | None = None,
        kinds: Sequence[str] | None = None,
        as_of: _When | None = None,
        stage_probability: Mapping[str, float] | None = None,
        progress: _OnProgress | None = None,
    ) -> Journeys: ...
    def involvement(
        self,
        as_of: _When,
        *,
        sourced_rule: _options.SourcedRule | None = None,
        account_registrations: _options.AccountRegistrations | None = None,
        kinds: Sequence[str] | None = None,
        lookback_days: _options.Days | None = None,
        account_touches: _options.AccountTouches | None = None,
        months: int | None = None,
        progress: _OnProgress | None = None,
    ) -> Involvement: ...
    def pipeline(
        self,
        as_of: _When,
        *,
        kinds: Sequence[str] | None = None,
        lookback_days: _options.Days | None = None,
        account_touches: _options.AccountTouches | None = None,
        progress: _OnProgress | None = None,
    ) -> Pipeline: ...
    def inferred_influence(
        self,
        as_of: _When,
        *,
        window_days: _options.Days | None = None,
        months: int | None = None,
        kinds: Sequence[str] | None = None,
        relationships: Sequence[str] | None = None,
        compare_by: Sequence[_options.CompareBy] | None = None,
        min_deals: int | None = None,
        min_accounts: int | None = None,
        min_comparable: int | None = None,
        false_discovery_rate: float | None = None,
        progress: _OnProgress | None = None,
    ) -> InferredInfluence: ...
    def ropi(
        self,
        credit: Credit,
        as_of: _When,
        *,
        margin: _options.Margin | None = None,
        shared_key: _options.SharedKey | None = None,
        months: int | None = None,
        progress: _OnProgress | None = None,
    ) -> Ropi: ...
    def credit_by(
        self,
        credit: Credit,
        by: Sequence[str] | None = None,
        *,
        first_month: int | None = None,
        progress: _OnProgress | None = None,
    ) -> Table: ...
    def __copy__(self) -> Ecosystem: ...
    def __deepcopy__(self, _memo: object) -> Ecosystem: ...

@final
class Journeys:
    @staticmethod
    def from_touchpoints(
        touches: _Frame,
        outcomes: _Frame,
        *,
        journey: str | None = None,
        channel: str | None = None,
        at: str | None = None,
        value: str | None = None,
        conversions: str | None = None,
        nulls: str | None = None,
        outcome_at: str | None = None,
        created_at: str | None = None,
        touch: str | None = None,
        kind: str | None = None,
        role: str | None = None,
        weight: str | None = None,
        currency: str | None = None,
        timezone: str | None = None,
        lookback_days: _options.Days | None = None,
        lookback_touches: _options.Touches | None = None,
        vendor_touches: _options.VendorTouches | None = None,
        repeats: _options.Repeats | None = None,
        progress: _OnProgress | None = None,
    ) -> Journeys: ...
    @staticmethod
    def from_paths(
        frame: _Frame,
        *,
        path: str | None = None,
        conversions: str | None = None,
        value: str | None = None,
        nulls: str | None = None,
        separator: str | None = None,
        currency: str | None = None,
        progress: _OnProgress | None = None,
    ) -> Journeys: ...
    # --- generated by make types: begin attribute
    @overload
    def attribute(self, model: Literal["first_touch"], *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["last_touch"], *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["first_partner_touch"], *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["last_partner_touch"], *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["linear"], *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["position_based"], *, preset: _options.Preset | None = ..., first: float | None = ..., last: float | None = ..., creation: float | None = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["time_decay"], *, half_life_days: float = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["role_weighted"], *, weights: Mapping[str, float] = ..., other: float = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["custom_weights"], *, weights: Sequence[float], rest: float = ..., counted_from: _options.End = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["touch_weighted"], *, missing: float = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["markov"], *, order: int = ..., removal: _options.MarkovRemoval = ..., credit: _options.MarkovCredit = ..., sequences: Sequence[Sequence[str]] = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["shapley"], *, game: _options.ShapleyGame = ..., coalitions: Sequence[_options.Coalition] = ..., missing: _options.MissingCoalitions = ..., samples: int | None = ..., max_standard_error: float | None = ..., seed: int = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["shao_li"], *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: Literal["leave_one_out"], *, game: _options.LeaveOneOutGame = ..., progress: Callable[[Progress], object] | None = None) -> Credit: ...
    @overload
    def attribute(self, model: _options.ModelDocument, *, progress: Callable[[Progress], object] | None = None) -> Credit: ...
    # --- generated by make types: end attribute
    def compare(
        self,
        models: Sequence[_options.Model],
        *,
        top: int | None = None,
        difference: float | None = None,
        progress: _OnProgress | None = None,
    ) -> Comparison: ...
    def select_order(
        self,
        *,
        max_order: int | None = None,
        folds: int | None = None,
        seed: int | None = None,
        progress: _OnProgress | None = None,
    ) -> OrderSelection: ...
    @property
    def touches(self) -> int: ...
    @property
    def channels(self) -> list[str]: ...
    @property
    def diagnostics(self) -> dict[str, Any]: ...
    def __len__(self) -> int: ...
    def __copy__(self) -> Journeys: ...
    def __deepcopy__(self, _memo: object) -> Journeys: ...

@final
class Credit:
    @property
    def totals(self) -> Table: ...
    @property
    def ledger(self) -> Table | None: ...
    def table(self, name: str) -> Table: ...
    @property
    def table_names(self) -> list[str]: ...
    def intervals(
        self,
        *,
        replicates: int | None = None,
        level: float | None = None,
        method: _options.IntervalMethod | None = None,
        seed: int | None = None,
        min_journeys: int | None = None,
        top: int | None = None,
        progress: _OnProgress | None = None,
    ) -> Intervals: ...
    def calibrate(
        self,
        experiments: _Frame,
        *,
        scale: _options.CalibrateScale | None = None,
        replicates: int | None = None,
        model_bias: _options.ModelBias | None = None,
        level: float | None = None,
        seed: int | None = None,
        min_journeys: int | None = None,
        channel: str | None = None,
        effect: str | None = None,
        standard_error: str | None = None,
        progress: _OnProgress | None = None,
    ) -> Calibration: ...
    def apply(self, journeys: Journeys, *, progress: _OnProgress | None = None) -> Credit: ...
    @property
    def diagnostics(self) -> dict[str, Any]: ...
    @property
    def model(self) -> dict[str, Any]: ...
    @property
    def journeys(self) -> Journeys: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Credit: ...
    def __deepcopy__(self, _memo: object) -> Credit: ...

@final
class AttributionState:
    # --- generated by make types: begin state
    @overload
    def __new__(cls, model: Literal["first_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["last_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["first_partner_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["last_partner_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["linear"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["position_based"], *, preset: _options.Preset | None = ..., first: float | None = ..., last: float | None = ..., creation: float | None = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["time_decay"], *, half_life_days: float = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["role_weighted"], *, weights: Mapping[str, float] = ..., other: float = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["custom_weights"], *, weights: Sequence[float], rest: float = ..., counted_from: _options.End = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["touch_weighted"], *, missing: float = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["markov"], *, order: int = ..., removal: _options.MarkovRemoval = ..., credit: _options.MarkovCredit = ..., sequences: Sequence[Sequence[str]] = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["shapley"], *, game: _options.ShapleyGame = ..., coalitions: Sequence[_options.Coalition] = ..., missing: _options.MissingCoalitions = ..., samples: int | None = ..., max_standard_error: float | None = ..., seed: int = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["shao_li"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: Literal["leave_one_out"], *, game: _options.LeaveOneOutGame = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    def __new__(cls, model: _options.Model, *, keep_paths: bool | None = None) -> AttributionState: ...
    # --- generated by make types: end state
    # --- generated by make types: begin state from bytes
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["first_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["last_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["first_partner_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["last_partner_touch"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["linear"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["position_based"], *, preset: _options.Preset | None = ..., first: float | None = ..., last: float | None = ..., creation: float | None = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["time_decay"], *, half_life_days: float = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["role_weighted"], *, weights: Mapping[str, float] = ..., other: float = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["custom_weights"], *, weights: Sequence[float], rest: float = ..., counted_from: _options.End = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["touch_weighted"], *, missing: float = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["markov"], *, order: int = ..., removal: _options.MarkovRemoval = ..., credit: _options.MarkovCredit = ..., sequences: Sequence[Sequence[str]] = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["shapley"], *, game: _options.ShapleyGame = ..., coalitions: Sequence[_options.Coalition] = ..., missing: _options.MissingCoalitions = ..., samples: int | None = ..., max_standard_error: float | None = ..., seed: int = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["shao_li"], *, keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: Literal["leave_one_out"], *, game: _options.LeaveOneOutGame = ..., keep_paths: bool | None = None) -> AttributionState: ...
    @overload
    @staticmethod
    def from_bytes(data: bytes, model: _options.Model, *, keep_paths: bool | None = None) -> AttributionState: ...
    # --- generated by make types: end state from bytes
    def to_bytes(self) -> bytes: ...
    def update(self, journeys: Journeys) -> None: ...
    def merge(self, other: AttributionState) -> None: ...
    def finish(self, *, progress: _OnProgress | None = None) -> Credit: ...
    @property
    def model(self) -> dict[str, Any]: ...
    @property
    def keeps_paths(self) -> bool: ...
    def __copy__(self) -> AttributionState: ...
    def __deepcopy__(self, _memo: object) -> AttributionState: ...

@final
class Program:
    def __new__(cls, document: _options.ProgramDocument | Mapping[str, Any]) -> Program: ...
    @staticmethod
    def from_text(text: str, format: Literal["json", "yaml", "toml"] | None = None) -> Program: ...
    @staticmethod
    def from_file(path: str | PathLike[str], format: Literal["json", "yaml", "toml"] | None = None) -> Program: ...
    @property
    def document(self) -> dict[str, Any]: ...
    @property
    def tiers(self) -> list[str]: ...
    def evaluate(
        self,
        metrics: Mapping[str, float | bool | str | None],
        as_of: _When,
        *,
        partner_id: str | int | None = None,
        attributes: Mapping[str, Any] | None = None,
        previous: Mapping[str, Any] | _Verdict | Sequence[Mapping[str, Any] | _Verdict] | None = None,
        cutoffs: Sequence[Mapping[str, Any]] | None = None,
        gaps: _options.Reach | None = None,
        costs: Mapping[str, _options.ActionCost] | None = None,
    ) -> _Verdict: ...
    def review(
        self,
        partners: Ecosystem | _Frame,
        as_of: _When,
        *,
        previous: _Frame | None = None,
        metrics: _Frame | None = None,
        credit: Mapping[str, Credit] | None = None,
        forecast_months: int | None = None,
        progress: _OnProgress | None = None,
    ) -> ProgramReview: ...
    def benefits(self, tier: str, *, track: str | None = None, as_of: _When) -> Table: ...
    def qualify(
        self,
        partners: _Frame,
        *,
        as_of: _When | None = None,
        cutoffs: Sequence[Mapping[str, Any]] | None = None,
        progress: _OnProgress | None = None,
    ) -> Qualified: ...
    def lint(self) -> Table: ...
    def diff(self, other: Program) -> Table: ...
    @property
    def is_monotone(self) -> bool: ...
    @overload
    def replay(
        self,
        partners: Ecosystem,
        *,
        days: Sequence[_When] | None = None,
        monthly: _options.Monthly | None = None,
        forecast_months: int | None = None,
        previous: _Frame | None = None,
        credit: Mapping[str, Credit] | None = None,
        progress: _OnProgress | None = None,
    ) -> ProgramReplay: ...
    @overload
    def replay(
        self,
        partners: Iterable[tuple[_When, _Frame]],
        *,
        previous: _Frame | None = None,
        progress: _OnProgress | None = None,
    ) -> ProgramReplay: ...
    @overload
    def backtest(
        self,
        other: Program,
        partners: Ecosystem,
        *,
        days: Sequence[_When] | None = None,
        monthly: _options.Monthly | None = None,
        stake: str | None = None,
        stake_credit: str | None = None,
        previous: _Frame | None = None,
        stakes: _Frame | None = None,
        credit: Mapping[str, Credit] | None = None,
        progress: _OnProgress | None = None,
    ) -> ProgramBacktest: ...
    @overload
    def backtest(
        self,
        other: Program,
        partners: Iterable[tuple[_When, _Frame]],
        *,
        stake: str | None = None,
        previous: _Frame | None = None,
        stakes: _Frame | None = None,
        progress: _OnProgress | None = None,
    ) -> ProgramBacktest: ...
    def sensitivity(
        self,
        partners: Ecosystem | _Frame,
        as_of: _When,
        *,
        change: float | None = None,
        stake: str | None = None,
        previous: _Frame | None = None,
        stakes: _Frame | None = None,
        metrics: _Frame | None = None,
        credit: Mapping[str, Credit] | None = None,
        progress: _OnProgress | None = None,
    ) -> Table: ...
    def design(
        self,
        partners: Ecosystem | _Frame,
        as_of: _When,
        *,
        threshold: str,
        shares: Sequence[float],
        tier: str | None = None,
        previous: _Frame | None = None,
        metrics: _Frame | None = None,
        credit: Mapping[str, Credit] | None = None,
        progress: _OnProgress | None = None,
    ) -> Table: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> Program: ...
    def __deepcopy__(self, _memo: object) -> Program: ...

@final
class ProgramReview:
    @property
    def program(self) -> Program: ...
    @property
    def as_of(self) -> date: ...
    @property
    def decisions(self) -> Table: ...
    @property
    def reasons(self) -> Table: ...
    @property
    def scorecards(self) -> Table: ...
    @property
    def metrics(self) -> Table: ...
    @property
    def cutoffs(self) -> Table: ...
    @property
    def benefits(self) -> Table: ...
    @property
    def forecast(self) -> Table: ...
    @property
    def findings(self) -> Table: ...
    def gaps(self, reach: _options.Reach | None = None) -> Table: ...
    def progress(self, reach: _options.Reach | None = None) -> Table: ...
    def actions(
        self, costs: Mapping[str, _options.ActionCost], *, progress: _OnProgress | None = None
    ) -> Table: ...
    def out_of_reach(
        self, costs: Mapping[str, _options.ActionCost], *, progress: _OnProgress | None = None
    ) -> Table: ...
    def economics(
        self,
        costs: Mapping[str, _options.ActionCost],
        *,
        horizon_months: float | None = None,
        progress: _OnProgress | None = None,
    ) -> Economics: ...
    def segments(
        self,
        performance: _options.SegmentAxis,
        potential: _options.SegmentAxis,
        *,
        names: Sequence[Sequence[str]] | None = None,
    ) -> Table: ...
    def enablement(self, needed_on: str | date, *, reach: _options.Reach | None = None) -> Table: ...
    def facts(
        self, partner_id: str | int, metric: str | None = None, *, progress: _OnProgress | None = None
    ) -> Table: ...
    def explain(
        self, partner_id: str | int, costs: Mapping[str, _options.ActionCost] | None = None, *, facts: int | None = None
    ) -> dict[str, Any]: ...
    def compare(
        self,
        other: ProgramReview,
        *,
        stakes: _Frame | None = None,
        stake: str | None = None,
        progress: _OnProgress | None = None,
    ) -> ProgramComparison: ...
    def __len__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> ProgramReview: ...
    def __deepcopy__(self, _memo: object) -> ProgramReview: ...

@final
class Qualified:
    @property
    def program(self) -> Program: ...
    @property
    def tiers(self) -> list[str]: ...
    @property
    def codes(self) -> memoryview[int]: ...
    @property
    def tracks(self) -> list[str]: ...
    @property
    def track_codes(self) -> memoryview[int]: ...
    @property
    def scores(self) -> memoryview[float]: ...
    @property
    def cutoffs(self) -> Table: ...
    @property
    def table(self) -> Table: ...
    @property
    def counts(self) -> Table: ...
    def gaps(self, reach: _options.Reach | None = None, *, progress: _OnProgress | None = None) -> Table: ...
    def __len__(self) -> int: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Qualified: ...
    def __deepcopy__(self, _memo: object) -> Qualified: ...

@final
class Review:
    @property
    def as_of(self) -> date | None: ...
    @property
    def currency(self) -> str | None: ...
    @property
    def config(self) -> dict[str, Any]: ...
    @property
    def coverage(self) -> Table: ...
    @property
    def headline(self) -> Table: ...
    @property
    def credit(self) -> Table: ...
    @property
    def models(self) -> list[ModelResult]: ...
    @property
    def confidence(self) -> Confidence | None: ...
    @property
    def involvement(self) -> Involvement | None: ...
    @property
    def pipeline(self) -> Pipeline | None: ...
    @property
    def expected(self) -> Table: ...
    @property
    def inferred_influence(self) -> InferredInfluence | None: ...
    @property
    def ropi(self) -> Ropi | None: ...
    @property
    def tiers(self) -> TierReview | None: ...
    @property
    def rejected(self) -> Table: ...
    @property
    def findings(self) -> Table: ...
    @property
    def notes(self) -> Table: ...
    def to_dict(self) -> dict[str, Any]: ...
    def _repr_html_(self) -> str: ...
    def __copy__(self) -> Review: ...
    def __deepcopy__(self, _memo: object) -> Review: ...

# --- generated by make types: begin one journey
@overload
def attribute_journey(touches: _Touches, model: Literal["first_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["last_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["first_partner_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["last_partner_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["linear"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["position_based"], *, preset: _options.Preset | None = ..., first: float | None = ..., last: float | None = ..., creation: float | None = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["time_decay"], *, half_life_days: float = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["role_weighted"], *, weights: Mapping[str, float] = ..., other: float = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["custom_weights"], *, weights: Sequence[float], rest: float = ..., counted_from: _options.End = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["touch_weighted"], *, missing: float = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["markov"], *, order: int = ..., removal: _options.MarkovRemoval = ..., credit: _options.MarkovCredit = ..., sequences: Sequence[Sequence[str]] = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["shapley"], *, game: _options.ShapleyGame = ..., coalitions: Sequence[_options.Coalition] = ..., missing: _options.MissingCoalitions = ..., samples: int | None = ..., max_standard_error: float | None = ..., seed: int = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["shao_li"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["leave_one_out"], *, game: _options.LeaveOneOutGame = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: _options.Model, *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[False] = False) -> list[_TouchCredit]: ...
# --- generated by make types: end one journey
# --- generated by make types: begin one journey, decimals
@overload
def attribute_journey(touches: _Touches, model: Literal["first_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["last_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["first_partner_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["last_partner_touch"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["linear"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["position_based"], *, preset: _options.Preset | None = ..., first: float | None = ..., last: float | None = ..., creation: float | None = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["time_decay"], *, half_life_days: float = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["role_weighted"], *, weights: Mapping[str, float] = ..., other: float = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["custom_weights"], *, weights: Sequence[float], rest: float = ..., counted_from: _options.End = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["touch_weighted"], *, missing: float = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["markov"], *, order: int = ..., removal: _options.MarkovRemoval = ..., credit: _options.MarkovCredit = ..., sequences: Sequence[Sequence[str]] = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["shapley"], *, game: _options.ShapleyGame = ..., coalitions: Sequence[_options.Coalition] = ..., missing: _options.MissingCoalitions = ..., samples: int | None = ..., max_standard_error: float | None = ..., seed: int = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["shao_li"], *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: Literal["leave_one_out"], *, game: _options.LeaveOneOutGame = ..., value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
@overload
def attribute_journey(touches: _Touches, model: _options.Model, *, value: _Amount | None = None, currency: str | None = None, conversions: float | None = None, created_at: _When | None = None, closed_at: _When | None = None, decimals: Literal[True]) -> list[_ExactTouchCredit]: ...
# --- generated by make types: end one journey, decimals
def review(
    source: Ecosystem | Journeys,
    as_of: _When | None = None,
    config: _options.ReviewConfig | None = None,
    *,
    previous: _Frame | None = None,
    progress: _OnProgress | None = None,
) -> Review: ...
def recommend_program(
    periods: Sequence[_Frame],
    metrics: Sequence[str],
    *,
    contribution: str | None = None,
    weights: Mapping[str, float] | None = None,
    tiers: int | None = None,
    most_tiers: int | None = None,
    fit: float | None = None,
    program: str | None = None,
    progress: _OnProgress | None = None,
) -> RecommendedTiers: ...
def report(review: Review, *, words: Mapping[str, str] | None = None) -> str: ...
def say(code: str, parameters: Mapping[str, Any] | None = None, *, words: Mapping[str, str] | None = None) -> str: ...
def set_threads(threads: int) -> None: ...
def simulate_journeys(
    *,
    journeys: int | None = None,
    channels: Sequence[_options.SimulatedChannel] | None = None,
    base_rate: float | None = None,
    intent: float | None = None,
    mean_length: float | None = None,
    interactions: Sequence[_options.Interaction] | None = None,
    value_mean: float | None = None,
    seed: int | None = None,
    progress: _OnProgress | None = None,
) -> Simulation: ...
def threads() -> int: ...
def words() -> dict[str, str]: ...
def _table_from_bytes(data: bytes) -> Table: ...
def _ecosystem_from_bytes(data: bytes) -> Ecosystem: ...
def _journeys_from_bytes(data: bytes) -> Journeys: ...
def _program_review_from_bytes(data: bytes) -> ProgramReview: ...
def _credit_from_journeys(journeys: Journeys, model: str) -> Credit: ...
def _credit_from_applied(learned: Credit, journeys: Journeys) -> Credit: ...
def _credit_from_state(data: bytes, model: str, keep_paths: bool) -> Credit: ...
def _state_from_bytes(data: bytes, model: str, keep_paths: bool) -> AttributionState: ...
def _review_from_state(state: dict[str, Any]) -> Review: ...
def _panic() -> None: ...
