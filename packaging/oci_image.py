#!/usr/bin/env python3
"""Makes an OCI image of the agent and its companion on Kubernetes, for both architectures, without a daemon: a tar archive of an image layout.

    oci_image.py OUT VERSION EPOCH ARCHITECTURE=PROGRAM[,PROGRAM]...

The image has one layer: the programs, which are static binaries, and the licences. The first program is the one that it
starts; a suffix of its file, such as .static, is left out. The same files give the same bytes.
The format: https://github.com/opencontainers/image-spec
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = "usr/bin"
DOCUMENTS = ("LICENSE-APACHE", "LICENSE-GPL-2.0", "packaging/debian/copyright")
SCHEMA = 2


class Layout:
    """The files of an image layout; blobs are named by what is in them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def blob(self, media_type: str, content: bytes) -> dict[str, object]:
        """Adds a blob and returns what refers to it."""
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def document(self, kind: str, value: object) -> dict[str, object]:
        return self.blob(f"application/vnd.oci.image.{kind}+json", encoded(value))


def encoded(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def archive(files: dict[str, tuple[int, bytes]], epoch: int) -> bytes:
    """A tar archive of files, each with its mode, and of the folders that they are in."""
    out = io.BytesIO()
    folders = {str(parent) for name in files for parent in pathlib.PurePosixPath(name).parents} - {"."}
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders | set(files)):
            entry = tarfile.TarInfo(name)
            entry.mtime = epoch
            entry.mode, content = files.get(name, (0o755, b""))
            if name in folders:
                entry.type = tarfile.DIRTYPE
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def image(layout: Layout, architecture: str, programs: list[pathlib.Path], created: str, epoch: int) -> dict[str, object]:
    """Adds the image of one architecture and returns what refers to it."""
    files = {f"{PROGRAMS}/{program.stem}": (0o755, program.read_bytes()) for program in programs}
    for path in DOCUMENTS:
        files[f"usr/share/doc/scxbridge/{pathlib.Path(path).name}"] = (0o644, (ROOT / path).read_bytes())
    unpacked = archive(files, epoch)
    layer = layout.blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(unpacked, mtime=0))
    config = {
        "created": created,
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": [f"/{PROGRAMS}/{programs[0].stem}"], "StopSignal": "SIGTERM"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(unpacked).hexdigest()}"]},
        "history": [{"created": created, "comment": "scx_goland"}],
    }
    manifest = {
        "schemaVersion": SCHEMA,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": layout.document("config.v1", config),
        "layers": [layer],
    }
    return layout.document("manifest.v1", manifest) | {"platform": {"architecture": architecture, "os": "linux"}}


def main() -> None:
    if len(sys.argv) < 5 or not all("=" in programs for programs in sys.argv[4:]):
        sys.exit(__doc__)
    out, version, epoch = sys.argv[1], sys.argv[2], int(sys.argv[3])
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    layout = Layout()
    manifests = []
    for given in sys.argv[4:]:
        architecture, paths = given.split("=", 1)
        manifests.append(image(layout, architecture, [pathlib.Path(path) for path in paths.split(",")], created, epoch))
    index = {
        "schemaVersion": SCHEMA,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": manifests,
    }
    # The image for all architectures is one entry, so that tools copy it whole, under its version.
    whole = layout.document("index.v1", index) | {"annotations": {"org.opencontainers.image.ref.name": version}}
    layout.files["index.json"] = encoded(index | {"manifests": [whole]})
    layout.files["oci-layout"] = encoded({"imageLayoutVersion": "1.0.0"})
    files = {name: (0o644, content) for name, content in layout.files.items()}
    pathlib.Path(out).write_bytes(archive(files, epoch))


if __name__ == "__main__":
    main()
