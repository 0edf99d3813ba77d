"""The released image of the agent: unpacked, it is a root in which nothing else is."""

from __future__ import annotations

import functools
import hashlib
import json
import pathlib
import shutil

from check import check, equal, run, scratch, version
from roots import FOLDER, RELEASE, schedules

# How a process of each architecture is run here.
EMULATORS = {"amd64": (), "arm64": ("qemu-aarch64",)}


@functools.cache
def unpacked() -> dict[str, tuple[pathlib.Path, str]]:
    """By architecture: its root, and the program that it starts."""
    layout = scratch("image")
    run("tar", "-xf", RELEASE / f"scx_goland-{version()}.oci.tar", "-C", layout)

    def blob(descriptor: dict) -> bytes:
        content = (layout / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
        equal("digest of a blob", f"sha256:{hashlib.sha256(content).hexdigest()}", descriptor["digest"])
        equal("size of a blob", len(content), descriptor["size"])
        return content

    images = {}
    [index] = json.loads((layout / "index.json").read_text())["manifests"]
    for described in json.loads(blob(index))["manifests"]:
        manifest = json.loads(blob(described))
        config = json.loads(blob(manifest["config"]))
        architecture = config["architecture"]
        equal("architecture of the image", architecture, described["platform"]["architecture"])
        [layer] = manifest["layers"]
        (layout / "layer.tar.gz").write_bytes(blob(layer))
        root = FOLDER / f"image-{architecture}"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        run("tar", "-xzf", layout / "layer.tar.gz", "-C", root)
        [program] = config["config"]["Entrypoint"]
        images[architecture] = (root, program)
    return images


@check
def image_has_the_programs_of_each_architecture() -> None:
    equal("architectures", set(unpacked()), set(EMULATORS))
    for architecture, (root, program) in unpacked().items():
        said = run(*EMULATORS[architecture], root / program.lstrip("/"), "--version")
        equal(f"what the agent of {architecture} says", f"library {version()}" in said, True)
        said = run(*EMULATORS[architecture], root / "usr/bin/scx_goland_kube", "--version")
        equal(f"what the companion of {architecture} says", said, f"scx_goland_kube {version()}\n")


@check
def image_schedules_a_machine() -> None:
    schedules(*unpacked()["amd64"])
