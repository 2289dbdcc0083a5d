"""Uploads the files of a bundle: what git does not ignore, without what `sync.exclude` names."""

import hashlib
import json
import subprocess
from fnmatch import fnmatch
from pathlib import Path

from local.databricks_cli.bundle import Bundle


def upload(bundle: Bundle) -> int:
    """Only what changed since the last time from this folder; how many files that were."""
    snapshot = bundle.root / ".databricks" / "bundle" / bundle.target / "sync-snapshots" / "stand-in.json"
    place = f"{bundle.client.credentials.host}{bundle.files_path}"
    known = json.loads(snapshot.read_text()) if snapshot.exists() else {}
    before = known.get("hashes", {}) if known.get("place") == place else {}
    contents = {path: (bundle.root / path).read_bytes() for path in files(bundle)}
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    changed = [path for path in contents if before.get(path) != hashes[path]]
    for path in changed:
        bundle.client.upload(f"{bundle.files_path}/{path}", contents[path])
    snapshot.parent.mkdir(parents=True, exist_ok=True)
    (bundle.root / ".databricks" / ".gitignore").write_text("*\n")
    snapshot.write_text(json.dumps({"place": place, "hashes": hashes}))
    return len(changed)


def files(bundle: Bundle) -> list[str]:
    excluded = [pattern.replace("/**", "/*") for pattern in (bundle.config.get("sync") or {}).get("exclude") or []]
    return [path for path in _all(bundle.root) if not any(fnmatch(path, pattern) for pattern in excluded)]


def _all(root: Path) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    if (root / ".git").exists() and listed.returncode == 0:
        return [path for path in listed.stdout.split("\0") if path and (root / path).is_file()]
    paths = [path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file()]
    return [path.as_posix() for path in paths if not path.parts[0].startswith(".databricks")]
