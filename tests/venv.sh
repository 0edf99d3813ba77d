#!/bin/bash
# Prints the folder of programs from PyPI that REQUIREMENTS names, and installs them there when it is called for the
# first time:  venv.sh NAME REQUIREMENTS
#
# The versions are pinned, so that every Debian has the same. Other requirements get another folder.
set -euo pipefail

name=$1 requirements=$2
cache=${SCXB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scxbridge}
python=${PYTHON:-python3}
stamp=$({ cat "$requirements" && "$python" --version; } | cksum | cut -d' ' -f1)
venv=$cache/$name-$stamp

fail() { echo "error: $*" >&2; exit 1; }

mkdir -p "$cache"
# Two builds at the same time want one folder.
exec 9>"$cache/.$name.lock"
flock 9
if [ ! -e "$venv/complete" ]; then
    echo "installing what $requirements names into $venv" >&2
    log=$cache/$name-install.log
    { "$python" -m venv --clear "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"; } >"$log" 2>&1 ||
        { cat "$log" >&2; fail "cannot install what $requirements names, from PyPI into a venv (Debian: package python3-venv)"; }
    touch "$venv/complete"
fi
echo "$venv/bin"
