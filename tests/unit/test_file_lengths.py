"""A file of the deployed code is short enough to be read in one go."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_LINES = 200


def test_no_file_is_too_long() -> None:
    files = [path for pattern in ("app.py", "pages/**/*.py", "lib/**/*.py") for path in ROOT.glob(pattern)]
    assert files
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in files}
    assert not {file: length for file, length in lengths.items() if length > MAX_LINES}
