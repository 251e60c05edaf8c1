/* infer/grammar: which texts each language allows, that masks say the same as reading token by token, and that no
 * source is too hard to refuse. */
#include "infer/grammar.h"

#include <stdlib.h>

#include "base/rng.h"
#include "infer/grammar_impl.h"
#include "tiny.h"
#include "tok_model.h"
#include "unit/test.h"

/* A tokenizer of single bytes and its vocabulary. */
typedef struct bytewise {
    buf file;
    gguf *g;
    tokenizer *tok;
    vocab_trie *v;
} bytewise;

static bytewise *one;

static void open_bytewise(bytewise *b) {
    err e = {0};
    uint64_t need;
    *b = (bytewise){0};
    tiny_write(&b->file, &(tiny){.type = TENSOR_Q8_0});
    CHECK_INT(gguf_open(&b->g, buf_view(&b->file), b->file.len, &need, &e), OK);
    CHECK_INT(tok_open(&b->tok, b->g, &e), OK);
    CHECK_INT(vocab_trie_open(&b->v, b->tok, TINY_VOCAB, &e), OK);
}

static void close_bytewise(bytewise *b) {
    vocab_trie_close(b->v);
    tok_close(b->tok);
    gguf_close(b->g);
    buf_clear(&b->file);
}

static int open_format(grammar **g, const vocab_trie *v, const char *text, err *e) {
    const json *j = NULL;
    *e = (err){0};
    *g = NULL;
    CHECK_INT(json_parse(&j, bytes_str(text), e), OK);
    int rc = grammar_open(g, v, j, e);
    json_close(j);
    return rc;
}

/* {"type": ..., ...}: a schema stands for itself, other sources are quoted. */
static int open_source(grammar **g, const char *kind, const char *source, err *e) {
    buf b = {0};
    const char *inner = !strcmp(kind, "json_schema") ? "json_schema\":{\"schema" : kind;
    buf_printf(&b, "{\"type\":\"%s\",\"%s\":", kind, inner);
    if (inner == kind) buf_json_str(&b, bytes_str(source));
    else buf_printf(&b, "%s}", source);
    buf_byte(&b, '}');
    int rc = open_format(g, one->v, (const char *)b.ptr, e);
    buf_clear(&b);
    return rc;
}

static bool may_end(grammar *g) {
    const uint32_t *bits;
    if (grammar_mask(g, &bits, NULL)) return false;
    return bits[0] >> 2 & 1; /* the tiny model's end of a turn */
}

static bool allows(grammar *g, bytes text) {
    ids all = {0};
    grammar_reset(g);
    bool ok = !tok_encode(one->tok, text, false, &all, NULL);
    for (size_t i = 0; ok && i < all.n; i++) ok = !grammar_accept(g, all.id[i], NULL);
    ids_clear(&all);
    return ok && may_end(g);
}

/* good and bad: texts between '|'. */
static void check_texts(const char *kind, const char *source, const char *good, const char *bad) {
    grammar *g;
    err e;
    int rc = open_source(&g, kind, source, &e);
    CHECK_INT(rc, OK);
    if (rc) {
        printf("    %s: %s\n", source, e.text);
        return;
    }
    for (int k = 0; k < 2; k++) {
        const char *at = k ? bad : good;
        while (*at) {
            size_t n = strcspn(at, "|");
            if (allows(g, bytes_of(at, n)) == (k != 0)) {
                printf("    %s: %.*s\n", source, (int)n, at);
                CHECK(k ? !"allowed" : !"not allowed");
            }
            at += n + (at[n] == '|');
        }
    }
    grammar_close(g);
}

static void check_refused(const char *kind, const char *source, int code, const char *why) {
    grammar *g;
    err e;
    CHECK_INT(open_source(&g, kind, source, &e), code);
    CHECK(g == NULL);
    if (!strstr(e.text, why)) printf("    %.200s: \"%s\" without \"%s\"\n", source, e.text, why);
    CHECK(strstr(e.text, why) != NULL);
}

