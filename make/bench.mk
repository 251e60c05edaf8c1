# Speed beside others: `make bench` (ROUNDS=5). The rivals are installed into build/bench by this target alone.

ROUNDS ?= 5

bench: site native $(BUILD)/bench/node_modules/.installed
	@node tests/bench/bench.mjs $(BUILD)/bench/node_modules $(ROUNDS)

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

.PHONY: bench bench-kernels
