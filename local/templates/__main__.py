"""`python -m local.templates WAY FOLDER` makes the project that people get by one of the three ways, to try it out.

python -m local.templates bundle-init /tmp/a project_name=my-chat serving_endpoint=my-agent
python -m local.templates apps-init /tmp/b project_name=my-chat
python -m local.templates gallery /tmp/c
"""

import argparse
import sys
import tempfile
from pathlib import Path

from local.templates.apps_init import MightChange, apps_init
from local.templates.bundle_init import BadAnswer, bundle_init
from local.templates.checkout import NoRepository, checkout
from local.templates.go_text import BadTemplate

WAYS = ("bundle-init", "apps-init", "gallery")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m local.templates", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("folder", type=Path, help="where the project is made")
    parser.add_argument("answers", nargs="*", metavar="name=value", help="what the CLI asks for")
    asked = parser.parse_args()
    answers = dict(answer.partition("=")[::2] for answer in asked.answers)
    try:
        print(make(asked.way, asked.folder, answers))
    except (MightChange, BadAnswer, BadTemplate, NoRepository, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(way: str, folder: Path, answers: dict[str, str]) -> str:
    """Make the project and return what to say about it."""
    if way == "gallery":
        checkout(folder)
        return f"{folder} has what the gallery deploys."
    with tempfile.TemporaryDirectory() as name:
        repository = checkout(Path(name))
        if way == "bundle-init":
            return bundle_init(repository, folder, answers)
        apps_init(repository, folder, answers.get("project_name", "my-chat"))
        return f"{folder} has what databricks apps init makes."


if __name__ == "__main__":
    sys.exit(main())
