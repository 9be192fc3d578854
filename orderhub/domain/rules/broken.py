"""What is wrong with a rule as it was written, and where?"""

from orderhub.kernel.errors import BadInput


class BrokenRule(BadInput):
    """``field`` is the path of the part (``rules[2].when[0].values``), ``line`` its line in a file, 0 elsewhere."""

    code = "broken_rule"

    def __init__(self, message: str, field: str, problem: str, *, line: int = 0) -> None:
        super().__init__(message, field=field, problem=problem)
        self.line = line

    def within(self, path: str) -> "BrokenRule":
        """The same, seen from a larger part: ``values`` within ``when[0]`` is ``when[0].values``."""
        joined = f"{path}.{self.field}" if self.field and not self.field.startswith("[") else f"{path}{self.field}"
        return BrokenRule(str(self), joined, self.problem, line=self.line)
