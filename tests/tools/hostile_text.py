"""Hostile files, third part: tokenizers and chat templates.

Each generator yields (name, file, what it attacks, expectation), as in hostile_head.py.
"""

from gguf_writer import ARRAY, BOOL, F32, I8, I32, I64, MERGES, STRING, TOKENS, U8, U16, U32, U64, array
from hostile_head import REFUSE, SURVIVE, TINY


def with_tokens(change):
    tokens = [t.encode() for t in TOKENS]
    change(tokens)
    return TINY.copy().set("tokenizer.ggml.tokens", ARRAY, array(STRING, tokens))


def tokens():
    def put(i, t):
        return lambda tokens: tokens.__setitem__(i, t)

    yield "token-empty", with_tokens(put(280, b"")), "a token without text", SURVIVE
    yield "token-not-utf8", with_tokens(put(280, b"\xff\xfe\xc3")), "a token that is not UTF-8", SURVIVE
    yield "token-nul", with_tokens(put(280, b"a\0b")), "NUL in a token", SURVIVE
    yield "token-65536", with_tokens(put(280, b"x" * 65536)), "the longest token that is allowed", SURVIVE
    yield "token-65537", with_tokens(put(280, b"x" * 65537)), "one byte longer", REFUSE
    yield "token-4MB", with_tokens(
        put(280, b"x" * (4 << 20))
    ), "CVE-2025-49847: a token's length cast to a narrower type", REFUSE
    yield "token-twice", with_tokens(put(280, TOKENS[100].encode())), "two tokens of one text", SURVIVE
    yield "tokens-all-alike", with_tokens(
        lambda t: t.__setitem__(slice(None), [b"x"] * 300)
    ), "all tokens of one text", SURVIVE
    yield "byte-missing", with_tokens(put(40, b"no byte")), "a byte that no token stands for", SURVIVE
    for b in ("<0x-1>", "<0xGG>", "<0x100>", "<0x>", "<0xFFFFFFFFFFFFFFFFF>"):
        g = with_tokens(put(280, b.encode())).set("tokenizer.ggml.model", STRING, "llama")
        kinds = [6 if i == 280 else 1 for i in range(300)]
        g.set("tokenizer.ggml.token_type", ARRAY, array(I32, kinds))
        g.set("tokenizer.ggml.scores", ARRAY, array(F32, [0.0] * 300))
        yield f"byte-token-{b[1:-1]}", g, "#25969, #27226: a byte token whose number has a sign", SURVIVE
    controls = with_tokens(put(1, b"<|im_start|>" * 5000))
    yield "control-60000", controls, "a control token of 60,000 bytes", SURVIVE


def companions():
    """Arrays beside the tokens: shorter, longer, of narrower types."""
    n = len(TOKENS)
    for key, kind, v in (("token_type", I32, 1), ("scores", F32, 0.0)):
        full = f"tokenizer.ggml.{key}"
        for count in (0, 1, n - 1, n + 1):
            g = TINY.copy().set(full, ARRAY, array(kind, [v] * count))
            yield f"{key}-{count}", g, "#20735, GHSA-g4cc-763q-h9h6: an array shorter than the tokens", SURVIVE
        for other in (U8, I8, U16, U64, STRING, BOOL):
            g = TINY.copy().set(full, ARRAY, array(other, ["1" if other == STRING else 1] * n))
            yield f"{key}-of-{other}", g, "#26690, #25475: elements of a narrower type", SURVIVE
        yield f"{key}-string", TINY.copy().set(full, STRING, "1" * n), "no array at all", SURVIVE
    for v in (-1, 0, 7, 99, 2**31 - 1, -(2**31)):
        g = TINY.copy().set("tokenizer.ggml.token_type", ARRAY, array(I32, [v] * n))
        yield f"token-type-{v}", g, "a kind of token that does not exist", SURVIVE
    yield "token-type-missing", TINY.copy().drop("tokenizer.ggml.token_type"), "no kinds of tokens", SURVIVE
    for v in (float("nan"), float("inf")):
        g = TINY.copy().set("tokenizer.ggml.scores", ARRAY, array(F32, [v] * n))
        yield f"scores-{v}", g, "scores that are not finite", SURVIVE


