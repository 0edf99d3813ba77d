# Building for aarch64 on another machine, as far as that can be tested there. Included by the Makefile.

CROSS_TARGET  := aarch64-unknown-linux-gnu
CROSS_CC      ?= aarch64-linux-gnu-gcc
CROSS         := $(TARGET)/cross
CROSS_SYSROOT := $(CROSS)/sysroot
# The packages that the library is compiled, linked and run with.
CROSS_LIBRARIES := libelf-dev zlib1g-dev libc6-dev libgcc-s1
CROSS_BUILT   := $(CROSS)/$(CROSS_TARGET)/release
CROSS_AGENT   := $(CROSS)/scx_goland
CROSS_EMULATE := qemu-aarch64 -L $(CROSS_SYSROOT) -E LD_LIBRARY_PATH=$(CROSS_BUILT) -E SCXB_EMULATED=1

# For cargo and the build scripts of its crates: compiler, sysroot, and where pkg-config looks.
CROSS_ENV = PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR=$(CROSS_SYSROOT) \
	PKG_CONFIG_LIBDIR=$(CROSS_SYSROOT)/usr/lib/aarch64-linux-gnu/pkgconfig \
	CC_aarch64_unknown_linux_gnu=$(CROSS_CC) CFLAGS_aarch64_unknown_linux_gnu=--sysroot=$(CROSS_SYSROOT) \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$(CROSS_CC) \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C link-arg=--sysroot=$(CROSS_SYSROOT)" \
	CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$(CROSS_EMULATE)"
CROSS_CARGO_FLAGS = --release --target $(CROSS_TARGET) --target-dir $(CROSS)
CROSS_GO_ENV = GOARCH=arm64 CC=$(CROSS_CC) CGO_CFLAGS="-O2 -g --sysroot=$(CROSS_SYSROOT) -I$(CURDIR)/include" \
	CGO_LDFLAGS='--sysroot=$(CROSS_SYSROOT) -L$(CROSS_BUILT) $(if $(RPATH),$(RPATH_FLAG)) \
	-Wl,-rpath-link,$(CROSS_SYSROOT)/usr/lib/aarch64-linux-gnu'

.PHONY: cross test-cross install-cross

cross: setup-build setup-cross ## build library and agent for aarch64, into target/cross
	packaging/cross-sysroot.sh arm64 $(CROSS_SYSROOT) $(CROSS_LIBRARIES)
	$(CROSS_ENV) $(CARGO) build $(CROSS_CARGO_FLAGS)
	ln -sf libscxbridge.so $(CROSS_BUILT)/$(SONAME)
	CC="$(CROSS_CC) --sysroot=$(CROSS_SYSROOT)" packaging/archive.sh $(CROSS_BUILT)/libscxbridge.a $(CROSS_BUILT)/lib
	cd go/cmd/scx_goland && $(CROSS_GO_ENV) $(GO) build -o $(CROSS_AGENT) .

install-cross: ## as install, what `make cross` built
	$(MAKE) --no-print-directory install BUILT=$(CROSS_BUILT) AGENT=$(CROSS_AGENT)

# QEMU's user mode has no bpf(2), which the boundary tests need.
test-cross: cross ## test what was built for aarch64 in an emulated process: all that needs no bpf(2)
	@rc=0; \
	$(COUNTED) cross line -- env CROSS="$(CROSS)" CROSS_BUILT="$(CROSS_BUILT)" \
		CROSS_CC="$(CROSS_CC) --sysroot=$(CROSS_SYSROOT)" CROSS_EMULATE="$(CROSS_EMULATE)" $(PYTHON) tests/packaging/run.py cross || rc=1; \
	$(COUNTED) cross-rust cargo -- env $(CROSS_ENV) $(CARGO) test $(CROSS_CARGO_FLAGS) --lib \
		-- --skip boundary:: || rc=1; \
	$(COUNTED) cross-go go -- env $(CROSS_GO_ENV) $(GO) -C go test -json -exec "$(CROSS_EMULATE)" \
		. ./internal/... || rc=1; \
	$(COUNTED) cross-agent go -- env $(CROSS_GO_ENV) $(GO) -C go/cmd/scx_goland test -json -exec "$(CROSS_EMULATE)" . || rc=1; \
	exit $$rc
