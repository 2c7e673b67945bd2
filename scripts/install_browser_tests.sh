#!/usr/bin/env bash
# axe-core for the accessibility tests, unpacked below node_modules/; only if it is missing. No package manager needed
# but npm itself, and nothing of it is ever served.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.14.1
sha512=FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==
target=node_modules/axe-core

if [[ -f $target/axe.min.js ]] && grep -q "\"version\": \"$version\"" "$target/package.json"; then
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "The accessibility tests need axe-core, and npm to fetch it: apt-get install npm" >&2
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm pack --silent --pack-destination "$folder" "axe-core@$version" >/dev/null
archive=$folder/axe-core-$version.tgz
if [[ $(openssl dgst -sha512 -binary "$archive" | base64 -w0) != "$sha512" ]]; then
    echo "axe-core $version is not the file that these tests were written with" >&2
    exit 1
fi
rm -rf "$target"
mkdir -p "$target"
tar -xzf "$archive" -C "$target" --strip-components=1 package/axe.min.js package/package.json package/LICENSE