def merges():
    key = "tokenizer.ggml.merges"
    bad = {
        "no-space": "ab",
        "empty": "",
        "space": " ",
        "left-empty": " b",
        "right-empty": "b ",
        "spaces": "a  b",
        "three": "a b c",
    }
    bad |= {
        "unknown": "qq zz",
        "result-unknown": "z q",
        "not-utf8": b"\xff \xfe",
        "nul": "\0 \0",
        "long": "x" * 60000 + " y",
    }
    for name, merge in bad.items():
        g = TINY.copy().set(key, ARRAY, array(STRING, [*MERGES[:5], merge, *MERGES[5:]]))
        yield f"merge-{name}", g, "#25508, mistral.rs#2225: a merge without a space, or of unknown tokens", SURVIVE
    yield "merges-twice", TINY.copy().set(key, ARRAY, array(STRING, MERGES * 2)), "every merge twice", SURVIVE
    yield "merges-alike", TINY.copy().set(
        key, ARRAY, array(STRING, ["a b"] * 100_000)
    ), "100,000 times the same merge", SURVIVE
    yield "merges-cycle", TINY.copy().set(
        key, ARRAY, array(STRING, ["a a", "aa a", "a aa", "aa aa"])
    ), "merges of their results", SURVIVE
    yield "merges-numbers", TINY.copy().set(key, ARRAY, array(U32, [1] * 41)), "merges as numbers", REFUSE
    yield "merges-string", TINY.copy().set(key, STRING, "a b"), "merges as one text", REFUSE
    yield "merges-none", TINY.copy().set(key, ARRAY, array(STRING, [])), "no merges", SURVIVE
    yield "merges-missing", TINY.copy().drop(key), "no merges", SURVIVE


def specials():
    for name in ("bos", "eos", "unknown", "padding", "eot", "separator", "eom", "fim_pre"):
        key = f"tokenizer.ggml.{name}_token_id"
        for kind, v in (
            (U32, 300),
            (U32, 2**31),
            (U32, 2**32 - 1),
            (I32, -1),
            (I64, -(2**63)),
            (U64, 2**32 + 1),
            (STRING, "2"),
            (F32, 2.0),
        ):
            g = TINY.copy().set(key, kind, v)
            why = "#20735: a special id outside the vocabulary, or of another type"
            yield f"{name}-{kind}-{v}", g, why, (
                REFUSE if name in ("bos", "eos") and kind == U32 and v == 300 else SURVIVE
            )
    gone = TINY.copy()
    for name in ("bos", "eos", "unknown", "padding"):
        gone.drop(f"tokenizer.ggml.{name}_token_id")
    yield "specials-missing", gone, "#20735: default ids unchecked when the key is absent", SURVIVE
    for kind, v in ((U32, 7), (STRING, "yes"), (I32, -1)):
        yield f"add-bos-{kind}", TINY.copy().set(
            "tokenizer.ggml.add_bos_token", kind, v
        ), "a truth value of another type", SURVIVE


def models():
    for v in ("", "llama", "bert", "t5", "rwkv", "plamo2", "no such model", "gpt2\0"):
        g = TINY.copy().set("tokenizer.ggml.model", STRING, v)
        yield f"tokenizer-{len(v)}-{v[:4].encode().hex()}", g, "a tokenizer without what it needs", SURVIVE
    yield "tokenizer-missing", TINY.copy().drop("tokenizer.ggml.model"), "no kind of tokenizer", REFUSE
    yield "tokenizer-u32", TINY.copy().set("tokenizer.ggml.model", U32, 1), "a kind that is a number", REFUSE
    for v in ("", "no such", "llama-bpe\n", "x" * 100_000):
        yield f"pre-{len(v)}", TINY.copy().set("tokenizer.ggml.pre", STRING, v), "an unknown pre-tokenizer", SURVIVE
    yield "pre-u32", TINY.copy().set("tokenizer.ggml.pre", U32, 1), "a pre-tokenizer that is a number", SURVIVE
    for n in (0, 1, 2, 3, 4, 7):
        g = (
            TINY.copy()
            .set("tokenizer.ggml.model", STRING, "t5")
            .set("tokenizer.ggml.scores", ARRAY, array(F32, [0.0] * 300))
        )
        g.set("tokenizer.ggml.precompiled_charsmap", ARRAY, array(U8, [255] * n))
        yield f"charsmap-{n}", g, "GHSA-ppcr-mg43-5hq3, #18750: a normaliser's table of some bytes", SURVIVE


