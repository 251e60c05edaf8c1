# The C core, once a variant: build/<variant>/obj/... -> build/<variant>/core.a -> programs and wasm modules.
# A variant is a row here. Sources are found, dependencies generated: adding a file edits no list.

VARIANTS := native native-san native-fuzz simd relaxed simd-mt relaxed-mt data wasi wasi-relaxed

WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
# Multiplication and addition are never fused: every variant computes the same bits.
CFLAGS := -std=c11 -D_GNU_SOURCE=0 $(WARN) -ffp-contract=off -Isrc
SIMD   := -msimd128 -mbulk-memory -mnontrapping-fptoint
SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

EMCC := . ./emsdk.env && $$EMCC
WASI := clang-19 --target=wasm32-wasi -D_WASI_EMULATED_SIGNAL

compile_native       := $(CC) -O3 -g -march=$(MARCH) -pthread -DOA_THREADS -DOA_VARIANT='"native"'
compile_native-san   := $(CC) -O1 -g -march=$(MARCH) $(SAN) -pthread -DOA_THREADS -DMEM_FAULTS -DOA_VARIANT='"native"'
compile_native-fuzz  := $(CC) -O1 -g -march=$(MARCH) $(SAN) -fsanitize=fuzzer-no-link -pthread -DOA_THREADS -DOA_VARIANT='"native"'
compile_simd         := $(EMCC) -O3 $(SIMD) -DOA_VARIANT='"simd"'
compile_relaxed      := $(EMCC) -O3 $(SIMD) -mrelaxed-simd -DOA_VARIANT='"relaxed"'
compile_simd-mt      := $(EMCC) -O3 $(SIMD) -pthread -DOA_THREADS -DOA_VARIANT='"simd-mt"'
compile_relaxed-mt   := $(EMCC) -O3 $(SIMD) -mrelaxed-simd -pthread -DOA_THREADS -DOA_VARIANT='"relaxed-mt"'
compile_data         := $(EMCC) -Os -mbulk-memory -mnontrapping-fptoint -DOA_VARIANT='"data"'
compile_wasi         := $(WASI) -O3 $(SIMD) -DOA_VARIANT='"wasi"'
compile_wasi-relaxed := $(WASI) -O3 $(SIMD) -mrelaxed-simd -DOA_VARIANT='"wasi"'

