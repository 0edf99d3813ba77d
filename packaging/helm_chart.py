#!/usr/bin/env python3
"""Packs the Helm chart: helm_chart.py OUT EPOCH

The same files give the same bytes. Helm takes it as a file: `helm install NAME FILE`.
"""

from __future__ import annotations

import gzip
import pathlib
import sys

from oci_image import ROOT, archive

CHART = ROOT / "packaging/helm/scx-goland"


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    files = {
        f"{CHART.name}/{path.relative_to(CHART)}": (0o644, path.read_bytes())
        for path in CHART.rglob("*") if path.is_file() and path.suffix not in (".swp",)
    }
    # Helm reads only files out of it, and takes no folder for one.
    pathlib.Path(sys.argv[1]).write_bytes(gzip.compress(archive(files, int(sys.argv[2])), mtime=0))


if __name__ == "__main__":
    main()
