"""Tells addresses of web pages from all others."""


def is_web_url(url: str) -> bool:
    """Whether the URL opens another page. Others, such as `javascript:`, could run code in this one."""
    return url.lower().startswith(("https://", "http://"))