TEST(schemas_by_keyword) {
    static const char *const all[][3] = {
        {"true", "{}|[]|null|1|\"a\"|[1, {\"a\":\n  null}]|-0.5e+9",
         "|nul|[1,]|{\"a\"}|01|'a'|[ ,1]| 1|1 |.5|1.|\"\\a\""},
        {"{\"type\":\"string\"}", "\"\"|\"\\n\\u001f\\\"\"|\"\xc3\xa9\"", "a|\"|\"\n\"|\"\\u0041\"|\"\xc3\""},
        {"{\"type\":[\"boolean\",\"null\"]}", "true|false|null", "1|\"true\"|True"},
        {"{\"type\":\"integer\"}", "0|-1|999999999999999", "1.0|+1|1e3|00|1000000000000000"},
        {"{\"type\":\"number\"}", "0|-1.25|1e5|1E-05", "1.|.1|1e|NaN"},
        {"{\"enum\":[1,\"a\",null,{\"b\":[true]}]}", "1|\"a\"|null|{\"b\": [true]}", "2|a|[]"},
        {"{\"enum\":[1,\"a\",20,3.5],\"type\":\"integer\",\"maximum\":10}", "1", "\"a\"|20|3.5"},
        {"{\"const\":\"x\\\"y\"}", "\"x\\\"y\"", "\"x\"|null"},
        {"{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}", "\"ab\"|\"\\n\xf0\x9f\x98\x80\xc3\xa9\"",
         "\"a\"|\"abcd\"|\"\""},
        {"{\"type\":\"string\",\"maxLength\":100000,\"minLength\":1}", "\"a\"", "\"\""},
        {"{\"type\":\"string\",\"pattern\":\"^a+$\"}", "\"a\"|\"aaa\"", "\"\"|\"ab\"|\"ba\""},
        {"{\"type\":\"string\",\"pattern\":\"b\"}", "\"b\"|\"abc\"", "\"ac\"|\"\""},
        {"{\"type\":\"string\",\"pattern\":\"^a\",\"maxLength\":2}", "\"a\"|\"ab\"", "\"abc\"|\"b\""},
        {"{\"type\":\"string\",\"pattern\":\"^[^a-z]$\"}", "\"\\n\"|\"\\\\\"|\"A\"", "\"a\"|\"AB\""},
        {"{\"type\":\"integer\",\"minimum\":-12,\"maximum\":120}", "-12|-9|0|-0|99|120", "-13|121|1000|-20"},
        {"{\"type\":\"number\",\"exclusiveMinimum\":0.1,\"maximum\":0.35}", "0.11|0.35|0.350|0.2|0.10001",
         "0.1|0.36|0|1|0.351|-0.2"},
        {"{\"type\":\"number\",\"exclusiveMaximum\":0}", "-1|-0.001|-100.5", "0|-0|0.5|-0.0"},
        {"{\"type\":\"integer\",\"multipleOf\":7}", "0|7|-14|700", "1|8|70.5"},
        {"{\"type\":\"number\",\"multipleOf\":0.05}", "0.05|-1.15|3|2.1", "0.01|0.051"},
        {"{\"type\":\"array\",\"items\":{\"type\":\"null\"},\"minItems\":1,\"maxItems\":3}", "[null]|[null,null, null]",
         "[]|[null,null,null,null]|[1]"},
        {"{\"type\":\"array\",\"items\":{\"const\":0},\"minItems\":1000}", "", "[]|[0]|[0,0]"},
        {"{\"type\":\"array\",\"prefixItems\":[{\"const\":1},{\"const\":2}],\"items\":{\"const\":3}}",
         "[]|[1]|[1,2]|[1,2,3,3]", "[2]|[1,3]|[1,2,4]"},
        {"{\"type\":\"array\",\"prefixItems\":[{\"const\":1}],\"items\":false,\"minItems\":1}", "[1]", "[]|[1,1]"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1},\"b\":{\"const\":2}},\"additionalProperties\":"
         "false}",
         "{}|{\"a\":1}|{\"b\": 2}|{\"a\":1, \"b\":2}|{\n  \"a\": 1\n}",
         "{\"b\":2,\"a\":1}|{\"c\":1}|{\"a\":2}|{,}|{\"a\":1,}"},
        {"{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\",\"z\"]}",
         "{\"a\":1,\"z\":[]}|{\"a\":1,\"z\":0,\"q\":2}", "{\"a\":1}|{\"z\":1}|{\"a\":1,\"z\":0,\"a\":2}"},
        {"{\"type\":\"object\",\"additionalProperties\":{\"type\":\"null\"},\"minProperties\":1,\"maxProperties\":2}",
         "{\"a\":null}|{\"a\":null,\"b\":null}", "{}|{\"a\":1}|{\"a\":null,\"b\":null,\"c\":null}"},
        {"{\"type\":\"object\",\"minProperties\":2}", "{\"a\":1,\"bc\":1}", "{}|{\"a\":1}|{\"a\":1,\"a\":1}"},
        {"{\"type\":\"object\",\"patternProperties\":{\"^x\":{\"const\":1}},\"additionalProperties\":{\"const\":2}}",
         "{\"x\":1}|{\"y\":2,\"xx\":1}", "{\"x\":2}|{\"y\":1}"},
        {"{\"type\":\"object\",\"propertyNames\":{\"maxLength\":1}}", "{\"a\":1}|{}", "{\"ab\":1}"},
        {"{\"anyOf\":[{\"const\":\"a\"},{\"type\":\"integer\",\"minimum\":5}]}", "\"a\"|5", "4|\"b\""},
        {"{\"type\":\"string\",\"anyOf\":[{\"minLength\":3},{\"const\":\"a\"}]}", "\"abc\"|\"a\"", "\"ab\"|1"},
        {"{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "\"\"|null", "1"},
        {"{\"oneOf\":[{\"minimum\":3,\"type\":\"integer\"},{\"maximum\":2,\"type\":\"integer\"}]}", "2|3|-9", "2.5"},
        {"{\"allOf\":[{\"type\":\"integer\"},{\"minimum\":3},{\"maximum\":4}]}", "3|4", "2|5|3.5"},
        {"{\"allOf\":[{\"properties\":{\"a\":{\"type\":\"integer\"}}},{\"properties\":{\"a\":{\"minimum\":2}},"
         "\"required\":[\"a\"]}],\"type\":\"object\",\"maxProperties\":1}",
         "{\"a\":2}", "{}|{\"a\":1}|{\"a\":\"\"}"},
        {"{\"$defs\":{\"n/x\":{\"type\":\"null\"}},\"$ref\":\"#/$defs/n~1x\"}", "null", "1"},
        {"{\"$defs\":{\"t\":{\"$anchor\":\"tree\",\"type\":\"array\",\"items\":{\"$ref\":\"#tree\"}}},\"$ref\":\"#"
         "tree\"}",
         "[]|[[],[[]]]", "[1]|[[}"},
        {"{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#\"}},\"additionalProperties\":false}",
         "{}|{\"n\":{\"n\":{}}}", "{\"n\":1}"},
        {"{\"title\":\"x\",\"description\":\"y\",\"default\":1,\"unknown\":[],\"type\":\"null\"}", "null", "1"},
        {"{\"type\":\"string\",\"format\":\"date\"}", "\"2024-02-29\"|\"1999-12-31\"",
         "\"2023-02-29\"|\"1900-02-29\"|\"2024-13-01\"|\"2024-1-1\""},
        {"{\"type\":\"string\",\"format\":\"date-time\"}", "\"2024-02-29T23:59:59Z\"|\"2024-01-01T00:00:00.5+02:00\"",
         "\"2024-01-01\"|\"2024-01-01T24:00:00Z\"|\"2024-01-01T00:00:00\""},
        {"{\"type\":\"string\",\"format\":\"uuid\"}", "\"123e4567-e89b-12d3-a456-426614174000\"", "\"123e4567\"|\"\""},
        {"{\"type\":\"string\",\"format\":\"ipv4\"}", "\"127.0.0.1\"|\"255.255.255.255\"",
         "\"256.0.0.1\"|\"1.2.3\"|\"01.2.3.4\""},
        {"{\"type\":\"string\",\"format\":\"ipv6\"}", "\"::\"|\"::1\"|\"fe80::1:2\"|\"1:2:3:4:5:6:7:8\"",
         "\":\"|\"1::2::3\"|\"12345::\""},
        {"{\"minLength\":1,\"maxLength\":0}", "1|null", "\"\"|\"a\""},
        {"{\"not\":{\"type\":[\"string\",\"integer\"]}}", "1.5|null|[]|{}", "\"a\"|1|1.0|-0"},
        {"{\"type\":[\"string\",\"null\"],\"not\":{\"enum\":[\"a\",\"b\\\"\",null]}}", "\"\"|\"c\"|\"aa\"",
         "\"a\"|\"b\\\"\"|null"},
        {"{\"type\":\"number\",\"not\":{\"multipleOf\":3}}", "1|4.5|-2", "0|3|-6|3.00"},
        {"{\"type\":\"integer\",\"not\":{\"anyOf\":[{\"minimum\":3},{\"const\":0}]}}", "2|1|-4", "0|3|10"},
        {"{\"type\":\"string\",\"not\":{\"pattern\":\"b\"}}", "\"\"|\"ac\"", "\"b\"|\"abc\""},
        {"{\"not\":{\"not\":{\"const\":1}}}", "1", "2|null"},
        {"{\"type\":\"object\",\"if\":{\"properties\":{\"k\":{\"const\":1}},\"required\":[\"k\"]},"
         "\"then\":{\"required\":[\"x\"]},\"else\":{\"maxProperties\":1}}",
         "{\"k\":1,\"x\":0}|{}|{\"k\":2}|{\"y\":2}", "{\"k\":1}|{\"k\":2,\"x\":0}"},
        {"{\"then\":{\"const\":1},\"type\":\"integer\"}", "1|2", "null"},
        {"{\"type\":\"object\",\"dependentRequired\":{\"a\":[\"b\"]},\"additionalProperties\":{\"const\":1},"
         "\"maxProperties\":2}",
         "{}|{\"b\":1}|{\"a\":1,\"b\":1}|{\"c\":1}", "{\"a\":1}|{\"a\":1,\"c\":1}"},
        {"{\"dependentSchemas\":{\"a\":{\"properties\":{\"b\":{\"const\":2}}}},\"type\":\"object\"}",
         "{\"a\":0,\"b\":2}|{\"b\":3}|{\"a\":0}", "{\"a\":0,\"b\":3}"},
        {"{\"type\":\"array\",\"contains\":{\"const\":1}}", "[1]|[0,1,0]|[1,1]", "[]|[0]"},
        {"{\"type\":\"array\",\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":3,\"items\":{\"type\":"
         "\"integer\"},\"maxItems\":4}",
         "[1,1]|[1,0,1]|[1,1,1,2]", "[1]|[1,1,1,1]|[1,\"\",1]|[0,0,0,1,1]"},
        {"{\"type\":\"array\",\"contains\":{\"const\":1},\"minContains\":0,\"maxContains\":1,\"minItems\":1}",
         "[1]|[0]|[0,1,2]", "[]|[1,1]|[0,1,1]"},
        {"{\"type\":\"array\",\"not\":{\"contains\":{\"const\":1}}}", "[]|[0]", "[1]|[0,1]"},
        {"{\"type\":\"array\",\"not\":{\"items\":{\"const\":1}}}", "[0]|[1,0]", "[]|[1,1]"},
        {"{\"type\":\"integer\",\"oneOf\":[{\"minimum\":1},{\"maximum\":2}]}", "0|3|-7", "1|2"},
        {"{\"type\":\"number\",\"oneOf\":[{\"enum\":[1,3]},{\"maximum\":2}]}", "3|0|1.5", "1|2.5"},
        {"{\"type\":\"object\",\"oneOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}],\"additionalProperties\":"
         "{\"const\":1}}",
         "{\"a\":1}|{\"b\":1}|{\"a\":1,\"c\":1}", "{}|{\"a\":1,\"b\":1}|{\"c\":1}"},
        {"{\"type\":\"object\",\"propertyNames\":{\"enum\":[\"a\",\"bb\",3]}}", "{}|{\"a\":1}|{\"bb\":1,\"a\":2}",
         "{\"b\":1}|{\"a\":1,\"c\":2}"},
        {"{\"$id\":\"http://x.org/a/b.json\",\"$defs\":{\"l\":{\"$id\":\"../c/d\",\"type\":\"array\",\"items\":"
         "{\"$ref\":\"#/$defs/y\"},\"$defs\":{\"y\":{\"type\":\"null\"},\"z\":{\"$anchor\":\"q\",\"const\":2}}}},"
         "\"anyOf\":[{\"$ref\":\"/c/d\"},{\"$ref\":\"http://x.org/c/./d#q\"}]}",
         "[null]|[]|2", "[1]|null"},
        {"{\"$ref\":\"urn:x:1#/$defs/"
         "n\",\"$defs\":{\"u\":{\"$id\":\"urn:x:1\",\"$defs\":{\"n\":{\"type\":\"null\"}}}}}",
         "null", "1"},
        {"{\"type\":\"string\",\"format\":\"uri-reference\"}", "\"/a/b?c#d\"|\"http://a.b/\"", "\"a b\"|\"\""},
        {"{\"type\":\"string\",\"format\":\"relative-json-pointer\"}", "\"0#\"|\"1/a\"|\"2\"", "\"/a\"|\"01\""},
        {"{\"type\":\"string\",\"format\":\"email\"}", "\"a.b@example.org\"", "\"a\"|\"a@b\"|\"@b.de\""},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) check_texts("json_schema", all[i][0], all[i][1], all[i][2]);
}

