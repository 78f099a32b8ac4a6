# make            build/quern and the tools; there is no configure step
# make test       every test, or T='tests/...'    make check-asan    the same under address and undefined-behaviour sanitizers
# make install    PREFIX=/usr/local, DESTDIR=     make check-tsan    those with threads under the thread sanitizer
# make uninstall, make clean                      make conformance   against the reference data in ../shared, where it is there
# make run        the bundled model on P='a sentence'        make demo       trains that model, see models/README.md; hours
#
# CC=clang                      another compiler
# CROSS=aarch64-linux-gnu-      another machine, in build-aarch64, static; EMU=qemu-aarch64 runs its tests
# STATIC=1                      one file to copy from board to board, in build-static
# WERROR=1, CFLAGS=-O3, LDFLAGS=...

ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

PREFIX = /usr/local
CFLAGS ?= -O2
AR := $(CROSS)ar

ifneq ($(CROSS),)
ifneq ($(origin CC),command line)
CC := $(CROSS)gcc
else ifneq ($(findstring clang,$(CC)),)
override CC += --target=$(patsubst %-,%,$(notdir $(CROSS)))
endif
endif

MACHINE := $(shell $(CC) -dumpmachine)
ARCH := $(firstword $(subst -, ,$(MACHINE)))
BUILD := build$(if $(CROSS),-$(ARCH))$(if $(STATIC),-static)

# Nothing here may change a result: the same bytes on every machine rest on -ffp-contract=off, and nothing like -ffast-math can be added.
FLAGS := -std=c11 $(CFLAGS) -Wall -Wextra -Wpedantic $(if $(WERROR),-Werror) -ffp-contract=off -fno-math-errno \
    -fno-asynchronous-unwind-tables -pthread -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc $(CPPFLAGS)
LINK := $(CC) $(CFLAGS) -pthread $(if $(STATIC)$(CROSS),-static) $(LDFLAGS)

# ---- kernels: one file an instruction set, each with its own flags ----

takes = $(shell $(CC) -Werror $(1) -fsyntax-only -x c /dev/null >/dev/null 2>&1 && echo yes)
if_taken = $(if $(call takes,$(1)),$(1))

ALL_RUNGS := ssse3 avx avx2 avxvnni avx512vnni neon dotprod i8mm
# On ARM the compiler mixes the work of several tokens and runs out of registers, unless told to keep the order that is written; it works
# the rows' addresses out twice, unless told not to share what they have in common; and it copies registers that it could rename.
ifneq ($(ARCH),x86_64)
IN_ORDER := $(foreach f,-fno-schedule-insns -fno-tree-ter -fno-tree-slsr -frename-registers,$(call if_taken,$f))
endif
ifeq ($(ARCH),x86_64)
OUR_RUNGS := ssse3 avx avx2 avxvnni avx512vnni
ISA_ssse3 := -mssse3
ISA_avx := -mavx
ISA_avx2 := -mavx2 -mf16c
ISA_avxvnni := -mavx2 -mf16c -mavxvnni
ISA_avx512vnni := -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni -mf16c
else ifeq ($(ARCH),aarch64)
OUR_RUNGS := neon dotprod i8mm
ISA_neon := $(IN_ORDER)
ISA_dotprod := -march=armv8.2-a+dotprod $(IN_ORDER)
ISA_i8mm := -march=armv8.2-a+dotprod+i8mm $(IN_ORDER)
else ifneq ($(filter arm%,$(ARCH)),)
OUR_RUNGS := neon
ISA_neon := -march=armv7-a -mfpu=neon-vfpv4 -mfloat-abi=hard $(call if_taken,-mfp16-format=ieee) $(IN_ORDER)
endif

# A rung is built where its file exists and the compiler takes its flags; the ladder hears of it as QUERN_HAVE_AVX2 and so on.
RUNGS := $(foreach r,$(OUR_RUNGS),$(if $(wildcard src/kernels/$r.c),$(if $(call takes,$(ISA_$r)),$r)))
HAVE := $(if $(RUNGS),$(shell printf ' -DQUERN_HAVE_%s' $(RUNGS) | tr a-z A-Z))
NOT_BUILT := $(patsubst %,src/kernels/%.c,$(filter-out $(RUNGS),$(ALL_RUNGS)))

# ---- what is built ----

