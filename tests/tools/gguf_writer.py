"""Writes GGUF files, right ones and wrong ones, and the tiny model that tests run. Python's standard library only.

A file is a list of keys and a list of tensors; whatever is usually computed (counts, offsets) can be set instead.
"""

import copy
import random
import struct
from dataclasses import dataclass, field

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
SCALARS = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "B", U64: "Q", I64: "q", F64: "d"}

# Tensor types: number, values in a block, bytes of a block.
TENSOR_TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20), "Q8_0": (8, 32, 34)}


def text(s):
    """A string as the format has it: length, bytes."""
    s = s.encode() if isinstance(s, str) else s
    return struct.pack("<Q", len(s)) + s


def scalar(kind, value):
    return text(value) if kind == STRING else struct.pack("<" + SCALARS[kind], value)


def array(kind, values, count=None):
    """An array's type, length and elements; `count` lies about the length."""
    body = b"".join(scalar(kind, v) for v in values)
    return struct.pack("<IQ", kind, len(values) if count is None else count) + body


@dataclass
class Key:
    name: bytes
    kind: int
    data: bytes  # the encoded value

    def encode(self):
        return text(self.name) + struct.pack("<I", self.kind) + self.data


@dataclass
class Tensor:
    name: bytes
    dims: list
    kind: int
    data: bytes
    offset: int | None = None  # None: behind the one before
    n_dims: int | None = None  # None: len(dims)

    def encode(self, offset):
        n = len(self.dims) if self.n_dims is None else self.n_dims
        dims = struct.pack(f"<{len(self.dims)}Q", *self.dims)
        return text(self.name) + struct.pack("<I", n) + dims + struct.pack("<IQ", self.kind, offset)


@dataclass
class Gguf:
    keys: list = field(default_factory=list)
    tensors: list = field(default_factory=list)
    magic: bytes = b"GGUF"
    version: int = 3
    n_keys: int | None = None
    n_tensors: int | None = None
    alignment: int = 32

    def copy(self):
        return copy.deepcopy(self)

    def key(self, name):
        return next(k for k in self.keys if k.name == name.encode())

    def set(self, name, kind, value):
        """Sets a key to a value, or to encoded bytes; adds it where it is absent."""
        data = value if kind == ARRAY else scalar(kind, value)
        try:
            self.key(name).kind, self.key(name).data = kind, data
        except StopIteration:
            self.keys.append(Key(name.encode(), kind, data))
        return self

    def drop(self, name):
        self.keys = [k for k in self.keys if k.name != name.encode()]
        self.tensors = [t for t in self.tensors if t.name != name.encode()]
        return self

    def tensor(self, name):
        return next(t for t in self.tensors if t.name == name.encode())

    def pad(self, n):
        return -n % self.alignment

    def pieces(self):
        """The file as (what, bytes), in order: their borders are where truncation hurts."""
        n_tensors = len(self.tensors) if self.n_tensors is None else self.n_tensors
        n_keys = len(self.keys) if self.n_keys is None else self.n_keys
        yield "magic", self.magic
        yield "version", struct.pack("<I", self.version)
        yield "n_tensors", struct.pack("<Q", n_tensors)
        yield "n_keys", struct.pack("<Q", n_keys)
        head = 24
        for k in self.keys:
            name, kind = text(k.name), struct.pack("<I", k.kind)
            head += len(name) + 4 + len(k.data)
            yield from ((k.name + b" length", name[:8]), (k.name, name[8:]), (k.name + b" type", kind))
            yield k.name + b" value", k.data
        offset = 0
        for t in self.tensors:
            info = t.encode(offset if t.offset is None else t.offset)
            head += len(info)
            yield t.name + b" info", info
            offset += len(t.data) + self.pad(len(t.data))
        yield "padding", bytes(self.pad(head))
        for t in self.tensors:
            yield t.name + b" data", t.data + bytes(self.pad(len(t.data)))

    def encode(self):
        return b"".join(piece for _, piece in self.pieces())


# ---- The tiny model ----

