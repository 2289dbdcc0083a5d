"""What of an agent's text is a formula: an amount of money, a variable of a shell or a template never is."""

import re

# Words that are part of formulas; any other word of three letters says that this is prose, as do these of two.
_FUNCTION = re.compile(
    "(?:arc)?(?:sin|cos|tan|cot)h?|arg(?:max|min)|max|min|sup|inf|lim|log|exp|det|dim|diag|gcd|lcm|mod|sgn"
)
_SHORT_WORD = re.compile(
    "an|as|at|be|bn|by|do|go|he|if|in|is|it|me|mm|mn|my|no|of|on|or|so|to|up|us|vs|we", re.IGNORECASE
)
_COMMAND = re.compile(r"\\(?:text\w*|mathrm|operatorname\*?|mathit|mathbf|label|tag)\s*\{[^{}]*\}|\\[A-Za-z]+")
_INDEX = re.compile(r"[_^]\s*\{[^{}]*\}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_AMOUNT = re.compile(r"[\d.,]+\s?(?:[kKmMbBtT]|bn|mn)?(?![\w^_{\\])")
_UNMISTAKABLE = re.compile(r"\\[A-Za-z]|[_^=]|[A-Za-z)\d]\s*[-+*/<>]\s*[A-Za-z(\d]")
_VARIABLE = re.compile(r"[A-Za-z]'*")
_NEVER = re.compile(r"[`\"€£¥“”;?!]|[^\x00-\u036f\u2026\u2070-\u22ff]")
_NUMBERS = re.compile(r"[\d\s,;.\u2013-]*")
_PROSE = re.compile(r"[^\\^_=<>+{}|]*")
# A single sign of the kind that opens a formula may as well belong to an amount: what may stand around it.
AFTER_SINGLE = re.compile(r"(?![\w${/%@])")


def may_open_single(before: str) -> bool:
    """Whether a single sign may open a formula behind that character."""
    return not (before.isalnum() or before in ("_", "$", "\\")) or not before


def is_formula(content: str) -> bool:
    """Of what stands between signs that are for formulas only; `\\[1\\]` and `\\(words\\)` are escaped brackets."""
    content = content.strip()
    if not content or _NUMBERS.fullmatch(content):
        return False
    words = [word for word in _WORD.findall(content) if not _FUNCTION.fullmatch(word)]
    is_prose = len(words) > 1 or any(len(word) > 3 or _SHORT_WORD.fullmatch(word) for word in words)
    return not (is_prose and _PROSE.fullmatch(content))


def is_formula_in_single_signs(content: str) -> bool:
    """Of what stands between two single dollar signs on one line: only what cannot be meant otherwise."""
    if not content or content[0].isspace() or content[-1].isspace() or _NEVER.search(content):
        return False
    if _VARIABLE.fullmatch(content):
        return True
    if content[0] in "/,.)]}%&" or not _UNMISTAKABLE.search(content) or _names(content):
        return False
    return "\\" in content or not _AMOUNT.match(content)


def _names(content: str) -> bool:
    """Whether words stand in it that are no part of a formula."""
    words = _WORD.findall(_INDEX.sub(" ", _COMMAND.sub(" ", content)))
    return any((len(word) > 2 or _SHORT_WORD.fullmatch(word)) and not _FUNCTION.fullmatch(word) for word in words)
