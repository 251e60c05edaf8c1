"""Hostile files, second part: right as GGUF, wrong as a model.

Each generator yields (name, file, what it attacks, expectation), as in hostile_head.py.
"""

import struct

from gguf_writer import (
    ARRAY,
    BOOL,
    F32,
    F64,
    I8,
    I32,
    I64,
    STRING,
    U8,
    U16,
    U32,
    U64,
    TOKENS,
    Gguf,
    Tensor,
    array,
    split,
    tiny_model,
)
from hostile_head import ACCEPT, REFUSE, SURVIVE, TINY

NAN, INF = float("nan"), float("inf")
SIZES = ["block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count"]
SIZES += ["attention.head_count_kv", "rope.dimension_count"]


def value(key):
    return struct.unpack("<I", TINY.key(key).data)[0]


def sizes():
    """Every whole number of the shape, as nothing, as another type, as another number."""
    for short in SIZES:
        key = f"llama.{short}"
        true = value(key)
        optional = short in ("attention.head_count_kv", "rope.dimension_count")
        missing = ACCEPT if short == "rope.dimension_count" else REFUSE
        yield f"{short}-missing", TINY.copy().drop(key), "a size that is not there", missing
        others = [
            (STRING, str(true), "string"),
            (F32, float(true), "f32"),
            (F64, float(true), "f64"),
            (BOOL, 1, "bool"),
        ]
        others += [
            (I8, -1, "i8"),
            (I32, -true, "i32"),
            (I64, -(2**63), "i64"),
            (U64, 2**32 + true, "mod-2-32"),
            (U64, 2**64 - 1, "u64"),
        ]
        for kind, v, name in others:
            yield f"{short}-{name}", TINY.copy().set(key, kind, v), "a size of another type", REFUSE
        nested = array(U32, [true] * 2)
        yield f"{short}-array", TINY.copy().set(key, ARRAY, nested), "a size for each layer", REFUSE
        for v in (0, 2**31, 2**32 - 1):
            yield f"{short}-{v:x}", TINY.copy().set(key, U32, v), "#2247, #26051: a size of 0, or huge", REFUSE
        harmless = short in ("context_length",) or optional
        for v in (true - 1, true + 1, true * 2):
            yield f"{short}-{v}", TINY.copy().set(key, U32, v), "a size that fits nothing else", (
                SURVIVE if harmless else REFUSE
            )
        yield f"{short}-right-i32", TINY.copy().set(key, I32, true), "the right size in another integer type", ACCEPT
    for v in (513, 1024, 1025, 65535):
        yield f"block_count-{v}", TINY.copy().set(
            "llama.block_count", U32, v
        ), "#25821, #25513: more layers than an array has", REFUSE
    for v in (3, 5, 64, 512, 1025):
        yield f"heads-{v}", TINY.copy().set(
            "llama.attention.head_count", U32, v
        ), "#2247: heads that do not divide", REFUSE
    for v in (3, 8, 512):
        yield f"heads-kv-{v}", TINY.copy().set(
            "llama.attention.head_count_kv", U32, v
        ), "key heads that do not divide", REFUSE
    for v in (7, 18, 64):
        yield f"rope-dim-{v}", TINY.copy().set(
            "llama.rope.dimension_count", U32, v
        ), "more rotated values than a head has", REFUSE
    for key in ("attention.key_length", "attention.value_length"):
        for v in (0, 1, 8, 15, 2**16, 2**32 - 1):
            yield f"{key}-{v:x}", TINY.copy().set(f"llama.{key}", U32, v), "another head size", REFUSE


