# Read by build-peers.sh and tests/setup.sh.
RUSTLAND_CLANG_NEEDED=17

# Prints the clang for scx_rustland's BPF programs: the newest installed one. Fails if it is too old.
rustland_clang() {
    local clang version
    for clang in "${BPF_CLANG:-}" clang-{22,21,20,19,18,17} clang; do
        [ -n "$clang" ] || continue
        version=$("$clang" -dumpversion 2>/dev/null) || continue
        if [ "${version%%.*}" -ge $RUSTLAND_CLANG_NEEDED ]; then
            echo "$clang"
            return
        fi
    done
    return 1
}
