"""
What holds for every test: the same examples on each run in CI, and no false company.

A ``serial`` test shares a worker with all the other serial ones, so that they never run
beside each other. A ``shared`` test reads the real catalogue, which not every machine has: it
lies in ../shared, or where GENBO_SHARED says.
"""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.database"]

SHARED = Path(os.environ.get("GENBO_SHARED") or Path(__file__).resolve().parents[2] / "shared")

# Machines differ in speed, so no example has a deadline; CI draws the same examples each time.
# A few examples each time find in a week of runs what many find at once, and keep the core's
# tests under two seconds; GENBO_EXAMPLES=1000 is for a night.
EXAMPLES = int(os.environ.get("GENBO_EXAMPLES", "10"))
settings.register_profile("house", deadline=None, max_examples=EXAMPLES)
settings.register_profile("gate", deadline=None, max_examples=EXAMPLES, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "house")


def pytest_configure() -> None:
    """Collect no garbage while tests are collected: thousands are made, and all of them stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on only what the tests make is looked through."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep serial tests together, and leave out what needs a folder that is not here."""
    absent = pytest.mark.skip(reason=f"{SHARED} is not on this machine")
    for item in items:
        if item.get_closest_marker("serial"):
            item.add_marker(pytest.mark.xdist_group("serial"))
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(absent)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the real catalogue, usage log and oracles; for tests marked ``shared``."""
    return SHARED
