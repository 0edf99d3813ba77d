# The distribution: source archive and packages. Included by the Makefile.

DIST := $(TARGET)/dist

.PHONY: dist tarball deb

dist: tarball deb ## make a source archive with all dependencies, and Debian packages, in target/dist

tarball: setup-dist
	packaging/dist.sh $(VERSION) $(DIST)

deb: setup-deb build
	packaging/deb.sh $(VERSION) $(ABI_MAJOR) $(DIST)
