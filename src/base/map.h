/* Hash map from byte strings to 32-bit numbers: open addressing, a seeded hash (so that hostile keys cannot be chosen
 * to collide), keys borrowed. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/bytes.h"
#include "base/status.h"

typedef struct map map;
enum { MAP_NONE = 0xffffffff };

/* SipHash-1-3. With a hash over everything that a file holds as the seed of its maps, the keys that collide under a
 * seed cannot be put into the file without changing the seed. */
uint64_t map_hash(bytes s, uint64_t seed);

/* Room for n keys is made at once; it grows beyond. Pair: map_close(). */
int map_open(map **out, size_t n, uint64_t seed, err *e);
void map_close(map *m);
/* Adds or replaces; *old (may be NULL) gets the earlier value or MAP_NONE. The key's bytes must outlive the map. */
int map_put(map *m, bytes key, uint32_t value, uint32_t *old, err *e);
uint32_t map_get(const map *m, bytes key); /* MAP_NONE where absent */

#endif
