# pgbell: see README.md.  `make help` lists what can be made.

VERSION = 0.1.0
PREFIX  = /usr/local
PORT    = 8080
STATE   = var
APIS    = 4
STREAMS = 1

CC      = gcc
CLANG   = clang
PKGS    = libpq json-c libevent_core libcrypto

WARN    = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
          -Wformat=2 -Wvla $(if $(CI),-Werror)
HARDEN  = -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
CHECKED = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS  = -std=c11 -g -D_GNU_SOURCE -DPGBELL_VERSION='"$(VERSION)"' -I. -Ibuild/generated $(WARN) \
          $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS    = $(shell pkg-config --libs $(PKGS) 2>/dev/null)
CURL    = $(shell pkg-config --libs libcurl 2>/dev/null)

# --- the house ---------------------------------------------------------------

COMMON  = config credentials environment fastcgi http json log log_writer pid_file problem timestamp topic websocket
API     = acceptor actions arguments connection cookie executor identity installation openapi refusal reply request session_setup sqlstate worker
# The rooms of pgbell-stream, each built upon those before it: deploy/dev/check-rooms.
STREAM  = $(addprefix parts/,array batch burst capacity decimal deferred_free metrics retry timer) \
          $(addprefix events/,frame frame_range message notice page sse tails websocket_event) \
          $(addprefix wire/,answer door_fastcgi door_websocket fastcgi_input fastcgi_request handshake http_head intake listen_socket outbox peer route \
                            topics visit websocket_peer websocket_reader) \
          $(addprefix audience/,address client client_command client_opening client_page delivery drain errands follow_check follow_command hub hub_join inquiry lanes numbers opening opening_request question ring_filter session start \
                                table verdict) \
          $(addprefix database/,announcing berth canary chore command doorbell fault link lookup pace payload pipeline query reader rows \
                                same_database statement tally upkeep) \
          $(addprefix plain/,cgi_slot cgi_stream) \
          notify server settings

DOCTOR  = api exposure host integrity keeping listen log_files main outside program report schema server visit web

UNIT    = actions announcing answer arguments array batch berth canary capacity cgi_slot chore client client_command client_ending config cookie credentials drain environment \
          fastcgi fault feed frame frame_range histogram http http_head hub hub_delivery hub_session hub_topics inquiry \
          intake intake_refusal json lanes listen_socket log log_writer message messages metrics notify opening opening_request opening_room \
          opening_waiting pace page payload peer peer_leaving peer_websocket pipeline problem question refusal reply request \
          response retry ring_filter route route_topics same_database settings sqlstate sse start \
          table tally timer topics upkeep websocket websocket_reader
FUZZ    = doorbell fastcgi http json request route text websocket
BENCH   = bare crowd hammer listener loop
BENCH_PARTS = feed histogram messages requests response stream
FUZZ_SECONDS = 8
SECONDS = 60
MINE    = 1000000
OTHERS  = 10000000

# The client as one file.  Without esbuild, which Debian has, there are the modules alone.
ESBUILD = $(shell command -v esbuild)
BUNDLE  = build/www/js/pgbell-$(VERSION).min.js

MODULES = $(COMMON:%=common/%) $(API:%=cgi/api/%) $(STREAM:%=cgi/stream/%)
MAINS   = cgi/api/main cgi/stream/main

# --- building ----------------------------------------------------------------

all: build/pgbell-api build/pgbell-stream build/pgbell-doctor build/pgbell.sql build/www-size $(if $(ESBUILD),www)

# The schema for programs that are not psql.
build/pgbell.sql: deploy/dev/plain-sql $(shell find sql -name '*.sql')
	@mkdir -p $(@D)
	deploy/dev/plain-sql $(VERSION) >$@.new && mv $@.new $@

