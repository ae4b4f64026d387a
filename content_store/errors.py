"""The errors a person may see: one base, its docstring the default message."""


class SurmesureError(Exception):
    """The work could not be done."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        # A library's message inside may have several lines; people read one sentence.
        lines = (message or self.__doc__ or "").strip().splitlines()
        super().__init__(" ".join(line.strip() for line in lines))


class BadInput(SurmesureError):
    """The input breaks a rule; the message says what, where, which rule and what to do."""

    exit_code = 2


class WorkFailed(SurmesureError):
    """The input was fine, but the work failed; the message says what to do next."""


class StaleState(SurmesureError):
    """Somebody else changed this first; look at it again and decide anew."""


class NotAllowed(SurmesureError):
    """Your roles do not allow this; ask somebody whose roles do."""
