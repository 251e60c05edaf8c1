/* Sets of code points, from the table of classes. */
#include "text/unicode.h"

#include "text/unicode_impl.h"

#define BIT(c) (1u << UNICODE_##c)
enum {
    SET_LU = BIT(LU) | BIT(UPPER),
    SET_LL = BIT(LL) | BIT(LOWER),
    SET_LC = SET_LU | SET_LL | BIT(LT),
    SET_L = SET_LC | BIT(LM) | BIT(LO),
    SET_ANY = (1 << UNICODE_CLASSES) - 1,
};

static const struct {
    const char *name, *other;
    uint32_t classes;
} sets[] = {
    {"L", "Letter", SET_L},
    {"LC", "Cased_Letter", SET_LC},
    {"Lu", "Uppercase_Letter", SET_LU},
    {"Ll", "Lowercase_Letter", SET_LL},
    {"Lt", "Titlecase_Letter", BIT(LT)},
    {"Lm", "Modifier_Letter", BIT(LM)},
    {"Lo", "Other_Letter", BIT(LO)},
    {"M", "Mark", BIT(M)},
    {"N", "Number", BIT(N) | BIT(DIGIT)},
    {"P", "Punctuation", BIT(P) | BIT(SLASH) | BIT(PUNCT)},
    {"S", "Symbol", BIT(S) | BIT(SYMBOL) | BIT(TICK)},
    {"Any", "Any", SET_ANY},
};

/* A range that grows as long as what is added follows it. */
typedef struct run {
    void (*add)(void *of, uint32_t lo, uint32_t hi);
    void *of;
    uint32_t lo, end; /* end: 0 where there is none yet */
} run;

static void run_add(run *r, uint32_t lo, uint32_t end) {
    if (r->end && r->end != lo) r->add(r->of, r->lo, r->end - 1);
    if (!r->end || r->end != lo) r->lo = lo;
    r->end = end;
}

static void add_classes(run *r, uint32_t classes) {
    for (uint32_t c = 0; c < 128; c++)
        if (classes >> unicode_ascii[c] & 1) run_add(r, c, c + 1);
    for (uint32_t i = 0; i < unicode_ranges_n; i++) {
        uint32_t kind = unicode_ranges[i] & 0xff, lo = unicode_ranges[i] >> 8;
        uint32_t end = i + 1 < unicode_ranges_n ? unicode_ranges[i + 1] >> 8 : 0x110000;
        if (lo < 128) lo = 128;
        for (uint32_t c = lo; kind >= UNICODE_CLASSES && c < end; c++)
            if (classes >> unicode_class_of(c) & 1) run_add(r, c, c + 1);
        if (kind < UNICODE_CLASSES && lo < end && classes >> kind & 1) run_add(r, lo, end);
    }
    if (r->end) r->add(r->of, r->lo, r->end - 1);
}

bool unicode_set(bytes name, void (*add)(void *of, uint32_t lo, uint32_t hi), void *of) {
    static const char *const before[] = {"gc=", "General_Category="};
    run r = {.add = add, .of = of};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t n = strlen(before[i]);
        if (name.len > n && !memcmp(name.ptr, before[i], n)) name = bytes_of(name.ptr + n, name.len - n);
    }
    if (bytes_is(name, "ASCII")) {
        add(of, 0, 127);
        return true;
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (!bytes_is(name, sets[i].name) && !bytes_is(name, sets[i].other)) continue;
        add_classes(&r, sets[i].classes);
        return true;
    }
    return false;
}
