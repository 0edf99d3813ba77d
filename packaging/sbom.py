#!/usr/bin/env python3
"""Writes what a release is made of as a CycloneDX document (JSON, version 1.5).

    sbom.py OUT VERSION EPOCH

Crates come from `cargo metadata`, Go modules from `go list`, both as they are locked; the C libraries, which no tool
for either language knows of, from the sources that the crate libbpf-sys has of them. Only what is in the published
binaries is listed: not what builds or tests them. The same commit and tools give the same bytes.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import uuid
from urllib.parse import quote

ROOT = pathlib.Path(__file__).resolve().parents[1]
CARGO = os.environ.get("CARGO", "cargo")
GO = os.environ.get("GO", "go")
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
# Published Go modules, and those that the agent and its companion are in.
GO_FOLDERS = ("go", "go/cmd/scx_goland", "go/cmd/scx_goland_kube", "go/qumun")


def output(*command: str, cwd: pathlib.Path = ROOT) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "GOFLAGS"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"sbom: {' '.join(command)} in {cwd} failed: {done.stderr.strip()}")
    return done.stdout


def component(purl: str, name: str, version: str, licence: str = "", **more: object) -> dict[str, object]:
    found: dict[str, object] = {"type": "library", "bom-ref": purl, "purl": purl, "name": name, "version": version}
    if licence:
        # Cargo once had "/" for "or".
        found["licenses"] = [{"expression": licence.replace("/", " OR ")}]
    return found | more


def crates() -> tuple[list[dict[str, object]], pathlib.Path]:
    """The crates that are linked into the library, and the folder of libbpf-sys."""
    found: dict[str, dict[str, object]] = {}
    for platform in PLATFORMS:
        metadata = json.loads(output(CARGO, "metadata", "--locked", "--format-version", "1", "--filter-platform", platform))
        packages = {package["id"]: package for package in metadata["packages"]}
        nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
        waiting = [next(key for key, package in packages.items() if package["name"] == "scxbridge")]
        while waiting:
            identity = waiting.pop()
            if identity in found:
                continue
            found[identity] = packages[identity]
            waiting += [
                dependency["pkg"] for dependency in nodes[identity]["deps"]
                if any(kind["kind"] is None for kind in dependency["dep_kinds"])
            ]
    own = {identity for identity, package in found.items() if package["name"] == "scxbridge"}
    bundled = next(package for package in found.values() if package["name"] == "libbpf-sys")
    return [
        component(f"pkg:cargo/{package['name']}@{quote(package['version'])}", package["name"], package["version"], package["license"] or "")
        for identity, package in found.items() if identity not in own
    ], pathlib.Path(str(bundled["manifest_path"])).parent


def modules() -> list[dict[str, object]]:
    """The Go modules whose packages are compiled into the published ones, and into the agent."""
    found = {}
    for folder in GO_FOLDERS:
        module = "{{with .Module}}{{if .Version}}{{.Path}} {{.Version}}{{end}}{{end}}"
        text = output(GO, "list", "-deps", "-f", module, "./...", cwd=ROOT / folder)
        for path, version in (line.split() for line in text.splitlines() if line):
            if not path.startswith("github.com/scxbridge/scxbridge/"):
                found[path] = component(f"pkg:golang/{path}@{version}", path, version)
    return list(found.values())


def toolchains() -> list[dict[str, object]]:
    """The standard libraries, which are in the binaries."""
    rust = output("rustc", "--version").split()[1]
    go = output(GO, "env", "GOVERSION").strip().removeprefix("go").split()[0]
    return [
        component(f"pkg:generic/rust-std@{rust}", "rust-std", rust, "MIT OR Apache-2.0"),
        component(f"pkg:golang/std@{go}", "std", go, "BSD-3-Clause"),
    ]


def c_libraries(folder: pathlib.Path) -> list[dict[str, object]]:
    """libbpf, and what else is in the archives."""
    found = []
    for name, file, pattern, licence in (
        ("libbpf", "libbpf/src/libbpf.map", r"(?s).*\nLIBBPF_([0-9.]+)", "LGPL-2.1-only OR BSD-2-Clause"),
        ("elfutils", "elfutils/configure.ac", r"(?s).*?AC_INIT\(\[elfutils\],\[([0-9.]+)\]", "GPL-2.0-or-later OR LGPL-3.0-or-later"),
        ("zlib", "zlib/zlib.h", r'(?s).*?#define ZLIB_VERSION "([0-9.]+)', "Zlib"),
    ):
        match = re.match(pattern, (folder / file).read_text())
        if not match:
            sys.exit(f"sbom: {folder / file} does not tell the version of {name}. Has the crate libbpf-sys changed?")
        found.append(component(f"pkg:generic/{name}@{match[1]}", name, match[1], licence))
    return found


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    out, version, epoch = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    linked, bundled = crates()
    components = linked + modules() + c_libraries(bundled) + toolchains()
    product = component(f"pkg:cargo/scxbridge@{version}", "scxbridge", version, "Apache-2.0 AND GPL-2.0-only", type="application")
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        # Of the contents, so that a second build has the same.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([version, epoch, components]))}",
        "version": 1,
        "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)), "component": product},
        "components": sorted(components, key=lambda each: str(each["purl"])),
        "dependencies": [{
            "ref": product["bom-ref"], "dependsOn": sorted(str(each["bom-ref"]) for each in components),
        }],
    }
    out.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
