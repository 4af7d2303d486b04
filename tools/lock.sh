#!/bin/sh
# Resolve pyproject.toml (with the dev extra) into requirements.lock, with hashes and without index addresses.
set -eu
venv=$1
"$venv/bin/pip" install --quiet --disable-pip-version-check uv
"$venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-header --extra dev --output-file requirements.lock pyproject.toml tools/build-requirements.in
