from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

NAME = "hero365_fake_server"
PATH = Path(__file__).parents[2] / "clients" / "fake_server.py"

if NAME not in sys.modules:
    spec = importlib.util.spec_from_file_location(NAME, PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
