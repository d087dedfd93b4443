"""Kinds of arguments that several commands take."""

from typing import Annotated

from cyclopts import Parameter


def _is_no_option(kind: object, value: str | tuple[str, ...] | None) -> None:
    """Refuse what looks like an option and is none, so that a mistyped one is not taken for a text."""
    del kind
    for argument in (value,) if isinstance(value, str) else value or ():
        if argument.startswith("-") and argument != "-":
            raise ValueError(f"there is no option {argument}")


TextName = Annotated[str, Parameter(allow_leading_hyphen=True, validator=_is_no_option)]
"""A file, a folder, a built-in text, or `-` for the standard input, which without this would pass for an option."""

DocumentName = Annotated[str | None, Parameter(allow_leading_hyphen=True)]
"""A file for JSON, or `-` for the standard output."""

FACT = Parameter(negative="", show_default=False)
"""Of an option that is there or is not: it has no `--no-` beside it."""
