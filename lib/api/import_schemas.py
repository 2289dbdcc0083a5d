"""The JSON of what became of an import."""

from lib.api.schema_base import Schema


class SkippedSchema(Schema):
    title: str
    reason: str


class ImportSchema(Schema):
    """`unchanged`: chats that were there already. `skipped`: what could not be taken."""

    imported: int
    unchanged: int
    skipped: list[SkippedSchema]
