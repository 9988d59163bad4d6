"""`python -m tests.embedded.fake_product MODE`: the supervisor with stand-ins for web and worker."""

import json
import os
import sys

from saas.embedded import product
from saas.embedded.child import Child
from saas.embedded.console import Stop, notice
from saas.embedded.paths import var_dir

PORT = int(os.environ["PORT"])
# Like a pool: a process that has one of its own and waits.
POOL = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); print('working'); time.sleep(600)"
DEMO = {
    "platform_url": f"http://localhost:{PORT}/",
    "logins": [
        {"who": "Owner", "url": "http://localhost/", "email": "olivia@x.example", "password": "p"}
    ],
}


def python(name: str, code: str, **options: object) -> Child:
    return Child(name, [sys.executable, "-u", "-c", code], **options)  # type: ignore[arg-type]


def web(body: str) -> Child:
    code = (
        "import http.server as h\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_response(200); self.end_headers()\n"
        f"{body}\n"
        f"h.HTTPServer(('127.0.0.1', {PORT}), H).serve_forever()"
    )
    return python("web", code, stage=2, ready=lambda pid: product.http_status(PORT, "/") == 200)


MODES = {
    "steady": ("", [web(""), python("worker", POOL, stage=2)]),
    "dies": (
        "",
        [
            web(""),
            python(
                "worker", "import time; time.sleep(0.3); raise SystemExit('out of luck')", stage=2
            ),
        ],
    ),
    "never-ready": ("", [web("print('no such table'); raise SystemExit(1)")]),
    "no-demo": ("print('bad migration'); raise SystemExit(9)", []),
}


def main() -> int:
    code, children = MODES[sys.argv[1]]
    var_dir().joinpath("demo.json").write_text(json.dumps(DEMO))
    try:
        return product.run(python("prepare", code), children, first_pause=0.05)
    except Stop as stop:
        notice(str(stop))
        return 1


if __name__ == "__main__":
    sys.exit(main())
