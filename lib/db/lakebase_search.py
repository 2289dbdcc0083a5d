"""Finds the Lakebase behind a host, in what the workspace lists to the app.

Databricks has no look-up by host. An endpoint's host begins with its `uid`, but the API only knows endpoints by the
path of project, branch and endpoint. So the projects are listed: first the default branch of each, where a database
mostly is, then the other branches. A provisioned instance has its hosts in the list itself.

The workspace lists only what the app may see: it answers with less, and not always with a refusal.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lib.db.failures import ENDPOINT_NOT_ALLOWED, ENDPOINT_NOT_FOUND, ENDPOINT_TOO_MANY
from lib.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.postgres import Project

Item = TypeVar("Item")
SEARCH_SECONDS = 60.0
"""A list takes about 0.1 s, so this is enough for hundreds of branches. Nobody waits for it: see `Credentials`."""
ITEMS_PER_PAGE = 100
POOLED = "-pooler"
PROVISIONED = "instance-"
"""How the hosts of provisioned instances begin."""


@dataclass(frozen=True)
class Target:
    """What credentials are minted for: an endpoint's path, or else a provisioned instance."""

    endpoint: str | None = None
    instance: str | None = None

    def __str__(self) -> str:
        return self.endpoint or f"instance {self.instance}"


def find_target(client: "WorkspaceClient", host: str) -> Target:
    """Raises DatabaseUnavailable with an ENDPOINT_ code, or the SDK's error if the workspace does not answer."""
    search = _Search(client)
    places = [search.endpoints, search.instances]
    if plain(host).startswith(PROVISIONED):
        places.reverse()
    refusals = []
    for place in places:
        for target, hosts in place():
            if is_among(host, hosts):
                return target
        refusals.append(search.was_refused)
    # Only the first place counts: a workspace need not have the other kind of Lakebase.
    raise DatabaseUnavailable(failure=ENDPOINT_NOT_ALLOWED if refusals[0] else ENDPOINT_NOT_FOUND)


def is_among(host: str, hosts: Iterable[str | None]) -> bool:
    """Whether it is one of the hosts, or the pooled form of one: not every endpoint names its pooled host."""
    known = {plain(each) for each in hosts if each}
    return bool({plain(host), _unpooled(plain(host))} & known)


def plain(host: str) -> str:
    """In lower case and without the dot that may end a full name."""
    return host.strip().lower().removesuffix(".")


def _unpooled(host: str) -> str:
    name, dot, domain = host.partition(".")
    return f"{name.removesuffix(POOLED)}{dot}{domain}"


class _Search:
    """Goes through the lists, page by page, as far as the caller reads on."""

    def __init__(self, client: "WorkspaceClient") -> None:
        self._client = client
        self._until = time.monotonic() + SEARCH_SECONDS
        self.was_refused = False

    def endpoints(self) -> Iterator[tuple[Target, list[str | None]]]:
        seen: list[Project] = []
        for project in self._listed(self._client.postgres.list_projects(page_size=ITEMS_PER_PAGE)):
            seen.append(project)
            if default := _default_branch(project):
                yield from self._in_branch(default)
        for project in seen:
            for branch in self._listed(self._client.postgres.list_branches(project.name or "")):
                if branch.name and branch.name != _default_branch(project):
                    yield from self._in_branch(branch.name)

    def _in_branch(self, branch: str) -> Iterator[tuple[Target, list[str | None]]]:
        for endpoint in self._listed(self._client.postgres.list_endpoints(branch)):
            if endpoint.name and endpoint.status and (hosts := endpoint.status.hosts):
                yield Target(endpoint=endpoint.name), list(hosts.as_dict().values())

    def instances(self) -> Iterator[tuple[Target, list[str | None]]]:
        for instance in self._listed(self._client.database.list_database_instances(page_size=ITEMS_PER_PAGE)):
            yield Target(instance=instance.name), [instance.read_write_dns, instance.read_only_dns]

    def _listed(self, items: Iterator[Item]) -> Iterator[Item]:
        """Ends early where the workspace refuses or has no such API; other errors go on to the caller."""
        from databricks.sdk.errors import BadRequest, NotFound, NotImplemented, PermissionDenied

        try:
            for item in items:
                yield item
                if time.monotonic() > self._until:
                    raise DatabaseUnavailable(failure=ENDPOINT_TOO_MANY)
        except (BadRequest, NotFound, NotImplemented, PermissionDenied):
            self.was_refused = True


def _default_branch(project: "Project") -> str | None:
    return project.status.default_branch if project.status else None