def numbers():
    """Floats that configure arithmetic."""
    for short in ("attention.layer_norm_rms_epsilon", "rope.freq_base"):
        key = f"llama.{short}"
        for v in (NAN, INF, -INF, 0.0, -1.0, 3e38, 1e-45):
            yield f"{short}-{v}", TINY.copy().set(key, F32, v), "a number that is not finite, or senseless", REFUSE
        yield f"{short}-string", TINY.copy().set(key, STRING, "1e-5"), "a number as a text", REFUSE
        yield f"{short}-u32", TINY.copy().set(key, U32, 1), "a number as an integer", REFUSE
        yield f"{short}-f64-huge", TINY.copy().set(key, F64, 1e300), "infinite as float32", REFUSE
    yield "epsilon-missing", TINY.copy().drop("llama.attention.layer_norm_rms_epsilon"), "no epsilon", REFUSE
    for v in (NAN, INF, 0.0, -2.0):
        g = TINY.copy().set("llama.rope.scaling.type", STRING, "linear").set("llama.rope.scaling.factor", F32, v)
        yield f"rope-factor-{v}", g, "positions divided by 0 or NaN", REFUSE
    g = TINY.copy().set("llama.rope.scaling.type", STRING, "no such thing")
    yield "rope-type", g, "an unknown scaling", REFUSE
    g = TINY.copy().set("llama.rope.scaling.type", STRING, "yarn").set("llama.rope.scaling.factor", F32, 4.0)
    yield "yarn-context-0", g.set(
        "llama.rope.scaling.original_context_length", U32, 0
    ), "YaRN of a context of 0", REFUSE
    yield "experts", TINY.copy().set("llama.expert_count", U32, 2**32 - 1), "experts without end", REFUSE


def architecture():
    key = "general.architecture"
    yield "arch-missing", TINY.copy().drop(key), "no architecture", REFUSE
    yield "arch-u32", TINY.copy().set(key, U32, 1), "an architecture that is a number", REFUSE
    yield "arch-array", TINY.copy().set(key, ARRAY, array(STRING, ["llama"])), "an architecture that is a list", REFUSE
    for name in ("", "Llama", "llama\0", "clip", "%n%n%n", "<script>alert(1)</script>", "x" * (1 << 20)):
        yield f"arch-{len(name)}-{name[:1].encode().hex()}", TINY.copy().set(
            key, STRING, name
        ), "an unknown architecture", REFUSE


