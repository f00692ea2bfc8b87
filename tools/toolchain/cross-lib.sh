# shellcheck shell=bash
# Used by the scripts beside it; sourced, never run.
#
# What it provides: a Rust compiler that HAS the standard library for a target that the installed rustup
# toolchain lacks, on a machine that can install Debian packages and crates but cannot reach the rustup server.
# How: Debian's security suite ships a current compiler (rustc-web) together with the library source it was
# built from (rust-web-src). Both are unpacked into a private folder, the standard library is compiled once for
# the wanted target and put where rustc looks for it. From then on the target behaves as if rustup had added it:
# no nightly flags, no -Zbuild-std, no RUSTC_BOOTSTRAP in the project's own builds.

MIN_RUST=${MIN_RUST:-1.92}          # oldest compiler worth unpacking
JOBS=${JOBS:-2}

say()  { printf '[toolchain] %s\n' "$*" >&2; }
note() { [ "${QUIET:-0}" = 1 ] || say "$@"; }      # what is as it was before
die()  { printf '[toolchain] error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
ver_ge() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }   # ver_ge A B: A >= B
took() { local t=$SECONDS; "$@"; say "   took $((SECONDS - t)) s"; }

default_prefix() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/rust-cross"; }

# Only one set-up at a time per prefix (two CI steps may start together).
lock_prefix() {
    mkdir -p "$PREFIX"
    PREFIX=$(cd "$PREFIX" && pwd)
    exec 9>"$PREFIX/.lock"
    if have flock && ! flock -n 9; then say "waiting for another set-up in $PREFIX"; flock 9; fi
}

# The cargo/rustc of the caller, never our own wrappers.
host_tool() {
    local IFS=: d
    for d in $PATH; do
        [ "$d" = "$PREFIX/bin" ] && continue
        [ -x "$d/$1" ] && { printf '%s\n' "$d/$1"; return 0; }
    done
    return 1
}

# target_installed RUSTC TARGET: does this compiler already have that target's standard library?
target_installed() {
    local dir
    dir=$("$1" --print target-libdir --target "$2" 2>/dev/null) || return 1
    compgen -G "$dir/libcore-*.r*" >/dev/null && { compgen -G "$dir/libstd*.r*" >/dev/null; }
}

# ---------------------------------------------------------------- Debian packages
apt_setup() {
    APT_OPTS=(-qq -o APT::Sandbox::User=root)
    if [ "$(id -u)" -ne 0 ]; then           # no root: keep package lists of our own
        mkdir -p "$PREFIX/apt/lists/partial" "$PREFIX/apt/cache/archives/partial"
        APT_OPTS+=(-o "Dir::State::Lists=$PREFIX/apt/lists" -o "Dir::Cache=$PREFIX/apt/cache")
    fi
}
apt_candidate() { apt-cache "${APT_OPTS[@]}" policy "$1" 2>/dev/null | awk '/Candidate:/ && $2 != "(none)" {print $2}'; }
# apt_dep PACKAGE REGEX: the first dependency of PACKAGE whose name matches
apt_dep() { apt-cache "${APT_OPTS[@]}" show --no-all-versions "$1" 2>/dev/null | awk -F': ' '/^Depends:/{print $2}' | tr ',|' '\n' | awk '{print $1}' | grep -Ex -m1 "$2" || true; }

apt_fetch() {   # apt_fetch PACKAGE... : .deb files into $PREFIX/debs, signatures checked by apt as usual
    mkdir -p "$PREFIX/debs"
    local p
    for p in "$@"; do
        compgen -G "$PREFIX/debs/${p%%=*}_*.deb" >/dev/null && continue
        (cd "$PREFIX/debs" && apt-get "${APT_OPTS[@]}" download "$p") || die "apt-get could not download $p"
    done
}

