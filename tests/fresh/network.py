"""What a fresh root has to know of this machine to reach the network as it does: mirrors, proxies, certificates.

Nothing of it is written down in the repository. All of it is optional: on an ordinary machine there is nothing.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

GO = os.environ.get("GO", "go")
CARGO = os.environ.get("CARGO", "cargo")
# Read by apt, curl, git, cargo, go and pip; and by our own driver of virtual machines.
PASSED = re.compile(
    r"(https?|ftp|no|all)_proxy|SSL_CERT_FILE|CURL_CA_BUNDLE|GIT_SSL_CAINFO|REQUESTS_CA_BUNDLE"
    r"|PIP_\w+|CARGO_(HTTP|NET|REGISTRIES|SOURCE)_\w+|VM_(ACCEL|CPUS|TIMEOUT_FACTOR)|SCXB_MIRROR",
    re.I,
)
SECRET = re.compile(r"TOKEN|PASSWORD|SECRET|CREDENTIAL", re.I)
GO_PASSED = ("GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE")
# Where the root has files of this machine's.
INSIDE = pathlib.PurePosixPath("/machine")


def output(*command: str) -> str:
    """What a command says, or nothing where it is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def variables(root: pathlib.Path) -> dict[str, str]:
    """The environment's settings for the network. Files and folders that they name are copied into the root."""
    passed = {key: value for key, value in os.environ.items() if PASSED.fullmatch(key) and not SECRET.search(key)}
    try:
        changed = json.loads(output(GO, "env", "-json", "-changed") or "{}")
    except ValueError:
        changed = {}
    passed |= {key: changed[key] for key in GO_PASSED if key in changed}
    for key, value in passed.items():
        path = pathlib.Path(value)
        if value.startswith("/") and path.exists():
            name = f"{key.lower()}{path.suffix}"
            target = root / str(INSIDE).lstrip("/") / name
            target.parent.mkdir(exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, target, symlinks=True)
            else:
                shutil.copyfile(path, target)
            passed[key] = str(INSIDE / name)
    # Debian's cargo looks for certificates where this one says, not where OpenSSL's variable does.
    if "SSL_CERT_FILE" in passed:
        passed.setdefault("CARGO_HTTP_CAINFO", passed["SSL_CERT_FILE"])
    return passed


def copy_settings(root: pathlib.Path) -> None:
    """Files that tell how to reach the network: names, certificates of this machine's own, cargo's and pip's."""
    home = pathlib.Path.home()
    for source, target in (
        ("/etc/resolv.conf", "etc/resolv.conf"),
        ("/etc/hosts", "etc/hosts"),
        ("/etc/pip.conf", "etc/pip.conf"),
        (home / ".config/pip/pip.conf", "root/.config/pip/pip.conf"),
        (home / ".cargo/config.toml", "root/.cargo/config.toml"),
        *((path, f"usr/local/share/ca-certificates/{path.name}")
          for path in pathlib.Path("/usr/local/share/ca-certificates").glob("*.crt")),
    ):
        if pathlib.Path(source).is_file():
            (root / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, root / target)


def apt_options() -> list[str]:
    """How this machine's apt reaches its mirror, as lines of apt.conf."""
    wanted = re.compile(r'Acquire::(https?::(Proxy|CaInfo)|Check-(Valid-Until|Date))[^ ]* "[^"]+";')
    return [line for line in output("apt-config", "dump").splitlines() if wanted.match(line)]


def toolchains() -> dict[str, pathlib.Path]:
    """Rust and Go of this machine, by the name of the folder that the root gets them in, where they did not come
    from its distribution."""
    found = {"rust": output("rustc", "--print", "sysroot"), "go": output(GO, "env", "GOROOT")}
    paths = {name: pathlib.Path(path.strip()) for name, path in found.items() if path.strip()}
    return {name: path for name, path in paths.items() if path != pathlib.Path("/usr") and not path.is_relative_to("/usr/lib")}


def seed(crates: pathlib.Path, modules: pathlib.Path) -> None:
    """Crates and Go modules that this machine has already, for caches that are empty."""
    registry = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo")) / "registry"
    downloads = pathlib.Path(output(GO, "env", "GOMODCACHE").strip() or "/nonexistent") / "cache/download"
    for source, target in (
        (registry / "cache", crates / "cache"),
        (registry / "index", crates / "index"),
        (downloads, modules / "cache/download"),
    ):
        if source.is_dir() and not target.exists():
            shutil.copytree(source, target)