TEST(long_counts_are_counted) {
    grammar *g;
    err e;
    buf text = {0};
    for (int k = 0; k < 2; k++) { /* characters of a string; elements of a list */
        CHECK_INT(open_source(&g, "json_schema",
                              k ? "{\"type\":\"array\",\"items\":{\"const\":0},\"minItems\":1000,\"maxItems\":1002}"
                                : "{\"type\":\"string\",\"minLength\":1000,\"maxLength\":1002}",
                              &e),
                  OK);
        for (int n = 998; n <= 1004; n++) {
            buf_reset(&text);
            buf_byte(&text, k ? '[' : '"');
            for (int i = 0; i < n; i++) buf_str(&text, k && i ? ",0" : "0");
            buf_byte(&text, k ? ']' : '"');
            CHECK_INT(allows(g, buf_view(&text)), n >= 1000 && n <= 1002);
        }
        grammar_close(g);
    }
    CHECK_INT(open_source(&g, "regex", "^(ab?){3,90000}$", &e), OK);
    CHECK(allows(g, bytes_str("aaba")) && !allows(g, bytes_str("aab")));
    grammar_close(g);
    buf_clear(&text);
}

TEST(regular_expressions) {
    static const char *const all[][3] = {
        {"a|bc*", "a|b|bcc", "ab|c|"},
        {"(?:ab){2,3}", "abab|ababab", "ab|abababab"},
        {"[a-c\\d_-]+", "a1|_-", "d|"},
        {"[^\\s]x", "ax|\xc3\xa9x", " x|\nx"},
        {"\\w\\W\\d\\D\\s\\S", "a 1b\tc", "aa1b c"},
        {"^ab$|^(c)$", "ab|c", "a|abc|cc"},
        {"(^a|b)c", "ac|bc", "c"},
        {"\\u00e9\\x41\\u{1F600}\\ud83d\\ude00",
         "\xc3\xa9"
         "A\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
         "e"},
        {"a{0}b?", "|b", "a"},
        {".+?\\.", "a.|...", "a|\n."},
        {"(?<year>\\d{4})", "2024", "24"},
        {"[\\]\\\\^]+", "]|\\|^", "a"},
        {"\\b(a|-)+\\b", "a|a-a|aa|a--a", "-|-a|a-|"},
        {"a\\B.\\b-", "ab-|a1-", "a--|a-|ab"},
        {"(?i:a[b-c\xc3\xa9][^x])z", "aBcz|AC-z|A\xc3\x89qz", "abxz|abXz|abcZ"},
        {"(?s:a.)(?-i:b).", "a\nbc", "a\nb\n"},
        {"(?m:^a$.?^b$)|(?ms:a$.^b)", "a\nb", "ab|b"},
        {"\\p{Lu}\\p{L}+[\\p{N}\\p{Punctuation}]",
         "A\xc3\xa9"
         "9|\xc3\x84"
         "bc!|Zz\xc2\xb2",
         "a\xc3\xa9"
         "9|A9|Ab+"},
        {"\\P{L}[^\\p{gc=Ll}]", "1A|\xe2\x82\xac.", "aA|1a|1\xc3\xa9"},
        {"(a?$)*|b", "|a|b", "aa"},
        {"\xe2\x82\xac[\xc3\xa0-\xc3\xa9]", "\xe2\x82\xac\xc3\xa5", "\xe2\x82\xac"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) check_texts("regex", all[i][0], all[i][1], all[i][2]);
}

TEST(grammars) {
    static const char *const all[][3] = {
        {"root ::= \"yes\" | \"no\"", "yes|no", "y|yesno"},
        {"root ::= (expr \"=\" ws term \"\\n\")+\nexpr ::= term ([-+*/] term)*\nterm ::= ident | num | \"(\" ws expr "
         "\")\" ws\n"
         "ident ::= [a-z] [a-z0-9_]* ws\nnum ::= [0-9]+ ws\nws ::= [ \\t\\n]*",
         "a=1\n|x1 +2*(y)= 3 \n", "a=1|=1\n"},
        {"# a comment\nroot ::= item{2,3} # two or three\nitem ::= \"- \" [^\\n]+ \"\\n\"\n", "- a\n- b\n",
         "- a\n|- \n- b\n"},
        {"root ::= a-b a_c?\na-b ::= [\\x41-\\x43]{1,}\na_c ::= .", "A|ABC\xc3\xa9", "D|"},
        {"root ::= \"[\" (\n  \"x\" |\n  \"y\"\n)* \"]\" \"\\u00e9\"", "[]\xc3\xa9|[xy]\xc3\xa9", "[]|[z]"},
        {"root ::= o\no ::= \"a\" o \"b\" | \"\"", "|ab|aaabbb", "a|abb|ba"},
        {"root ::= s\ns ::= \"a\" s s | \"b\"", "b|abb|aabbabb", "a|ab"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) check_texts("grammar", all[i][0], all[i][1], all[i][2]);
}

TEST(what_is_refused_is_named) {
    check_refused("json_schema", "{\"properties\":{\"a\":{\"items\":{\"unevaluatedItems\":{}}}}}", ERR_UNSUPPORTED,
                  "#/properties/a/items: unevaluatedItems: ");
    check_refused("json_schema", "{\"not\":{\"format\":\"date\"}}", ERR_UNSUPPORTED, "#/not: format: ");
    check_refused("json_schema", "{\"not\":{\"not\":{\"unevaluatedItems\":true}}}", ERR_UNSUPPORTED,
                  "#/not/not: unevaluatedItems");
    check_refused("json_schema", "{\"not\":{}}", ERR_ARGUMENT, "no text fits");
    check_refused("json_schema", "{\"type\":\"array\",\"uniqueItems\":true}", ERR_UNSUPPORTED, "uniqueItems");
    check_refused("json_schema", "{\"$ref\":\"http://example.org/x\"}", ERR_UNSUPPORTED, "$ref");
    check_refused("json_schema", "{\"$ref\":\"#/$defs/x\"}", ERR_ARGUMENT, "$ref");
    check_refused("json_schema", "{\"type\":\"text\"}", ERR_ARGUMENT, "#: type: ");
    check_refused("json_schema", "{\"anyOf\":[{},{\"format\":\"what\"}]}", ERR_UNSUPPORTED, "#/anyOf/1: format: what");
    check_refused("json_schema", "{\"pattern\":\"(?=a)\"}", ERR_UNSUPPORTED, "#: pattern: byte 1");
    check_refused("json_schema", "{\"oneOf\":[{\"format\":\"date\"},{\"pattern\":\"^2\"}]}", ERR_UNSUPPORTED,
                  "branches 0 and 1");
    check_refused("json_schema", "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}", ERR_ARGUMENT, "no text fits");
    check_refused("json_schema", "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
                  ERR_ARGUMENT, "never ends");
    check_refused("json_schema", "[]", ERR_ARGUMENT, "a schema is needed");
    check_refused("regex", "(a", ERR_ARGUMENT, "regex: byte 2: )");
    check_refused("regex", "(a)\\1", ERR_UNSUPPORTED, "back-references");
    check_refused("regex", "\\p{Script=Greek}", ERR_UNSUPPORTED, "general categories");
    check_refused("regex", "(?i:\xce\xb1)", ERR_UNSUPPORTED, "flag i");
    check_refused("regex", "a)", ERR_ARGUMENT, ") without (");
    check_refused("regex", "+a", ERR_ARGUMENT, "byte 0");
    check_refused("regex", "a{3,2}", ERR_ARGUMENT, "out of order");
    check_refused("regex", "[b-a]", ERR_ARGUMENT, "out of order");
    check_refused("grammar", "root ::= root \"a\" | \"a\"", ERR_UNSUPPORTED, "left-recursive");
    check_refused("grammar", "root ::= x? root \"a\" | \"a\"\nx ::= \"x\"", ERR_UNSUPPORTED, "left-recursive");
    check_refused("grammar", "root ::= missing", ERR_ARGUMENT, "the rule missing is not defined");
    check_refused("grammar", "a ::= \"a\"", ERR_ARGUMENT, "root");
    check_refused("grammar", "root ::= \"a\"\n\nroot ::= \"b\"", ERR_ARGUMENT, "line 3");
    check_refused("grammar", "root ::= <think>", ERR_UNSUPPORTED, "tokens");
}

TEST(hostile_sources_are_refused_or_read) {
    grammar *g;
    err e;
    buf b = {0};
    check_refused("regex", "(a|b)*a(a|b){40}", ERR_TOO_LONG, "states"); /* 2^40 states */
    check_refused("json_schema", "{\"pattern\":\"(a|b)*a(a|b){90}\"}", ERR_TOO_LONG, "states");
    check_refused("regex", "((((a{1000}){1000}){1000}){1000}){1000}b{9999999}", ERR_TOO_LONG, "repetitions");
    for (int i = 0; i < 5000; i++) buf_byte(&b, '(');
    check_refused("regex", (const char *)b.ptr, ERR_TOO_LONG, "nested");
    buf_reset(&b);
    for (int i = 0; i < 1000000; i++) buf_byte(&b, (uint8_t)("abc"[i % 3])); /* more states than there may be */
    check_refused("regex", (const char *)b.ptr, ERR_TOO_LONG, "too long");
    buf_reset(&b);
    buf_str(&b, "root ::= ");
    for (int i = 0; i < 5000; i++) buf_str(&b, "(\"a\" ");
    check_refused("grammar", (const char *)b.ptr, ERR_TOO_LONG, "nested");
    buf_reset(&b);
    for (int i = 0; i < 9000; i++) buf_printf(&b, i ? "r%d ::= \"a\" r%d\n" : "root ::= \"a\" r1 %.0d%.0d\n", i, i + 1);
    check_refused("grammar", (const char *)b.ptr, ERR_TOO_LONG, "rules");
    /* 2^20 ways to read 20 letters are few configurations */
    CHECK_INT(open_source(&g, "grammar", "root ::= s{1,20}\ns ::= \"a\" | \"a\" | t\nt ::= \"a\" | \"a\" \"a\"?", &e),
              OK);
    CHECK(allows(g, bytes_str("aaaaaaaaaaaaaaaaaaaa")));
    grammar_close(g);
    CHECK_INT(open_source(&g, "regex", "((((a{1,1000}){1,1000}){1,1000}){1,1000}){1,1000}", &e), OK);
    int rc = OK;
    for (int i = 0; i < 3000 && !rc; i++) rc = grammar_accept(g, 3 + 'a', &e); /* either is bounded */
    CHECK(rc == OK || rc == ERR_TOO_LONG);
    grammar_close(g);
    buf_clear(&b);
}

/* The mask, token by token. */
static void check_mask(grammar *g, const tokenizer *tok, uint32_t n_vocab) {
    const uint32_t *bits;
    err e = {0};
    uint32_t *copy = mem_array(n_vocab / 32 + 1, sizeof *copy), n_wrong = 0;
    CHECK_INT(grammar_mask(g, &bits, &e), OK);
    memcpy(copy, bits, (n_vocab + 31) / 32 * sizeof *copy);
    for (uint32_t id = 0; id < n_vocab; id++) {
        if (tok_is_end(tok, (int)id)) continue;
        size_t want = grammar_allows(g, &(int32_t){(int32_t)id}, 1);
        n_wrong += want != (copy[id / 32] >> (id % 32) & 1);
    }
    CHECK_INT(n_wrong, 0);
    mem_free(copy);
}

TEST(masks_are_what_can_be_read) {
    static const struct {
        const char *format, *text;
    } all[] = {
        {"{\"type\":\"json_object\"}", "{\"key\": [1, \"two \\n words\", {\"a\":\ntrue}], \"x\": \"\xc3\xa9\"}"},
        {"{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\",\"maxLength\":30}}}",
         "\"the quick brown fox\""},
        {"{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\",\"minLength\":5,\"maxLength\":300}"
         "}}",
         "\"the quick\""},
        {"{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{\"name\":{"
         "\"type\":\"string\"},\"n\":{\"type\":\"array\","
         "\"items\":{\"type\":\"integer\"},\"maxItems\":3}},\"required\":[\"name\"]}}}",
         "{\"name\": \"Ann\", \"n\": [1, 22]}"},
        {"{\"type\":\"regex\",\"regex\":\".*\"}", "anything at all"},
        {"{\"type\":\"regex\",\"regex\":\"([a-z ]{3,9}, )*end\"}", "one two, end"},
        {"{\"type\":\"grammar\",\"grammar\":\"root ::= \\\"(\\\" root \\\")\\\" | [a-z]+\"}", "((abc))"},
    };
    tok_model m;
    err e;
    if (!tok_model_read(&m)) {
        CHECK(!"the model is needed");
        return;
    }
    tokenizer *tok = tok_model_open(&m, NULL);
    vocab_trie *v = NULL;
    uint32_t n_vocab = (uint32_t)tok_count(tok);
    CHECK_INT(vocab_trie_open(&v, tok, n_vocab, &e), OK);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        grammar *g;
        ids text = {0};
        CHECK_INT(open_format(&g, v, all[i].format, &e), OK);
        CHECK_INT(tok_encode(tok, bytes_str(all[i].text), false, &text, &e), OK);
        check_mask(g, tok, n_vocab);
        for (size_t k = 0; k < text.n; k++) {
            int rc = grammar_accept(g, text.id[k], &e);
            CHECK_INT(rc, OK);
            if (k % 3 == 0 || k + 2 > text.n) check_mask(g, tok, n_vocab);
        }
        ids_clear(&text);
        grammar_close(g);
    }
    vocab_trie_close(v);
    tok_close(tok);
    tok_model_clear(&m);
}

TEST(what_must_come_is_known) {
    grammar *g;
    err e;
    ids out = {0};
    CHECK_INT(open_source(&g, "json_schema", "{\"const\":\"the thing\"}", &e), OK);
    CHECK_INT(grammar_forced(g, &out, &e), OK);
    buf text = {0};
    for (size_t i = 0; i < out.n; i++) tok_decode(one->tok, out.id[i], false, &text);
    CHECK_BYTES(buf_view(&text), "\"the thing\""); /* to its end, since nothing follows */
    CHECK_INT(grammar_allows(g, out.id, out.n), out.n);
    CHECK(out.n < text.len); /* with the tokenizer's own tokens, "the" and "in" */
    for (size_t i = 0; i < out.n; i++) CHECK_INT(grammar_accept(g, out.id[i], &e), OK);
    CHECK(grammar_ended(g));
    out.n = 0;
    CHECK_INT(grammar_forced(g, &out, &e), OK);
    CHECK_INT(out.n, 0);
    grammar_close(g);
    ids_clear(&out);
    buf_clear(&text);
}

TEST(the_end_is_the_only_way_on_at_the_end) {
    grammar *g;
    err e;
    const uint32_t *bits;
    CHECK_INT(open_source(&g, "json_schema", "{\"type\":\"object\",\"additionalProperties\":false}", &e), OK);
    CHECK(!grammar_ended(g) && !may_end(g));
    CHECK(allows(g, bytes_str("{}")));
    CHECK(grammar_ended(g));
    CHECK_INT(grammar_mask(g, &bits, &e), OK);
    int n = 0;
    for (int id = 0; id < TINY_VOCAB; id++) {
        bool set = bits[id / 32] >> (id % 32) & 1;
        CHECK_INT(set, tok_is_end(one->tok, id));
        n += set;
    }
    CHECK(n > 0);
    CHECK_INT(grammar_accept(g, TINY_VOCAB - 1, &e), ERR_ARGUMENT);
    CHECK_INT(grammar_accept(g, -1, &e), ERR_ARGUMENT);
    CHECK_INT(grammar_accept(g, 1 << 30, &e), ERR_ARGUMENT);
    grammar_close(g);
}

/* Everything is forgotten again and again; what follows stays the same. */
TEST(forgetting_changes_nothing) {
    static const char text[] = "{\"a\":[[1,{\"b\":\"c\"}],\"d\"],\"e\":{}}";
    net t;
    table linked;
    walker *w = NULL, *other = NULL;
    err e = {0};
    uint32_t root = NONE;
    CHECK_INT(net_init(&t, &e), OK);
    CHECK_INT(schema_read(&t, NULL, one->v->present, &root, &e), OK);
    CHECK_INT(table_link(&linked, &t, root, one->v->present, &e), OK);
    CHECK_INT(walker_open(&w, &linked, 8, &e), OK);
    CHECK_INT(walker_open(&other, &linked, 8, &e), OK);
    uint32_t at = walker_start(w), same = walker_start(other);
    for (size_t i = 0; text[i]; i++) {
        at = walker_step(w, at, (uint8_t)text[i]);
        same = walker_step(other, same, (uint8_t)text[i]);
        CHECK(at != CONFIG_DEAD && same != CONFIG_DEAD);
        CHECK_INT(walker_forget(w, &at, &e), OK);
        for (int b = 0; b < 256; b++)
            CHECK_INT(walker_step(w, at, (uint8_t)b) == CONFIG_DEAD,
                      walker_step(other, same, (uint8_t)b) == CONFIG_DEAD);
        CHECK_INT(walker_accepts(w, at), walker_accepts(other, same));
    }
    CHECK(walker_ends(w, at) && walker_accepts(w, at));
    CHECK(walker_count(w) < walker_count(other));
    walker_close(w);
    walker_close(other);
    table_clear(&linked);
    net_clear(&t);
}

/* Opens, masks and moves; the status. */
static int use(const char *format) {
    vocab_trie *v = NULL;
    grammar *g = NULL;
    const json *j = NULL;
    const uint32_t *bits;
    ids out = {0};
    err e = {0};
    int rc = vocab_trie_open(&v, one->tok, TINY_VOCAB, &e);
    if (!rc) rc = json_parse(&j, bytes_str(format), &e);
    if (!rc) rc = grammar_open(&g, v, j, &e);
    for (int i = 0; i < 12 && !rc && !grammar_ended(g); i++) {
        rc = grammar_mask(g, &bits, &e);
        int32_t id = 0;
        while (!rc && id < TINY_VOCAB - 1 && !(bits[id / 32] >> (id % 32) & 1)) id++;
        if (!rc) rc = grammar_accept(g, id, &e);
        if (!rc) rc = grammar_forced(g, &out, &e);
    }
    ids_clear(&out);
    grammar_close(g);
    vocab_trie_close(v);
    if (j) json_close(j);
    return rc;
}

TEST(memory_may_run_out_anywhere) {
    static const char *const all[] = {
        "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":"
        "\"string\",\"pattern\":\"^x\",\"maxLength\":4},"
        "\"b\":{\"enum\":[1,\"x\"]},\"c\":{\"oneOf\":[{\"type\":\"integer\",\"minimum\":3},{\"type\":\"array\","
        "\"maxItems\":200}]}},"
        "\"required\":[\"b\"],\"minProperties\":2,\"patternProperties\":{\"^y\":{\"multipleOf\":3}}}}}",
        "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"$id\":\"http://a/"
        "b\",\"$ref\":\"c#x\",\"$defs\":{\"c\":{"
        "\"$id\":\"c\",\"$anchor\":\"x\",\"not\":{\"enum\":[\"q\",2]},\"if\":{\"type\":\"array\"},\"then\":{"
        "\"contains\":"
        "{\"const\":1}},\"dependentRequired\":{\"a\":[\"b\"]},\"oneOf\":[{\"minimum\":2},{\"maximum\":4}]}}}}}",
        "{\"type\":\"regex\",\"regex\":\"(a[b-d]{2,900}|^x$)*\"}",
        "{\"type\":\"grammar\",\"grammar\":\"root ::= a b* | [^x]\\na ::= \\\"q\\\" root?\\nb ::= .{3,}\"}",
    };
    unsigned long before = mem_live();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int rc = ERR_MEMORY;
        CHECK_INT(use(all[i]), OK);
        for (unsigned long n = 1; rc == ERR_MEMORY && n < 100000; n += n < 200 ? 1 : 1 + n / 50) {
            mem_fail_at(n);
            rc = use(all[i]);
            mem_fail_at(0);
            CHECK_INT(mem_live(), before);
            CHECK(rc == OK || rc == ERR_MEMORY);
        }
        CHECK_INT(rc, OK);
    }
}

int main(void) {
    bytewise b;
    open_bytewise(&b);
    one = &b;
    RUN(schemas_by_keyword);
    RUN(long_counts_are_counted);
    RUN(regular_expressions);
    RUN(grammars);
    RUN(what_is_refused_is_named);
    RUN(hostile_sources_are_refused_or_read);
    RUN(masks_are_what_can_be_read);
    RUN(what_must_come_is_known);
    RUN(the_end_is_the_only_way_on_at_the_end);
    RUN(forgetting_changes_nothing);
    RUN(memory_may_run_out_anywhere);
    close_bytewise(&b);
    return test_end("grammar");
}
