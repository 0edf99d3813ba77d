# scxbridge. `make help` lists the targets.
#
# All output goes to target/, except what the VM keeps between runs (kernels, virtme-ng):
# ~/.cache/scxbridge.

CARGO  ?= cargo
GO     ?= go
CLANG  ?= clang
PYTHON ?= python3
KERNEL ?=
CASE   ?=
SUITE  ?= boundary
REPEATS ?=
ICOUNT ?= 1

# Read by tests/vm; empty means its default.
VM_ACCEL ?=
VM_CPUS  ?=
VM_TIMEOUT_FACTOR ?=

STATICCHECK  ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
CLANG_FORMAT ?= clang-format

TARGET := $(CURDIR)/target
LIB    := $(TARGET)/release/libscxbridge.so
HEADER := include/scxbridge.h
GENERATE := $(CARGO) run --quiet -p scxbridge-generate --
TUNABLES := go/scxtest/tunables.go
AGENT  := $(TARGET)/release/scx_goland
COMPANION := $(TARGET)/release/scx_goland_kube
VM     := $(TARGET)/vm

include packaging/install.mk packaging/dist.mk packaging/cross.mk packaging/arm64.mk packaging/wheel.mk packaging/release.mk

# cgo finds the header and the library with these; the build tag keeps it from using pkg-config.
# The agent looks for the library beside itself and where `make install` puts it (a package sets RPATH=).
RPATH      ?= $$ORIGIN:$$ORIGIN/../lib
RPATH_FLAG := -Wl,-rpath,$(RPATH)
export CGO_ENABLED := 1
export CGO_CFLAGS  := -O2 -g -I$(CURDIR)/include
export CGO_LDFLAGS := -L$(TARGET)/release $(if $(RPATH),$(RPATH_FLAG))
# The compiler collects its garbage less often: it takes a tenth less of CPU time, and some memory.
GO_BUILD   := GOGC=400 $(GO) build
GO_TAGS    := -tags=scxbridge_flags
GO_FLAGS   := $(shell $(GO) env GOFLAGS 2>/dev/null)
export GOFLAGS := $(filter-out $(GO_TAGS),$(GO_FLAGS)) $(GO_TAGS)
# `go test` runs its binaries from a temporary folder.
export LD_LIBRARY_PATH := $(TARGET)/release$(if $(LD_LIBRARY_PATH),:$(LD_LIBRARY_PATH))
# For build scripts and tests; CLANG compiles BPF code.
export CLANG CARGO GO PYTHON
export $(foreach v,VM_ACCEL VM_CPUS VM_TIMEOUT_FACTOR,$(if $($(v)),$(v)))

COUNTED := $(PYTHON) tests/summary.py suite

.DEFAULT_GOAL := build
.PHONY: build library archive abi-dump agent companion examples scenarios machine-programs demo-programs generate demo vm-run soak bench bench-boundary bench-system bench-topology bench-migrating test test-unit test-differential test-abi test-model test-bench test-packaging test-dist test-release test-fresh test-service test-kubernetes test-vm generate-containers lint lint-tools lint-rust lint-go lint-c lint-staticcheck lint-zig lint-scripts lint-generated setup setup-build setup-unit setup-examples setup-abi setup-model setup-packaging setup-deb setup-dist setup-cross setup-release setup-arm64 setup-service setup-demo setup-scenarios setup-kernel setup-bench setup-fresh setup-lint setup-matrix setup-python matrix scenario-docs clean help

build: library archive agent ## build the library and the agent (the default)

library: setup-build pkgconfig ## build libscxbridge.so into target/release
	$(CARGO) $(BUILD_LIBRARY)
	@$(link-soname)

# The demo needs no static archive and no Rust library, each of which is optimized by itself.
BUILD_LIBRARY = build --release
demo soak demo-programs: BUILD_LIBRARY = rustc --release --lib --crate-type cdylib

