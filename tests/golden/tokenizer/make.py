"""Writes the tokenizer's goldens from the reference implementation, the tokenizers and transformers packages.

    pip install -r requirements.txt && python make.py MODEL.gguf [out folder]
    python make.py MODEL.gguf show ROW NUMBER     what a row makes of the string of that number

Vocabulary and merges are the model's own (SmolLM2-135M-Instruct); what differs between the rows is the published definition
of normalizer, pre-tokenizer and ignore_merges. Files:
    strings.bin  each string: 1 if its special tokens are read, else 0 (8 bits), length (16), bytes
    ids.bin      for the model's own tokenizer, each string: number of ids (16), ids (16 each)
    hashes.txt   for each row its name and, for each string, FNV-1a of its ids folded to 16 bits, in hexadecimal
Text that is not UTF-8 the packages cannot take: there the cuts are theirs for the text with U+FFFD in place of each maximal
subpart, and the pieces between them, as bytes, go through their BPE.
"""

import struct
import sys
from pathlib import Path

from gguf import GGUFReader
from strings import cases
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers.pre_tokenizers import ByteLevel, Digits, Punctuation, Sequence, Split
from transformers import PreTrainedTokenizerFast

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
BAILING = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
SEED = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
ENDING = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
CASED = r"[^\r\n\p{L}\p{N}]?%s*%s+%s|[^\r\n\p{L}\p{N}]?%s+%s*%s|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TEKKEN = CASED % (UPPER, LOWER, "", UPPER, LOWER, "", "")
O200K = CASED % (UPPER, LOWER, ENDING, UPPER, LOWER, ENDING, "{1,3}")
DEEPSEEK3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Cased letters, in code points: spelled out, some would not survive an editor that normalizes.
LETTERS = """41-5a 61-7a b5 c0-d6 d8-f6 f8-1ba 1bc-1bf 1c4-293 295-2af 370-373 376 377 37b-37d 37f 386 388-38a 38c 38e-3a1 3a3-3f5 3f7-481
48a-52f 531-556 10a0-10c5 13a0-13f5 13f8-13fd 1c90-1cba 1cbd-1cbf 1d00-1d2b 1d6b-1d77 1d79-1d9a 1e00-1f15 1f18-1f1d 1f20-1f45
1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fbc 1fbe 1fc2-1fc4 1fc6-1fcc 1fd0-1fd3 1fd6-1fdb 1fe0-1fec 1ff2-1ff4
1ff6-1ffc 2102 2107 210a-2113 2115 2119-211d 2124 2126 2128 212a-212d 212f-2134 2139 213c-213f 2145-2149 214e 2183 2184 2c00-2c7b
2c7e-2ce4 2ceb-2cee 2cf2 2cf3 a640-a66d a680-a69b a722-a76f a771-a787 a78b-a78e ab70-abbf fb00-fb06 fb13-fb17 ff21-ff3a ff41-ff5a
10400-1044f 104b0-104d3 104d8-104fb 10c80-10cb2 10cc0-10cf2 118a0-118df 1e900-1e943"""
LETTERS = r"\s?[" + "".join("-".join(chr(int(c, 16)) for c in r.split("-")) for r in LETTERS.split()) + "]+"
PUNCT = r"\s?[!-/:-~！-／：-～‘-‟　-。]+"
CJK = "[一-龥ࠀ-一가-퟿]+"
BLOOM = r" ?[^(\s|.,!?…。，、।۔،)]+"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
NFC = normalizers.NFC()


def split(*patterns):
    return [p if not isinstance(p, str) else Split(Regex(p), "isolated") for p in patterns]


REGEX = ByteLevel(add_prefix_space=False, use_regex=True)
PLAIN = ByteLevel(add_prefix_space=False, use_regex=False)
DIGITS = Digits(individual_digits=True)

