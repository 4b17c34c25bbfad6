"""
The gate: every check that needs no person, two at a time, with the way out of each failure.

A check that passes is one line; one that fails shows what its program said. All of them run,
so that one visit shows everything there is to mend.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from terminal import paint, say

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(".venv") / "bin"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One program of the gate and what to do when it says no."""

    name: str
    command: Sequence[str]
    cure: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one check ended."""

    check: Check
    has_passed: bool
    output: str
    seconds: float


def _pytest(path: str) -> tuple[str, ...]:
    return ("python", "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", path)


#: The slowest comes first, so that the others run beside it.
CHECKS = (
    Check(name="types", command=("mypy",), cure="State the type, or check it before use."),
    Check(
        name="format",
        command=("ruff", "format", "--check", "--diff", "--quiet", "."),
        cure="Run make format.",
    ),
    Check(
        name="lint",
        command=("ruff", "check", "--quiet", "--output-format=concise", "."),
        cure="Run make format; what it leaves is for a person.",
    ),
    Check(
        name="imports",
        command=("lint-imports", "--no-logo"),
        cure="Move the code to the layer it belongs to: docs/architecture.md.",
    ),
    Check(
        name="tidy",
        command=_pytest("tests/test_tidy.py"),
        cure="Each line above names its cure.",
    ),
    Check(
        name="catalogues",
        command=_pytest("tests/test_catalogues.py"),
        cure="Write the message in both languages in locales/.",
    ),
    Check(
        name="migrations",
        command=("genbo", "db", "check"),
        cure="Add a migration that brings the tables to the models.",
    ),
)


def main() -> int:
    """Run every check, print how each ended, and return the exit status."""
    width = max(len(check.name) for check in CHECKS)
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for future in as_completed([pool.submit(perform, check) for check in CHECKS]):
            outcome = future.result()
            report(outcome, width)
            if not outcome.has_passed:
                failed.append(outcome.check.name)
    if failed:
        say(paint(f"{len(failed)} of {len(CHECKS)} checks failed: {', '.join(failed)}", "red"))
        return 1
    say(paint(f"{len(CHECKS)} checks passed", "green"))
    return 0


def perform(check: Check) -> Outcome:
    """Run one check from the root, without input, and keep what it printed."""
    program, *arguments = check.command
    started = time.monotonic()
    try:
        finished = subprocess.run(
            [str(BIN / program), *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return Outcome(check=check, has_passed=False, output=str(error), seconds=0)
    return Outcome(
        check=check,
        has_passed=finished.returncode == 0,
        output=finished.stdout.strip(),
        seconds=time.monotonic() - started,
    )


def report(outcome: Outcome, width: int) -> None:
    """Print one line for a check that passed, and all it said for one that did not."""
    mark = paint("✓", "green") if outcome.has_passed else paint("✗", "red")
    timing = paint(f"{outcome.seconds:5.1f} s", "dim")
    say(f"{mark} {outcome.check.name:<{width}} {timing}")
    if not outcome.has_passed:
        say("\n".join(f"    {line}" for line in outcome.output.splitlines()))
        say(f"    {paint('→', 'yellow')} {outcome.check.cure}")


if __name__ == "__main__":
    sys.exit(main())
