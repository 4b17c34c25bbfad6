"""Explanations in a terminal: one line for each step, with its figures as people write them."""

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from api.explanation_words import Line, Writer
from ledger.core.explanation_tree import Step


def show(step: Step, *, language: str, depth: int | None = None) -> None:
    """Print an explanation, down to a depth, as wide as the terminal is."""
    Console().print(tree(step, language=language, depth=depth))


def tree(step: Step, *, language: str, depth: int | None = None) -> Tree:
    """Return an explanation as a tree of lines."""
    writer = Writer(language)
    root = Tree(_text(writer.line(step, None)), guide_style="dim")
    _grow(root, step, step.currency, writer, depth)
    return root


def _grow(
    branch: Tree, step: Step, currency: str | None, writer: Writer, depth: int | None
) -> None:
    if depth == 0:
        return
    for each in step.steps:
        own = each.currency or currency
        grown = branch.add(_text(writer.line(each, own)))
        _grow(grown, each, own, writer, None if depth is None else depth - 1)


def _text(line: Line) -> Text:
    """Return a line with what is bold and what is dim."""
    text = Text(line.name, style="bold cyan")
    if line.reference is not None:
        text.append(f"  {line.reference}", style="bold default")
    if line.product:
        text.append("  ").append(line.product, style="default not bold")
    for value in line.values:
        text.append(f"  {value.name} ", style="dim")
        style = "bold green" if value.is_result else "default not bold"
        text.append(value.text, style=style)
    return text