def weights():
    for t in TINY.tensors[:10] + TINY.tensors[-1:]:
        name = t.name.decode()
        yield f"without-{name}", TINY.copy().drop(name), "a missing tensor", REFUSE
        short = TINY.copy()
        s = short.tensor(name)
        s.dims = [s.dims[0] // 2, *s.dims[1:]]
        yield f"narrow-{name}", short, "a tensor of another shape", REFUSE
        wide = TINY.copy()
        w = wide.tensor(name)
        w.dims, w.data = [*w.dims[:-1], w.dims[-1] + 32], w.data + w.data[: len(w.data) // w.dims[-1] * 32]
        yield f"wide-{name}", wide, "a tensor of another shape", REFUSE
        more = TINY.copy()
        more.tensor(name).dims.append(1)
        yield f"one-more-dim-{name}", more, "a shape with a 1 behind it", SURVIVE
    turned = TINY.copy()
    turned.tensor("blk.1.ffn_down.weight").dims.reverse()
    yield "turned", turned, "a matrix with its dimensions exchanged", REFUSE
    extra = TINY.copy()
    extra.tensors.append(Tensor(b"blk.7.attn_q.weight", [64], 0, bytes(256)))
    yield "layer-too-many", extra, "a tensor of a layer that is not there", SURVIVE
    for name in (
        "blk.-1.attn_q.weight",
        "blk.4294967296.attn_q.weight",
        "blk.99999999999999999999.attn_q.weight",
        "blk..attn_q.weight",
    ):
        g = TINY.copy()
        g.tensors.append(Tensor(name.encode(), [64], 0, bytes(256)))
        yield f"layer-{name}", g, "a layer's number that wraps or is none", SURVIVE
    for name in ("output_norm.weight", "blk.0.attn_norm.weight"):
        g = TINY.copy()
        g.tensor(name).kind, g.tensor(name).data = 8, g.tensor(name).data[:68]
        yield f"quantised-{name}", g, "a quantised vector", SURVIVE


def poison():
    """NaN and infinity at the beginning, in the middle and at the end of weights."""
    halves = {"nan": 0x7E00, "snan": 0x7C01, "inf": 0x7C00, "minus-inf": 0xFC00}
    singles = {"nan": 0x7FC00000, "snan": 0xFF800001, "inf": 0x7F800000, "minus-inf": 0xFF800000}
    for kind, block, places in (("Q4_1", 20, (0, 2)), ("Q8_0", 34, (0,)), ("Q4_0", 18, (0,)), ("F32", 4, (0,))):
        base = TINY if kind == "Q4_1" else tiny_model(kind)
        bits, form = (singles, "<I") if kind == "F32" else (halves, "<H")
        for what, number in bits.items():
            for i, (name, place) in enumerate(
                (n, p) for n in ("token_embd.weight", "blk.1.ffn_down.weight") for p in places
            ):
                g = base.copy()
                t = g.tensor(name)
                n_blocks = len(t.data) // block
                at = [0, n_blocks // 2, n_blocks - 1][(i + len(what)) % 3] * block + place
                width = struct.calcsize(form)
                t.data = t.data[:at] + struct.pack(form, number) + t.data[at + width :]
                yield f"{kind}-{what}-{i}", g, "a scale or weight that is not finite", REFUSE
    for name in ("output_norm.weight", "blk.0.attn_norm.weight"):
        for what, number in singles.items():
            g = TINY.copy()
            g.tensor(name).data = g.tensor(name).data[:-4] + struct.pack("<I", number)
            yield f"{name}-{what}", g, "a norm's weight that is not finite", REFUSE
    huge = TINY.copy()
    for t in huge.tensors:
        if t.kind == 3:
            t.data = b"".join(b"\xff\x7b\xff\xfb" + t.data[i + 4 : i + 20] for i in range(0, len(t.data), 20))
    yield "scales-65504", huge, "finite scales whose products are not", SURVIVE
    zero = TINY.copy()
    for t in zero.tensors:
        t.data = bytes(len(t.data))
    yield "all-zero", zero, "a model of zeros (foundry-local#906)", SURVIVE


def splits():
    for n, no in ((2, 0), (2, 1), (65535, 0), (257, 0), (3, 5)):
        g = TINY.copy().set("split.count", U16, n).set("split.no", U16, no)
        yield f"split-{no}-of-{n}", g, "a part that says it is not alone", REFUSE
    yield "split-no-9", TINY.copy().set("split.no", U16, 9), "a part's number without a count", REFUSE
    yield "split-0-of-0", TINY.copy().set("split.count", U16, 0).set("split.no", U16, 0), "a model of 0 files", SURVIVE
    for kind, v in ((STRING, "1"), (I32, -1), (F32, 1.0), (U64, 2**32 + 1)):
        yield f"split-count-{kind}", TINY.copy().set("split.count", kind, v), "a count of another type", REFUSE
    for v in (0, len(TINY.tensors) - 1, len(TINY.tensors) + 1, 2**31 - 1):
        yield f"split-tensors-{v}", TINY.copy().set("split.tensors.count", I32, v), "tensors that are not there", REFUSE
    first, second = split(TINY, 10)
    yield "split-first-alone", first, "the first half of a model", REFUSE
    yield "split-second-alone", second, "the second half of a model", REFUSE


def vocabulary_size():
    """The vocabulary against the embedding's rows: #20735, #26690."""
    key = "tokenizer.ggml.tokens"
    for n in (0, 1, 2, 299):
        g = TINY.copy().set(key, ARRAY, array(STRING, TOKENS[:n]))
        yield f"tokens-{n}", g, "fewer tokens than rows; default ids past the end", REFUSE
    for more in (1, 1000, 100_000):
        g = TINY.copy().set(key, ARRAY, array(STRING, TOKENS + [f"more{i}" for i in range(more)]))
        yield f"tokens-{more}-more", g, "more tokens than rows", REFUSE
    for v in (0, 299, 301, 2**31, 2**32 - 1):
        yield f"vocab-size-{v:x}", TINY.copy().set(
            "llama.vocab_size", U32, v
        ), "a vocabulary's size that is wrong", SURVIVE
    yield "tokens-missing", TINY.copy().drop(key), "no tokens", REFUSE
    yield "tokens-string", TINY.copy().set(key, STRING, "abc"), "tokens as one text", REFUSE
    for kind in (U8, I32, F32, U64):
        yield f"tokens-of-{kind}", TINY.copy().set(key, ARRAY, array(kind, [1] * 300)), "tokens as numbers", REFUSE
    nested = struct.pack("<IQ", ARRAY, 300) + array(STRING, []) * 300
    yield "tokens-nested", TINY.copy().set(key, ARRAY, nested), "tokens as lists", REFUSE
    alone = Gguf(keys=TINY.copy().keys)
    yield "vocabulary-alone", alone, "a tokenizer without a model", REFUSE


GENERATORS = [sizes, numbers, architecture, weights, poison, splits, vocabulary_size]
