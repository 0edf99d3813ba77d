"""Which kernel to boot, and having it in the cache.

A cached kernel is `<cache>/kernels/<version>/lib/modules/<abi>/{vmlinuz,config,kernel/…}`: in this layout
virtme-ng finds the modules. `kernel.json` is written last; a folder without it is not used. Kernels of
another architecture are in a cache of their own, `<cache>/<architecture>`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import shutil
import struct

import kernel_build
from apt import ARCH, Apt
from util import Failure, cache_dir, locked, run, say, write_atomically

# trixie-backports follows the newest kernels and keeps the older ones that sched_ext support goes back to.
SUITE = "trixie-backports"
# The first one with CONFIG_SCHED_CLASS_EXT in Debian.
OLDEST = (6, 16)

# The newest longterm series of kernel.org with sched_ext in Debian. The mirror does not say which one that is: when
# kernel.org names the next one and the mirror has it, change this by hand.
LTS = (6, 18)
# All of Debian's builds of these have wrong type information for kfuncs, so scxbridge refuses to load: see
# docs/architecture.md.
MALFORMED = ((7, 2),)
WORDS = ("oldest", "lts", "newest")

Version = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Offer:
    """A kernel of the mirror: its packages as NAME=VERSION, and all their bytes. `missing` names packages that it
    depends on and the mirror lacks: mirrors drop parts of superseded kernels."""

    version: str
    abi: str
    packages: tuple[str, ...] = ()
    size: int = 0
    missing: tuple[str, ...] = ()

    @property
    def bootable(self) -> bool:
        """Whether the image and the modules are there; linux-base only holds the configuration and lists."""
        return all(name.startswith("linux-base-") for name in self.missing)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel that can be booted: `image` is what virtme-ng is given."""

    label: str
    image: pathlib.Path


def parse_version(text: str) -> Version:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def rank(offer: Offer) -> tuple[bool, Version]:
    """The order of builds of one version: complete ones are better, then later ones (+deb13.2 after +deb13)."""
    return offer.bootable, parse_version(offer.abi.rpartition("-")[0])


def find_offers(packages: list[dict[str, str]], arch: str = ARCH) -> list[Offer]:
    """The generic kernels of an architecture among a suite's packages, oldest first, with all that each needs.

    Up to 6.18 one package holds everything. Later ones are split: linux-image-X depends on
    linux-{base,binary,modules}-X.
    """
    named = {fields["Package"]: fields for fields in packages}
    best: dict[str, Offer] = {}
    for name, fields in named.items():
        # No flavour (cloud lacks 9p), no -dbg, no -unsigned, no release candidate.
        match = re.fullmatch(rf"linux-image-((\d+\.\d+(?:\.\d+)*)(?:[+-][0-9a-z.+]*[0-9.])?)-{arch}", name)
        if not match or parse_version(match[2]) < OLDEST:
            continue
        abi, version = f"{match[1]}-{arch}", match[2]
        parts = re.findall(rf"\blinux-(?:base|binary|modules)-{re.escape(abi)}(?![\w.+-])", fields.get("Depends", ""))
        wanted = [name, *dict.fromkeys(parts)]
        there = [named[part] for part in wanted if part in named]
        offer = Offer(
            version,
            abi,
            tuple(f"{part['Package']}={part['Version']}" for part in there),
            sum(int(part["Size"]) for part in there),
            tuple(part for part in wanted if part not in named),
        )
        best[version] = max(best.get(version, offer), offer, key=rank)
    return sorted(best.values(), key=lambda offer: parse_version(offer.version))


