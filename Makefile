# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            the program, build/vif-route-ipv6; needs no root and installs nothing
# make check      the tests, in five minutes           make check-all  more thoroughly
# make check-xen  those on real Xen, in emulation
# make check-trixie, make check-bookworm  what differs on the other Debian, 13 or 12
# make check-rough  the quick ones beside busy loops and a neighbour flood
# make demo       the main job, shown   make bench      the figures against its opponents
# make analyze    the analysers         make fuzz       a minute of fuzzing for each parser
# make dist       the last commit as a tarball          make check-package  the Debian package
# make check-load  a thousand domUs at once
# make bench-scale  how time and memory grow            make coverage  which lines the tests run
# make install    PREFIX=/usr/local SYSCONFDIR=/etc SYSTEMDDIR=$(PREFIX)/lib/systemd/system DESTDIR=
# make uninstall  make clean
#
# SANITIZE=1 builds with ASan and UBSan into build/sanitize; V=1 shows the commands.

VERSION = 1.1.0

PREFIX     = /usr/local
SYSCONFDIR = /etc
DESTDIR    =
SBINDIR    = $(PREFIX)/sbin
MANDIR     = $(PREFIX)/share/man
SCRIPTDIR  = $(SYSCONFDIR)/xen/scripts
DATADIR    = $(PREFIX)/share/vif-route-ipv6
DOCDIR     = $(PREFIX)/share/doc/vif-route-ipv6
HOOKDIR    = $(PREFIX)/lib/vif-route-ipv6
SYSTEMDDIR = $(PREFIX)/lib/systemd/system
NETWORKDIR = $(PREFIX)/lib/systemd/network
NMDIR      = $(SYSCONFDIR)/NetworkManager/conf.d
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions
ZSHDIR     = $(PREFIX)/share/zsh/site-functions
FISHDIR    = $(PREFIX)/share/fish/vendor_completions.d

CC         = gcc
PKG_CONFIG = pkg-config
LIBRARIES  = xenstore libmnl inih
# What `check` and `demo` need and install when run as root: Debian's names.
XEN_VERSION = $(shell tests/lib/release.sh xen)
BUILD_PACKAGES = gcc make pkg-config libc6-dev libxen-dev libmnl-dev libinih-dev
DEMO_PACKAGES  = xen-utils-$(XEN_VERSION) xenstore-utils iproute2 iputils-ping util-linux
TEST_PACKAGES  = libcmocka-dev xen-utils-common net-tools strace valgrind patch man-db mandoc zsh fish clang \
                 libclang-rt-dev nftables iptables ifupdown netplan.io systemd python3 \
                 python3-yaml ansible-core \
                 bird2 frr dhcpcd-base isc-dhcp-client kea-dhcp6-server radvd ndppd dnsmasq-base knot bind9-dnsutils \
                 e2fsprogs conntrack libjansson-dev jq time
# Unpacked, and not installed: installed, some would start at once.
FIREWALLD_PACKAGES = firewalld python3-firewall python3-nftables python3-cap-ng python3-dbus python3-gi \
                 gir1.2-glib-2.0 gir1.2-nm-1.0 libnm0 libgirepository-1.0-1 dbus-daemon
DHCP6C_PACKAGES = wide-dhcpv6-client libfl2
CLOUD_INIT_PACKAGES = cloud-init python3-configobj python3-jsonpatch python3-json-pointer python3-oauthlib \
                 python3-serial python3-requests python3-urllib3 python3-idna python3-certifi \
                 python3-chardet python3-charset-normalizer
PACKAGE_PACKAGES = build-essential debhelper lintian mmdebstrap git rpm
TOOL_PACKAGES  = clang-tidy clang-format cppcheck shellcheck gcovr

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wformat=2
CFLAGS  ?= -O2 -g
HARDEN   = -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
LD_HARDEN = -pie -Wl,-z,relro,-z,now -Wl,--as-needed
BUILD    = build
ifdef SANITIZE
BUILD    = build/sanitize
CFLAGS   = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
HARDEN   =
LD_HARDEN = -no-pie
endif

ALL_CPPFLAGS = -D_GNU_SOURCE -DSYSCONFDIR='"$(SYSCONFDIR)"' -DDATADIR='"$(DATADIR)"' -Ilib -Ivif-route-ipv6 -I$(BUILD)/include $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu11 $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_CFLAGS  += $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
ALL_LDFLAGS  = $(LD_HARDEN) $(LDFLAGS)
LDLIBS       = $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null || echo -lxenstore -lmnl -linih)

