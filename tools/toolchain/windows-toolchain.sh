#!/usr/bin/env bash
# Makes `cargo build --target x86_64-pc-windows-gnu` work on Debian, and optionally runs the result under wine.
# Idempotent. See README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=cross-lib.sh
. "$here/cross-lib.sh"

usage() {
    cat <<'U'
usage: windows-toolchain.sh [options]
  --prefix DIR      where everything is kept (the same folder as wasm-toolchain.sh's is best: the compiler is shared)
  --wine            also install wine (64-bit), make a private wine folder in the prefix and a `wine-run` wrapper;
                    cargo run/test --target x86_64-pc-windows-gnu then go through it
  --printer NAME=FILE   (with --wine; repeatable) a test print queue whose raw jobs are written to FILE
  --installers      also install makensis (NSIS) and wixl (MSI)
  --try-rustup, --force-fallback   as in wasm-toolchain.sh
  --quiet               say only what takes time
Afterwards: source PREFIX/env.sh, or call PREFIX/bin/cargo.
U
}
PREFIX=$(default_prefix) WINE=0 INSTALLERS=0 TRY_RUSTUP=0 FORCE=0 PRINTERS=()
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) PREFIX=$2; shift;;
        --wine) WINE=1;;
        --printer) PRINTERS+=("$2"); WINE=1; shift;;
        --installers) INSTALLERS=1;;
        --try-rustup) TRY_RUSTUP=1;;
        --force-fallback) FORCE=1;;
        --quiet) QUIET=1;;
        -h|--help) usage; exit 0;;
        *) usage >&2; exit 2;;
    esac; shift
done
TARGET=x86_64-pc-windows-gnu
lock_prefix
apt_setup
host_tool cargo >/dev/null || die "cargo is not on PATH"
RUSTC0=$(host_tool rustc || true)

# 1. The C compiler and linker for Windows (ring's and SQLite's C code need it too).
have x86_64-w64-mingw32-gcc || apt_install gcc-mingw-w64-x86-64-win32 mingw-w64-x86-64-dev binutils-mingw-w64-x86-64

# 2. The target's standard library.
if [ "$FORCE" = 0 ] && [ -n "$RUSTC0" ] && ! target_installed "$RUSTC0" $TARGET && [ "$TRY_RUSTUP" = 1 ] && have rustup; then
    say "asking rustup for $TARGET"; rustup target add $TARGET >&2 || say "rustup could not; going on"
fi
if [ "$FORCE" = 0 ] && [ -n "$RUSTC0" ] && target_installed "$RUSTC0" $TARGET; then
    note "the machine's own compiler has $TARGET: $("$RUSTC0" -V)"
    [ -f "$PREFIX/compiler.stamp" ] || write_plain_wrappers
else
    ensure_compiler
    ensure_std $TARGET build --features backtrace
    lib=$RUST_DIR/lib/rustlib/$TARGET/lib
    for o in rsbegin rsend; do          # start and end objects of the unwind tables
        [ -f "$lib/$o.o" ] || RUSTC_BOOTSTRAP=1 "$RUSTC_BIN" -Copt-level=2 --target $TARGET --crate-type=lib --emit=obj \
            -o "$lib/$o.o" "$RUST_SRC/rtstartup/$o.rs"
    done
    write_wrappers
fi
cat > "$PREFIX/env.d/20-windows.sh" <<'W'
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER="${CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER:-x86_64-w64-mingw32-gcc}"
W

# 3. wine: for tests only.
if [ "$WINE" = 1 ]; then
    apt_install wine64 wine
    export WINEPREFIX=$PREFIX/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe=d"
    cat > "$PREFIX/bin/wine-run" <<W
#!/bin/sh
# Runs a Windows program under the private wine folder, without a display.
export WINEPREFIX="\${WINEPREFIX:-$PREFIX/wine}" WINEDEBUG="\${WINEDEBUG:--all}" WINEDLLOVERRIDES="\${WINEDLLOVERRIDES:-mscoree=;mshtml=;winemenubuilder.exe=d}"
unset DISPLAY WAYLAND_DISPLAY
exec wine "\$@"
W
    chmod +x "$PREFIX/bin/wine-run"
    printf 'export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="${CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER:-%s}"\n' "$PREFIX/bin/wine-run" >> "$PREFIX/env.d/20-windows.sh"
    if [ ! -f "$WINEPREFIX/system.reg" ]; then
        say "making a wine folder"; mkdir -p "$WINEPREFIX"
        (unset DISPLAY; timeout 300 wineboot -i >/dev/null 2>&1 9>&-) || die "wineboot failed"
        (unset DISPLAY; timeout 60 wineserver -w 9>&-) || true   # 9: never let wine's server hold our lock
    fi
    sys32=$WINEPREFIX/drive_c/windows/system32
    if [ ! -f "$sys32/bcryptprimitives.dll" ]; then   # wine before 9 lacks it; Rust's std imports ProcessPrng from it
        say "adding the bcryptprimitives.dll that this wine lacks"
        cat > "$PREFIX/bcp.c" <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n)
{
    while (n) {
        ULONG k = n > 0x10000000 ? 0x10000000 : (ULONG)n;
        if (!SystemFunction036(p, k)) return FALSE;
        p += k; n -= k;
    }
    return TRUE;
}
C
        x86_64-w64-mingw32-gcc -O2 -s -shared -o "$sys32/bcryptprimitives.dll" "$PREFIX/bcp.c" -ladvapi32
    fi
    if [ ${#PRINTERS[@]} -gt 0 ]; then
        cat > "$PREFIX/addprn.c" <<'C'
#include <windows.h>
#include <winspool.h>
int wmain(int c, wchar_t **v)
{
    DRIVER_INFO_3W d = {0};
    d.cVersion = 3; d.pName = L"Raw Test Driver"; d.pDriverPath = d.pConfigFile = L"wineps.drv";
    d.pDataFile = L"<datafile?>"; d.pDefaultDataType = L"RAW";
    AddPrinterDriverExW(NULL, 3, (LPBYTE)&d, APD_COPY_NEW_FILES | APD_COPY_FROM_DIRECTORY);
    PRINTER_INFO_2W p = {0};
    if (c < 3) return 2;
    p.pPrinterName = v[1]; p.pPortName = v[2]; p.pDriverName = L"Raw Test Driver";
    p.pPrintProcessor = L"WinPrint"; p.pDatatype = L"RAW"; p.Attributes = PRINTER_ATTRIBUTE_LOCAL;
    HANDLE h = AddPrinterW(NULL, 2, (LPBYTE)&p);
    if (!h && GetLastError() != ERROR_PRINTER_ALREADY_EXISTS) return 1;
    SetDefaultPrinterW(v[1]);
    return 0;
}
C
        x86_64-w64-mingw32-gcc -O2 -municode -s -o "$PREFIX/addprn.exe" "$PREFIX/addprn.c" -lwinspool
        for p in "${PRINTERS[@]}"; do
            say "wine print queue '${p%%=*}' -> ${p#*=}"
            timeout 60 "$PREFIX/bin/wine-run" "$PREFIX/addprn.exe" "${p%%=*}" "${p#*=}" 2>/dev/null 9>&- || die "could not add the queue ${p%%=*}"
        done
    fi
fi

# 4. Installers.
if [ "$INSTALLERS" = 1 ]; then
    have makensis || apt_install nsis
    have wixl || apt_install wixl
fi
note "ready. Use it with:  . $PREFIX/env.sh"
