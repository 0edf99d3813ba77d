#!/bin/bash
# The C ABI as its users see it: compilers, layouts, misuse, symbols. `make test-abi` calls this after it has
# built the library. Works on any kernel, with and without root.
set -u

cd "$(dirname "$0")/../.." || exit 1
header=include/scxbridge.h
lib=$PWD/target/release
export LD_LIBRARY_PATH=$lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

python=${PYTHON:-python3}
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror)
link=(-L"$lib" -lscxbridge)
passed=0 failed=0 skipped=0

have() { command -v "$1" >/dev/null 2>&1; }

# check NAME COMMAND...: passes if the command succeeds; otherwise shows its output.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok $name"
        passed=$((passed + 1))
    else
        echo "FAIL $name"
        [ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/    /'
        failed=$((failed + 1))
    fi
}

skip() {
    echo "skip $1: $2"
    skipped=$((skipped + 1))
}

# The header alone, included twice, with each compiler and each standard. C23 and C++20 had other names once.
headers() {
    printf '#include "scxbridge.h"\n#include "scxbridge.h"\nint main(void) { return (int)scxb_abi_version(); }\n' >"$tmp/header.c"
    cp "$tmp/header.c" "$tmp/header.cc"
    local compiler
    for compiler in gcc clang; do
        header_in $compiler c <<<'c99
            c11
            c17
            c23 c2x'
    done
    for compiler in g++ clang++; do
        header_in $compiler c++ <<<'c++17
            c++20 c++2a
            c++23 c++2b'
    done
    check header-comments "$python" tests/abi/header.py comments
}

# header_in COMPILER LANGUAGE: for each line of the input, uses the first standard that the compiler knows.
header_in() {
    local compiler=$1 language=$2 names name known
    local source=$tmp/header.${language/c++/cc} include=stdint.h
    [ "$language" = c ] || include=cstdint
    while read -r names; do
        name=${names%% *}
        if ! have "$compiler"; then
            skip "header-$compiler-$name" "$compiler is not installed"
            continue
        fi
        known=
        for known in $names ''; do
            [ -n "$known" ] && echo | $compiler -std="$known" -fsyntax-only -x "$language" - 2>/dev/null && break
        done
        if [ -z "$known" ]; then
            skip "header-$compiler-$name" "this $compiler does not know -std=${names// / or -std=}"
        elif ! echo "#include <$include>" | $compiler -std="$known" -fsyntax-only -x "$language" - 2>/dev/null; then
            skip "header-$compiler-$name" "$compiler has no standard library here"
        else
            check "header-$compiler-$name" \
                $compiler -std="$known" "${warnings[@]}" -Iinclude -fsyntax-only "$source"
        fi
    done
}

exported() { nm -D --defined-only "$lib/libscxbridge.so" | awk '{ print $NF }' | sort; }
declared() { cc -E -P -Iinclude "$tmp/header.c" | sed '/int main/d' | grep -o '\<scxb_[a-z_]*(' | tr -d '(' | sort -u; }
symbols() { diff <(declared) <(exported) || { echo "< in the header, > exported" && false; }; }

