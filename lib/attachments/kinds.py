"""Recognises what a file is, from its bytes first and its name second. One that is not what its name says is refused.

Whoever reads the file later relies on the type found here, so nothing is ever called HTML or SVG: source code of any
kind is plain text.
"""

from lib.attachments.images import DAMAGED, check_image
from lib.attachments.names import clean_name, extension_of
from lib.attachments.parquet import parquet_head
from lib.attachments.text import decoded
from lib.errors import BadInput

TEXT, CSV, TSV, PARQUET, PDF = (
    "text/plain",
    "text/csv",
    "text/tab-separated-values",
    "application/vnd.apache.parquet",
    "application/pdf",
)
PNG, JPEG, GIF, WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
IMAGES = (PNG, JPEG, GIF, WEBP)
TAKEN = "Attach text, CSV, Parquet, PDF, PNG, JPEG, GIF or WebP, please."

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": PNG,
    b"\xff\xd8\xff": JPEG,
    b"GIF87a": GIF,
    b"GIF89a": GIF,
    b"%PDF-": PDF,
    b"PAR1": PARQUET,
    b"PARE": PARQUET,
}
_PDF_TAIL_BYTES = 2_048
_IMAGE_EXTENSIONS = ("png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp")
_BINARY_EXTENSIONS = {**dict.fromkeys(_IMAGE_EXTENSIONS, IMAGES), "pdf": (PDF,), "parquet": (PARQUET,)}
"""Which types a file of such a name may have. Browsers and cameras mix the names of images up, so any image will do."""
_SOURCES = (
    *(
        "txt",
        "text",
        "log",
        "rst",
        "tex",
        "ini",
        "cfg",
        "conf",
        "toml",
        "yaml",
        "yml",
        "jsonl",
        "ndjson",
        "xml",
        "html",
    ),
    *("htm", "css", "js", "mjs", "ts", "tsx", "jsx", "py", "ipynb", "sql", "r", "scala", "java", "kt", "c", "h", "cc"),
    *("cpp", "hpp", "cs", "go", "rs", "rb", "php", "pl", "sh", "bash", "ps1", "bat", "tf", "lua", "jl", "vb", "diff"),
    *("patch", "srt", "vtt", "eml"),
)
_TEXT_TYPES = {
    **{"csv": CSV, "tsv": TSV, "tab": TSV, "json": "application/json"},
    **dict.fromkeys(("md", "markdown"), "text/markdown"),
    **dict.fromkeys(_SOURCES, TEXT),
}
_ADVICE = {
    **dict.fromkeys(
        ("xlsx", "xls", "xlsm", "xlsb", "ods", "numbers"),
        "{name} is a workbook. Save the sheet as CSV and attach that.",
    ),
    **dict.fromkeys(
        ("docx", "doc", "odt", "rtf", "pages"), "{name} is a word processor's document. Save it as PDF and attach that."
    ),
    **dict.fromkeys(("pptx", "ppt", "odp", "key"), "{name} is a presentation. Save it as PDF and attach that."),
    **dict.fromkeys(
        ("svg", "svgz"), "{name} is an SVG image, which may contain programs. Save it as PNG and attach that."
    ),
    **dict.fromkeys(
        ("heic", "heif", "avif", "bmp", "tif", "tiff"),
        "{name} is an image that few can read. Save it as JPEG and attach that.",
    ),
    **dict.fromkeys(("zip", "gz", "7z", "rar", "tar", "tgz"), "{name} is an archive. Unpack it and attach that."),
}
EXTENSIONS = (*_BINARY_EXTENSIONS, *_TEXT_TYPES)
"""Of names that are taken. Files of other names are taken too if their bytes are of a known type."""


def recognised(name: str, content: bytes) -> str:
    """The content type of a file. Raises BadInput with a sentence that names it, if it is not taken.

    Decodes an image or reads the head of a Parquet file, so call it off the event loop.
    """
    shown, extension = f"“{clean_name(name)}”", extension_of(name)
    if not content:
        raise BadInput(f"{shown} is empty.")
    if extension in _ADVICE:
        raise BadInput(_ADVICE[extension].format(name=shown))
    if extension in _BINARY_EXTENSIONS:
        return _binary(shown, content, _BINARY_EXTENSIONS[extension], extension)
    if extension in _TEXT_TYPES:
        return _text(shown, content, extension)
    # A name that promises nothing.
    if signature := _signature(content):
        return _binary(shown, content, (signature,), extension)
    if decoded(content) is None:
        raise BadInput(f"{shown} is of a type that is not taken. {TAKEN}")
    return TEXT


def _binary(shown: str, content: bytes, promised: tuple[str, ...], extension: str) -> str:
    found = _signature(content)
    if found not in promised:
        raise BadInput(f"{shown} is not {extension.upper()}, although its name says so.")
    if found in IMAGES:
        check_image(shown, content, found)
    elif found == PARQUET:
        parquet_head(shown, content)
    elif not _is_whole_pdf(content):
        raise BadInput(f"{shown} {DAMAGED}")
    return found


def _text(shown: str, content: bytes, extension: str) -> str:
    if decoded(content) is None:
        raise BadInput(f"{shown} is not text in UTF-8 or UTF-16, although its name says so. Save it as UTF-8, please.")
    return _TEXT_TYPES[extension]


def _signature(content: bytes) -> str | None:
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), None)


def _is_whole_pdf(content: bytes) -> bool:
    """A PDF ends with this mark; some writers add a little behind it."""
    return b"%%EOF" in content[-_PDF_TAIL_BYTES:]