# The library is all of src but the command line. tools/NAME.c is a program, tools/NAME_PART.c a part of it, tools/shared_PART.c one of
# those that need it.
LIB_SRC := $(filter-out src/cli/% $(NOT_BUILT),$(wildcard src/*.c src/*/*.c))
CLI_SRC := $(wildcard src/cli/*.c)
TOOL_SRC := $(wildcard tools/*.c)
SHARED_SRC := $(wildcard tools/shared_*.c)
TEST_SRC := $(wildcard tests/check_*.c)
object = $(patsubst %.c,$(BUILD)/%.o,$(1))

LIB := $(BUILD)/libquern.a
SHARED := $(BUILD)/libtools.a
TOOLS := $(foreach t,$(basename $(notdir $(TOOL_SRC))),$(if $(findstring _,$t),,$(BUILD)/$t))
PROGRAMS := $(if $(CLI_SRC),$(BUILD)/quern) $(TOOLS)
TESTS := $(patsubst tests/%.c,$(BUILD)/%,$(TEST_SRC))

all: $(PROGRAMS)

$(BUILD)/quern: $(call object,$(CLI_SRC)) $(LIB)
	$(LINK) -o $@ $^ -lm

.SECONDEXPANSION:
$(TOOLS): $(BUILD)/%: $(BUILD)/tools/%.o $$(call object,$$(wildcard tools/$$*_*.c)) $(SHARED) $(LIB)
	$(LINK) -o $@ $^ -lm

$(TESTS): $(BUILD)/%: $(BUILD)/tests/%.o $(LIB)
	$(LINK) -o $@ $^ -lm

$(LIB): $(call object,$(LIB_SRC))
$(SHARED): $(call object,$(SHARED_SRC))
$(LIB) $(SHARED): $(BUILD)/objects
	rm -f $@
	$(AR) rcs $@ $(filter %.o,$^)

$(BUILD)/src/kernels/%.o: KERNEL_FLAGS = $(HAVE) $(ISA_$(*F))
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(KERNEL_FLAGS) -MMD -MP -c -o $@ $<

# Written anew only when the text changes, so that other flags, or a file that is gone, rebuild what depends on them.
$(BUILD)/flags: TEXT = $(MACHINE) $(FLAGS) $(LINK) $(HAVE) $(foreach r,$(RUNGS),$(ISA_$r))
$(BUILD)/objects: TEXT = $(LIB_SRC) $(SHARED_SRC)
$(BUILD)/flags $(BUILD)/objects: FORCE
	@mkdir -p $(@D); echo '$(TEXT)' | cmp -s - $@ || echo '$(TEXT)' > $@

-include $(patsubst %.o,%.d,$(call object,$(LIB_SRC) $(CLI_SRC) $(TOOL_SRC) $(TEST_SRC)))

# ---- the bundled model at work ----

MODEL := $(wildcard models/quern-demo-q8_0.gguf)
P = 温度阈值=35℃,湿度阈值=60%,报警方式=LED闪烁+串口日志,采样间隔=5秒

# The environment's model would come before the bundled one.
run: export QUERN_MODEL =
run: $(BUILD)/quern
	$(if $(EMU),$(EMU) )$(BUILD)/quern -p '$(subst ','\'',$(P))'

demo: $(PROGRAMS)
	sh tools/demo/demo.sh $(BUILD) $(BUILD)/demo

# ---- tests ----

tests: $(TESTS)

test: $(PROGRAMS) $(TESTS)
	@BUILD='$(BUILD)' EMU='$(EMU)' sh tests/run.sh $(T)

conformance: $(PROGRAMS) $(addprefix $(BUILD)/,check_json check_valid check_machine)
	@BUILD='$(BUILD)' EMU='$(EMU)' sh tests/run.sh tests/conformance/*.sh tests/conformance/*.py

check-asan: SANITIZE := address,undefined
check-tsan: SANITIZE := thread
check-tsan: T ?= $(addprefix tests/check_,ahead.c base.c constraint.c head.c jobs.c model.c session.c exact.sh cache.sh cli.sh quantize.sh convert.sh)
check-asan check-tsan:
	@$(MAKE) --no-print-directory BUILD=$(@:check-%=build-%) test \
	    T='$(T)' CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all'

# Fuzzing, with clang: build/fuzz_NAME -max_total_time=600 FOLDER
FUZZ := $(patsubst tests/%.c,build/%,$(wildcard tests/fuzz_*.c))
fuzz: $(FUZZ)
build/fuzz_%: tests/fuzz_%.c $(wildcard src/json/*.[ch] src/base/*.[ch])
	@mkdir -p $(@D)
	clang $(FLAGS) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^) -lm

# ---- install ----

BIN := $(DESTDIR)$(PREFIX)/bin
MAN := $(DESTDIR)$(PREFIX)/share/man/man1
DATA := $(DESTDIR)$(PREFIX)/share/quern

install: $(PROGRAMS)
	install -d $(BIN) $(MAN)
	install -m 755 $(PROGRAMS) $(BIN)
	install -m 644 src/cli/quern.1 $(MAN)
ifneq ($(MODEL),)
	install -d $(DATA)
	install -m 644 $(MODEL) $(DATA)
endif

uninstall:
	rm -f $(patsubst $(BUILD)/%,$(BIN)/%,$(PROGRAMS)) $(MAN)/quern.1 $(DATA)/quern-demo-q8_0.gguf
	rmdir $(DATA) 2>/dev/null || true

clean:
	rm -rf build build-*

FORCE:
.PHONY: all run demo tests test conformance fuzz check-asan check-tsan install uninstall clean FORCE
.SUFFIXES:
.DELETE_ON_ERROR:
