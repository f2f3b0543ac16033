#!/bin/sh
# A system user for each process, and the folders as docs/operations.md («A user for each process») needs them. Read it, then
# run it as root; again after each restore, and as often as you like: it changes only what is not so yet.
#   BINHYEN_VAR=/opt/binhyen/var sh docs/users.sh
set -eu
var=${BINHYEN_VAR:?where the data lie}
keys=${BINHYEN_KEYS_DIR:-$var/keys}
getent group binhyen >/dev/null || groupadd --system binhyen         # files that people sent, learnt models
getent group binhyen-web >/dev/null || groupadd --system binhyen-web # the sockets between the gateway and the pages
for name in gateway pages worker sender custody; do
    case $name in
    gateway) groups=binhyen-web ;;
    pages | custody) groups=binhyen,binhyen-web ;;
    *) groups=binhyen ;;
    esac
    id "binhyen-$name" >/dev/null 2>&1 ||
        useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "binhyen-$name"
    usermod -G "$groups" "binhyen-$name"
    install -d -m 0711 "$var" "$keys"
    install -d -m 0700 -o "binhyen-$name" -g "binhyen-$name" "$keys/$name"
    chown -R "binhyen-$name:binhyen-$name" "$keys/$name"
    find "$keys/$name" -type f -exec chmod 0400 {} +
done
install -d -m 0700 "$keys/ceremony" # no process's: read by the commands of the operator alone
install -d -m 3770 -g binhyen-web "$var/run"
for folder in files models erased; do
    install -d -m 2770 -g binhyen "$var/$folder"
    chgrp -R binhyen "$var/$folder"
    find "$var/$folder" -type d -exec chmod 2770 {} + -o -type f -exec chmod 0660 {} +
done
[ -s "$var/secret_key" ] || (umask 077 && head -c 36 /dev/urandom | base64 -w0 >"$var/secret_key")
chown root:binhyen "$var/secret_key" && chmod 0440 "$var/secret_key"
