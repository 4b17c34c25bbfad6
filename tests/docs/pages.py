"""What the tests of the pages read off them: text, fenced blocks, tables, figures."""

import re
from functools import cache

from tests.tidy.sources import ROOT


@cache
def text(path: str) -> str:
    """Return a file of the repository."""
    return (ROOT / path).read_text(encoding="utf-8")


def prose(page: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text(page), re.DOTALL)


def table(page: str, *header: str) -> list[list[str]]:
    """Return the rows of all tables of a page whose header begins with these cells."""
    rows: list[list[str]] = []
    is_inside = False
    for line in text(page).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            is_inside = False
        elif tuple(cells[: len(header)]) == header:
            is_inside = True
        elif is_inside and set(line) - set("|-: "):
            rows.append(cells)
    assert rows, f"{page} has no table {header}"
    return rows


def code(cell: str) -> str:
    """Return what stands in a cell's first code span."""
    return cell.split("`")[1]


def number(cell: str) -> int | None:
    """Return the whole number of a cell, None when there is none."""
    digits = cell.replace(",", "").replace("−", "-").replace("*", "")
    return int(digits) if digits else None
