"""The tables of docs/configuration.md, from the declarations in lib/settings."""

from lib.settings.groups import GROUPS
from lib.settings.variable import LARGEST, Group, Number, Variable
from local.documents.table import table

READ_BY = {
    "databricks-sdk": "Read by the Databricks SDK.",
    "opentelemetry": "Read by OpenTelemetry's SDK.",
}


def settings() -> str:
    """A heading and a table for each group."""
    return "\n\n".join(map(_group, GROUPS))


def _group(group: Group) -> str:
    rows = [(f"`{each.name}`", _meaning(each), _default(each)) for each in group.variables]
    return f"### {group.title}\n\n{table(('variable', 'meaning', 'default'), rows)}"


def _meaning(variable: Variable) -> str:
    """With a sentence for each property of the declaration that a reader should know."""
    sentences = [variable.meaning]
    if isinstance(variable, Number) and (variable.least, variable.most) != (1, LARGEST):
        sentences.append(f"{variable.bounds.capitalize()}.")
    if variable.is_injected:
        sentences.append("Injected by Databricks Apps.")
    if variable.read_by in READ_BY:
        sentences.append(READ_BY[variable.read_by])
    if variable.is_secret:
        sentences.append("Never logged.")
    return " ".join(sentences)


def _default(variable: Variable) -> str:
    return variable.unset or (f"`{variable.default_text}`" if variable.default_text else "unset")
