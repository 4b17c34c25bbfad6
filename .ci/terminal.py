"""How the set-up and the gate speak on a terminal: a few colors, and none in a file."""

import os
import sys

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def paint(text: str, color: str) -> str:
    """Return the text in a color where standard output is a terminal that wants one."""
    if not _has_color():
        return text
    return f"\033[{_CODES[color]}m{text}\033[0m"


def say(text: str = "") -> None:
    """Print one line at once, so that it stands before what a started program prints."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _has_color() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()
