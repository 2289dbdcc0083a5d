"""Rated answers as a table for `mlflow.genai.evaluate`: inputs, outputs, expectations and trace ids."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lib.store.rated_answers import RatedAnswer
from lib.tables.csv_file import MEDIA_TYPE, to_csv

COLUMNS = ("inputs", "outputs", "expectations", "trace_id", "agent", "model", "upvotes", "downvotes")
_AS_JSON = ("inputs", "expectations")


def evaluation_set(answers: Sequence[RatedAnswer]) -> list[dict[str, Any]]:
    """A record for each answer whose words may be read; of the others there is nothing to ask an agent again."""
    return [_record(answer) for answer in answers if answer.conversation]


def as_json(records: Sequence[dict[str, Any]]) -> bytes:
    """One list, which `pandas.read_json` takes."""
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def as_csv(records: Sequence[dict[str, Any]]) -> bytes:
    """With inputs and expectations as JSON in their cells."""
    return to_csv(list(COLUMNS), [[_cell(name, record[name]) for name in COLUMNS] for record in records])


def _record(answer: RatedAnswer) -> dict[str, Any]:
    return {
        "inputs": {"messages": answer.conversation},
        "outputs": answer.answer,
        "expectations": _expectations(answer),
        "trace_id": answer.trace_id,
        "agent": answer.agent,
        "model": answer.model,
        "upvotes": answer.upvotes,
        "downvotes": answer.downvotes,
    }


def _expectations(answer: RatedAnswer) -> dict[str, Any]:
    """An answer that nobody found bad is what is expected; of others, what people said of them."""
    if not answer.downvotes:
        return {"expected_response": answer.answer}
    tags = dict.fromkeys(tag for remark in answer.remarks for tag in remark.tags)
    comments = [remark.comment for remark in answer.remarks if remark.comment]
    return {"reasons": list(tags), "comments": comments}


def _cell(name: str, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if name in _AS_JSON else value


@dataclass(frozen=True)
class Format:
    media_type: str
    write: Callable[[Sequence[dict[str, Any]]], bytes]


FORMATS = {"json": Format("application/json", as_json), "csv": Format(MEDIA_TYPE, as_csv)}
