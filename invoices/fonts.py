"""
The fonts a document may use: a short list of folders, and nothing else on the machine.

A font in somebody's home folder must not change an issued document, so each process writes its
own font configuration before the typesetter is imported. :func:`check_fonts` is asked before a
document takes its number, because a number without a page cannot be taken back.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

#: Where the systems keep the fonts the style sheet names, and fonts for rarer characters.
FONT_FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/usr/share/fonts/truetype/bizud-gothic",
        "/usr/share/fonts/truetype/bizud-mincho",
        "/usr/share/fonts/opentype/noto",
        "/usr/share/fonts/opentype/ipaexfont-gothic",
        "/usr/share/fonts/opentype/ipaexfont-mincho",
        "/usr/share/fonts/google-noto-sans-cjk-fonts",
        "/usr/share/fonts/noto-cjk",
        "/usr/share/fonts/truetype/dejavu",
        "/System/Library/Fonts",
        "/Library/Fonts",
    )
)

#: File names of the Japanese fonts; "W3" is a weight of Hiragino on macOS.
_JAPANESE_FONT_FILES = ("BIZUD*.ttf", "Noto*CJK*", "ipaex*.ttf", "*W3.ttc")


class NoJapaneseFont(RuntimeError):
    """None of the font folders holds a font with Japanese characters."""

    def __init__(self) -> None:
        super().__init__(
            "no Japanese font is installed; on Debian or Ubuntu run: apt-get install "
            "fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho (looked in "
            + ", ".join(map(str, FONT_FOLDERS))
            + ")"
        )


def check_fonts() -> list[Path]:
    """
    Return the font folders that exist, when at least one font in them is Japanese.

    :raises NoJapaneseFont: none is.
    """
    folders = [folder for folder in FONT_FOLDERS if folder.is_dir()]
    for folder in folders:
        if any(any(folder.glob(pattern)) for pattern in _JAPANESE_FONT_FILES):
            return folders
    raise NoJapaneseFont


def font_configuration(folders: Iterable[Path]) -> Path:
    """Write the font configuration of this process; it goes when the process ends."""
    home = Path(tempfile.mkdtemp(prefix="genbo-fonts-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    listed = "".join(f"<dir>{escape(str(folder))}</dir>" for folder in folders)
    path = home / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{listed}<cachedir>{escape(str(home))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return path