def templates():
    deep = 60_000
    sources = {
        "empty": "",
        "unclosed": "{% for m in messages %}",
        "unclosed-output": "{{ messages",
        "unclosed-comment": "{# ...",
        "unclosed-string": "{{ 'abc }}",
        "no-end": "{% if",
        "unknown": "{% frobnicate %}{{ x|nosuchfilter }}",
        "parentheses": "{{ " + "(" * deep + "1" + ")" * deep + " }}",
        "brackets": "{{ " + "[" * deep + "]" * deep + " }}",
        "open-parentheses": "{{ " + "(" * deep,
        "nots": "{{ " + "not " * deep + "1 }}",
        "minuses": "{{ " + "-" * deep + "1 }}",
        "dots": "{{ messages" + ".x" * deep + " }}",
        "calls": "{{ messages" + "()" * deep + " }}",
        "tildes": "{{ 1" + " ~ 1" * deep + " }}",
        "filters": "{{ 'a'" + "|upper" * deep + " }}",
        "ternaries": "{{ " + "1 if 1 else " * deep + "1 }}",
        "ifs": "{% if 1 %}" * 5000 + "{% endif %}" * 5000,
        "fors": "{% for a in messages %}" * 5000 + "{% endfor %}" * 5000,
        "elifs": "{% if 0 %}" + "{% elif 0 %}" * deep + "{% endif %}",
        "multiply": "{{ 'a' * 10000000000 }}",
        "doubling": "{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
        "range": "{% for i in range(1000000000) %}x{% endfor %}",
        "ranges": "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}x{% endfor %}{% endfor %}{% endfor %}",
        "indent": "{{ messages|tojson(indent=1000000000) }}",
        "replace": "{{ ('a' * 1000)|replace('a', 'a' * 1000)|replace('a', 'a' * 1000)|replace('a', 'a' * 1000) }}",
        "join": "{{ range(100000)|join('x' * 100000) }}",
        "recursion": "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
        "list-in-itself": "{% set a = [] %}{{ a.append(a) }}{{ a }}{{ a|tojson }}",
        "globals": "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "import": "{% import '/etc/passwd' as p %}{% include '/etc/passwd' %}{{ p }}",
        "division": "{{ 1 // 0 }}{{ 1 % 0 }}{{ -9223372036854775808 // -1 }}",
        "numbers": "{{ 99999999999999999999999999 * 99999999999999999999999999 }}{{ 1e999 }}",
        "slices": "{{ messages[::0] }}{{ 'abc'[-9223372036854775808:9223372036854775807:9223372036854775807] }}",
        "raise": "{{ raise_exception('<script>alert(1)</script>\\n\\x1b[2J') }}",
        "same-letters": "x" * 100_000 + "{{ messages[0].content }}",
        "special-tokens": "<|im_start|>" * 5000,
        "2MiB": "x" * (2 << 20),
        "not-utf8": b"{{ '\xff\xfe' }}\xc3",
        "nul": "a\0{{ 'b\0' }}",
    }
    for name, source in sources.items():
        g = TINY.copy().set("tokenizer.chat_template", STRING, source)
        why = "#19085, minijinja#924, CVE-2026-5760: a template that recurses, explodes or breaks out"
        yield f"template-{name}", g, why, SURVIVE
    yield "template-u32", TINY.copy().set("tokenizer.chat_template", U32, 1), "a template that is a number", SURVIVE
    yield "template-array", TINY.copy().set(
        "tokenizer.chat_template", ARRAY, array(STRING, ["x"])
    ), "a template that is a list", SURVIVE
    yield "template-missing", TINY.copy().drop("tokenizer.chat_template"), "no template", SURVIVE


GENERATORS = [tokens, companions, merges, specials, models, templates]
