# scxbridge. `make help` lists what there is to do.
#
# Everything that is built or written lands in target/, except what the VM keeps between runs
# (kernels, virtme-ng): ~/.cache/scxbridge.

CARGO  ?= cargo
GO     ?= go
CLANG  ?= clang
PYTHON ?= python3
KERNEL ?=
CASE   ?=
SUITE  ?= boundary
REPEATS ?= 15
PREFIX ?= /usr/local
DESTDIR ?=

# Read by tests/vm; empty means its own default.
VM_ACCEL ?=
VM_CPUS  ?=
VM_TIMEOUT_FACTOR ?=

STATICCHECK  ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
CLANG_FORMAT ?= clang-format

TARGET := $(CURDIR)/target
LIB    := $(TARGET)/release/libscxbridge.so
HEADER := include/scxbridge.h
AGENT  := $(TARGET)/release/scx_goland
VM     := $(TARGET)/vm

# cgo finds the header and the library by these; `go build` elsewhere needs the same.
# The agent looks for the library beside itself and where `make install` puts it.
export CGO_ENABLED := 1
export CGO_CFLAGS  := -O2 -g -I$(CURDIR)/include
export CGO_LDFLAGS := -L$(TARGET)/release -Wl,-rpath,$$ORIGIN:$$ORIGIN/../lib
# `go test` runs its binaries from a temporary folder.
export LD_LIBRARY_PATH := $(TARGET)/release$(if $(LD_LIBRARY_PATH),:$(LD_LIBRARY_PATH))
# For BPF code, wherever a build script or a test compiles some.
export CLANG CARGO GO
export $(foreach v,VM_ACCEL VM_CPUS VM_TIMEOUT_FACTOR,$(if $($(v)),$(v)))

COUNTED := $(PYTHON) tests/summary.py suite

.DEFAULT_GOAL := build
.PHONY: build library agent scenarios header demo soak bench bench-boundary bench-migrating test test-unit test-abi test-model test-bench test-vm lint install setup setup-build setup-abi setup-model setup-vm setup-kernel setup-lint clean help

build: library agent ## build the library, its header and the agent (the default)

library: setup-build ## build libscxbridge.so and .a into target/release
	$(CARGO) build --release
	@$(link-soname)

