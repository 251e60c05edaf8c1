/* The block formats of ggml-quants.c, read. A block holds its scales and its values' bits; each format's layout is
 * drawn above its function, in bytes. Every product and sum is the one that ggml's dequantize_row_* computes, in its
 * order. */
#include "tensor/quant.h"

enum { BLOCK = 32, SUPER = 256 }; /* values in a block of the plain formats and of the K formats */

static uint16_t load_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static uint32_t load_u32(const uint8_t *p) { return load_u16(p) | (uint32_t)load_u16(p + 2) << 16; }
static float load_f16(const uint8_t *p) { return f16_to_f32(load_u16(p)); }

static float f32_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint32_t bits_of(float f) {
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static float load_f32(const uint8_t *p) { return f32_of(load_u32(p)); }

/* The exponent moves up by 127 - 15; a subnormal is its mantissa times 2^-24. */
float f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, mantissa = h & 0x3ff;
    if (exponent == 0) return f32_of(sign | bits_of((float)mantissa * 0x1p-24f));
    return f32_of(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | mantissa << 13);
}

uint16_t f32_to_f16(float f) {
    uint32_t x = bits_of(f), sign = x >> 16 & 0x8000, magnitude = x & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00);  /* NaN, made quiet */
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00); /* from 65520 on everything rounds to infinity */
    if (magnitude < 0x38800000) /* below 2^-14: adding 1/2 leaves the result, rounded, in the low bits */
        return (uint16_t)(sign | (bits_of(f32_of(magnitude) + 0.5f) - bits_of(0.5f)));
    uint32_t odd = magnitude >> 13 & 1;
    return (uint16_t)(sign | (magnitude - (112u << 23) + 0xfff + odd) >> 13);
}

/* ---- Plain values ---- */

static void read_f32(float *dst, const uint8_t *src, size_t n) {
    for (size_t i = 0; i < n; i++) dst[i] = load_f32(src + 4 * i);
}

static void read_f16(float *dst, const uint8_t *src, size_t n) {
    for (size_t i = 0; i < n; i++) dst[i] = load_f16(src + 2 * i);
}

static void read_bf16(float *dst, const uint8_t *src, size_t n) {
    for (size_t i = 0; i < n; i++) dst[i] = f32_of((uint32_t)load_u16(src + 2 * i) << 16);
}

/* ---- Blocks of 32: value i is in the low half of byte i of `qs`, value i + 16 in its high half ---- */

/* d f16, qs 16 */
static void read_q4_0(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / BLOCK; b++, src += 18, dst += BLOCK) {
        float d = load_f16(src);
        const uint8_t *qs = src + 2;
        for (int i = 0; i < 16; i++) {
            dst[i] = (float)((qs[i] & 15) - 8) * d;
            dst[i + 16] = (float)((qs[i] >> 4) - 8) * d;
        }
    }
}

/* d f16, m f16, qs 16 */
static void read_q4_1(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / BLOCK; b++, src += 20, dst += BLOCK) {
        float d = load_f16(src), m = load_f16(src + 2);
        const uint8_t *qs = src + 4;
        for (int i = 0; i < 16; i++) {
            dst[i] = (float)(qs[i] & 15) * d + m;
            dst[i + 16] = (float)(qs[i] >> 4) * d + m;
        }
    }
}

/* d f16, fifth bits 4, qs 16 */
static void read_q5_0(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / BLOCK; b++, src += 22, dst += BLOCK) {
        float d = load_f16(src);
        uint32_t high = load_u32(src + 2);
        const uint8_t *qs = src + 6;
        for (int i = 0; i < 16; i++) {
            dst[i] = (float)((int)((qs[i] & 15) | (high >> i & 1) << 4) - 16) * d;
            dst[i + 16] = (float)((int)((uint32_t)(qs[i] >> 4) | (high >> (i + 16) & 1) << 4) - 16) * d;
        }
    }
}

/* d f16, m f16, fifth bits 4, qs 16 */
static void read_q5_1(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / BLOCK; b++, src += 24, dst += BLOCK) {
        float d = load_f16(src), m = load_f16(src + 2);
        uint32_t high = load_u32(src + 4);
        const uint8_t *qs = src + 8;
        for (int i = 0; i < 16; i++) {
            dst[i] = (float)((qs[i] & 15) | (high >> i & 1) << 4) * d + m;
            dst[i + 16] = (float)((uint32_t)(qs[i] >> 4) | (high >> (i + 16) & 1) << 4) * d + m;
        }
    }
}

/* d f16, 32 signed bytes */
static void read_q8_0(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / BLOCK; b++, src += 34, dst += BLOCK) {
        float d = load_f16(src);
        for (int i = 0; i < BLOCK; i++) dst[i] = (float)(int8_t)src[2 + i] * d;
    }
}

