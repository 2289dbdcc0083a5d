"""The result of a query in the shape of Databricks' Statement Execution API."""

from typing import Any

from local.demo.genie import GenieAnswer

Json = dict[str, Any]


def query_result(answer: GenieAnswer, state: str, error: str | None, *, is_typed: bool) -> Json:
    status: Json = {"state": state}
    if error:
        status["error"] = {"error_code": "BAD_REQUEST", "message": error}
    response: Json = {"statement_id": "statement", "status": status}
    if state == "SUCCEEDED":
        response |= {"manifest": _manifest(answer), "result": _rows(answer, is_typed=is_typed)}
    return {"statement_response": response}


def _manifest(answer: GenieAnswer) -> Json:
    columns = [
        {"name": name, "position": at, "type_name": kind.replace("BIGINT", "LONG"), "type_text": kind}
        for at, (name, kind) in enumerate(answer.columns)
    ]
    return {
        "format": "JSON_ARRAY",
        "schema": {"column_count": len(columns), "columns": columns},
        "total_chunk_count": 1,
        "total_row_count": len(answer.rows),
        "truncated": answer.is_truncated,
    }


def _rows(answer: GenieAnswer, *, is_typed: bool) -> Json:
    rows = [[_text(value) for value in row] for row in answer.rows]
    about: Json = {"chunk_index": 0, "row_offset": 0, "row_count": len(rows)}
    if is_typed:
        typed = [{"values": [{} if value is None else {"str": value} for value in row]} for row in rows]
        return about | {"data_typed_array": typed}
    return about | {"data_array": rows}


def _text(value: Any) -> str | None:
    """All values are texts there."""
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
