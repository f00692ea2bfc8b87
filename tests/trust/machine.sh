#!/bin/sh
# Runs a command on a machine of its own as far as an installation can reach: what is written to
# /etc, /var/lib and /usr/local/share is gone when the command ends. Needs a mount namespace:
#   unshare --mount sh tests/trust/machine.sh COMMAND...
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
# Whoever is not root cannot read all of it, and need not.
cp -dR --preserve=mode,timestamps /etc /mnt/etc 2>/dev/null || true
# Nothing of the real machine's policies, and no hooks that reach into its packages.
rm -rf /mnt/etc/chromium/policies /mnt/etc/firefox /mnt/etc/platen /mnt/etc/ca-certificates/update.d
touch /mnt/etc/platen-test-machine
mount --bind /mnt/etc /etc
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /usr/local/share
mkdir /usr/local/share/ca-certificates
exec "$@"
