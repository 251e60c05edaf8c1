"""The strings of the tokenizer's goldens: (bytes, whether special tokens are read). See make.py."""

import random
import unicodedata2 as u

WORDS = """it's It'S IT'S don't DON'T we'll WE'LL they've I'm you'd you're 'twas ''' 's 'S 'ſ it'ſ o'clock rock'n'roll ’s d'être l'LL 'LLama 'lL x'reY
'VE 'vE 're' 'Re 'm 'M 'd 'D 'ta 'TEa 1's 1'S _'s 日's é'll""".split()
SENTENCES = """The quick brown fox jumps over the lazy dog.
  Leading blanks, trailing blanks   
Numbers: 0 1 12 123 1234 12345 123456 1234567 3.14159 1,000,000 1e-9 0xDEADBEEF 1_000 ٠١٢٣ ०१२३ ４５６ ½ ¾ ² ³ Ⅻ ① 一二三 12abc34 v2.0.1
for (int i = 0; i < n; i++) { sum += a[i] * b[i]; }  // dot product
def f(x):\\n\\treturn {k: v for k, v in x.items() if v is not None}\\n\\n\\nclass A(B): pass
<div class="x" id='y'>&amp;&nbsp;<br/></div><!-- comment -->
https://user:pass@example.com:8080/a/b%20c?q=1&r=%E4%BD%A0#frag mailto:a.b+c@d.co ftp://[::1]/
SELECT * FROM t WHERE a >= 10 AND b LIKE '%x_' ORDER BY 1 DESC; -- done
{"key": [1, 2.5, -3e10, null, true], "s": "a\\\\n\\\\u0041"}
C:\\\\Windows\\\\System32 /usr/local/bin ../.. ~/.bashrc $HOME ${x} `cmd` $(cmd) && || ;; |& 2>&1
Grüße aus Österreich, naïve café, façade, Ærøskøbing, ĳsselmeer, Dvořák, Łódź, ŞİŞLİ ışık
Привет, как дела? Українська мова: ґанок, їжак. Ђорђе. Ёлка
Γειά σου Κόσμε! Ὦ ξεῖν’, ἀγγέλλειν Λακεδαιμονίοις
שלום עולם! מַה שְׁלוֹמְךָ? ״ציטוט״
مرحبا بالعالم! كيفَ حالُك؟ ١٢٣٬٤٥٦ پارسی ‌می‌خواهم
नमस्ते दुनिया। क्षत्रिय ज्ञान श्रीमान् हिन्दी में १२३
বাংলা ভাষা আমার। தமிழ் மொழி తెలుగు ಕನ್ನಡ മലയാളം ਪੰਜਾਬੀ ગુજરાતી සිංහල
สวัสดีชาวโลก ภาษาไทยไม่มีเว้นวรรค กำลังทำน้ำ ๑๒๓ ລາວ ភាសាខ្មែរ မြန်မာ
你好，世界！今天天气怎么样？我是一个人工智能助手。「引用」『书名』《标题》……——
日本語のテキスト、カタカナとひらがな。ｶﾀｶﾅ ㈱ ㍿ 々〆ヶ ｈｅｌｌｏ １２３ ～ー
안녕하세요 세계! 한국어 문장입니다. 각 ㄱㅏ 가 각
ქართული ენა Հայերեն ᏣᎳᎩ አማርኛ ⴰⵎⴰⵣⵉⵖ ᠮᠣᠩᠭᠣᠯ བོད་སྐད།
Tiếng Việt: Việt Nam đất nước con người, Việt NFD
👍 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪🇫🇷🇯🇵 1️⃣ #️⃣ ❤️ ❤ ☺︎ 🧑🏿‍🚀 🤷🏻‍♀️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇺 😀😃😄 ™️ ©®
∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β → (γ ∨ δ) ≠ ∅ ∑∏∫√∞ ≤≥±×÷ 𝕳𝖊𝖑𝖑𝖔 𝐀𝐁 ℵ₀ x² y₁ ½¼ €£¥₿ ‰ № §¶†‡•…‹›«»
¡Hola! ¿Qué tal? –—―‐‑ ‘single’ “double” „low“ ‚x‘ ´`¨ ˇ˘ ← ↑ → ↓ ⇒ ■□▲△●○ ★☆ ♠♣♥♦ ♪♫ ✓✗
camelCase PascalCase SCREAMING_CASE kebab-case snake_case XMLHttpRequest iPhone15Pro HTML5 MP3s ABCdefGHI aBCDe ÀÉîÕü ǅabc ǲ ʰello
# Title\\n\\n* item\\n* **bold** _it_ `code`\\n\\n```c\\nint x;\\n```\\n\\n> quote\\n\\n1. one\\n2. two\\n| a | b |\\n|---|---|\\n
\\r\\n\\r\\nDOS\\r\\nlines\\r\\n \\r \\n\\r x\\n \\n  \\n   y\\n\\t\\n\\t z \\x0b \\x0c \\x85 \\u2028 \\u2029 end
fi ﬁ ﬀ ﬄ ŉ ß ẞ İ ı K Å Ω ſt ﬅ Ǆ 豈 更 車 辶 ︒ ｡ ㎏ ㍍ ⼀
a\\u0300\\u0301\\u0327b e\\u0301 e\\u0302\\u0301 A\\u030a \\u1e9b\\u0323 \\u0344 \\u0958 \\u2126 \\u212b \\ufb1d \\u0d4a \\u1100\\u1161\\u11a8 \\uac00\\u11a8 q\\u0307\\u0323 q\\u0323\\u0307
\\u200b\\u200c\\u200d\\u2060\\ufeff\\u00ad\\u202ertl\\u202c\\u2066x\\u2069 \\ue000 \\ufffd \\ufffe \\uffff \\U000e0041 \\U0010ffff \\u0378 \\ud7a4
H\\u0336e\\u0336l\\u0335l\\u0334o\\u0337 Z\\u0351\\u036b\\u0343a\\u0307\\u0306\\u0314lgo\\u0322\\u0328\\u0335\\u0337""".split("\n")
ATOMS = ["a", "Ab", "AB", "aB", "x", "the", "word", "é", "e\u0301", "É", "中", "中国", "ひ", "カ", "한", "\u1112\u1161\u11ab", "ก็", "สวัสดี", "नमस्ते", "ा", "ш", "Ж",
         "ǅ", "ʰ", "ﬁ", "ß", "ا", "١", "7", "12", "345", "6789", "½", "²", "Ⅻ", "４", ",", ".", "...", "!", "?!", "(", ")", "[", "]", "$", "+", "=", "<", ">", "^", "~",
         "|", "`", "#", "@", "&", "*", "%", "_", "-", "—", "“", "”", "。", "，", "、", "！", "…", "۔", "।", "'", "''", "'s", "'S", "'ſ", "'t", "'RE", "'ll", "'lL", "'x", '"', "\\", "/",
         "//", "/\n", ":", ";", " ", " ", " ", "  ", "   ", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "\t\t", "\v", "\f", "\x1c", "\x85", "\xa0", "\u3000", "\u2028", "\u2003",
         "\u200b", "\u200d", "\ufeff", "\ufffd", "\0", "\x01", "\x7f", "\x80", "\xad", "🙂", "👍🏽", "🇩🇪", "❤️", "\u0301", "\u0327", "\u0323", "\u093c", "\u3099", "か\u3099",
         "\u2126", "豈", "\ue000", "\U000e0041", "𝕳", "€", "©", "´", "¨", "²³", "µ", "ℂ", "Ω", "K", "ª"]


