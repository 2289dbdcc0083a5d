"""Browser contexts that serve one test after the other: to fill a new one's cache takes half the time of a visit."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Self

from playwright.sync_api import Browser, BrowserContext

from local.platform_proxy import UNLIMITED, PlatformProxy


class _Seat:
    """A context and the proxy that it comes through, whose address stays the same, as the cache goes by addresses."""

    def __init__(self, context: BrowserContext, proxy: PlatformProxy) -> None:
        self.context = context
        self.proxy = proxy
        # A page of no site, which is never shown to a test: only a page can clear what is stored of another's site.
        self._eraser = context.new_page()
        self._session = context.new_cdp_session(self._eraser)

    def forget(self) -> None:
        """Clear what the last person left, all but the cache of files."""
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._session.send("Storage.clearDataForOrigin", {"origin": self.proxy.url, "storageTypes": "all"})

    def leave(self) -> None:
        for page in self.context.pages:
            if page is not self._eraser:
                page.close()
        self.proxy.cut()


class Contexts:
    def __init__(self, browser: Browser, timeout_ms: float) -> None:
        self._browser = browser
        self._timeout_ms = timeout_ms
        self._free: list[_Seat] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @contextmanager
    def taken(
        self, app_url: str, headers: dict[str, str], **options: Any
    ) -> Iterator[tuple[BrowserContext, PlatformProxy]]:
        """A context with nothing in it but a cache, behind a proxy with these headers; with options, a new one."""
        free = [] if options else self._free
        with ExitStack() as closing:
            seat = free.pop() if free else self._made(closing if options else self._open, **options)
            seat.proxy.app_url, seat.proxy.headers, seat.proxy.limits = app_url, headers, UNLIMITED
            seat.proxy.open()
            seat.forget()
            yield seat.context, seat.proxy
            seat.leave()
            free.append(seat)

    def _made(self, closing: ExitStack, **options: Any) -> _Seat:
        proxy = closing.enter_context(PlatformProxy("", {}))
        context = closing.enter_context(self._browser.new_context(**options))
        context.set_default_timeout(self._timeout_ms)
        return _Seat(context, proxy)
