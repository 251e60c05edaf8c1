# The page: build/site, from the cores, the modules of web/ and the models whose weights are here.

run: site
	@node tests/tools/serve.mjs $(BUILD)/site $(PORT)

site: page weights

page: cores $(BUILD)/site/app.js

WEB := $(shell find web -type f 2>/dev/null)

$(BUILD)/site/app.js: $(WEB) package.json package-lock.json tests/tools/bundle.mjs LICENSE make/web.mk | setup
	@echo "site app.js oa.js worker.js sw.js bench.js"
	@node tests/tools/bundle.mjs $(BUILD)/site
	@touch $@

# Fetched once, checked once; MODEL= becomes the page's default.
weights: $(BUILD)/models/$(MODEL).json | setup
	@mkdir -p $(BUILD)/site
	@node tests/tools/models_json.mjs models $(BUILD)/models $(BUILD)/site $(MODEL)

$(BUILD)/models/$(MODEL).json: FORCE | setup
	@python3 tests/tools/fetch_model.py $(MODEL)

sizes: page
	@node tests/tools/sizes.mjs $(BUILD)/site

.PHONY: page weights $(BUILD)/models/$(MODEL).json
