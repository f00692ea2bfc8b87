#!/usr/bin/env bash
# Makes `cargo check --target aarch64-apple-darwin` (or x86_64-apple-darwin) work: type checking only, no linking,
# nothing can be run. C code in dependencies is not compiled at all (a stand-in cc makes empty objects).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cross-lib.sh
. "$here/cross-lib.sh"
PREFIX=$(default_prefix) TARGETS=()
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) PREFIX=$2; shift;;
        --target) TARGETS+=("$2"); shift;;
        --quiet) QUIET=1;;
        *) echo "usage: macos-check.sh [--prefix DIR] [--quiet] [--target aarch64-apple-darwin]..." >&2; [ "$1" = --help ] && exit 0; exit 2;;
    esac; shift
done
[ ${#TARGETS[@]} -gt 0 ] || TARGETS=(aarch64-apple-darwin)
lock_prefix
host_tool cargo >/dev/null || die "cargo is not on PATH"
ensure_compiler
for t in "${TARGETS[@]}"; do ensure_std "$t" check --features backtrace; done
write_wrappers
mkdir -p "$PREFIX/check-only"
cat > "$PREFIX/check-only/cc" <<'W'
#!/bin/sh
# Stand-in C compiler for cargo check: answers questions with the real cc, "compiles" to empty files.
for a in "$@"; do case $a in -E|--version|-v|-dumpmachine|-print-*) exec cc "$@";; esac; done
out= prev=
for a in "$@"; do [ "$prev" = -o ] && out=$a; prev=$a; done
[ -z "$out" ] || : > "$out"
W
cat > "$PREFIX/check-only/ar" <<'W'
#!/bin/sh
for a in "$@"; do case $a in *.a) [ -e "$a" ] || printf '!<arch>\n' > "$a"; break;; esac; done
W
chmod +x "$PREFIX/check-only/"{cc,ar}
: > "$PREFIX/env.d/30-macos-check.sh"
for t in "${TARGETS[@]}"; do u=${t//-/_}
    printf 'export CC_%s="%s/check-only/cc" CXX_%s="%s/check-only/cc" AR_%s="%s/check-only/ar"\n' "$u" "$PREFIX" "$u" "$PREFIX" "$u" "$PREFIX" >> "$PREFIX/env.d/30-macos-check.sh"
done
note "ready. Use it with:  $PREFIX/bin/cargo check --target ${TARGETS[0]}"
