"""What a run was made on and with: nothing that tells whose machine it is."""

from __future__ import annotations

import os
import pathlib
import platform
import re
import subprocess

from files import ROOT


def host() -> list[tuple[str, str]]:
    """What determines how fast an emulated guest is, besides its kernel."""
    return [
        ("CPU", f"{cpu_model()}, {os.cpu_count()} cores{virtual()}"),
        ("QEMU", version("QEMU", "qemu-system-x86_64", "--version")),
        ("Go", version("GO", "go", "version")),
        ("clang, for BPF", version("CLANG", "clang", "--version")),
    ]


def describe() -> list[tuple[str, str]]:
    return [
        ("CPU", f"{cpu_model()}, {os.cpu_count()} cores{virtual()}"),
        ("kernel", platform.release().split("-")[0]),
        ("Rust", version("CARGO", "cargo", "--version")),
        ("Go", version("GO", "go", "version")),
        ("C", version("CC", "cc", "--version")),
        ("clang, for BPF", version("CLANG", "clang", "--version")),
        ("libbpf", "that of the crate libbpf-sys " + locked("libbpf-sys")),
        ("libbpfgo", required("github.com/aquasecurity/libbpfgo")),
        ("cilium/ebpf", required("github.com/cilium/ebpf")),
    ]


def cpuinfo(field: str) -> str:
    text = pathlib.Path("/proc/cpuinfo").read_text()
    match = re.search(rf"^{field}\s*:\s*(.*)$", text, re.MULTILINE)
    return match[1] if match else ""


def cpu_model() -> str:
    return cpuinfo("model name") or platform.machine()


def virtual() -> str:
    return ", in a virtual machine" if "hypervisor" in cpuinfo("flags").split() else ""


def version(variable: str, default: str, option: str) -> str:
    command = [os.environ.get(variable) or default, option]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    match = re.search(r"\d+\.\d+(\.\d+)?", text)
    return match[0] if match else "unknown"


def locked(crate: str) -> str:
    match = re.search(rf'name = "{crate}"\nversion = "([^"]*)"', (ROOT / "Cargo.lock").read_text())
    return match[1] if match else "unknown"


def required(module: str) -> str:
    match = re.search(rf"{module} v(\S+)", (ROOT / "tests/bench/go.mod").read_text())
    return match[1] if match else "unknown"
