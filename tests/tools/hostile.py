#!/usr/bin/env python3
"""Writes model files that want to hurt, and a few that are right: python3 tests/tools/hostile.py OUTDIR

OUTDIR/valid/*.gguf   the tiny model in several types, whole and split, and strange files that are right
OUTDIR/bad/*.gguf     hostile files
OUTDIR/index.json     [{files, attacks, expect}]: "accept" loads and answers, "refuse" gives one clear line,
                      "survive" may do either; none crashes, hangs, or leaves the engine unusable

The same bytes on every run; Python's standard library only.
"""

import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import hostile_head  # noqa: E402
import hostile_model  # noqa: E402
import hostile_text  # noqa: E402
from gguf_writer import split, tiny_model  # noqa: E402


def valid():
    for kind in ("F32", "Q8_0", "Q4_0", "Q4_1"):
        yield {f"tiny-{kind.lower()}": tiny_model(kind)}
    first, second = split(tiny_model(), 10)
    yield {"tiny-split-00001-of-00002": first, "tiny-split-00002-of-00002": second}
    old = tiny_model()
    old.version = 2
    yield {"tiny-v2": old}


def hostile():
    for part in (hostile_head, hostile_model, hostile_text):
        for generator in part.GENERATORS:
            for name, file, attacks, expect in generator():
                yield {f"{generator.__name__}-{name}": file}, attacks, expect


def all_entries():
    for files in valid():
        yield files, "nothing", hostile_head.ACCEPT
    yield from hostile()


def path_of(name, expect):
    folder = "valid" if expect == hostile_head.ACCEPT else "bad"
    return f"{folder}/{re.sub(r'[^A-Za-z0-9._+-]', '_', name)[:100]}.gguf"


def main(out):
    index = []
    for folder in ("valid", "bad"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for files, attacks, expect in all_entries():
        for name, file in files.items():
            (out / path_of(name, expect)).write_bytes(file if isinstance(file, bytes) else file.encode())
        index.append({"files": [path_of(name, expect) for name in files], "attacks": attacks, "expect": expect})
    paths = [path for entry in index for path in entry["files"]]
    assert len(set(paths)) == len(paths), "two files of one name"
    (out / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    print(f"{len(paths)} files in {out}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
