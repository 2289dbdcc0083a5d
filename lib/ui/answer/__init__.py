"""One answer of an agent on the page: its parts, while they come and when they are read again."""
