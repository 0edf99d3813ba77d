"""Which kernel to boot, and having it in the cache.

A cached kernel is `<cache>/kernels/<version>/lib/modules/<abi>/{vmlinuz,config,kernel/…}`: the layout by
which virtme-ng finds the modules. `kernel.json` is its last file; a folder without it is not used. Kernels of
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
import tempfile

import kernel_build
from apt import ARCH, LISTS_MAX_AGE_S, Apt
from util import Failure, Progress, cache_dir, locked, run, say, write_atomically

# trixie-backports follows the newest kernels and keeps the older ones that sched_ext support goes back to.
SUITE = "trixie-backports"
# Debian switched CONFIG_SCHED_CLASS_EXT on with this one.
OLDEST = (6, 16)

# The newest series that kernel.org maintains for years and that has sched_ext on in Debian. The mirror does not tell
# which one that is: when kernel.org names the next and it is on offer here, it is changed by hand.
LTS = (6, 18)
# All of Debian's builds describe their kfuncs wrongly, so scxbridge refuses to load: see docs/architecture.md.
MALFORMED = ((7, 2),)
WORDS = ("oldest", "lts", "newest")

Version = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Package:
    name: str
    version: str
    size: int


@dataclasses.dataclass(frozen=True)
class Offer:
    """A kernel of the mirror. `missing` names packages that it depends on and the mirror lacks:
    mirrors drop parts of superseded kernels."""

    version: str
    abi: str
    packages: tuple[Package, ...]
    missing: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(package.size for package in self.packages)

    @property
    def bootable(self) -> bool:
        """linux-base only holds the configuration and lists; the image and the modules are essential."""
        return all(name.startswith("linux-base-") for name in self.missing)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel that can be booted: `image` is what virtme-ng is given."""

    label: str
    image: pathlib.Path


def parse_version(text: str) -> Version:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def rank(offer: Offer) -> tuple[bool, Version]:
    """Of two builds of one version, the better: complete, then later (+deb13.2 after +deb13)."""
    return offer.bootable, parse_version(offer.abi.rpartition("-")[0])


def find_offers(packages: dict[str, dict[str, str]], arch: str = ARCH) -> list[Offer]:
    """The generic kernels of an architecture among a suite's packages, oldest first, with all that each needs.

    Up to 6.18 one package holds everything. Later ones are split: linux-image-X depends on
    linux-{base,binary,modules}-X.
    """
    best: dict[str, Offer] = {}
    for name, fields in packages.items():
        # No flavour (cloud lacks 9p), no -dbg, no -unsigned, no release candidate.
        match = re.fullmatch(rf"linux-image-((\d+\.\d+(?:\.\d+)*)(?:[+-][0-9a-z.+]*[0-9.])?)-{arch}", name)
        if not match or parse_version(match[2]) < OLDEST:
            continue
        abi, version = f"{match[1]}-{arch}", match[2]
        names = re.findall(rf"\blinux-(?:base|binary|modules)-{re.escape(abi)}(?![\w.+-])", fields.get("Depends", ""))
        wanted = [name, *dict.fromkeys(names)]
        offer = Offer(
            version,
            abi,
            tuple(Package(n, packages[n]["Version"], int(packages[n]["Size"])) for n in wanted if n in packages),
            tuple(n for n in wanted if n not in packages),
        )
        rival = best.get(version)
        if rival is None or rank(offer) > rank(rival):
            best[version] = offer
    return sorted(best.values(), key=lambda offer: parse_version(offer.version))


def choose(spec: str, versions: list[str]) -> str:
    """The version that `oldest`, `lts`, `newest` or a prefix such as 7.3 means among these."""
    # What was built is never chosen by such a word, nor by a prefix that others share.
    ordered = sorted((version for version in versions if parse_version(version) >= OLDEST), key=parse_version)
    listed = ", ".join(ordered) or "none"
    if spec in WORDS:
        if not ordered:
            raise Failure(f"KERNEL={spec}: no kernel with sched_ext is on offer.")
        if spec == "newest":
            return ordered[-1]
        if spec == "lts":
            fitting = [version for version in ordered if parse_version(version)[:2] == LTS]
            if not fitting:
                raise Failure(f"KERNEL=lts: {'.'.join(map(str, LTS))} is not on offer. On offer: {listed}.")
            return fitting[-1]
        # The oldest series, but its last point release: that is what people of that series run.
        series = parse_version(ordered[0])[:2]
        return [version for version in ordered if parse_version(version)[:2] == series][-1]
    if not re.fullmatch(r"\d+(\.\d+)*", spec):
        raise Failure(f"KERNEL={spec}: neither all, oldest, lts, newest, a version such as 7.3, nor a file or folder that exists.")
    wanted = parse_version(spec)
    fitting = [version for version in ordered if parse_version(version)[: len(wanted)] == wanted]
    if fitting:
        return fitting[-1]
    if len(wanted) > 1 and wanted < (6, 12):
        raise Failure(f"KERNEL={spec}: sched_ext came with Linux 6.12. On offer: {listed}.")
    if len(wanted) > 1 and wanted[:2] < OLDEST:
        raise Failure(
            f"KERNEL={spec}: Debian has no such series with CONFIG_SCHED_CLASS_EXT. On offer: {listed}; and 6.12, which is built.\n"
            "A kernel of your own with the option on works: KERNEL=/path/to/vmlinuz or to its build tree."
        )
    raise Failure(f"KERNEL={spec}: not on offer. On offer: {listed}.")


