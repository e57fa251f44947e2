# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            the program, build/vif-route-ipv6; needs no root and installs nothing
# make check      the tests             make check-xen  the tests on real Xen, in emulation
# make demo       the main job, shown   make bench      the figures against its opponents
# make analyze    the analysers         make fuzz       a minute of fuzzing for each parser
# make install    PREFIX=/usr/local SYSCONFDIR=/etc DESTDIR=    make uninstall    make clean
#
# SANITIZE=1 builds with ASan and UBSan into build/sanitize; V=1 shows the commands.

VERSION = 0.1.0

PREFIX     = /usr/local
SYSCONFDIR = /etc
DESTDIR    =
SBINDIR    = $(PREFIX)/sbin
MANDIR     = $(PREFIX)/share/man
SCRIPTDIR  = $(SYSCONFDIR)/xen/scripts
DOCDIR     = $(PREFIX)/share/doc/vif-route-ipv6

CC         = gcc
PKG_CONFIG = pkg-config
LIBRARIES  = xenstore libmnl inih
# What `check` and `demo` need and install when run as root: Debian's names.
BUILD_PACKAGES = gcc make pkg-config libc6-dev libxen-dev libmnl-dev libinih-dev
TEST_PACKAGES  = libcmocka-dev xen-utils-4.17 xen-utils-common xenstore-utils iproute2 \
                 iputils-ping net-tools strace valgrind patch mandoc shellcheck util-linux
TOOL_PACKAGES  = clang clang-tidy clang-format cppcheck libclang-rt-14-dev

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wformat=2
CFLAGS  ?= -O2 -g
HARDEN   = -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
LD_HARDEN = -pie -Wl,-z,relro,-z,now -Wl,--as-needed
BUILD    = build
ifdef SANITIZE
BUILD    = build/sanitize
CFLAGS   = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
HARDEN   = -fPIE
LD_HARDEN = -pie
endif

ALL_CPPFLAGS = -D_GNU_SOURCE -DSYSCONFDIR='"$(SYSCONFDIR)"' -Ilib -I$(BUILD)/include $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu11 $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_CFLAGS  += $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
ALL_LDFLAGS  = $(LD_HARDEN) $(LDFLAGS)
LDLIBS       = $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null || echo -lxenstore -lmnl -linih)

LIB_OBJECTS  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*.c))
MAIN_OBJECTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard vif-route-ipv6/*.c))
PROGRAM      = $(BUILD)/vif-route-ipv6

UNIT_SOURCES = $(wildcard tests/unit/test-*.c)
UNIT_TESTS   = $(UNIT_SOURCES:%.c=$(BUILD)/%)
FUZZERS      = $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz-*.c))

ifdef V
Q =
else
Q = @
say = @echo '  $(1) $(2)'
endif

.PHONY: all check check-unit check-net check-xen demo bench fuzz analyze install uninstall clean \
        format

all: $(PROGRAM)

# build/vif-route-ipv6 is the program; its objects lie in build/obj.
LIB_OBJECTS  := $(LIB_OBJECTS:$(BUILD)/%=$(BUILD)/obj/%)
MAIN_OBJECTS := $(MAIN_OBJECTS:$(BUILD)/%=$(BUILD)/obj/%)

$(PROGRAM): $(MAIN_OBJECTS) $(LIB_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: %.c $(BUILD)/include/version.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/include/version.h: Makefile
	@mkdir -p $(@D)
	@echo '#define VERSION "$(VERSION)"' >$@

-include $(LIB_OBJECTS:.o=.d) $(MAIN_OBJECTS:.o=.d)

clean:
	rm -rf build
