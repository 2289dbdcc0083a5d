"""`make docs`: makes the generated parts of the pages in docs/ anew and names the pages that have changed."""

from local.documents.pages import DOCS, PARTS, updated


def main() -> None:
    for name in PARTS:
        file = DOCS / name
        before = file.read_text(encoding="utf-8")
        after = updated(name, before)
        if after != before:
            file.write_text(after, encoding="utf-8")
        print(f"docs/{name}: {'changed' if after != before else 'up to date'}")


if __name__ == "__main__":
    main()
