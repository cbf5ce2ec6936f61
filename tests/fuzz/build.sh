#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds the fuzz targets as OSS-Fuzz asks for them: with $CC, $CXX, $CXXFLAGS and
# $LIB_FUZZING_ENGINE, into $OUT. Each target gets its corpus and its dictionary.
# shellcheck disable=SC2086 # the flags are several words
set -euo pipefail
cd "$(dirname "$0")"
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
export objects

compile() { # FILE OBJECT [OPTION...]
    "$CXX" $CXXFLAGS -std=gnu++20 -I../../lib -I../../lib/include "${@:3}" -c "$1" -o "$2"
}
compile_core() { # FILE
    compile "$1" "$objects/$(basename "$(dirname "$1")")-$(basename "$1").o" -fno-exceptions -fno-rtti -include only_libc.h
}
export -f compile compile_core
# shellcheck disable=SC2016 # the inner shell expands it
find ../../lib -name '*.cc' -print0 | xargs -0 -P "$(nproc)" -I{} bash -c 'compile_core "$0"' {}

"$CC" lister.c -o "$OUT/lister"
for source in *_fuzz.cc; do
    name=${source%_fuzz.cc}
    compile "$source" "$objects/$name.target"
    "$CXX" $CXXFLAGS "$objects/$name.target" "$objects"/*.o $LIB_FUZZING_ENGINE -o "$OUT/${name}_fuzz"
    (cd "corpus/$name" && python3 -m zipfile -c "$OUT/${name}_fuzz_seed_corpus.zip" ./*)
    [ ! -e "dictionaries/$name" ] || cp "dictionaries/$name" "$OUT/${name}_fuzz.dict"
done
