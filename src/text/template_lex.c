/* Template source to tokens. Text between tags is cut as jinja2 does with trim_blocks and lstrip_blocks: the line end
 * after a block goes, and so does the white space between the start of a line and a block; `-` strips all white space
 * on its side, `+` keeps it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "text/template_impl.h"

int tpl_parse_fail(tpl_parser *p, int code, const char *format, ...) {
    if (p->rc) return p->rc;
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    p->rc = fail(p->e, code, "chat template, line %" PRIu32 ": %s", p->tok.line ? p->tok.line : p->line, text);
    p->tok.kind = T_END; /* every loop of the parser stops at it */
    return p->rc;
}

static void move_to(tpl_parser *p, size_t pos) {
    for (; p->pos < pos; p->pos++) p->line += p->src.ptr[p->pos] == '\n';
}

static int byte_at(const tpl_parser *p, size_t i) { return i < p->src.len ? p->src.ptr[i] : -1; }

static void skip_space(tpl_parser *p) {
    size_t used;
    while (p->pos < p->src.len && tpl_is_space(tpl_char(bytes_of(p->src.ptr + p->pos, p->src.len - p->pos), &used)))
        move_to(p, p->pos + used);
}

/* Behind the end of a tag: `sign` is what stood before its closing bracket. */
static void after_tag(tpl_parser *p, int sign, bool block) {
    if (sign == '-') skip_space(p);
    else if (block && sign != '+' && byte_at(p, p->pos) == '\n') move_to(p, p->pos + 1);
}

/* Where the end of the open tag is next, moves behind it. */
static bool skip_close(tpl_parser *p) {
    int bracket = p->tag == '{' ? '}' : '%', sign = byte_at(p, p->pos);
    size_t at = p->pos + (sign == '-' || (sign == '+' && bracket != '}'));
    if (byte_at(p, at) != bracket || byte_at(p, at + 1) != '}') return false;
    move_to(p, at + 2);
    after_tag(p, sign, bracket != '}');
    return true;
}

/* The text from `from` to a tag at `end`, cut as the tag's sign says. */
static bytes cut_text(const tpl_parser *p, size_t from, size_t end, int sign, bool block) {
    bytes text = bytes_of(p->src.ptr + from, end - from);
    if (sign == '-') return tpl_strip(text, TPL_STRIP_RIGHT);
    if (sign == '+' || !block) return text;
    size_t start = text.len;
    while (start && text.ptr[start - 1] != '\n') start--;
    if (!start && from && p->src.ptr[from - 1] != '\n') return text; /* the line began before this text */
    bytes line = bytes_of(text.ptr + start, text.len - start);
    if (tpl_strip(line, TPL_STRIP_RIGHT).len == 0) text.len = start;
    return text;
}

/* Moves behind `word` where it is next in the tag that begins at p->pos, then behind the tag. */
static bool skip_raw_tag(tpl_parser *p, const char *word, int *sign) {
    tpl_parser ahead = *p;
    ahead.pos += 2;
    *sign = byte_at(&ahead, ahead.pos);
    if (*sign == '-' || *sign == '+') ahead.pos++;
    skip_space(&ahead);
    size_t n = strlen(word);
    if (p->src.len - ahead.pos < n || memcmp(p->src.ptr + ahead.pos, word, n)) return false;
    ahead.pos += n;
    skip_space(&ahead);
    bool begins = word[0] == 'r'; /* jinja2 keeps the line end after {% raw %} and allows no + there */
    int close = byte_at(&ahead, ahead.pos);
    size_t at = ahead.pos + (close == '-' || (close == '+' && !begins));
    if (byte_at(p, at) != '%' || byte_at(p, at + 1) != '}') return false;
    move_to(p, at + 2);
    after_tag(p, begins && close != '-' ? '+' : close, true);
    return true;
}

