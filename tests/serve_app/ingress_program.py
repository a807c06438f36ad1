"""A program for ``test_deployment.py``: the real ingress on Ray Serve behind HAProxy, with no sessions behind it.

Ray freezes its variables at import, so this runs as a process of its own. Usage: ``python ingress_program.py``
with the settings in the environment; says ``ready`` on standard output, ends when standard input closes.
"""

from __future__ import annotations

import os
import sys

from config.settings import load_settings
from serve_app.haproxy import choose_proxy, haproxy_environment


def main() -> None:
    settings = load_settings(env_file=None)
    proxy = choose_proxy(settings)
    os.environ.update({"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"})
    if proxy.mode == "haproxy":
        os.environ.update(haproxy_environment(settings))

    import ray
    from ray import serve

    from actors.control import make_control
    from serve_app.deployment import APPLICATION, build_application

    ray.init(
        address="local", include_dashboard=False, object_store_memory=100 * 1024 * 1024, log_to_driver=False
    )
    try:
        serve.start(http_options={"host": settings.http_host, "port": settings.http_port})
        serve.run(build_application(settings, make_control, proxy), name=APPLICATION, route_prefix="/")
        print("ready", flush=True)
        sys.stdin.read()
        serve.shutdown()
    finally:
        ray.shutdown()


if __name__ == "__main__":
    main()
