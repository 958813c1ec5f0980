# haproxyadmin for Lua. The targets are described in README.md.

# 5.1, 5.2, 5.3, 5.4 or luajit (which installs as 5.1).
LUA_VERSION ?= 5.4
PREFIX ?= /usr/local
DESTDIR ?=
# 1: compiler warnings are errors.
WERROR ?= 0
# no: do not install missing packages.
INSTALL ?= yes

CC ?= cc
CFLAGS ?= -O2 -g

ifeq ($(LUA_VERSION),luajit)
LUA ?= luajit
LUA_ABI := 5.1
else
LUA ?= lua$(LUA_VERSION)
LUA_ABI := $(LUA_VERSION)
endif
LUA_PC := $(if $(filter luajit,$(LUA_VERSION)),luajit,lua$(LUA_VERSION))
LUA_CFLAGS = $(if $(LUA_INCDIR),-I$(LUA_INCDIR),$(shell pkg-config --cflags $(LUA_PC)))

INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_ABI)
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_ABI)
INST_BINDIR ?= $(PREFIX)/bin
INST_SHAREDIR ?= $(PREFIX)/share

WARNINGS := -Wall -Wextra -pedantic -Wcast-qual -Wconversion -Wmissing-prototypes \
  -Wold-style-definition -Wpointer-arith -Wshadow -Wstrict-prototypes -Wundef \
  -Wvla -Wwrite-strings $(if $(filter 1,$(WERROR)),-Werror)
HADM_CFLAGS := -std=c99 -D_POSIX_C_SOURCE=200809L -fPIC -fvisibility=hidden -pthread $(WARNINGS)
HADM_LIBS := -pthread -ldl

