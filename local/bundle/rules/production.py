"""A target for production has one place, whoever deploys it."""

from collections.abc import Iterator

from local.bundle.situation import Situation


def problems(seen: Situation) -> Iterator[str]:
    path = str((seen.config.get("workspace") or {}).get("root_path", ""))
    if seen.mode == "production" and "${bundle.target}" not in path:
        yield "The target is for production but has no workspace.root_path of its own that ends with ${bundle.target}."