LIB_SOURCES  = $(wildcard lib/*/*.c)
MAIN_SOURCES = $(wildcard vif-route-ipv6/*.c vif-route-ipv6/*/*.c)
HEADERS      = $(wildcard lib/*/*.h vif-route-ipv6/*.h vif-route-ipv6/*/*.h)
LIB_OBJECTS  = $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
MAIN_OBJECTS = $(MAIN_SOURCES:%.c=$(BUILD)/obj/%.o)
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

.PHONY: all check check-all check-unit check-net check-package check-xen check-load check-again \
        check-trixie check-bookworm check-fleet check-rough demo bench bench-scale \
        fuzz coverage analyze dist install uninstall clean need-build need-test need-package \
        need-tools always

all: $(PROGRAM)

$(PROGRAM): $(MAIN_OBJECTS) $(LIB_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: %.c $(BUILD)/include/version.h | $(BUILD)/include/paths.h
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/include/version.h: Makefile
	@mkdir -p $(@D)
	@echo '#define VERSION "$(VERSION)"' >$@

# Written anew only where it differs: `make install PREFIX=...` after a plain `make` counts.
$(BUILD)/include/paths.h: always
	@mkdir -p $(@D)
	@echo '#define HOOKDIR "$(HOOKDIR)"' | cmp -s - $@ || echo '#define HOOKDIR "$(HOOKDIR)"' >$@

-include $(LIB_OBJECTS:.o=.d) $(MAIN_OBJECTS:.o=.d)

# ---- tests ----

NEED = tests/lib/need.sh

check: need-test
	$(Q)CC='$(CC)' tests/check $(MAKE)

# The rest, but for check-xen.
check-all: need-package
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)CC='$(CC)' tests/check $(MAKE) rest

# On another Debian, or in its root: what that may change.
check-again: need-package
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)CC='$(CC)' tests/check $(MAKE) again

check-trixie check-bookworm:
	$(Q)tests/on-debian $(@:check-%=%) make check-again || { [ $$? = 77 ] && echo '0 passed, 0 failed, 1 skipped'; }

check-rough: $(PROGRAM)
	$(Q)CC='$(CC)' PROGRAM=$(CURDIR)/$(PROGRAM) tests/rough --quick

# The parts of check: unit tests on a build with sanitizers, then the release build in namespaces.
check-unit: $(UNIT_TESTS)
	$(Q)status=0; for test in $(UNIT_TESTS); do $$test || status=1; done; exit $$status

check-net: $(PROGRAM)
	$(Q)CC='$(CC)' PROGRAM=$(CURDIR)/$(PROGRAM) tests/net/run

check-package: need-package
	$(Q)CC='$(CC)' tests/package/run

check-xen: need-test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/xen/run

# Two Xen hosts and a router: live migrations between them, with the packets lost.
check-fleet: need-test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/fleet/run

demo: need-build
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)CC='$(CC)' tests/demo.sh

bench: need-test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)CC='$(CC)' CPPFLAGS='$(ALL_CPPFLAGS)' CFLAGS='$(ALL_CFLAGS)' LDFLAGS='$(ALL_LDFLAGS)' \
	    tests/bench/run

# A thousand domUs and thousands of vifs: what that takes depends on the machine, so it is no part
# of check.
check-load: $(PROGRAM)
	$(Q)CC='$(CC)' PROGRAM=$(CURDIR)/$(PROGRAM) JOBS=1 TEST_TIMEOUT=600 tests/net/run tests/load/load.test

# How time and memory grow: a table, and doc/scale.svg.
bench-scale: need-test
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/bench/scale

need-build:
	$(Q)$(NEED) $(BUILD_PACKAGES) $(DEMO_PACKAGES)

need-test:
	$(Q)$(NEED) $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES)
	$(Q)tests/lib/unpack.sh build/cloud-init $(CLOUD_INIT_PACKAGES)

need-package: need-test
	$(Q)$(NEED) $(PACKAGE_PACKAGES)
	$(Q)tests/lib/unpack.sh build/firewalld $(FIREWALLD_PACKAGES)
	$(Q)tests/lib/unpack.sh build/dhcp6c $(DHCP6C_PACKAGES)

