/* Personal data in a text: found by their form and their check digits, replaced by what they were. */
#include <math.h>

#include "data/screen.h"

const char *const mask_names[MASKS] = {"email", "iban", "card", "phone", "key"};
static const char *const marks[MASKS] = {"[EMAIL]", "[IBAN]", "[CARD]", "[PHONE]", "[KEY]"};

enum {
    DIGITS_MAX = 80,
    GROUPS_MAX = 16,
    KEY_MIN = 24,
    KEY_MAX = 2000,
    LOCAL_MAX = 64,
    DOMAIN_MAX = 255,
    IBAN_MAX = 34
};

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static bool is_alnum(uint8_t c) { return is_digit(c) || is_upper(c) || is_lower(c); }
static bool is_key(uint8_t c) { return is_alnum(c) || (c && strchr("_-+/=.", c)); }
static uint8_t at(bytes s, size_t i) { return i < s.len ? s.ptr[i] : 0; }

/* Bytes of the Latin letter or the digit that begins at i; 0: none does. U+00C0..U+024F have two. */
static size_t latin(bytes s, size_t i) {
    if (is_alnum(at(s, i))) return 1;
    return at(s, i) >= 0xc3 && at(s, i) <= 0xc9 && i + 1 < s.len ? 2 : 0;
}

/* Whether a word can begin at i. Scripts beside Latin need no blank before an address or a number. */
static bool begins_word(bytes s, size_t i) {
    return i == 0 || !(is_alnum(s.ptr[i - 1]) || (i > 1 && latin(s, i - 2) == 2));
}

/* Each finder returns how many bytes from `i` on are of its kind; 0: none. What it finds begins a word. */

/* The limits are those of RFC 5321. */
static size_t find_email(bytes s, size_t i) {
    size_t n = i, dot = 0, step;
    while (n - i < LOCAL_MAX &&
           ((step = latin(s, n)) || (at(s, n) && strchr("._%+-", s.ptr[n])) || (n > i && at(s, n) == '\'')))
        n += step ? step : 1;
    if (n == i || at(s, n) != '@') return 0;
    size_t domain = ++n;
    while (n - domain < DOMAIN_MAX &&
           ((step = latin(s, n)) || at(s, n) == '-' || (at(s, n) == '.' && latin(s, n + 1)))) {
        if (s.ptr[n] == '.') dot = n;
        n += step ? step : 1;
    }
    return dot > domain && n - dot > 2 && !is_digit(at(s, n - 1)) ? n - i : 0;
}

/* How many characters an IBAN of a country has (ISO 13616, the registry of SWIFT); 0: there is none. */
static size_t iban_length(uint8_t a, uint8_t b) {
    static const char list[] = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20"
                               "EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30"
                               "KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23"
                               "PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26"
                               "UA29VA22VG24XK20YE30";
    for (size_t k = 0; k + 4 < sizeof list; k += 4)
        if (list[k] == a && list[k + 1] == b) return (size_t)(list[k + 2] - '0') * 10 + (size_t)(list[k + 3] - '0');
    return 0;
}

static uint8_t upper(uint8_t c) { return is_lower(c) ? (uint8_t)(c - 'a' + 'A') : c; }

static size_t find_iban(bytes s, size_t i) {
    uint32_t rest = 0;
    size_t n = i, count = 0, length = iban_length(upper(at(s, i)), upper(at(s, i + 1)));
    uint8_t text[IBAN_MAX];
    if (!length || !is_digit(at(s, i + 2)) || !is_digit(at(s, i + 3))) return 0;
    for (; count < length; n++) { /* letters and digits; single blanks or hyphens between groups */
        uint8_t c = at(s, n);
        if ((c == ' ' || c == '-') && is_alnum(at(s, n + 1))) continue;
        if (!is_alnum(c)) return 0;
        text[count++] = upper(c);
    }
    if (is_alnum(at(s, n))) return 0;
    for (size_t k = 0; k < count; k++) { /* the first four come last; letters are 10 to 35 */
        uint8_t c = text[(k + 4) % count];
        rest = is_digit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + (uint32_t)(c - 'A' + 10)) % 97;
    }
    return rest == 1 ? n - i : 0;
}

/* A run of digits with single blanks, hyphens, dots, slashes and brackets between them, from i on. */
typedef struct number {
    uint8_t digit[DIGITS_MAX];
    struct {
        size_t n, bytes; /* digits and bytes up to its end */
        uint8_t before;  /* what parts it from the group before */
    } group[GROUPS_MAX];
    size_t n, groups;
    bool plus, bracket;
} number;

