#!/usr/bin/env bash
# Makes `cargo build --target wasm32-unknown-unknown` work, with a matching wasm-bindgen and a wasm-opt.
# Idempotent: a second call with the same prefix only checks and returns in about a second. See README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cross-lib.sh
. "$here/cross-lib.sh"

usage() {
    cat <<'U'
usage: wasm-toolchain.sh [options]
  --prefix DIR         where everything is kept (default: $XDG_CACHE_HOME or ~/.cache, then rust-cross)
  --bindgen VERSION    wasm-bindgen command line of this version (must equal the crate's version)
  --lock FILE          read that version from a Cargo.lock instead
  --no-bindgen         no wasm-bindgen command line
  --wasm-opt VERSION   wasm-opt from the npm package `binaryen` (default: 132.0.0)
  --no-wasm-opt        no wasm-opt
  --try-rustup         first ask rustup to add the target (fails at once where its server is out of reach)
  --quiet              say only what takes time
  --force-fallback     ignore a wasm32 standard library that the machine's compiler already has
Afterwards: source PREFIX/env.sh, or call PREFIX/bin/cargo, PREFIX/bin/wasm-bindgen, PREFIX/bin/wasm-opt.
U
}
PREFIX=$(default_prefix) BINDGEN='' LOCK='' WANT_BINDGEN=1 WASMOPT=132.0.0 WANT_OPT=1 TRY_RUSTUP=0 FORCE=0
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) PREFIX=$2; shift;;
        --bindgen) BINDGEN=$2; shift;;
        --lock) LOCK=$2; shift;;
        --no-bindgen) WANT_BINDGEN=0;;
        --wasm-opt) WASMOPT=$2; shift;;
        --no-wasm-opt) WANT_OPT=0;;
        --try-rustup) TRY_RUSTUP=1;;
        --quiet) QUIET=1;;
        --force-fallback) FORCE=1;;
        -h|--help) usage; exit 0;;
        *) usage >&2; exit 2;;
    esac; shift
done
TARGET=wasm32-unknown-unknown
lock_prefix
CARGO=$(host_tool cargo) || die "cargo is not on PATH"
RUSTC0=$(host_tool rustc || true)

# 1. The target's standard library.
if [ "$FORCE" = 0 ] && [ -n "$RUSTC0" ] && ! target_installed "$RUSTC0" $TARGET && [ "$TRY_RUSTUP" = 1 ] && have rustup; then
    say "asking rustup for $TARGET"; rustup target add $TARGET >&2 || say "rustup could not; going on"
fi
if [ "$FORCE" = 0 ] && [ -n "$RUSTC0" ] && target_installed "$RUSTC0" $TARGET; then
    note "the machine's own compiler has $TARGET: $("$RUSTC0" -V)"
    write_plain_wrappers
else
    note "the machine's compiler has no $TARGET; using Debian's compiler and its library source"
    ensure_compiler
    # A page waits for the module: sorting and number formatting of the library come in their small forms.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=z ensure_std $TARGET build --features optimize_for_size
    write_wrappers
fi

# 2. wasm-bindgen. Its version must equal the wasm-bindgen crate's in the project's Cargo.lock.
if [ "$WANT_BINDGEN" = 1 ]; then
    if [ -z "$BINDGEN" ] && [ -n "$LOCK" ]; then
        BINDGEN=$(awk '$0=="name = \"wasm-bindgen\""{getline; gsub(/[^0-9.]/,""); print; exit}' "$LOCK")
        [ -n "$BINDGEN" ] || die "$LOCK names no wasm-bindgen"
    fi
    BINDGEN=${BINDGEN:-0.2.130}
    dest=$PREFIX/wasm-bindgen-$BINDGEN
    if [ -x "$dest/bin/wasm-bindgen" ]; then
        note "wasm-bindgen $BINDGEN: already there"
    else
        say "compiling wasm-bindgen-cli $BINDGEN"
        t0=$SECONDS
        # Not --locked: the package's own lock file can name a release newer than the registry copy here has.
        # Unoptimised: half the compile time, and it still handles a module in well under a second.
        (cd "$PREFIX" && unset RUSTC RUSTDOC RUSTFLAGS RUSTC_WRAPPER CARGO_BUILD_TARGET
            CARGO_TARGET_DIR=$PREFIX/build-bindgen CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_OPT_LEVEL=${BINDGEN_OPT:-0} CARGO_INCREMENTAL=0 \
            "$CARGO" install -q --debug -j"$JOBS" --no-default-features --root "$dest" --version "=$BINDGEN" wasm-bindgen-cli) ||
            die "wasm-bindgen-cli $BINDGEN did not compile"
        rm -rf "$PREFIX/build-bindgen"
        say "   took $((SECONDS - t0)) s"
    fi
    for b in wasm-bindgen wasm-bindgen-test-runner; do ln -sfn "$dest/bin/$b" "$PREFIX/bin/$b"; done
    # cargo test --target wasm32-unknown-unknown runs #[wasm_bindgen_test] functions under node
    printf 'export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER="${CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER:-%s}"\n' \
        "$PREFIX/bin/wasm-bindgen-test-runner" > "$PREFIX/env.d/10-wasm.sh"
fi

# 3. wasm-opt. Debian 12's binaryen (108) is NOT used: it writes broken modules for today's wasm-bindgen
#    (it mixes up the externref and the function table). The npm package runs under node.
if [ "$WANT_OPT" = 1 ]; then
    have npm && have node || die "node and npm are needed for wasm-opt (or pass --no-wasm-opt)"
    dest=$PREFIX/binaryen-$WASMOPT
    if [ -e "$dest/node_modules/.bin/wasm-opt" ]; then
        note "wasm-opt (binaryen $WASMOPT): already there"
    else
        say "installing binaryen $WASMOPT from npm"
        mkdir -p "$dest"; printf '{"private":true}\n' > "$dest/package.json"
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$dest" "binaryen@$WASMOPT" >&2
    fi
    ln -sfn "$dest/node_modules/.bin/wasm-opt" "$PREFIX/bin/wasm-opt"
fi
note "ready. Use it with:  . $PREFIX/env.sh"
