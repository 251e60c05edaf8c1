/* SHA-256 (FIPS 180-4). */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/bytes.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 64 };

void sha256(uint8_t digest[SHA256_BYTES], bytes text);
/* In lower-case hexadecimal, 0-terminated. */
void sha256_hex(char hex[SHA256_HEX + 1], bytes text);

#endif
