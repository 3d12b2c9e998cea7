# pgbell: see README.md.  `make help` lists what can be made.

VERSION = 0.1.0
PREFIX  = /usr/local
PORT    = 8080
STATE   = var
APIS    = 4
STREAMS = 1

CC      = gcc
CLANG   = clang
PKGS    = libpq json-c libevent_core

WARN    = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
          -Wformat=2 -Wvla $(if $(CI),-Werror)
HARDEN  = -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
CHECKED = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS  = -std=c11 -g -D_GNU_SOURCE -DPGBELL_VERSION='"$(VERSION)"' -I. $(WARN) \
          $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS    = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

# --- the house ---------------------------------------------------------------

COMMON  = config credentials fastcgi fastcgi_request http json log problem sse
API     = actions openapi reply request
STREAM  = 

UNIT    = config fastcgi sse 
FUZZ    = fastcgi 
FUZZ_SECONDS = 20

MODULES = $(COMMON:%=common/%) $(API:%=cgi/api/%) $(STREAM:%=cgi/stream/%)
MAINS   = cgi/api/main cgi/stream/main

# --- building ----------------------------------------------------------------

all: build/pgbell-api build/pgbell-stream

build/pgbell-api: build/release/cgi/api/main.o build/release/libpgbell.a
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ -lfcgi $(LIBS)
build/pgbell-stream: build/release/cgi/stream/main.o build/release/libpgbell.a
	$(CC) -pie -Wl,-z,relro,-z,now -o $@ $^ $(LIBS)

# The same programs under AddressSanitizer and UndefinedBehaviorSanitizer.
build/checked/pgbell-api: build/checked/cgi/api/main.o build/checked/libpgbell.a
	$(CC) $(CHECKED) -o $@ $^ -lfcgi $(LIBS)
build/checked/pgbell-stream: build/checked/cgi/stream/main.o build/checked/libpgbell.a
	$(CC) $(CHECKED) -o $@ $^ $(LIBS)

build/%/libpgbell.a:
	rm -f $@ && ar -rcs $@ $^
build/release/libpgbell.a: $(MODULES:%=build/release/%.o)
build/checked/libpgbell.a: $(MODULES:%=build/checked/%.o)
build/fuzz/libpgbell.a: $(MODULES:%=build/fuzz/%.o)

build/release/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<
build/checked/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CHECKED) -MMD -MP -c -o $@ $<
build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(CFLAGS) -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -MMD -MP -c -o $@ $<

build/unit/%_test: build/checked/tests/unit/%_test.o build/checked/libpgbell.a
	@mkdir -p $(@D)
	$(CC) $(CHECKED) -o $@ $^ -lcmocka -lfcgi $(LIBS)
build/fuzz/%_fuzz: build/fuzz/tests/fuzz/%_fuzz.o build/fuzz/libpgbell.a
	$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ -lfcgi $(LIBS)

# --- running -----------------------------------------------------------------

run:
	@deploy/dev/install-packages run
	@echo "pgbell: building"
	@$(MAKE) --no-print-directory all
	@LC_ALL=C.UTF-8 exec deploy/dev/run --port '$(PORT)' --state '$(STATE)' --apis '$(APIS)' --streams '$(STREAMS)'

-include $(shell find build -name '*.d' 2>/dev/null)
.SECONDARY:
.PHONY: all run test unit lint fuzz install clean help
