/* Personal data in a text: found by their form and their check digits, replaced by what they were. */
#include <math.h>

#include "data/screen.h"

const char *const mask_names[MASKS] = {"email", "iban", "card", "phone", "key"};
static const char *const marks[MASKS] = {"[EMAIL]", "[IBAN]", "[CARD]", "[PHONE]", "[KEY]"};

enum { DIGITS_MAX = 40, KEY_MIN = 24, KEY_MAX = 512, LOCAL_MAX = 64, DOMAIN_MAX = 255 }; /* the last two: RFC 5321 */

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool is_alnum(uint8_t c) { return is_digit(c) || is_upper(c) || is_lower(c); }
static bool is_local(uint8_t c) { return is_alnum(c) || (c && strchr("._%+-", c)); }
static bool is_key(uint8_t c) { return is_alnum(c) || (c && strchr("_-+/=.", c)); }
static uint8_t at(bytes s, size_t i) { return i < s.len ? s.ptr[i] : 0; }

/* Each finder returns how many bytes from `i` on are of its kind; 0: none. What it finds begins a word. */

static size_t find_email(bytes s, size_t i) {
    size_t n = i, dot = 0;
    while (n - i < LOCAL_MAX && is_local(at(s, n))) n++;
    if (n == i || at(s, n) != '@') return 0;
    size_t domain = ++n;
    for (; n - domain < DOMAIN_MAX &&
           (is_alnum(at(s, n)) || at(s, n) == '-' || (at(s, n) == '.' && is_alnum(at(s, n + 1))));
         n++)
        if (s.ptr[n] == '.') dot = n;
    return dot > domain && n - dot > 2 && !is_digit(at(s, n - 1)) ? n - i : 0;
}

static size_t find_iban(bytes s, size_t i) {
    uint32_t rest = 0;
    size_t n = i, count = 0, head = 0;
    uint8_t text[DIGITS_MAX];
    if (!is_upper(at(s, i)) || !is_upper(at(s, i + 1)) || !is_digit(at(s, i + 2)) || !is_digit(at(s, i + 3))) return 0;
    for (; count < 34; n++) { /* letters and digits; single blanks between groups */
        uint8_t c = at(s, n);
        if (c == ' ' && (is_upper(at(s, n + 1)) || is_digit(at(s, n + 1)))) continue;
        if (!is_upper(c) && !is_digit(c)) break;
        text[count++] = c;
    }
    if (is_alnum(at(s, n)) || count < 15) return 0;
    for (size_t k = 0; k < count; k++) { /* the first four come last; letters are 10 to 35 */
        uint8_t c = text[(k + 4) % count];
        rest = is_digit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + (uint32_t)(c - 'A' + 10)) % 97;
        head += is_digit(c);
    }
    return rest == 1 && head >= 8 ? n - i : 0;
}

/* A run of digits with single blanks, hyphens, dots, slashes and brackets between them, from i on. */
typedef struct number {
    uint8_t digit[DIGITS_MAX];
    size_t n, groups, bytes;
    bool plus, bracket;
} number;

static number read_number(bytes s, size_t i) {
    number r = {.plus = at(s, i) == '+'};
    size_t k = i + r.plus;
    bool in_group = false;
    for (; r.n < DIGITS_MAX; k++) {
        uint8_t c = at(s, k);
        if (is_digit(c)) {
            r.groups += !in_group;
            in_group = true;
            r.digit[r.n++] = (uint8_t)(c - '0');
            r.bytes = k + 1 - i;
            continue;
        }
        in_group = false;
        if (c == '(') r.bracket = true;
        if (!c || !strchr(" -./()", c) || (strchr(" -./", c) && strchr(" -./", at(s, k + 1)) && at(s, k + 1))) break;
    }
    return r;
}

/* A number is not looked for in the middle of another. */
static bool goes_on(bytes s, size_t i) { return i >= 2 && strchr(" -./()", s.ptr[i - 1]) && is_digit(s.ptr[i - 2]); }

static size_t find_card(bytes s, size_t i) {
    if (!is_digit(at(s, i)) || goes_on(s, i)) return 0;
    number r = read_number(s, i);
    int sum = 0;
    if (r.n < 13 || r.n > 19 || r.digit[0] < 2 || r.digit[0] > 6) return 0;
    for (size_t k = 0; k < r.n; k++) { /* Luhn: every second digit from the last but one on is doubled */
        int d = r.digit[r.n - 1 - k] * (k % 2 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0 ? r.bytes : 0;
}

static size_t find_phone(bytes s, size_t i) {
    if (at(s, i) != '+' && (goes_on(s, i) || (!is_digit(at(s, i)) && at(s, i) != '('))) return 0;
    number r = read_number(s, i);
    bool written = r.plus || r.bracket || (r.n && r.digit[0] == 0 && r.groups > 1) || (r.n == 10 && r.groups == 3);
    return r.n >= 9 && r.n <= 15 && written ? r.bytes : 0;
}

static double entropy(bytes s) {
    size_t count[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < s.len; i++) count[s.ptr[i]]++;
    for (int c = 0; c < 256; c++)
        if (count[c]) bits -= (double)count[c] / (double)s.len * log2((double)count[c] / (double)s.len);
    return bits;
}

static size_t find_key(bytes s, size_t i) {
    static const char *const beginnings[] = {"sk-",   "ghp_",  "gho_",   "github_pat_", "AKIA",
                                             "xoxb-", "xoxp-", "glpat-", "hf_",         "AIza"};
    size_t n = i, letters = 0, digits = 0, known = 0;
    while (n - i < KEY_MAX && is_key(at(s, n))) {
        letters += is_upper(at(s, n)) || is_lower(at(s, n));
        digits += is_digit(at(s, n));
        n++;
    }
    while (n > i && strchr(".-=", s.ptr[n - 1])) n--; /* the end of a sentence is none of a key */
    bytes word = bytes_of(s.ptr + i, n - i);
    for (size_t k = 0; k < sizeof beginnings / sizeof *beginnings && !known; k++) {
        size_t len = strlen(beginnings[k]);
        if (word.len >= len + 12 && !memcmp(word.ptr, beginnings[k], len)) known = len;
    }
    if (known && digits && letters) return word.len;
    if (word.len < KEY_MIN || memchr(word.ptr, '/', word.len)) return 0; /* addresses of pages have slashes */
    return digits * 8 >= word.len && letters * 8 >= word.len && entropy(word) >= 3.5 ? word.len : 0;
}

void screen_mask_text(buf *out, bytes text, size_t *n_masked) {
    static size_t (*const find[MASKS])(bytes, size_t) = {find_email, find_iban, find_card, find_phone, find_key};
    size_t from = 0, i = 0;
    while (i < text.len) {
        bool begins = i == 0 || !(is_alnum(text.ptr[i - 1]) || text.ptr[i - 1] >= 0x80);
        size_t n = 0;
        int kind = 0;
        while (begins && kind < MASKS && !(n = find[kind](text, i))) kind++;
        if (!n) {
            i++;
            continue;
        }
        buf_bytes(out, bytes_of(text.ptr + from, i - from));
        buf_str(out, marks[kind]);
        n_masked[kind]++;
        from = i += n;
    }
    buf_bytes(out, bytes_of(text.ptr + from, text.len - from));
}
