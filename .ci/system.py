"""
What the operating system must provide: how each piece is looked for, and how it is installed.

A piece is looked for by loading or finding it, never by asking for a package, so a machine
that has it by other means needs nothing. When something is missing and whoever runs this may
not install it, the refusal says what to type, and nothing is changed.
"""

import ctypes
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from terminal import paint, say

ROOT = Path(__file__).resolve().parent.parent

#: Where Homebrew puts libraries; the loader of macOS does not look there by itself.
BREW_LIBRARIES = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"))
MACOS_FONTS = Path("/System/Library/Fonts")

#: The fonts the style sheet of the documents names; one of them is enough to set a page.
JAPANESE_FAMILIES = ("BIZ UDPGothic", "Noto Sans CJK JP", "IPAexGothic", "Hiragino Sans")


#: By what names a Chromium goes.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class SetupFailed(Exception):
    """Set-up cannot go on; the message says what to do about it."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Something the operating system must provide, and the packages that bring it."""

    name: str
    is_there: Callable[[], bool]
    packages: Mapping[str, Sequence[str]]  # package manager → names in it
    is_optional: bool = False  # without it something is left out, which says so by itself


@dataclass(frozen=True, kw_only=True)
class Manager:
    """A package manager: how to ask it for packages, and whether it wants root."""

    program: str
    install: Sequence[str]
    refresh: Sequence[str] = ()
    needs_root: bool = True


MANAGERS = (
    Manager(program="brew", install=("brew", "install"), needs_root=False),
    Manager(
        program="apt-get",
        refresh=("apt-get", "update", "-qq", "-o", "Acquire::Retries=3"),
        install=(
            *("apt-get", "install", "--yes", "-qq", "--no-install-recommends"),
            *("-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"),
        ),
    ),
    Manager(program="dnf", install=("dnf", "install", "--assumeyes", "--quiet")),
)


def install_system_pieces(pieces: Sequence[Piece]) -> None:
    """
    Install the pieces that are missing, or say who must.

    :raises SetupFailed: no rights, no known package manager, or the installation failed.
    """
    missing = [piece for piece in pieces if not piece.is_there()]
    install_if_possible([piece for piece in missing if piece.is_optional])
    missing = [piece for piece in missing if not piece.is_optional]
    if not missing:
        return
    manager = find_manager()
    packages = packages_for(missing, manager)
    if manager is None or not packages:
        raise SetupFailed(cannot_install(missing))
    prefix = rights_for(manager)
    if prefix is None:
        raise SetupFailed(may_not_install(missing, manager, packages))
    say(f"{paint('▸', 'bold')} {manager.program}: installing {' '.join(packages)} (once)")
    if manager.refresh:
        run([*prefix, *manager.refresh], may_fail=True)
    run([*prefix, *manager.install, *packages])
    still_missing = [piece for piece in missing if not piece.is_there()]
    if still_missing:
        raise SetupFailed(cannot_install(still_missing))


def install_if_possible(missing: Sequence[Piece]) -> None:
    """Install pieces that set-up can do without; say in one line what was not installed."""
    manager = find_manager()
    packages = packages_for(missing, manager)
    if not missing:
        return
    prefix = None if manager is None else rights_for(manager)
    if manager is not None and packages and prefix is not None:
        say(f"{paint('▸', 'bold')} {manager.program}: installing {' '.join(packages)} (once)")
        if manager.refresh:
            run([*prefix, *manager.refresh], may_fail=True)
        run([*prefix, *manager.install, *packages], may_fail=True)
        missing = [piece for piece in missing if not piece.is_there()]
    if missing:
        say(f"{paint('▸', 'bold')} going on without {_listed(missing)}")


def find_manager() -> Manager | None:
    """Return the package manager of this machine, None when it is not one we know."""
    return next((manager for manager in MANAGERS if shutil.which(manager.program)), None)


def packages_for(missing: Sequence[Piece], manager: Manager | None) -> list[str]:
    """Return the packages that bring the missing pieces, each once, in order."""
    if manager is None:
        return []
    return list(
        dict.fromkeys(
            package for piece in missing for package in piece.packages.get(manager.program, ())
        )
    )


def rights_for(manager: Manager) -> list[str] | None:
    """Return what to put before the command so that it may install; None when nothing helps."""
    if not manager.needs_root or os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _succeeds(["sudo", "-n", "true"]):
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def may_not_install(missing: Sequence[Piece], manager: Manager, packages: Sequence[str]) -> str:
    """Return what a person without the rights needs to read."""
    steps = [[manager.program, "update"]] if manager.refresh else []
    steps.append([manager.program, "install", *packages])
    by_hand = " && ".join(shlex.join(["sudo", *step]) for step in steps)
    return "\n".join(
        [
            f"{paint('Missing on this machine:', 'bold')} {_listed(missing)}.",
            "Installing system packages needs rights that this command does not have. Run this",
            "once, or have it run by someone who may, then repeat your command:",
            "",
            f"    {by_hand}",
            "",
            "Nothing was changed.",
        ]
    )


def cannot_install(missing: Sequence[Piece]) -> str:
    """Return what a person needs to read when no package manager can help."""
    names = sorted({name for piece in missing for name in piece.packages.get("apt-get", ())})
    return "\n".join(
        [
            f"{paint('Missing on this machine:', 'bold')} {_listed(missing)}.",
            "It could not be installed by apt-get, dnf or brew. Install it by the means of your",
            "system, then repeat your command. For reference, Debian calls the packages:",
            "",
            f"    {' '.join(names)}",
        ]
    )


def _listed(pieces: Sequence[Piece]) -> str:
    return "; ".join(piece.name for piece in pieces)


