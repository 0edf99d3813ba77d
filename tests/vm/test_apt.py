"""The machine's apt is understood: every mirror comes from there."""

import pathlib
import tempfile
import unittest
from unittest import mock

import apt
from util import Failure

# What `apt-get --print-uris update` says.
URIS = """\
'cdrom:[Debian]/dists/trixie/main/binary-amd64/Packages.xz' x 0
'http://a/debian-security/dists/trixie-security/InRelease' x 0
'http://a/debian-security/dists/trixie-security/main/binary-amd64/Packages.xz' x 0
'https://other/repository/dists/trixie/stuff/binary-amd64/Packages.xz' x 0
'http://a/debian/dists/trixie/InRelease' x 0
'http://a/debian/dists/trixie/main/binary-amd64/Packages.xz' x 0
'http://b/debian/dists/trixie/main/binary-amd64/Packages.xz' x 0
"""


class Mirror(unittest.TestCase):
    def test_the_release_itself_not_its_security_updates(self):
        self.assertEqual(apt.debian_mirror(URIS, "trixie"), "http://a/debian")

    def test_none(self):
        self.assertIsNone(apt.debian_mirror("'http://a/ubuntu/dists/noble/main/binary-amd64/Packages.xz' x 0\n", "trixie"))

    def test_of_this_machine(self):
        release = {"ID": "debian", "VERSION_CODENAME": "trixie"}
        with mock.patch.object(apt.platform, "freedesktop_os_release", return_value=release), mock.patch.dict("os.environ", clear=True):
            with mock.patch.object(apt, "run", return_value=URIS):
                self.assertEqual(apt.mirror_of_this_machine("x"), "http://a/debian")
            with mock.patch.object(apt, "run", return_value=""), self.assertRaisesRegex(Failure, "SCXB_MIRROR="):
                apt.mirror_of_this_machine("x")


class Lists(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.apt = apt.Apt(pathlib.Path(folder.name), "suite")
        self.enterContext(mock.patch.object(apt, "say"))
        self.enterContext(mock.patch.object(apt, "source_line", return_value="deb x\n"))

    def test_are_fetched_once_a_day(self):
        with mock.patch.object(apt, "run") as run:
            self.apt.refresh()
            self.apt.refresh()
            self.assertEqual(run.call_count, 1)
            self.apt.refresh(fresh=True)
            self.assertEqual(run.call_count, 2)

    def test_without_a_network_old_ones_will_do(self):
        down = mock.patch.object(apt, "run", side_effect=Failure("no network"))
        with down, self.assertRaises(Failure):
            self.apt.refresh()
        self.apt.stamp.touch()
        with down, mock.patch.object(apt, "LISTS_MAX_AGE_S", 0):
            self.apt.refresh()
            with self.assertRaises(Failure):
                self.apt.refresh(fresh=True)

    def test_of_packages(self):
        text = "Package: linux-a\nVersion: 1:2-3\nDepends: b (= 1), c\nTag: x,\n y\n\nPackage: other\nVersion: 1\n"
        with mock.patch.object(apt, "run", side_effect=["/list\n", text]):
            (found,) = self.apt.packages("linux-")
        self.assertEqual((found["Version"], found["Depends"]), ("1:2-3", "b (= 1), c"))


class Unpack(unittest.TestCase):
    def test_begins_anew_where_it_was_interrupted(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name) / "root"
            for half in (folder, folder.with_name("root.debs")):
                (half / "half").mkdir(parents=True)

            def run(command, what, cwd=None, **more):
                if "download" in command:
                    (cwd / "a.deb").touch()
                    self.assertIs(more["stdout"], None)
                else:
                    self.assertEqual(command[:2], ["dpkg-deb", "-x"])
                    (folder / "file").touch()

            with mock.patch.object(apt, "run", run):
                apt.Apt(pathlib.Path(name) / "apt", "suite").unpack(["a=1"], folder)
            self.assertEqual([path.name for path in folder.iterdir()], ["file"])
            self.assertEqual([path.name for path in folder.parent.iterdir()], ["root"])


class RealApt(unittest.TestCase):
    def test_says_what_was_in_vain(self):
        with self.assertRaisesRegex(Failure, "cannot try: /no/such/apt is missing.*KERNEL="):
            apt.run(["/no/such/apt"], "try")
        with self.assertRaisesRegex(Failure, "cannot try: sh .* failed:\nno"):
            apt.run(["sh", "-c", "echo no >&2; exit 1"], "try")
