/* Tools in prompts. The texts are templates themselves, so that they are written by what writes all prompts. */
#include "assist/tools.h"

#include <stdio.h>

#include "text/template.h"

static const char describe[] =
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
    "{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}</tools>\n\n"
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML "
    "tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>";

static const char write_calls[] =
    "{% for call in tools %}{% if not loop.first %}{{ '\\n' }}{% endif %}<tool_call>\n"
    "{\"name\": {{ call.function.name | tojson }}, \"arguments\": {{ call.function.arguments | tojson }}}\n"
    "</tool_call>{% endfor %}";

static bool has(bytes text, const char *word) {
    size_t n = strlen(word);
    for (size_t at = 0; at + n <= text.len; at++)
        if (!memcmp(text.ptr + at, word, n)) return true;
    return false;
}

bool tools_in_template(bytes source) { return has(source, "tools"); }

void tools_force(bytes source, bytes name, buf *out) {
    bool tagged = has(source, "<tool_call>") || !tools_in_template(source);
    if (tagged) buf_str(out, "<tool_call>\n");
    if (has(source, "<function=")) {
        buf_str(out, "<function=");
        buf_bytes(out, name);
        if (name.len) buf_str(out, ">\n");
        return;
    }
    buf_str(out, "{\"name\": \"");
    buf_bytes(out, name);
    if (name.len) buf_str(out, tagged ? "\", \"arguments\": " : "\", \"parameters\": ");
}

/* A schema that becomes a part of another one: with an address of its own its references stay within it. */
static void write_schema(const json *schema, uint32_t i, buf *out) {
    if (json_get(schema, "$id")) {
        json_write(schema, out);
        return;
    }
    buf_printf(out, "{\"$id\":\"tool:%u\"", (unsigned)i);
    for (const json *c = schema->first; c; c = c->next) {
        buf_byte(out, ',');
        buf_json_str(out, c->key);
        buf_byte(out, ':');
        json_write(c, out);
    }
    buf_byte(out, '}');
}

/* {"name": const, KEY: SCHEMA} */
static void write_object(bytes name, const char *key, bytes schema, buf *out) {
    buf_str(out, "{\"type\":\"object\",\"properties\":{\"name\":{\"const\":");
    buf_json_str(out, name);
    buf_printf(out, "},\"%s\":", key);
    buf_bytes(out, schema);
    buf_printf(out, "},\"required\":[\"name\",\"%s\"],\"additionalProperties\":false}", key);
}

/* Both ways of writing a call of the tool `i`, with one schema. */
static void write_call(const json *tool, bool free, uint32_t i, buf *out) {
    const json *f = json_get(tool, "function"), *schema = json_get(f, "parameters");
    bytes name = json_string(json_get(f, "name"), "");
    buf own = {0};
    char ref[96];
    snprintf(ref, sizeof ref, "{\"$ref\":\"#/$defs/call/anyOf/%u/properties/arguments\"}", (unsigned)i * 2);
    if (schema && schema->type == JSON_OBJECT && !free) write_schema(schema, i, &own);
    else buf_str(&own, "{\"type\":\"object\"}");
    if (i) buf_byte(out, ',');
    write_object(name, "arguments", buf_view(&own), out);
    buf_byte(out, ',');
    write_object(name, "parameters", bytes_str(ref), out);
    if (own.bad) out->bad = own.bad;
    buf_clear(&own);
}

void tools_format(const json *tools, bool list, bool free, buf *out) {
    uint32_t i = 0;
    buf_str(out, "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"$defs\":{\"call\":{\"anyOf\":[");
    for (const json *t = tools->first; t; t = t->next, i++) write_call(t, free, i, out);
    buf_str(out, "]}},\"anyOf\":[{\"$ref\":\"#/$defs/call\"}");
    if (list) buf_str(out, ",{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/call\"},\"minItems\":1}");
    buf_str(out, "]}}}");
}

/* Renders `source` with `list` as its variable "tools". */
static int render(const char *source, const json *list, buf *out, err *e) {
    template *t = NULL;
    json tools = *list, root = {.type = JSON_OBJECT, .count = 1, .first = &tools};
    tools.key = bytes_str("tools");
    tools.next = NULL;
    int rc = template_open(&t, bytes_str(source), e);
    if (!rc) rc = template_render(t, &root, 0, out, e);
    template_close(t);
    return rc;
}

int tools_describe(const json *tools, buf *out, err *e) { return render(describe, tools, out, e); }

int tools_write_calls(const json *calls, buf *out, err *e) { return calls ? render(write_calls, calls, out, e) : OK; }
