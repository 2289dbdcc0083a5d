"""Turns an agent's text into Markdown of which Streamlit shows the words as they were written.

A text passes these stages, each with a file of its own:

1. `footnotes` takes the footnotes out of the text; they are written at its end.
2. `lines` reads the lines as CommonMark has them: what each stands in (lists, quotes) and which are code.
3. `convert` goes from block to block: code stays as it is, `tables` and `formulas` know theirs, all else are words.
4. `inline` converts the words of a paragraph, a heading or a row. It is a scanner in three layers: `scan` goes from
   sign to sign (code, colons, arrows; `emphasis` for stars), `formulas` adds dollar signs and `\\(`, and `inline` adds
   links, images, footnotes and tags, with `links` and `html`.
5. `draw` gives the result to Streamlit.

    Costs $5M :smile: or <b>so</b>, $x_1$     becomes     Costs \\$5M :color[:]smile: or **so**, $$x_1$$

`streaming` says where a growing text may be cut, so that the blocks before are not sent again. `escape` is for short
texts that hold no Markdown at all: titles, names, labels.
"""
