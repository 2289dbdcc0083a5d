"""app.yaml, which counts where nobody deploys through the bundle, says the same as the bundle."""

from collections.abc import Iterator
from typing import Any

from local.bundle.reading import BadYaml, read
from local.bundle.rules.settings import entry_problems, repeated
from local.bundle.shapes import Keys, anything, listed, text
from local.bundle.situation import Situation, environment, mappings

FILE = "app.yaml"
_LAYOUT = Keys({"command": listed(text)}, {"env": listed(anything)})


def problems(seen: Situation) -> Iterator[str]:
    try:
        content = read(seen.root / FILE, seen.root)
    except BadYaml as error:
        yield str(error)
        return
    for sentence in _LAYOUT(content, ""):
        yield f"{FILE}: {sentence}"
    own = mappings(content.get("env"))
    yield from repeated(own, f"{FILE}: env")
    uploaded = FILE not in ((seen.resolved.get("sync") or {}).get("exclude") or [])
    for path, app in seen.apps() if uploaded else ():
        bound = [resource.get("name") for resource in mappings(app.get("resources"))]
        for entry in own:
            yield from entry_problems(entry, f"{FILE}: env", "valueFrom", bound)
            yield from _agrees(entry, app, path)


def _agrees(entry: dict[str, Any], app: dict[str, Any], path: str) -> Iterator[str]:
    if entry.get("name") not in [each.get("name") for each in environment(app)]:
        yield f"{path}.config.env lacks {entry.get('name')}, which {FILE} sets; say it in both, or in neither."
