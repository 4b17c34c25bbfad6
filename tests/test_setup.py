"""The set-up asks for no more than is missing, says what it may not do, and begins nothing then."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import check
import prepare
import pytest
import system
from system import Manager, Piece, SetupFailed

from tests.tidy.sources import ROOT

APT = next(manager for manager in system.MANAGERS if manager.program == "apt-get")


def a_piece(*there: bool) -> Piece:
    """Return a piece that is there or not, at each time it is looked for."""
    answers = iter(there)
    return Piece(
        name="Pango",
        is_there=lambda: next(answers),
        packages={"apt-get": ("libpango-1.0-0",), "dnf": ("pango",)},
    )


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands the set-up would have run, on a machine with apt-get and all rights."""
    ran: list[str] = []

    def run(command: Sequence[str], *, may_fail: bool = False) -> None:
        ran.append(" ".join(command))

    monkeypatch.setattr(system, "run", run)
    monkeypatch.setattr(system, "find_manager", lambda: APT)
    monkeypatch.setattr(system, "rights_for", lambda manager: [])
    return ran


def test_a_machine_that_has_everything_is_left_alone(commands: list[str]) -> None:
    system.install_system_pieces([a_piece(True)])
    assert commands == []


def test_only_what_is_missing_is_installed(commands: list[str]) -> None:
    system.install_system_pieces([a_piece(True), a_piece(False, True)])
    assert [command.split()[1] for command in commands] == ["update", "install"]
    assert commands[-1].endswith(" libpango-1.0-0")


def test_an_installation_that_brings_nothing_is_not_taken_for_one(commands: list[str]) -> None:
    with pytest.raises(SetupFailed, match="could not be installed"):
        system.install_system_pieces([a_piece(False, False)])


def test_what_can_be_done_without_stops_nothing(
    commands: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = replace(a_piece(False, False), name="a browser", is_optional=True)
    system.install_system_pieces([wanted, a_piece(True)])
    assert [command.split()[1] for command in commands] == ["update", "install"]
    assert "going on without a browser" in "".join(capsys.readouterr())


def test_without_rights_what_is_wanted_is_left_out(
    commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "rights_for", lambda manager: None)
    system.install_system_pieces([replace(a_piece(False), is_optional=True)])
    assert commands == []


def test_without_rights_it_says_what_to_type_and_runs_nothing(
    commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "rights_for", lambda manager: None)
    with pytest.raises(SetupFailed) as refusal:
        system.install_system_pieces([a_piece(False)])
    assert commands == []
    said = str(refusal.value)
    assert "Pango" in said
    assert "sudo apt-get update && sudo apt-get install libpango-1.0-0" in said
    assert "Nothing was changed." in said


def test_without_a_known_package_manager_it_names_what_is_needed(
    commands: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "find_manager", lambda: None)
    with pytest.raises(SetupFailed, match="Debian calls the packages"):
        system.install_system_pieces([a_piece(False)])
    assert commands == []


@pytest.mark.parametrize(
    ("user", "sudo", "rights"),
    [
        (0, False, []),
        (1000, True, ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]),
        (1000, False, None),  # Asking for a password would stop a run nobody watches.
    ],
)
def test_rights_are_root_or_sudo_without_a_password(
    user: int, sudo: bool, rights: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(system, "_succeeds", lambda command: sudo)
    assert system.rights_for(APT) == rights


def test_homebrew_installs_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert system.rights_for(Manager(program="brew", install=(), needs_root=False)) == []


@pytest.mark.parametrize("need", list(system.NEEDS))
def test_every_piece_has_a_package_on_debian(need: str) -> None:
    assert all(piece.packages["apt-get"] for piece in system.NEEDS[need])


def test_another_lock_file_makes_the_environment_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pyproject.toml", prepare.LOCK_FILE):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "STAMP", tmp_path / "stamp")
    assert not prepare.is_ready()
    prepare.STAMP.write_text(prepare.stamp(), encoding="utf-8")
    assert prepare.is_ready()
    (tmp_path / prepare.LOCK_FILE).write_text("babel==2.18.1\n", encoding="utf-8")
    assert not prepare.is_ready()


@pytest.mark.parametrize(
    ("version", "said"),
    [("echo 3.9.2", "is Python 3.9.2"), ("false", "does not run")],
)
def test_an_old_python_is_refused_in_plain_words(tmp_path: Path, version: str, said: str) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *exit*) exit 1;; *) {version};; esac\n')
    python.chmod(0o755)
    finished = subprocess.run(
        [tmp_path / ".ci" / "setup", "tools"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert "Genbo needs Python 3.11 or newer, and" in finished.stderr
    assert said in finished.stderr
    assert "Nothing was changed." in finished.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_check_that_fails_is_reported_with_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    failing = check.Check(
        name="sums", command=("python", "-c", "print('1 + 1'); exit(3)"), cure="Add again."
    )
    outcome = check.perform(failing)
    check.report(outcome, width=4)
    said = capsys.readouterr().out
    assert not outcome.has_passed
    assert said.index("✗ sums") < said.index("1 + 1") < said.index("→ Add again.")


def test_a_check_whose_program_is_absent_has_not_passed() -> None:
    assert not check.perform(check.Check(name="x", command=("absent",), cure="")).has_passed
