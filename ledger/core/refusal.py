"""
Refusals: facts a person can do something about.

A refusal carries a stable code, the field at fault, and the values its message needs; the
words are in the catalogues under ``problem.<code>``. Anything else that is raised is a bug.
"""


class Refusal(Exception):
    """The base of every refusal a user can meet."""

    code = "refused"
    field: str | None = None

    def __init__(self, *, field: str | None = None, **values: object) -> None:
        self.field = field or type(self).field
        self.values = {name: str(value) for name, value in values.items()}
        told = ", ".join(f"{name}={value}" for name, value in self.values.items())
        super().__init__(f"{self.code}: {told}" if told else self.code)
