"""`make licences`: writes docs/licences.md, the licence of everything that a deployment contains.

Licences are those that the installed packages state themselves, as SPDX identifiers. The allow-list is in this file:
what is not on it fails a test, until somebody has read the licence and put it here.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distribution

from local.supply import lock_file
from local.supply.licence_names import spdx

TARGET = lock_file.ROOT / "docs" / "licences.md"
ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python"),
        *("ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0", "Zlib"),
    }
)
"""All of them let anybody use, change and pass on the code, if the notice stays."""
WITH_A_REASON = {
    "certifi": (
        "MPL-2.0",
        "A list of certificate authorities. The MPL covers its own files, which nobody here changes.",
    ),
    "psycopg2-binary": (
        "LGPL-3.0-or-later",
        "The driver for Postgres. The app imports it as a package of its own, unchanged, and anybody can exchange it, "
        "as the LGPL asks; an exception allows OpenSSL. Its wheel also contains libpq (PostgreSQL), "
        "OpenSSL (Apache-2.0) and the libraries that these need.",
    ),
}
"""Packages under another licence, which holds for them alone, and why that is all right."""
SHIPPED = {
    "assets/*": "Lakechat's own",
    "assets/style/*": "Lakechat's own",
    "lib/tables/countries/outlines.json": "Natural Earth 4.1, public domain, by way of `world-atlas` 2.0.2 (ISC)",
    "lib/tables/countries/small.json": "Natural Earth 4.1, public domain, by way of `world-atlas` 2.0.2 (ISC)",
    "lib/tables/countries/names.json": "`i18n-iso-countries` 7.14.0 (MIT), and names of our own",
    "lib/ui/languages/*.po": "Lakechat's own",
}
"""Files of a deployment that are neither Python nor SQL, and where they come from."""
HEAD = """# Licences

Written by `make licences`; do not edit. This is what a deployment contains. The licences are those that the packages
state themselves. What only laptops and tests need is not here: it is not passed on.

## Packages

| package | version | licence |
|---|---|---|
"""


class UnknownLicence(Exception):
    """A package states no licence that has an SPDX identifier."""


def main() -> int:
    if problems := list(not_allowed(licences())):
        print("\n".join(problems), file=sys.stderr)
        return 1
    TARGET.write_text(document())
    print(f"{TARGET.relative_to(TARGET.parents[1])} was written: every licence in it is allowed.")
    return 0


def licences() -> dict[str, str]:
    """The SPDX expression of each deployed package that this Python and system need, by its name, in their order."""
    here = [each.name for each in lock_file.read(lock_file.DEPLOYED) if each.is_for_this_python]
    return {name: licence_of(distribution(name)) for name in here}


def licence_of(package: Distribution) -> str:
    """Raises UnknownLicence when the package states none that we know."""
    if expression := spdx(package):
        return expression
    name = package.metadata["Name"]
    raise UnknownLicence(f"{name} states no licence that licence_names.py knows: read it, and add its name there")


def not_allowed(stated: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each package whose licence nobody has allowed."""
    for name, expression in stated.items():
        if not is_allowed(expression) and expression != WITH_A_REASON.get(name, (None,))[0]:
            yield f"{name} is under {expression}, which local/supply/licences.py does not allow"


def is_allowed(expression: str) -> bool:
    """With OR one of them has to be, with AND all. Anything else, such as brackets, is for a person to read."""
    return any(all(part in ALLOWED for part in choice.split(" AND ")) for choice in expression.split(" OR "))


def document() -> str:
    """The whole of docs/licences.md."""
    stated = _written_before() | licences()
    rows = [f"| {name} | {', '.join(versions)} | {stated[name]} |" for name, versions in _versions().items()]
    reasons = [f"- {name} ({licence}): {reason}" for name, (licence, reason) in WITH_A_REASON.items()]
    shipped = [f"| `{pattern}` | {origin} |" for pattern, origin in SHIPPED.items()]
    return (
        HEAD
        + "\n".join(rows)
        + "\n\n## Not only permissive\n\n"
        + "\n".join(reasons)
        + "\n\n## Files of the repository\n\nBesides code and SQL:\n\n| files | from |\n|---|---|\n"
        + "\n".join(shipped)
        + "\n"
    )


def _written_before() -> dict[str, str]:
    """The licences in the document as it is, for packages that this system does not need."""
    rows = re.findall(r"^\| ([\w.-]+) \| [^|]+ \| ([^|]+) \|$", TARGET.read_text(), re.MULTILINE)
    return dict(rows)


def _versions() -> dict[str, list[str]]:
    """Several where different versions of Python need different ones."""
    versions: dict[str, list[str]] = {}
    for each in lock_file.read(lock_file.DEPLOYED):
        versions.setdefault(each.name, []).append(each.version)
    return versions


if __name__ == "__main__":
    sys.exit(main())
