"""Asks OSV, the open database of vulnerabilities (https://osv.dev), about versions of packages on PyPI.

One request asks about all packages; only what is found is looked up one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from packaging.utils import canonicalize_name

URL = "https://api.osv.dev"
ECOSYSTEM = "PyPI"
REQUEST_SECONDS = 5.0


class Unreachable(Exception):
    """The database did not answer, or not as it should. The sentence says what happened."""


@dataclass(frozen=True, order=True)
class Package:
    name: str
    version: str


@dataclass(frozen=True)
class Vulnerability:
    id: str
    package: Package
    aliases: frozenset[str] = frozenset()
    summary: str = ""
    fixed_in: Sequence[str] = field(default=())

    @property
    def ids(self) -> frozenset[str]:
        return self.aliases | {self.id}


def known_vulnerabilities(packages: Sequence[Package], url: str = URL) -> list[Vulnerability]:
    """Each once, in the order of `packages`. Raises Unreachable unless the database answered for every package."""
    try:
        with httpx.Client(base_url=url, timeout=REQUEST_SECONDS) as client:
            found = list(dict.fromkeys(_found(client, packages)))
            return _without_doubles([entry for each in found if (entry := _described(client, *each))])
    except httpx.HTTPStatusError as error:
        raise Unreachable(f"{url} answered {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise Unreachable(f"{url} cannot be reached ({type(error).__name__})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreachable(f"{url} answered with something that is not OSV's") from error


def _found(client: httpx.Client, packages: Sequence[Package]) -> Iterator[tuple[Package, str]]:
    """The package and the id of each vulnerability. A package with very many is answered in pages."""
    open_queries: list[tuple[Package, str | None]] = [(package, None) for package in packages]
    while open_queries:
        queries = [_query(package, page_token) for package, page_token in open_queries]
        results = _json(client.post("/v1/querybatch", json={"queries": queries}))["results"]
        answers = list(zip(open_queries, results, strict=True))
        for (package, _), result in answers:
            yield from ((package, each["id"]) for each in result.get("vulns", ()))
        open_queries = [
            (package, token) for (package, _), result in answers if (token := result.get("next_page_token"))
        ]


def _query(package: Package, page_token: str | None) -> dict[str, Any]:
    query = {"package": {"name": package.name, "ecosystem": ECOSYSTEM}, "version": package.version}
    return query | ({"page_token": page_token} if page_token else {})


def _described(client: httpx.Client, package: Package, id_: str) -> Vulnerability | None:
    """None for one that was withdrawn. What is known to exist counts even if its description cannot be had."""
    try:
        entry = _json(client.get(f"/v1/vulns/{id_}"))
    except httpx.HTTPError:
        return Vulnerability(id_, package, summary="its description could not be fetched")
    if entry.get("withdrawn"):
        return None
    return Vulnerability(
        id_,
        package,
        frozenset(entry.get("aliases", ())),
        entry.get("summary") or entry.get("details", "").strip().split("\n")[0],
        tuple(_fixes(entry, package)),
    )


def _fixes(entry: dict[str, Any], package: Package) -> Iterator[str]:
    for affected in entry.get("affected", ()):
        if (
            affected["package"]["ecosystem"] == ECOSYSTEM
            and canonicalize_name(affected["package"]["name"]) == package.name
        ):
            for span in affected.get("ranges", ()):
                if span["type"] == "ECOSYSTEM":
                    yield from (event["fixed"] for event in span["events"] if "fixed" in event)


def _without_doubles(found: Sequence[Vulnerability]) -> list[Vulnerability]:
    """OSV has many a vulnerability twice, from GitHub and from PyPI, each with the other's id among its aliases."""
    kept: list[Vulnerability] = []
    for each in found:
        if not any(each.package == other.package and each.ids & other.ids for other in kept):
            kept.append(each)
    return kept


def _json(response: httpx.Response) -> Any:
    return response.raise_for_status().json()