static number read_number(bytes s, size_t i) {
    number r = {.plus = at(s, i) == '+'};
    size_t k = i + r.plus;
    bool in_group = false;
    for (; r.n < DIGITS_MAX; k++) {
        uint8_t c = at(s, k);
        if (is_digit(c)) {
            if (!in_group && r.groups == GROUPS_MAX) break;
            if (!in_group) r.group[r.groups++].before = k ? s.ptr[k - 1] : 0;
            in_group = true;
            r.digit[r.n++] = (uint8_t)(c - '0');
            r.group[r.groups - 1].n = r.n;
            r.group[r.groups - 1].bytes = k + 1 - i;
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

/* Luhn: every second digit from the last but one on is doubled. */
static bool has_check_digit(const uint8_t *digit, size_t n) {
    int sum = 0;
    for (size_t k = 0; k < n; k++) {
        int d = digit[n - 1 - k] * (k % 2 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

/* The most groups that make one: a date or a code before or after it is none of it. Groups are parted alike and have
 * three digits at least. */
static size_t find_card(bytes s, size_t i) {
    if (at(s, i) < '2' || at(s, i) > '6') return 0;
    number r = read_number(s, i);
    size_t found = 0;
    for (size_t g = 0; g < r.groups && r.group[g].n <= 19; g++) {
        if (r.group[g].n - (g ? r.group[g - 1].n : 0) < 3 || (g > 1 && r.group[g].before != r.group[1].before)) break;
        if (r.group[g].n >= 13 && has_check_digit(r.digit, r.group[g].n)) found = r.group[g].bytes;
    }
    return found;
}

static size_t find_phone(bytes s, size_t i) {
    if (at(s, i) != '+' && (goes_on(s, i) || (!is_digit(at(s, i)) && at(s, i) != '('))) return 0;
    number r = read_number(s, i);
    bool marked = r.plus || r.bracket, zero = r.n && r.digit[0] == 0;
    size_t g = r.groups;
    while (marked && g && r.group[g - 1].n > 15) g--; /* another number may follow */
    size_t n = g ? r.group[g - 1].n : 0;
    bool written = marked || (zero && (g > 1 || n == 10 || n == 11)) || (n == 10 && g == 3) ||
                   (n == 11 && g == 4 && r.digit[0] == 1);
    return n >= 9 && n <= 15 && written ? r.group[g - 1].bytes : 0;
}

static double entropy(bytes s) {
    size_t count[256] = {0};
    double bits = 0;
    for (size_t i = 0; i < s.len; i++) count[s.ptr[i]]++;
    for (int c = 0; c < 256; c++)
        if (count[c]) bits -= (double)count[c] / (double)s.len * log2((double)count[c] / (double)s.len);
    return bits;
}

/* What a run that may be a key is made of; changes: from one of the four to another. */
typedef struct makeup {
    size_t upper, lower, digits, others, changes;
} makeup;

static makeup makeup_of(bytes word) {
    makeup m = {0};
    int before = 0;
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];
        int kind = is_upper(c) ? 1 : is_lower(c) ? 2 : is_digit(c) ? 3 : 0;
        *(kind == 1 ? &m.upper : kind == 2 ? &m.lower : kind == 3 ? &m.digits : &m.others) += 1;
        m.changes += i && kind != before;
        before = kind;
    }
    return m;
}

static bool begins_as_key(bytes word) {
    static const char *const beginnings[] = {"sk-",   "sk_live_",    "sk_test_", "rk_live_", "ghp_",
                                             "gho_",  "github_pat_", "AKIA",     "ASIA",     "xoxb-",
                                             "xoxp-", "glpat-",      "hf_",      "AIza",     "eyJ"};
    for (size_t k = 0; k < sizeof beginnings / sizeof *beginnings; k++) {
        size_t len = strlen(beginnings[k]);
        if (word.len >= len + 12 && !memcmp(word.ptr, beginnings[k], len)) return true;
    }
    return false;
}

/* "-----BEGIN ... PRIVATE KEY-----" up to its end, or all that there is of it. */
static size_t find_private_key(bytes s, size_t i) {
    static const char begin[] = "-----BEGIN ", kind[] = "PRIVATE KEY-----", end[] = "-----END ";
    size_t n = i + sizeof begin - 1, line = n + 64 < s.len ? n + 64 : s.len;
    if (s.len - i < sizeof begin - 1 || memcmp(s.ptr + i, begin, sizeof begin - 1)) return 0;
    while (n + sizeof kind - 1 <= line && memcmp(s.ptr + n, kind, sizeof kind - 1)) n++;
    if (n + sizeof kind - 1 > line) return 0;
    while (n + sizeof end - 1 <= s.len && memcmp(s.ptr + n, end, sizeof end - 1)) n++;
    const uint8_t *last = n + sizeof end - 1 <= s.len ? memchr(s.ptr + n, '\n', s.len - n) : NULL;
    return (last ? (size_t)(last - s.ptr) : s.len) - i;
}

static size_t find_key(bytes s, size_t i) {
    size_t n = i, whole = find_private_key(s, i);
    if (whole) return whole;
    while (n - i < KEY_MAX && is_key(at(s, n))) n++;
    while (n > i && strchr(".-=", s.ptr[n - 1])) n--; /* the end of a sentence is none of a key */
    bytes word = bytes_of(s.ptr + i, n - i);
    makeup m = makeup_of(word);
    if (begins_as_key(word) && m.upper + m.lower && (m.digits || (m.upper && m.lower))) return word.len;
    if (word.len < KEY_MIN) return 0;
    bool mixed = m.upper && m.lower && m.digits && m.others * 8 <= word.len && m.changes * 5 >= word.len * 2 - 2;
    if (mixed && entropy(word) >= 4) return word.len;
    if (memchr(word.ptr, '/', word.len)) return 0; /* addresses of pages have slashes */
    return m.digits * 8 >= word.len && (m.upper + m.lower) * 8 >= word.len && entropy(word) >= 3.5 ? word.len : 0;
}

void screen_mask_text(buf *out, bytes text, size_t *n_masked) {
    static size_t (*const find[MASKS])(bytes, size_t) = {find_email, find_iban, find_card, find_phone, find_key};
    size_t from = 0, i = 0;
    while (i < text.len) {
        bool begins = begins_word(text, i);
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