# What every program of ours consists of, but for main(): the folders of src/ below cli.
FOLDERS ?= $(filter-out cli server collector,$(patsubst src/%/,%,$(wildcard src/*/)))
SOURCES := $(sort $(foreach f,$(FOLDERS),$(wildcard src/$(f)/*.c)))
CLI     := $(sort $(wildcard src/cli/*.c))
# The native command line has a server, by libmicrohttpd.
SERVER  := $(sort $(wildcard src/server/*.c))
RULES   := Makefile make/core.mk emsdk.env
objects  = $(patsubst src/%.c,$(BUILD)/$(1)/obj/%.o,$(2))

PAGE_VARIANTS := simd relaxed simd-mt relaxed-mt
# What runs once a request is small rather than fast where it is downloaded.
SMALL := base/buf base/json tensor/gguf tensor/quant text/bpe text/template% text/tokenizer text/unicode% text/vocab model/forward \
         model/hparams model/kv model/load infer/context infer/drafts infer/session infer/stream infer/walk infer/schema% infer/regex \
         infer/gbnf infer/expr infer/nfa infer/dfa infer/net assist/% api/%

# A changed list of sources (a file removed, other FOLDERS, another MARCH) builds the archive anew.
define variant_rules
$(BUILD)/$(1)/obj/%.o: src/%.c $(BUILD)/$(1)/command $(RULES) | setup
	@mkdir -p $$(@D)
	@echo "$(1) $$<"
	@$$(compile_$(1)) $(CFLAGS) $$(if $$(filter $(1),$(PAGE_VARIANTS)),$$(if $$(filter $(SMALL),$$*),-Oz)) -MMD -MP -c $$< -o $$@

$(BUILD)/$(1)/command: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' "$$(subst ",,$$(compile_$(1)))" | cmp -s - $$@ || printf '%s\n' "$$(subst ",,$$(compile_$(1)))" >$$@

$(BUILD)/$(1)/sources: FORCE
	@mkdir -p $$(@D)
	@printf '%s\n' $(SOURCES) $(CLI) | cmp -s - $$@ || printf '%s\n' $(SOURCES) $(CLI) >$$@

$(BUILD)/$(1)/core.a: $(call objects,$(1),$(SOURCES)) $(BUILD)/$(1)/sources
	@rm -f $$@
	@$(AR) rcs $$@ $(call objects,$(1),$(SOURCES))

-include $(patsubst %.o,%.d,$(call objects,$(1),$(SOURCES) $(CLI) $(SERVER)))
endef
AR := /usr/lib/llvm-19/bin/llvm-ar
$(foreach v,$(VARIANTS),$(eval $(call variant_rules,$(v))))

# ---- Native ----
native: $(BUILD)/native/oa

$(BUILD)/native/oa: $(call objects,native,$(CLI) $(SERVER)) $(BUILD)/native/core.a
	@echo "$@"
	@$(compile_native) $^ -lm -lmicrohttpd -lz -o $@

$(BUILD)/native-san/oa: $(call objects,native-san,$(CLI) $(SERVER)) $(BUILD)/native-san/core.a
	@echo "$@"
	@$(compile_native-san) $^ -lm -lmicrohttpd -lz -o $@

# ---- WASI: linked by hand, since clang as the linker's driver would run any wasm-opt that it finds ----
wasi: $(BUILD)/wasi/oa.wasm

WASI_LIBC := /usr/lib/wasm32-wasi
WASI_LINK := wasm-ld-19 -z stack-size=1048576 --stack-first --max-memory=4294967296
WASI_LIBS := -L$(WASI_LIBC) -lc -lm -lwasi-emulated-signal /usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a

$(BUILD)/wasi/oa.wasm: $(call objects,wasi,$(CLI)) $(BUILD)/wasi/core.a
	@echo "$@"
	@$(WASI_LINK) --strip-debug $(WASI_LIBC)/crt1-command.o $^ $(WASI_LIBS) -o $@

# ---- The page's cores ----
CORES := $(PAGE_VARIANTS:%=$(BUILD)/site/core/%/core.mjs) $(BUILD)/site/core/data.mjs
cores: $(CORES)

comma   := ,
space   := $(subst ,, )
exports  = $(subst $(space),$(comma),$(patsubst %,_%,$(shell cat src/api/$(1).txt)))

# malloc gives NULL when memory is at its end (ABORTING_MALLOC): the core reports it, the tab lives on. It is the small one: 2 KB less, and a
# step does not allocate.
LINK     = --no-entry -sWASM_BIGINT -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web,worker,node -sFILESYSTEM=0 \
           -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=4GB -sABORTING_MALLOC=0 -sMALLOC=emmalloc -sTOTAL_STACK=1MB \
           -sEXPORTED_RUNTIME_METHODS=HEAPU8 -sEXPORTED_FUNCTIONS=$(call exports,$(1))
# The threads are started with the module, as many as the loader's option "threads" says (it counts the caller; by default the machine's, at most 8),
# so that oa_new() never waits for one; asked for more than that, it gets fewer (STRICT).
POOL    := (Module["threads"]||Math.min(typeof navigator=="object"&&navigator.hardwareConcurrency||2,8))-1
THREADS := -sPTHREAD_POOL_SIZE='$(POOL)' -sPTHREAD_POOL_SIZE_STRICT=2 -sDEFAULT_PTHREAD_STACK_SIZE=1MB \
           -Wno-pthreads-mem-growth
link_simd-mt    = $(THREADS)
link_relaxed-mt = $(THREADS)

# Functions are numbered by how often they are called: a few hundred bytes, and 3 KB where the compressor's own guess at the code would go wrong.
define page_core
$(BUILD)/site/core/$(1)/core.mjs: $(BUILD)/$(1)/core.a src/api/exports.txt $(RULES)
	@mkdir -p $$(@D)
	@echo "$(1) core.mjs"
	@$$(compile_$(1)) -Oz -sBINARYEN_EXTRA_PASSES=--reorder-functions -Wl,--whole-archive $(BUILD)/$(1)/core.a -Wl,--no-whole-archive $$(call LINK,exports) $$(link_$(1)) -o $$@
endef
$(foreach v,$(PAGE_VARIANTS),$(eval $(call page_core,$(v))))

# What reads, counts and writes conversations (oa_data.h): without a model, SIMD or threads.
DATA_OBJECTS := $(call objects,data,$(filter src/base/% src/data/% src/api/data.c,$(SOURCES)))

$(BUILD)/site/core/data.mjs: $(DATA_OBJECTS) src/api/exports_data.txt $(RULES)
	@mkdir -p $(@D)
	@echo "data.mjs"
	@$(compile_data) $(DATA_OBJECTS) $(call LINK,exports_data) -o $@