def run(command: Sequence[str], *, may_fail: bool = False) -> None:
    """
    Run a command from the root; show what it printed only when it fails.

    :raises SetupFailed: it failed, unless it may.
    """
    finished = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if finished.returncode and not may_fail:
        say(finished.stdout.rstrip())
        raise SetupFailed(
            f"{paint('Set-up stopped:', 'red')} {shlex.join(command)}\n"
            "ended with an error, shown above. Mend it (often it is the network) and repeat\n"
            "your command: set-up goes on from here."
        )


def can_load(name: str) -> bool:
    """Tell whether a shared library can be loaded, ``pango-1.0.so.0`` or its macOS name."""
    if sys.platform == "darwin":
        stem, _, version = name.partition(".so.")
        files = (f"lib{stem}.{version}.dylib", f"lib{stem}.dylib")
        return any((folder / file).exists() for folder in BREW_LIBRARIES for file in files)
    try:
        ctypes.CDLL(f"lib{name}")
    except OSError:
        return False
    return True


def has_pango() -> bool:
    """Tell whether the libraries of WeasyPrint are there."""
    return all(
        can_load(name)
        for name in (
            *("pango-1.0.so.0", "pangoft2-1.0.so.0", "fontconfig.so.1"),
            *("harfbuzz.so.0", "harfbuzz-subset.so.0"),
        )
    )


def has_japanese_font() -> bool:
    """Tell whether a font is installed in which the documents can be set."""
    if sys.platform == "darwin" and any(MACOS_FONTS.glob("*ヒラギノ*")):
        return True
    families = _font_families()
    return any(family in families for family in JAPANESE_FAMILIES)


def has_document_fonts() -> bool:
    """Tell whether the fonts of the committed snapshots are installed."""
    families = _font_families()
    return "BIZ UDPGothic" in families and "BIZ UDPMincho" in families


def has_rare_characters() -> bool:
    """Tell whether a font is installed that has what BIZ UD lacks, such as the 𠮷 of names."""
    if sys.platform == "darwin":
        return has_japanese_font()  # Hiragino and its neighbors have them.
    return "Noto Sans CJK" in _font_families()


def has_ensurepip() -> bool:
    """Tell whether this Python can make a virtual environment with pip in it."""
    return (ROOT / ".venv").exists() or importlib.util.find_spec("ensurepip") is not None


def has_browser() -> bool:
    """Tell whether a Chromium is there."""
    return any(shutil.which(program) for program in BROWSERS)


def has_pdf_programs() -> bool:
    """Tell whether pdftotext and pdftoppm are there."""
    return all(shutil.which(program) for program in ("pdftotext", "pdftoppm"))


def has_hledger() -> bool:
    """Tell whether hledger is there."""
    return shutil.which("hledger") is not None


def _font_families() -> str:
    if not shutil.which("fc-list"):
        return ""
    listing = subprocess.run(
        ["fc-list", ":lang=ja", "family"], capture_output=True, text=True, check=False
    )
    return listing.stdout


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


_FONT_PACKAGES = {
    "apt-get": ("fonts-morisawa-bizud-gothic", "fonts-morisawa-bizud-mincho"),
    "dnf": ("morisawa-biz-ud-gothic-fonts", "morisawa-biz-ud-mincho-fonts"),
    "brew": ("font-biz-udpgothic", "font-biz-udpmincho"),
}
_VENV_MODULE = Piece(
    name="the venv module of Python",
    is_there=has_ensurepip,
    packages={"apt-get": (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",)},
)
_PANGO = Piece(
    name="Pango, which lays out the PDFs",
    is_there=has_pango,
    packages={
        "apt-get": ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
        "dnf": ("pango", "harfbuzz", "fontconfig"),
        "brew": ("pango",),
    },
)
_FONT = Piece(name="a Japanese font", is_there=has_japanese_font, packages=_FONT_PACKAGES)
_DOCUMENT_FONTS = Piece(
    name="the fonts BIZ UDPGothic and BIZ UDPMincho, in which the tests expect the PDFs",
    is_there=has_document_fonts,
    packages=_FONT_PACKAGES,
)
_RARE_CHARACTERS = Piece(
    name="a font with rare characters (documents print a stand-in for each, and say so)",
    is_there=has_rare_characters,
    packages={"apt-get": ("fonts-noto-cjk",), "dnf": ("google-noto-sans-cjk-fonts",)},
    is_optional=True,
)
_PDF_PROGRAMS = Piece(
    name="pdftotext and pdftoppm, with which the tests read the PDFs",
    is_there=has_pdf_programs,
    packages={"apt-get": ("poppler-utils",), "dnf": ("poppler-utils",), "brew": ("poppler",)},
)

_BROWSER = Piece(
    name="Chromium, in which the tests look at the portal (they skip that)",
    is_there=has_browser,
    packages={"apt-get": ("chromium",), "dnf": ("chromium",), "brew": ("chromium",)},
    is_optional=True,
)

_HLEDGER = Piece(
    name="hledger, which checks an exported journal (the tests skip that)",
    is_there=has_hledger,
    packages={"apt-get": ("hledger",), "dnf": ("hledger",), "brew": ("hledger",)},
    is_optional=True,
)

NEEDS: Mapping[str, Sequence[Piece]] = {
    "tools": (_VENV_MODULE,),
    "documents": (_VENV_MODULE, _PANGO, _FONT, _RARE_CHARACTERS),
    "tests": (_VENV_MODULE, _PANGO, _DOCUMENT_FONTS, _PDF_PROGRAMS, _BROWSER, _HLEDGER),
}
