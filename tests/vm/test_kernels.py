"""Which kernel KERNEL= means, and which packages make it up."""

import os
import pathlib
import shutil
import struct
import tempfile
import unittest
from unittest import mock

import kernels
from util import Failure

OFFERED = ["6.16.3", "6.16.12", "6.18.15", "7.2.12", "7.3.4", "7.3.10"]


class Choose(unittest.TestCase):
    def test_words(self):
        self.assertEqual(kernels.choose("oldest", OFFERED), "6.16.12")
        self.assertEqual(kernels.choose("lts", OFFERED), "6.18.15")
        self.assertEqual(kernels.choose("newest", OFFERED), "7.3.10")
        with self.assertRaisesRegex(Failure, "KERNEL=lts: 6.18 is not on offer"):
            kernels.choose("lts", ["6.16.3", "7.3.4"])

    def test_all_is_each_series_that_loads(self):
        self.assertEqual(kernels.series(["7.3.4", "6.12.117", *OFFERED]), ["6.16.12", "6.18.15", "7.3.10"])

    def test_prefixes_are_of_numbers_not_of_letters(self):
        self.assertEqual(kernels.choose("7.3", OFFERED), "7.3.10")
        self.assertEqual(kernels.choose("7", OFFERED), "7.3.10")
        self.assertEqual(kernels.choose("6.16.3", OFFERED), "6.16.3")
        with self.assertRaises(Failure):
            kernels.choose("6.1", [*OFFERED, "6.17.1"])

    def test_what_was_built_is_no_choice(self):
        """The fallback without a network chooses among the cached kernels."""
        cached = ["6.12.117", *OFFERED]
        self.assertEqual(kernels.choose("oldest", cached), "6.16.12")
        self.assertEqual(kernels.choose("6", cached), "6.18.15")
        with self.assertRaisesRegex(Failure, "no kernel with sched_ext"):
            kernels.choose("newest", ["6.12.117"])

    def test_says_why_not(self):
        for spec, words in (
            ("6.13", "6.13 is not on offer. .*build tree"),
            ("6.6", "came with Linux 6.12"),
            ("8.1", "On offer: 6.16.3"),
            ("newish", "neither all, oldest"),
        ):
            with self.assertRaisesRegex(Failure, words):
                kernels.choose(spec, OFFERED)


def find(packages: dict[str, dict[str, str]], *arch: str) -> list[kernels.Offer]:
    return kernels.find_offers([{"Package": name} | fields for name, fields in packages.items()], *arch)


def package(size: int = 1, depends: str = "") -> dict[str, str]:
    return {"Version": "1-1", "Size": str(size), "Depends": depends}


class FindOffers(unittest.TestCase):
    def test_one_package(self):
        (offer,) = find({"linux-image-6.16.12+deb13-amd64": package(7, "kmod, initramfs-tools")})
        self.assertEqual((offer.version, offer.abi, offer.size), ("6.16.12", "6.16.12+deb13-amd64", 7))
        self.assertTrue(offer.bootable)

    def test_split_packages(self):
        abi = "7.3.4+deb13-amd64"
        image = package(1, f"dracut | x, linux-base-{abi} (= 1-1), linux-binary-{abi} (= 1-1), linux-modules-{abi} (= 1-1)")
        parts = {f"linux-{part}-{abi}": package(10) for part in ("base", "binary", "modules")}
        (offer,) = find({f"linux-image-{abi}": image, **parts})
        self.assertEqual(offer.size, 31)
        self.assertEqual(offer.missing, ())

        # A mirror that dropped the modules of a superseded kernel: named, never chosen.
        del parts[f"linux-modules-{abi}"]
        (offer,) = find({f"linux-image-{abi}": image, **parts})
        self.assertFalse(offer.bootable)

    def test_leaves_out_flavours_and_what_lacks_sched_ext(self):
        names = [
            "linux-image-6.12.95+deb13-amd64",
            "linux-image-6.16.3+deb13-cloud-amd64",
            "linux-image-6.16.3-cloud-amd64",
            "linux-image-6.16.3+deb13-rt-amd64",
            "linux-image-6.16.3+deb13-amd64-dbg",
            "linux-image-6.16.3+deb13-amd64-unsigned",
            "linux-image-6.17~rc7-amd64",
            "linux-image-amd64",
            "linux-image-6.16.3+deb13-arm64",
        ]
        self.assertEqual(find({name: package() for name in names}), [])

    def test_another_architecture(self):
        names = ("linux-image-7.3.4+deb13-arm64", "linux-image-7.3.4+deb13-rt-arm64", "linux-image-7.3.4+deb13-amd64")
        (offer,) = find({name: package() for name in names}, "arm64")
        self.assertEqual((offer.version, offer.abi), ("7.3.4", "7.3.4+deb13-arm64"))

    def test_a_rebuild_wins(self):
        offers = find({f"linux-image-6.16.3+deb13{end}-amd64": package() for end in ("", ".2", ".1")})
        self.assertEqual([offer.abi for offer in offers], ["6.16.3+deb13.2-amd64"])


