"""A chat as JSON, Markdown or HTML, and all of them as a zip."""
