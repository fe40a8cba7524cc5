"""The exceptions of cosell.

Each carries a stable `code`, the `field` at fault (an option's path or `table.column`) and `details`; the same codes
appear in Rust and Node. All of them pickle.
"""

from __future__ import annotations

from typing import Any


class CosellError(Exception):
    """The base of every exception that cosell raises.

    Attributes:
        code: what went wrong, stable across versions and languages, such as "missing_column".
        field: the option's path or `table.column` at fault; empty where there is none.
        details: machine-readable facts: table, row, column, expected, got, available, suggestion.

    Example:
        >>> try:
        ...     cosell.Ecosystem(opportunities=frame)
        ... except cosell.CosellError as error:
        ...     print(error.code, error.field)
    """

    code: str
    field: str
    details: dict[str, Any]

    def __init__(
        self, message: str, code: str = "internal", field: str = "", details: dict[str, Any] | None = None
    ) -> None:
        """Make an exception from its message, code, field and details."""
        super().__init__(message)
        self.code = code
        self.field = field
        self.details = dict(details or {})

    def __reduce__(self) -> tuple[type[CosellError], tuple[str, str, str, dict[str, Any]]]:
        """Keep the fields when pickled."""
        return type(self), (str(self), self.code, self.field, self.details)


class ConfigError(CosellError, ValueError):
    """An option, document or name given by the caller is wrong."""


class CallError(ConfigError, TypeError):
    """An option is unknown or missing: also a TypeError, which Python itself raises for arguments."""


class DataError(CosellError, ValueError):
    """The data is wrong: the message names table, row, column and reason."""


class Cancelled(CosellError):  # noqa: N818 - the name says what happened: nothing failed
    """The caller asked to stop."""


class InternalError(CosellError):
    """A fault of cosell: please report it."""
