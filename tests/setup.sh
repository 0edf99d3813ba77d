#!/bin/bash
# Puts in place what scxbridge needs on this machine: `tests/setup.sh STAGE...`, or `tests/setup.sh all`, which are
# those that `make`, `make test` and `make lint` need. The Makefile names them for each target; vm is what the demo's
# virtual machine needs, scenarios what the tests in it need besides.
#
# Looks for commands and files, not packages: whatever is there already is good, and then this takes no
# time. What is missing comes from Debian's packages; elsewhere it names the packages to install.
set -euo pipefail

RUST_NEEDED=1.82
GO_NEEDED=1.23
CLANG_NEEDED=14
# QEMU 7.2 crashes guests with several CPUs under TCG.
QEMU_NEEDED=8.0

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin:$HOME/.cargo/bin:/usr/local/go/bin
CARGO=${CARGO:-cargo} GO=${GO:-go} CLANG=${CLANG:-clang} PYTHON=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
header() { echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1; }
# The first version number that a command prints; nothing where there is no such command.
version() { "$@" 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -1 || true; }
at_least() { [ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1)" = "$2" ]; }
rust_ok() { at_least "$(version "$CARGO" --version)" $RUST_NEEDED; }
go_ok() { at_least "$(version "$GO" version)" $GO_NEEDED; }
clang_ok() { at_least "$(version "$CLANG" --version)" $CLANG_NEEDED; }
qemu_ok() { at_least "$(version qemu-system-x86_64 --version)" $QEMU_NEEDED; }
qemu_arm_ok() { at_least "$(version qemu-system-aarch64 --version)" $QEMU_NEEDED; }
# What the Makefile calls: clang brings a c++, but no g++.
cxx_ok() { echo '#include <string>' | "${CXX:-g++}" -std=c++17 -fsyntax-only -x c++ - 2>/dev/null; }
sanitizers_ok() { echo 'int main(void) { return 0; }' | "$CLANG" -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null; }
venv_ok() { "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; }
python_ok() { "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
busybox_ok() { have busybox && ! ldd "$(command -v busybox)" >/dev/null 2>&1; }

packages=() reasons=()
# need PACKAGE "what for" CHECK... : asks for the package unless the check succeeds. Once, whatever the reasons.
need() {
    local package=$1 reason=$2
    shift 2
    "$@" && return
    [[ " ${packages[*]} " != *" $package "* ]] || return 0
    packages+=("$package")
    reasons+=("$package: $reason")
}

for_build() {
    need gcc "links Rust and Go code" have cc
    need libc6-dev "headers of C programs" header stdio.h
    need make "runs the build" have make
    need binutils "reads the library's soname" have readelf
    need clang "compiles the BPF programs" clang_ok
    need libelf-dev "libbpf reads BPF objects with it" header libelf.h
    need zlib1g-dev "libelf's compression" header zlib.h
    need pkg-config "finds libelf" have pkg-config
    need ca-certificates "crates and Go modules come by HTTPS" test -e /etc/ssl/certs/ca-certificates.crt
    need python3 "runs the tests" python_ok
    if ! rust_ok && distribution_offers cargo $RUST_NEEDED; then
        packages+=(cargo) reasons+=("cargo: builds the library")
    fi
    if ! go_ok && distribution_offers golang-go $GO_NEEDED; then
        packages+=(golang-go) reasons+=("golang-go: builds the agent")
    fi
}

for_vm() {
    need python3-venv "virtme-ng, which boots the machine, is installed into one" venv_ok
    need kmod "finds the kernel's modules" have depmod
    need busybox-static "the guest's first program" busybox_ok
    need file "virtme-ng looks at executables with it" have file
    need iproute2 "virtme-ng calls ip" have ip
    need xz-utils "unpacks kernel modules" have xz
    if have dpkg-deb; then
        need debian-archive-keyring "checks the kernels' signatures" test -e /usr/share/keyrings/debian-archive-keyring.gpg -o \
            -e /usr/share/keyrings/debian-archive-keyring.pgp
    fi
    need qemu-system-x86 "the virtual machine" qemu_ok
}

for_scenarios() {
    need procps "scenarios use ps and sysctl" have ps
    need valgrind "scenarios run the C programs of tests/abi under it" have valgrind
    need strace "a scenario traces the agent with it" have strace
    need runc "a scenario runs the agent in a container" have runc
}

for_examples() {
    need gcc "compiles the example in C" have gcc
    need g++ "compiles the example in C++" cxx_ok
    need python3-venv "Zig, which compiles the example in Zig, is installed into one" venv_ok
}

# The kernel side's C is compiled for this machine with sanitizers: for_build names clang itself.
for_unit() {
    local major
    major=$(version "$CLANG" --version | cut -d. -f1)
    need "libclang-rt-${major:+$major-}dev" "clang's sanitizers, for tests/differential" sanitizers_ok
}

for_abi() {
    need valgrind "runs the C programs of tests/abi" have valgrind
}

# What tests/vm/kernel_build.py calls, and what the kernel's own build tools are linked with.
for_kernel() {
    need gcc "compiles the kernel" have gcc
    need make "runs its build" have make
    need binutils "links it" have ld
    need flex "its configuration and its tools are parsed with it" have flex
    need bison "its configuration and its tools are parsed with it" have bison
    need bc "computes its time constants" have bc
    need pahole "makes its type information (BTF)" have pahole
    need libelf-dev "its tools read objects with it" header libelf.h
    need zlib1g-dev "libelf's compression" header zlib.h
    need xz-utils "unpacks its source" have xz
}

. "$here/bench/clang.sh"

# What the benchmarks in the virtual machine run, and what other projects' schedulers are built with. They do without whatever the distribution lacks.
for_bench() {
    ! offered rt-tests || need rt-tests "cyclictest and hackbench are loads of the system benchmarks" have hackbench
    ! offered libseccomp-dev || need libseccomp-dev "scx_rustland is linked with it" header seccomp.h
    rustland_clang >/dev/null && return
    local package
    for package in clang-{22,21,20,19,18,17}; do
        if offered $package; then
            need $package "compiles scx_rustland's BPF programs" false
            return
        fi
    done
}

for_model() {
    need spin "checks the models of the protocol" have spin
    need gcc "compiles what spin generates" have gcc
}

for_packaging() {
    need groff "checks the man page" have groff
    need zsh "tries its completions" have zsh
    need fish "tries its completions" have fish
}

# Programs from PyPI are installed by tests/venv.sh when they are called for.
for_python() {
    need python3-venv "what makes and checks the Python wheel is installed into one" venv_ok
}

for_deb() {
    need dpkg-dev "makes Debian packages" have dpkg-shlibdeps
}

for_dist() {
    need git "tells what is committed" have git
    for_deb
}

# What tests/fresh makes its root file systems with.
for_fresh() {
    need mmdebstrap "makes a minimal Debian" have mmdebstrap
    need git "clones the repository into it" have git
    need util-linux "gives it namespaces of its own" have unshare
}

for_service() {
    need e2fsprogs "makes the guest's disk" have mke2fs
}

for_cross() {
    need gcc-aarch64-linux-gnu "compiles and links for aarch64" have aarch64-linux-gnu-gcc
    need libc6-dev-arm64-cross "start files for what it links" test -e /usr/aarch64-linux-gnu/lib/crt1.o
    need qemu-user "runs what was built for aarch64" have qemu-aarch64
    if have rustup && ! rustup target list --installed | grep -qx aarch64-unknown-linux-gnu; then
        say "adding aarch64 to the Rust toolchain"
        rustup target add aarch64-unknown-linux-gnu
    fi
}

# The release's two architectures, each with the C library of the oldest Debian that is supported.
for_release() {
    for_dist
    for_cross
    need python3 "makes the image and the bill of materials" python_ok
    need debian-archive-keyring "checks that Debian's packages" test -e /usr/share/keyrings/debian-archive-keyring.gpg -o \
        -e /usr/share/keyrings/debian-archive-keyring.pgp
}

for_arm64() {
    need python3 "runs the tests" python_ok
    need kmod "finds the kernel's modules" have depmod
    if have dpkg-deb; then
        need debian-archive-keyring "checks the kernel's signature" test -e /usr/share/keyrings/debian-archive-keyring.gpg -o \
            -e /usr/share/keyrings/debian-archive-keyring.pgp
    fi
    need qemu-system-arm "the virtual machine" qemu_arm_ok
}

# The oldest clang that will do, what Debian 13 has, one between, and the newest, as far as they are on offer.
for_matrix() {
    have clang-19 || refresh
    local version newest
    newest=$(apt-cache search --names-only '^clang-[0-9]+$' 2>/dev/null | grep -oE '^clang-[0-9]+' | sort -V | tail -1)
    for version in clang-$CLANG_NEEDED clang-16 clang-19 $newest; do
        ! offered "$version" || need "$version" "compiles the BPF programs for make matrix" have "$version"
    done
}

for_lint() {
    need clang-format "checks the format of C and BPF code" have clang-format
    if "$CARGO" fmt --version >/dev/null 2>&1 && "$CARGO" clippy --version >/dev/null 2>&1; then
        return
    fi
    if have rustup; then
        say "adding rustfmt and clippy to the Rust toolchain"
        rustup component add rustfmt clippy
    else
        packages+=(rustfmt rust-clippy) reasons+=("rustfmt, rust-clippy: check Rust code")
    fi
}

# Whether there is such a package, as far as the present lists know.
offered() { have apt-cache && [ -n "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p')" ]; }

distribution_offers() {
    have apt-cache || return 1
    refresh
    local candidate
    candidate=$(apt-cache policy "$1" | sed -n 's/^ *Candidate: \([0-9]*:\)\?\([0-9.]*\).*/\2/p')
    # Without root, a new machine's lists stay empty. Debian 13 has all that is asked for here.
    [ -n "$candidate" ] || candidate=$(. /etc/os-release && [ "$ID" = debian ] && [ "${VERSION_ID:-0}" -ge 13 ] && echo "$2")
    at_least "$candidate" "$2"
}

# Runs a command as root, through sudo where someone is there to type a password.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        env "$@"
    else
        say "+ sudo $*"
        sudo env "$@"
    fi
}
may_be_root() { [ "$(id -u)" = 0 ] || { have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; }

# Targets that run side by side may each have something to install, and apt does not wait for another apt. Only for who may
# install: anybody may ask what is missing, also with a home that is not writable.
locked=
one_at_a_time() {
    [ -z "$locked" ] || return 0
    local cache=${SCXB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scxbridge}
    mkdir -p "$cache"
    exec 9>"$cache/setup.lock"
    flock 9
    locked=yes
}

refreshed=
refresh() {
    if [ -z "$refreshed" ] && may_be_root; then
        say "refreshing apt's package lists"
        one_at_a_time
        as_root apt-get -qq update 9>&-
    fi
    refreshed=yes
}

# dpkg's story of each package is of no interest; its errors are.
apt_install() {
    as_root DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null 9>&-
}

# QEMU from the backports of this release, by package lists of our own: the machine's stay as they are.
#   install_qemu_from_backports PACKAGE...
install_qemu_from_backports() {
    . /etc/os-release
    local lists=${SCXB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scxbridge}/apt-backports
    mkdir -p "$lists"/{parts,lists/partial,cache/archives/partial}
    cp /etc/apt/sources.list.d/*.{list,sources} "$lists/parts/" 2>/dev/null || true
    "$PYTHON" "$here/vm/apt.py" "$VERSION_CODENAME-backports" >"$lists/parts/scxbridge-backports.list"
    local options=(-o "Dir::Etc::sourceparts=$lists/parts" -o "Dir::State::lists=$lists/lists"
        -o "Dir::Cache=$lists/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
    say "QEMU ≥ $QEMU_NEEDED comes from $VERSION_CODENAME-backports"
    as_root apt-get -qq "${options[@]}" update 9>&-
    apt_install "${options[@]}" -t "$VERSION_CODENAME-backports" "$@"
    rm -rf "$lists"
}

# root_commands BACKPORTS PACKAGE...: what someone who may become root has to type; BACKPORTS are packages that come from
# there.
root_commands() {
    local backports=$1 release
    shift
    if [ -n "$backports" ]; then
        release=$(. /etc/os-release && echo "$VERSION_CODENAME-backports")
        echo "  echo '$("$PYTHON" "$here/vm/apt.py" "$release" 2>/dev/null || echo "deb http://deb.debian.org/debian $release main")' >/etc/apt/sources.list.d/$release.list"
    fi
    echo "  apt-get update"
    [ $# = 0 ] || echo "  apt-get install -y --no-install-recommends $*"
    [ -z "$backports" ] || echo "  apt-get install -y --no-install-recommends -t $release $backports"
}

install_missing() {
    [ ${#packages[@]} -gt 0 ] || return 0
    say "missing on this machine:"
    printf '  %s\n' "${reasons[@]}"
    if ! have apt-get; then
        say "This is not Debian; install their equivalents:"
        say "  Fedora:   gcc gcc-c++ make clang llvm elfutils-libelf-devel zlib-ng-compat-devel pkgconf binutils git qemu-system-x86-core kmod busybox file iproute xz"
        say "  Arch:     base-devel clang llvm libelf zlib pkgconf git qemu-system-x86 kmod busybox file iproute2 xz"
        say "  openSUSE: gcc gcc-c++ make clang llvm libelf-devel zlib-devel pkgconf binutils git qemu-x86 kmod busybox-static file iproute2 xz"
        say "and for the tests and make lint:"
        say "  Fedora:   clang-tools-extra compiler-rt valgrind strace runc procps-ng groff zsh fish dpkg-dev"
        say "  Arch:     compiler-rt valgrind strace runc procps-ng groff zsh fish dpkg"
        say "  openSUSE: clang-tools valgrind strace runc procps groff zsh fish dpkg"
        exit 1
    fi
    refresh
    local plain=() qemu=()
    for package in "${packages[@]}"; do
        if [[ $package = qemu-system-* ]] && ! distribution_offers "$package" $QEMU_NEEDED; then
            qemu+=("$package")
        else
            plain+=("$package")
        fi
    done
    may_be_root || fail "installing needs root. As root, run
$(root_commands "${qemu[*]}" "${plain[@]}")"
    one_at_a_time
    say "installing: ${packages[*]}"
    [ ${#plain[@]} -eq 0 ] || apt_install "${plain[@]}"
    [ ${#qemu[@]} -eq 0 ] || install_qemu_from_backports "${qemu[@]}"
}

# Compilers that the distribution may have too old: not ours to install from elsewhere. Said before anything is installed.
check_languages() {
    rust_ok || coming cargo || fail "Rust ≥ $RUST_NEEDED is needed; $(found "$CARGO" --version).
Install it with rustup, as https://rustup.rs says, then run this again. CARGO=/path/to/cargo chooses another one."
    go_ok || coming golang-go || fail "Go ≥ $GO_NEEDED is needed; $(found "$GO" version).
Install it as https://go.dev/doc/install says, then run this again. GO=/path/to/go chooses another one."
}
coming() { [[ " ${packages[*]} " == *" $1 "* ]]; }
# What there is instead, here and in the distribution.
found() {
    if have "$1"; then echo -n "this machine has $(version "$@")"; else echo -n "this machine has none"; fi
    ! have apt-cache || echo -n ", and its distribution offers no newer one"
}

ALL=(build unit examples abi model packaging python deb vm scenarios lint)
MORE=(dist cross release arm64 kernel bench matrix fresh service)
stages=("$@")
[ "${stages[*]}" != all ] || stages=("${ALL[@]}")
for stage in "${stages[@]}"; do
    [[ " ${ALL[*]} ${MORE[*]} " == *" $stage "* ]] || fail "there is no stage '$stage'; there is: ${ALL[*]} ${MORE[*]}, and all"
    "for_$stage"
done
[ ${#stages[@]} -gt 0 ] || fail "usage: tests/setup.sh STAGE..., of ${ALL[*]} ${MORE[*]}, or all"
for stage in "${stages[@]}"; do
    [ "$stage" != build ] || check_languages
done
install_missing
