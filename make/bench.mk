# Speed beside others: `make bench` (ROUNDS=5). The rivals are installed into build/bench by this target alone.
# ONLY= is a regular expression, which contenders run: ONLY=Q4_0, ONLY='^(tab|oa).* 1$', ONLY=visit (the second visits).

ROUNDS ?= 5
ONLY   ?=

Q4_0 := $(BUILD)/bench/SmolLM2-135M-Instruct.Q4_0.gguf

bench: site native $(BUILD)/bench/node_modules/.installed $(Q4_0)
	@node tests/bench/bench.mjs $(BUILD)/bench/node_modules $(ROUNDS) '$(ONLY)'

# The default model in the type that llama.cpp is fastest with.
$(Q4_0): tests/bench/q4_0.mjs tests/tools/gguf.mjs | weights
	@mkdir -p $(@D)
	@node $< $(BUILD)/models/SmolLM2-135M-Instruct.Q4_1.gguf $@

$(BUILD)/bench/node_modules/.installed: tests/bench/package.json tests/bench/package-lock.json | setup
	@mkdir -p $(BUILD)/bench
	@cp tests/bench/package.json tests/bench/package-lock.json .npmrc $(BUILD)/bench
	@cd $(BUILD)/bench && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The kernels alone: `make bench-kernels`, with TYPES="Q4_1 Q8_0" for others than Q4_1.
bench-kernels: $(BUILD)/native/bench_kernels
	@$< $(TYPES)

$(BUILD)/native/bench_kernels: tests/bench/bench_kernels.c $(BUILD)/native/core.a | setup
	@$(compile_native) $(filter-out -D_GNU_SOURCE=0,$(CFLAGS)) -D_POSIX_C_SOURCE=200809L $^ -lm -o $@

# What a grammar costs a token: `make bench-grammar`.
bench-grammar: $(BUILD)/native/bench_grammar | weights
	@$<

$(BUILD)/native/bench_grammar: tests/bench/bench_grammar.c $(BUILD)/native/core.a | setup
	@$(compile_native) $(filter-out -D_GNU_SOURCE=0,$(CFLAGS)) -D_POSIX_C_SOURCE=200809L -Itests $^ -lm -o $@

# What several answers at once cost: `make bench-drafts`.
bench-drafts: $(BUILD)/native/bench_drafts | weights
	@$< $(BUILD)/models/SmolLM2-135M-Instruct.Q4_1.gguf

$(BUILD)/native/bench_drafts: tests/bench/bench_drafts.c $(BUILD)/native/core.a | setup
	@$(compile_native) $(CFLAGS) $^ -lm -o $@

# How soon a first visit can be used on a slow device: `make bench-view`, ROUNDS=5.
bench-view: page
	@node tests/bench/first_view.mjs $(BUILD)/site $(ROUNDS)

.PHONY: bench bench-kernels bench-view bench-grammar bench-drafts
