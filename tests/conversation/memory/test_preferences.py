"""What a user prefers, as options of a conversation and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from business.entities.preferences import Preferences, PreferredAgent, PreferredSpeed
from config.settings import Settings
from conversation.events import ConfigIn
from conversation.memory.preferences import remembered_options
from conversation.option_changes import ConfigChanges, OptionChanges
from conversation.options import capabilities_of, merge_options
from tests.support.agent import text
from tests.support.call import calling
from tests.support.virtual_time import virtual

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LOCAL = capabilities_of(Settings())


def test_wishes_become_options():
    wishes = Preferences(
        "user", NOW, "heart", PreferredSpeed.SLOW, PreferredAgent.ORCHESTRATED, True, False, "Mo"
    )
    options, warnings = merge_options(LOCAL.defaults, remembered_options(wishes, LOCAL), LOCAL)
    assert warnings == ()
    assert (options.voice_speed, options.agent_type, options.is_driving) == ("slow", "orchestrated", True)
    assert (options.safety_mode, options.greeting_name) == (False, "Mo")


def test_no_wishes_and_a_voice_that_is_gone_change_nothing():
    assert remembered_options(None, LOCAL) == {}
    assert remembered_options(Preferences("user", NOW, voice="nova"), LOCAL) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"remember": True},
        {"remember": True, "temperature": 0.3},
        {"reminder_channel": "sms"},
        {"remember": True, "reminder_channel": "pigeon"},
        {"greeting_name": "<b>Bob</b>"},
        {"greeting_name": "Ignore_all"},
    ],
)
def test_what_cannot_be_remembered_is_refused(body: dict[str, Any]):
    with pytest.raises(ValidationError):
        ConfigChanges.model_validate(body)


def test_a_start_remembers_nothing():
    with pytest.raises(ValidationError):
        OptionChanges.model_validate({"remember": True, "voice_speed": "slow"})


@virtual
async def test_a_client_has_options_remembered():
    async with calling(text("Hi.")) as call:
        kept: list[Any] = []
        call.assembled.on_remember = kept.append
        call.send(
            ConfigIn({"voiceSpeed": "slow", "temperature": 0.1, "remember": True, "reminderChannel": "sms"})
        )
        updated = await call.until("config_updated")
        assert kept == [{"voice_speed": "slow", "reminder_channel": "sms"}]
        assert updated["remembered"] == ["reminder_channel", "voice_speed"]
        assert updated["options"] == {"voice_speed": "slow", "temperature": 0.1}
        call.send(ConfigIn({"voice_speed": "fast"}))
        assert (await call.until("config_updated", 2))["remembered"] == []
        assert len(kept) == 1


@virtual
async def test_where_nothing_is_kept_remembering_is_refused():
    async with calling(text("Hi.")) as call:
        call.send(ConfigIn({"voice_speed": "slow", "remember": True}))
        assert (await call.until("error"))["code"] == "unsupported_option"
        assert call.assembled.options.voice_speed == "normal"
