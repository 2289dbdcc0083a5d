"""The JSON of the chart that is kept with an answer."""

from uuid import UUID

from pydantic import Field

from lib.api.schema_base import Schema
from lib.tables.charts import Kind


class ChartSchema(Schema):
    """`x`, `y` and `series` are names of columns of the result. Each value of `series` has its own colour."""

    kind: Kind
    x: str
    y: str
    series: str | None = None


class KeepChartSchema(Schema):
    """`messageId` is an answer."""

    message_id: UUID
    chart: ChartSchema | None = Field(description="Null shows the result as a table again.")