www: $(BUNDLE)
$(BUNDLE): $(wildcard deploy/www/js/*.js)
	@mkdir -p $(@D) && rm -f $(@D)/pgbell-*
	@esbuild deploy/www/js/pgbell.js --bundle --minify --format=esm --target=es2022 --charset=utf8 \
	    --sourcemap --log-level=warning --banner:js='/* pgbell $(VERSION) */' --outfile=$@

# Told whenever it has changed.
build/www-size: deploy/dev/www-size $(wildcard deploy/www/js/*.js)
	@mkdir -p $(@D)
	@deploy/dev/www-size | tee $@

build/pgbell-api: build/release/cgi/api/main.o build/release/libpgbell.a
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ -lfcgi $(LIBS)
build/pgbell-stream: build/release/cgi/stream/main.o build/release/libpgbell.a
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS)

build/pgbell-doctor: $(DOCTOR:%=build/release/deploy/doctor/%.o) build/release/libpgbell.a
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS) $(CURL)

# The same programs under AddressSanitizer and UndefinedBehaviorSanitizer.
build/checked/pgbell-api: build/checked/cgi/api/main.o build/checked/libpgbell.a
	$(CC) $(CHECKED) -o $@ $^ -lfcgi $(LIBS)
build/checked/pgbell-stream: build/checked/cgi/stream/main.o build/checked/libpgbell.a
	$(CC) $(CHECKED) -o $@ $^ $(LIBS)

build/checked/pgbell-doctor: $(DOCTOR:%=build/checked/deploy/doctor/%.o) build/checked/libpgbell.a
	$(CC) $(CHECKED) -o $@ $^ $(LIBS) $(CURL)

# What the doctor expects of an installation is read from the SQL that makes it.
SHIPPED = build/generated/deploy/doctor/shipped.h
$(foreach part,schema integrity,build/release/deploy/doctor/$(part).o build/checked/deploy/doctor/$(part).o): $(SHIPPED)
$(SHIPPED): deploy/doctor/shipped.awk sql/install.sql sql/grants.sql sql/qa/grants.sql \
    $(wildcard sql/triggers/*.sql sql/qa/triggers/*.sql)
	@mkdir -p $(@D)
	awk -f $^ >$@

# And where it finds the settings.
PLACE = build/generated/deploy/doctor/place.h
build/release/deploy/doctor/main.o build/checked/deploy/doctor/main.o: $(PLACE)
$(PLACE): FORCE
	@$(shell mkdir -p $(@D))$(file >$@.new,#define PLACE_OF_SETTINGS "$(SYSCONFDIR)/pgbell/pgbell.env")cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/%/libpgbell.a:
	rm -f $@ && ar -rcs $@ $^
build/release/libpgbell.a: $(MODULES:%=build/release/%.o)
build/checked/libpgbell.a: $(MODULES:%=build/checked/%.o)
build/fuzz/libpgbell.a: $(MODULES:%=build/fuzz/%.o)

# Objects are made again when what they are made with is another: a version, a flag.
build/release/flags: WITH = $(CC) $(CFLAGS) $(HARDEN) $(LIBS) $(CURL)
build/checked/flags: WITH = $(CC) $(CFLAGS) $(CHECKED) $(LIBS) $(CURL)
build/fuzz/flags:    WITH = $(CLANG) $(CFLAGS) $(LIBS)
build/release/flags build/checked/flags build/fuzz/flags: FORCE
	@$(shell mkdir -p $(@D))$(file >$@.new,$(WITH))cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/release/%.o: %.c build/release/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<
build/checked/%.o: %.c build/checked/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CHECKED) -MMD -MP -c -o $@ $<
build/fuzz/%.o: %.c build/fuzz/flags
	@mkdir -p $(@D)
	$(CLANG) $(CFLAGS) -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -MMD -MP -c -o $@ $<

build/unit/%_test: build/checked/tests/unit/%_test.o build/checked/libpgbell.a
	@mkdir -p $(@D)
	$(CC) $(CHECKED) -o $@ $^ -lcmocka -lfcgi $(LIBS)
build/unit/feed_test: $(addprefix build/checked/tests/bench/,feed.o histogram.o)
build/unit/histogram_test: build/checked/tests/bench/histogram.o
build/unit/messages_test: build/checked/tests/bench/messages.o
build/unit/response_test: build/checked/tests/bench/response.o
build/fuzz/%_fuzz: build/fuzz/tests/fuzz/%_fuzz.o build/fuzz/libpgbell.a
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ -lfcgi $(LIBS)

# What `make bench` measures with.
build/bench/bin/crowd: $(BENCH_PARTS:%=build/release/tests/bench/%.o)
build/bench/bin/hammer: $(addprefix build/release/tests/bench/,histogram.o requests.o response.o)
build/bench/bin/listener: build/release/tests/bench/feed.o build/release/tests/bench/histogram.o
build/bench/bin/slow_flush.so: tests/bench/slow_flush.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -O2 -fPIC -shared -o $@ $< -ldl
build/bench/bin/%: build/release/tests/bench/%.o build/release/libpgbell.a
	@mkdir -p $(@D)
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ -lfcgi $(LIBS)

# --- running -----------------------------------------------------------------

run:
	@deploy/dev/install-packages run
	@echo "pgbell: building"
	@$(MAKE) --silent -j$(PARALLEL) all >/dev/null
	@LC_ALL=C.UTF-8 exec deploy/dev/run --port '$(PORT)' --state '$(STATE)' --apis '$(APIS)' --streams '$(STREAMS)'

# --- testing -----------------------------------------------------------------

# PG=17 is about the server, and whatever depends on it.
GROUPS   = $(if $(PG),sql system faults,unit fuzz sql system browser faults)
PARALLEL = $(shell nproc)

test:
	@deploy/dev/install-packages test
	@echo "pgbell: building"
	@$(MAKE) --silent -j$(PARALLEL) all checked benches tests/node_modules/.package-lock.json \
	    $(if $(filter unit%,$(GROUPS)),units) $(if $(filter fuzz%,$(GROUPS)),fuzzers) \
	    $(if $(PG),$(if $(wildcard /usr/lib/postgresql/$(PG)/bin/initdb),,$(SERVERS)))
	@FUZZ_SECONDS=$(FUZZ_SECONDS) PG=$(PG) tests/run $(GROUPS)

# One group, one file or one test, with what it needs: FILE=unit, FILE=system/stream, FILE='a test by name'.
check:
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/check $(if $(findstring /,$(FILE)),$(FILE),$(if $(FILE),'$(FILE)'))

unit: units
	@tests/run unit

# Longer than in `make test`, where its inputs are those that are kept and few more.
fuzz: FUZZ_SECONDS = 60
fuzz: fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

# Clients of other people that are too many for each build, held against deploy/www/CLIENTS.md.
clients:
	@deploy/dev/install-packages test clients
	@$(MAKE) --no-print-directory -j$(PARALLEL) checked tests/node_modules/.package-lock.json tests/clients/node_modules/.package-lock.json
	@tests/run clients

# What people do with the bell, in the browsers that Debian has; BROWSER=firefox in one of them.
BROWSER       = chromium firefox webkit
BROWSER_TESTS = story tabs fallback live-page screen-reader orca
browsers:
	@deploy/dev/install-packages test browsers
	@$(MAKE) --silent -j$(PARALLEL) all checked tests/node_modules/.package-lock.json
	@for browser in $(BROWSER); do \
	    echo "$$browser:"; BROWSER=$$browser tests/run $(BROWSER_TESTS:%=browser/%) || failed=1; \
	done; test -z "$$failed"

# A long run of the model under faults; tests/faults/long.mjs tells the variables.
faults:
	@deploy/dev/install-packages test
	@$(MAKE) --no-print-directory -j$(PARALLEL) checked tests/node_modules/.package-lock.json
	@SECONDS='$(SECONDS)' node tests/faults/long.mjs

# What pages cost a person with a million rows beside ten millions of others', and the plans; ten minutes.
plans:
	@deploy/dev/install-packages test
	@PLANS_MINE=$(MINE) PLANS_OTHERS=$(OTHERS) PLANS_SHOW=on tests/sql/run plans.sql

# Every state that the quiet bell can come to, and the mistakes that are to be found.
model:
	@deploy/dev/install-packages model
	@tests/model/run

# People come and go for so long; tests/soak/main.mjs tells what is measured.
soak:
	@deploy/dev/install-packages test
	@$(MAKE) --no-print-directory -j$(PARALLEL) all tests/node_modules/.package-lock.json
	@MINUTES='$(MINUTES)' node tests/soak/main.mjs

# pgbell and its peers side by side; tests/bench/main.mjs tells the variables.
bench:
	@deploy/dev/install-packages bench
	@echo "pgbell: building"
	@$(MAKE) --silent -j$(PARALLEL) all benches tests/node_modules/.package-lock.json \
	    tests/bench/express/node_modules/.package-lock.json
	@node tests/bench/main.mjs

# What all of it costs when everything is a thousand times as large; tests/bench/growth.mjs tells the variables.
growth:
	@deploy/dev/install-packages test
	@echo "pgbell: building"
	@$(MAKE) --silent -j$(PARALLEL) all tests/node_modules/.package-lock.json
	@node tests/bench/growth.mjs

checked: build/checked/pgbell-api build/checked/pgbell-stream build/checked/pgbell-doctor
units: $(UNIT:%=build/unit/%_test)
fuzzers: $(FUZZ:%=build/fuzz/%_fuzz)
benches: $(BENCH:%=build/bench/bin/%) build/bench/bin/slow_flush.so

tests/node_modules/.package-lock.json: tests/package-lock.json
	cd tests && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
# PostgreSQL 14 to 18.  The links of their libraries are not in a package; we make
# them ourselves, with the script that it has for that, because npm may be told to run none.
SERVERS = tests/postgres/node_modules/.package-lock.json
$(SERVERS): tests/postgres/package-lock.json
	cd tests/postgres && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@for server in tests/postgres/node_modules/postgres-*; do \
	    (cd $$server && node scripts/hydrate-symlinks.js) || exit; done
	@touch $@
tests/clients/node_modules/.package-lock.json: tests/clients/package-lock.json
	cd tests/clients && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
tests/bench/express/node_modules/.package-lock.json: tests/bench/express/package-lock.json
	cd tests/bench/express && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# --- reading over ------------------------------------------------------------

C_FILES  = $(wildcard common/*.c cgi/*/*.c cgi/*/*/*.c deploy/doctor/*.c tests/unit/*.c tests/fuzz/*.c tests/bench/*.c)
H_FILES  = $(wildcard common/*.h cgi/*/*.h cgi/*/*/*.h deploy/doctor/*.h tests/unit/*.h tests/fuzz/*.h tests/bench/*.h)
JS_FILES = $(shell find deploy/www tests -name node_modules -prune -o -name '*.js' -print -o -name '*.mjs' -print)
SH_FILES = deploy/dev/install-files deploy/dev/install-packages deploy/dev/www-size tests/run tests/check tests/model/run tests/postgres/find tests/minimal-root \
           tests/booted-root tests/boot/init tests/lib/debian-root.sh .ci/run deploy/examples/clients/curl.sh \
           $(wildcard deploy/debian/p*inst deploy/debian/p*rm)

lint: lint-install lint-rooms lint-format lint-cppcheck lint-tidy lint-scripts

lint-install:
	@deploy/dev/install-packages lint

lint-rooms:
	@deploy/dev/check-rooms

lint-format: lint-install
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES)

# cppcheck reads no system header on its own; this one is macros that it must know.  From
# 2.16 on it follows an allocation that failed, also where that ends the program, and says
# of each file how far it looked.
lint-cppcheck: lint-install $(SHIPPED) $(PLACE)
	@cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. -Ibuild/generated $(filter -D%,$(CFLAGS)) \
	    --enable=warning,performance,portability --suppress=missingIncludeSystem \
	    $(addprefix --suppress=,nullPointerOutOfMemory nullPointerArithmeticOutOfMemory \
	        ctunullpointer ctunullpointerOutOfMemory normalCheckLevelMaxBranches) \
	    $(patsubst %,--include=%,$(wildcard /usr/include/*/sys/queue.h)) $(C_FILES)

