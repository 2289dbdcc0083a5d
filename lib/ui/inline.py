"""The words of one paragraph, heading or row of an agent's text, in Markdown that shows them as they were written."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lib.ui.formulas import AFTER_SINGLE, BEFORE_SINGLE, is_formula, is_formula_in_single_signs
from lib.ui.links import angled, bare, image_of, leads_to, shown_image
from lib.ui.signs import ARROW, PICTURE, apart, unarrowed
from lib.ui.tags import (
    BEGUN,
    BLOCKS,
    BREAKS,
    BREAKS_BEFORE,
    CODE,
    ITEM,
    KNOWN,
    MARKS,
    MAY_STAND_ALONE,
    TAG,
    attribute,
    lowered,
    raised,
)

MOST_FORMULA_CHARS = 2_000
JOINED, BROKEN = "\x00", "\x01"
"""In what comes out: a line end of the text that became a space, and a line end that the text did not have."""
_TOKEN = re.compile(
    r"(?P<colon>(?:\\?:)+)|(?P<escape>\\[!-/:-@\[-`{-~])|(?P<ticks>`+)|(?P<url>(?<![^\W_])(?:https?://|www\.)[^\s<>`]+)"
    rf"|(?P<arrow>{ARROW.pattern})|(?P<angle><)|(?P<dollar>\$+)|(?P<stars>\*+)|(?P<tilde>~+)"
    r"|(?P<dunder>(?<!\w)__[a-z0-9]+(?:_[a-z0-9]+)*__(?!\w))|(?P<note>\[\^[^\]\s]+\])|(?P<open>!?\[)|(?P<close>\])"
)
_STARTS_NO_EMPHASIS = frozenset(")],.;:/%}!?=*|>+")
_BLOCK_MARK = re.compile(r"(?:[-+*](?=\s|$)|#(?=#{0,5}(?:\s|$))|-(?=--)|=(?==)|~(?=~~)|[>|]|\d{1,9}(?=[.)]))")


@dataclass(frozen=True)
class Place:
    """Where words stand. `notes` are the footnotes that the text has; `growing`: more of the same words may come."""

    notes: frozenset[str] = frozenset()
    one_line: bool = False
    in_row: bool = False
    growing: bool = False


def inline(text: str, place: Place) -> str:
    return _Scan(text, place).result()


class _Scan:
    def __init__(self, text: str, place: Place) -> None:
        self._text, self._place = text, place
        self._at = 0
        self._out: list[str] = []
        self._brackets: list[int] = []
        self._unended: set[str] = set()
        """What was looked for and comes no more. Looked for each time, a text of such signs would take for ever."""
        self._emphasis: dict[int, int] = {}
        """By length, the marks that have begun and not ended, as their places in the output."""

    def result(self) -> str:
        while token := _TOKEN.search(self._text, self._at):
            self._out.append(self._text[self._at : token.start()])
            self._at = token.end()
            handle: Callable[[re.Match[str]], None] = getattr(self, f"_{token.lastgroup}")
            handle(token)
        self._out.append(self._text[self._at :])
        if self._place.growing:
            self._end_what_grows()
        return "".join(self._out)

    def _around(self, token: re.Match[str]) -> tuple[str, str]:
        """The character before and the one after, empty at the ends."""
        return self._text[max(0, token.start() - 1) : token.start()], self._text[token.end() : token.end() + 1]

    def _put_off(self) -> None:
        """What has begun is not shown before it is known what it is."""
        self._at = len(self._text)

    # What shows as it stands, or not at all.

    def _ticks(self, token: re.Match[str]) -> None:
        ticks = token[0]
        end = None if ticks in self._unended else re.compile(rf"(?<!`){ticks}(?!`)").search(self._text, self._at)
        if end:
            self._code(ticks, self._text[self._at : end.start()])
            self._at = end.end()
        elif self._place.growing:
            if code := self._text[self._at :]:
                self._code(ticks, code)
            self._put_off()
        else:
            self._unended.add(ticks)
            self._out.append(ticks)

    def _code(self, ticks: str, code: str) -> None:
        if self._place.in_row:
            code = re.sub(r"(?<!\\)\|", r"\\|", code)
        # Streamlit rewrites this in code, too: between two spans of code it does not see it.
        self._out.append(ticks + code.replace(":material/", f":{ticks}{apart('')}{ticks}material/") + ticks)

    def _url(self, token: re.Match[str]) -> None:
        url, markdown = bare(token[0], inside_label=bool(self._brackets), in_row=self._place.in_row)
        self._at = token.start() + len(url)
        self._out.append(markdown)

    def _escape(self, token: re.Match[str]) -> None:
        sign = token[0][1]
        if sign in "([" and self._formula("\\)" if sign == "(" else "\\]", is_formula):
            return
        if token[0] == "\\\\" and self._text[self._at : self._at + 1].isalnum():
            self._out.append("\\" * 4)  # \\server: who writes a path means both
        else:
            self._out.append(token[0])

    # Formulas and amounts.

    def _dollar(self, token: re.Match[str]) -> None:
        if len(token[0]) == 2 and self._formula("$$", is_formula):
            return
        if len(token[0]) == 1 and BEFORE_SINGLE.search(self._text[: token.start()][-1:]) and self._single():
            return
        if self._place.growing and self._at == len(self._text):
            return  # the next character tells what it is
        self._out.append("\\$" * len(token[0]))

    def _single(self) -> bool:
        end = self._text.find("$", self._at)
        content = self._text[self._at : end] if end >= 0 else self._text[self._at :]
        if end < 0 and self._place.growing and re.match(r"\\(?:[A-Za-z]|$)", content) and "\n" not in content:
            self._put_off()
            return True
        if end < 0 or "\n" in content or not AFTER_SINGLE.match(self._text, end + 1):
            return False
        if not is_formula_in_single_signs(content):
            return False
        self._put_formula(content)
        self._at = end + 1
        return True

    def _formula(self, closing: str, accept: Callable[[str], bool]) -> bool:
        end = self._find(closing, self._at)
        content = self._text[self._at : end] if end >= 0 else self._text[self._at : self._at + MOST_FORMULA_CHARS]
        if (
            end < 0
            and len(content) < MOST_FORMULA_CHARS
            and self._place.growing
            and (not content.strip() or accept(content))
        ):
            self._put_off()
            return True
        after = self._text[end + len(closing) : end + len(closing) + 1]
        if end < 0 or not accept(content) or (closing == "\\]" and after == "("):
            return False
        self._put_formula(content)
        self._at = end + len(closing)
        return True

    def _find(self, what: str, start: int) -> int:
        end = -1 if what in self._unended else self._text.find(what, start)
        if end < 0:
            self._unended.add(what)
        return end

    def _put_formula(self, content: str) -> None:
        """With two signs: then a single one inside does not end it."""
        content = content.strip(" \t").replace("\n", JOINED)
        if self._place.in_row:
            content = content.replace("\\|", "\\Vert ").replace("|", "\\vert ")
        ends_oddly = content.endswith(("$", "\\"))
        self._out.append(f"$${content}{' ' if ends_oddly else ''}$$")

    # Colons, arrows and other signs of which Streamlit or Markdown make something.

    def _colon(self, token: re.Match[str]) -> None:
        before, following = self._around(token)
        count = token[0].count(":")
        if PICTURE.match(":" + self._text[self._at : self._at + 64]):
            self._out.append("\\:" * (count - 1) + apart(":"))
        elif following.isalpha() or (count > 1 and before in ("", "\n")):
            self._out.append("\\:" * count)
        else:
            self._out.append(token[0])

    def _arrow(self, token: re.Match[str]) -> None:
        self._out.append(unarrowed(token[0]))

    def _dunder(self, token: re.Match[str]) -> None:
        self._out.append(token[0].replace("__", "\\_\\_"))

    def _tilde(self, token: re.Match[str]) -> None:
        self._out.append("\\~" if len(token[0]) == 1 else token[0])

    def _stars(self, token: re.Match[str]) -> None:
        before, after = self._around(token)
        length = len(token[0])
        is_growing = self._place.growing and not after
        if before.strip() and self._ends_emphasis(length, after):
            self._out.append(token[0])
        elif is_growing and length < 4:
            return
        elif _begins_emphasis(length, before, after):
            self._emphasis[length] = len(self._out)
            self._out.append(token[0])
        elif before.strip() or after.strip():
            self._out.append("\\*" * length)
        else:
            self._out.append(token[0])

    def _ends_emphasis(self, length: int, after: str) -> bool:
        begun = self._emphasis
        if length in begun and not (length == 1 and after.isascii() and after.isalnum()):
            del begun[length]
        elif length == 3 and 1 in begun and 2 in begun:
            del begun[1], begun[2]
        elif length < 3 and 3 in begun:
            begun[3 - length] = begun.pop(3)
        else:
            return False
        return True

    # Links, images, footnotes.

    def _open(self, token: re.Match[str]) -> None:
        self._brackets.append(len(self._out))
        self._out.append(token[0])

    def _close(self, token: re.Match[str]) -> None:
        begun = self._brackets.pop() if self._brackets else None
        following = self._text[self._at : self._at + 1]
        if begun is None or following != "(":
            self._out.append("]")
            return
        is_image = self._out[begun] == "!["
        target = leads_to(self._text, self._at, is_image=is_image)
        if target is None and self._place.growing and ")" not in self._text[self._at :]:
            self._out[begun] = ""
            self._put_off()
        elif target is None:
            self._out[begun] = self._out[begun].replace("[", "\\[")
            self._out.append("\\]")
        else:
            self._at += len(target)
            label = "".join(self._out[begun + 1 :])
            if is_image and not target.lower().startswith(("(data:", "(<data:")):
                self._out[begun:] = [shown_image(label, target)]
            else:
                self._out.append(f"]{target}")

    def _note(self, token: re.Match[str]) -> None:
        label = token[0][2:-1]
        if label in self._place.notes or (label.isdecimal() and len(label) < 3):
            self._out.append(note_mark(label))
        else:
            self._out.append(f"\\[^{label.translate(_LITERAL)}\\]")

    # Tags.

    def _angle(self, token: re.Match[str]) -> None:
        rest = self._text[token.start() :]
        if link := angled(rest):
            self._out.append(link[1])
            self._at = token.start() + len(link[0])
        elif (tag := TAG.match(rest)) and self._tag(tag, token.start() + tag.end()):
            return
        elif self._place.growing and BEGUN.match(rest):
            self._put_off()
        else:
            following = rest[1:2]
            self._out.append("\\<" if following.isalpha() or following in ("/", "!", "?") else "<")

    def _tag(self, tag: re.Match[str], end: int) -> bool:
        name = tag["name"].lower()
        if name not in KNOWN or tag["name"] not in (name, name.upper()) or (len(name) == 1 and tag["name"] != name):
            return False
        closing = f"</{name}>"
        close = -1 if tag["end"] else self._find(closing if tag["name"] == name else closing.upper(), end)
        if close < 0 and not (name in MAY_STAND_ALONE or (self._place.growing and not tag["end"])):
            return False
        self._at = end
        if name == "img":
            self._out.append(image_of(attribute(tag, "src"), attribute(tag, "alt")))
        elif close < 0 or name in BLOCKS:
            self._break_at(name, is_end=bool(tag["end"]))
        else:
            self._element(name, tag, self._text[end:close])
            self._at = close + len(closing)
            if name == "summary":
                self._break()
        return True

    def _element(self, name: str, tag: re.Match[str], content: str) -> None:
        if name in CODE and content:
            self._code("`" * (1 + max(map(len, re.findall("`+", content)), default=0)), content)
            return
        content = content.strip() if name == "summary" else content
        shown = inline(content, replace(self._place, growing=False))
        self._out.append(self._wrapped(name, tag, content, shown))

    def _wrapped(self, name: str, tag: re.Match[str], content: str, shown: str) -> str:
        if name in MARKS:
            # Marks beside a blank or another sign would be read as signs themselves.
            can_be_marked = content[:1].isalnum() and content[-1:].isalnum()
            return f"{MARKS[name]}{shown}{MARKS[name]}" if can_be_marked else shown
        if name == "a":
            target = f"({attribute(tag, 'href')})"
            return f"[{shown}]{target}" if shown and leads_to(target, 0) == target else shown
        return raised(shown) if name == "sup" else lowered(shown) if name == "sub" else shown

    def _break_at(self, name: str, *, is_end: bool) -> None:
        has_text = bool("".join(self._out[-3:]).strip(" \n"))
        if name in BREAKS or (name in BREAKS_BEFORE and not is_end and has_text):
            self._break()
        if name == "li" and not is_end:
            self._out.append(ITEM)

    def _break(self) -> None:
        if self._place.one_line:
            self._out.append("&#10;")
            return
        rest = self._text[self._at :]
        self._at += len(rest) - len(rest.lstrip(" \t"))
        if self._at >= len(self._text):
            while self._out and self._out[-1] in ("", f"\\{BROKEN}"):
                self._out.pop()
            return
        if self._text.startswith("\n", self._at):
            self._out.append("\\")
            return
        self._out.append(f"\\{BROKEN}")
        if mark := _BLOCK_MARK.match(self._text, self._at):
            # The words of a line are no list, no heading, no quote only because their line begins here.
            self._at = mark.end() + mark[0].isdecimal()
            self._out.append(f"{mark[0]}\\{self._text[self._at - 1]}" if mark[0].isdecimal() else f"\\{mark[0]}")

    def _end_what_grows(self) -> None:
        """Emphasis that has begun looks so at once; a sign that may begin something waits for the next."""
        begun = [length for length in reversed(self._emphasis) if length > 1]
        whole = "".join(self._out).rstrip("\\")
        self._out = [whole.rstrip() if begun else whole, *("*" * length for length in begun)]


_LITERAL = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()#+-.!~|<>$:=&^\"'/"}


def note_mark(label: str) -> str:
    return raised(label) if label.isdecimal() else f"\\[{label.translate(_LITERAL)}\\]"


def _begins_emphasis(length: int, before: str, after: str) -> bool:
    """As people write it: `2**3`, `COUNT(*)`, `*.csv` and `a*b` are none."""
    if not after.strip() or length > 3:
        return False
    beside_word = before.isascii() and before.isalnum()
    if length == 1:
        return not beside_word and after not in _STARTS_NO_EMPHASIS
    return not (beside_word or (before in (")", "]") and after.isdigit()))
