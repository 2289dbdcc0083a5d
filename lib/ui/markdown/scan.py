"""Goes through words from sign to sign and escapes those that Streamlit would interpret."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lib.ui.markdown.emphasis import Emphasis
from lib.ui.markdown.escape import ARROW, REWRITTEN, SHORTCODE, isolate, isolate_arrow
from lib.ui.markdown.links import bare

_TOKEN = re.compile(
    r"(?P<colon>(?:\\?:)+)|(?P<escape>\\[!-/:-@\[-`{-~])|(?P<ticks>`+)|(?P<url>(?<![^\W_])(?:https?://|www\.)[^\s<>`]+)"
    rf"|(?P<arrow>{ARROW.pattern})|(?P<angle><)|(?P<dollar>\$+)|(?P<stars>\*+)|(?P<tilde>~+)"
    r"|(?P<dunder>(?<!\w)__[a-z0-9]+(?:_[a-z0-9]+)*__(?!\w))|(?P<note>\[\^[^\]\s]+\])|(?P<open>!?\[)|(?P<close>\])"
)
# The signs that may begin a token. Trying all tokens at each letter would take ten times as long.
_SIGN = re.compile(r"[:\\`<$*~_\[\]!>=-]")
_SIGN_OR_ADDRESS = re.compile(r"[:\\`<$*~_\[\]!>=-]|https?://|www\.")


@dataclass(frozen=True)
class InlineOptions:
    """`notes` are the labels of the text's footnotes. `one_line` is set for a heading or a row. `growing` means that
    the words may be incomplete.
    """

    notes: frozenset[str] = frozenset()
    one_line: bool = False
    in_row: bool = False
    growing: bool = False


class InlineScanner:
    """Each token is handled by the method named after its group; some of these methods are in the subclasses."""

    def __init__(self, text: str, options: InlineOptions) -> None:
        self._text, self._options = text, options
        self._at = 0
        self._out: list[str] = []
        self._brackets: list[int] = []
        self._unended: set[str] = set()
        """Closing signs that the rest of the text does not have. Searching for them again would take quadratic time."""
        self._emphasis = Emphasis(text)

    def result(self) -> str:
        signs = _SIGN_OR_ADDRESS if "http" in self._text or "www." in self._text else _SIGN
        while sign := signs.search(self._text, self._at):
            token = _TOKEN.match(self._text, sign.start())
            if token is None:
                self._out.append(self._text[self._at : sign.end()])
                self._at = sign.end()
                continue
            self._out.append(self._text[self._at : token.start()])
            self._at = token.end()
            handle: Callable[[re.Match[str]], None] = getattr(self, f"_{token.lastgroup}")
            handle(token)
        self._out.append(self._text[self._at :])
        if self._options.growing:
            self._end_what_grows()
        return "".join(self._out)

    def _end_what_grows(self) -> None:
        """Close open bold text, so that it is bold at once. Hide a backslash until the next character is there."""
        closing = self._emphasis.closing(self._out)
        whole = "".join(self._out).rstrip("\\")
        self._out = [whole.rstrip() if closing else whole, closing]

    def _around(self, token: re.Match[str]) -> tuple[str, str]:
        """The character before and the one after, empty at the ends."""
        return self._text[max(0, token.start() - 1) : token.start()], self._text[token.end() : token.end() + 1]

    def _put_off(self) -> None:
        """Show nothing of the rest until there is more of it."""
        self._at = len(self._text)

    # Code and addresses.

    def _ticks(self, token: re.Match[str]) -> None:
        ticks = token[0]
        end = None if ticks in self._unended else re.compile(rf"(?<!`){ticks}(?!`)").search(self._text, self._at)
        if end:
            self._code(ticks, self._text[self._at : end.start()])
            self._at = end.end()
        elif self._options.growing:
            if code := self._text[self._at :]:
                self._code(ticks, code)
            self._put_off()
        else:
            self._unended.add(ticks)
            self._out.append(ticks)

    def _code(self, ticks: str, code: str) -> None:
        if self._options.in_row:
            code = re.sub(r"(?<!\\)\|", r"\\|", code)
        # Streamlit rewrites this even in code. It does not match where one span of code ends and the next begins.
        self._out.append(ticks + code.replace(REWRITTEN, f":{ticks}{isolate('')}{ticks}material/") + ticks)

    def _url(self, token: re.Match[str]) -> None:
        url, markdown = bare(token[0], inside_label=bool(self._brackets), in_row=self._options.in_row)
        self._at = token.start() + len(url)
        self._out.append(markdown)

    def _find(self, what: str, start: int) -> int:
        end = -1 if what in self._unended else self._text.find(what, start)
        if end < 0:
            self._unended.add(what)
        return end

    # Colons, arrows and other signs.

    def _colon(self, token: re.Match[str]) -> None:
        before, following = self._around(token)
        count = token[0].count(":")
        if SHORTCODE.match(":" + self._text[self._at : self._at + 64]):
            self._out.append("\\:" * (count - 1) + isolate(":"))
        elif following.isalpha() or (count > 1 and before in ("", "\n")):
            self._out.append("\\:" * count)
        else:
            self._out.append(token[0])

    def _arrow(self, token: re.Match[str]) -> None:
        self._out.append(isolate_arrow(token[0]))

    def _dunder(self, token: re.Match[str]) -> None:
        self._out.append(token[0].replace("__", "\\_\\_"))

    def _tilde(self, token: re.Match[str]) -> None:
        self._out.append("\\~" if len(token[0]) == 1 else token[0])

    def _stars(self, token: re.Match[str]) -> None:
        if token.end() < len(self._text) or not self._options.growing:
            self._out.append(self._emphasis.mark(*token.span(), len(self._out)))