def texts(rng, special):
    """Strings that are UTF-8."""
    yield ""
    for s in SENTENCES:
        yield unescape(s)
    for w in WORDS:
        yield from (w, "a" + w, w + "b", " " + w + " ", "A" + w.upper())
    for c in range(128):
        yield f"{chr(c)}x{chr(c)}{chr(c)} {chr(c)}"
    for a in range(0x80, 0x250, 16):
        yield "".join(map(chr, range(a, a + 16)))
    white = "\t\n\v\f\r \x1c\x85\xa0\u1680\u2000\u2007\u200a\u2028\u2029\u202f\u205f\u3000\u180e"
    for a in white:
        yield from (a, a * 2, a * 3 + "x", f"x{a}", f"x{a}y", f"x{a}{a}y", f" {a} y", f"{a}\n{a}1", f".{a}", f"1{a}2")
    for n in range(1, 40):
        yield from (" " * n + "x", "\n" * n, "7" * n, "=" * n, "ab" * n, "é" * n)
    for _ in range(1100):
        yield "".join(rng.choice(ATOMS) for _ in range(rng.randint(2, 9)))
    yield from unicode_texts(rng)
    for n, s in ((1000, "a"), (700, " "), (300, "中"), (400, "xyz"), (300, "0"), (250, "\n"), (200, "👍"), (250, "e\u0301"), (300, "\u0301\u0327"), (150, "Aa"), (99, " '")):
        yield s * n
        yield "q" + s * n + "."
    for s in special[:8]:
        yield from (s, s[1:], s[:-1], f"a{s}b", f" {s} ", s + s, s[:3] + s, f"{s}\n{s[:-1]}", s.upper())
    yield from ("<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\n", "<<|im_end|>>", "<|im_<|im_end|>end|>", "<|im_end|><|im_end|", "x<repo_name>y<reponame>")


