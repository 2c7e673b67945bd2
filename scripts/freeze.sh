#!/usr/bin/env bash
# Write down what .venv holds as constraints.txt, so that everybody gets this one resolution.
# The suffix that names a build (torch 2.13.0+cpu) is left off: another machine takes another build of that version.
set -euo pipefail
cd "$(dirname "$0")/.."
{
    echo "# The whole resolution; made by scripts/freeze.sh after a change of requirements*.txt."
    .venv/bin/python -m pip freeze --disable-pip-version-check | sed -E 's/\+[A-Za-z0-9.]+$//'
} >constraints.txt
