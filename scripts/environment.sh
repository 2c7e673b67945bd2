#!/usr/bin/env bash
# Bring .venv up to date: `environment.sh runtime` or `environment.sh development`.
# Does nothing, quickly, when the requirements are the ones that were installed last.
set -euo pipefail
cd "$(dirname "$0")/.."

part=${1:-runtime}
files=(requirements.txt constraints.txt)
list=requirements.txt
if [[ $part == development ]]; then
    files+=(requirements-dev.txt)
    list=requirements-dev.txt
fi

is_311() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python; do
        if is_311 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    cat >&2 <<'MESSAGE'
Segue needs Python 3.11, and none was found.
  Debian 12, Ubuntu:  sudo apt-get install python3.11 python3.11-venv
  macOS:              brew install python@3.11
  anywhere:           pyenv install 3.11, or name one: make run PYTHON=/path/to/python3.11
MESSAGE
    return 1
}

if ! is_311 .venv/bin/python; then
    python=$(find_python)
    echo "making .venv with $("$python" --version)"
    if ! "$python" -m venv --clear .venv; then
        echo "$python cannot make a virtual environment; on Debian and Ubuntu: sudo apt-get install python3.11-venv" >&2
        exit 1
    fi
fi

wanted=$(cat "${files[@]}" | .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
stamp=.venv/.installed-$part
if [[ -f $stamp && $(cat "$stamp") == "$wanted" ]]; then
    exit 0
fi
echo "installing what $list names; the first time this takes some minutes"
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check -r "$list" -c constraints.txt
echo "$wanted" >"$stamp"
