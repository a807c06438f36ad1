"""The catalogue: the contract of every tool there is, by name.

Light enough for every session process: no database code is loaded here.
"""

from __future__ import annotations

from tools.catalogue import contacts, estimates, general, invoices, jobs, projects
from tools.spec import ToolSpec

TOOLS: dict[str, ToolSpec] = {
    spec.name: spec
    for topic in (jobs, projects, invoices, estimates, contacts, general)
    for spec in topic.SPECS
}
