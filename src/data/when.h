/* Dates of the schema (ISO 8601, as Python and JavaScript write them) and milliseconds since 1970. No clock: what the
 * time is comes in. */
#ifndef DATA_WHEN_H
#define DATA_WHEN_H

#include "base/buf.h"

/* NaN where the text is no date and time; without an offset it is UTC. Microseconds are cut to milliseconds. */
double when_of(bytes text);
/* Appends "2026-01-31T23:59:59.000Z" with its quotes, null for what is no time of the years 1 to 9999. */
void when_write(buf *out, double ms);

#endif
