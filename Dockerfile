# Stage 1 makes wheels of what the lock file names, by hash, and of the project itself.
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN pip wheel --no-cache-dir --require-hashes --wheel-dir /wheels -r requirements.txt
# The tool that builds the project is locked by hash like everything else.
RUN awk '/^setuptools==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements-dev.txt > builder.txt \
    && pip install --no-cache-dir --require-hashes -r builder.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
COPY docs/problems.md docs/problems.md
RUN pip wheel --no-cache-dir --no-build-isolation --no-deps --wheel-dir /wheels .

# Stage 2 has no compiler, no lock file and no source tree: the installed wheels and a user of its own.
FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --no-deps /wheels/*.whl \
    && pip uninstall --yes --quiet pip
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin passports \
    && install --directory --owner=passports --mode=0700 /data
ENV PASSPORTS_DATABASE_URL=sqlite:////data/passports.sqlite3 \
    PASSPORTS_ENCRYPTION_KEY_FILE=/data/encryption.key \
    PYTHONUNBUFFERED=1
USER passports
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD \
    ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["passports", "serve", "--host", "0.0.0.0", "--port", "8000"]
