"""
Files that come with a form: its parts taken apart, as RFC 7578 writes them.

A form of the portal has few fields and one file, and its body is in memory already, within the
limit of every request; so nothing is read piece by piece or put onto a disk.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')
_NAME = re.compile(r'\bname="([^"]*)"')
_FILE = re.compile(r'\bfilename="([^"]*)"')
_PARTS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as a browser sent it; the name is only what it calls it."""

    name: str
    content: bytes


def read_parts(content_type: str, body: bytes) -> tuple[Mapping[str, str], Mapping[str, Upload]]:
    """Return a form's fields and files; nothing at all of what is no such form."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return {}, {}
    mark = b"\r\n--" + boundary[1].encode()
    before, *parts = (b"\r\n" + body).split(mark)
    if before or not parts or not parts[-1].startswith(b"--") or len(parts) > _PARTS_MAX:
        return {}, {}
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in parts[:-1]:
        try:
            head, content = part.split(b"\r\n\r\n", 1)
            told = head.decode()
            name = _NAME.search(told)
            file = _FILE.search(told)
            if name is None:
                return {}, {}
            if file is None:
                fields[name[1]] = content.decode()
            elif content:
                files[name[1]] = Upload(name=_base(file[1]), content=content)
        except ValueError:
            return {}, {}
    return fields, files


def _base(name: str) -> str:
    """Return a file's own name: what stands before it and what cannot be printed is left out."""
    own = re.split(r"[/\\]", name.replace("%22", '"'))[-1]
    return "".join(each for each in own if each.isprintable())[:200] or "file"
