# The tests. Each part can be run by itself; `make test` runs them all, goes on after a failure, and ends with a total line.

# Those of `make check` alone; LONG tells the others to do all that they can.
LONG_PARTS := fuzz
PARTS := layers lint tidy tools unit-native unit-san unit-simd unit-relaxed golden web

test: | setup
	@node tests/tools/test.mjs $(PARTS)

check: export LONG := 1
check: | setup
	@node tests/tools/test.mjs $(PARTS) $(LONG_PARTS)

# ---- Setting the machine up: what the goals need, in one go ----
groups_run   := page model
groups_site  := page model
groups_page  := page
groups_cores := page
groups_sizes := page
groups_examples := page
groups_docs := page
groups_dist := page model
groups_weights := model node
groups_native := native
groups_wasi  := wasi
groups_unit  := unit model
groups_unit-native := native node model
groups_unit-san := san node model
groups_unit-simd := unit model
groups_unit-relaxed := unit model
groups_fuzz := san node
groups_golden := native wasi unit model
groups_web   := page model browsers native
groups_lint  := lint
groups_format := lint
groups_tidy := native lint
groups_layers := node
groups_tools := node model
groups_bench := page model native browsers
groups_bench-kernels := native
groups_bench-grammar := native model
GROUPS_ALL   := native san wasi unit page model lint browsers
GROUPS_WANTED := $(sort $(foreach g,$(MAKECMDGOALS),$(if $(groups_$(g)),$(groups_$(g)),$(GROUPS_ALL))))

setup:
	@SETUP=$(SETUP) BUILD=$(BUILD) sh tests/tools/setup.sh $(GROUPS_WANTED)

# ---- Unit tests: tests/unit/test_<module>.c, each a program; in WebAssembly they run in node ----
TESTS := $(patsubst tests/unit/test_%.c,%,$(sort $(wildcard tests/unit/test_$(or $(T),*).c)))
# Their helpers: everything else that lies in tests/unit.
HELPERS := $(filter-out tests/unit/test_%.c,$(wildcard tests/unit/*.c))

unit: unit-native unit-san unit-simd unit-relaxed
unit-simd: unit-wasi
unit-relaxed: unit-wasi-relaxed
unit-native unit-san unit-wasi unit-wasi-relaxed: unit-%: | weights
	@node tests/tools/unit.mjs $^

# $(1) variant, $(2) target, $(3) suffix, $(4) link
define unit_rules
$(2): $(TESTS:%=$(BUILD)/$(1)/unit/test_%$(3))

$(BUILD)/$(1)/unit/%.o: tests/unit/%.c $(BUILD)/$(1)/command $(RULES) | setup
	@mkdir -p $$(@D)
	@echo "$(1) $$<"
	@$$(compile_$(1)) $(CFLAGS) -Itests -Itests/unit -MMD -MP -c $$< -o $$@

$(BUILD)/$(1)/unit/test_%$(3): $(BUILD)/$(1)/unit/test_%.o $(HELPERS:tests/unit/%.c=$(BUILD)/$(1)/unit/%.o) $(BUILD)/$(1)/core.a
	@$$($(4)) -o $$@

.SECONDARY: $(TESTS:%=$(BUILD)/$(1)/unit/test_%.o) $(HELPERS:tests/unit/%.c=$(BUILD)/$(1)/unit/%.o)
-include $(TESTS:%=$(BUILD)/$(1)/unit/test_%.d)
endef
link_native_unit = $(compile_native) $^ -lm
link_san_unit    = $(compile_native-san) $^ -lm
link_wasi_unit   = $(WASI_LINK) $(WASI_LIBC)/crt1-command.o $^ $(WASI_LIBS)
$(eval $(call unit_rules,native,unit-native,,link_native_unit))
$(eval $(call unit_rules,native-san,unit-san,,link_san_unit))
$(eval $(call unit_rules,wasi,unit-wasi,.wasm,link_wasi_unit))
$(eval $(call unit_rules,wasi-relaxed,unit-wasi-relaxed,.wasm,link_wasi_unit))

# ---- Fuzzing: tests/fuzz/fuzz_<what>.c, each for FUZZ_TIME seconds; what it finds is kept in build/fuzz ----
FUZZ_TIME ?= 60
FUZZERS   := $(patsubst tests/fuzz/%.c,$(BUILD)/native-fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

fuzz: $(FUZZERS)
	@node tests/tools/fuzz.mjs $(BUILD)/fuzz $(FUZZ_TIME) $^

$(BUILD)/native-fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/native-fuzz/core.a $(BUILD)/native-fuzz/command
	@$(compile_native-fuzz) $(CFLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d $< $(BUILD)/native-fuzz/core.a -lm -o $@

-include $(FUZZERS:%=%.d)

# ---- The programs and the page ----
golden: native wasi weights $(BUILD)/native-san/oa $(BUILD)/native/grammar_sample $(BUILD)/json-schema/.fetched
	@node tests/tools/node_test.mjs --jobs=2 $(wildcard tests/native/*.test.mjs tests/golden/*/*.test.mjs)

# Texts drawn from grammars, for the tests that check them with other programs.
$(BUILD)/native/grammar_sample: tests/native/grammar_sample.c $(BUILD)/native/unit/tiny.o $(BUILD)/native/core.a
	@echo "$@"
	@$(compile_native) $(CFLAGS) -Itests -Itests/unit $^ -lm -o $@

$(BUILD)/json-schema/.fetched: tests/tools/json_schema.txt | setup
	@echo "$(@D)"
	@rm -rf $(@D) && mkdir -p $(@D)
	@python3 -m pip --disable-pip-version-check download -q --no-deps --no-binary jsonschema --require-hashes -r $< -d $(@D)
	@tar -xzf $(@D)/*.tar.gz -C $(@D) --strip-components=1
	@rm $(@D)/*.tar.gz
	@touch $@

web: site native examples docs dist
	@node tests/tools/node_test.mjs --jobs=2 --tries=2 $(or $(T:%=tests/web/%.test.mjs),$(sort $(wildcard tests/web/*.test.mjs)))

# ---- Reading the source ----
C_FILES := $(shell find src tests -name '*.[ch]' 2>/dev/null)

tools: | setup
	@node tests/tools/node_test.mjs $(sort $(wildcard tests/tools/*.test.mjs))

layers: | setup
	@node tests/tools/layers.mjs
	@node tests/tools/status.mjs --check

lint: | setup
	@node tests/tools/lint.mjs

# The analyser takes a second or more a file: what passed is not read again until it, or a header of it, changes.
TIDY := $(patsubst %.c,$(BUILD)/tidy/%.ok,$(SOURCES) $(CLI))
TIDY_FLAGS := $(CFLAGS) -march=$(MARCH) -DOA_THREADS -DOA_VARIANT='"native"'
tidy: $(TIDY)
	@echo "clang-tidy: 1 passed, 0 failed"

$(BUILD)/tidy/%.ok: %.c .clang-tidy tests/tools/tidy.h | setup
	@mkdir -p $(@D)
	@echo "tidy $<"
	@clang-tidy-19 --quiet $< -- $(TIDY_FLAGS) $(if $(filter src/base/status.c,$<),,-include tests/tools/tidy.h) >$(@:.ok=.log) 2>&1 || \
	    { cat $(@:.ok=.log); false; }
	@$(CC) $(TIDY_FLAGS) -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	@touch $@

-include $(TIDY:.ok=.d)

format: | setup
	clang-format-19 -i $(C_FILES)
	prettier --log-level=warn --write .
	eslint --fix .

.PHONY: tidy tools fuzz unit-wasi unit-wasi-relaxed
