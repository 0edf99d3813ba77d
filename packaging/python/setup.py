"""The wheel holds a shared library, but nothing of it depends on the version of Python."""

import os
import sys

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel


class Binary(Distribution):
    def has_ext_modules(self) -> bool:
        return True


class Wheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        platform = os.environ.get("SCXB_WHEEL_PLATFORM")
        if not platform:
            sys.exit("scxbridge: the library for the wheel is not built. Run `make wheel` in the repository's root.")
        return "py3", "none", platform


setup(distclass=Binary, cmdclass={"bdist_wheel": Wheel})
