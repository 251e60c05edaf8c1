"""Writes src/text/unicode_tables.h: the code points that are letters (L*) and numbers (N*), as ranges, from Python's own database.

    python3 tests/tools/unicode_tables.py > src/text/unicode_tables.h
Python 3.11 has Unicode 14; scripts added since then count as neither, as they do in tokenizers of that age.
"""

import sys
import unicodedata


def ranges(first_letter):
    out, start = [], None
    for c in range(0x110000):
        hit = unicodedata.category(chr(c))[0] == first_letter
        if hit and start is None:
            start = c
        if not hit and start is not None:
            out.append((start, c - start))
            start = None
    return out


def deltas(rs):
    """Each range as the distance from the end of the last one and its length, both in base 128, low digit first, high bit = more."""
    data, at = [], 0
    for start, n in rs:
        for v in (start - at, n):
            while v >= 128:
                data.append(v % 128 + 128)
                v //= 128
            data.append(v)
        at = start + n
    return data


def table(name, letter):
    rs = ranges(letter)
    data = deltas(rs)
    print(f"/* Category {letter}: {len(rs)} ranges. */\nenum {{ UNICODE_{name.upper()}_RANGES = {len(rs)} }};")
    print(f"static const uint8_t unicode_{name}[{len(data)}] = {{")
    for i in range(0, len(data), 20):
        print("    " + ", ".join(map(str, data[i : i + 20])) + ",")
    print("};")


print(f"/* Made by tests/tools/unicode_tables.py from Unicode {unicodedata.unidata_version}; not to be edited. Read by unicode.c alone. */")
print("/* clang-format off */\n#include <stdint.h>\n")
table("letter", "L")
table("number", "N")
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed: its Unicode version is what the tables are compared with")