bytes tpl_lex_raw(tpl_parser *p) {
    size_t from = p->pos;
    for (size_t i = from; i + 1 < p->src.len; i++) {
        if (p->src.ptr[i] != '{' || p->src.ptr[i + 1] != '%') continue;
        int sign;
        move_to(p, i);
        if (skip_raw_tag(p, "endraw", &sign)) return cut_text(p, from, i, sign, true);
    }
    tpl_parse_fail(p, ERR_CORRUPT, "{%% raw %%} without {%% endraw %%}");
    return bytes_str("");
}

static void skip_comment(tpl_parser *p) {
    int begin = byte_at(p, p->pos + 2);
    size_t from = p->pos + 2 + (begin == '-' || begin == '+'), i = from;
    while (i + 1 < p->src.len && (p->src.ptr[i] != '#' || p->src.ptr[i + 1] != '}')) i++;
    if (i + 1 >= p->src.len) {
        tpl_parse_fail(p, ERR_CORRUPT, "a comment without its end");
        return;
    }
    int sign = i > from ? byte_at(p, i - 1) : 0;
    move_to(p, i + 2);
    after_tag(p, sign, true);
}

int tpl_lex_text(tpl_parser *p, bytes *text) {
    size_t from = p->pos, i = from;
    p->tok.line = 0;
    for (; i + 1 < p->src.len; i++)
        if (p->src.ptr[i] == '{' && strchr("{%#", p->src.ptr[i + 1]) && p->src.ptr[i + 1]) break;
    if (i + 1 >= p->src.len) {
        *text = bytes_of(p->src.ptr + from, p->src.len - from);
        move_to(p, p->src.len);
        p->tok.kind = T_END;
        return TPL_OPEN_END;
    }
    int tag = p->src.ptr[i + 1], sign = byte_at(p, i + 2), raw_sign;
    *text = cut_text(p, from, i, sign, tag != '{');
    move_to(p, i);
    if (tag == '#') {
        skip_comment(p);
        return TPL_OPEN_COMMENT;
    }
    if (tag == '%' && skip_raw_tag(p, "raw", &raw_sign)) return TPL_OPEN_RAW;
    move_to(p, i + 2 + (sign == '-' || sign == '+'));
    p->tag = tag;
    p->brackets = 0;
    tpl_lex_next(p);
    return tag == '{' ? TPL_OPEN_VAR : TPL_OPEN_BLOCK;
}

/* The code point written with `digits` digits of `base` at s; *used counts those that were there (octal: 1 to 3). */
static uint32_t read_code(bytes s, size_t digits, int base, size_t *used) {
    uint32_t c = 0;
    size_t i = 0;
    for (; i < digits && i < s.len; i++) {
        int digit = hex_digit(s.ptr[i]);
        if (digit < 0 || digit >= base) break;
        c = c * (uint32_t)base + (uint32_t)digit;
    }
    *used = i;
    return c;
}

/* What one escape stands for, written to out (at most 4 bytes); s begins behind the backslash, *used is what it takes.
 */
static size_t unescape(tpl_parser *p, bytes s, uint8_t *out, size_t *used) {
    static const char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
    int c = s.ptr[0];
    const char *simple = c ? strchr(from, c) : NULL;
    *used = 1;
    if (c == '\n') return 0;
    if (simple) {
        out[0] = (uint8_t)to[simple - from];
        return 1;
    }
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, got;
    if (digits) {
        uint32_t code = read_code(bytes_of(s.ptr + 1, s.len - 1), digits, 16, &got);
        if (got < digits) tpl_parse_fail(p, ERR_CORRUPT, "a \\%c escape needs %zu digits", c, digits);
        *used = 1 + got;
        return utf8_encode(out, code);
    }
    if (c >= '0' && c <= '7') return utf8_encode(out, read_code(s, 3, 8, used));
    if (c == 'N') tpl_parse_fail(p, ERR_UNSUPPORTED, "the escape \\N{...} in a string is not supported");
    out[0] = '\\';
    out[1] = (uint8_t)c; /* not an escape: both characters stay */
    return 2;
}

