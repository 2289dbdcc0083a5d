"""`version`: the number that the program goes by, as text or in the parts that the SDK reads."""

import json

from local.databricks_cli.arguments import Arguments

USUAL = "1.13.0"


def show(arguments: Arguments, version: str) -> None:
    if not arguments.wants_json:
        print(f"Databricks CLI v{version}")
        return
    major, minor, patch = (int(part) for part in version.split("."))
    print(
        json.dumps(
            {"ProjectName": "cli", "Version": version, "Branch": "", "Tag": f"v{version}", "IsSnapshot": False}
            | {"Major": major, "Minor": minor, "Patch": patch, "Prerelease": ""},
            indent=2,
        )
    )
