"""A yes must be a clear yes."""

from __future__ import annotations

import pytest

from conversation.brain.answers import Answer, classify_answer

YES = """yes|Yes.|yeah|yep|yup|sure|Sure, do it.|yeah go ahead|okay|ok|alright|all right|yes please|
please do|go ahead|do it|correct|that's right|that's correct|sounds good|yes, create it|uh yes|
um yeah sure|absolutely|of course|definitely|yes yes|right|go for it|yes thank you|perfect|
send it|yes send it|confirm|confirmed|uh-huh|you bet|yes that's fine|okay go ahead|looks good|
exactly|yes sir|yeah that works|fine|sure thing please"""
NO = """no|No.|nope|nah|no thanks|no thank you|no don't|don't|please don't|don't do it|never mind|
cancel|cancel it|cancel that|stop|not now|not yet|forget it|no way|leave it|skip it|
absolutely not|that's wrong|I don't want it|no, cancel that|no please don't send it|
don't send it|nevermind|I'd rather not|i don't think so|of course not"""
OTHER = """hold on|wait|make it 400|no, make it 400|yes but make it four hundred|change it to Friday|
yes, but for Maria|what was that|how much is it|four hundred|hmm|uh|maybe|I guess|I think so|
if you have to|only if she agrees|what's on today|tell me about Maria|is that right?|yes?|
actually three hundred|no, for the other Sarah|not sure|yes and no|who is it for|
no it's Thursday|the second one|okay but change the date|sure, what's the total|yeah no|
wait yes|hang on a second|instead send a quote|yes to Smith not Jones|
i said no problem with that dog|bill him|two|yesterday|nobody|okay Maria|right after lunch"""


def _table(text: str) -> list[str]:
    return [entry.strip() for entry in text.replace("\n", "").split("|")]


@pytest.mark.parametrize("text", _table(YES))
def test_clear_yes(text):
    assert classify_answer(text) is Answer.YES


@pytest.mark.parametrize("text", _table(NO))
def test_clear_no(text):
    assert classify_answer(text) is Answer.NO


@pytest.mark.parametrize("text", [*_table(OTHER), "", "...", "?"])
def test_everything_else_is_neither(text):
    assert classify_answer(text) is Answer.OTHER
