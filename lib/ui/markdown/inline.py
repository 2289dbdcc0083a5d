"""Converts the words of one paragraph, heading or row. This layer handles links, images, footnotes and tags."""

import re
from dataclasses import replace

from lib.ui.markdown.footnotes import footnote_reference
from lib.ui.markdown.formulas import FormulaScanner
from lib.ui.markdown.html import (
    BEGUN,
    BLOCKS,
    BREAKS,
    BREAKS_BEFORE,
    CODE,
    ITEM,
    KNOWN,
    MAY_STAND_ALONE,
    TAG,
    attribute,
    dressed,
    has_attributes,
)
from lib.ui.markdown.lines import BROKEN
from lib.ui.markdown.links import angled, image_of, leads_to, link_of, shown_image
from lib.ui.markdown.scan import InlineOptions

_BLOCK_MARK = re.compile(
    r"(?P<number>\d{1,9})(?P<end>[.)])|[-+*](?=\s|$)|#(?=#{0,5}(?:\s|$))|-(?=--)|=(?==)|~(?=~~)|[>|]"
)
_BLANKS = re.compile(r"[ \t]*")


def inline(text: str, options: InlineOptions) -> str:
    return _InlineConverter(text, options).result()


class _InlineConverter(FormulaScanner):
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
        if target is None and self._options.growing and self._text.find(")", self._at) < 0:
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
        self._out.append(footnote_reference(token[0][2:-1], self._options.notes))

    # HTML tags.

    def _angle(self, token: re.Match[str]) -> None:
        if link := angled(self._text, token.start()):
            self._at, markdown = link
            self._out.append(markdown)
        elif (tag := TAG.match(self._text, token.start())) and self._tag(tag):
            return
        elif self._options.growing and BEGUN.match(self._text, token.start()):
            self._put_off()
        else:
            _, after = self._around(token)
            self._out.append("\\<" if after.isalpha() or after in ("/", "!", "?") else "<")

    def _tag(self, tag: re.Match[str]) -> bool:
        """Convert the tag. False if it is not a tag but text."""
        name = tag["name"].lower()
        if name not in KNOWN or tag["name"] not in (name, name.upper()) or (len(name) == 1 and tag["name"] != name):
            return False
        if not has_attributes(tag):
            return False
        end = f"</{tag['name']}>"
        content_end = -1 if tag["end"] else self._find(end, tag.end())
        if content_end < 0 and not (name in MAY_STAND_ALONE or (self._options.growing and not tag["end"])):
            return False
        self._at = tag.end()
        if name == "img":
            self._out.append(image_of(attribute(tag, "src"), attribute(tag, "alt")))
        elif content_end < 0 or name in BLOCKS:
            self._break_at(name, is_end=bool(tag["end"]))
        else:
            self._element(name, tag, self._text[tag.end() : content_end])
            self._at = content_end + len(end)
            if name == "summary":
                self._break()
        return True

    def _element(self, name: str, tag: re.Match[str], content: str) -> None:
        if name in CODE and content:
            self._code("`" * (1 + max(map(len, re.findall("`+", content)), default=0)), content)
            return
        content = content.strip() if name == "summary" else content
        shown = inline(content, replace(self._options, growing=False))
        if name == "a":
            self._out.append(link_of(attribute(tag, "href"), shown))
        else:
            self._out.append(dressed(name, content, shown))

    def _break_at(self, name: str, *, is_end: bool) -> None:
        has_text = bool("".join(self._out[-3:]).strip(" \n"))
        if name in BREAKS or (name in BREAKS_BEFORE and not is_end and has_text):
            self._break()
        if name == "li" and not is_end:
            self._out.append(ITEM)

    def _break(self) -> None:
        if self._options.one_line:
            self._out.append("&#10;")
            return
        self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
        if self._at >= len(self._text):
            while self._out and self._out[-1] in ("", f"\\{BROKEN}"):
                self._out.pop()
        elif self._text.startswith("\n", self._at):
            self._out.append("\\")
        else:
            self._out.append(f"\\{BROKEN}")
            self._out.append(self._unblocked())

    def _unblocked(self) -> str:
        """Escape a sign after a break, where it begins a line and would begin a list, a heading or a quote."""
        mark = _BLOCK_MARK.match(self._text, self._at)
        if mark is None:
            return ""
        self._at = mark.end()
        return f"{mark['number']}\\{mark['end']}" if mark["number"] else f"\\{mark[0]}"
