# All that a release publishes. Included by the Makefile.

RELEASE      := $(TARGET)/release-artifacts
RELEASE_WORK := $(TARGET)/release-build

.PHONY: release

# The release has flags of its own: those of the Makefile name this machine's paths.
release: setup-release setup-python ## make all that a release publishes, for amd64 and arm64, in target/release-artifacts
	@$(PYTHON_TOOLS) && env -u CGO_CFLAGS -u CGO_LDFLAGS -u LD_LIBRARY_PATH WHEEL_PYTHON=$$tools/python \
		packaging/release.sh $(VERSION) $(ABI_MAJOR) $(RELEASE) $(RELEASE_WORK)
