"""What each tool of the catalogue does, over the use cases of ``business``.

A handler resolves what was said, asks where the rules want a yes, acts through one use case and says what happened.
"""

from __future__ import annotations

from tools.context import Handler
from tools.handlers import contacts, estimates, general, invoices, jobs, projects
from tools.handlers.weather import get_weather_info

HANDLERS: dict[str, Handler] = {
    **jobs.HANDLERS,
    **projects.HANDLERS,
    **invoices.HANDLERS,
    **estimates.HANDLERS,
    **contacts.HANDLERS,
    **general.HANDLERS,
    "get_weather_info": get_weather_info,
}
