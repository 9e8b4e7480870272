"""What goes wrong on the hub, as one line. No message holds the token of the user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from mner.errors import InputError, MissingExtraError, clipped
from mner.tagging.hub.reference import HubReference

__all__ = ["hub_errors", "require_hub"]

_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _CONFLICT = 401, 403, 404, 409
_LOG_IN = "log in by `hf auth login`, or set HF_TOKEN"


def require_hub(feature: str) -> None:
    """Make sure that the package huggingface_hub is there.

    Args:
        feature: what needs it, as the first words of a sentence.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import huggingface_hub  # noqa: F401
    except ImportError as exc:
        raise MissingExtraError(feature, "hub") from exc


@contextmanager
def hub_errors(reference: HubReference) -> Iterator[None]:
    """Turn what huggingface_hub raises into one line.

    Args:
        reference: what was asked for.

    Raises:
        InputError: the hub refuses or cannot be reached, or nothing is there.
    """
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    # The base class of the errors of its HTTP library, which is httpx or httpx2.
    transport = cast("type[Exception]", HfHubHTTPError.__mro__[1])
    try:
        yield
    except (transport, HFValidationError, OSError, RuntimeError, ValueError) as exc:
        raise InputError(f"{reference}: {_reason(_first_of_the_hub(exc))}") from exc


def _first_of_the_hub(error: BaseException) -> BaseException:
    """Return the answer of the hub that led to an error; the error itself where none did."""
    from huggingface_hub.errors import HfHubHTTPError

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, HfHubHTTPError):
            return cause
        cause = cause.__cause__
    return error


def _reason(error: BaseException) -> str:
    from huggingface_hub import errors

    if isinstance(error, errors.RevisionNotFoundError):
        return "the hub has no such revision: expected a branch, a tag or a commit of the model"
    if isinstance(error, errors.GatedRepoError):
        return f"its owner has to let you in: ask on the page of the model, then {_LOG_IN}"
    if isinstance(error, errors.HfHubHTTPError):
        return _answer(error.response.status_code, error.response.reason_phrase)
    if isinstance(error, errors.LocalEntryNotFoundError):
        return (
            "is not on this disk, and the hub cannot be reached: try again with a connection, "
            "without HF_HUB_OFFLINE"
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, so nothing is asked of the hub: unset it"
    return f"the hub cannot be used ({clipped(error) or type(error).__name__})"


def _answer(status: int, phrase: str) -> str:
    """Say what an answer of the hub means."""
    if status in (_UNAUTHORISED, _NOT_FOUND):
        return (
            f"the hub answers {status}: there is no such model, or it is private and you are not "
            f"logged in: check the name, or {_LOG_IN}"
        )
    if status == _FORBIDDEN:
        return f"the hub answers 403: your token may not do this: {_LOG_IN} with one that may"
    if status == _CONFLICT:
        return "the hub answers 409: somebody else changed the model just now: try again"
    advice = "try again later" if status >= 500 else "see the page of the model"
    return f"the hub answers {status} {clipped(phrase)}: {advice}"
