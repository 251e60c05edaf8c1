# Every build and every check. `make help` lists the targets; make/*.mk hold the rules, one file to a subject.
#
# Variables: PORT=8080 (make run), MODEL=name (a file of models/), MARCH=native (the native build's processor),
#            PIECES=no (weights as whole files, not in pieces of at most 24 MiB),
#            COLLECTOR=https://... (where the page may send feedback, with the visitor's consent),
#            SETUP=no (name missing packages, install nothing), FOLDERS="base text" (build these folders of src/ only),
#            T=json (unit tests of this module only), BUILD=build, EMSDK=/path (an official emsdk in place of Debian's).

BUILD ?= build
PORT  ?= 8080
MODEL ?= smollm2-135m-instruct
MARCH ?= native
PIECES ?= yes
COLLECTOR ?=
SETUP ?= yes
CC    := clang-19

# node and the npm packages' programs: ours first, the machine's after them.
export PATH := $(abspath $(BUILD))/tools/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export BUILD MODEL COLLECTOR

## run        everything: sets the machine up, builds, serves the page on 127.0.0.1:8080 (PORT=, MODEL=)
## test       everything: sets the machine up, runs every quick test, ends with a total line
## site       build/site: the page for any static host, with its model; COLLECTOR=https://... lets visitors share feedback
## native     build/native/oa: the command line
## wasi       build/wasi/oa.wasm: the same for any WASI host
## cores      build/site/core: the WebAssembly cores of the page alone
## unit       unit tests: natively, under sanitizers, simd128 and relaxed SIMD
## unit-native, unit-san, unit-simd, unit-relaxed     one of them; T=json for one module
## golden     the core against reference implementations
## web        the built page in real browsers
## tools      the development server, fetching of weights and other tools
## lint       formatting, eslint, types; tidy: clang-tidy
## format     formats every file
## layers     who includes whom, against src/LAYERS
## bench      beside wllama in Chromium and llama.cpp natively, ROUNDS=5 ONLY=regex: medians and ratios, also in build/bench.json
## bench-kernels  the kernels alone, TYPES="Q4_1 Q8_0"
## docs       build/site/docs: the reference of oa.js, from its types
## examples   build/site/examples: pages that use oa.js, in plain HTML, a worker, React, the AI SDK, the package openai
## dist       build/dist/open-assistant-VERSION.tgz: the package for npm and bundlers, with types and all that is built
## bench-grammar  what a grammar's mask costs a token
## bench-drafts   what several answers at once cost beside one
## bench-view  how soon a first visit can be used on a slow device
## screenshots  every view at 375 and 1280 px, light and dark, from left to right and back, to build/screenshots; ONLY=name for some
## sizes      sizes of what is built, plain and compressed
## fuzz       every parser of bytes from outside, FUZZ_TIME=60 seconds each
## check      test, and the long ones
## setup      installs what test needs, builds nothing
## clean      removes what was built, keeps downloads; distclean removes those too
# As many jobs as there are processors, unless -j says otherwise.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

help:
	@sed -n 's/^## //p' Makefile

include make/core.mk make/web.mk make/test.mk make/bench.mk

clean:
	rm -rf $(filter-out $(BUILD)/models $(BUILD)/tools,$(wildcard $(BUILD)/*))

distclean:
	rm -rf $(BUILD) node_modules

.PHONY: help run site native wasi cores test unit unit-native unit-san unit-simd unit-relaxed golden web lint format layers \
        sizes check setup clean distclean FORCE
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
