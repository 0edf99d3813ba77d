"""The machine's apt configuration is read right: every mirror comes from there."""

import pathlib
import tempfile
import unittest

import apt
from apt import Source


class ParseList(unittest.TestCase):
    def test_options_comments_and_sources(self):
        text = (
            "# deb http://no.example/debian bookworm main\n"
            "deb-src http://src.example/debian bookworm main\n"
            "deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://a.example/debian bookworm main contrib # here\n"
            "deb\thttp://b.example/debian-security bookworm-security main\n"
        )
        self.assertEqual(
            apt.parse_list(text),
            [
                Source("http://a.example/debian", "bookworm", ("main", "contrib")),
                Source("http://b.example/debian-security", "bookworm-security", ("main",)),
            ],
        )


class ParseDeb822(unittest.TestCase):
    def test_every_uri_and_suite(self):
        text = (
            "Types: deb deb-src\n# a comment within\nURIs: http://a.example/debian\n http://b.example/debian\n"
            "Suites: trixie trixie-updates\nComponents: main\nSigned-By: /usr/share/keyrings/k.gpg\n"
        )
        self.assertEqual(
            [(source.uri[7], source.suite) for source in apt.parse_deb822(text)],
            [("a", "trixie"), ("a", "trixie-updates"), ("b", "trixie"), ("b", "trixie-updates")],
        )

    def test_leaves_out_disabled_and_source_only(self):
        text = "Enabled: no\nTypes: deb\nURIs: http://a\nSuites: x\n\nTypes: deb-src\nURIs: http://b\nSuites: x\n"
        self.assertEqual(apt.parse_deb822(text), [])

    def test_key_within_the_file(self):
        text = "Types: deb\nURIs: http://a/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN\n .\n mQ: x\n"
        self.assertEqual(apt.parse_deb822(text), [Source("http://a/debian", "trixie", ("main",))])


class Mirror(unittest.TestCase):
    def test_the_release_itself_not_its_security_updates(self):
        sources = [
            Source("cdrom:[Debian]/", "trixie", ("main",)),
            Source("http://a/debian-security", "trixie-security", ("main",)),
            Source("https://other/repository", "trixie", ("stuff",)),
            Source("http://a/debian", "trixie", ("main",)),
        ]
        self.assertEqual(apt.debian_mirror(sources, "trixie"), "http://a/debian")

    def test_none(self):
        self.assertIsNone(apt.debian_mirror([Source("http://a/ubuntu", "noble", ("main",))], "trixie"))

    def test_reads_only_files_that_apt_reads(self):
        with tempfile.TemporaryDirectory() as folder:
            etc = pathlib.Path(folder)
            parts = etc / "sources.list.d"
            parts.mkdir()
            (parts / "a.sources").write_text("Types: deb\nURIs: http://a\nSuites: x\nComponents: main\n")
            (parts / "b.list").write_text("deb http://b x main\n")
            (parts / "c.list.disabled").write_text("deb http://c x main\n")
            self.assertEqual([source.uri for source in apt.machine_sources(etc)], ["http://a", "http://b"])