BUILD := build
CORE_SOURCES := $(wildcard csrc/core/*/*.c)
CORE_OBJECTS := $(CORE_SOURCES:csrc/core/%.c=$(BUILD)/core/%.o)
ARCHIVE := $(BUILD)/core/libhadm.a
LUA_BUILD := $(BUILD)/$(LUA_VERSION)
LUA_SOURCES := $(wildcard csrc/lua/*.c)
LUA_OBJECTS := $(LUA_SOURCES:csrc/lua/%.c=$(LUA_BUILD)/%.o)
MODULE := $(LUA_BUILD)/haproxyadmin/core.so
LUA_FILES := $(shell cd lua && find haproxyadmin -name '*.lua')
# The program: run by the interpreter that the module is for, which finds it there.
PROGRAM = $(INST_BINDIR)/haproxyadmin
INTERPRETER = $(or $(shell command -v $(LUA) 2>/dev/null),/usr/bin/env $(LUA))
PATHS = "$(INST_LUADIR)/?.lua;$(INST_LUADIR)/?/init.lua;"..package.path, "$(INST_LIBDIR)/?.so;"..package.cpath
# What completes its words, by shell, where each looks for it.
STUBS := bash:bash-completion/completions/haproxyadmin zsh:zsh/site-functions/_haproxyadmin \
  fish:fish/vendor_completions.d/haproxyadmin.fish

# What is compiled for a target of tests is compiled side by side.
COMPILE = $(MAKE) --no-print-directory -j"$$(nproc)"

all: $(MODULE)

$(BUILD)/core/%.o: csrc/core/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(HADM_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(ARCHIVE): $(CORE_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(LUA_BUILD)/%.o: csrc/lua/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(HADM_CFLAGS) $(LUA_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(MODULE): $(LUA_OBJECTS) $(ARCHIVE)
	@mkdir -p $(@D)
	$(CC) -shared $(CFLAGS) $(LDFLAGS) $^ -o $@.new $(HADM_LIBS)
	mv $@.new $@

-include $(CORE_OBJECTS:.o=.d) $(LUA_OBJECTS:.o=.d)

install: $(MODULE)
	mkdir -p $(DESTDIR)$(INST_LIBDIR)/haproxyadmin
	install -m 755 $(MODULE) $(DESTDIR)$(INST_LIBDIR)/haproxyadmin/core.so
	for f in $(LUA_FILES); do \
	  mkdir -p $(DESTDIR)$(INST_LUADIR)/$$(dirname $$f) && \
	  install -m 644 lua/$$f $(DESTDIR)$(INST_LUADIR)/$$f || exit 1; \
	done
	mkdir -p $(DESTDIR)$(INST_BINDIR)
	{ echo '#!$(INTERPRETER)' && echo 'package.path, package.cpath = $(PATHS)' && \
	  tail -n 1 lua/haproxyadmin/cli/haproxyadmin; } >$(DESTDIR)$(PROGRAM).new
	chmod 755 $(DESTDIR)$(PROGRAM).new
	mv $(DESTDIR)$(PROGRAM).new $(DESTDIR)$(PROGRAM)
	mkdir -p $(DESTDIR)$(INST_SHAREDIR)/man/man1
	install -m 644 doc/haproxyadmin.1 $(DESTDIR)$(INST_SHAREDIR)/man/man1/haproxyadmin.1
	for stub in $(STUBS); do \
	  file=$(DESTDIR)$(INST_SHAREDIR)/$${stub#*:} && mkdir -p $$(dirname $$file) && \
	  LUA_PATH='lua/?.lua' $(LUA) -e "io.write(require('haproxyadmin.cli.words.stubs').$${stub%%:*})" >$$file || exit 1; \
	done

uninstall:
	rm -f $(DESTDIR)$(INST_LIBDIR)/haproxyadmin/core.so $(DESTDIR)$(PROGRAM)
	cd $(DESTDIR)$(INST_SHAREDIR) && rm -f man/man1/haproxyadmin.1 $(foreach stub,$(STUBS),$(lastword $(subst :, ,$(stub))))
	cd $(DESTDIR)$(INST_LUADIR) && rm -f $(LUA_FILES)
	-rmdir $(DESTDIR)$(INST_LIBDIR)/haproxyadmin
	-cd $(DESTDIR)$(INST_LUADIR) && rmdir -p $(sort $(dir $(LUA_FILES))) 2>/dev/null

clean:
	rm -rf $(BUILD)

packages-%:
	@[ "$(INSTALL)" = no ] || LUA_VERSION=$(LUA_VERSION) .ci/packages $(subst +, ,$*)

demo: packages-build+demo
	@$(COMPILE) all >/dev/null
	@LUA="$(LUA)" LUA_BUILD="$(LUA_BUILD)" doc/examples/demo.sh

test: packages-build+test
	@$(COMPILE) all
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" CC="$(CC)" spec/run

# The specs that talk to HAProxy on each version of it, unpacked from a Debian
# suite below build/haproxy. 2.6 is the system's own.
VERSIONS ?= 2.2 2.6 3.0 3.2 3.4
test-versions: packages-build+test
	@$(COMPILE) all
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" spec/support/test-versions $(VERSIONS)

# What takes its time: faults at every step, traffic that must not notice, many rounds.
proof: packages-build+test+bench
	@$(COMPILE) all $(BUILD)/load
	@spec/bench/peer-packages $(BUILD)/bench/peer
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" SPECS=spec/proof \
	  spec/support/test-versions $(VERSIONS)

# The program as it is installed, on real HAProxies.
program: packages-build+test+program
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/program" DESTDIR=
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" \
	  PROGRAM="$(CURDIR)/$(BUILD)/program/bin/haproxyadmin" spec/run spec/program

# What a real Prometheus makes of the program's answers.
prometheus: packages-build+test+program+prometheus
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/program" DESTDIR=
	@spec/support/debian-prometheus $(BUILD)/prometheus
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" \
	  PROGRAM="$(CURDIR)/$(BUILD)/program/bin/haproxyadmin" \
	  PROMETHEUS="$(CURDIR)/$(BUILD)/prometheus/prometheus" PROMTOOL="$(CURDIR)/$(BUILD)/prometheus/promtool" \
	  spec/run spec/prometheus

# What runs in a terminal, in one that tmux makes.
terminal: packages-build+test+program+terminal
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/terminal" DESTDIR=
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" \
	  PROGRAM="$(CURDIR)/$(BUILD)/terminal/bin/haproxyadmin" spec/run spec/terminal
# Its words are completed, by each shell, in a terminal.
completion: packages-build+test+program+terminal+completion
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/completion" DESTDIR=
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" \
	  PROGRAM="$(CURDIR)/$(BUILD)/completion/bin/haproxyadmin" spec/run spec/completion

# The page that the installed program serves, in Chromium.
browser: packages-build+test+browser
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/browser" DESTDIR=
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" \
	  PROGRAM="$(CURDIR)/$(BUILD)/browser/bin/haproxyadmin" spec/run spec/browser

# The pictures of doc/page.md, of the same page.
pictures: packages-build+test+browser+terminal
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/browser" DESTDIR=
	@PROGRAM="$(CURDIR)/$(BUILD)/browser/bin/haproxyadmin" LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua;;" \
	  LUA_CPATH="./$(LUA_BUILD)/?.so;;" $(LUA) doc/pictures/make.lua

# The specs on each version of Lua.
LUA_VERSIONS ?= 5.1 5.2 5.3 5.4 luajit
test-lua: $(LUA_VERSIONS:%=packages-for-%)
	@BUILD="$(BUILD)" spec/support/test-lua $(LUA_VERSIONS)

packages-for-%:
	@[ "$(INSTALL)" = no ] || LUA_VERSION=$* .ci/packages build test

# The core and its C tests by other compilers, for other C libraries and machines.
COMPILERS ?= clang musl i686 s390x
test-compilers: packages-build+test $(COMPILERS:%=packages-%)
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" spec/support/test-compilers $(COMPILERS)

# Each C test is linked with the archive alone: no Lua, and memory on a leash.
C_TESTS := $(patsubst spec/c/%.c,$(BUILD)/c/%,$(wildcard spec/c/*_test.c))
C_SUPPORT := $(patsubst spec/c/%.c,$(BUILD)/c/%.o,$(filter-out %_test.c,$(wildcard spec/c/*.c)))
C_TEST_FLAGS = -std=c99 -D_GNU_SOURCE -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror) -pthread $(CPPFLAGS) $(CFLAGS)
.SECONDARY:
c-tests: $(C_TESTS)

$(BUILD)/c/%.o: spec/c/%.c $(wildcard spec/c/*.h csrc/core/*/*.h) Makefile
	@mkdir -p $(@D)
	$(CC) $(C_TEST_FLAGS) -c $< -o $@

