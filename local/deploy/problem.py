"""Why a deployment stops, in a person's words."""

import re
from collections.abc import Iterator

# A JSON web token, a personal access token, a refresh token, and whatever stands behind "Bearer".
_SECRETS = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|\bdapi[0-9a-f]{16,}\S*|\bdoau\w{16,}|(?<=Bearer )\S+")


class Problem(Exception):
    """`says` is what happened, `fix` what to do, and `original` what the program or the platform said."""

    def __init__(self, says: str, fix: str = "", original: str = "") -> None:
        super().__init__(says)
        self.says, self.fix, self.original = says, fix, original

    def lines(self) -> Iterator[str]:
        """As they are printed."""
        yield self.says
        if self.fix:
            yield from (f"  What to do: {self.fix}",)
        if self.original:
            yield "  What was said:"
            yield from (f"    {line}" for line in redacted(self.original).strip().splitlines() if line.strip())


def redacted(text: str) -> str:
    """Without anything that looks like a credential."""
    return _SECRETS.sub("[hidden]", text)
