"""What a caller can repair, and what stops a program; imports nothing, JAX least of all."""


class InputError(ValueError):
    """Something the caller can repair; the message names the value, the limit and the repair.

    It stays in one line, whatever line breaks a value holds.
    """

    def __init__(self, message: str):
        """Line breaks of the message become blanks."""
        super().__init__(" ".join(message.splitlines()))


class Terminated(KeyboardInterrupt):
    """The process was asked to end (SIGTERM): an interrupt from elsewhere than the keyboard."""
