# NetRaven in a container: supercronic wakes it every minute, the database says what is due.
#   docker build -t netraven .          How to run it: docs/how-to/container.md

# The wheel, and an environment with it and PostgreSQL's driver, at the versions that the tests ran with.
FROM docker.io/library/python:3.10-slim AS builder
ENV PIP_CONSTRAINT=/src/requirements-dev.lock \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY pyproject.toml requirements-dev.lock README.md config.yml ./
COPY units units
COPY netraven_cli netraven_cli
RUN python -m pip wheel --no-deps --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/netraven \
 && set -- /wheels/netraven-*.whl \
 && python -m pip --python /opt/netraven/bin/python install "$1[postgres]"

# The released binary. Upstream publishes no SHA256; these two are what other public Dockerfiles pin.
FROM docker.io/library/python:3.10-slim AS supercronic
ARG TARGETARCH
ARG SUPERCRONIC_RELEASE=https://github.com/aptible/supercronic/releases/download/v0.2.48
RUN arch="${TARGETARCH:-$(dpkg --print-architecture)}" \
 && case "$arch" in \
      amd64) sha256=88c1b66b94c486f972fdd1a4d1f901e3e75ff04f749cddd60c5db573e3a33c6c ;; \
      arm64) sha256=50ae8755e04fa72812d0a1bc47a112a856811cc91cce7b6c875c378a850788bc ;; \
      *) echo "no digest of supercronic is known for $arch" >&2; exit 1 ;; \
    esac \
 && python -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' \
      "$SUPERCRONIC_RELEASE/supercronic-linux-$arch" /supercronic \
 && echo "$sha256  /supercronic" > /supercronic.sha256 \
 && sha256sum --check /supercronic.sha256 \
 && chmod 0755 /supercronic

FROM docker.io/library/python:3.10-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 netraven \
 && useradd --uid 10001 --gid 10001 --home-dir /app/data --no-create-home --shell /usr/sbin/nologin netraven \
 && install -d -o 10001 -g 10001 -m 0700 /app/data /app/data/netmiko_logs /app/logs
COPY --from=supercronic /supercronic /usr/local/bin/supercronic
COPY --from=builder /opt/netraven /opt/netraven
COPY docker/entrypoint.sh docker/healthcheck.sh /usr/local/lib/netraven/
COPY --chown=10001:10001 config.yml /app/config.yml
RUN chmod 0600 /app/config.yml

# The places are those of the volumes below, whatever a mounted config.yml says.
ENV HOME=/app/data \
    NETMIKO_LOG_DIR=/app/data/netmiko_logs \
    NETRAVEN_CONFIG=/app/config.yml \
    NETRAVEN_DATA_DIR=/app/data \
    NETRAVEN_ENV=prod \
    NETRAVEN_LOGGING__DIR=/app/logs \
    PATH=/opt/netraven/bin:/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
USER 10001:10001
VOLUME ["/app/data", "/app/data/netmiko_logs", "/app/logs"]
HEALTHCHECK --interval=2m --timeout=30s --start-period=2m --retries=3 CMD ["/usr/local/lib/netraven/healthcheck.sh"]
ENTRYPOINT ["/usr/local/lib/netraven/entrypoint.sh"]