def series(versions: list[str]) -> list[str]:
    """What `all` means among these: the last point release of each series that scxbridge loads on."""
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
        self.index = self.apt.folder / "kernels.json"

    def cached(self) -> dict[str, Kernel]:
        found = {}
        for marker in self.folder.glob("[0-9]*/kernel.json"):
            image = marker.parent / "lib/modules" / json.loads(marker.read_text())["abi"] / "vmlinuz"
            found[marker.parent.name] = Kernel(marker.parent.name, image)
        return found

    def offers(self, fresh: bool = False) -> list[Offer]:
        """What the mirror offers; asked at most once a day unless `fresh`."""
        with locked(self.apt.folder / "lock", "the package lists"):
            if fresh or not self.index.exists() or self.apt.age_s() > LISTS_MAX_AGE_S:
                say(f"asking the Debian mirror for its kernels ({SUITE}, {self.arch})")
                try:
                    self.apt.update()
                    offers = find_offers({fields["Package"]: fields for fields in self.apt.packages()}, self.arch)
                    write_atomically(self.index, json.dumps([dataclasses.asdict(offer) for offer in offers], indent=1))
                except Failure as error:
                    # Without a network, go on with what was known; the next run asks again.
                    if fresh or not self.index.exists():
                        raise
                    say(f"warning: {error}\nGoing on with the list of {self.apt.age_s() / 3600:.0f} h ago.")
            stored = json.loads(self.index.read_text())
        return [
            Offer(o["version"], o["abi"], tuple(Package(**p) for p in o["packages"]), tuple(o["missing"])) for o in stored
        ]

    def select(self, specs: str) -> list[Kernel]:
        """The kernels that KERNEL="oldest 7.3" or KERNEL=all means, each once."""
        words: list[str] = []
        for spec in specs.split():
            words += series(self._on_offer()) if spec == "all" else [spec]
        return list({kernel.image: kernel for kernel in map(self.get, words)}.values())

    def _on_offer(self) -> list[str]:
        try:
            return [offer.version for offer in self.offers() if offer.bootable]
        except Failure:
            if not (cached := list(self.cached())):
                raise
            return cached

    def get(self, spec: str) -> Kernel:
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
        try:
            offers = {offer.version: offer for offer in self.offers() if offer.bootable}
        except Failure as error:
            if not cached:
                raise
            say(f"warning: {error}\nChoosing among the cached kernels: {', '.join(sorted(cached, key=parse_version))}.")
            return cached[choose(spec, list(cached))]
        version = choose(spec, list(offers))
        if version in cached:
            return cached[version]
        with locked(self.folder / f".{version}.lock", f"fetching kernel {version}"):
            if version not in self.cached():
                try:
                    self._fetch(offers[version])
                except Failure as error:
                    # A day-old list may name packages that the mirror has replaced since.
                    say(f"{error}\nTrying once more with fresh lists.")
                    offers = {offer.version: offer for offer in self.offers(fresh=True) if offer.bootable}
                    newer = choose(spec, list(offers))
                    if newer != version:
                        return self.get(spec)
                    self._fetch(offers[version])
        return self.cached()[version]

    def _built(self, spec: str) -> Kernel:
        """One of the series that has to be built. What was built is kept, though a newer source may be there."""
        with locked(self.folder / ".built.lock", f"building kernel {spec}"):
            fitting = [version for version in self.cached() if version == spec or version.startswith(f"{spec}.")]
            version = max(fitting, key=parse_version) if fitting else kernel_build.build(spec, self.folder, cache_dir() / "apt-source")
        return self.cached()[version]

    def _fetch(self, offer: Offer) -> None:
        final = self.folder / offer.version
        for old in self.folder.glob(f".new-{offer.version}-*"):
            shutil.rmtree(old, ignore_errors=True)  # an interrupted run's; we hold the lock
        work = pathlib.Path(tempfile.mkdtemp(prefix=f".new-{offer.version}-", dir=self.folder))
        try:
            debs, root = work / "debs", work / "root"
            debs.mkdir()
            root.mkdir()
            progress = Progress(f"downloading kernel {offer.version} ({offer.size / 1e6:.0f} MB)")
            before = 0
            for package in offer.packages:

                def report(percent: float, before: int = before, size: int = package.size) -> None:
                    progress(100 * before / offer.size + percent * size / offer.size)

                deb = self.apt.download(package.name, package.version, debs, report)
                run(["dpkg-deb", "-x", str(deb), str(root)], f"unpack {deb.name}")
                deb.unlink()
                before += package.size
            progress.done("downloaded and unpacked")
            arrange(root, work / "kernel", offer)
            shutil.rmtree(final, ignore_errors=True)
            (work / "kernel").rename(final)
        finally:
            shutil.rmtree(work, ignore_errors=True)


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
        # System.map is of no use here, and in /boot a stub anyway.
        in_boot = root / "boot" / f"{name}-{offer.abi}"
        if in_boot.exists():
            in_boot.rename(modules / name)
    if not (modules / "vmlinuz").is_file():
        raise Failure(f"kernel {offer.version}: its packages hold no vmlinuz.")
    # virtme-ng would run depmod itself on a missing modules.dep, at each start.
    run(["depmod", "-b", str(target), offer.abi], "index the modules")
    about = {"abi": offer.abi, "packages": [f"{p.name} {p.version}" for p in offer.packages]}
    write_atomically(target / "kernel.json", json.dumps(about, indent=1))


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