# What of the C library comes by spec/c/support.c.
comma := ,
WRAPPED := malloc calloc realloc free openat fchown fchmod write fsync close renameat unlinkat
$(BUILD)/c/%_test: $(BUILD)/c/%_test.o $(C_SUPPORT) $(ARCHIVE)
	$(CC) $(CFLAGS) $^ -o $@ $(WRAPPED:%=-Wl$(comma)--wrap=%) $(LDFLAGS) -lcmocka $(HADM_LIBS)

# Programs of the benchmarks and of the guard; always -O2, whatever CFLAGS says.
BENCH_FLAGS := -std=c99 -O2 -Wall -Wextra $(if $(filter 1,$(WERROR)),-Werror)
BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,fill floor latency parse raw timed)

$(BUILD)/bench/%: spec/bench/%.c spec/bench/farm_client.h $(ARCHIVE) Makefile
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) $< $(ARCHIVE) -o $@ $(HADM_LIBS)

# The client that counts answers, of spec/proof.
$(BUILD)/load: spec/support/load.c Makefile
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) $< -o $@

bench: packages-build+bench
	@$(COMPILE) all $(BENCH_PROGRAMS)
	@$(MAKE) --no-print-directory -s install PREFIX="$(CURDIR)/$(BUILD)/program" DESTDIR=
	@spec/bench/peer-packages $(BUILD)/bench/peer
	@LUA="$(LUA)" CC="$(CC)" PROGRAM="$(CURDIR)/$(BUILD)/program/bin/haproxyadmin" \
	  LUA_PATH="./lua/?.lua;./lua/?/init.lua;./spec/?.lua;./?.lua" LUA_CPATH="./$(LUA_BUILD)/?.so" $(LUA) spec/bench/bench.lua

