"""The systemd unit: systemd understands it, and finds it well confined."""

from __future__ import annotations

import re
import shutil
import subprocess

from check import Failed, Skipped, check, equal, installed, run

# Of systemd-analyze security: from 0, nothing to attack, to 10. An ordinary service has 9.6.
MOST_EXPOSED = 3.0
# Keys with the version of systemd that brought them: older ones ignore them, and say so.
NEWER_KEYS = {"RestartSteps": 254, "RestartMaxDelaySec": 254}


def unit():
    return installed() / "lib/systemd/system/scx_goland.service"


def version_of_systemd() -> int:
    if not shutil.which("systemd-analyze"):
        raise Skipped("systemd-analyze is not installed")
    return int(re.match(r"systemd (\d+)", run("systemd-analyze", "--version"))[1])


@check
def unit_names_the_installed_program() -> None:
    programs = re.findall(r"^Exec\w+=(\S+/scx_goland) ", unit().read_text(), re.M)
    equal("the programs of the unit", set(programs), {str(installed() / "bin/scx_goland")})
    equal("what is left to fill in", re.findall(r"@\w+@", unit().read_text()), [])


@check
def systemd_understands_the_unit() -> None:
    version = version_of_systemd()
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit()], capture_output=True, text=True, check=False)
    unknown = {key for key, since in NEWER_KEYS.items() if version < since}
    said = [line for line in done.stderr.splitlines() if str(unit()) in line or "scx_goland" in line]
    wrong = [line for line in said if not any(f"Unknown key '{key}'" in line or f"Unknown key name '{key}'" in line for key in unknown)]
    equal("what systemd says about the unit", wrong, [])
    equal("exit status of systemd-analyze verify", done.returncode, 0)


@check
def unit_is_confined() -> None:
    if version_of_systemd() < 250:
        raise Skipped("systemd-analyze before 250 rates only units that are loaded")
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit())
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    if not exposure:
        raise Failed(f"systemd-analyze security is not understood: {said}")
    if float(exposure[1]) > MOST_EXPOSED:
        raise Failed(f"the unit's exposure is {exposure[1]}, not at most {MOST_EXPOSED}:\n{said}")
