"""Everything of the page: sidebar, chat, answers, Markdown."""