N_LAYER, N_EMBD, N_HEAD, N_HEAD_KV, N_FF, N_CTX = 2, 64, 4, 2, 128, 256
CONTROLS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = """Ġ t|Ġ a|h e|i n|r e|o n|e r|Ġt he|a t|Ġ s|Ġ o|e n|Ġ w|Ġ c|o r|i t|a n|e s|i s|Ġ b|e d|Ġo f|in g|Ġ p|Ġ f|o u|Ġa n|a l
a r|Ġt o|Ġ m|Ġ d|Ġ h|Ġan d|Ġ in|l e|i c|l l|a s|e l|l o""".replace(
    "\n", "|"
).split(
    "|"
)
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def byte_letters():
    """GPT-2's printable letter for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(b if b in plain else next(others)) for b in range(256)]


TOKENS = CONTROLS + byte_letters() + [m.replace(" ", "") for m in MERGES]


def blocks(rng, kind, n, scale):
    """n values, uniform in -scale..scale, in a type's blocks."""
    if kind == "F32":
        return struct.pack(f"<{n}f", *(rng.uniform(-scale, scale) for _ in range(n)))
    head = {"Q8_0": struct.pack("<e", scale / 127), "Q4_0": struct.pack("<e", scale / 8)}
    head["Q4_1"] = struct.pack("<2e", scale / 7.5, -scale)
    size = TENSOR_TYPES[kind][2] - len(head[kind])
    return b"".join(head[kind] + rng.randbytes(size) for _ in range(n // 32))


def weight(rng, name, kind, dims, scale):
    n = dims[0] * (dims[1] if len(dims) > 1 else 1)
    data = (
        blocks(rng, kind, n, scale)
        if len(dims) > 1
        else struct.pack(f"<{n}f", *(rng.uniform(0.8, 1.2) for _ in range(n)))
    )
    return Tensor(name.encode(), dims, TENSOR_TYPES[kind if len(dims) > 1 else "F32"][0], data)


def tiny_weights(kind):
    rng = random.Random(7)
    head, kv = N_EMBD, N_EMBD // N_HEAD * N_HEAD_KV
    shapes = {"attn_norm": [N_EMBD], "attn_q": [N_EMBD, head], "attn_k": [N_EMBD, kv], "attn_v": [N_EMBD, kv]}
    shapes |= {
        "attn_output": [head, N_EMBD],
        "ffn_norm": [N_EMBD],
        "ffn_gate": [N_EMBD, N_FF],
        "ffn_up": [N_EMBD, N_FF],
    }
    shapes |= {"ffn_down": [N_FF, N_EMBD]}
    yield weight(rng, "token_embd.weight", kind, [N_EMBD, len(TOKENS)], 1.0)
    for layer in range(N_LAYER):
        for name, dims in shapes.items():
            yield weight(rng, f"blk.{layer}.{name}.weight", kind, dims, 0.25)
    yield weight(rng, "output_norm.weight", kind, [N_EMBD], 1.0)


def tiny_model(kind="Q4_1"):
    """A llama of 100,000 random weights with a byte-level vocabulary and ChatML; `kind` is the type of its matrices."""
    g = Gguf(tensors=list(tiny_weights(kind)))
    g.set("general.architecture", STRING, "llama").set("general.name", STRING, "tiny")
    g.set("llama.block_count", U32, N_LAYER).set("llama.context_length", U32, N_CTX)
    g.set("llama.embedding_length", U32, N_EMBD).set("llama.feed_forward_length", U32, N_FF)
    g.set("llama.attention.head_count", U32, N_HEAD).set("llama.attention.head_count_kv", U32, N_HEAD_KV)
    g.set("llama.attention.layer_norm_rms_epsilon", F32, 1e-5).set("llama.rope.freq_base", F32, 10000.0)
    g.set("llama.rope.dimension_count", U32, N_EMBD // N_HEAD).set("llama.vocab_size", U32, len(TOKENS))
    g.set("tokenizer.ggml.model", STRING, "gpt2").set("tokenizer.ggml.pre", STRING, "smollm")
    g.set("tokenizer.ggml.tokens", ARRAY, array(STRING, TOKENS))
    g.set("tokenizer.ggml.token_type", ARRAY, array(I32, [3 if t in CONTROLS else 1 for t in TOKENS]))
    g.set("tokenizer.ggml.merges", ARRAY, array(STRING, MERGES))
    g.set("tokenizer.ggml.bos_token_id", U32, 1).set("tokenizer.ggml.eos_token_id", U32, 2)
    g.set("tokenizer.ggml.unknown_token_id", U32, 0).set("tokenizer.ggml.padding_token_id", U32, 2)
    g.set("tokenizer.ggml.add_bos_token", BOOL, False).set("tokenizer.chat_template", STRING, CHATML)
    return g


def split(g, n_first):
    """The model as two files, the first with n_first tensors."""
    first = g.copy().set("split.no", U16, 0).set("split.count", U16, 2).set("split.tensors.count", I32, len(g.tensors))
    second = Gguf(tensors=g.copy().tensors[n_first:])
    second.set("split.no", U16, 1).set("split.count", U16, 2).set("split.tensors.count", I32, len(g.tensors))
    first.tensors = first.tensors[:n_first]
    return first, second
