"""The files that start clusters: valid for who reads them, and of one mind with the launcher."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import trustme
import yaml

from config.settings import Settings, variable_of
from serve_app.haproxy import ProxyMode, choose_proxy, haproxy_binary
from serve_app.launcher import node_environment
from serve_app.node import check

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).with_name("data") / "rayservice-v1.openapi.json"
LAUNCHER = ROOT / "ray_cluster.yaml"
KUBERAY = ROOT / "deploy/kuberay/rayservice.yaml"
COMPOSE = ROOT / "deploy/compose/compose.yaml"
TLS = ROOT / "deploy/tls/haproxy.cfg"
#: What KubeRay 1.5 makes of rayStartParams, as it gives it to the container.
GENERATED = {
    "head": "ray start --head  --dashboard-host=0.0.0.0  --num-cpus=0  --block ",
    "worker": "ray start  --address=hero365-voice-head-svc:6379  --metrics-export-port=8080  --block ",
}


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def closed(schema: Any) -> Any:
    """The schema with every object that names its properties closed to others, as the API server prunes them."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(each) for name, each in schema.items() if name not in ("format", "default")}
    if "properties" in made and isinstance(schema["properties"], dict):
        made.setdefault("additionalProperties", bool(schema.get("x-kubernetes-preserve-unknown-fields")))
    return made


def test_the_ray_service_is_one_that_kuberay_accepts() -> None:
    manifest = read(KUBERAY)
    checker = jsonschema.Draft202012Validator(closed(json.loads(SCHEMA.read_text())))
    assert [f"{each.json_path}: {each.message}" for each in checker.iter_errors(manifest)] == []
    manifest["spec"]["rayClusterConfig"]["headGroupSpec"]["rayStartParam"] = {}
    assert list(checker.iter_errors(manifest))  # the check finds a misspelt key


def test_the_ray_service_declares_an_application_that_is_there() -> None:
    from ray.serve.schema import ServeDeploySchema

    from serve_app import declared
    from serve_app.deployment import APPLICATION

    declaration = ServeDeploySchema(**yaml.safe_load(read(KUBERAY)["spec"]["serveConfigV2"]))
    (application,) = declaration.applications
    assert application.name == APPLICATION
    assert application.import_path == f"{declared.__name__}:{declared.application.__name__}"


def pods() -> list[dict[str, Any]]:
    cluster = read(KUBERAY)["spec"]["rayClusterConfig"]
    return [each["template"]["spec"] for each in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]


def commands() -> Iterator[tuple[str, list[str]]]:
    """How each file starts a node: the environment it sets and the arguments of ``hero365``."""
    for role in ("head", "worker"):
        yield f"launcher {role}", _after_hero365(read(LAUNCHER)[f"{role}_start_ray_commands"][-1])
    for service in ("head", "node"):
        yield f"compose {service}", read(COMPOSE)["services"][service]["command"][1:]
    for pod, generated in zip(pods(), GENERATED.values(), strict=True):
        (script,) = pod["containers"][0]["args"]
        say = script.replace("exec hero365", "printf '%s\\\\n'").replace("ulimit -n 65536; ", "")
        run = subprocess.run(
            ["/bin/bash", "-c", say],
            env={"KUBERAY_GEN_RAY_START_CMD": generated},
            capture_output=True,
            text=True,
            check=True,
        )
        yield f"kuberay {generated}", run.stdout.split()


def _after_hero365(command: str) -> list[str]:
    words = shlex.split(command)
    start = next(number for number, word in enumerate(words) if word.endswith("bin/hero365"))
    rest = words[start + 1 :]
    return rest[: rest.index(">>")]


def test_every_node_is_started_by_hero365_node_with_arguments_that_ray_takes() -> None:
    from ray.scripts.scripts import start

    options = {option for each in start.params for option in each.opts}
    found = dict(commands())
    assert len(found) == 6
    for where, (command, *arguments) in found.items():
        assert command == "node", where
        check([each for each in arguments if each != "--up"], serve="--up" in arguments)
        for each in arguments:
            assert each.partition("=")[0] in {*options, "--up"}, f"{where}: {each}"