# Name of tokenizer.ggml.pre: pre-tokenizers, normalizer, ignore_merges.
ROWS = {
    "smollm": ([DIGITS, REGEX], None, False),
    "gpt-2": ([REGEX], None, False),
    "mpt": ([REGEX], NFC, False),
    "command-r": ([DIGITS, REGEX], NFC, False),
    "llama-bpe": (split(LLAMA3, PLAIN), None, True),
    "dbrx": (split(LLAMA3, PLAIN), None, False),
    "qwen2": (split(QWEN2, PLAIN), NFC, False),
    "stablelm2": (split(QWEN2, PLAIN), None, False),
    "qwen35": (split(QWEN35, PLAIN), NFC, False),
    "bailingmoe": (split(BAILING, PLAIN), None, False),
    "seed-coder": (split(SEED, PLAIN), None, False),
    "ufakzeka": (split(QWEN2.split("|", 7)[7], PLAIN), None, False),
    "tekken": (split(TEKKEN, PLAIN), None, True),
    "gpt-4o": (split(O200K, PLAIN), None, False),
    "deepseek-v3": (split(r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK3, PLAIN), None, False),
    "deepseek-coder": (split(r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", CJK, DIGITS, PLAIN), None, False),
    "deepseek-llm": (split(r"[\r\n]", LETTERS, PUNCT, r"\s+$", CJK, DIGITS, PLAIN), None, False),
    "falcon": (split(Punctuation("contiguous"), GPT2, "[0-9][0-9][0-9]", PLAIN), None, False),
    "bloom": (split(BLOOM, PLAIN), None, False),
    "viking": (split(BLOOM, DIGITS, PLAIN), None, False),
    "default": (split(r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]", PLAIN), None, False),
}


def char_of_byte():
    """GPT-2's stand-ins; tokenizers has them for the bytes that occur in UTF-8."""
    same = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [b for b in range(256) if b not in same]
    return {b: chr(b) for b in same} | {b: chr(256 + i) for i, b in enumerate(rest)}


CHAR_OF_BYTE = char_of_byte()


class Row:
    def __init__(self, vocab, merges, special, pre, normalizer, ignore_merges):
        self.t = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=ignore_merges))
        if normalizer: self.t.normalizer = normalizer
        self.t.pre_tokenizer = Sequence(pre)
        self.t.decoder = decoders.ByteLevel()
        self.t.add_special_tokens([AddedToken(s, normalized=False, special=True) for s in special])
    def encode(self, text, specials):
        try:
            self.t.encode_special_tokens = not specials
            return self.t.encode(text.decode(), add_special_tokens=False).ids
        except UnicodeDecodeError:
            return self.encode_broken(text)

    def encode_broken(self, text):
        """What is not UTF-8, without special tokens."""
        marked = text.decode("utf-8", "replace")
        parts = iter(subparts(text))
        if self.t.normalizer: marked = self.t.normalizer.normalize_str(marked)
        chars = [next(parts) if c == "\ufffd" else c.encode() for c in marked]
        ids = []
        for _, (a, b) in self.t.pre_tokenizer.pre_tokenize_str(marked):
            piece = "".join(CHAR_OF_BYTE[x] for x in b"".join(chars[a:b]))
            ids += [t.id for t in self.t.model.tokenize(piece)]
        return ids


def subparts(text):
    """The bytes behind each U+FFFD of text.decode('utf-8', 'replace')."""
    out, at = [], 0
    while at < len(text):
        for n in range(1, 5):
            c = text[at : at + n].decode("utf-8", "replace")
            if len(c) == 1 and (c != "\ufffd" or text[at : at + n] == b"\xef\xbf\xbd"): break
        else:
            # The longest beginning of a code point that the decoder takes together.
            n = max(k for k in range(1, 5) if at + k <= len(text) and text[at : at + k].decode("utf-8", "replace") == "\ufffd")
        if c == "\ufffd" or len(c) != 1: out.append(text[at : at + n])
        at += n
    return out


def fnv(ids):
    h = 0x811C9DC5
    for i in ids:
        for b in struct.pack("<I", i): h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return (h >> 16 ^ h) & 0xFFFF


def main():
    fields = GGUFReader(sys.argv[1]).fields
    get = lambda key: fields["tokenizer.ggml." + key].contents()
    tokens, types = get("tokens"), get("token_type")
    vocab = {t: i for i, t in enumerate(tokens)}
    merges = [tuple(m.split(" ")) for m in get("merges")]
    special = [t for t, kind in zip(tokens, types) if kind == 3]
    strings = cases(special)
    row = lambda name: Row(vocab, merges, special, *ROWS[name])
    if sys.argv[2:3] == ["show"]:
        text, specials = strings[int(sys.argv[4])]
        print(text, [(i, tokens[i]) for i in row(sys.argv[3]).encode(text, specials)])
        return
    out = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parent)
    own = row("smollm")
    ids = [own.encode(s, x) for s, x in strings]
    fast = PreTrainedTokenizerFast(tokenizer_object=own.t)
    for (s, x), i in zip(strings, ids):  # transformers says the same
        if s.decode("utf-8", "replace").encode() == s: assert fast.encode(s.decode(), add_special_tokens=False, split_special_tokens=not x) == i, s
    (out / "strings.bin").write_bytes(b"".join(struct.pack("<BH", x, len(s)) + s for s, x in strings))
    (out / "ids.bin").write_bytes(b"".join(struct.pack(f"<{len(i) + 1}H", len(i), *i) for i in ids))
    with open(out / "hashes.txt", "w") as f:
        for name in ROWS:
            one = row(name)
            print(name, "".join("%04x" % fnv(one.encode(s, x)) for s, x in strings), file=f)
    print(len(strings), "strings,", sum(map(len, ids)), "ids,", len(ROWS), "rows")


main()
