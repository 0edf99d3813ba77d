"""`make install` puts exactly the expected files in place, `make uninstall` removes exactly these."""

from check import check, constant, equal, files, make, real_name, run, scratch


CONFIGURATION = "etc/scx_goland/scx_goland.yaml"


def expected(lib: str = "lib") -> set[str]:
    return {
        "bin/scx_goland",
        "include/scxbridge.h",
        f"{lib}/libscxbridge.a",
        f"{lib}/libscxbridge.so",
        f"{lib}/libscxbridge.so.{constant('SCXB_ABI_MAJOR')}",
        f"{lib}/{real_name()}",
        f"{lib}/pkgconfig/scxbridge.pc",
        f"{lib}/pkgconfig/scxbridge-static.pc",
        "lib/systemd/system/scx_goland.service",
        "share/bash-completion/completions/scx_goland",
        "share/doc/scxbridge/scx_goland.dashboard.json",
        "share/fish/vendor_completions.d/scx_goland.fish",
        "share/man/man8/scx_goland.8",
        "share/zsh/site-functions/_scx_goland",
    }


@check
def install_into_an_empty_destdir() -> None:
    destdir = scratch("destdir")
    make("install", f"DESTDIR={destdir}")
    equal("what is installed", files(destdir), {f"usr/local/{path}" for path in expected()} | {CONFIGURATION})


@check
def install_with_prefix_and_libdir() -> None:
    destdir = scratch("destdir")
    lib = "lib/aarch64-linux-gnu"
    make("install", f"DESTDIR={destdir}", "PREFIX=/opt/scx", f"LIBDIR=/opt/scx/{lib}")
    equal("what is installed", files(destdir), {f"opt/scx/{path}" for path in expected(lib)} | {CONFIGURATION})
    pc = (destdir / "opt/scx" / lib / "pkgconfig/scxbridge.pc").read_text()
    equal("the folders in scxbridge.pc", pc.splitlines()[:3],
          ["prefix=/opt/scx", f"libdir=/opt/scx/{lib}", "includedir=/opt/scx/include"])
    equal("DESTDIR in scxbridge.pc", str(destdir) in pc, False)


@check
def links_lead_to_the_library() -> None:
    destdir = scratch("destdir")
    make("install-library", f"DESTDIR={destdir}", "PREFIX=/usr")
    lib = destdir / "usr/lib"
    soname = f"libscxbridge.so.{constant('SCXB_ABI_MAJOR')}"
    equal("the link libscxbridge.so", str((lib / "libscxbridge.so").readlink()), soname)
    equal(f"the link {soname}", str((lib / soname).readlink()), real_name())
    equal("the soname", f"[{soname}]" in run("readelf", "-d", lib / real_name()), True)


@check
def uninstall_leaves_only_what_others_put_there() -> None:
    destdir = scratch("destdir")
    make("install", f"DESTDIR={destdir}")
    (destdir / "usr/local/lib/libother.so").touch()
    make("uninstall", f"DESTDIR={destdir}")
    equal("what is left", files(destdir), {"usr/local/lib/libother.so"})


@check
def an_edited_configuration_stays() -> None:
    destdir = scratch("destdir")
    make("install", f"DESTDIR={destdir}")
    (destdir / CONFIGURATION).write_text("slice: 5ms\n")
    make("install", f"DESTDIR={destdir}")
    make("uninstall", f"DESTDIR={destdir}")
    equal("what is left", files(destdir), {CONFIGURATION})
    equal("the configuration", (destdir / CONFIGURATION).read_text(), "slice: 5ms\n")


@check
def install_twice_is_install_once() -> None:
    destdir = scratch("destdir")
    for _ in range(2):
        make("install", f"DESTDIR={destdir}")
    equal("what is installed", files(destdir), {f"usr/local/{path}" for path in expected()} | {CONFIGURATION})
