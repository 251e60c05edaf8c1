/* Chat templates: every construct against jinja2's answers, the templates of published models against
 * @huggingface/jinja's (tests/golden/templates), errors, limits, bytes that are not UTF-8, failing allocations. */
#include <stdlib.h>

#include "base/json.h"
#include "text/template.h"
#include "unit/test.h"

#define GOLDEN "tests/golden/templates/"
static const double now = 1785924000; /* as in make.mjs and crosscheck.py */

/* Renders with `vars`, JSON text, into *out; the status. */
static int render_bytes(bytes source, const char *vars, buf *out, err *e) {
    const json *context = NULL;
    template *t = NULL;
    int rc = json_parse(&context, bytes_str(vars), e);
    if (!rc) rc = template_open(&t, source, e);
    if (!rc) rc = template_render(t, context, now, out, e);
    template_close(t);
    json_close(context);
    return rc;
}

static void check_text(const char *source, const char *vars, const char *want, int line) {
    err e = {0};
    buf out = {0};
    int rc = render_bytes(bytes_str(source), vars, &out, &e);
    test_int(rc, OK, __FILE__, line, rc ? e.text : source);
    if (!rc) test_bytes(buf_view(&out), bytes_str(want), __FILE__, line, source);
    buf_clear(&out);
}

/* `part` must be in the message. */
static void check_error(const char *source, int code, const char *part, int line) {
    err e = {0};
    buf out = {0};
    test_int(render_bytes(bytes_str(source), "{\"l\": [1, 2], \"s\": \"text\", \"d\": {\"k\": 1}}", &out, &e), code,
             __FILE__, line, source);
    if (!strstr(e.text, part)) test_str(e.text, part, __FILE__, line, source);
    buf_clear(&out);
}

#define TEXT(source, want) check_text(source, "{}", want, __LINE__)
#define VARS(source, vars, want) check_text(source, vars, want, __LINE__)
#define FAILS(source, code, part) check_error(source, code, part, __LINE__)

/* ---- golden ---- */

static const json *read_json(bytes *text, const char *path) {
    err e = {0};
    const json *j = NULL;
    *text = test_file(path);
    if (text->ptr && json_parse(&j, *text, &e)) test_report(0, path, 0, e.text);
    return j;
}

/* Whether rendering gives `want`: a string, or an object where any error of the template will do. */
static bool is_wanted(const template *t, const json *context, const json *want, const char *family, bytes name) {
    err e = {0};
    buf out = {0};
    int rc = template_render(t, context, now, &out, &e);
    bool same = want->type == JSON_STRING ? !rc && bytes_eq(buf_view(&out), want->string)
                                          : rc == ERR_ARGUMENT || rc == ERR_UNSUPPORTED;
    if (!same)
        printf("%s, \"%.*s\": %d %s\n", family, (int)name.len, (const char *)name.ptr, rc,
               rc ? e.text : "(text differs)");
    buf_clear(&out);
    return same;
}

struct tally {
    int families, cases, left_out;
};

static void check_family(const char *name, bool bundled, const json *contexts, const json *differences,
                         struct tally *n) {
    char path[200];
    snprintf(path, sizeof path, GOLDEN "%s/%s.jinja", bundled ? "bundled" : "fetched", name);
    FILE *there = bundled ? NULL : fopen(path, "rb");
    if (!bundled && !there) {
        n->left_out++;
        return;
    }
    if (there) fclose(there);
    bytes source = test_file(path), text;
    snprintf(path, sizeof path, GOLDEN "expected/%s.json", name);
    const json *expected = read_json(&text, path);
    err e = {0};
    template *t = NULL;
    test_report(source.ptr && !template_open(&t, source, &e), name, 0, e.text);
    for (const json *want = expected && t ? expected->first : NULL; want; want = want->next) {
        char key[64];
        snprintf(key, sizeof key, "%.*s", (int)want->key.len, (const char *)want->key.ptr);
        const json *instead = json_get(json_get(differences, name), key), *context = json_get(contexts, key);
        CHECK(context && is_wanted(t, context, instead ? instead : want, name, want->key));
        n->cases++;
    }
    n->families++;
    template_close(t);
    json_close(expected);
    mem_free((void *)(uintptr_t)text.ptr);
    mem_free((void *)(uintptr_t)source.ptr);
}

