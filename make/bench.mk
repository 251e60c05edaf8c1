# Speed beside others: `make bench` (ROUNDS=5). The rivals are installed into build/bench by this target alone.

ROUNDS ?= 5

bench: site native $(BUILD)/bench/node_modules/.installed
	@node tests/bench/bench.mjs $(BUILD)/bench/node_modules $(ROUNDS)

$(BUILD)/bench/node_modules/.installed: tests/bench/package.json tests/bench/package-lock.json | setup
	@mkdir -p $(BUILD)/bench
	@cp tests/bench/package.json tests/bench/package-lock.json .npmrc $(BUILD)/bench
	@cd $(BUILD)/bench && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: bench