# Programs ask for the library by its soname, which cargo does not create as a file.
define link-soname
soname=$$(readelf -d $(LIB) | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p'); \
[ -z "$$soname" ] || [ "$$soname" = $(notdir $(LIB)) ] || ln -sf $(notdir $(LIB)) $(dir $(LIB))$$soname
endef

# The demo's library comes without it: so for `make demo install`.
archive: library ## build libscxbridge.a, which has libelf and zlib in it, into target/release/lib
	@$(CARGO) build --release --quiet
	packaging/archive.sh $(TARGET)/release/libscxbridge.a $(LINKABLE)

generate: setup-build ## make what is generated: both C headers, Go's types, the simulator's numbers, parts of the docs
	$(GENERATE)
	$(call generate-tunables,$(TUNABLES))

abi-dump: ## write down the ABI of include/scxbridge.h, to be committed (tests/abi/dumps)
	@$(PYTHON) tests/abi/dump.py update

agent: library ## build the scheduler scx_goland into target/release
	cd go/cmd/scx_goland && $(GO_BUILD) -o $(AGENT) .

# It links no C, so that it runs from an image without files.
companion: setup-build ## build scx_goland_kube, the agent's companion on Kubernetes, into target/release
	CGO_ENABLED=0 $(GO_BUILD) -C go/cmd/scx_goland_kube -trimpath -ldflags="-s -w" -o $(COMPANION) .

examples: library wheel setup-examples ## build the schedulers of examples/ into target/examples: C, C++, Zig, Python, Rust, Go
	@mkdir -p $(EXAMPLES)
	$(CC) -std=gnu11 $(EXAMPLE_FLAGS) examples/c/fifo.c -o $(EXAMPLES)/c_fifo $(EXAMPLE_LIBS)
	$(CXX) -std=c++17 $(EXAMPLE_FLAGS) examples/cpp/fifo.cpp -o $(EXAMPLES)/cpp_fifo $(EXAMPLE_LIBS)
	$(ZIG) build-exe examples/zig/fifo.zig -O ReleaseSafe -mcpu baseline -Iinclude -L$(TARGET)/release -fno-each-lib-rpath \
		-rpath '$$ORIGIN/../release' -lscxbridge -lc -femit-bin=$(EXAMPLES)/zig_fifo
	install -m 755 examples/python/fifo.py $(EXAMPLES)/python_fifo
	$(PYTHON) -m zipfile -e $(WHEELS)/*.whl $(EXAMPLES)
	$(CARGO) build --release --example fifo
	cp $(TARGET)/release/examples/fifo $(EXAMPLES)/rust_fifo
	cd go && $(GO) build -o $(EXAMPLES)/go_fifo ./examples/fifo

EXAMPLES      := $(TARGET)/examples
EXAMPLE_FLAGS := -O2 -g -Wall -Wextra -Wpedantic -Wconversion -Iinclude
EXAMPLE_LIBS  := -L$(TARGET)/release -Wl,-rpath,'$$ORIGIN/../release' -lscxbridge -pthread
# Zig comes from PyPI when it is called for the first time, unless ZIG names one. It compiles for this machine's own CPU
# unless told otherwise; an emulated one has less.
ZIG ?= $$(tests/venv.sh zig examples/zig/tools.txt)/python -m ziglang
examples lint-zig: export ZIG_GLOBAL_CACHE_DIR = $(TARGET)/zig
examples lint-zig: export ZIG_LOCAL_CACHE_DIR = $(TARGET)/zig

lint-zig: setup-examples
	$(ZIG) fmt --check examples/zig

# The programs for the virtual machine; its driver copies this folder's executables into the guest.
scenarios: setup-scenarios machine-programs agent archive examples companion
	$(PYTHON) tests/vm/build_scenarios.py $(VM)/scenarios
	$(PYTHON) tests/abi/calls.py $(VM)/calls.h
	for program in misuse attached; do \
		$(CC) $(ABI_FLAGS) tests/abi/$$program.c -o $(VM)/$$program $(ABI_LIBS) && \
		$(CC) $(ABI_FLAGS) $(SANITIZE) tests/abi/$$program.c -o $(VM)/$$program.sanitized $(ABI_LIBS) || exit 1; \
	done
	$(PYTHON) tests/packaging/external.py $(TARGET)/packaging $(VM)
	cp -a $(EXAMPLES)/*_fifo $(EXAMPLES)/scxbridge $(COMPANION) $(VM)/
	$(call small-copy,$(AGENT))
	$(static-agent) -o $(VM)/image/scx_goland.static .
	$(PYTHON) packaging/oci_image.py $(VM)/image.oci.tar $(VERSION) 0 $(shell $(GO) env GOARCH)=$(VM)/image/scx_goland.static,$(COMPANION)

# As in the released image: packaging/release-build.sh. The linker's warnings are about functions that it has no use for.
static-agent = CGO_LDFLAGS="-L$(LINKABLE) -lpthread -lm -ldl" $(GO_BUILD) -C go/cmd/scx_goland -trimpath \
	-tags=scxbridge_flags,netgo,osusergo -ldflags="-s -w '-extldflags=-static -Wl,--no-warnings'"

# The programs that both the demo and the scenarios run there.
machine-programs: setup-demo $(if $(filter 6.12 6.12.%,$(KERNEL)),setup-kernel) library
	$(BUILD_SCXLOAD) $(CARGO) build $(SCXLOAD)
	@mkdir -p $(VM)
	cp -a $(TARGET)/$(HOST_TRIPLE)/release/scxload $(LIB).* $(VM)/
	$(call small-copy,$(LIB))

# The machine reads its programs from the host slowly, some 10 MB/s, and needs nothing of what debuggers read.
small-copy = strip --strip-debug -o $(VM)/$(notdir $(1)) $(1)

# The demo is a command of the scenarios' program, and needs few of its packages. Its agent has neither conditions of
# rules, nor metrics, nor top: what these require takes longer to compile than all else.
demo-programs: machine-programs
	GOGC=1600 $(PYTHON) tests/vm/build_scenarios.py --demo $(VM)/scenarios

# The loads are static, so that starting one does not make the guest read shared libraries from the host. (With an
# explicit target, the flags do not apply to build scripts. Optimizing across crates would take as long as the rest.)
HOST_TRIPLE   = $(shell $(CARGO) -vV | sed -n 's/^host: //p')
BUILD_SCXLOAD = CARGO_PROFILE_RELEASE_LTO=off RUSTFLAGS="-C target-feature=+crt-static -C strip=debuginfo"
SCXLOAD       = --release -p scxload --target $(HOST_TRIPLE)

ABI_FLAGS := -std=gnu11 -O1 -g -Wall -Iinclude -I$(VM)
ABI_LIBS  := -L$(TARGET)/release -lscxbridge -lpthread
SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all

demo: demo-programs ## boot a machine scheduled by Go and compare it with the kernel's default (HOST=1: on this kernel)
	@$(PYTHON) tests/vm/vm.py demo $(if $(KERNEL),--kernel "$(KERNEL)") $(if $(filter 1,$(HOST)),--host)

vm-run: demo-programs ## boot a machine with your scheduler in it: CMD='./mypolicy --flag' (LOAD=hogs SECONDS=5 KERNEL=7.3)
	@$(PYTHON) tests/vm/vm.py program --folder "$(FOLDER)" --load "$(or $(LOAD),all)" --seconds "$(or $(SECONDS),5)" $(if $(KERNEL),--kernel "$(KERNEL)")

# Where make was called: with -C, that is not here.
FOLDER ?= $(or $(PWD),$(CURDIR))
export CMD

soak: demo-programs ## mix all loads and faults at random for MINUTES=10 (SEED= of an earlier run to do the same)
	@$(PYTHON) tests/vm/vm.py soak --minutes $(or $(MINUTES),10) $(if $(SEED),--seed "$(SEED)") $(if $(KERNEL),--kernel "$(KERNEL)")

# Each suite is a target bench-SUITE.
SUITES := boundary system topology migrating

bench: $(if $(filter $(SUITES),$(SUITE)),bench-$(SUITE)) ## run benchmarks into docs (SUITE=boundary or migrating, as root; SUITE=system or topology)
	@[ -n "$(filter $(SUITES),$(SUITE))" ] || { echo "bench: there is no suite '$(SUITE)'; there is: $(SUITES)" >&2; exit 2; }

bench-boundary: setup-build
	tests/bench/build.sh
	@$(PYTHON) tests/bench/bench.py run --repeats $(or $(REPEATS),15)

bench-system: scenarios setup-bench
	tests/bench/build-peers.sh scx_rustland
	@$(PYTHON) tests/bench/system.py run --icount $(ICOUNT) --repeats $(or $(REPEATS),5) $(if $(KERNEL),--kernel "$(KERNEL)")

bench-topology: scenarios setup-bench
	tests/bench/build-peers.sh scx_rustland scx_bpfland scx_rusty
	tests/bench/build-bare.sh
	tests/bench/build-earlier.sh
	@$(PYTHON) tests/bench/topology.py run --repeats $(or $(REPEATS),3) $(if $(KERNEL),--kernel "$(KERNEL)")

bench-migrating: setup-build
	tests/bench/build.sh
	@$(PYTHON) tests/bench/bench.py migrating --repeats $(or $(REPEATS),15)

# BESIDE='test-dist test-cross lint | test-fresh' names what runs beside all that, where a CPU would be idle: rows of targets, which
# run side by side, too.
test: ## run all tests: test-unit, test-python, test-trace, test-abi, test-model, test-bench, test-packaging, test-service and test-vm
	@$(if $(MAKES_ROOTS),,echo "make test: test-service is skipped, since it needs root, and apt-get")
	@$(PYTHON) tests/summary.py all $(MAKE) \
		'test-unit test-python test-trace test-abi test-model test-bench test-packaging $(if $(MAKES_ROOTS),test-service) $(if $(BESIDE),| $(BESIDE))' test-vm

# Whether the root of a Debian can be made here.
MAKES_ROOTS = $(and $(filter 0,$(shell id -u)),$(shell command -v apt-get))

# The simulator starts no goroutine, so there is nothing to race. For the companion see test-kubernetes: what it requires takes
# long to compile for the race detector.
test-unit: library setup-unit ## run the Rust, Go and Python unit tests
	@rc=0; \
	$(COUNTED) rust cargo -- $(CARGO) test --release --workspace --exclude scxload || rc=1; \
	$(COUNTED) loads cargo -- env $(BUILD_SCXLOAD) $(CARGO) test $(SCXLOAD) || rc=1; \
	$(COUNTED) go go -- $(GO) -C go test -json -race $$($(GO) -C go list ./... | grep -v /scxtest) || rc=1; \
	$(COUNTED) go-gc go -- $(GO) -C go test -json $(GO_TAGS),scxbridge_gc ./internal/capi || rc=1; \
	$(COUNTED) go-without-cgo go -- env CGO_ENABLED=0 $(GO) -C go test -json . ./internal/... ./policy || rc=1; \
	$(COUNTED) simulator go -- env CGO_ENABLED=0 $(GO) -C go test -json ./scxtest/... || rc=1; \
	$(COUNTED) agent go -- $(GO) -C go/cmd/scx_goland test -json -race ./... || rc=1; \
	$(COUNTED) companion go -- $(GO) -C go/cmd/scx_goland_kube test -json ./... || rc=1; \
	$(COUNTED) qumun go -- $(GO) -C go/qumun test -json -race ./... || rc=1; \
	$(COUNTED) differential go -- env KERNEL_SIDE=$$(find rust/bpf tests/differential/host -type f | sort | xargs cat | cksum | tr ' ' -) \
		$(GO) -C tests/differential test -timeout 1h -json . || rc=1; \
	$(COUNTED) scenarios go -- $(GO) -C tests/vm/scenarios test -json ./... || rc=1; \
	$(COUNTED) driver unittest -- $(PYTHON) -m unittest discover -s tests/vm || rc=1; \
	$(COUNTED) bpf-headers unittest -- $(PYTHON) -m unittest discover -s tests/bpf || rc=1; \
	$(COUNTED) fresh-driver unittest -- $(PYTHON) -m unittest discover -s tests/fresh || rc=1; \
	$(COUNTED) service-driver unittest -- $(PYTHON) -m unittest discover -s tests/service || rc=1; \
	$(COUNTED) benchmarks unittest -- $(PYTHON) -m unittest discover -s tests/bench || rc=1; \
	exit $$rc

test-differential: library setup-unit ## compare the simulator with the kernel side's own code (SEED=number: that one alone)
	$(GO) -C tests/differential test -timeout 1h -count=1 . $(if $(SEED),-args -seed=$(SEED))

test-trace: library setup-python ## read a trace with Perfetto's own definition of its format (SCXB_TRACE=file: that one)
	@tools=$$(tests/venv.sh trace tests/trace/tools.txt) && $(COUNTED) trace unittest -- $$tools/python -m unittest discover -s tests/trace

test-abi: library archive setup-abi ## compile and run C programs against the header and the library
	@$(COUNTED) abi line -- tests/abi/run.sh

test-model: setup-model ## check the models of the protocol with spin
	@$(COUNTED) model line -- tests/model/run.sh

test-bench: setup-build setup-abi ## count what a round costs: allocations, crossings from Go, system calls, instructions
	tests/bench/build.sh
	@$(COUNTED) bench line -- $(PYTHON) tests/bench/bench.py guard

test-packaging: build setup-packaging ## install, uninstall, and build against what is installed
	@$(COUNTED) packaging line -- $(PYTHON) tests/packaging/run.py installed

test-dist: build ## build the archive of `make dist` without a network, and check the packages
	@$(COUNTED) dist line -- $(PYTHON) tests/packaging/run.py dist

test-release: release setup-fresh ## use what make release made on a minimal Debian, as root, and make it a second time
	@$(COUNTED) release line -- $(PYTHON) tests/packaging/run.py release

DEBIAN ?= 13
test-fresh: setup-fresh ## do what the README says on a minimal Debian, as root (DEBIAN=13 or 12)
	@$(COUNTED) fresh line -- $(PYTHON) tests/fresh/run.py $(DEBIAN)

test-service: deb setup-service ## drive the Debian package's service under systemd in a virtual machine, as root (DEBIAN=13 or 12)
	@$(COUNTED) service line -- $(PYTHON) tests/service/run.py $(DIST)

# No part of make test: what it needs is built from the source of Kubernetes and etcd, once.
test-kubernetes: companion ## test the Helm chart and the custom resource against a real API server
	@tests/kubernetes/servers.sh >/dev/null
	cd $(KUBERNETES_TESTS) && $(WITHOUT_CGO) $(GO) vet ./... && $(WITHOUT_CGO) $(GO) run $(STATICCHECK) ./...
	@rc=0; \
	$(COUNTED) companion-race go -- $(GO) -C go/cmd/scx_goland_kube test -json -race ./... || rc=1; \
	$(COUNTED) kubernetes go -- $(WITHOUT_CGO) $(GO) -C $(KUBERNETES_TESTS) test -count=1 -json ./... || rc=1; \
	exit $$rc

WITHOUT_CGO = env -u CGO_CFLAGS -u CGO_LDFLAGS -u GOFLAGS CGO_ENABLED=0

generate-containers: ## write the containers that the scenario agent_in_container runs, after a change of the Helm chart
	$(WITHOUT_CGO) $(GO) -C $(KUBERNETES_TESTS) test -count=1 -run TestScenarioRunsTheChartsContainers . -update

test-vm: scenarios ## run the scenarios in virtual machines (KERNEL=7.3 or all, CASE=name)
	@$(COUNTED) vm line -- $(PYTHON) tests/vm/vm.py test $(if $(KERNEL),--kernel "$(KERNEL)") $(if $(CASE),--case "$(CASE)")

matrix: scenarios setup-matrix ## load the BPF programs of each clang on each kernel, into docs/testing.md
	@$(PYTHON) tests/vm/vm.py matrix $(if $(KERNEL),--kernel "$(KERNEL)") $(if $(filter-out all 6.12,$(KERNEL)),,--write docs/testing.md)

GO_MODULES  := go go/cmd/scx_goland go/cmd/scx_goland_kube go/qumun go/qumun/pluginapi tests/vm/scenarios tests/bench tests/packaging/external tests/differential packaging/goproxy
# What it requires takes longer to compile than all else: test-kubernetes vets it.
KUBERNETES_TESTS := tests/kubernetes
# The headers of the libbpf that the library was built with: for the BPF headers, and for libbpfgo.
LIBBPF_INCLUDE = $(shell ls -td $(TARGET)/release/build/libbpf-sys-*/out/include 2>/dev/null | head -1)
C_SOURCES    = $(shell find rust tests examples \( -name target -o -name model \) -prune -o \( -name '*.[ch]' -o -name '*.cpp' \) -print)