# Programs ask for the library by its soname, which cargo does not create as a file.
define link-soname
soname=$$(readelf -d $(LIB) | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p'); \
[ -z "$$soname" ] || [ "$$soname" = $(notdir $(LIB)) ] || ln -sf $(notdir $(LIB)) $(dir $(LIB))$$soname
endef

header: setup-build ## regenerate include/scxbridge.h from the Rust sources
	SCXB_UPDATE_HEADER=1 $(CARGO) build --release

agent: library ## build the scheduler scx_goland into target/release
	cd go && $(GO) build -o $(AGENT) ./cmd/scx_goland

# What runs inside the virtual machine; its driver copies this folder's executables into the guest.
scenarios: build setup-vm $(if $(filter 6.12 6.12.%,$(KERNEL)),setup-kernel)
	RUSTFLAGS="$(SCXLOAD_FLAGS)" $(CARGO) build --release -p scxload --target $(HOST_TRIPLE)
	@mkdir -p $(VM)
	cd tests/vm/scenarios && $(GO) build -o $(VM)/scenarios .
	for program in misuse attached; do \
		$(CC) $(ABI_FLAGS) tests/abi/$$program.c -o $(VM)/$$program $(ABI_LIBS) && \
		$(CC) $(ABI_FLAGS) $(SANITIZE) tests/abi/$$program.c -o $(VM)/$$program.sanitized $(ABI_LIBS) || exit 1; \
	done
	cp -a $(AGENT) $(TARGET)/$(HOST_TRIPLE)/release/scxload $(TARGET)/release/libscxbridge.so* $(VM)/

# The loads are static: to start one, the guest must not ask the host for shared libraries. (The target is
# named so that the flags are not for build scripts.)
HOST_TRIPLE   = $(shell $(CARGO) -vV | sed -n 's/^host: //p')
SCXLOAD_FLAGS = -C target-feature=+crt-static

ABI_FLAGS := -std=gnu11 -O1 -g -Wall -Iinclude
ABI_LIBS  := -L$(TARGET)/release -lscxbridge -lpthread
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all

demo: scenarios ## boot a machine scheduled by Go and compare it with the kernel's default (HOST=1: on this kernel)
	@$(PYTHON) tests/vm/vm.py demo $(if $(KERNEL),--kernel "$(KERNEL)") $(if $(filter 1,$(HOST)),--host)

soak: scenarios ## mix all loads and faults at random for MINUTES=10 (SEED= of an earlier run to do the same)
	@$(PYTHON) tests/vm/vm.py soak --minutes $(or $(MINUTES),10) $(if $(SEED),--seed "$(SEED)") $(if $(KERNEL),--kernel "$(KERNEL)")

# Each suite is a target bench-SUITE.
SUITES := boundary migrating

bench: $(if $(filter $(SUITES),$(SUITE)),bench-$(SUITE)) ## run benchmarks into docs, as root (SUITE=boundary)
	@[ -n "$(filter $(SUITES),$(SUITE))" ] || { echo "bench: there is no suite '$(SUITE)'; there is: $(SUITES)" >&2; exit 2; }

bench-boundary: setup-build
	tests/bench/build.sh
	@$(PYTHON) tests/bench/bench.py run --repeats $(REPEATS)

bench-migrating: setup-build
	tests/bench/build.sh
	@$(PYTHON) tests/bench/bench.py migrating --repeats $(REPEATS)

test: ## run all tests: test-unit, test-abi, test-model, test-bench and test-vm
	@$(PYTHON) tests/summary.py all $(MAKE) test-unit test-abi test-model test-bench test-vm

test-unit: library ## run the Rust, Go and Python unit tests
	@rc=0; \
	$(COUNTED) rust cargo -- $(CARGO) test --release --workspace || rc=1; \
	$(COUNTED) go go -- $(GO) -C go test -json -race ./... || rc=1; \
	$(COUNTED) goland go -- $(GO) -C go/goland test -json -race ./... || rc=1; \
	$(COUNTED) scenarios go -- $(GO) -C tests/vm/scenarios test -json ./... || rc=1; \
	$(COUNTED) driver unittest -- $(PYTHON) -m unittest discover -s tests/vm || rc=1; \
	$(COUNTED) benchmarks unittest -- $(PYTHON) -m unittest discover -s tests/bench || rc=1; \
	exit $$rc

test-abi: library setup-abi ## compile and run C programs against the header and the library
	@$(COUNTED) abi line -- tests/abi/run.sh

test-model: setup-model ## check the models of the protocol with spin
	@$(COUNTED) model line -- tests/model/run.sh

test-bench: setup-build setup-abi ## count what a round costs: allocations, crossings from Go, system calls, instructions
	tests/bench/build.sh
	@$(COUNTED) bench line -- $(PYTHON) tests/bench/bench.py guard

test-vm: scenarios ## run the scenarios in virtual machines (KERNEL=7.3 CASE=name)
	@$(COUNTED) vm line -- $(PYTHON) tests/vm/vm.py test $(if $(KERNEL),--kernel "$(KERNEL)") $(if $(CASE),--case "$(CASE)")

GO_MODULES  := go go/goland go/goland/pluginapi tests/vm/scenarios tests/bench
# libbpfgo needs the headers of libbpf: those that the library was built with.
LIBBPF_INCLUDE = $(shell ls -td $(TARGET)/release/build/libbpf-sys-*/out/include 2>/dev/null | head -1)
C_SOURCES    = $(shell find rust tests \( -name target -o -name model \) -prune -o \( -name '*.[ch]' -o -name '*.bpf.c' \) -print)

lint: setup-lint library ## check formatting, clippy, vet, staticcheck and that the header is up to date
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy --features boundary --all-targets -- -D warnings
	@unformatted=$$(gofmt -l $(GO_MODULES)); [ -z "$$unformatted" ] || { echo "gofmt these: $$unformatted" >&2; exit 1; }
	@for module in $(GO_MODULES); do \
		(set -x; cd $$module && export CGO_CFLAGS="$$CGO_CFLAGS -I$(LIBBPF_INCLUDE)" && $(GO) vet ./... && $(GO) run $(STATICCHECK) ./...) || exit 1; \
	done
	$(CLANG_FORMAT) --dry-run --Werror $(C_SOURCES)
	$(PYTHON) -m compileall -q tests/vm tests/bench tests/summary.py
	@for script in tests/setup.sh tests/vm/guest/run.sh tests/bench/build.sh .ci/run; do bash -n $$script || exit 1; done
	@$(header-drift)

# The build writes a header of its own each time; `make header` makes it the committed one.
define header-drift
diff -u $(HEADER) "$$(ls -t $(TARGET)/release/build/scxbridge-*/out/scxbridge.h | head -1)" \
|| { echo "$(HEADER) differs from what the sources give: run 'make header' and commit it" >&2; exit 1; }
endef

install: ## install library, header, pkg-config file and agent (DESTDIR=, PREFIX=/usr/local)
	@[ -e $(AGENT) ] || { echo "install: nothing is built yet; run 'make' first (as yourself, not as root)" >&2; exit 1; }
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(LIB) $(DESTDIR)$(PREFIX)/lib/
	find $(TARGET)/release -maxdepth 1 -type l -name 'libscxbridge.so.*' -exec cp -a {} $(DESTDIR)$(PREFIX)/lib/ \;
	install -m 644 $(TARGET)/release/libscxbridge.a $(DESTDIR)$(PREFIX)/lib/
	install -m 644 $(HEADER) $(DESTDIR)$(PREFIX)/include/
	install -m 755 $(AGENT) $(DESTDIR)$(PREFIX)/bin/
	printf '%s\n' 'prefix=$(PREFIX)' '' 'Name: scxbridge' 'Description: sched_ext schedulers whose policy runs in user space' \
		"Version: $$(sed -n 's/^version *= *"\(.*\)"/\1/p' Cargo.toml | head -1)" \
		'Cflags: -I$${prefix}/include' 'Libs: -L$${prefix}/lib -lscxbridge' 'Libs.private: -lelf -lz' \
		> $(DESTDIR)$(PREFIX)/lib/pkgconfig/scxbridge.pc

setup: ## install what is needed to build, check and run the virtual machine
	@tests/setup.sh all

setup-build setup-abi setup-model setup-vm setup-kernel setup-lint: setup-%:
	@tests/setup.sh $*

clean: ## remove all that was built (cached kernels stay: ~/.cache/scxbridge)
	rm -rf target

help: ## list this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12
	@printf '%s\n' '' 'Variables (make NAME=value):' \
	'  KERNEL      what to boot: a version such as 7.3, oldest, newest, a path to a vmlinuz or build tree;' \
	'              6.12 is built first, from Debian'\''s source (once; 7 minutes on two CPUs);' \
	'              several for test-vm (default there: "oldest newest"; for demo: newest)' \
	'  CASE        scenarios for test-vm: name or glob, several with commas (default: all)' \
	'  MINUTES, SEED   of make soak' \
	'  SUITE       what to benchmark: boundary, the way between kernel and program, on any kernel from 6.1 (default);' \
	'              migrating, what schedulers written for scx_goland_core pay, into docs/migrating.md' \
	'  REPEATS     how often bench measures everything (default: 15)' \
	'  HOST=1      demo on this machine'\''s own kernel, as root' \
	'  VM_ACCEL    kvm, tcg or auto (default: KVM if it really runs a guest)' \
	'  VM_CPUS     CPUs of the virtual machine (default: 2)' \
	'  VM_TIMEOUT_FACTOR   stretches the scenarios'\'' time limits on a slow machine (default: 1)' \
	'  CARGO=$(CARGO)  GO=$(GO)  CLANG=$(CLANG)  PYTHON=$(PYTHON)  PREFIX=$(PREFIX)  DESTDIR=$(DESTDIR)'