need-tools:
	$(Q)$(NEED) $(BUILD_PACKAGES) $(TEST_PACKAGES) $(TOOL_PACKAGES)

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIB_OBJECTS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -MMD -MP -o $@ $< $(LIB_OBJECTS) \
	    $(LDLIBS) -lcmocka

# Its allocations are refused one by one.
WRAPPED = malloc calloc reallocarray strdup strndup open_memstream vasprintf
$(BUILD)/tests/unit/test-memory: ALL_LDFLAGS += $(WRAPPED:%=-Wl,--wrap=%)

-include $(UNIT_TESTS:=.d)

# The fuzzers' seeds without libFuzzer: linked with what the unit tests are linked with.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(LIB_OBJECTS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wno-sign-conversion -o $@ $^ $(LDLIBS) -ljansson

FUZZ_SECONDS = 60
FUZZ_CFLAGS  = -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_OBJECTS = $(LIB_SOURCES:%.c=build/fuzz/%.o)

fuzz: need-tools
	$(Q)$(MAKE) --no-print-directory $(FUZZERS)
	$(Q)for fuzzer in $(notdir $(FUZZERS)); do \
	    mkdir -p build/fuzz/corpus/$$fuzzer; \
	    build/fuzz/$$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -timeout=10 \
	        build/fuzz/corpus/$$fuzzer tests/fuzz/seeds/$$fuzzer || exit 1; done

# A fuzzer's own functions take the place of a library's: its sockets, and its XenStore.
build/fuzz/%: tests/fuzz/%.c $(FUZZ_OBJECTS)
	$(call say,FUZZ,$@)
	$(Q)clang $(ALL_CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_OBJECTS) \
	    $(LDLIBS) -ljansson