def choose(spec: str, versions: list[str]) -> str:
    """The version that `oldest`, `lts`, `newest` or a prefix such as 7.3 means among these."""
    # Kernels that we built are never chosen by such a word, nor by a prefix that others share.
    ordered = sorted((version for version in versions if parse_version(version) >= OLDEST), key=parse_version)
    if not ordered:
        raise Failure(f"KERNEL={spec}: no kernel with sched_ext is on offer.")
    # The oldest series, but its last point release: that is what people with that series run.
    meaning = {"oldest": parse_version(ordered[0])[:2], "lts": LTS, "newest": ()}
    if spec not in meaning and not re.fullmatch(r"\d+(\.\d+)*", spec):
        raise Failure(f"KERNEL={spec}: neither all, {', '.join(WORDS)}, a version such as 7.3, nor a file or folder that exists.")
    wanted = meaning.get(spec, parse_version(spec))
    fitting = [version for version in ordered if parse_version(version)[: len(wanted)] == wanted]
    if fitting:
        return fitting[-1]
    why = f"{'.'.join(map(str, wanted))} is not on offer."
    if len(wanted) > 1 and wanted < OLDEST:
        why += (
            " sched_ext came with Linux 6.12, which is built if it is named. Debian has CONFIG_SCHED_CLASS_EXT from "
            f"{'.'.join(map(str, OLDEST))} on; a kernel of your own with the option works: KERNEL=/path/to/vmlinuz or to its build tree."
        )
    raise Failure(f"KERNEL={spec}: {why} On offer: {', '.join(ordered)}.")


def series(versions: list[str]) -> list[str]:
    """The versions that `all` means among these: the last point release of each series that scxbridge loads on."""
    last: dict[Version, str] = {}
    for version in sorted(versions, key=parse_version):
        name = parse_version(version)[:2]
        if name >= OLDEST and name not in MALFORMED:
            last[name] = version
    return list(last.values())


class Store:
    """The kernels of the cache and of the mirror."""

    def __init__(self, arch: str = ARCH) -> None:
        self.arch = arch
        base = cache_dir() if arch == ARCH else cache_dir() / arch
        self.folder = base / "kernels"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.apt = Apt(base / "apt", SUITE, arch)

    def cached(self) -> dict[str, Kernel]:
        found = {}
        for marker in self.folder.glob("[0-9]*/kernel.json"):
            image = marker.parent / "lib/modules" / json.loads(marker.read_text())["abi"] / "vmlinuz"
            found[marker.parent.name] = Kernel(marker.parent.name, image)
        return found

    def offers(self, fresh: bool = False) -> list[Offer]:
        """What the mirror offers; asked at most once a day unless `fresh`."""
        with locked(self.apt.folder / "lock", "the package lists"):
            self.apt.refresh(fresh)
            return find_offers(self.apt.packages("linux-"), self.arch)

    def _bootable(self, fresh: bool) -> dict[str, Offer]:
        """The offers that can be booted. Without a network and lists there are none, if some kernels are cached."""
        try:
            return {offer.version: offer for offer in self.offers(fresh) if offer.bootable}
        except Failure as error:
            if fresh or not (cached := self.cached()):
                raise
            say(f"warning: {error}\nChoosing among the cached kernels: {', '.join(sorted(cached, key=parse_version))}.")
            return {}

    def select(self, specs: str) -> list[Kernel]:
        """The kernels that KERNEL="oldest 7.3" or KERNEL=all means, each once."""
        words: list[str] = []
        for spec in specs.split():
            words += series(list(self._bootable(fresh=False) or self.cached())) if spec == "all" else [spec]
        return list({kernel.image: kernel for kernel in map(self.get, words)}.values())

    def get(self, spec: str, fresh: bool = False) -> Kernel:
        """The kernel that KERNEL=spec means, fetched if need be."""
        if self.arch != ARCH and ("/" in spec or kernel_build.wanted(spec)):
            raise Failure(f"KERNEL={spec}: for {self.arch} there are only Debian's own kernels: oldest, newest or a version such as 7.3.")
        if "/" in spec or (os.path.exists(spec) and not re.fullmatch(r"\d+(\.\d+)*", spec)):
            return local_kernel(pathlib.Path(spec))
        cached = self.cached()
        if spec in cached:
            return cached[spec]
        if kernel_build.wanted(spec):
            return self._built(spec)
        offers = self._bootable(fresh)
        version = choose(spec, list(offers or cached))
        if version in cached:
            return cached[version]
        try:
            self._fetch(version, offers)
        except Failure as error:
            if fresh:
                raise
            # A day-old list may name packages that the mirror has since replaced.
            say(f"{error}\nTrying once more with fresh lists.")
            return self.get(spec, fresh=True)
        return self.cached()[version]

    def _built(self, spec: str) -> Kernel:
        """A kernel of the series that has to be built. A built one is kept, even if there is a newer source."""
        with locked(self.folder / ".built.lock", f"building kernel {spec}"):
            fitting = [version for version in self.cached() if version == spec or version.startswith(f"{spec}.")]
            version = max(fitting, key=parse_version) if fitting else kernel_build.build(spec, self.folder, cache_dir() / "apt-source")
        return self.cached()[version]

    def _fetch(self, version: str, offers: dict[str, Offer]) -> None:
        with locked(self.folder / f".{version}.lock", f"fetching kernel {version}"):
            if version in self.cached():
                return
            offer, work = offers[version], self.folder / f".new-{version}"
            shutil.rmtree(work, ignore_errors=True)  # an interrupted run's
            say(f"downloading kernel {version} ({offer.size / 1e6:.0f} MB)")
            self.apt.unpack(list(offer.packages), work / "root")
            arrange(work / "root", work / "kernel", offer)
            (work / "kernel").rename(self.folder / version)
            shutil.rmtree(work)


