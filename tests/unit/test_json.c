/* base/json: RFC 8259 to the letter, limits, and what is left when memory ends. */
#include "base/json.h"

#include "base/buf.h"
#include "unit/test.h"

/* Writes a tree back, compactly. */
static void print(buf *b, const json *j) {
    const char *open = j->type == JSON_OBJECT ? "{" : "[", *close = j->type == JSON_OBJECT ? "}" : "]";
    switch (j->type) {
    case JSON_NULL:
        buf_str(b, "null");
        return;
    case JSON_BOOL:
        buf_str(b, j->boolean ? "true" : "false");
        return;
    case JSON_NUMBER:
        buf_json_num(b, j->number);
        return;
    case JSON_STRING:
        buf_json_str(b, j->string);
        return;
    default:
        buf_str(b, open);
    }
    size_t n = 0;
    for (const json *i = j->first; i; i = i->next, n++) {
        if (n) buf_byte(b, ',');
        if (j->type == JSON_OBJECT) buf_json_str(b, i->key), buf_byte(b, ':');
        print(b, i);
    }
    buf_str(b, close);
    CHECK_INT(j->count, n);
}

static void check_tree(const char *text, const char *want) {
    const json *j = NULL;
    err e;
    buf b = {0};
    if (json_parse(&j, bytes_str(text), &e)) buf_str(&b, e.text);
    else print(&b, j);
    CHECK_BYTES(buf_view(&b), want);
    json_close(j);
    buf_clear(&b);
}

TEST(accepts) {
    check_tree("null", "null");
    check_tree(" \t\r\n[ ] ", "[]");
    check_tree("{}", "{}");
    check_tree("[1,[2,{\"a\":[]}],true,false,null,\"x\"]", "[1,[2,{\"a\":[]}],true,false,null,\"x\"]");
    check_tree("{ \"a\" : 1 , \"b\" : { \"c\" : \"d\" } }", "{\"a\":1,\"b\":{\"c\":\"d\"}}");
    check_tree("[0,-0,1.5,-2e3,1E+2,1e-2,123456789012345678901234567890]",
               "[0,-0,1.5,-2000,100,0.01,1.2345678901234568e+29]");
    check_tree("[1e-400]", "[0]");
    check_tree("\"\"", "\"\"");
    check_tree("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"a\\\"\\\\/\\b\\f\\n\\r\\t\"");
    check_tree("\"\\u0041\\u00e4\\u20AC\\ud83d\\ude00\"", "\"A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
    check_tree("\"\\ud83d x \\ude00 \\ud83d\\u0041 \\ud83d\\n\"", "\"\xef\xbf\xbd x \xef\xbf\xbd \xef\xbf\xbd"
                                                                  "A \xef\xbf\xbd\\n\"");
    check_tree("\"\\u0041\\ude00 \\ude00\\ude00\"", "\"A\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\"");
    check_tree("\"\\ud83dxude00 \\ud83d\\nde00 \\ud83d\\uffff\"",
               "\"\xef\xbf\xbdxude00 \xef\xbf\xbd\\nde00 \xef\xbf\xbd\xef\xbf\xbf\"");
    check_tree("\"\x7f\xc3\xa4\"", "\"\\u007f\xc3\xa4\"");
    check_tree("{\"\":0}", "{\"\":0}");
}

TEST(refuses) {
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "nullx",
        "True",
        "tru",
        "fals",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "}",
        "{]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "'a'",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u123g\"",
        "\"\\u 123\"",
        "\"\\u-123\"",
        "\"\n\"",
        "\"\t\"",
        "\"\x01\"",
        "01",
        "-",
        "-a",
        "+1",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "0x1",
        "0x10",
        "1a",
        "--1",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "1 1",
        "[] []",
        "[1]x",
        "/**/1",
        "1//",
        "\xef\xbb\xbf[]",
        "\"\xff\"",
        "\"\xed\xa0\x80\"",
        "[\"\xc3\"]",
        "\xc3\xa4",
        "[\"a\",\n4\n,1,",
        "[\"a\"\"b\"]",
        "{\"a\":1 \"b\":2}",
        "[1\f]",
        "\"\\U0041\"",
        "*",
        "infinity",
        "nan",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const json *j = NULL;
        err e;
        int rc = json_parse(&j, bytes_str(bad[i]), &e);
        if (rc != ERR_CORRUPT) printf("    %s\n", bad[i]);
        CHECK_INT(rc, ERR_CORRUPT);
        CHECK(j == NULL);
        json_close(j);
    }
    const json *j = NULL;
    CHECK_INT(json_parse(&j, bytes_of("1\0", 2), NULL), ERR_CORRUPT);
    CHECK_INT(json_parse(&j, bytes_of("\0", 1), NULL), ERR_CORRUPT);
    CHECK_INT(json_parse(&j, bytes_of("\"a\0b\"", 5), NULL), ERR_CORRUPT);
    CHECK_INT(json_parse(&j, bytes_of("[1\0]", 4), NULL), ERR_CORRUPT);
    CHECK_INT(json_parse(&j, (bytes){0, 0}, NULL), ERR_CORRUPT);
}

