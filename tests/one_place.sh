#!/bin/bash
# One fact, one place: counts the hand-written files of the product that name one counter, one option and one call, each
# of them chosen as an example of its kind. `make lint` runs it. Prints the files; fails if there are more than allowed.
#
#     one_place.sh [counter] [option] [call]    all, if none is named
#
# Left out are tests, what is generated (which says so in its first line, or the second one after zsh's), generated parts
# of files, and prose: docs, README, CHANGELOG. So is go/qumun, which uses the library as any program does.
set -eu

cd "$(dirname "$0")/.."

# The product's files.
product() {
    git ls-files -- rust go include packaging build.rs cbindgen.toml Cargo.toml Makefile |
        grep -v -e '_test\.go$' -e '^go/qumun/' -e '^rust/verifier/'
}

# What people wrote of a file: without generated parts and Rust's unit tests.
written_by_hand() {
    if head -2 "$1" | grep -qi 'generated from .* by `make generate`'; then
        return
    fi
    sed -e '/Generated from .* by `make generate`/,/End of what is generated/d' \
        -e '/^#\[cfg(test)\]$/,$d' "$1"
}

# spellings SNAKE: a pattern for the name as Rust and C, Go, constants and command lines have it.
spellings() {
    local camel
    camel=$(sed -E 's/(^|_)(.)/\U\2/g; s/Cpu/(CPU|Cpu)/; s/Ns$/(NS|Ns)/' <<<"$1")
    echo "(^|[^a-z0-9_])(scxb_|opt_)?$1([^a-z0-9_]|\$)|$camel([^a-z0-9]|\$)|(^|_)${1^^}([^A-Z0-9_]|\$)|--${1//_/-}([^a-z0-9-]|\$)"
}

# count KIND LIMIT NAME
count() {
    local kind=$1 limit=$2 name=$3 pattern file
    local -a files=()
    pattern=$(spellings "$name")
    while read -r file; do
        if written_by_hand "$file" | grep -qE -- "$pattern"; then
            files+=("$file")
        fi
    done < <(product)
    echo "$kind $name: ${#files[@]} files, at most $limit: ${files[*]}"
    if [ ${#files[@]} = 0 ]; then
        echo "one_place.sh: nothing names the $kind $name any more; name another one here" >&2
        return 1
    fi
    if [ ${#files[@]} -gt "$limit" ]; then
        echo "one_place.sh: one more $kind would touch ${#files[@]} files by hand, not $limit: derive it from one place (docs/architecture.md, Boundaries)" >&2
        return 1
    fi
}

failed=0
[ $# -gt 0 ] || set -- counter option call
for kind; do
    case $kind in
    counter) count counter 3 sync_spared || failed=1 ;;
    option) count option 4 direct_bound || failed=1 ;;
    call) count call 6 preempt_cpu || failed=1 ;;
    *) echo "one_place.sh: there is no kind '$kind'" >&2 && failed=1 ;;
    esac
done
exit $failed