def environments() -> dict[str, dict[str, str]]:
    """The variables that each file sets for a node, by file and role."""
    found: dict[str, dict[str, str]] = {}
    for role in ("head", "worker"):
        command = read(LAUNCHER)[f"{role}_start_ray_commands"][-1]
        found[f"launcher {role}"] = dict(re.findall(r"(\b(?:RAY|HERO365)_\w+)=(\S+)", command))
    for service in ("head", "node"):
        found[f"compose {service}"] = read(COMPOSE)["services"][service]["environment"]
    for number, pod in enumerate(pods()):
        variables = pod["containers"][0]["env"]
        found[f"kuberay {number}"] = {each["name"]: each["value"] for each in variables}
    return found


def given(variables: dict[str, str]) -> Settings:
    """The settings of a node with these variables; those that come from outside have some value."""
    values = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in variables.items()}
    values = {name: re.sub(r"\$\{\w+:\?\}", "s" * 40, value) for name, value in values.items()}
    fields = {variable_of(field): field for field in Settings.model_fields}
    assert {name for name in values if name.startswith("HERO365_")} <= set(fields)
    known = {name: value for name, value in values.items() if name in fields}
    # Fields with an alias go by it, the others by their own name.
    named = {Settings.model_fields[fields[name]].alias or fields[name]: each for name, each in known.items()}
    return Settings(**named)  # pyright: ignore[reportArgumentType]


def test_no_file_says_for_itself_what_the_launcher_makes_of_the_settings() -> None:
    for where, variables in environments().items():
        settings = given(variables)
        assert choose_proxy(settings) == ProxyMode("haproxy"), where
        made = node_environment(settings, ProxyMode("haproxy"))
        assert made["RAY_SERVE_ENABLE_HA_PROXY"] == "1"
        assert not set(made) & set(variables), where
        longest_s = settings.max_duration_s + settings.grace_s
        assert int(made["RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S"]) > longest_s


def test_the_nodes_of_a_file_have_the_same_settings() -> None:
    own = ("RAY_REDIS_ADDRESS", "RAY_external_storage_namespace")  # the head's business
    found = {
        where: {name: each for name, each in variables.items() if name not in own}
        for where, variables in environments().items()
    }
    for file in ("launcher", "compose", "kuberay"):
        first, second = (each for where, each in found.items() if where.startswith(file))
        assert first == second, file


def test_the_clusters_records_survive_its_head() -> None:
    found = environments()
    for head in ("launcher head", "compose head"):
        assert found[head]["RAY_REDIS_ADDRESS"].endswith(":6379")
    assert read(KUBERAY)["spec"]["rayClusterConfig"]["gcsFaultToleranceOptions"]["redisAddress"]


def test_kubernetes_adds_no_variables_of_its_own_that_look_like_settings() -> None:
    assert all(pod["enableServiceLinks"] is False for pod in pods())


def test_the_image_has_the_locked_dependencies_and_no_uv_run() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
    steps = "\n".join(line for line in lines if not line.startswith("#"))
    assert "uv sync --frozen" in steps
    assert "uv run" not in steps
    locked = (ROOT / "uv.lock").read_text().split("[[package]]")
    ray = next(each for each in locked if each.startswith('\nname = "ray"\n'))
    version = re.search(r'version = "([\d.]+)"', ray)
    assert version is not None
    assert read(KUBERAY)["spec"]["rayClusterConfig"]["rayVersion"] == version[1]


def test_haproxy_takes_the_tls_example(tmp_path: Path) -> None:
    binary = shutil.which("haproxy") or haproxy_binary()
    assert binary is not None
    authority = trustme.CA()
    authority.issue_cert("voice.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "voice.pem")
    written = tmp_path / "haproxy.cfg"
    written.write_text(TLS.read_text().replace("/etc/haproxy/certs", str(tmp_path / "voice.pem")))
    run = subprocess.run(
        [binary, "-c", "-f", str(written)], capture_output=True, text=True, timeout=20, check=False
    )
    assert run.returncode == 0, run.stderr
    tunnel = re.search(r"timeout tunnel (\d+)s", written.read_text())
    assert tunnel is not None
    made = node_environment(Settings(), ProxyMode("haproxy"))  # pyright: ignore[reportCallIssue]
    assert tunnel[1] == made["RAY_SERVE_HAPROXY_HARD_STOP_AFTER_S"]
