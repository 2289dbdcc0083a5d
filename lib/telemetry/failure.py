"""The word for an error, as figures and spans have it: never its message, which may quote what a person said."""

from asyncio import CancelledError

from lib.errors import LakechatError


def failure_of(error: BaseException) -> str | None:
    """The cause that the error names, else its code; the class of an unforeseen one; None if somebody asked to stop."""
    if isinstance(error, CancelledError | GeneratorExit):
        return None
    if isinstance(error, LakechatError):
        return getattr(error, "failure", None) or error.code
    return type(error).__name__