soname_is_major() {
    local major soname
    major=$(sed -n 's/^#define SCXB_ABI_MAJOR //p' $header)
    soname=$(readelf -d "$lib/libscxbridge.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
    [ "$soname" = "libscxbridge.so.$major" ] || { echo "the soname is '$soname', the ABI's major $major" && false; }
}

# try_dump COMMAND SED...: runs dump.py on the header as changed by sed, and a copy of the dumps.
try_dump() {
    local command=$1
    shift
    mkdir -p "$tmp/dumps"
    sed "$@" $header >"$tmp/changed.h"
    HEADER=$tmp/changed.h DUMPS=$tmp/dumps tests/abi/dump.py "$command"
}
fresh_dumps() { rm -rf "$tmp/dumps" && cp -r tests/abi/dumps "$tmp/dumps"; }
# The command must fail with a message, not crash.
refused() {
    local said
    if said=$("$@" 2>&1) || [[ $said != abi:* ]]; then
        echo "not refused: $* $said"
        return 1
    fi
}

# dump.py notices every kind of change, and accepts those that a new version announces.
dump() {
    local minor next field swapped new_function released
    minor=$(sed -n 's/^#define SCXB_ABI_MINOR //p' $header)
    next=(-e "s/^\(#define SCXB_ABI_MINOR \).*/\1$((minor + 1))/")
    field=(-e 's/int32_t tgid;/int64_t tgid;/')
    new_function=(-e 's/^uint32_t scxb_abi_version(void);/&\nint32_t scxb_more(struct scxb *handle);/')
    check abi-is-the-committed-one tests/abi/dump.py check
    fresh_dumps
    swapped=(-e '/^struct scxb_decision {/,/^};/{s/lease_count;/other;/;s/reserved;/lease_count;/;s/other;/reserved;/}')
    check abi-notices-a-field refused try_dump check "${field[@]}"
    check abi-notices-swapped-fields refused try_dump check "${swapped[@]}"
    check abi-notices-a-function refused try_dump check "${new_function[@]}"
    check abi-notices-a-parameter refused try_dump check -e 's/scxb_wake(struct scxb/scxb_wake(const struct scxb/'
    check abi-notices-a-constant refused try_dump check -e 's/^\(#define SCXB_CPU_ANY\) .*/\1 -3/'
    check abi-notices-a-version-without-a-dump refused try_dump check "${next[@]}"
    check abi-addition-with-a-minor try_dump update "${new_function[@]}" "${next[@]}"
    check abi-addition-is-committed try_dump check "${new_function[@]}" "${next[@]}"
    check abi-removal-needs-a-major refused try_dump check "${next[@]}" -e '/scxb_wake(struct/d'
    fresh_dumps
    check abi-break-needs-a-major refused try_dump update "${field[@]}" "${next[@]}"
    check abi-struct-that-says-its-size-may-grow try_dump update "${next[@]}" \
        -e '/^struct scxb_stats {/,/^}/s/^};/        uint64_t more;\n};/'
    check abi-major-may-break try_dump update "${field[@]}" -e 's/^\(#define SCXB_ABI_MAJOR \).*/\19/'
    fresh_dumps
    released=$(echo "$tmp"/dumps/*."$minor".abi)
    sed -i '1s/ unreleased$/ released/' "$released"
    check abi-released-is-frozen refused try_dump update "${new_function[@]}"
}

# Without any capability: even root is then an ordinary user.
powerless() { setpriv --bounding-set=-all --inh-caps=-all "$@"; }

# uses_all PROGRAM NAME...: whether a program names every exported function except these. A new one must be
# called somewhere.
handleless=(scxb_abi_version scxb_version scxb_strerror scxb_options_check scxb_adopt scxb_detach_pinned
    scxb_topology_read scxb_topology_generation)
uses_all() {
    local program=$1 missing
    shift
    missing=$(comm -23 <(declared) <({ nm -u "$program" | awk '{ print $2 }' | sed 's/@.*//'; printf '%s\n' "$@"; } | sort -u))
    [ -z "$missing" ] || { echo "never called: $missing" && false; }
}

misuse() {
    "$python" tests/abi/calls.py "$tmp/calls.h"
    check misuse-compiles \
        cc -std=c11 -g "${warnings[@]}" -Iinclude -I"$tmp" tests/abi/misuse.c -o "$tmp/misuse" "${link[@]}"
    [ -x "$tmp/misuse" ] || return
    check misuse "$tmp/misuse"
    check misuse-of-everything uses_all "$tmp/misuse"
    if powerless true 2>/dev/null; then
        check misuse-unprivileged powerless "$tmp/misuse"
    else
        skip misuse-unprivileged "setpriv can't drop capabilities here"
    fi

    if have valgrind; then
        check misuse-valgrind valgrind -q --error-exitcode=99 --leak-check=full \
            --errors-for-leak-kinds=definite "$tmp/misuse"
    else
        skip misuse-valgrind "valgrind is not installed"
    fi

    # It needs sched_ext, so a scenario runs it in the virtual machine.
    check attached-compiles cc -std=gnu11 "${warnings[@]}" -Iinclude -I"$tmp" tests/abi/attached.c \
        -o "$tmp/attached" "${link[@]}" -lpthread
    check attached-misuse-of-everything uses_all "$tmp/attached" "${handleless[@]}"

    local sanitize=(-fsanitize=address,undefined -fno-sanitize-recover=all)
    if echo 'int main(void) { return 0; }' | cc "${sanitize[@]}" -x c - -o "$tmp/probe" 2>/dev/null && "$tmp/probe"; then
        check misuse-sanitized-compiles cc -std=c11 -g "${warnings[@]}" "${sanitize[@]}" \
            -Iinclude -I"$tmp" tests/abi/misuse.c -o "$tmp/sanitized" "${link[@]}"
        check misuse-sanitized "$tmp/sanitized"
    else
        skip misuse-sanitized "the compiler's sanitizers don't work here"
    fi

    # All static, so that no shared library can hide what the archive lacks: it must contain libelf and zlib.
    check misuse-static-links cc -static -std=c11 -Iinclude -I"$tmp" tests/abi/misuse.c -o "$tmp/static" \
        "$lib/lib/libscxbridge.a"
    [ ! -x "$tmp/static" ] || check misuse-static "$tmp/static"
}

# shorter FILE LINES: an example must be short enough to read.
shorter() {
    local lines
    lines=$(wc -l <"$1")
    [ "$lines" -lt "$2" ] || { echo "$1 has $lines lines, not less than $2" && false; }
}

# Without capabilities a scheduler cannot be opened: the program must say so, and fail.
says_why() {
    local said
    if said=$(powerless "$@" 2>&1 >/dev/null) || ! grep -q root <<<"$said"; then
        echo "it ended without failing, or without a reason: $said"
        return 1
    fi
}

# The schedulers of examples/; scenarios run them.
examples() {
    local compiler program
    for compiler in gcc clang; do
        have $compiler || continue
        check "example-c-$compiler" $compiler -std=gnu11 "${warnings[@]}" -Iinclude examples/c/fifo.c \
            -o "$tmp/c_fifo" "${link[@]}" -pthread
    done
    for compiler in g++ clang++; do
        if ! have $compiler || ! echo '#include <string>' | $compiler -fsyntax-only -x c++ - 2>/dev/null; then
            skip "example-cpp-$compiler" "no C++ compiler of this name works here"
            continue
        fi
        check "example-cpp-$compiler" $compiler -std=c++17 "${warnings[@]}" -Iinclude examples/cpp/fifo.cpp \
            -o "$tmp/cpp_fifo" "${link[@]}" -pthread
    done
    cp examples/python/fifo.py "$tmp/python_fifo"
    check example-c-short shorter examples/c/fifo.c 100
    check example-python-short shorter examples/python/fifo.py 50
    for program in c_fifo cpp_fifo python_fifo; do
        if [ ! -e "$tmp/$program" ]; then
            continue # did not compile, which was said
        elif ! powerless true 2>/dev/null; then
            skip "example-$program-says-why" "setpriv can't drop capabilities here"
        elif [ $program = python_fifo ]; then
            check "example-$program-says-why" says_why env PYTHONPATH=packaging/python PYTHONDONTWRITEBYTECODE=1 "$python" "$tmp/$program"
        else
            check "example-$program-says-why" says_why "$tmp/$program"
        fi
    done
}

# Fails if there are no examples, so that an empty list does not pass.
document_examples() {
    "$python" tests/abi/document.py examples "$tmp" >"$tmp/examples" && [ -s "$tmp/examples" ]
}

# docs/abi.md: complete, and each of its examples compiles.
document() {
    local compiler name
    check checks "$python" -m unittest discover -s tests/abi
    check document "$python" tests/abi/document.py check
    check document-examples document_examples
    for compiler in gcc clang; do
        have $compiler || continue
        while read -r name; do
            check "document-$compiler-$name" \
                $compiler -std=gnu11 "${warnings[@]}" -Iinclude -fsyntax-only "$tmp/$name.c"
        done <"$tmp/examples"
    done
}

headers
check symbols symbols
check soname soname_is_major
dump
misuse
examples
document

sum="$passed passed, $failed failed"
[ $skipped = 0 ] || sum="$sum, $skipped skipped"
echo "$sum"
[ $failed = 0 ]
