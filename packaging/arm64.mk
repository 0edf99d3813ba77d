# Library, agent and scenarios on an arm64 kernel, in a virtual machine. Included by the Makefile.

ARM64      := $(TARGET)/arm64
ARM64_ROOT := $(ARM64)/root
ARM64_VM   := $(ARM64)/vm
# The programs that the guest's scripts and the scenarios call, and the library's dependencies.
ARM64_PACKAGES := bash dash coreutils findutils grep sed util-linux mount procps busybox-static $(CROSS_LIBRARIES)
ARM64_CPU  ?=

.PHONY: test-arm64 scenarios-arm64

# Cargo hands a test's program to a "runner": this one only copies it.
scenarios-arm64: setup-arm64 cross
	packaging/cross-sysroot.sh arm64 $(ARM64_ROOT) $(ARM64_PACKAGES)
	@mkdir -p $(ARM64_VM)
	$(CROSS_ENV) CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="install -m 755" \
		$(CARGO) test $(CROSS_CARGO_FLAGS) --lib -- $(ARM64_VM)/boundary
	$(CROSS_ENV) $(CARGO) build $(CROSS_CARGO_FLAGS) -p scxload
	$(CROSS_GO_ENV) $(PYTHON) tests/vm/build_scenarios.py $(ARM64_VM)/scenarios
	cp -a $(CROSS_AGENT) $(CROSS_BUILT)/scxload $(CROSS_BUILT)/libscxbridge.so* $(ARM64_VM)/
	install -m 755 tests/vm/guest/boundary.sh $(ARM64_VM)/

test-arm64: scenarios-arm64 ## run some scenarios on Debian's arm64 kernel, emulated (KERNEL=7.3 CASE=name ARM64_CPU=max)
	@$(COUNTED) arm64 line -- $(PYTHON) tests/vm/arm64.py --dir "$(ARM64_VM)" --root "$(ARM64_ROOT)" --emulator "$(CROSS_EMULATE)" \
		$(if $(KERNEL),--kernel "$(KERNEL)") $(if $(CASE),--case "$(CASE)") $(if $(ARM64_CPU),--cpu "$(ARM64_CPU)")
