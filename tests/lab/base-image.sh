#!/bin/bash
# Make a local stand-in for docker.io/library/python:3.10-slim(-bookworm) where no container registry is reached.
# usage: WORK=DIR PY=PREFIX_OF_A_CPYTHON_3.10 [PODMAN_OPTS=…] base-image.sh      needs: apt packages mmdebstrap, podman
set -euo pipefail
W=${WORK:?a scratch folder}; PY=${PY:?the prefix of a CPython 3.10 (pyenv: $(pyenv prefix 3.10.13))}
rm -rf "$W"; mkdir -p "$W"
# the libraries that CPython's extension modules link against, and what the real slim image has
PK=ca-certificates,netbase,tzdata,libbz2-1.0,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,libuuid1,zlib1g,libtirpc3,libnsl2,libexpat1,libgdbm6,libdb5.3
# the machine's own apt sources (no host name is written here)
awk -v RS= '/Suites: *bookworm/ {print $0 "\n"}' /etc/apt/sources.list.d/debian.sources > "$W/debian.sources"
mmdebstrap --quiet --variant=minbase --include=$PK --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  bookworm "$W/root" "$W/debian.sources"
mkdir -p "$W/root/usr/local"; cp -a "$PY/." "$W/root/usr/local/"
rm -rf "$W"/root/usr/local/lib/python3*/test "$W"/root/usr/local/lib/python3*/config-3*
find "$W/root/usr/local" -name __pycache__ -prune -exec rm -rf {} +
sed -i '1s|^#!.*/bin/python3.*|#!/usr/local/bin/python3|' "$W"/root/usr/local/bin/* 2>/dev/null || true
rm -rf "$W"/root/var/cache/apt/archives/*.deb "$W"/root/var/lib/apt/lists/* "$W"/root/var/log/*.log
chroot "$W/root" ldconfig
chroot "$W/root" /usr/local/bin/python3 -c "import ssl,sqlite3,ctypes,lzma,bz2,readline,zoneinfo; print(ssl.OPENSSL_VERSION)"
read -ra options <<< "${PODMAN_OPTS:-}"
tar -C "$W/root" --one-file-system -c . | podman "${options[@]}" import -q -c 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin' -c 'ENV LANG=C.UTF-8' -c 'CMD ["python3"]' - docker.io/library/python:3.10-slim-bookworm
podman "${options[@]}" tag docker.io/library/python:3.10-slim-bookworm docker.io/library/python:3.10-slim