TEST(says_where) {
    err e;
    const json *j;
    json_parse(&j, bytes_str("[1, 2, }"), &e);
    CHECK_STR(e.text, "JSON, byte 7: a value was expected");
    json_parse(&j, bytes_str("{\"a\" 1}"), &e);
    CHECK_STR(e.text, "JSON, byte 5: ':' was expected");
    json_parse(&j, bytes_str("\"\\u12\""), &e);
    CHECK_STR(e.text, "JSON, byte 2: no such escape");
    json_parse(&j, bytes_str("{\"a\\x\":1}"), &e);
    CHECK_STR(e.text, "JSON, byte 4: no such escape");
}

TEST(depth) {
    char text[2 * (JSON_DEPTH_MAX + 1) + 1] = {0};
    const json *j;
    err e;
    for (int extra = 0; extra < 2; extra++) {
        size_t n = JSON_DEPTH_MAX + (size_t)extra;
        memset(text, '[', n);
        memset(text + n, ']', n);
        int rc = json_parse(&j, bytes_of(text, 2 * n), &e);
        CHECK_INT(rc, extra ? ERR_CORRUPT : OK);
        if (!rc) json_close(j);
    }
    char *deep = mem_grow(NULL, 1 << 20);
    memset(deep, '[', 1 << 20);
    CHECK_INT(json_parse(&j, bytes_of(deep, 1 << 20), &e), ERR_CORRUPT);
    for (size_t i = 0; i + 5 <= 1 << 20; i += 5) memcpy(deep + i, "{\"\":", 5);
    CHECK_INT(json_parse(&j, bytes_of(deep, 1 << 20), &e), ERR_CORRUPT);
    mem_free(deep);
}

TEST(lookups) {
    const json *j;
    char text[] = "{\"n\":3,\"f\":3.0,\"s\":\"x\\u0000y\",\"b\":true,\"o\":{\"k\":1,\"k\":2},\"z\":null,\"a\":[1]}";
    CHECK_INT(json_parse(&j, bytes_str(text), NULL), OK);
    memset(text, '?', sizeof text); /* the text may go */
    CHECK(json_get(j, "n")->integer && !json_get(j, "f")->integer);
    CHECK(json_number(json_get(j, "n"), 0) == 3);
    CHECK(json_number(json_get(j, "s"), 7) == 7);
    CHECK(json_number(NULL, 7) == 7);
    CHECK(json_bool(json_get(j, "b"), false));
    CHECK(json_bool(json_get(j, "none"), true));
    CHECK(!json_bool(json_get(j, "n"), false));
    CHECK(bytes_eq(json_string(json_get(j, "s"), NULL), bytes_of("x\0y", 3)));
    CHECK_BYTES(json_string(json_get(j, "n"), "other"), "other");
    CHECK(json_string(NULL, NULL).ptr == NULL);
    CHECK(json_number(json_get(json_get(j, "o"), "k"), 0) == 2); /* the last one wins */
    CHECK_INT(json_get(j, "o")->count, 2);
    CHECK(json_get(json_get(j, "n"), "k") == NULL);
    CHECK(json_get(json_get(j, "z"), "k") == NULL);
    CHECK(json_get(NULL, "k") == NULL);
    CHECK(json_get(json_get(j, "a"), "") == NULL);
    json_close(j);
}

/* A hundred thousand nodes: blocks of them, in order. */
TEST(many) {
    enum { N = 100000 };
    buf b = {0};
    const json *j;
    for (int i = 0; i < N; i++) buf_printf(&b, "%c%d", i ? ',' : '[', i);
    buf_byte(&b, ']');
    CHECK_INT(json_parse(&j, buf_view(&b), NULL), OK);
    CHECK_INT(j->count, N);
    int n = 0, wrong = 0;
    for (const json *i = j->first; i; i = i->next) wrong += i->number != n++;
    CHECK(n == N && wrong == 0);
    json_close(j);
    buf_clear(&b);
}

#ifdef MEM_FAULTS
TEST(no_memory) {
    static const char text[] = "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,{\"a\":[1,2,\"x\"]}]";
    unsigned long before = mem_live();
    int rc = ERR_MEMORY, n = 0;
    while (rc) {
        const json *j = NULL;
        err e;
        mem_fail_at((unsigned long)++n);
        rc = json_parse(&j, bytes_str(text), &e);
        mem_fail_at(0);
        CHECK(rc == OK || (rc == ERR_MEMORY && j == NULL));
        json_close(j);
        CHECK_INT(mem_live(), before);
    }
    CHECK_INT(n, 5); /* document, text, two blocks: the fifth try passes */
}
#else
TEST(no_memory) { CHECK(true); }
#endif

int main(void) {
    RUN(accepts);
    RUN(refuses);
    RUN(says_where);
    RUN(depth);
    RUN(lookups);
    RUN(many);
    RUN(no_memory);
    return test_end("json");
}
