/* assist/calls: every way to write a call, cut at any byte; what is none stays text, unchanged. */
#include "assist/calls.h"

#include "test.h"

static const char tools_text[] = "[{\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"parameters\":{"
                                 "\"type\":\"object\",\"properties\":{"
                                 "\"city\":{\"type\":\"string\"},\"days\":{\"type\":\"integer\"}}}}},"
                                 "{\"type\":\"function\",\"function\":{\"name\":\"now\"}}]";

#define ROME "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":\\\"Rome\\\"}\"}"
#define NOW "{\"name\":\"now\",\"arguments\":\"{}\"}"

/* The answer in two pieces, and byte by byte, gives this text and these calls. */
static void check(const char *answer, const char *text, const char *found) {
    const json *tools = NULL;
    size_t len = strlen(answer);
    CHECK_INT(json_parse(&tools, bytes_str(tools_text), NULL), OK);
    for (size_t cut = 0; cut <= len; cut++) {
        calls c = {0};
        buf out = {0}, list = {0};
        err e = {0};
        CHECK_INT(calls_open(&c, tools, &e), OK);
        if (cut < len) {
            CHECK_INT(calls_put(&c, bytes_of(answer, cut), &out, &list, &e), OK);
            CHECK_INT(calls_put(&c, bytes_of(answer + cut, len - cut), &out, &list, &e), OK);
        } else {
            for (size_t i = 0; i < len; i++) CHECK_INT(calls_put(&c, bytes_of(answer + i, 1), &out, &list, &e), OK);
        }
        CHECK_INT(calls_end(&c, &out, &list, &e), OK);
        CHECK_BYTES(buf_view(&out), text);
        CHECK_BYTES(buf_view(&list), found);
        calls_clear(&c);
        buf_clear(&out);
        buf_clear(&list);
    }
    json_close(tools);
}

TEST(hermes_and_qwen) {
    check("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>", "", ROME);
    check("Let me look. \n<tool_call>{\"arguments\": {\"city\": \"Rome\"}, \"name\": \"get_weather\"}</tool_call>",
          "Let me look.", ROME);
    check("a\n<tool_call>\n{\"name\": \"now\"}\n</tool_call>\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": "
          "\"{\\\"city\\\":\\\"Rome\\\"}\"}\n</tool_call>\nb",
          "ab", NOW "," ROME);
    check(
        "<tool_call>[{\"name\":\"now\",\"arguments\":{}},{\"name\":\"get_weather\",\"arguments\":{\"city\":\"Rome\"}}]"
        "</tool_call>",
        "", NOW "," ROME);
    check("<tool_call>{\"name\":\"now\",\"arguments\":null}", "", NOW); /* its end tag is often left out */
}

TEST(text_in_a_string_ends_nothing) {
    check("<tool_call>{\"name\":\"get_weather\",\"arguments\":{\"city\":\"}</tool_call>\\\"{\"}}</tool_call>", "",
          "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":\\\"}</tool_call>\\\\\\\"{\\\"}\"}");
}

TEST(qwen_coder) {
    check("So:\n<tool_call>\n<function=get_weather>\n<parameter=city>\nRome\n</parameter>\n<parameter=days>\n3\n"
          "</parameter>\n</function>\n</tool_call>",
          "So:", "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":\\\"Rome\\\",\\\"days\\\":3}\"}");
    check("<function=now>\n</function>", "", NOW);
}

TEST(llama) {
    check("{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Rome\"}}", "", ROME);
    check("<|python_tag|>{\"type\": \"function\", \"name\": \"now\", \"parameters\": {}}", "", NOW);
    check("{\"name\": \"now\", \"parameters\": {}}; {\"name\": \"get_weather\", \"parameters\": {\"city\": \"Rome\"}}",
          "", NOW "," ROME);
    check("{\"type\":\"function\",\"function\":{\"name\":\"now\",\"arguments\":{}}}", "", NOW);
    check("<function=get_weather>{\"city\":\"Rome\"}</function>", "",
          "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":\\\"Rome\\\"}\"}");
}

TEST(what_is_no_call_stays_text) {
    static const char *const texts[] = {
        "plain text, 1 < 2 and a <tag>",
        "",
        "  two blanks before, two behind  ",
        "<tool_call>{\"name\": \"unknown\", \"arguments\": {}}</tool_call>",
        "<tool_call>{\"name\": \"now\", \"arguments\": 5}</tool_call>",
        "<tool_call>{\"name\": \"now\", \"arguments\": {}",
        "<tool_call>{name: now}</tool_call>",
        "<tool_call> what </tool_call>",
        "<tool_call>[]</tool_call>",
        "<tool_call>[{\"name\":\"now\"},{\"name\":\"unknown\"}]</tool_call>",
        "<tool_call>\n<function=unknown>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
        "<function=now><parameter=a>1</function>",
        "<function=now",
        "<tool",
        "see {\"name\": \"now\", \"arguments\": {}}",
        "{\"answer\": 42}",
        "{\"name\": \"Ada\", \"age\": 36}",
        "{ {\"name\": 1",
        "<|python_tag|>now.call()",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check(texts[i], texts[i], "");
}

TEST(text_streams_at_once) {
    const json *tools = NULL;
    calls c = {0};
    buf out = {0}, list = {0};
    CHECK_INT(json_parse(&tools, bytes_str(tools_text), NULL), OK);
    CHECK_INT(calls_open(&c, tools, NULL), OK);
    CHECK_INT(calls_put(&c, bytes_str("Let me see <to"), &out, &list, NULL), OK);
    CHECK_BYTES(buf_view(&out), "Let me see");
    CHECK_INT(calls_put(&c, bytes_str("ol_call>{\"name\":\"now\"}"), &out, &list, NULL), OK);
    CHECK_BYTES(buf_view(&out), "Let me see");
    CHECK_BYTES(buf_view(&list), NOW); /* it is complete before its end tag */
    CHECK_INT(calls_put(&c, bytes_str("</tool_call> done"), &out, &list, NULL), OK);
    CHECK_BYTES(buf_view(&out), "Let me seedone");
    calls_clear(&c);
    json_close(tools);
    buf_clear(&out);
    buf_clear(&list);
}

int main(void) {
    RUN(hermes_and_qwen);
    RUN(text_in_a_string_ends_nothing);
    RUN(qwen_coder);
    RUN(llama);
    RUN(what_is_no_call_stays_text);
    RUN(text_streams_at_once);
    return test_end("calls");
}
