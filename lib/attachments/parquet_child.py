"""A program: reads the head of a Parquet file from standard input, and writes it to standard output as JSON.

A hostile Parquet file may unpack to any size, or crash the library that reads it. So it is read in a process of its
own, which has no secrets, little memory and little time (`parquet.py` starts it).
"""

import json
import os
import sys
from typing import Any

MAX_MEMORY_BYTES = 900_000_000
"""Of addresses; the libraries alone take a third of it."""
MAX_CPU_SECONDS = 10
MAX_ROWS, MAX_COLUMNS = 5_000, 200
MAX_FILE_COLUMNS = 5_000
"""Every column is read, and one with tens of thousands would keep the next file waiting for ten seconds."""
MAX_CELL_CHARS = 1_000
MAX_CHARS = 250_000
"""Of all cells together."""
BATCH_ROWS = 50


def main() -> None:
    limit_resources()
    import pyarrow as pa
    from pyarrow import parquet

    pa.set_cpu_count(1)
    file = parquet.ParquetFile(pa.BufferReader(sys.stdin.buffer.read()), pre_buffer=False)
    if file.metadata.num_columns > MAX_FILE_COLUMNS:
        sys.exit(1)
    names = [str(name) for name in file.schema_arrow.names]
    rows: list[list[str]] = []
    chars = 0
    # By its number: names may occur twice, or name columns within others.
    for batch in file.iter_batches(batch_size=BATCH_ROWS, use_threads=False):
        for row in zip(*(column.to_pylist() for column in batch.columns[:MAX_COLUMNS]), strict=True):
            cells = [cell(value) for value in row]
            chars += sum(len(text) + 1 for text in cells)
            if len(rows) == MAX_ROWS or chars > MAX_CHARS:
                return report(file.metadata.num_rows, names, rows)
            rows.append(cells)
    report(file.metadata.num_rows, names, rows)


def report(row_count: int, names: list[str], rows: list[list[str]]) -> None:
    columns = [name[:MAX_CELL_CHARS] for name in names[:MAX_COLUMNS]]
    json.dump({"row_count": row_count, "column_count": len(names), "columns": columns, "rows": rows}, sys.stdout)


def cell(value: Any) -> str:
    return "" if value is None else str(value)[:MAX_CELL_CHARS]


def limit_resources() -> None:
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # others reserve more memory than they use
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


if __name__ == "__main__":
    main()
