"""Where the chats are kept: the options of which one is always chosen, and what they bind."""

from local.bundle.option import Option, from_resource, lakebase

OWN_PROJECT = "${resources.postgres_projects.chats_project.id}"
OWN_BRANCH = f"{OWN_PROJECT}/branches/production"
RESTORED_BRANCH = f"{OWN_PROJECT}/branches/${{var.restored_branch}}"
FIRST_PROJECT = "lakechat"
"""The key of the project when the bundle declared no database of its own. Under another key the CLI would take it for
another project, and delete this one."""
FIRST_BRANCH = f"${{resources.postgres_projects.{FIRST_PROJECT}.id}}/branches/production"

NEW_LAKEBASE = Option(
    "",
    "a Lakebase project of its own",
    takes=("lakebase_project", "lakebase_database"),
    resources=(lakebase(OWN_BRANCH, "${resources.postgres_databases.chats.id}"),),
    env=(from_resource("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
"""What stands there without an option of the group "database"."""
FIRST_DATABASE = Option(
    "first-database",
    "the chats are in the database that comes with the project, as before this bundle declared one",
    takes=("lakebase_database",),
    sets={"lakebase_database": "databricks-postgres"},
    resources=(lakebase(FIRST_BRANCH, f"{FIRST_BRANCH}/databases/${{var.lakebase_database}}"),),
    env=(from_resource("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
EXISTING_LAKEBASE = Option(
    "existing-lakebase",
    "the chats are in a Lakebase project that you already have",
    needs=("lakebase_branch", "lakebase_database"),
    resources=(lakebase("${var.lakebase_branch}", "${var.lakebase_branch}/databases/${var.lakebase_database}"),),
    env=(from_resource("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
RESTORED = Option(
    "restored",
    "the chats are in another branch of the project that this bundle made, such as one restored to a moment",
    needs=("restored_branch", "restored_database"),
    resources=(lakebase(RESTORED_BRANCH, f"{RESTORED_BRANCH}/databases/${{var.restored_database}}"),),
    env=(from_resource("LAKEBASE_ENDPOINT", "postgres"),),
    group="database",
)
WITHOUT_DATABASE = "ephemeral"
"""The option, and the target that always has it."""
EPHEMERAL = Option(WITHOUT_DATABASE, "no database: chats are lost when the app restarts", group="database")
