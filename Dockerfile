# One image for web, worker, beat and migrations. Neither compiler nor pip is in what runs.
FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/base.txt \
    && /opt/venv/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    TENANTRY_ENV=production TENANTRY_VAR=/srv/tenantry/var
RUN useradd --system --uid 10001 --home-dir /srv/tenantry --shell /usr/sbin/nologin tenantry \
    && install -d -o tenantry -g tenantry /srv/tenantry/var
WORKDIR /srv/tenantry
COPY --from=packages /opt/venv /opt/venv
COPY . .
USER tenantry
# Static files belong to the release. The settings want values here, but nothing connects to them.
RUN TENANTRY_SECRET_KEY=only-for-this-step TENANTRY_BASE_DOMAIN=build.invalid \
    DATABASE_URL=postgres://build.invalid/x REDIS_URL=redis://build.invalid/0 \
    TENANTRY_SMTP_URL=smtp://build.invalid python manage.py collectstatic --noinput --verbosity 0

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz/', timeout=4)"]
CMD ["gunicorn", "saas.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
    "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", \
    "--max-requests", "5000", "--max-requests-jitter", "500", "--access-logfile", "-"]
