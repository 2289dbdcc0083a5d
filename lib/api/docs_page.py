"""The OpenAPI document as one HTML page, without scripts and without anything loaded from elsewhere."""

from html import escape
from typing import Any

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }}
code {{ font-family: ui-monospace, monospace; }}
section {{ border-top: 1px solid #8885; padding: 0.5rem 0; }}
h3 {{ margin: 0.5rem 0 0; }} p {{ margin: 0.25rem 0; }} ul {{ margin: 0.25rem 0; }}
</style></head><body>
<h1>{title} API</h1><p>{description}</p>
<p>For programs: <a href="openapi.json"><code>openapi.json</code></a></p>
{operations}
<h2>Shapes</h2>
{shapes}
</body></html>"""


def docs_page(described: dict[str, Any]) -> str:
    """HTML of an OpenAPI document."""
    operations = [
        _operation(method, path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    shapes = [_shape(name, shape) for name, shape in described["components"]["schemas"].items()]
    info = described["info"]
    return _PAGE.format(
        title=escape(info["title"]),
        description=escape(info["description"]),
        operations="\n".join(operations),
        shapes="\n".join(shapes),
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    taken = [
        f"{_code(parameter['name'])} in the {escape(parameter['in'])}: {_type(parameter['schema'])}"
        for parameter in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        taken.append(f"body: {_type(body)}")
    answers = [f"{status} {escape(_answer(answer))}" for status, answer in operation["responses"].items()]
    text = escape(operation.get("description", ""))
    head = f"<h3>{_code(f'{method.upper()} /api{path}')}</h3>"
    return f"<section>{head}<p>{text}</p>{_list(taken)}<p><small>{' · '.join(answers)}</small></p></section>"


def _answer(answer: dict[str, Any]) -> str:
    return str(answer.get("description", ""))


def _shape(name: str, shape: dict[str, Any]) -> str:
    fields = [f"{_code(field)}: {_type(schema)}" for field, schema in shape.get("properties", {}).items()]
    return f'<section id="{escape(name)}"><h3>{_code(name)}</h3>{_list(fields)}</section>'


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{escape(name)}">{_code(name)}</a>'
    if options := schema.get("anyOf"):
        return " or ".join(map(_type, options))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if values := schema.get("enum"):
        return " or ".join(_code(str(value)) for value in values)
    return escape(str(schema.get("format") or schema.get("type") or schema.get("const") or "any"))


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>" if items else ""