class Built(unittest.TestCase):
    """KERNEL=6.12 is built, once, when it is asked for by name."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.enterContext(mock.patch.dict(os.environ, {"SCXB_CACHE": folder.name}))
        self.store = kernels.Store()
        offers = [kernels.Offer(version, f"{version}-amd64") for version in OFFERED]
        self.enterContext(mock.patch.object(self.store, "offers", return_value=offers))
        self.enterContext(mock.patch.object(self.store, "_fetch", side_effect=lambda version, offers: self.add(version)))
        self.build = self.enterContext(mock.patch("kernel_build.build", side_effect=lambda *_: self.add("6.12.117")))

    def add(self, version: str) -> str:
        (self.store.folder / version).mkdir()
        (self.store.folder / version / "kernel.json").write_text('{"abi": "x"}')
        return version

    def test_by_name_and_once(self):
        self.assertEqual(self.store.get("6.12").label, "6.12.117")
        self.assertEqual(self.build.call_args.args[0], "6.12")
        for spec in ("6.12", "6.12.117"):
            self.assertEqual(self.store.get(spec).label, "6.12.117")
        self.build.assert_called_once()

    def test_another_point_release_is_built(self):
        self.add("6.12.107")
        self.store.get("6.12.117")
        self.build.assert_called_once()

    def test_never_by_a_word_or_another_prefix(self):
        for spec, version in (("oldest", "6.16.12"), ("newest", "7.3.10"), ("6", "6.18.15"), ("6.16", "6.16.12")):
            self.assertEqual(self.store.get(spec).label, version)
        self.build.assert_not_called()


class Fetch(unittest.TestCase):
    """Kernels come from a mirror that may be out of reach, or have moved on."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.enterContext(mock.patch.dict(os.environ, {"SCXB_CACHE": folder.name}))
        self.enterContext(mock.patch.object(kernels, "say"))
        self.store = kernels.Store()

    def unpack(self, packages: list[str], root: pathlib.Path) -> None:
        abi = "7.3.4-amd64"
        if "gone=1" in packages:
            raise Failure("no such package")
        (root / "lib/modules" / abi / "kernel").mkdir(parents=True)
        (root / "boot").mkdir()
        (root / f"boot/vmlinuz-{abi}").touch()

    def get(self, spec: str, *answers) -> kernels.Kernel:
        with (
            mock.patch.object(self.store, "offers", side_effect=answers) as self.offers,
            mock.patch.object(self.store.apt, "unpack", self.unpack),
            mock.patch.object(kernels, "run"),
        ):
            return self.store.get(spec)

    def test_into_the_cache_and_without_a_network_from_there(self):
        offer = kernels.Offer("7.3.4", "7.3.4-amd64", ("linux-image=1",))
        (self.store.folder / ".new-7.3.4/root/half").mkdir(parents=True)  # an interrupted run's
        kernel = self.get("7.3", [offer])
        self.assertTrue(kernel.image.is_file())
        self.assertEqual(sorted(path.name for path in self.store.folder.iterdir()), [".7.3.4.lock", "7.3.4"])
        self.assertEqual(self.get("newest", Failure("no network")), kernel)
        with self.assertRaisesRegex(Failure, "6.18 is not on offer"):
            self.get("lts", Failure("no network"))

    def test_without_a_network_and_a_cache_says_why(self):
        with self.assertRaisesRegex(Failure, "no network"):
            self.get("newest", Failure("no network"))

    def test_asks_again_when_the_mirror_has_moved_on(self):
        old, new = (kernels.Offer("7.3.4", "7.3.4-amd64", (package,)) for package in ("gone=1", "there=2"))
        self.assertEqual(self.get("7.3", [old], [new]).label, "7.3.4")
        self.assertEqual(self.offers.call_args.args, (True,))
        with self.assertRaisesRegex(Failure, "no such package"):
            self.store = kernels.Store()
            shutil.rmtree(self.store.folder / "7.3.4")
            self.get("7.3", [old], [old])


class OtherArchitecture(unittest.TestCase):
    def test_has_a_cache_of_its_own_and_debians_kernels_only(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {"SCXB_CACHE": folder}):
            store = kernels.Store("arm64")
            self.assertEqual(store.folder, pathlib.Path(folder).resolve() / "arm64/kernels")
            for spec in ("6.12", "/boot/vmlinuz"):
                with self.assertRaisesRegex(Failure, "only Debian's own kernels"):
                    store.get(spec)


class LocalKernel(unittest.TestCase):
    def image(self, version: bytes) -> bytes:
        head = bytearray(0x10000)
        head[0x202:0x206] = b"HdrS"
        struct.pack_into("<H", head, 0x20E, 0x3000 - 0x200)
        head[0x3000 : 0x3000 + len(version)] = version
        return bytes(head)

    def test_file_and_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder).resolve() / "arch/x86/boot/bzImage"
            image.parent.mkdir(parents=True)
            image.write_bytes(self.image(b"6.14.0-mine (me@here) #1\0"))
            for path in (image, pathlib.Path(folder)):
                self.assertEqual(kernels.local_kernel(path), kernels.Kernel("6.14.0-mine", image))

    def test_says_what_is_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "vmlinux").write_bytes(b"\x7fELF" + bytes(600))
            for name, words in (("none", "no such file"), ("", "no kernel image"), ("vmlinux", "not a bootable")):
                with self.assertRaisesRegex(Failure, words):
                    kernels.local_kernel(pathlib.Path(folder) / name)


class Arrange(unittest.TestCase):
    def test_refuses_half_a_kernel(self):
        with tempfile.TemporaryDirectory() as folder:
            offer = kernels.Offer("7.3.4", "7.3.4-amd64")
            with self.assertRaisesRegex(Failure, "no modules"):
                kernels.arrange(pathlib.Path(folder) / "root", pathlib.Path(folder) / "kernel", offer)