/* d f16, qs 16: indices into a table of 16 uneven steps */
static void read_iq4_nl(float *dst, const uint8_t *src, size_t n) {
    static const int8_t step[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    for (size_t b = 0; b < n / BLOCK; b++, src += 18, dst += BLOCK) {
        float d = load_f16(src);
        const uint8_t *qs = src + 2;
        for (int i = 0; i < 16; i++) {
            dst[i] = d * (float)step[qs[i] & 15];
            dst[i + 16] = d * (float)step[qs[i] >> 4];
        }
    }
}

/* ---- K formats: 256 values in 8 or 16 groups, each with a small integer scale of its own ---- */

/* scales 16 (low half: scale, high half: minimum; one byte for 16 values), qs 64, d f16, dmin f16.
 * Values 128h + 32j + i: bits 2j, 2j + 1 of byte 32h + i. */
static void read_q2_k(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / SUPER; b++, src += 84, dst += SUPER) {
        float d = load_f16(src + 80), dmin = load_f16(src + 82);
        for (int g = 0; g < 16; g++) {
            const uint8_t *qs = src + 16 + g / 8 * 32 + g % 2 * 16;
            float scale = d * (float)(src[g] & 15), least = dmin * (float)(src[g] >> 4);
            for (int i = 0; i < 16; i++) dst[16 * g + i] = scale * (float)(qs[i] >> (g % 8 / 2 * 2) & 3) - least;
        }
    }
}

/* third bits 32, qs 64, scales 12 (16 of 6 bits), d f16.
 * Values 32k + i: third bit is bit k of byte i (0 means -4); the two others lie as in Q2_K. */
static void read_q3_k(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / SUPER; b++, src += 110, dst += SUPER) {
        const uint8_t *scales = src + 96;
        float d = load_f16(src + 108);
        for (int g = 0; g < 16; g++) {
            const uint8_t *high = src + g % 2 * 16, *qs = src + 32 + g / 8 * 32 + g % 2 * 16;
            int low4 = g < 8 ? scales[g] & 15 : scales[g - 8] >> 4, high2 = scales[8 + g % 4] >> (g / 4 * 2) & 3;
            float scale = d * (float)((low4 | high2 << 4) - 32);
            for (int i = 0; i < 16; i++) {
                int q = (qs[i] >> (g % 8 / 2 * 2) & 3) - (high[i] >> (g / 2) & 1 ? 0 : 4);
                dst[16 * g + i] = scale * (float)q;
            }
        }
    }
}

/* The j-th of 8 scales and minima of 6 bits each in 12 bytes: the first four of both whole, with two bits of a later
 * one above; bytes 8..11 hold the low halves of the later ones. */
static void read_scale_min(const uint8_t *s, int j, int *scale, int *least) {
    if (j < 4) {
        *scale = s[j] & 63;
        *least = s[j + 4] & 63;
    } else {
        *scale = (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
        *least = (s[j + 4] >> 4) | (s[j] >> 6) << 4;
    }
}

/* d f16, dmin f16, scales and minima 12, [fifth bits 32,] qs 128.
 * Values 64k + i in the low, 64k + 32 + i in the high halves of bytes 32k + i; the fifth bit of value 32j + i is bit j
 * of byte i. */
static void read_q45_k(float *dst, const uint8_t *src, const uint8_t *fifth, const uint8_t *qs) {
    float d = load_f16(src), dmin = load_f16(src + 2);
    for (int j = 0; j < 8; j++) {
        int s, m;
        read_scale_min(src + 4, j, &s, &m);
        float scale = d * (float)s, least = dmin * (float)m;
        for (int i = 0; i < 32; i++) {
            int q = qs[j / 2 * 32 + i] >> (j % 2 * 4) & 15;
            if (fifth) q |= (fifth[i] >> j & 1) << 4;
            dst[32 * j + i] = scale * (float)q - least;
        }
    }
}

static void read_q4_k(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / SUPER; b++, src += 144, dst += SUPER) read_q45_k(dst, src, NULL, src + 16);
}

static void read_q5_k(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / SUPER; b++, src += 176, dst += SUPER) read_q45_k(dst, src, src + 16, src + 48);
}

/* low halves 128, upper two bits 64, scales 16 signed bytes, d f16.
 * Values 128h + 32j + i: half j / 2 of byte 64h + 32 (j % 2) + i; bits 2j, 2j + 1 of byte 32h + i. */
static void read_q6_k(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / SUPER; b++, src += 210, dst += SUPER) {
        float d = load_f16(src + 208);
        for (int g = 0; g < 16; g++) { /* 16 values with one scale */
            int h = g / 8, j = g % 8 / 2, from = g % 2 * 16;
            const uint8_t *low = src + 64 * h + 32 * (j % 2) + from, *high = src + 128 + 32 * h + from;
            float scale = d * (float)(int8_t)src[192 + g];
            for (int i = 0; i < 16; i++) {
                int q = (low[i] >> (j / 2 * 4) & 15) | (high[i] >> (2 * j) & 3) << 4;
                dst[16 * g + i] = scale * (float)(q - 32);
            }
        }
    }
}