TEST(families) {
    bytes text[3];
    const json *plan = read_json(&text[0], GOLDEN "families.json"),
               *contexts = read_json(&text[1], GOLDEN "contexts.json");
    const json *differences = read_json(&text[2], GOLDEN "differences.json"), *list = json_get(plan, "families");
    struct tally n = {0};
    for (const json *f = list ? list->first : NULL; f; f = f->next) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)f->first->string.len, (const char *)f->first->string.ptr);
        check_family(name, f->first->next->next->string.len > 0, contexts, differences, &n);
    }
    CHECK(n.families >= 35);
    CHECK(n.cases >= 600);
    printf("template: %d families, %d cases", n.families, n.cases);
    if (n.left_out) printf(" (%d families are not here: " GOLDEN "fetch.py gets them)", n.left_out);
    printf("\n");
    json_close(plan);
    json_close(contexts);
    json_close(differences);
    for (int i = 0; i < 3; i++) mem_free((void *)(uintptr_t)text[i].ptr);
}

TEST(snippets) {
    bytes text[2];
    const json *in = read_json(&text[0], GOLDEN "snippets.json"),
               *expected = read_json(&text[1], GOLDEN "snippets_expected.json");
    int n = 0;
    for (const json *pair = expected ? expected->first : NULL; pair; pair = pair->next, n++) {
        err e = {0};
        buf out = {0};
        template *t = NULL;
        const json *want = pair->first->next;
        int rc = template_open(&t, pair->first->string, &e);
        if (!rc) rc = template_render(t, json_get(in, "context"), now, &out, &e);
        bool same = want->type == JSON_STRING ? !rc && bytes_eq(buf_view(&out), want->string) : rc != OK && e.text[0];
        test_report(same, "snippet", n, rc ? e.text : "differs");
        if (!same) printf("    %.*s\n", (int)pair->first->string.len, (const char *)pair->first->string.ptr);
        template_close(t);
        buf_clear(&out);
    }
    CHECK(n > 200);
    json_close(in);
    json_close(expected);
    for (int i = 0; i < 2; i++) mem_free((void *)(uintptr_t)text[i].ptr);
}

/* ---- what the golden data cannot hold ---- */

TEST(line_ends) {
    TEXT("a\r\nb\rc\n", "a\nb\nc");
    TEXT("a\n\n", "a\n");
    TEXT("{% if true %}\r\nx{% endif %}\r\n", "x");
    TEXT("", "");
    TEXT("\n", "");
    TEXT("{{ 'a\r\nb' }}", "a\nb");
}

/* Bytes that are not UTF-8 pass through and count one each. */
TEST(bytes_of_any_kind) {
    TEXT("\xff{{ '\xff\xfe' }}\xc3", "\xff\xff\xfe\xc3");
    TEXT("{{ 'a\xf0\x9f\x98z'|length }} {{ 'a\xf0\x9f\x98z'[2] }} {{ 'a\xffz'[::-1] }}", "5 \x9f z\xff"
                                                                                         "a");
    TEXT("{{ '\xff'|tojson }} {{ ['\xff'] }} {{ '\xff'|upper }} {{ '\xff '|trim }}", "\"\xff\" ['\xff'] \xff \xff");
    err e;
    buf out = {0};
    CHECK_INT(render_bytes(bytes_of("a\0{{ x }}", 9), "{\"x\": \"y\\u0000z\"}", &out, &e), OK);
    CHECK(bytes_eq(buf_view(&out), bytes_of("a\0y\0z", 5)));
    buf_clear(&out);
}

TEST(json_values) {
    VARS("{{ a }} {{ b }} {{ c }} {{ d }}", "{\"a\": 1, \"b\": 1.0, \"c\": 1e3, \"d\": -9007199254740991}",
         "1 1.0 1000.0 -9007199254740991");
    VARS("{{ a is none }}{{ b is defined }}{{ a is defined }}", "{\"a\": null}", "TrueFalseTrue");
    VARS("{{ range }}{{ messages|length }}", "{\"range\": 5, \"messages\": []}", "50");
    VARS("{{ a.b.c[1].d }}", "{\"a\": {\"b\": {\"c\": [0, {\"d\": \"x\"}]}}}", "x");
    err e;
    template *t = NULL;
    buf out = {0};
    CHECK_INT(template_open(&t, bytes_str("x"), &e), OK);
    CHECK_INT(template_render(t, NULL, 0, &out, &e), ERR_ARGUMENT);
    template_close(t);
    template_close(NULL);
}

