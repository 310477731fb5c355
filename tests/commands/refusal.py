"""How the command line refuses what a user typed."""

__all__ = ["refused"]


def refused(result, *parts):
    """Assert exit 2, nothing on standard output, and a message with all ``parts``."""
    code, out, err = result
    assert (code, out) == (2, ""), (code, out, err)
    flat = " ".join(err.replace("│", " ").split())
    for part in parts:
        assert part in flat
