"""Hostile files, first part: what contradicts the GGUF format itself.

Each generator yields (name, file, what it attacks, expectation). References are to holes that were found in other
readers: CVE and GHSA numbers; #N is an issue of llama.cpp.
"""

import random
import struct

from gguf_writer import (
    ARRAY,
    BOOL,
    F32,
    F64,
    I32,
    STRING,
    U8,
    U16,
    U32,
    U64,
    Gguf,
    Key,
    Tensor,
    array,
    scalar,
    text,
    tiny_model,
)

ACCEPT, REFUSE, SURVIVE = "accept", "refuse", "survive"
MAX64 = 2**64 - 1
TINY = tiny_model()
WRAPS = [MAX64, MAX64 - 7, 2**63, 2**63 - 1, 2**32]  # lengths and counts that overflow something


def with_key(name, kind, data):
    """The tiny model with one more key in front, so that a reader that goes astray meets the rest."""
    g = TINY.copy()
    g.keys.insert(0, Key(name if isinstance(name, bytes) else name.encode(), kind, data))
    return g


def changed(change):
    g = TINY.copy()
    change(g)
    return g


def not_gguf():
    """What servers and tools leave under a model's name."""
    yield "empty", b"", "no bytes at all", REFUSE
    page = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>"
    yield "html", page, "a web page in place of the model (transformers.js#1187)", REFUSE
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 98362432\n"
    yield "lfs-pointer", pointer, "a Git LFS pointer", REFUSE
    yield "json", b'{"error":"Repository not found"}', "an API's error", REFUSE
    yield "gzip", b"\x1f\x8b\x08" + bytes(60), "compressed", REFUSE
    yield "zip", b"PK\x03\x04" + bytes(60), "an archive", REFUSE
    yield "zeros", bytes(4096), "a file that was reserved but never written (foundry-local#906)", REFUSE
    yield "noise", random.Random(1).randbytes(4096), "random bytes", REFUSE
    for magic in (b"GGML", b"tjgg", b"FUGG", b"gguf", b"GGU\0"):
        yield f"magic-{magic.hex()}", changed(lambda g: setattr(g, "magic", magic)), "magic", REFUSE
    for version in (0, 1, 4, 0x03000000, 0x02000000, 2**32 - 1, 2**16 + 3):
        yield f"version-{version:x}", changed(
            lambda g: setattr(g, "version", version)
        ), "version and byte order", REFUSE


