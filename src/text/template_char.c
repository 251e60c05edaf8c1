/* Characters of strings: code points, case, white space, searching. The two tables are Python 3.11's str.lower() and
 * str.upper() of single code points (Unicode 14); of the letters that become several, only the German sharp s is known,
 * the others stay as they are, and no letter's case depends on its place in the word (final sigma). */
#include "base/utf8.h"
#include "text/template_impl.h"

uint32_t tpl_char(bytes s, size_t *used) {
    if (s.ptr[0] < 0x80) {
        *used = 1;
        return s.ptr[0];
    }
    uint32_t c = utf8_decode(s, used);
    if (c == 0xfffd && !(*used == 3 && s.ptr[0] == 0xef)) *used = 1;
    return c;
}

size_t tpl_char_count(bytes s) {
    size_t n = 0;
    for (size_t i = 0, used; i < s.len; i += used, n++) tpl_char(bytes_of(s.ptr + i, s.len - i), &used);
    return n;
}

size_t tpl_char_offset(bytes s, size_t n) {
    size_t at = 0;
    for (size_t used; n && at < s.len; n--, at += used) tpl_char(bytes_of(s.ptr + at, s.len - at), &used);
    return at;
}

/* str.isspace() */
bool tpl_is_space(uint32_t c) {
    if (c < 128) return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

/* str.isprintable(), but for code points that Unicode has not assigned, which count as printable. */
bool tpl_is_printable(uint32_t c) {
    static const uint32_t not[][2] = {
        {0, 0x1f},           {0x7f, 0xa0},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
        {0x6dd, 0x6dd},      {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},     {0x1680, 0x1680},
        {0x180e, 0x180e},    {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x2064},   {0x2066, 0x206f},
        {0x3000, 0x3000},    {0xd800, 0xf8ff},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
        {0x110cd, 0x110cd},  {0x13430, 0x13438}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0001, 0xe007f},
        {0xf0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof not/ sizeof *not; i++)
        if (c >= not[i][0] && c <= not[i][1]) return false;
    return true;
}

/* Every stride-th code point from first to first + span changes by delta. */
struct case_range {
    uint32_t first : 20, span : 10, stride : 2;
    int32_t delta;
};

static const struct case_range to_lower[] = {
    {0xc0, 22, 1, 32},      {0xd8, 6, 1, 32},       {0x100, 46, 2, 1},      {0x132, 4, 2, 1},
    {0x139, 14, 2, 1},      {0x14a, 44, 2, 1},      {0x178, 0, 1, -121},    {0x179, 4, 2, 1},
    {0x181, 0, 1, 210},     {0x182, 2, 2, 1},       {0x186, 0, 1, 206},     {0x187, 0, 1, 1},
    {0x189, 1, 1, 205},     {0x18b, 0, 1, 1},       {0x18e, 0, 1, 79},      {0x18f, 0, 1, 202},
    {0x190, 0, 1, 203},     {0x191, 0, 1, 1},       {0x193, 0, 1, 205},     {0x194, 0, 1, 207},
    {0x196, 0, 1, 211},     {0x197, 0, 1, 209},     {0x198, 0, 1, 1},       {0x19c, 0, 1, 211},
    {0x19d, 0, 1, 213},     {0x19f, 0, 1, 214},     {0x1a0, 4, 2, 1},       {0x1a6, 0, 1, 218},
    {0x1a7, 0, 1, 1},       {0x1a9, 0, 1, 218},     {0x1ac, 0, 1, 1},       {0x1ae, 0, 1, 218},
    {0x1af, 0, 1, 1},       {0x1b1, 1, 1, 217},     {0x1b3, 2, 2, 1},       {0x1b7, 0, 1, 219},
    {0x1b8, 0, 1, 1},       {0x1bc, 0, 1, 1},       {0x1c4, 0, 1, 2},       {0x1c5, 0, 1, 1},
    {0x1c7, 0, 1, 2},       {0x1c8, 0, 1, 1},       {0x1ca, 0, 1, 2},       {0x1cb, 16, 2, 1},
    {0x1de, 16, 2, 1},      {0x1f1, 0, 1, 2},       {0x1f2, 2, 2, 1},       {0x1f6, 0, 1, -97},
    {0x1f7, 0, 1, -56},     {0x1f8, 38, 2, 1},      {0x220, 0, 1, -130},    {0x222, 16, 2, 1},
    {0x23a, 0, 1, 10795},   {0x23b, 0, 1, 1},       {0x23d, 0, 1, -163},    {0x23e, 0, 1, 10792},
    {0x241, 0, 1, 1},       {0x243, 0, 1, -195},    {0x244, 0, 1, 69},      {0x245, 0, 1, 71},
    {0x246, 8, 2, 1},       {0x370, 2, 2, 1},       {0x376, 0, 1, 1},       {0x37f, 0, 1, 116},
    {0x386, 0, 1, 38},      {0x388, 2, 1, 37},      {0x38c, 0, 1, 64},      {0x38e, 1, 1, 63},
    {0x391, 16, 1, 32},     {0x3a3, 8, 1, 32},      {0x3cf, 0, 1, 8},       {0x3d8, 22, 2, 1},
    {0x3f4, 0, 1, -60},     {0x3f7, 0, 1, 1},       {0x3f9, 0, 1, -7},      {0x3fa, 0, 1, 1},
    {0x3fd, 2, 1, -130},    {0x400, 15, 1, 80},     {0x410, 31, 1, 32},     {0x460, 32, 2, 1},
    {0x48a, 52, 2, 1},      {0x4c0, 0, 1, 15},      {0x4c1, 12, 2, 1},      {0x4d0, 94, 2, 1},
    {0x531, 37, 1, 48},     {0x10a0, 37, 1, 7264},  {0x10c7, 0, 1, 7264},   {0x10cd, 0, 1, 7264},
    {0x13a0, 79, 1, 38864}, {0x13f0, 5, 1, 8},      {0x1c90, 42, 1, -3008}, {0x1cbd, 2, 1, -3008},
    {0x1e00, 148, 2, 1},    {0x1e9e, 0, 1, -7615},  {0x1ea0, 94, 2, 1},     {0x1f08, 7, 1, -8},
    {0x1f18, 5, 1, -8},     {0x1f28, 7, 1, -8},     {0x1f38, 7, 1, -8},     {0x1f48, 5, 1, -8},
    {0x1f59, 6, 2, -8},     {0x1f68, 7, 1, -8},     {0x1f88, 7, 1, -8},     {0x1f98, 7, 1, -8},
    {0x1fa8, 7, 1, -8},     {0x1fb8, 1, 1, -8},     {0x1fba, 1, 1, -74},    {0x1fbc, 0, 1, -9},
    {0x1fc8, 3, 1, -86},    {0x1fcc, 0, 1, -9},     {0x1fd8, 1, 1, -8},     {0x1fda, 1, 1, -100},
    {0x1fe8, 1, 1, -8},     {0x1fea, 1, 1, -112},   {0x1fec, 0, 1, -7},     {0x1ff8, 1, 1, -128},
    {0x1ffa, 1, 1, -126},   {0x1ffc, 0, 1, -9},     {0x2126, 0, 1, -7517},  {0x212a, 0, 1, -8383},
    {0x212b, 0, 1, -8262},  {0x2132, 0, 1, 28},     {0x2160, 15, 1, 16},    {0x2183, 0, 1, 1},
    {0x24b6, 25, 1, 26},    {0x2c00, 47, 1, 48},    {0x2c60, 0, 1, 1},      {0x2c62, 0, 1, -10743},
    {0x2c63, 0, 1, -3814},  {0x2c64, 0, 1, -10727}, {0x2c67, 4, 2, 1},      {0x2c6d, 0, 1, -10780},
    {0x2c6e, 0, 1, -10749}, {0x2c6f, 0, 1, -10783}, {0x2c70, 0, 1, -10782}, {0x2c72, 0, 1, 1},
    {0x2c75, 0, 1, 1},      {0x2c7e, 1, 1, -10815}, {0x2c80, 98, 2, 1},     {0x2ceb, 2, 2, 1},
    {0x2cf2, 0, 1, 1},      {0xa640, 44, 2, 1},     {0xa680, 26, 2, 1},     {0xa722, 12, 2, 1},
    {0xa732, 60, 2, 1},     {0xa779, 2, 2, 1},      {0xa77d, 0, 1, -35332}, {0xa77e, 8, 2, 1},
    {0xa78b, 0, 1, 1},      {0xa78d, 0, 1, -42280}, {0xa790, 2, 2, 1},      {0xa796, 18, 2, 1},
    {0xa7aa, 0, 1, -42308}, {0xa7ab, 0, 1, -42319}, {0xa7ac, 0, 1, -42315}, {0xa7ad, 0, 1, -42305},
    {0xa7ae, 0, 1, -42308}, {0xa7b0, 0, 1, -42258}, {0xa7b1, 0, 1, -42282}, {0xa7b2, 0, 1, -42261},
    {0xa7b3, 0, 1, 928},    {0xa7b4, 14, 2, 1},     {0xa7c4, 0, 1, -48},    {0xa7c5, 0, 1, -42307},
    {0xa7c6, 0, 1, -35384}, {0xa7c7, 2, 2, 1},      {0xa7d0, 0, 1, 1},      {0xa7d6, 2, 2, 1},
    {0xa7f5, 0, 1, 1},      {0xff21, 25, 1, 32},    {0x10400, 39, 1, 40},   {0x104b0, 35, 1, 40},
    {0x10570, 36, 2, 39},   {0x10571, 8, 2, 39},    {0x1057d, 12, 2, 39},   {0x1058d, 4, 2, 39},
    {0x10595, 0, 1, 39},    {0x10c80, 50, 1, 64},   {0x118a0, 31, 1, 32},   {0x16e40, 31, 1, 32},
    {0x1e900, 33, 1, 34},
};

static const struct case_range to_upper[] = {
    {0xb5, 0, 1, 743},     {0xe0, 22, 1, -32},      {0xf8, 6, 1, -32},      {0xff, 0, 1, 121},
    {0x101, 46, 2, -1},    {0x131, 0, 1, -232},     {0x133, 4, 2, -1},      {0x13a, 14, 2, -1},
    {0x14b, 44, 2, -1},    {0x17a, 4, 2, -1},       {0x17f, 0, 1, -300},    {0x180, 0, 1, 195},
    {0x183, 2, 2, -1},     {0x188, 0, 1, -1},       {0x18c, 0, 1, -1},      {0x192, 0, 1, -1},
    {0x195, 0, 1, 97},     {0x199, 0, 1, -1},       {0x19a, 0, 1, 163},     {0x19e, 0, 1, 130},
    {0x1a1, 4, 2, -1},     {0x1a8, 0, 1, -1},       {0x1ad, 0, 1, -1},      {0x1b0, 0, 1, -1},
    {0x1b4, 2, 2, -1},     {0x1b9, 0, 1, -1},       {0x1bd, 0, 1, -1},      {0x1bf, 0, 1, 56},
    {0x1c5, 0, 1, -1},     {0x1c6, 0, 1, -2},       {0x1c8, 0, 1, -1},      {0x1c9, 0, 1, -2},
    {0x1cb, 0, 1, -1},     {0x1cc, 0, 1, -2},       {0x1ce, 14, 2, -1},     {0x1dd, 0, 1, -79},
    {0x1df, 16, 2, -1},    {0x1f2, 0, 1, -1},       {0x1f3, 0, 1, -2},      {0x1f5, 0, 1, -1},
    {0x1f9, 38, 2, -1},    {0x223, 16, 2, -1},      {0x23c, 0, 1, -1},      {0x23f, 1, 1, 10815},
    {0x242, 0, 1, -1},     {0x247, 8, 2, -1},       {0x250, 0, 1, 10783},   {0x251, 0, 1, 10780},
    {0x252, 0, 1, 10782},  {0x253, 0, 1, -210},     {0x254, 0, 1, -206},    {0x256, 1, 1, -205},
    {0x259, 0, 1, -202},   {0x25b, 0, 1, -203},     {0x25c, 0, 1, 42319},   {0x260, 0, 1, -205},
    {0x261, 0, 1, 42315},  {0x263, 0, 1, -207},     {0x265, 0, 1, 42280},   {0x266, 0, 1, 42308},
    {0x268, 0, 1, -209},   {0x269, 0, 1, -211},     {0x26a, 0, 1, 42308},   {0x26b, 0, 1, 10743},
    {0x26c, 0, 1, 42305},  {0x26f, 0, 1, -211},     {0x271, 0, 1, 10749},   {0x272, 0, 1, -213},
    {0x275, 0, 1, -214},   {0x27d, 0, 1, 10727},    {0x280, 0, 1, -218},    {0x282, 0, 1, 42307},
    {0x283, 0, 1, -218},   {0x287, 0, 1, 42282},    {0x288, 0, 1, -218},    {0x289, 0, 1, -69},
    {0x28a, 1, 1, -217},   {0x28c, 0, 1, -71},      {0x292, 0, 1, -219},    {0x29d, 0, 1, 42261},
    {0x29e, 0, 1, 42258},  {0x345, 0, 1, 84},       {0x371, 2, 2, -1},      {0x377, 0, 1, -1},
    {0x37b, 2, 1, 130},    {0x3ac, 0, 1, -38},      {0x3ad, 2, 1, -37},     {0x3b1, 16, 1, -32},
    {0x3c2, 0, 1, -31},    {0x3c3, 8, 1, -32},      {0x3cc, 0, 1, -64},     {0x3cd, 1, 1, -63},
    {0x3d0, 0, 1, -62},    {0x3d1, 0, 1, -57},      {0x3d5, 0, 1, -47},     {0x3d6, 0, 1, -54},
    {0x3d7, 0, 1, -8},     {0x3d9, 22, 2, -1},      {0x3f0, 0, 1, -86},     {0x3f1, 0, 1, -80},
    {0x3f2, 0, 1, 7},      {0x3f3, 0, 1, -116},     {0x3f5, 0, 1, -96},     {0x3f8, 0, 1, -1},
    {0x3fb, 0, 1, -1},     {0x430, 31, 1, -32},     {0x450, 15, 1, -80},    {0x461, 32, 2, -1},
    {0x48b, 52, 2, -1},    {0x4c2, 12, 2, -1},      {0x4cf, 0, 1, -15},     {0x4d1, 94, 2, -1},
    {0x561, 37, 1, -48},   {0x10d0, 42, 1, 3008},   {0x10fd, 2, 1, 3008},   {0x13f8, 5, 1, -8},
    {0x1c80, 0, 1, -6254}, {0x1c81, 0, 1, -6253},   {0x1c82, 0, 1, -6244},  {0x1c83, 1, 1, -6242},
    {0x1c85, 0, 1, -6243}, {0x1c86, 0, 1, -6236},   {0x1c87, 0, 1, -6181},  {0x1c88, 0, 1, 35266},
    {0x1d79, 0, 1, 35332}, {0x1d7d, 0, 1, 3814},    {0x1d8e, 0, 1, 35384},  {0x1e01, 148, 2, -1},
    {0x1e9b, 0, 1, -59},   {0x1ea1, 94, 2, -1},     {0x1f00, 7, 1, 8},      {0x1f10, 5, 1, 8},
    {0x1f20, 7, 1, 8},     {0x1f30, 7, 1, 8},       {0x1f40, 5, 1, 8},      {0x1f51, 6, 2, 8},
    {0x1f60, 7, 1, 8},     {0x1f70, 1, 1, 74},      {0x1f72, 3, 1, 86},     {0x1f76, 1, 1, 100},
    {0x1f78, 1, 1, 128},   {0x1f7a, 1, 1, 112},     {0x1f7c, 1, 1, 126},    {0x1fb0, 1, 1, 8},
    {0x1fbe, 0, 1, -7205}, {0x1fd0, 1, 1, 8},       {0x1fe0, 1, 1, 8},      {0x1fe5, 0, 1, 7},
    {0x214e, 0, 1, -28},   {0x2170, 15, 1, -16},    {0x2184, 0, 1, -1},     {0x24d0, 25, 1, -26},
    {0x2c30, 47, 1, -48},  {0x2c61, 0, 1, -1},      {0x2c65, 0, 1, -10795}, {0x2c66, 0, 1, -10792},
    {0x2c68, 4, 2, -1},    {0x2c73, 0, 1, -1},      {0x2c76, 0, 1, -1},     {0x2c81, 98, 2, -1},
    {0x2cec, 2, 2, -1},    {0x2cf3, 0, 1, -1},      {0x2d00, 37, 1, -7264}, {0x2d27, 0, 1, -7264},
    {0x2d2d, 0, 1, -7264}, {0xa641, 44, 2, -1},     {0xa681, 26, 2, -1},    {0xa723, 12, 2, -1},
    {0xa733, 60, 2, -1},   {0xa77a, 2, 2, -1},      {0xa77f, 8, 2, -1},     {0xa78c, 0, 1, -1},
    {0xa791, 2, 2, -1},    {0xa794, 0, 1, 48},      {0xa797, 18, 2, -1},    {0xa7b5, 14, 2, -1},
    {0xa7c8, 2, 2, -1},    {0xa7d1, 0, 1, -1},      {0xa7d7, 2, 2, -1},     {0xa7f6, 0, 1, -1},
    {0xab53, 0, 1, -928},  {0xab70, 79, 1, -38864}, {0xff41, 25, 1, -32},   {0x10428, 39, 1, -40},
    {0x104d8, 35, 1, -40}, {0x10597, 36, 2, -39},   {0x10598, 8, 2, -39},   {0x105a4, 12, 2, -39},
    {0x105b4, 4, 2, -39},  {0x105bc, 0, 1, -39},    {0x10cc0, 50, 1, -64},  {0x118c0, 31, 1, -32},
    {0x16e60, 31, 1, -32}, {0x1e922, 33, 1, -34},
};

static uint32_t change_case(const struct case_range *t, size_t n, uint32_t c) {
    for (size_t i = 0; i < n; i++)
        if (c >= t[i].first && c - t[i].first <= t[i].span && (c - t[i].first) % t[i].stride == 0)
            return (uint32_t)((int32_t)c + t[i].delta);
    return c;
}

uint32_t tpl_lower(uint32_t c) {
    if (c < 128) return c >= 'A' && c <= 'Z' ? c + 32 : c;
    return change_case(to_lower, sizeof to_lower / sizeof *to_lower, c);
}

uint32_t tpl_upper(uint32_t c) {
    if (c < 128) return c >= 'a' && c <= 'z' ? c - 32 : c;
    return change_case(to_upper, sizeof to_upper / sizeof *to_upper, c);
}

bytes tpl_recase(tpl_run *r, bytes s, int first, int rest) {
    buf b = tpl_buf(r);
    if (!tpl_cost(r, 1 + s.len / 8)) return bytes_str("");
    for (size_t i = 0, used; i < s.len; i += used) {
        uint32_t c = tpl_char(bytes_of(s.ptr + i, s.len - i), &used);
        int how = i ? rest : first;
        uint32_t changed = how == 'u' ? tpl_upper(c) : how == 'l' ? tpl_lower(c) : c;
        uint8_t out[4];
        if (how == 'u' && c == 0xdf) buf_str(&b, i || rest == 'u' ? "SS" : "Ss");
        else if (changed == c) buf_put(&b, s.ptr + i, used);
        else buf_put(&b, out, utf8_encode(out, changed));
    }
    return tpl_take(r, &b);
}

/* The code point that ends before `end`. */
static uint32_t char_before(bytes s, size_t end, size_t *used) {
    for (size_t n = 4 < end ? 4 : end; n > 1; n--) {
        uint32_t c = tpl_char(bytes_of(s.ptr + end - n, n), used);
        if (*used == n) return c;
    }
    return tpl_char(bytes_of(s.ptr + end - 1, 1), used);
}

bytes tpl_strip(bytes s, int sides) {
    size_t from = 0, end = s.len, used;
    while ((sides & TPL_STRIP_LEFT) && from < end && tpl_is_space(tpl_char(bytes_of(s.ptr + from, end - from), &used)))
        from += used;
    while ((sides & TPL_STRIP_RIGHT) && end > from && tpl_is_space(char_before(s, end, &used))) end -= used;
    return bytes_of(s.ptr + from, end - from);
}

static bool is_one_of(bytes one, bytes chars) {
    for (size_t i = 0, used; i < chars.len; i += used) {
        tpl_char(bytes_of(chars.ptr + i, chars.len - i), &used);
        if (used == one.len && !memcmp(chars.ptr + i, one.ptr, used)) return true;
    }
    return false;
}

bytes tpl_strip_chars(tpl_run *r, bytes s, bytes chars, int sides) {
    size_t from = 0, end = s.len, used;
    while ((sides & TPL_STRIP_LEFT) && from < end && tpl_cost_bytes(r, chars.len)) {
        tpl_char(bytes_of(s.ptr + from, end - from), &used);
        if (!is_one_of(bytes_of(s.ptr + from, used), chars)) break;
        from += used;
    }
    while ((sides & TPL_STRIP_RIGHT) && end > from && tpl_cost_bytes(r, chars.len)) {
        char_before(s, end, &used);
        if (!is_one_of(bytes_of(s.ptr + end - used, used), chars)) break;
        end -= used;
    }
    return bytes_of(s.ptr + from, end - from);
}

/* Whether `what` is at s; counts what was compared, and pays for it when it is a step's worth. */
static bool is_here(tpl_run *r, const uint8_t *s, bytes what, size_t *work) {
    size_t i = 0;
    while (i < what.len && s[i] == what.ptr[i]) i++;
    *work += i + 1;
    if (*work >= 4096) {
        tpl_cost(r, *work / 64);
        *work = 0;
    }
    return i == what.len;
}

size_t tpl_search(tpl_run *r, bytes in, size_t from, bytes what) {
    size_t work = 0;
    if (!tpl_cost(r, 1)) return in.len + 1;
    if (!what.len) return from <= in.len ? from : in.len + 1;
    for (size_t i = from; i < in.len && in.len - i >= what.len && !r->rc; i++) {
        const uint8_t *next = memchr(in.ptr + i, what.ptr[0], in.len - i - what.len + 1);
        size_t to = next ? (size_t)(next - in.ptr) : in.len;
        work += (to - i) / 8;
        if (!next) break;
        i = to;
        if (is_here(r, next, what, &work)) {
            tpl_cost(r, work / 64);
            return i;
        }
    }
    tpl_cost(r, work / 64);
    return in.len + 1;
}

size_t tpl_search_back(tpl_run *r, bytes in, size_t before, bytes what) {
    size_t work = 0;
    if (before >= what.len)
        for (size_t i = before - what.len + 1; i-- > 0 && tpl_cost(r, 0);)
            if (is_here(r, in.ptr + i, what, &work)) {
                tpl_cost(r, work / 64);
                return i;
            }
    tpl_cost(r, work / 64);
    return in.len + 1;
}

bytes tpl_replace(tpl_run *r, bytes s, bytes from, bytes to, int64_t count) {
    buf b = tpl_buf(r);
    size_t at = 0;
    for (; count && at <= s.len; count--) {
        size_t hit = tpl_search(r, s, at, from);
        if (hit > s.len || r->rc || b.bad || !tpl_cost_bytes(r, to.len)) break;
        buf_put(&b, s.ptr + at, hit - at);
        buf_bytes(&b, to);
        at = hit + from.len;
        if (from.len) continue;
        size_t used = 1; /* between all characters */
        if (hit < s.len) {
            tpl_char(bytes_of(s.ptr + hit, s.len - hit), &used);
            buf_put(&b, s.ptr + hit, used);
        }
        at = hit + used;
    }
    if (at == 0 && !b.len) return s; /* nothing was found: no copy */
    if (at < s.len) buf_put(&b, s.ptr + at, s.len - at);
    return tpl_take(r, &b);
}