/* d f32, 256 signed bytes, 16 sums of 16 bits that are not needed here */
static void read_q8_k(float *dst, const uint8_t *src, size_t n) {
    for (size_t b = 0; b < n / SUPER; b++, src += 292, dst += SUPER) {
        float d = load_f32(src);
        for (int i = 0; i < SUPER; i++) dst[i] = d * (float)(int8_t)src[4 + i];
    }
}

/* ---- Finiteness: all exponent bits set is NaN or infinity ---- */

static bool halves_finite(const uint8_t *p, size_t blocks, size_t stride, uint32_t exponent) {
    uint32_t found = 0;
    for (size_t b = 0; b < blocks; b++, p += stride) found |= (load_u16(p) & exponent) == exponent;
    return !found;
}

static bool floats_finite(const uint8_t *p, size_t blocks, size_t stride) {
    return halves_finite(p + 2, blocks, stride, 0x7f80);
}
static bool scales_finite(const uint8_t *p, size_t blocks, size_t stride) {
    return halves_finite(p, blocks, stride, 0x7c00);
}
static bool pairs_finite(const uint8_t *p, size_t blocks, size_t stride) {
    return scales_finite(p, blocks, stride) && scales_finite(p + 2, blocks, stride);
}

static bool finite_f32(const uint8_t *src, size_t n) { return floats_finite(src, n, 4); }
static bool finite_f16(const uint8_t *src, size_t n) { return scales_finite(src, n, 2); }
static bool finite_bf16(const uint8_t *src, size_t n) { return halves_finite(src, n, 2, 0x7f80); }
static bool finite_q4_0(const uint8_t *src, size_t n) { return scales_finite(src, n / BLOCK, 18); }
static bool finite_q4_1(const uint8_t *src, size_t n) { return pairs_finite(src, n / BLOCK, 20); }
static bool finite_q5_0(const uint8_t *src, size_t n) { return scales_finite(src, n / BLOCK, 22); }
static bool finite_q5_1(const uint8_t *src, size_t n) { return pairs_finite(src, n / BLOCK, 24); }
static bool finite_q8_0(const uint8_t *src, size_t n) { return scales_finite(src, n / BLOCK, 34); }
static bool finite_q2_k(const uint8_t *src, size_t n) { return pairs_finite(src + 80, n / SUPER, 84); }
static bool finite_q3_k(const uint8_t *src, size_t n) { return scales_finite(src + 108, n / SUPER, 110); }
static bool finite_q4_k(const uint8_t *src, size_t n) { return pairs_finite(src, n / SUPER, 144); }
static bool finite_q5_k(const uint8_t *src, size_t n) { return pairs_finite(src, n / SUPER, 176); }
static bool finite_q6_k(const uint8_t *src, size_t n) { return scales_finite(src + 208, n / SUPER, 210); }
static bool finite_q8_k(const uint8_t *src, size_t n) { return floats_finite(src, n / SUPER, 292); }

/* clang-format off */
const quant quant_traits[TENSOR_TYPE_COUNT] = {
    [TENSOR_F32]    = {"F32",    1,     4,   read_f32,    finite_f32},
    [TENSOR_F16]    = {"F16",    1,     2,   read_f16,    finite_f16},
    [TENSOR_BF16]   = {"BF16",   1,     2,   read_bf16,   finite_bf16},
    [TENSOR_Q4_0]   = {"Q4_0",   BLOCK, 18,  read_q4_0,   finite_q4_0},
    [TENSOR_Q4_1]   = {"Q4_1",   BLOCK, 20,  read_q4_1,   finite_q4_1},
    [TENSOR_Q5_0]   = {"Q5_0",   BLOCK, 22,  read_q5_0,   finite_q5_0},
    [TENSOR_Q5_1]   = {"Q5_1",   BLOCK, 24,  read_q5_1,   finite_q5_1},
    [TENSOR_Q8_0]   = {"Q8_0",   BLOCK, 34,  read_q8_0,   finite_q8_0},
    [TENSOR_IQ4_NL] = {"IQ4_NL", BLOCK, 18,  read_iq4_nl, finite_q4_0},
    [TENSOR_Q2_K]   = {"Q2_K",   SUPER, 84,  read_q2_k,   finite_q2_k},
    [TENSOR_Q3_K]   = {"Q3_K",   SUPER, 110, read_q3_k,   finite_q3_k},
    [TENSOR_Q4_K]   = {"Q4_K",   SUPER, 144, read_q4_k,   finite_q4_k},
    [TENSOR_Q5_K]   = {"Q5_K",   SUPER, 176, read_q5_k,   finite_q5_k},
    [TENSOR_Q6_K]   = {"Q6_K",   SUPER, 210, read_q6_k,   finite_q6_k},
    [TENSOR_Q8_K]   = {"Q8_K",   SUPER, 292, read_q8_k,   finite_q8_k},
};
/* clang-format on */

const quant *quant_of(uint32_t type) {
    return type < TENSOR_TYPE_COUNT && quant_traits[type].name ? &quant_traits[type] : NULL;
}