lint: lint-tools lint-staticcheck lint-python lint-zig lint-scripts lint-generated ## check formatting, clippy, vet, staticcheck and that what is generated is up to date

# What another version of the distribution's compilers and tools may see otherwise.
lint-tools: setup-lint lint-rust lint-go lint-c

# In the profile of all else, so that what its build scripts make is made once.
lint-rust: library
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings
	$(CARGO) clippy --release --features boundary --all-targets -- -D warnings

lint-go: library
	@unformatted=$$(gofmt -l $(GO_MODULES) $(KUBERNETES_TESTS)); [ -z "$$unformatted" ] || { echo "gofmt these: $$unformatted" >&2; exit 1; }
	@$(call in-each-module,$(GO) vet ./...)
	cd tests/vm/scenarios && $(GO) vet $(GO_TAGS),demo .

lint-staticcheck: library
	@$(call in-each-module,$(GO) run $(STATICCHECK) ./...)
	for system in darwin windows; do (set -x; cd go && CGO_ENABLED=0 GOOS=$$system $(GO) vet ./...) || exit 1; done
	$(PYTHON) tests/dependents.py

in-each-module = for module in $(GO_MODULES); do \
	(set -x; cd $$module && export CGO_CFLAGS="$$CGO_CFLAGS -I$(LIBBPF_INCLUDE)" && $(1)) || exit 1; \
	done