lint-tidy: lint-install $(SHIPPED) $(PLACE)
	@mkdir -p build && printf '%s\n' $(CFLAGS) -I$(CURDIR) -I$(CURDIR)/build/generated >build/compile_flags.txt
	@printf '%s\n' $(C_FILES) | xargs -P $(PARALLEL) -n 4 clang-tidy --quiet -p build

lint-scripts: lint-install
	@for file in $(JS_FILES); do node --check $$file || exit; done
	@shellcheck $(SH_FILES)
	@for file in deploy/dev/run deploy/dev/check-rooms deploy/dev/plain-sql deploy/dev/write-settings tests/lib/manager.pl; do perl -c $$file || exit; done

# --- installing --------------------------------------------------------------

# What is not in one of the usual places keeps its settings to itself; systemd looks for
# units of its own accord in the directories named here only.
IS_USUAL   = $(filter /usr /usr/local,$(PREFIX))
SYSCONFDIR = $(if $(IS_USUAL),/etc,$(PREFIX)/etc)
UNITS      = $(if $(IS_USUAL),$(PREFIX)/lib,/etc)/systemd/system
PLACES     = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' UNITS='$(UNITS)'

install: all
	@$(PLACES) deploy/dev/install-files install

uninstall:
	@$(PLACES) deploy/dev/install-files uninstall