build/fuzz/%.o: %.c $(BUILD)/include/version.h $(BUILD)/include/paths.h
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)clang $(ALL_CPPFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

.SECONDARY: $(FUZZ_OBJECTS)
-include $(FUZZ_OBJECTS:.o=.d)

# Which lines of lib/ the unit tests and those in network namespaces run, but for those that kill, or
# refuse something: what meets that while it counts leaves the counts cut short.
COVERAGE_TESTS = $(filter-out %valgrind.test,$(shell grep -L lib/faults.sh tests/net/*.test))

coverage: need-tools
	$(Q)rm -rf build/coverage
	$(Q)$(MAKE) --no-print-directory BUILD=build/coverage CFLAGS='-O0 -g --coverage' HARDEN=-fPIE \
	    LDFLAGS=--coverage all check-unit
	$(Q)PROGRAM=build/coverage/vif-route-ipv6 tests/net/run $(COVERAGE_TESTS) || :
	$(Q)gcovr --root . --filter lib/ --filter vif-route-ipv6/ build/coverage

SOURCES = $(LIB_SOURCES) $(MAIN_SOURCES)
ANALYZE_FLAGS = $(ALL_CPPFLAGS) -std=gnu11
# gcc 12 loses sight of memory that is kept behind two pointers; ASan and valgrind see leaks.
# gcc 14 takes a standard stream that is opened for the rest of the run for a leak.
NO_FALSE_LEAKS = -Wno-analyzer-malloc-leak -Wno-analyzer-fd-leak

analyze: need-tools
	$(Q)$(MAKE) --no-print-directory all
	$(Q)clang-format --dry-run --Werror $(SOURCES) $(HEADERS)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,style,performance,portability \
	    --inline-suppr --suppressions-list=.cppcheck --error-exitcode=1 -Ilib -Ivif-route-ipv6 -I$(BUILD)/include \
	    -D_GNU_SOURCE $(SOURCES)
	$(Q)clang-tidy --quiet $(SOURCES) -- $(ANALYZE_FLAGS)
	$(Q)for compiler in gcc clang; do for source in $(SOURCES); do \
	    $$compiler $(ANALYZE_FLAGS) $(WARNINGS) -Werror -O2 -c -o /dev/null $$source || exit 1; \
	    done; done
	$(Q)for source in $(SOURCES); do \
	    gcc $(ANALYZE_FLAGS) -O2 -fanalyzer $(NO_FALSE_LEAKS) -Werror -c -o /dev/null $$source || exit 1; done
	$(Q)shellcheck -x tests/check tests/on-debian tests/rough tests/demo.sh tests/net/run tests/net/*.test tests/lib/*.sh \
	    tests/bench/run tests/bench/scale tests/bench/*.sh tests/package/run tests/package/*.sh \
	    tests/package/*.test tests/fleet/run tests/fleet/page debian/*.postinst debian/*.postrm debian/tests/installed \
	    etc/vif-post.d/*.hook vif-route-ipv6/*.bash-completion contrib/prometheus/vif-route-ipv6-metrics
	$(Q)mandoc -T lint -W warning $(MAN_PAGES)
	@echo 'no findings'

# ---- installation ----

UNITS = vif-route-ipv6.path vif-route-ipv6.service vif-route-ipv6-6to4.service \
        vif-route-ipv6-pd-nat.service vif-route-ipv6-antispoof.service \
        vif-route-ipv6-watch.service vif-route-ipv6-radvd.service \
        vif-route-ipv6-incoming.path vif-route-ipv6-incoming.service \
        vif-route-ipv6-pd-nat-watch.service
# They keep network managers away from vifs. NetworkManager reads nothing below /usr/local.
NETWORK_FILES = 05-vif-route-ipv6.network 05-vif-route-ipv6-vifname.network
# For other packages' units. The unit of dhcpcd for one interface gets what that for all gets.
DROP_INS = $(patsubst %,%.service.d/vif-route-ipv6.conf,dhcpcd dhcpcd@ ndppd)

COMPLETIONS = $(COMPLETIONDIR)/vif-route-ipv6 $(ZSHDIR)/_vif-route-ipv6 $(FISHDIR)/vif-route-ipv6.fish
MAN_PAGES  = $(wildcard vif-route-ipv6/*.[578])
# man8/vif-route-ipv6.8
MAN_PLACES = $(foreach page,$(notdir $(MAN_PAGES)),man$(subst .,,$(suffix $(page)))/$(page))

# What the files in the tree have for the places where a plain `make install` puts things.
FILL_IN = sed 's|@SBINDIR@|$(SBINDIR)|g; s|@SYSCONFDIR@|$(SYSCONFDIR)|g; s|@COMPLETIONDIR@|$(COMPLETIONDIR)|g'
FILL_IN_MAN = sed 's|/usr/local/lib/systemd/network|$(NETWORKDIR)|g; s|/usr/local/lib/systemd/system|$(SYSTEMDDIR)|g; \
    s|/usr/local/share/bash-completion/completions|$(COMPLETIONDIR)|g; \
    s|/usr/local/share/vif-route-ipv6|$(DATADIR)|g; s|/usr/local/lib/vif-route-ipv6|$(HOOKDIR)|g; \
    s|/etc/NetworkManager/conf.d|$(NMDIR)|g; s|/usr/local/share/doc/vif-route-ipv6|$(DOCDIR)|g'

install: $(PROGRAM)
	install -d $(DESTDIR)$(SBINDIR) $(addprefix $(DESTDIR)$(MANDIR)/,$(sort $(dir $(MAN_PLACES)))) \
	    $(DESTDIR)$(SCRIPTDIR)/vif-post.d $(DESTDIR)$(DATADIR)/patches $(DESTDIR)$(SYSTEMDDIR) \
	    $(DESTDIR)$(HOOKDIR) $(DESTDIR)$(COMPLETIONDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR) \
	    $(DESTDIR)$(NETWORKDIR) $(DESTDIR)$(NMDIR) $(DESTDIR)$(SYSCONFDIR)/xen/ipv6.cfg.d
	install -m 755 $(PROGRAM) $(DESTDIR)$(SBINDIR)/vif-route-ipv6
	ln -sf $(SBINDIR)/vif-route-ipv6 $(DESTDIR)$(SCRIPTDIR)/vif-route-ipv6
	install -m 755 etc/vif-post.d/50-vif-route-ipv6.hook $(DESTDIR)$(SCRIPTDIR)/vif-post.d/
	$(FILL_IN) etc/dhcpcd-hook >$(DESTDIR)$(HOOKDIR)/dhcpcd-hook
	chmod 755 $(DESTDIR)$(HOOKDIR)/dhcpcd-hook
	install -m 644 etc/ipv6.cfg $(DESTDIR)$(DATADIR)/ipv6.cfg
	test -e $(DESTDIR)$(SYSCONFDIR)/xen/ipv6.cfg || \
	    install -m 644 etc/ipv6.cfg $(DESTDIR)$(SYSCONFDIR)/xen/ipv6.cfg
	$(FILL_IN) vif-route-ipv6/vif-route-ipv6.bash-completion >$(DESTDIR)$(COMPLETIONDIR)/vif-route-ipv6
	$(FILL_IN) vif-route-ipv6/vif-route-ipv6.zsh-completion >$(DESTDIR)$(ZSHDIR)/_vif-route-ipv6
	$(FILL_IN) vif-route-ipv6/vif-route-ipv6.fish-completion >$(DESTDIR)$(FISHDIR)/vif-route-ipv6.fish
	chmod 644 $(COMPLETIONS:%=$(DESTDIR)%)
	for page in $(MAN_PLACES); do \
	    $(FILL_IN_MAN) vif-route-ipv6/$${page#*/} >$(DESTDIR)$(MANDIR)/$$page && \
	        chmod 644 $(DESTDIR)$(MANDIR)/$$page || exit 1; done
	install -m 644 $(wildcard patches/*.patch) $(DESTDIR)$(DATADIR)/patches/
	install -d $(DESTDIR)$(DOCDIR)/doc $(DESTDIR)$(DOCDIR)/tests
	install -m 644 README.md CONTRIBUTING.md $(DESTDIR)$(DOCDIR)/
	install -m 644 $(wildcard doc/*) $(DESTDIR)$(DOCDIR)/doc/
	install -m 644 tests/README.md $(DESTDIR)$(DOCDIR)/tests/
	cd contrib && for file in $$(find . -type f); do \
	    install -D -m $$([ -x $$file ] && echo 755 || echo 644) $$file $(DESTDIR)$(DOCDIR)/examples/$$file || exit 1; done
	ln -sfn examples $(DESTDIR)$(DOCDIR)/contrib
	install -d $(addprefix $(DESTDIR)$(SYSTEMDDIR)/,$(dir $(DROP_INS)))
	for drop_in in $(DROP_INS); do \
	    install -m 644 etc/$$(echo $$drop_in | tr -d @) $(DESTDIR)$(SYSTEMDDIR)/$$drop_in || exit 1; done
	install -m 644 $(NETWORK_FILES:%=etc/systemd-network/%) $(DESTDIR)$(NETWORKDIR)/
	install -m 644 etc/NetworkManager/vif-route-ipv6.conf $(DESTDIR)$(NMDIR)/
	for unit in $(UNITS); do \
	    $(FILL_IN) etc/$$unit >$(DESTDIR)$(SYSTEMDDIR)/$$unit && \
	        chmod 644 $(DESTDIR)$(SYSTEMDDIR)/$$unit || exit 1; done

# The configuration stays: it is the administrator's.
uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/vif-route-ipv6 $(DESTDIR)$(SCRIPTDIR)/vif-route-ipv6 \
	    $(DESTDIR)$(SCRIPTDIR)/vif-post.d/50-vif-route-ipv6.hook \
	    $(MAN_PLACES:%=$(DESTDIR)$(MANDIR)/%) \
	    $(COMPLETIONS:%=$(DESTDIR)%) $(UNITS:%=$(DESTDIR)$(SYSTEMDDIR)/%) \
	    $(addprefix $(DESTDIR)$(SYSTEMDDIR)/,$(DROP_INS)) $(NETWORK_FILES:%=$(DESTDIR)$(NETWORKDIR)/%) \
	    $(DESTDIR)$(NMDIR)/vif-route-ipv6.conf
	rmdir $(addprefix $(DESTDIR)$(SYSTEMDDIR)/,$(dir $(DROP_INS))) \
	    $(DESTDIR)$(SYSCONFDIR)/xen/ipv6.cfg.d 2>/dev/null || :
	rm -rf $(DESTDIR)$(DATADIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(HOOKDIR)

# ---- release ----

DIST = vif-route-ipv6-$(VERSION)

# The last commit as a tarball; each of its files has the commit's time, so that it is always the same.
dist:
	$(Q)[ "$$(git rev-parse --show-toplevel)" = "$$(pwd -P)" ] || { \
	    echo 'dist: the tarball is made from git, and this is no git checkout' >&2; exit 1; }
	$(Q)[ -z "$$(git status --porcelain)" ] || echo 'dist: what is not committed is left out' >&2
	@mkdir -p build
	$(Q)git -c tar.umask=0022 archive --prefix=$(DIST)/ -o build/$(DIST).tar HEAD
	$(Q)gzip -9 -n -f build/$(DIST).tar

clean:
	rm -rf build
