"""The generated module says what the library and the header say."""

import ctypes
import os
import pathlib
import re
import unittest
import zipfile

import scxbridge
from scxbridge import _abi
from scxbridge._library import library

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Abi(unittest.TestCase):
    def setUp(self):
        # What a C compiler says.
        self.dump = (ROOT / f"tests/abi/dumps/{_abi.ABI_MAJOR}.{_abi.ABI_MINOR}.abi").read_text()

    def struct(self, name):
        return getattr(_abi, "".join(word.capitalize() for word in name.split("_")))

    def test_fields_are_where_the_compiler_has_them(self):
        fields = re.findall(r"^field scxb_(\w+)\.(\w+) offset (\d+) size (\d+)", self.dump, re.M)
        self.assertGreater(len(fields), 50)
        for name, field, offset, size in fields:
            member = getattr(self.struct(name), field)
            self.assertEqual((member.offset, member.size), (int(offset), int(size)), f"{name}.{field}")

    def test_structs_have_no_more_fields(self):
        for name, size in re.findall(r"^struct scxb_(\w+) size (\d+)", self.dump, re.M):
            fields = re.findall(rf"^field scxb_{name}\.(\w+)", self.dump, re.M)
            self.assertEqual(sorted(self.struct(name).names()), sorted(fields))
            self.assertEqual(ctypes.sizeof(self.struct(name)), int(size))

    def test_constants_have_their_values(self):
        constants = dict(re.findall(r"^constant SCXB_(\w+) (-?\d+)", self.dump, re.M))
        self.assertGreater(len(constants), 20)
        for name, value in constants.items():
            self.assertEqual(getattr(scxbridge, name), int(value))

    def test_functions_are_those_of_the_header(self):
        functions = re.findall(r"^function scxb_(\w+):", self.dump, re.M)
        self.assertEqual(sorted(_abi.FUNCTIONS), sorted(functions))

    def test_the_library_has_each_function(self):
        for name in _abi.FUNCTIONS:
            self.assertTrue(hasattr(library(), "scxb_" + name), name)

    def test_the_library_fills_all_options(self):
        options = _abi.Options()
        library().scxb_options_init(ctypes.byref(options), ctypes.sizeof(options))
        self.assertEqual(options.size, ctypes.sizeof(_abi.Options))
        self.assertEqual(options.flags, _abi.OPTION_BUILTIN_IDLE)


class Wheel(unittest.TestCase):
    def test_the_library_is_the_one_of_the_wheel(self):
        self.assertEqual(pathlib.Path(library()._name).parent, pathlib.Path(scxbridge.__file__).parent)

    def test_it_is_typed_and_small(self):
        wheel = os.environ["SCXB_WHEEL"]
        self.assertRegex(wheel, r"-py3-none-manylinux_2_\d+_(x86_64|aarch64)\.whl$")
        self.assertLess(os.path.getsize(wheel), 1_500_000)
        self.assertIn("scxbridge/py.typed", zipfile.ZipFile(wheel).namelist())

    def test_its_name_says_which_glibc_it_needs(self):
        text = pathlib.Path(library()._name).read_bytes()
        newest = max(int(n) for n in re.findall(rb"GLIBC_2\.(\d+)", text))
        self.assertIn(f"manylinux_2_{newest}_", os.environ["SCXB_WHEEL"])
