# Byleave in a container: Python and what the locks name, run by a user who owns nothing but the data.
#
#   docker build -t byleave .
#   docker run -p 8000:8000 -v byleave:/data -e BYLEAVE_DEMO=1 byleave
#   docker run -v byleave:/data byleave byleave keys list

ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
WORKDIR /src
# What changes seldom comes first, so that a change of the code installs nothing again.
COPY requirements/build.lock requirements/runtime.lock requirements/
RUN python -m venv /tools \
    && /tools/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: \
        -r requirements/build.lock \
    && python -m venv --without-pip /byleave \
    && /tools/bin/python -m pip --python /byleave/bin/python install --no-cache-dir --no-deps --require-hashes \
        --only-binary :all: -r requirements/runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY consent consent
COPY recommender recommender
COPY service service
COPY migrations migrations
RUN /tools/bin/python -m hatchling build -t wheel -d /wheel \
    && /tools/bin/python -m pip --python /byleave/bin/python install --no-cache-dir --no-deps --no-index /wheel/*.whl

FROM ${PYTHON}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin byleave \
    && install --directory --owner=byleave --mode=0700 /data
COPY --from=build /byleave /byleave
ENV PATH="/byleave/bin:${PATH}" \
    PYTHONUNBUFFERED=1 \
    BYLEAVE_HOST=0.0.0.0 \
    BYLEAVE_DATABASE_URL=sqlite:////data/byleave.db \
    BYLEAVE_ADMIN_KEY_FILE=/data/admin_key
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD ["python", "-c", "\
import os, urllib.request; \
urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"BYLEAVE_PORT\", \"8000\")}/readyz', timeout=2)"]
# Brings the database up to date, loads the demo shop if it is asked for, and becomes the server, which thus
# gets the signals. Needs no shell.
CMD ["python", "-c", "\
import os, subprocess, sys; \
demo = os.environ.get('BYLEAVE_DEMO', '0') not in ('', '0', 'false', 'no', 'off'); \
steps = ['migrate', 'demo'] if demo else ['migrate']; \
failed = any(subprocess.call(['byleave', step]) for step in steps); \
sys.exit(1) if failed else os.execvp('byleave', ['byleave', 'serve'])"]