def counts():
    sizes = [16, 24, 32, 40, 48, 56, 64, 72, 88, 96, 112, 368]  # of other readers' structures
    for n in [*WRAPS, 2**31, 2**20, 65536, *(2**64 // s + 1 for s in sizes)]:
        yield f"n-tensors-{n:x}", changed(
            lambda g: setattr(g, "n_tensors", n)
        ), "CVE-2024-21836: n_tensors * sizeof wraps", REFUSE
        yield f"n-keys-{n:x}", changed(lambda g: setattr(g, "n_keys", n)), "CVE-2024-23605: n_kv * sizeof wraps", REFUSE
    for name in ("n_tensors", "n_keys"):
        true = len(TINY.tensors if name == "n_tensors" else TINY.keys)
        wrapped = changed(lambda g: setattr(g, name, 2**32 + true))
        yield f"{name}-mod-2-32", wrapped, "a count that is right modulo 2^32", REFUSE
        for n in (0, true - 1, true + 1):
            yield f"{name}-{n - true:+d}", changed(
                lambda g: setattr(g, name, n)
            ), "a count that is wrong by a little", REFUSE
    header = struct.pack("<4sIQQ", b"GGUF", 3, 1, 0)
    yield "37-bytes", header + text(b"") + b"\0" * 5, "#24884: an empty name, 37 bytes", REFUSE
    zero = header + text(b"t") + struct.pack("<IQIQ", 1, 0, 0, 0)
    yield "65-bytes", zero + bytes(-len(zero) % 65), "GHSA-3p75-pq92-q28f: a dimension of 0 in 65 bytes", REFUSE
    yield "nothing-inside", Gguf(), "no keys, no tensors", REFUSE


def strings():
    for n in [*WRAPS, 2**32 + 3, MAX64 - 15, 2**40]:
        length = struct.pack("<Q", n)
        why = "CVE-2024-23496: length + 1 wraps"
        g = TINY.encode()
        yield f"key-length-{n:x}", g[:24] + length + g[32:], why, REFUSE
        yield f"value-length-{n:x}", with_key("k", STRING, length + b"abc"), why, REFUSE
        yield f"item-length-{n:x}", with_key(
            "k", ARRAY, array(STRING, [], 1) + length + b"abc"
        ), "CVE-2024-21825", REFUSE
    true = len("general.architecture")
    g = TINY.encode()
    yield "key-length-mod-2-32", g[:24] + struct.pack("<Q", 2**32 + true) + g[32:], "right modulo 2^32", REFUSE
    yield "key-empty", with_key("", U32, scalar(U32, 0)), "#24884: an empty key", REFUSE
    yield "key-65535", with_key("k" * 65535, U32, scalar(U32, 0)), "the longest key that is allowed", ACCEPT
    yield "key-65536", with_key("k" * 65536, U32, scalar(U32, 0)), "one byte longer", REFUSE
    yield "key-nul", with_key(b"general.architecture\0x", STRING, text("gpt2")), "NUL in a key", ACCEPT
    yield "key-not-utf8", with_key(b"k\xff\xfe", U32, scalar(U32, 0)), "a key that is not UTF-8", REFUSE
    yield "key-format", with_key("%s%s%s%n%n", 99, b""), "a key as a format string", REFUSE
    yield "key-markup", with_key("<img src=x onerror=alert(1)>", 99, b""), "a key as HTML", REFUSE
    yield "key-escape", with_key("\x1b]0;title\x07\x1b[2J", 99, b""), "a key as terminal codes", REFUSE


def arrays():
    for kind in (U8, U16, U32, U64, F32, F64, BOOL, STRING, ARRAY):
        for n in (MAX64, 2**63, 2**62, 2**61, 2**60, 2**32):
            data = array(kind, [], n) + bytes(16)
            yield f"array-{kind}-{n:x}", with_key("k", ARRAY, data), "CVE-2024-21825, imp#532: n * size wraps", REFUSE
    for kind in (13, 14, 255, 2**31, MAX64 >> 32):
        data = struct.pack("<IQ", kind, 2**60)
        yield f"array-of-{kind:x}", with_key("k", ARRAY, data), "imp#532: elements of no size, 2^60 of them", REFUSE
        yield f"value-of-{kind:x}", with_key("k", kind, bytes(8)), "a value type that does not exist", REFUSE
    inner = array(U8, [1])
    for depth in (1, 100, 100_000):
        data = struct.pack("<IQ", ARRAY, 1) * depth + inner
        yield f"nested-{depth}", with_key("k", ARRAY, data), "recursion: arrays in arrays", ACCEPT
    wide = struct.pack("<IQ", ARRAY, 100_000) + struct.pack("<IQ", U8, 0) * 100_000
    yield "nested-wide", with_key("k", ARRAY, wide), "100,000 arrays in an array", ACCEPT
    bomb = struct.pack("<IQ", ARRAY, 2**40) * 50
    yield "nested-bomb", with_key("k", ARRAY, bomb), "2^40 arrays of 2^40 arrays of ...", REFUSE
    for value in (2, 255):
        yield f"bool-{value}", with_key("k", BOOL, bytes([value])), "a truth value that is none", REFUSE


def many():
    """Quadratic work on the number of entries."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    short = [a + b + c + d for a in letters[:6] for b in letters for c in letters for d in letters]
    for n in (60_000, 300_000):
        g = TINY.copy()
        g.keys += [Key(k.encode(), U8, b"\0") for k in short[:n]]
        yield f"{n}-keys", g, "quadratic search for duplicates", ACCEPT if n < 65_000 else REFUSE
    g = TINY.copy()
    g.keys += [Key(k.encode() * 250, U8, b"\0") for k in short[:4000]]
    yield "4000-long-keys", g, "quadratic search, slow comparisons", ACCEPT
    g = TINY.copy()
    last = g.tensors[-1]
    g.tensors += [Tensor(k.encode(), [8], 0, b"", offset=len(g.encode())) for k in short[:100_000]]
    yield "100000-tensors", g, "quadratic search for duplicates among tensors", REFUSE
    g = TINY.copy()
    g.tensors += [Tensor(k.encode(), [8], 0, last.data[:32]) for k in short[:20_000]]
    yield "20000-tensors", g, "many tensors that no model has", SURVIVE


def duplicates():
    for name in ("general.architecture", "llama.block_count", "tokenizer.ggml.tokens"):
        again = TINY.key(name)
        yield f"twice-{name}", with_key(name, again.kind, again.data), "#6905: a key twice", REFUSE
    yield "twice-other-type", with_key(
        "llama.block_count", STRING, text("2")
    ), "#6905: a key twice, of two types", REFUSE
    for t in (TINY.tensors[0], TINY.tensors[3]):
        g = TINY.copy()
        g.tensors.append(t)
        yield f"twice-{t.name.decode()}", g, "#6905: a tensor twice", REFUSE


def alignment():
    for a in (0, 1, 3, 4, 24, 31, 33, 131072, 2**31, 2**32 - 1):
        yield f"alignment-{a:x}", with_key(
            "general.alignment", U32, scalar(U32, a)
        ), "#25596: alignment 0 or no power of two", REFUSE
    wrong = {
        "u64": (U64, 32),
        "i32": (I32, -32),
        "f32": (F32, 32.0),
        "string": (STRING, "32"),
        "bool": (BOOL, 1),
        "u8": (U8, 32),
    }
    for name, (kind, value) in wrong.items():
        yield f"alignment-{name}", with_key(
            "general.alignment", kind, scalar(kind, value)
        ), "#25596: alignment of another type", REFUSE
    yield "alignment-array", with_key(
        "general.alignment", ARRAY, array(U32, [32])
    ), "#25596: alignment as an array", REFUSE
    right = TINY.copy().set("general.alignment", U32, 64)
    yield "alignment-not-used", right, "alignment 64 announced, 32 used", REFUSE
    right = right.copy()
    right.alignment = 64
    yield "alignment-64", right, "another alignment, and right", ACCEPT


def tensors():
    def first(label, why, **values):
        g = TINY.copy()
        for field, value in values.items():
            setattr(g.tensors[1], field, value)
        return label, g, why, REFUSE

    for n in (0, 5, 8, 255, 2**16, 2**31, 2**32 - 1):
        yield first(f"n-dims-{n:x}", "gguf-tools#25, openvino.genai#4170: n_dims past a fixed array", n_dims=n)
    yield first("5-dims", "five dimensions that are all there", dims=[64, 1, 1, 1, 1])
    for i in range(4):
        dims = [64, 1, 1, 1]
        dims[i] = 0
        yield first(f"zero-dim-{i}", "#8816, ggml#1517: a dimension of 0", dims=dims)
    big = [
        [2**63 - 1, 2],
        [2**32, 2**32],
        [2**62, 4],
        [2**63, 2],
        [MAX64, MAX64],
        [2**33, 2**31],
        [2**40],
        [2**61],
        [2**31, 2**31, 4],
    ]
    for dims in big:
        name = "x".join(f"{d:x}" for d in dims)
        yield first(f"dims-{name}", "CVE-2024-21802, CVE-2026-33298, #27203: the dimensions' product wraps", dims=dims)
    yield first("size-mod-2-32", "a size that is right modulo 2^32", dims=[64 + 2**30])
    yield first("size-minus-16", "#26318: PAD(2^64 - 16) is 0", dims=[2**62 - 4])
    for kind in [4, 5, 9, *range(16, 20), *range(21, 30), *range(31, 41), 100, 255, 2**31, 2**32 - 1]:
        yield first(f"type-{kind:x}", "CVE-2026-27940: a tensor type that is none, or negative", kind=kind)
    yield first("blocks-broken", "a row that is not whole blocks", kind=3, dims=[48])
    yield first("wider-type", "ik_llama#2437: the region is smaller than its type needs", kind=0, dims=[64, 40])
    for offset in (MAX64 - 31, 2**63, 2**63 - 32, 2**32, 2**40, MAX64 - 6975, 66368):
        yield first(f"offset-{offset:x}", "CVE-2026-7482: the tensor lies past the file's end", offset=offset)
    true = len(TINY.tensors[0].data)
    yield first("offset-mod-2-32", "an offset that is right modulo 2^32", offset=2**32 + true)
    for odd in (1, 4, 16, 31):
        yield first(f"offset-odd-{odd}", "a tensor that is not aligned", offset=true + odd)
    yield first("offset-same", "two tensors in one place", offset=0)
    yield first("offset-overlap", "two tensors that overlap", offset=true - 32)
    for name in (b"", b"\xff\xfe", b"t" * 65, b"t" * 255, b"t" * 70000):
        yield first(f"name-{len(name)}-{name[:2].hex()}", "a tensor's name", name=name)
    two = TINY.copy()
    two.tensors += [Tensor(b"a", [2**39], 0, b""), Tensor(b"b", [2**39], 0, b"")]
    yield "sum-wraps", two, "CVE-2025-53630: the padded sizes' sum wraps", REFUSE
    table, at = [], 0
    for t in TINY.tensors:
        table.append(t.encode(at))
        at += len(t.data) + TINY.pad(len(t.data))
    backwards = TINY.encode().replace(b"".join(table), b"".join(reversed(table)))
    yield "table-backwards", backwards, "a table in another order, and right", ACCEPT


def truncations():
    whole, at = TINY.encode(), 0
    for what, piece in TINY.pieces():
        name = (what if isinstance(what, str) else what.decode()).replace(" ", "-")
        if at:
            yield f"cut-before-{name}", whole[:at], "a file that ends early", REFUSE
        if len(piece) > 1:
            yield f"cut-inside-{name}", whole[: at + len(piece) // 2], "a file that ends early", REFUSE
        at += len(piece)
    yield "cut-last-byte", whole[:-1], "one byte is missing", REFUSE
    yield "more-bytes", whole + bytes(1000), "bytes after the end", ACCEPT


def flips():
    """Single bytes of the head changed: most are refused, some are harmless, none may hurt."""
    whole = TINY.encode()
    head = len(whole) - sum(len(t.data) for t in TINY.tensors)
    for i in range(60):
        rng = random.Random(i)
        at = rng.choice([rng.randrange(head), rng.randrange(1000), head - rng.randrange(1, 1300)])
        changed_byte = whole[at] ^ rng.choice([1, 2, 16, 64, 128, 255])
        yield f"flip-{i}", whole[:at] + bytes([changed_byte]) + whole[at + 1 :], f"byte {at} changed", SURVIVE


GENERATORS = [not_gguf, counts, strings, arrays, many, duplicates, alignment, tensors, truncations, flips]
