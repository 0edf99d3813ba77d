# What is installed, and where. Included by the Makefile.

PREFIX     ?= /usr/local
DESTDIR    ?=
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR     ?= $(PREFIX)/bin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
BASHDIR    ?= $(DATADIR)/bash-completion/completions
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
FISHDIR    ?= $(DATADIR)/fish/vendor_completions.d
UNITDIR    ?= $(PREFIX)/lib/systemd/system
DOCDIR     ?= $(DATADIR)/doc/scxbridge
# The agent looks there, whatever PREFIX is.
CONFDIR    ?= /etc/scx_goland
PKG_CONFIG ?= pkg-config
# Where the installed files were built: `make cross` installs from elsewhere.
BUILT      ?= $(TARGET)/release

VERSION   := $(shell sed -n 's/^version *= *"\(.*\)"/\1/p' Cargo.toml | head -1)
ABI_MAJOR := $(shell sed -n 's/^.define SCXB_ABI_MAJOR //p' $(HEADER))
ABI_MINOR := $(shell sed -n 's/^.define SCXB_ABI_MINOR //p' $(HEADER))
SONAME    := libscxbridge.so.$(ABI_MAJOR)
# The ABI's version, then the release's patch level.
REALNAME  := $(SONAME).$(ABI_MINOR).$(word 3,$(subst ., ,$(VERSION)))

# What the archive depends on, all of it parts of libc: libelf and zlib are in the archive.
SYSTEM_LIBS = -lpthread -lm -ldl
# The distributed archive, made from the one that cargo builds, and beside it links to the shared library.
LINKABLE = $(BUILT)/lib

CONFIGURATION = $(DESTDIR)$(CONFDIR)/scx_goland.yaml

# Each file and link that is installed.
INSTALLED = $(BINDIR)/scx_goland $(INCLUDEDIR)/scxbridge.h \
	$(LIBDIR)/libscxbridge.a $(LIBDIR)/libscxbridge.so $(LIBDIR)/$(SONAME) $(LIBDIR)/$(REALNAME) \
	$(LIBDIR)/pkgconfig/scxbridge.pc $(LIBDIR)/pkgconfig/scxbridge-static.pc \
	$(MANDIR)/man8/scx_goland.8 $(UNITDIR)/scx_goland.service \
	$(BASHDIR)/scx_goland $(ZSHDIR)/_scx_goland $(FISHDIR)/scx_goland.fish $(DOCDIR)/scx_goland.dashboard.json

# fill-pc PREFIX LIBDIR INCLUDEDIR: fills in a template for pkg-config.
fill-pc = sed -e 's|@prefix@|$(1)|' -e 's|@libdir@|$(2)|' -e 's|@includedir@|$(3)|' -e 's|@version@|$(VERSION)|' \
	-e 's|@system@|$(SYSTEM_LIBS)|'

not-built = echo "install: not everything is built yet; run 'make' first (as yourself, not as root)" >&2; exit 1

.PHONY: install install-library install-agent uninstall pkgconfig

install: install-library install-agent ## install everything (DESTDIR=, PREFIX=/usr/local, LIBDIR= and so on)

install-library:
	@[ -e $(BUILT)/libscxbridge.so ] && [ -e $(LINKABLE)/libscxbridge.a ] || { $(not-built); }
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BUILT)/libscxbridge.so $(DESTDIR)$(LIBDIR)/$(REALNAME)
	ln -sf $(REALNAME) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libscxbridge.so
	install -m 644 $(LINKABLE)/libscxbridge.a $(DESTDIR)$(LIBDIR)/
	install -m 644 $(HEADER) $(DESTDIR)$(INCLUDEDIR)/
	for pc in scxbridge scxbridge-static; do \
		$(call fill-pc,$(PREFIX),$(LIBDIR),$(INCLUDEDIR)) packaging/$$pc.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/$$pc.pc && \
		chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/$$pc.pc || exit 1; \
	done

install-agent:
	@[ -e $(AGENT) ] || { $(not-built); }
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(MANDIR)/man8 $(BASHDIR) $(ZSHDIR) $(FISHDIR) $(UNITDIR) $(DOCDIR) $(CONFDIR))
	install -m 755 $(AGENT) $(DESTDIR)$(BINDIR)/
	install -m 644 packaging/scx_goland.8 $(DESTDIR)$(MANDIR)/man8/
	install -m 644 packaging/completions/scx_goland.bash $(DESTDIR)$(BASHDIR)/scx_goland
	install -m 644 packaging/completions/_scx_goland $(DESTDIR)$(ZSHDIR)/
	install -m 644 packaging/completions/scx_goland.fish $(DESTDIR)$(FISHDIR)/
	sed 's|@bindir@|$(BINDIR)|' packaging/scx_goland.service.in > $(DESTDIR)$(UNITDIR)/scx_goland.service
	chmod 644 $(DESTDIR)$(UNITDIR)/scx_goland.service
	install -m 644 packaging/scx_goland.dashboard.json $(DESTDIR)$(DOCDIR)/
	[ -e $(CONFIGURATION) ] || install -m 644 packaging/scx_goland.yaml $(CONFIGURATION) # one that someone edited stays

# Folders stay, since all of them may hold other programs' files.
uninstall: ## remove what install put there (same variables)
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	! cmp -s packaging/scx_goland.yaml $(CONFIGURATION) || rm -f $(CONFIGURATION) # one that someone edited stays

# For programs that are built against the library in a clone. `make library` writes them, too.
pkgconfig:
	@mkdir -p $(TARGET)/pkgconfig $(LINKABLE)
	@ln -sf ../libscxbridge.so $(LINKABLE)/libscxbridge.so && ln -sf ../libscxbridge.so $(LINKABLE)/$(SONAME)
	@for pc in scxbridge scxbridge-static; do \
		$(call fill-pc,$(CURDIR),$(LINKABLE),$(CURDIR)/include) packaging/$$pc.pc.in > $(TARGET)/pkgconfig/$$pc.pc || exit 1; \
	done