def arrange(root: pathlib.Path, target: pathlib.Path, offer: Offer) -> None:
    """Moves an unpacked kernel, old or new layout, into the cache's layout."""
    modules = target / "lib/modules" / offer.abi
    modules.parent.mkdir(parents=True)
    for place in ("usr/lib/modules", "lib/modules"):
        if (root / place / offer.abi / "kernel").is_dir():
            (root / place / offer.abi).rename(modules)
            break
    else:
        raise Failure(f"kernel {offer.version}: its packages hold no modules of {offer.abi}.")
    for name in ("vmlinuz", "config"):
        # System.map is not needed, and in /boot it is only a stub.
        in_boot = root / "boot" / f"{name}-{offer.abi}"
        if in_boot.exists():
            in_boot.rename(modules / name)
    if not (modules / "vmlinuz").is_file():
        raise Failure(f"kernel {offer.version}: its packages hold no vmlinuz.")
    # virtme-ng would run depmod itself on a missing modules.dep, at each start.
    run(["depmod", "-b", str(target), offer.abi], "index the modules")
    write_atomically(target / "kernel.json", json.dumps({"abi": offer.abi, "packages": offer.packages}, indent=1))


def image_version(image: pathlib.Path) -> str | None:
    """The version that a bzImage carries in its header."""
    with open(image, "rb") as file:
        head = file.read(0x10000)
    if head[0x202:0x206] != b"HdrS":
        return None
    (offset,) = struct.unpack_from("<H", head, 0x20E)
    return head[offset + 0x200 :].split(b"\0", 1)[0].split(b" ", 1)[0].decode(errors="replace")


def local_kernel(path: pathlib.Path) -> Kernel:
    """A kernel of the user's own: an image, or a folder that holds one."""
    path = path.expanduser().resolve()
    if not path.exists():
        raise Failure(f"KERNEL={path}: no such file or folder.")
    image = path
    if path.is_dir():
        places = ["arch/x86/boot/bzImage", "bzImage", "vmlinuz", "boot/vmlinuz-*", "lib/modules/*/vmlinuz", "usr/lib/modules/*/vmlinuz", "vmlinuz-*"]
        image = next((file for place in places for file in sorted(path.glob(place))), path)
        if image is path:
            raise Failure(f"KERNEL={path}: no kernel image in this folder; looked for {', '.join(places)}.")
    version = image_version(image)
    if version is None:
        raise Failure(f"KERNEL={image}: not a bootable x86 kernel image (an ELF vmlinux is not; take bzImage).")
    return Kernel(version, image)
