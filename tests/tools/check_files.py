#!/usr/bin/python3
"""Rules of the source tree that no compiler checks.

Every test and every source is named in a CMakeLists.txt of its folder or one above (or
its folder is globbed there), no source is over 400 lines, headers are guarded, and each
line of text files ends in LF without trailing white space. Prints one line for each
violation; exit status 1 where there is any.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("proto", "storage", "server", "client", "tests")
# Published layouts and golden files keep their own bytes.
BYTES_KEPT = ("tests/data/",)
MAX_LINES = 400


def build_text(folder):
    """All CMake text that could name a file of `folder`."""
    texts = []
    while True:
        lists = folder / "CMakeLists.txt"
        if lists.exists():
            texts.append(lists.read_text())
        if folder == ROOT:
            return "\n".join(texts)
        folder = folder.parent


def violations():
    for top in FOLDERS:
        for path in sorted((ROOT / top).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if not path.is_file() or "__pycache__" in name or name.startswith(BYTES_KEPT):
                continue
            if path.suffix == ".cc":
                text = build_text(path.parent)
                # A test is named as a file or as the target that its name makes.
                if not re.search(r"(?<![\w])%s(\.cc)?(?![\w])" % re.escape(path.stem), text):
                    yield "%s: no CMakeLists.txt names it" % name
            if path.suffix in (".cc", ".h", ".py"):
                lines = path.read_text().split("\n")
                if len(lines) - 1 > MAX_LINES:
                    yield "%s: %d lines, more than %d" % (name, len(lines) - 1, MAX_LINES)
                if path.suffix == ".h" and "#pragma once" not in lines:
                    yield "%s: no #pragma once" % name
                for place, line in enumerate(lines, 1):
                    if line != line.rstrip():
                        yield "%s:%d: white space at the end of the line" % (name, place)


def main():
    found = list(violations())
    for violation in found:
        print(violation)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