apt_install() {  # apt_install PACKAGE... : into the system; only when something is missing
    local p missing=()
    for p in "$@"; do dpkg -s "$p" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$p"); done
    [ ${#missing[@]} -eq 0 ] && return 0
    [ "$(id -u)" -eq 0 ] || die "these packages are needed; install them as root: ${missing[*]}"
    say "apt-get install ${missing[*]}"
    [ -n "$(apt_candidate "${missing[0]}")" ] || apt-get "${APT_OPTS[@]}" update >&2
    DEBIAN_FRONTEND=noninteractive apt-get "${APT_OPTS[@]}" -o DPkg::Lock::Timeout=600 \
        install -y --no-install-recommends "${missing[@]}" >&2
}

# ---------------------------------------------------------------- compiler
# Sets RUST_DIR (sysroot), RUST_SRC (library source), RUSTC_BIN.
ensure_compiler() {
    apt_setup
    local stamp=$PREFIX/compiler.stamp
    if [ -f "$stamp" ]; then
        RUST_DIR=$(cat "$stamp")
        if [ -x "$RUST_DIR/bin/rustc" ] && "$RUST_DIR/bin/rustc" -V >/dev/null 2>&1; then
            RUSTC_BIN=$RUST_DIR/bin/rustc; RUST_SRC=$RUST_DIR/src/library
            note "compiler: $("$RUSTC_BIN" -V) (already unpacked)"
            return 0
        fi
    fi
    { have apt-get && have dpkg-deb; } || die "no apt here: install the target with 'rustup target add' instead"
    local v; v=$(apt_candidate rustc-web)
    if [ -z "$v" ] || ! ver_ge "${v%%+*}" "$MIN_RUST"; then
        say "refreshing apt's package lists"; apt-get "${APT_OPTS[@]}" update >&2 || say "apt-get update reported a problem; going on"
        v=$(apt_candidate rustc-web)
    fi
    [ -n "$v" ] || die "apt has no rustc-web package: this fallback needs Debian's security suite"
    ver_ge "${v%%+*}" "$MIN_RUST" || die "apt offers rustc-web $v, older than $MIN_RUST"
    local short=${v%%+*} std llvm lld
    std=$(apt_dep rustc-web 'libstd-rust-web-dev'); std=$(apt_dep "${std:-libstd-rust-web-dev}" 'libstd-rust-web-[0-9.]+')
    llvm=$(apt_dep "$std" 'libllvm[0-9]+')
    { [ -n "$std" ] && [ -n "$llvm" ]; } || die "cannot read rustc-web's dependencies ($std, $llvm)"
    lld=lld-${llvm#libllvm}
    say "downloading rustc-web $v, its source, $llvm and $lld"
    took apt_fetch "rustc-web=$v" "libstd-rust-web-dev=$v" "$std=$v" "rust-web-src=$v" "$llvm" "$lld"
    RUST_DIR=$PREFIX/rust-$short
    say "unpacking into $RUST_DIR"
    local st=$PREFIX/stage; rm -rf "$st" "$RUST_DIR"; mkdir -p "$st" "$RUST_DIR"/{bin,lib,libexec,src}
    local p; for p in rustc-web libstd-rust-web-dev "$std" rust-web-src "$llvm" "$lld"; do
        dpkg-deb -x "$(ls -t "$PREFIX/debs/${p}"_*.deb | head -n1)" "$st"
    done
    local multi; multi=$(dirname "$(find "$st/usr/lib" -name 'librustc_driver-*.so' | head -n1)")
    cp -a "$multi"/*.so* "$RUST_DIR/lib/"
    cp -a "$st/usr/lib/rustlib" "$RUST_DIR/lib/"
    rm -rf "$RUST_DIR/lib/rustlib/src"
    mv "$st/usr/bin/rustc" "$st/usr/bin/rustdoc" "$RUST_DIR/libexec/"
    mv "$(find "$st/usr/src" -mindepth 2 -maxdepth 2 -name library -type d | head -n1)" "$RUST_DIR/src/library"
    local hostbin; hostbin=$(dirname "$(find "$RUST_DIR/lib/rustlib" -maxdepth 2 -path '*linux*/lib' -type d | head -n1)")/bin
    mkdir -p "$hostbin"; rm -f "$hostbin/rust-lld"
    cp -L "$st/usr/lib/llvm-${llvm#libllvm}/bin/lld" "$hostbin/rust-lld"
    local t; for t in rustc rustdoc; do
        cat > "$RUST_DIR/bin/$t" <<W
#!/bin/sh
LD_LIBRARY_PATH="$RUST_DIR/lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" exec "$RUST_DIR/libexec/$t" "\$@"
W
        chmod +x "$RUST_DIR/bin/$t"
    done
    # One change to the source: std as a plain library only (its shared form would need a linker for the target).
    sed -i 's/crate-type = \["dylib", "rlib"\]/crate-type = ["rlib"]/' "$RUST_DIR/src/library/std/Cargo.toml"
    rm -rf "$st"
    RUSTC_BIN=$RUST_DIR/bin/rustc; RUST_SRC=$RUST_DIR/src/library
    "$RUSTC_BIN" -V >/dev/null || die "the unpacked compiler does not start (a shared library is missing: see ldd $RUST_DIR/lib/librustc_driver-*.so)"
    printf '%s\n' "$RUST_DIR" > "$stamp"
    [ "${KEEP_DEBS:-0}" = 1 ] || rm -rf "$PREFIX/debs"
    say "compiler: $("$RUSTC_BIN" -V)"
}

# ensure_std TARGET [build|check] [cargo arguments]: compile the standard library once.
# 'check' makes type information only: enough for cargo check, and no linker is ever needed.
ensure_std() {
    local target=$1 mode=${2:-build}; shift; shift || true
    local dir=$RUST_DIR/lib/rustlib/$target/lib key
    key="r2 $("$RUSTC_BIN" -V) $mode $*"
    if [ -f "$dir/.made" ] && [ "$(cat "$dir/.made")" = "$key" ]; then note "standard library for $target: already there"; return 0; fi
    local cargo; cargo=$(host_tool cargo) || die "cargo is not on PATH"
    say "compiling the standard library for $target ($mode, -j$JOBS)"
    local td=$PREFIX/build-std t0=$SECONDS ext=rlib
    [ "$mode" = check ] && ext=rmeta
    rm -rf "${td:?}/$target"
    (cd "$RUST_SRC" && unset RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS &&
        CARGO_TARGET_DIR=$td CARGO_INCREMENTAL=0 RUSTC=$RUSTC_BIN RUSTC_BOOTSTRAP=1 \
        RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes --remap-path-prefix=$RUST_SRC=/rustc/library --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=/rust/deps" \
        "$cargo" "$mode" -q -j"$JOBS" --locked --manifest-path sysroot/Cargo.toml --release --target "$target" "$@") ||
        die "the standard library for $target did not compile"
    rm -rf "$dir"; mkdir -p "$dir"
    cp "$td/$target/release/deps/"*."$ext" "$dir/"
    rm -rf "$td"
    printf '%s' "$key" > "$dir/.made"
    say "   took $((SECONDS - t0)) s"
}

# Wrappers in $PREFIX/bin: `cargo`, `rustc`, `rustdoc` that use the prepared compiler; plus env.sh to source.
write_wrappers() {
    mkdir -p "$PREFIX/bin" "$PREFIX/env.d"
    cat > "$PREFIX/bin/cargo" <<W
#!/bin/sh
# Runs the machine's own cargo with the compiler prepared in $PREFIX.
for f in "$PREFIX"/env.d/*.sh; do [ -r "\$f" ] && . "\$f"; done
IFS=:; for d in \$PATH; do [ "\$d" = "$PREFIX/bin" ] || { [ -x "\$d/cargo" ] && { unset IFS; exec "\$d/cargo" "\$@"; }; }; done
echo "cargo is not on PATH" >&2; exit 127
W
    local t; for t in rustc rustdoc; do
        printf '#!/bin/sh\nexec "%s" "$@"\n' "$RUST_DIR/bin/$t" > "$PREFIX/bin/$t"
    done
    chmod +x "$PREFIX/bin/"{cargo,rustc,rustdoc}
    cat > "$PREFIX/env.d/00-compiler.sh" <<W
export RUSTC="$RUST_DIR/bin/rustc" RUSTDOC="$RUST_DIR/bin/rustdoc"
W
    cat > "$PREFIX/env.sh" <<W
# source this: puts the prepared cargo first on PATH
case ":\$PATH:" in *":$PREFIX/bin:"*) ;; *) PATH="$PREFIX/bin:\$PATH"; export PATH;; esac
W
}

# The same wrappers when the machine's own compiler has the target already.
write_plain_wrappers() {
    mkdir -p "$PREFIX/bin" "$PREFIX/env.d"; rm -f "$PREFIX/env.d/00-compiler.sh"
    local t p; for t in cargo rustc rustdoc; do
        p=$(host_tool $t) || continue
        printf '#!/bin/sh\nfor f in "%s"/env.d/*.sh; do [ -r "$f" ] && . "$f"; done\nexec "%s" "$@"\n' "$PREFIX" "$p" > "$PREFIX/bin/$t"; chmod +x "$PREFIX/bin/$t"
    done
    cat > "$PREFIX/env.sh" <<W
case ":\$PATH:" in *":$PREFIX/bin:"*) ;; *) PATH="$PREFIX/bin:\$PATH"; export PATH;; esac
W
}
