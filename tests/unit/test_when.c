/* data/when: dates as Python and JavaScript write them. */
#include "data/when.h"

#include "unit/test.h"

static double of(const char *s) { return when_of(bytes_str(s)); }

TEST(reads) {
    CHECK_NEAR(of("1970-01-01T00:00:00Z"), 0, 0);
    CHECK_NEAR(of("1970-01-01T00:00:00.001Z"), 1, 0);
    CHECK_NEAR(of("2023-02-05T14:22:51.123456+00:00"), 1675606971123.0, 0);
    CHECK_NEAR(of("2023-02-05T16:22:51.123456+02:00"), 1675606971123.0, 0);
    CHECK_NEAR(of("2023-02-05 13:52:51.123-0030"), 1675606971123.0, 0);
    CHECK_NEAR(of("2000-02-29T12:00:00"), 951825600000.0, 0);
    CHECK_NEAR(of("1969-12-31T23:59:59.999Z"), -1, 0);
}

TEST(refuses) {
    static const char *const bad[] = {"",
                                      "now",
                                      "2023-02-05",
                                      "2023-13-05T00:00:00Z",
                                      "2023-00-05T00:00:00Z",
                                      "2023-02-30T00:00:00Z",
                                      "2023-02-05T24:00:00Z",
                                      "2023-02-05T00:60:00Z",
                                      "2023-02-05T00:00:00X",
                                      "2023-02-05T00:00:00+2",
                                      "2023-02-05T00:00:00Zulu",
                                      "0000-02-05T00:00:00Z",
                                      "2023-02-05T00:00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(isnan(of(bad[i])));
}

/* Every day of 800 years, and the ends of what can be written. */
TEST(there_and_back) {
    buf out = {0};
    for (double day = -146097; day < 146097; day++) {
        double ms = day * 86400000 + 12345678;
        buf_reset(&out);
        when_write(&out, ms);
        CHECK_NEAR(when_of(bytes_of(out.ptr + 1, out.len - 2)), ms, 0);
    }
    buf_reset(&out);
    when_write(&out, 1675606971123.0);
    CHECK_BYTES(buf_view(&out), "\"2023-02-05T14:22:51.123Z\"");
    static const double none[] = {NAN, HUGE_VAL, -HUGE_VAL, 253402300800000.0, -62135596800001.0};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        buf_reset(&out);
        when_write(&out, none[i]);
        CHECK_BYTES(buf_view(&out), "null");
    }
    buf_clear(&out);
}

int main(void) {
    RUN(reads);
    RUN(refuses);
    RUN(there_and_back);
    return test_end("when");
}