static void lex_string(tpl_parser *p) {
    int quote = p->src.ptr[p->pos];
    size_t from = p->pos + 1, i = from;
    bool escapes = false;
    for (; i < p->src.len && p->src.ptr[i] != quote; i++)
        if (p->src.ptr[i] == '\\') escapes = true, i++;
    if (i >= p->src.len) {
        tpl_parse_fail(p, ERR_CORRUPT, "a string without its end");
        return;
    }
    bytes s = bytes_of(p->src.ptr + from, i - from);
    move_to(p, i + 1);
    p->tok.kind = T_STRING;
    p->tok.text = s;
    if (!escapes) return;
    uint8_t *out =
        tpl_parse_get(p, s.len + 4); /* no escape is shorter than what it stands for, but for an empty tail */
    size_t n = 0, used = 0;
    for (size_t k = 0; out && k < s.len && !p->rc; k += used) {
        if (s.ptr[k] != '\\') out[n++] = s.ptr[k], used = 1;
        else k++, n += unescape(p, bytes_of(s.ptr + k, s.len - k), out + n, &used);
    }
    if (!p->rc) p->tok.text = bytes_of(out, n);
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_name(int c) { return (c | 32) >= 'a' && (c | 32) <= 'z' ? true : c == '_' || is_digit(c) || c >= 128; }

static size_t digits_end(const tpl_parser *p, size_t i) {
    while (is_digit(byte_at(p, i)) || (byte_at(p, i) == '_' && is_digit(byte_at(p, i + 1)))) i++;
    return i;
}

static void lex_number(tpl_parser *p) {
    size_t from = p->pos, end = digits_end(p, from);
    p->tok.kind = T_INT;
    if (byte_at(p, from - 1) != '.') { /* x.0.1 are two look-ups, not 0.1 */
        if (byte_at(p, end) == '.' && is_digit(byte_at(p, end + 1)))
            p->tok.kind = T_FLOAT, end = digits_end(p, end + 1);
        size_t e = end + 1;
        if (byte_at(p, e) == '+' || byte_at(p, e) == '-') e++;
        if ((byte_at(p, end) | 32) == 'e' && is_digit(byte_at(p, e))) p->tok.kind = T_FLOAT, end = digits_end(p, e);
    }
    p->tok.text = bytes_of(p->src.ptr + from, end - from);
    move_to(p, end);
}

static void lex_operator(tpl_parser *p) {
    static const struct {
        char text[3];
        uint8_t kind;
    } two[] = {{"==", T_EQ}, {"!=", T_NE}, {"<=", T_LE}, {">=", T_GE}, {"//", T_FLOOR}, {"**", T_POWER}};
    int c = p->src.ptr[p->pos], d = byte_at(p, p->pos + 1);
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (two[i].text[0] == c && two[i].text[1] == d) {
            p->tok.kind = two[i].kind;
            move_to(p, p->pos + 2);
            return;
        }
    if (!c || !strchr("+-*/%~<>=.:|,()[]{}", c)) {
        tpl_parse_fail(p, ERR_CORRUPT, "the character '%c' has no meaning here", c);
        return;
    }
    if (strchr("([{", c)) p->brackets++;
    if (strchr(")]}", c)) p->brackets--;
    p->tok.kind = c;
    move_to(p, p->pos + 1);
}

void tpl_lex_next(tpl_parser *p) {
    if (p->rc) return;
    skip_space(p);
    p->tok.line = p->line;
    p->tok.text = bytes_str("");
    int c = byte_at(p, p->pos);
    if (c < 0) tpl_parse_fail(p, ERR_CORRUPT, "a tag without its end");
    else if (p->brackets <= 0 && skip_close(p)) p->tok.kind = p->tag == '{' ? T_VAR_END : T_BLOCK_END;
    else if (c == '"' || c == '\'') lex_string(p);
    else if (is_digit(c)) lex_number(p);
    else if (is_name(c)) {
        size_t end = p->pos;
        while (is_name(byte_at(p, end))) end++;
        p->tok.kind = T_NAME;
        p->tok.text = bytes_of(p->src.ptr + p->pos, end - p->pos);
        move_to(p, end);
    } else lex_operator(p);
}
