"""Tables in what a tool gave and in Markdown, and what becomes of them."""
