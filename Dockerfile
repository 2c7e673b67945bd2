# syntax=docker/dockerfile:1
# One image for web, workers and clock. PyTorch comes as the package index gives it (with CUDA on x86-64); for a small
# image without CUDA name PyTorch's CPU index: --build-arg PIP_EXTRA_INDEX_URL=...
FROM python:3.11-slim AS wheels
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_EXTRA_INDEX_URL=${PIP_EXTRA_INDEX_URL} PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
WORKDIR /build
COPY requirements.txt constraints.txt ./
RUN /opt/venv/bin/pip install -r requirements.txt -c constraints.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SEGUE_DATA=/data \
    NUMBA_CACHE_DIR=/data/cache/numba
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin segue \
    && install -d -o segue -g segue -m 0750 /data \
    && install -d -o segue -g segue -m 0755 /data/media /data/models
COPY --from=wheels /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY accounts ./accounts
COPY catalog ./catalog
COPY config ./config
COPY recommender ./recommender
COPY static ./static
COPY templates ./templates
RUN python -m compileall -q /app
USER segue
VOLUME ["/data", "/data/media", "/data/models"]
EXPOSE 8000
CMD ["granian", "config.asgi:application", "--interface", "asginl", "--no-ws", "--host", "0.0.0.0", "--port", "8000", "--respawn-failed-workers"]
