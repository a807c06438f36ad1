"""Speech to speech as an option: what it needs, what it excludes."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from config.settings import Settings
from conversation.options import OptionRefused, SessionOptions, capabilities_of, merge_options


def with_key(realtime: str) -> Settings:
    return Settings(openai_api_key=SecretStr("sk-none"), openai_realtime=realtime)  # pyright: ignore[reportCallIssue, reportArgumentType]


@pytest.mark.parametrize(("realtime", "is_default"), [("on", True), ("off", False)])
def test_the_setting_is_the_default_of_a_conversation(realtime: str, is_default: bool) -> None:
    assert capabilities_of(with_key(realtime)).defaults.speech_to_speech is is_default


def test_without_openai_it_is_refused() -> None:
    capabilities = capabilities_of(Settings())  # pyright: ignore[reportCallIssue]
    with pytest.raises(OptionRefused, match="needs OpenAI"):
        merge_options(capabilities.defaults, {"speech_to_speech": True}, capabilities)
    assert not capabilities_of(Settings(openai_realtime="on")).defaults.speech_to_speech  # pyright: ignore[reportCallIssue, reportArgumentType]


def test_a_conversation_can_choose_it() -> None:
    capabilities = capabilities_of(with_key("off"))
    merged, warnings = merge_options(capabilities.defaults, {"speech_to_speech": True}, capabilities)
    assert merged.speech_to_speech
    assert warnings == ()


def test_only_voices_that_both_apis_have_are_taken() -> None:
    capabilities = capabilities_of(with_key("on"))
    with pytest.raises(OptionRefused, match="know as voice"):
        merge_options(capabilities.defaults, {"voice": "nova"}, capabilities)
    written = SessionOptions(voice="alloy")
    assert merge_options(written, {"voice": "nova"}, capabilities)[0].voice == "nova"


def test_temperature_has_no_effect_and_says_so() -> None:
    capabilities = capabilities_of(with_key("on"))
    _, warnings = merge_options(capabilities.defaults, {"temperature": 0.5}, capabilities)
    assert [(each.code, each.option) for each in warnings] == [("no_effect", "temperature")]
