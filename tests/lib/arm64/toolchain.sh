# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Debian's cross compiler for meson and Go, and the arm64 libraries that it lacks. To be sourced.

# use_arm64 PROJECT BUILD: fetches the libraries into SYSROOT, sets BUILD up, and makes Go build for
# arm64. Ends the script with 77 if that is not possible.
use_arm64() {
    local project=$1 build=$2 program options='' option libraries
    for program in aarch64-linux-gnu-g++ qemu-aarch64 meson; do
        command -v "$program" >/dev/null || { echo "skip arm64: there is no $program here; scripts/setup arm64 installs it"; exit 77; }
    done
    SYSROOT=$build/sysroot
    mkdir -p "$build"
    "$project/tests/lib/arm64/sysroot.py" "$SYSROOT" || exit

    # Programs name their own loader and libraries, so that they run unchanged in the emulator and
    # in a guest. With `qemu-aarch64 -L` they would see another root directory.
    libraries=$SYSROOT/lib/aarch64-linux-gnu:$SYSROOT/usr/lib/aarch64-linux-gnu
    local link=("-Wl,--dynamic-linker=$SYSROOT/lib/ld-linux-aarch64.so.1" "-Wl,-rpath,$libraries")
    if [ ! -e "$build/build.ninja" ]; then
        for option in "${link[@]}"; do options+="'$option', "; done
        cat >"$build/sysroot.ini" <<END
[properties]
sys_root = '$SYSROOT'
pkg_config_libdir = '$SYSROOT/usr/lib/aarch64-linux-gnu/pkgconfig'
[built-in options]
c_args = ['-isystem', '$SYSROOT/usr/include']
cpp_args = ['-isystem', '$SYSROOT/usr/include']
c_link_args = [$options]
cpp_link_args = [$options]
END
        meson setup "$build" "$project" -Dwerror=true --cross-file "$project/tests/lib/arm64/aarch64.ini" --cross-file "$build/sysroot.ini" \
            >"$build/setup.log" || { cat "$build/setup.log" >&2; return 1; }
    fi
    export SYSROOT BUSYBOX=$SYSROOT/bin/busybox GOARCH=arm64 CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++ CGO_LDFLAGS="${link[*]}"
}