# A package for this Debian: build/deb/pgbell_*.deb.
deb:
	@deploy/dev/install-packages deb
	@rm -rf build/deb && mkdir -p build/deb/pgbell-$(VERSION)
	@cp -a Makefile README.md CHANGELOG.md LICENSE cgi common sql deploy build/deb/pgbell-$(VERSION)/
	@cp -a deploy/debian build/deb/pgbell-$(VERSION)/debian
	@cd build/deb/pgbell-$(VERSION) && MAKEFLAGS= DEB_BUILD_OPTIONS='noautodbgsym parallel=$(PARALLEL)' dpkg-buildpackage -b -us -uc >../build.log 2>&1 || { tail -n 30 ../build.log >&2; exit 1; }
	@ls build/deb/*.deb

clean:
	rm -rf build tests/node_modules tests/postgres/node_modules tests/clients/node_modules tests/bench/express/node_modules

help:
	@echo "make                    build/pgbell-api and build/pgbell-stream"
	@echo "make www                build/www/js/pgbell-$(VERSION).min.js, the client as one file (esbuild)"
	@echo "make run                a whole site at http://127.0.0.1:8080/ in var/, until Ctrl-C;"
	@echo "                        PORT=8080 STATE=var APIS=4 STREAMS=1, and PGBELL_* settings"
	@echo "make test               all tests; GROUPS='unit fuzz sql system browser faults' FUZZ_SECONDS=8;"
	@echo "                        PG=14|15|16|17|18 sql, system and faults with that PostgreSQL;"
	@echo "                        GROUPS='system/stream' one file"
	@echo "make check FILE=…       a group (FILE=unit), a file (FILE=system/stream) or a test by a part of its name"
	@echo "                        (FILE='a stream resumes'), with what it needs built before"
	@echo "make unit, make fuzz    one group of them, without installing anything; fuzz for FUZZ_SECONDS=60"
	@echo "make clients            clients of other people in a dozen libraries and three languages more; mappers"
	@echo "make browsers           what people do with the bell in Chromium, Firefox and WebKitGTK; BROWSER=firefox in one"
	@echo "make plans              blocks and plans of each page; MINE=1000000 OTHERS=10000000 rows"
	@echo "make faults             writers and readers under faults; SECONDS=60 SEED= FLOOR_S=3600 POOLER=off"
	@echo "make model              the quiet bell, in every state that it can come to (spin), a minute or three"
	@echo "make soak               people come and go, and what they leave is measured; MINUTES=10"
	@echo "make bench              pgbell and its peers side by side, 25 minutes; QUICK=1 six, WORKS='1 2 …',"
	@echo "                        REPEATS=5, KEEP=1 what came out goes into tests/bench/results"
	@echo "make growth             what an insert, a read, a mark cost with 10,000,000 events, 15 minutes; KEEP=1"
	@echo "make lint               clang-format, cppcheck, clang-tidy and the like"
	@echo "make install            programs, SQL, page, units, man pages, settings; DESTDIR= PREFIX=/usr/local;"
	@echo "                        SYSCONFDIR=/etc and UNITS=/usr/local/lib/systemd/system follow PREFIX, UNITS= has none"
	@echo "make uninstall          all but the settings is removed; the same variables"
	@echo "make deb                a Debian package of it in build/deb/"
	@echo "make clean              remove what was built (var/ stays)"

-include $(shell find build -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all www run test check unit fuzz clients browsers faults plans model soak bench growth checked units fuzzers benches install uninstall clean help \
        FORCE lint lint-install lint-rooms lint-format lint-cppcheck lint-tidy lint-scripts
