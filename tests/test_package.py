"""What ``pip install`` brings: the client under its own name, typed, and its code once."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import genbo_client
from api import client
from tests.tidy.sources import ROOT, tracked

_ASKED = """
import sys
sys.path[:0] = [sys.argv[1]]
import genbo_client
from genbo_client import AsyncClient, Client, derive_event_id
assert genbo_client.__file__.startswith(sys.argv[1]), genbo_client.__file__
assert sys.modules[Client.__module__].__file__.startswith(sys.argv[1])
import api.client
assert api.client.Client is Client
Client(base_url="http://127.0.0.1:8400", key="gb_live_1").close()
print(derive_event_id("request-81", 0))
"""


def test_the_package_gives_all_that_the_client_gives() -> None:
    assert genbo_client.__all__ == client.__all__
    for name in client.__all__:
        assert getattr(genbo_client, name) is getattr(client, name)


@pytest.mark.slow
def test_a_wheel_holds_the_client_once_and_typed(tmp_path: Path) -> None:
    source = tmp_path / "source"  # A build leaves folders behind.
    for path in tracked():
        if not path.startswith(("tests/", "docs/")):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_bytes((ROOT / path).read_bytes())
    built = _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "installed")
    assert {"genbo_client/__init__.py", "genbo_client/py.typed", "api/py.typed"} <= set(names)
    assert [name for name in names if name.endswith("/spooled.py")] == ["api/client/spooled.py"]
    asked = subprocess.run(
        [sys.executable, "-P", "-c", _ASKED, str(tmp_path / "installed")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.strip() == client.derive_event_id("request-81", 0)


def _pip(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
    )