TEST(time) {
    static const struct {
        double now;
        const char *want;
    } days[] = {{0, "1970-01-01 Thu 001"},         {951782399, "2000-02-28 Mon 059"},
                {951782400, "2000-02-29 Tue 060"}, {1735603200, "2024-12-31 Tue 366"},
                {-1, "1969-12-31 Wed 365"},        {4102444800, "2100-01-01 Fri 001"}};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        err e;
        template *t = NULL;
        const json *none = NULL;
        buf out = {0};
        CHECK_INT(json_parse(&none, bytes_str("{}"), &e), OK);
        CHECK_INT(template_open(&t, bytes_str("{{ strftime_now('%Y-%m-%d %a %j') }}"), &e), OK);
        CHECK_INT(template_render(t, none, days[i].now, &out, &e), OK);
        CHECK_BYTES(buf_view(&out), days[i].want);
        template_close(t);
        json_close(none);
        buf_clear(&out);
    }
    FAILS("{{ strftime_now('%Q') }}", ERR_UNSUPPORTED, "%Q");
}

TEST(errors_say_where) {
    FAILS("a\nb\n{{ x.y }}", ERR_ARGUMENT, "line 3: 'x' is undefined");
    FAILS("\n{% if x %}\n{{ (1 }}", ERR_CORRUPT, "line 3");
    FAILS("\n{% for x in l %}\n", ERR_CORRUPT, "'else endfor'");
    FAILS("{{ raise_exception('Only user\nroles') }}", ERR_ARGUMENT, "Only user?roles");
    FAILS("{{ d.k.x.y }}", ERR_ARGUMENT, "'x' is undefined");
    FAILS("{{ 'abc }}", ERR_CORRUPT, "a string without its end");
    FAILS("{# abc", ERR_CORRUPT, "a comment without its end");
    FAILS("{% raw %}", ERR_CORRUPT, "endraw");
    FAILS("{{ 1", ERR_CORRUPT, "a tag without its end");
    FAILS("{{ a ! b }}", ERR_CORRUPT, "'!'");
    FAILS("{{ '\\xZZ' }}", ERR_CORRUPT, "\\x");
    FAILS("{% endif %}", ERR_CORRUPT, "'endif' without its beginning");
    FAILS("{% break %}", ERR_CORRUPT, "outside a loop");
    FAILS("{% for x in l %}{% set y %}{% break %}{% endset %}{% endfor %}", ERR_CORRUPT, "outside a loop");
    FAILS("{{ l|first(1) }}", ERR_ARGUMENT, "first: 1 arguments, at most 0");
    FAILS("{{ s.replace('a') }}", ERR_ARGUMENT, "replace needs 2");
    FAILS("{% macro f() %}{% endmacro %}{{ f(q=1) }}", ERR_ARGUMENT, "macro 'f'");
    FAILS("{{ 1 / 0 }}", ERR_ARGUMENT, "division by zero");
    FAILS("{% set d.k = 1 %}", ERR_ARGUMENT, "namespace");
    FAILS("{% set a, b = l + [3] %}", ERR_ARGUMENT, "too many");
}

