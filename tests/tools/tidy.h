/* For the analyser alone, included before each file: it reads one file at a time, and so has to be told that fail()
 * returns its code, which is never 0. Without this every `if (rc) return rc;` looks like a path that goes on after a
 * failure. */
#include "base/status.h"

#define fail(e, code, ...) ((void)(fail)(e, code, __VA_ARGS__), (code))
