"""``python -m serve_app.cli``: the same as ``hero365``. Does nothing else."""

from serve_app.cli import main

main()
