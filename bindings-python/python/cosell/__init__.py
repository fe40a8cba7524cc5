"""cosell: the engine for partner ecosystem intelligence.

Who earned this revenue, and what is the partner programme worth? Begin with an `Ecosystem` of CRM and PRM tables:

    >>> eco = cosell.Ecosystem(opportunities=deals, touchpoints=touches, partners=partners, currency="USD")
    >>> eco.journeys(lookback_days=90).attribute("linear").totals.to_pandas()
    >>> print(cosell.review(eco, as_of="2026-11-20"))

Importing cosell imports no other library.
"""

from ._cosell import (
    AttributionState,
    Credit,
    Ecosystem,
    Journeys,
    Program,
    ProgramReview,
    Progress,
    Qualified,
    Review,
    Table,
    __version__,
    attribute_journey,
    recommend_program,
    report,
    review,
    say,
    set_threads,
    simulate_journeys,
    threads,
    words,
)
from ._versions import show_versions
from .errors import Cancelled, ConfigError, CosellError, DataError, InternalError

__all__ = [
    "AttributionState",
    "Cancelled",
    "ConfigError",
    "CosellError",
    "Credit",
    "DataError",
    "Ecosystem",
    "InternalError",
    "Journeys",
    "Program",
    "ProgramReview",
    "Progress",
    "Qualified",
    "Review",
    "Table",
    "__version__",
    "attribute_journey",
    "recommend_program",
    "report",
    "review",
    "say",
    "set_threads",
    "show_versions",
    "simulate_journeys",
    "threads",
    "words",
]