# The core once more, with flags that are always the same; the guard's own
# memory functions must not be taken for calls of themselves.
$(BUILD)/bench/guard: spec/bench/guard.c $(CORE_SOURCES) $(wildcard csrc/core/*/*.h) Makefile
	@mkdir -p $(@D)
	$(CC) $(BENCH_FLAGS) -fno-builtin-memchr -fno-builtin-memcmp -c $< -o $@.o
	$(CC) $(BENCH_FLAGS) -D_POSIX_C_SOURCE=200809L $@.o $(CORE_SOURCES) -o $@ $(HADM_LIBS)
	@echo "$$($(CC) -dumpmachine) $$($(CC) --version | sed -n '1s/ .*//p') \
	  $$($(CC) -dumpversion | sed 's/\..*//')" | tr -s ' ' >$(BUILD)/bench/guard.compiler

guard: packages-build+valgrind
	@$(MAKE) --no-print-directory -s $(BUILD)/bench/guard
	@LUA="$(LUA)" BUILD="$(BUILD)" spec/bench/guard

# The same under tools that see more. All end with "N passed, N failed".

# Built with sanitizers; the module is loaded by the stock interpreter.
SANITIZED := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
AS_SANITIZED = STOCK_LUA="$(LUA)" NOT_INHERITED="$(CURDIR)/$(BUILD)/not_inherited.so"

$(BUILD)/not_inherited.so: spec/support/not_inherited.c
	@mkdir -p $(@D)
	$(CC) -shared -fPIC $< -o $@

# What is in Lua alone, the program's, shows nothing where garbage is collected all the time.
OF_PROGRAM := $(filter spec/unit/cli_% spec/unit/top_% spec/unit/web_%,$(wildcard spec/unit/*_spec.lua))

# What runs the module and is not run by `hardgc`, which has the same sanitizers.
asan: packages-build+test $(BUILD)/not_inherited.so
	@$(COMPILE) all c-tests BUILD=$(BUILD)/asan CFLAGS="$(SANITIZED)"
	@$(AS_SANITIZED) LUA="$(CURDIR)/spec/support/asan_lua" LUA_VERSION="$(LUA_VERSION)" \
	  BUILD="$(BUILD)/asan" spec/run $(C_TESTS:$(BUILD)/%=$(BUILD)/asan/%) \
	  $(addprefix spec/documents/,docs_spec.lua recipes_spec.lua) spec/hosts $(OF_PROGRAM)

# The same with a binding that collects all garbage before it allocates: it keeps
# a processor busy, so that no more files run side by side than there are.
hardgc: packages-build+test $(BUILD)/not_inherited.so
	@$(COMPILE) all BUILD=$(BUILD)/hardgc CFLAGS="$(SANITIZED)" \
	  LUA_CFLAGS="$(LUA_CFLAGS) -include spec/support/hardgc.h"
	@$(AS_SANITIZED) LUA="$(CURDIR)/spec/support/asan_lua" LUA_VERSION="$(LUA_VERSION)" \
	  BUILD="$(BUILD)/hardgc" JOBS="$$(nproc)" spec/run \
	  $(filter-out $(OF_PROGRAM),$(wildcard spec/unit/*_spec.lua)) spec/haproxy

# The C tests, some of which have threads, watched for what threads do to each
# other. The watcher's memory has fixed places, which random addresses may take. It
# would end a child of a process with threads that has one itself.
tsan: packages-build+test
	@$(COMPILE) c-tests BUILD=$(BUILD)/tsan CFLAGS="-O1 -g -fsanitize=thread"
	@TSAN_OPTIONS=die_after_fork=0 BUILD="$(BUILD)/tsan" RUNNER="$$(setarch -R true 2>/dev/null && echo setarch -R)" \
	  spec/run $(C_TESTS:$(BUILD)/%=$(BUILD)/tsan/%)

valgrind: packages-build+test+valgrind
	@$(COMPILE) all c-tests
	@LUA="$(LUA)" LUA_VERSION="$(LUA_VERSION)" BUILD="$(BUILD)" \
	  RUNNER="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite" \
	  spec/run $(C_TESTS) spec/unit/list_spec.lua spec/haproxy/core_spec.lua

# How much of the core the C tests run; it fails below 95 %.
coverage: packages-build+test
	@$(COMPILE) c-tests BUILD=$(BUILD)/coverage CFLAGS="-O0 -g --coverage"
	@BUILD="$(BUILD)/coverage" spec/c/coverage

FUZZERS := $(patsubst spec/fuzz/%_fuzz.c,$(BUILD)/fuzz/%,$(wildcard spec/fuzz/*_fuzz.c))
FUZZ_FLAGS := -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -O1 -g -pthread -fno-sanitize-recover=all
FUZZ_OBJECTS := $(CORE_SOURCES:csrc/core/%.c=$(BUILD)/fuzz/core/%.o) $(BUILD)/fuzz/core/cli.o

$(BUILD)/fuzz/core/%.o: csrc/core/%.c $(wildcard csrc/core/*/*.h) Makefile
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

$(BUILD)/fuzz/core/cli.o: $(wildcard spec/c/cli.*) $(wildcard csrc/core/*/*.h) Makefile
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -c spec/c/cli.c -o $@

$(BUILD)/fuzz/%: spec/fuzz/%_fuzz.c spec/fuzz/fuzz.h $(FUZZ_OBJECTS) Makefile
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined $< $(FUZZ_OBJECTS) -o $@ $(HADM_LIBS)

# A minute for each target; or some seconds, the same each time.
fuzz: packages-build+clang
	@$(COMPILE) $(FUZZERS)
	@spec/fuzz/run $(BUILD)/fuzz -max_total_time=60
fuzz-replay: packages-build+clang
	@$(COMPILE) $(FUZZERS)
	@spec/fuzz/run $(BUILD)/fuzz -seed=1 -runs=1000

C_FILES := $(wildcard csrc/core/*/*.[ch] csrc/lua/*.[ch] spec/c/*.[ch] spec/support/*.[ch] spec/bench/*.[ch] spec/fuzz/*.[ch])
# Writes doc/commands.md from the table of commands and the methods' documents,
# and doc/prometheus.md from the table of families.
commands: all
	@LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua;;" LUA_CPATH="./$(LUA_BUILD)/?.so;;" \
	  $(LUA) -e 'require("spec.support.commands_table").write() require("spec.support.families_table").write()'

# Writes the Lua module that has the page's files.
page:
	@LUA_PATH="./?.lua;;" $(LUA) -e 'require("spec.support.page").write()'

# The manual page, made from the program's own rows.
manual: all
	@LUA_PATH="./lua/?.lua;./lua/?/init.lua;./?.lua;;" LUA_CPATH="./$(LUA_BUILD)/?.so;;" \
	  $(LUA) -e 'require("spec.support.manual").write()'

lint: packages-build+lint
	mandoc -Tlint -W warning doc/haproxyadmin.1
	clang-format --dry-run --Werror $(C_FILES)
	cppcheck --quiet --std=c99 --enable=warning,performance,portability \
	  --inline-suppr --error-exitcode=1 -Icsrc/core csrc
	@echo $(CORE_SOURCES) $(LUA_SOURCES) | xargs -n 4 -P "$$(nproc)" sh -c \
	  'clang-tidy --quiet "$$@" -- -std=c99 -D_POSIX_C_SOURCE=200809L $(LUA_CFLAGS)' clang-tidy
	luacheck --quiet lua spec doc *.rockspec .luacheckrc

format:
	clang-format -i $(C_FILES)

doc: packages-doc
	ldoc -q --fatalwarnings -c doc/config.ld -d $(CURDIR)/$(BUILD)/doc .

.PHONY: all browser pictures commands page manual install uninstall clean demo bench guard test proof program terminal completion prometheus test-versions test-lua test-compilers c-tests lint format doc asan tsan valgrind coverage hardgc fuzz fuzz-replay