TEST(unsupported_is_named) {
    FAILS("{% include 'x' %}", ERR_UNSUPPORTED, "'include'");
    FAILS("{% extends 'x' %}", ERR_UNSUPPORTED, "'extends'");
    FAILS("{% import 'x' as y %}", ERR_UNSUPPORTED, "'import'");
    FAILS("{% block x %}{% endblock %}", ERR_UNSUPPORTED, "'block'");
    FAILS("{% autoescape true %}{% endautoescape %}", ERR_UNSUPPORTED, "'autoescape'");
    FAILS("{% do x %}", ERR_UNSUPPORTED, "'do'");
    FAILS("\n{% whatever %}", ERR_UNSUPPORTED, "line 2: the statement 'whatever'");
    FAILS("{% for x in l recursive %}{% endfor %}", ERR_UNSUPPORTED, "recursive");
    FAILS("{% for x in l %}{{ loop(x) }}{% endfor %}", ERR_UNSUPPORTED, "recursive");
    FAILS("{% for (a, (b, c)) in l %}{% endfor %}", ERR_UNSUPPORTED, "nested tuples");
    FAILS("{{ s|wordwrap }}", ERR_UNSUPPORTED, "the filter 'wordwrap'");
    FAILS("{{ s is weird }}", ERR_UNSUPPORTED, "the test 'weird'");
    FAILS("{{ l|map('weird')|list }}", ERR_UNSUPPORTED, "the filter 'weird'");
    FAILS("{{ l|select('weird')|list }}", ERR_UNSUPPORTED, "the test 'weird'");
    FAILS("{{ lipsum() }}", ERR_UNSUPPORTED, "the function 'lipsum'");
    FAILS("{{ s.encode() }}", ERR_UNSUPPORTED, "the method 'encode'");
    FAILS("{{ l.append(1) }}", ERR_UNSUPPORTED, "the method 'append'");
    FAILS("{{ d.update(d) }}", ERR_UNSUPPORTED, "the method 'update'");
    FAILS("{{ s|replace('a', 'b', x=1) }}", ERR_UNSUPPORTED, "the argument 'x'");
    FAILS("{{ '%s' % 1 }}", ERR_UNSUPPORTED, "formatting with %");
    FAILS("{{ '{:>3}'.format(1) }}", ERR_UNSUPPORTED, "plain {} fields");
    FAILS("{{ 99999999999999999999 }}", ERR_UNSUPPORTED, "64 bits");
    FAILS("{{ 9223372036854775807 + 1 }}", ERR_UNSUPPORTED, "64 bits");
    FAILS("{{ 2 ** 64 }}", ERR_UNSUPPORTED, "64 bits");
    FAILS("{{ 2 ** 0.5 }}", ERR_UNSUPPORTED, "powers");
    FAILS("{{ l[0, 1] }}", ERR_UNSUPPORTED, "subscripts");
    FAILS("{{ d.items }}", ERR_UNSUPPORTED, "writing a function");
    FAILS("{{ d.items() }}", ERR_UNSUPPORTED, "writing a view");
    FAILS("{{ '\\N{DASH}' }}", ERR_UNSUPPORTED, "\\N{...}");
    TEXT("{% if false %}{{ x|nope }}{{ x is nope }}{{ nope() }}{% endif %}ok", "ok");
}

TEST(integers) {
    TEXT("{{ 9223372036854775807 }} {{ -9223372036854775807 - 1 }}", "9223372036854775807 -9223372036854775808");
    TEXT("{{ (-9223372036854775807 - 1) // 2 }} {{ (-9223372036854775807 - 1) % -1 }}", "-4611686018427387904 0");
    FAILS("{{ (-9223372036854775807 - 1) // -1 }}", ERR_UNSUPPORTED, "64 bits");
    FAILS("{{ -(-9223372036854775807 - 1) }}", ERR_UNSUPPORTED, "64 bits");
    FAILS("{{ (-9223372036854775807 - 1)|abs }}", ERR_UNSUPPORTED, "64 bits");
    TEXT("{{ 'abc'[9223372036854775807:] }}|{{ 'abc'[-9223372036854775807:9223372036854775807] }}", "|abc");
    TEXT("{{ 'abc'[::9223372036854775807] }}{{ 'abc'[::-9223372036854775807] }}", "ac");
}

/* ---- hostile templates ---- */

/* `open` n times, `middle`, `close` n times. */
static char *nest(const char *open, const char *middle, const char *close, size_t n) {
    size_t a = strlen(open), b = strlen(close), m = strlen(middle);
    char *s = mem_new(n * (a + b) + m + 1), *at = s;
    for (size_t i = 0; i < n; i++, at += a) memcpy(at, open, a);
    memcpy(at, middle, m);
    at += m;
    for (size_t i = 0; i < n; i++, at += b) memcpy(at, close, b);
    return s;
}

TEST(nesting) {
    static const char *const kinds[][3] = {{"(", "1", ")"},   {"[", "1", "]"},  {"{1:", "1", "}"},
                                           {"not ", "1", ""}, {"-", "1", ""},   {"1 if 1 else ", "1", ""},
                                           {"f(", "1", ")"},  {"x[", "1", "]"}, {"1 if (", "1", ") else 2"}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t n = 5; n <= 60000; n *= 12) {
            char *inner = nest(kinds[k][0], kinds[k][1], kinds[k][2], n), *s = nest("{{ ", inner, " }}", 1);
            err e = {0};
            buf out = {0};
            int rc = render_bytes(bytes_str(s), "{}", &out, &e);
            CHECK(n == 5 ? rc != ERR_TOO_LONG : n < 64 || rc == ERR_TOO_LONG);
            buf_clear(&out);
            mem_free(inner);
            mem_free(s);
        }
    char *s = nest("{% if true %}", "x", "{% endif %}", 64);
    FAILS(s, ERR_TOO_LONG, "nested deeper than 64");
    mem_free(s);
    s = nest("{% if true %}", "x", "{% endif %}", 60);
    TEXT(s, "x");
    mem_free(s);
}

/* Long but flat is fine. */
TEST(flat) {
    char *s = nest("{{ 1 }}", "", "", 10000);
    err e;
    buf out = {0};
    CHECK_INT(render_bytes(bytes_str(s), "{}", &out, &e), OK);
    CHECK_INT(out.len, 10000);
    buf_clear(&out);
    mem_free(s);
    char *sum = nest("1 + ", "1", "", 2000), *whole = nest("{{ ", sum, " }}", 1);
    TEXT(whole, "2001");
    mem_free(sum);
    mem_free(whole);
}

TEST(steps) {
    FAILS("{% for x in range(1000000000) %}{% endfor %}", ERR_TOO_LONG, "steps");
    FAILS("{% for x in range(2000) %}{% for y in range(2000) %}{% endfor %}{% endfor %}", ERR_TOO_LONG, "steps");
    FAILS("{{ range(-9223372036854775807, 9223372036854775807)|length }}", ERR_TOO_LONG, "steps");
    FAILS(
        "{% set s = 'a' * 1000000 %}{% for x in range(1000) %}{% if ('a' * 1000 ~ 'b') in s %}{% endif %}{% endfor %}",
        ERR_TOO_LONG, "steps");
    FAILS("{% set s = 'a' * 1000000 %}{% for x in range(1000) %}{{ s|length }}{{ s[-1] }}{% endfor %}", ERR_TOO_LONG,
          "steps");
    FAILS("{% set s = 'a' * 1000000 %}{% for x in range(1000) %}{% if s|upper == s %}{% endif %}{% endfor %}",
          ERR_TOO_LONG, "steps");
    FAILS("{% set r = range(10000)|list %}{% for x in r %}{% if -1 in r %}{% endif %}{% endfor %}", ERR_TOO_LONG,
          "steps");
    FAILS("{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}", ERR_TOO_LONG, "deeper than 64");
    FAILS("{% macro f(n) %}{% if true %}{% for i in [1] %}{% if true %}{{ (f(n + 1)) ~ '' }}{% endif %}{% endfor %}{% "
          "endif %}"
          "{% endmacro %}{{ f(0) }}",
          ERR_TOO_LONG, "deeper");
}

TEST(memory) {
    FAILS("{{ 'a' * 10000000000 }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{{ [1] * 10000000000 }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{{ 'x'|indent(10000000000) }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{{ l|tojson(indent=1000000000) }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{% set s = 'a' * 10000000 %}{{ (s ~ s)|length }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{% set s = 'a' * 4000000 %}{{ s|replace('a', s)|length }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{% set s = 'a' * 4000 %}{{ ([s] * 5000)|join|length }}", ERR_MEMORY, "limit 16 MiB");
    FAILS("{% set ns = namespace(s='ab') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
          ERR_MEMORY, "limit 16 MiB");
    FAILS("{% set ns = namespace(x=[]) %}{% for i in range(300) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
          ERR_TOO_LONG, "nested");
    FAILS("{% set ns = namespace(x=[]) %}{% for i in range(300) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}",
          ERR_TOO_LONG, "nested");
    FAILS("{% set ns = namespace(x=[], y=[]) %}{% for i in range(300) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] "
          "%}{% endfor %}"
          "{{ ns.x == ns.y }}",
          ERR_TOO_LONG, "nested");
    FAILS("{% set x %}{% for i in range(5000) %}{{ 'a' * 4000 }}{% endfor %}{% endset %}", ERR_MEMORY, "16 MiB");
}

/* A string that grows in a loop costs what it adds, not what it is. */
TEST(growing) {
    err e = {0};
    buf out = {0};
    int rc = render_bytes(
        bytes_str("{% set ns = namespace(s='') %}{% for i in range(20000) %}{% set ns.s = ns.s ~ 'abcdefghij' %}"
                  "{% endfor %}{{ ns.s|length }}"),
        "{}", &out, &e);
    CHECK_INT(rc, OK);
    CHECK_BYTES(buf_view(&out), "200000");
    buf_clear(&out);
}

TEST(output_cap) {
    err e = {0};
    buf out = {.max = 1000};
    CHECK_INT(render_bytes(bytes_str("{% for i in range(1000) %}abc{% endfor %}"), "{}", &out, &e), ERR_TOO_LONG);
    CHECK(out.len <= 1000);
    CHECK(strstr(e.text, "1000 bytes") != NULL);
    buf_clear(&out);
    CHECK_INT(render_bytes(bytes_str("{{ range(1000)|list }}"), "{}", &out, &e), ERR_TOO_LONG);
    buf_clear(&out);
}

TEST(size_cap) {
    uint8_t *big = mem_new(TEMPLATE_BYTES_MAX + 1);
    memset(big, 'a', TEMPLATE_BYTES_MAX + 1);
    err e;
    template *t = NULL;
    CHECK_INT(template_open(&t, bytes_of(big, TEMPLATE_BYTES_MAX + 1), &e), ERR_TOO_LONG);
    CHECK_INT(template_open(&t, bytes_of(big, TEMPLATE_BYTES_MAX), &e), OK);
    template_close(t);
    mem_free(big);
}

#ifdef MEM_FAULTS
static int render_once(bytes source, bytes vars) {
    const json *context = NULL;
    template *t = NULL;
    buf out = {0};
    err e = {0};
    int rc = json_parse(&context, vars, &e);
    if (!rc) rc = template_open(&t, source, &e);
    if (!rc) rc = template_render(t, context, now, &out, &e);
    template_close(t);
    json_close(context);
    buf_clear(&out);
    CHECK(!rc || e.text[0]);
    return rc;
}

/* Every allocation fails in turn: ERR_MEMORY each time, nothing left behind. */
TEST(failing_allocations) {
    const bytes vars =
        bytes_str("{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"d\": {\"b\": 1.5, \"a\": [1, 2]}}");
    const bytes source = bytes_str(
        "{% macro f(x, y=2) %}{{ x ~ y }}{{ caller() }}{% endmacro %}{% set ns = namespace(n=0) %}"
        "{% for m in messages %}{% set ns.n = ns.n + 1 %}{{ m.role|upper }}{{ m.content.split('i') }}"
        "{% endfor %}{% call f(1) %}z{% endcall %}{{ d|tojson(indent=2, sort_keys=true) }}{{ d }}"
        "{% set b %}{{ d.b }}{% endset %}{% filter replace('a', 'b') %}aa{% endfilter %}{{ b|indent }}"
        "{{ [3, 1]|sort|map('string')|join(',') }}{{ 'a{}'.format(1) }}{{ strftime_now('%Y') }}{{ range(2000)|list }}");
    unsigned long live = mem_live();
    CHECK_INT(render_once(source, vars), OK);
    int rc = ERR_MEMORY;
    for (unsigned long n = 1; rc == ERR_MEMORY && n < 5000; n++) {
        mem_fail_at(n);
        rc = render_once(source, vars);
        mem_fail_at(0);
        CHECK_INT(mem_live(), live);
    }
    CHECK_INT(rc, OK);
}
#endif

int main(void) {
    RUN(families);
    RUN(snippets);
    RUN(line_ends);
    RUN(bytes_of_any_kind);
    RUN(json_values);
    RUN(time);
    RUN(errors_say_where);
    RUN(unsupported_is_named);
    RUN(integers);
    RUN(nesting);
    RUN(flat);
    RUN(steps);
    RUN(memory);
    RUN(growing);
    RUN(output_cap);
    RUN(size_cap);
#ifdef MEM_FAULTS
    RUN(failing_allocations);
#endif
    return test_end("template");
}
