"""cosell: the engine for partner ecosystem intelligence.

Who earned this revenue, and what is the partner programme worth? Begin with an `Ecosystem` of CRM and PRM tables:

    >>> eco = cosell.Ecosystem(opportunities=deals, touchpoints=touches, partners=partners, currency="USD")

Importing cosell imports no other library.
"""

from ._cosell import Ecosystem, Table, __version__, set_threads, threads
from ._versions import show_versions
from .errors import Cancelled, ConfigError, CosellError, DataError, InternalError

__all__ = [
    "Cancelled",
    "ConfigError",
    "CosellError",
    "DataError",
    "Ecosystem",
    "InternalError",
    "Table",
    "__version__",
    "set_threads",
    "show_versions",
    "threads",
]