lint-c: library
	$(CLANG_FORMAT) --dry-run --Werror $(C_SOURCES)
	$(PYTHON) tests/bpf/headers.py $(LIBBPF_INCLUDE)

lint-scripts:
	$(PYTHON) -m compileall -q tests/abi tests/bpf tests/vm tests/bench tests/packaging tests/fresh tests/service tests/python tests/trace tests/dependents.py tests/summary.py examples/python packaging
	@for script in $$(git ls-files "*.sh") .ci/run packaging/completions/scx_goland.bash; do bash -n $$script || exit 1; done

lint-generated: library
	$(GENERATE) --check
	@$(tunables-drift)
	@tests/one_place.sh

# The kernel side's tunables that the simulator uses, too.
generate-tunables = cd go/scxtest && mkdir -p $(TARGET)/godefs && \
	$(GO) tool cgo -godefs -objdir ../../target/godefs -- -I../../rust/bpf tunables_input.go >$(TARGET)/godefs/tunables.go && \
	gofmt $(TARGET)/godefs/tunables.go >$(abspath $(1))
define tunables-drift
($(call generate-tunables,$(TARGET)/tunables.go)) && diff -u $(TUNABLES) $(TARGET)/tunables.go \
|| { echo "$(TUNABLES) differs from what rust/bpf/tunables.h gives: run 'make generate' and commit it" >&2; exit 1; }
endef

