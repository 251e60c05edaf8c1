/* Labels and emojis as the published data set has them (OpenAssistant/oasst1): lists side by side, an entry for each
 * name. */
#include "data/tree_impl.h"

#define COUNT_MAX 9007199254740991.0 /* 2^53 - 1 */

bool lists_are(const json *j) {
    const json *names = json_get(j, "name");
    return names && names->type == JSON_ARRAY;
}

/* Whether a list has `n` elements that are numbers from 0 to most, or null where that is allowed. */
static bool is_right(const json *list, size_t n, double most, bool null) {
    if (!list || list->type != JSON_ARRAY || list->count != n) return false;
    for (const json *x = list->first; x; x = x->next)
        if (!(x->type == JSON_NULL && null) && !(x->type == JSON_NUMBER && x->number >= 0 && x->number <= most))
            return false;
    return true;
}

int lists_check(const json *j, const char *key, bool values, err *e) {
    const json *names = json_get(j, "name");
    bool right = names->count <= TREE_NAMES_MAX && is_right(json_get(j, "count"), names->count, COUNT_MAX, false);
    for (const json *name = names->first; name && right; name = name->next) right = name->type == JSON_STRING;
    if (values) right = right && is_right(json_get(j, "value"), names->count, 1, true);
    if (right) return OK;
    return fail(e, ERR_CORRUPT, "%s: lists of the same length, at most %d, are needed: name%s and count", key,
                TREE_NAMES_MAX, values ? ", value (0 to 1)" : "");
}

void lists_write(const json *j, buf *out) {
    const json *names = json_get(j, "name"), *values = json_get(j, "value"), *value = values ? values->first : NULL,
               *count = json_get(j, "count")->first;
    buf_byte(out, '{');
    for (const json *name = names->first; name; name = name->next, count = count->next) {
        if (name != names->first) buf_byte(out, ',');
        buf_json_str(out, name->string);
        buf_str(out, values ? ":{\"value\":" : ":");
        if (values) {
            json_write(value, out);
            buf_str(out, ",\"count\":");
            value = value->next;
        }
        json_write(count, out);
        if (values) buf_byte(out, '}');
    }
    buf_byte(out, '}');
}