def unescape(s):
    out, i = "", 0
    while i < len(s):
        if s[i] == "\\" and s[i + 1] in "nrtxuU\\":
            n = {"x": 2, "u": 4, "U": 8}.get(s[i + 1], 0)
            out += chr(int(s[i + 2 : i + 2 + n], 16)) if n else {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[s[i + 1]]
            i += 2 + n
        else:
            out += s[i]
            i += 1
    return out


def unicode_texts(rng):
    """Code points of every kind: what decomposes, marks, assigned ones, any."""
    scalar = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    assigned = [c for c in scalar if u.category(chr(c)) not in ("Cn", "Co") and not 0x3400 <= c < 0xA000 and not 0x17000 <= c < 0x19000 and not 0x20000 <= c < 0x33000]
    decomposing = [c for c in assigned if u.decomposition(chr(c)) and u.decomposition(chr(c))[0] != "<"]
    for i in range(0, len(decomposing), 24):
        part = decomposing[i : i + 24]
        yield "".join(chr(c) if k % 3 == 0 else u.normalize("NFD", chr(c)) for k, c in enumerate(part))
    marks = [c for c in scalar if u.combining(chr(c))]
    for _ in range(60):
        yield "".join(chr(rng.choice(marks if rng.random() < 0.7 else assigned)) for _ in range(12))
    for _ in range(40):
        a, b = rng.choice(assigned), rng.choice(assigned)
        yield u.normalize("NFD", chr(rng.randrange(0xAC00, 0xD7A4)) + chr(a) + chr(rng.randrange(0xAC00, 0xD7A4)) + chr(b))
    for _ in range(220):
        start = rng.choice(assigned)
        yield "".join(chr(rng.choice(scalar if rng.random() < 0.05 else assigned) if rng.random() < 0.4 else min(start + rng.randrange(30), 0xD7FF) if start < 0xD800 else start) for _ in range(10))
    for _ in range(120):
        yield "".join(chr(rng.choice(scalar)) for _ in range(6))
    for c in (0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF):
        yield f"a{chr(c)}b{chr(c)}{chr(c)}"


def broken(rng):
    """Strings that are not UTF-8."""
    fixed = [b"\xff", b"\x80", b"\xc3", b"a\xc3", b"\xc3(", b"\xe4\xbd", b"\xe4\xbd x", b"\xf0\x9f\x98", b"\xf0\x9f\x98a", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf",
             b"\xe0\x80\xaf", b"\xfe\xff", b"ab\xffcd", b"it\x80's", b" \xff \xff", b"\xff\xff\xff1", b"e\xcc", b"\xcc\x81\xcc", b"caf\xe9 au lait", b"\x93quoted\x94", b"<|im_\xffend|>"]
    yield from fixed
    for _ in range(80):
        yield bytes(rng.randrange(256) for _ in range(rng.randint(1, 24)))
    for _ in range(80):
        s = bytearray("".join(rng.choice(ATOMS) for _ in range(6)).encode())
        for _ in range(rng.randint(1, 3)):
            k = rng.randrange(len(s))
            if rng.random() < 0.5: s[k] = rng.randrange(256)
            else: del s[k]
            if not s: s = bytearray(b"\xe4")
        yield bytes(s)


def cases(special):
    """[(bytes, read special tokens)], without repetitions."""
    rng = random.Random(20240601)
    plain = [s.encode() for s in texts(rng, special)] + list(broken(rng))
    both = [(s, False) for s in plain] + [(s, True) for s in plain if b"<" in s and b"\xff" not in s]
    return list(dict.fromkeys(both))