scenario-docs: library ## make the table of the scenarios in docs/testing.md
	$(GO) -C tests/vm/scenarios test -run TestScenariosAreDocumented . -update

metrics-docs: library ## make the table of metrics in docs/metrics.md
	$(GO) -C go/cmd/scx_goland test ./internal/metrics -run TestMetricsAreDocumented -update

setup: ## install what is needed to build, check and run the virtual machine
	@tests/setup.sh all

setup-build setup-unit setup-examples setup-abi setup-model setup-packaging setup-deb setup-dist setup-cross setup-release setup-kernel setup-bench setup-matrix setup-fresh setup-python: setup-%:
	@tests/setup.sh $*

# All that the target will need, before anything is built, so that a password is asked for only at the beginning.
setup-demo:
	@tests/setup.sh build vm
setup-scenarios:
	@tests/setup.sh build examples vm scenarios
setup-service:
	@tests/setup.sh fresh vm service
setup-arm64:
	@tests/setup.sh build cross arm64
setup-lint:
	@tests/setup.sh build lint

clean: ## remove all that was built (cached kernels stay: ~/.cache/scxbridge)
	rm -rf target

help: ## list this
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12
	@printf '%s\n' '' 'Variables (make NAME=value):' \
	'  KERNEL      what to boot: a version such as 7.3, oldest, lts, newest, a path to a vmlinuz or build tree;' \
	'              6.12 is built first, from Debian'\''s source (once; 7 minutes on two CPUs);' \
	'              several for test-vm, or all; without, it runs everything on the newest, and on oldest and lts' \
	'              what depends on the kernel (for demo: newest)' \
	'  CASE        scenarios for test-vm: name or glob, several with commas (default: all)' \
	'  BESIDE      more suites for test, in rows that run side by side: test-dist, test-cross, test-fresh' \
	'  DEBIAN      release for test-fresh and test-service: 13 or 12 (default: 13)' \
	'  CMD, LOAD, SECONDS   of make vm-run: your program, its load (messages, hogs, sleeper; several with commas; default: all),' \
	'              and for how long; FOLDER is where it runs (default: where make was called)' \
	'  MINUTES, SEED   of make soak; SEED also of make test-differential' \
	'  SUITE       what to benchmark: boundary, the way between kernel and program, on any kernel from 6.1 (default);' \
	'              system, loads in the virtual machine under the kernel'\''s default scheduler and others;' \
	'              topology, loads and counts on virtual machines with several last-level caches;' \
	'              migrating, what schedulers written for scx_goland_core pay, into docs/migrating.md' \
	'  REPEATS     how often bench measures everything (default: 15; system: 5; topology: 3)' \
	'  ICOUNT=0    of bench SUITE=system: an ordinary clock in the guest, not a count of instructions' \
	'  HOST=1      demo on this machine'\''s own kernel, as root' \
	'  VM_ACCEL    kvm, tcg or auto (default: KVM if it really runs a guest)' \
	'  VM_CPUS     CPUs of the virtual machine (default: 2)' \
	'  VM_TIMEOUT_FACTOR   stretches the scenarios'\'' time limits on a slow machine (default: 1)' \
	'  ARM64_CPU   CPU models of test-arm64: cortex-a57, max or both (default)' \
	'  CARGO=$(CARGO)  GO=$(GO)  CLANG=$(CLANG)  PYTHON=$(PYTHON)  PREFIX=$(PREFIX)  DESTDIR=$(DESTDIR)'
