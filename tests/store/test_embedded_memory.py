"""The private server is sized by the machine, and trades no safety for speed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store import embedded
from ledger.store.clusters import NAME, connect
from tests.database import new_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that nobody has used."""
    made = new_folder()
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize(
    ("told", "gigabytes"),
    [
        ("2147483648\n", 2),
        ("max\n", None),
    ],
    ids=["a container of two gigabytes", "no limit"],
)
def test_memory_is_what_a_container_may_have(
    folder: Path, told: str, gigabytes: int | None
) -> None:
    machine = embedded.memory_of_machine(folder / "no such file")
    limit = folder / "memory.max"
    limit.write_text(told)
    expected = machine if gigabytes is None else min(machine, gigabytes * 1024**3)
    assert embedded.memory_of_machine(limit) == expected


@pytest.mark.slow
def test_the_cache_is_a_quarter_of_the_memory_and_durability_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "memory_of_machine", lambda: 2 * 1024**3)
    server = embedded.start(folder)
    with connect(Path(str(server.url.query["host"])), NAME) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("shared_buffers", "fsync", "synchronous_commit", "full_page_writes")
        }
    server.close()
    assert shown == {
        "shared_buffers": ("512MB",),
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "full_page_writes": ("on",),
    }
