"""Stars in an agent's text: those that people write for emphasis, and all others, which are shown."""

_STARTS_NONE = frozenset(")],.;:/%}!?=*|>+")


class Emphasis:
    """Of one paragraph, star by star."""

    def __init__(self) -> None:
        self._begun: list[int] = []
        """The lengths of the marks that have begun and not ended."""

    def mark(self, length: int, before: str, after: str) -> str:
        """The Markdown for so many stars; `before` and `after` are the characters beside them, empty at the ends."""
        stars = "*" * length
        if before.strip() and self._ends(length, after):
            return stars
        if _begins(length, before, after):
            self._begun.append(length)
            return stars
        return "\\*" * length if before.strip() or after.strip() else stars

    def ends(self) -> str:
        """What would end all that has begun, but single stars: they may never end, and mean something else."""
        return "".join("*" * length for length in reversed(self._begun) if length > 1)

    def _ends(self, length: int, after: str) -> bool:
        begun = self._begun
        if length in begun and not (length == 1 and after.isascii() and after.isalnum()):
            begun.remove(length)
        elif length == 3 and 1 in begun and 2 in begun:
            begun.remove(1)
            begun.remove(2)
        elif length < 3 and 3 in begun:
            begun[begun.index(3)] = 3 - length
        else:
            return False
        return True


def _begins(length: int, before: str, after: str) -> bool:
    """As people write it: `2**3`, `COUNT(*)`, `*.csv` and `a*b` are none."""
    if not after.strip() or length > 3:
        return False
    is_beside_word = before.isascii() and before.isalnum()
    if length == 1:
        return not is_beside_word and after not in _STARTS_NONE
    return not (is_beside_word or (before in (")", "]") and after.isdigit()))
