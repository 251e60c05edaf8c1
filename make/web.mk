# The page: build/site, from the cores, the modules of web/ and the models whose weights are here.

run: site
	@node tests/tools/serve.mjs $(BUILD)/site $(PORT)

site: page weights docs

page: $(BUILD)/site/sw.js

WEB := $(shell find web -type f 2>/dev/null)
HEADERS := $(shell find src -name '*.h' 2>/dev/null)

$(BUILD)/site/app.js: $(WEB) $(SOURCES) $(HEADERS) package.json package-lock.json tests/tools/bundle.mjs tests/tools/collector.mjs tests/tools/core_digest.mjs $(BUILD)/collector LICENSE make/web.mk | setup
	@echo "site app.js oa.js worker.js reader.js bench.js text/"
	@node tests/tools/bundle.mjs $(BUILD)/site
	@touch $@

# Another collector is another page.
$(BUILD)/collector: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(COLLECTOR)' | cmp -s - $@ || printf '%s\n' '$(COLLECTOR)' >$@

# Last: it lists the others with their digests.
$(BUILD)/site/sw.js: $(BUILD)/site/app.js tests/tools/bundle_sw.mjs $(CORES)
	@echo "site sw.js"
	@node tests/tools/bundle_sw.mjs $(BUILD)/site
	@touch $@

# Fetched once, checked once; MODEL= becomes the page's default. In pieces unless PIECES=no: so that every host takes the site as it is.
weights: $(BUILD)/models/$(MODEL).json | setup
	@mkdir -p $(BUILD)/site
	@node tests/tools/models_json.mjs models $(BUILD)/models $(BUILD)/site $(MODEL) $(if $(filter-out no,$(PIECES)),pieces)

$(BUILD)/models/$(MODEL).json: FORCE | setup
	@python3 tests/tools/fetch_model.py $(MODEL)

# Beside the page: make site examples run
examples: page
	@node tests/tools/examples.mjs $(BUILD)/site

# The package for other people's programs: build/dist/open-assistant-VERSION.tgz.
dist: site
	@echo "dist"
	@node tests/tools/dist.mjs $(BUILD)/site $(BUILD)/dist

# The reference of oa.js, from its types. TypeDoc is installed by this target alone.
docs: $(BUILD)/docs/.made

$(BUILD)/docs/.made: $(BUILD)/site/sw.js $(BUILD)/docs/node_modules/.installed tests/tools/docs.mjs
	@echo "site docs/"
	@node tests/tools/docs.mjs $(BUILD)/docs/node_modules $(BUILD)/site
	@touch $@

$(BUILD)/docs/node_modules/.installed: tests/docs/package.json tests/docs/package-lock.json | setup
	@mkdir -p $(BUILD)/docs
	@cp tests/docs/package.json tests/docs/package-lock.json .npmrc $(BUILD)/docs
	@cd $(BUILD)/docs && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# Pictures of every view in build/screenshots; ONLY=ar-dark-375 for some of them, ONLY=readme for the README's, with the real model.
screenshots: site
	@node tests/tools/screenshots.mjs $(BUILD)/site $(BUILD)/screenshots $(ONLY)

sizes: page
	@node tests/tools/sizes.mjs $(BUILD)/site

.PHONY: page weights screenshots examples docs dist $(BUILD)/models/$(MODEL).json
