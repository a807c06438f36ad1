"""Dialogues about the weather, papers for a job and searches by relationship, with the real ranker and brain."""

from __future__ import annotations

import pytest

from tools.envelope import ToolErrorType

JOB = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
MARIA = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
SORRY = "I can't get the weather right now."


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("Will it rain tomorrow?", {"when": "tomorrow", "about": "rain"}),
        ("what's the weather at the Lee job", {"location": "the Lee job"}),
        ("Do I need a jacket in Denver?", {"location": "Denver", "about": "clothes"}),
        ("how's the weather", {}),
        ("is it going to be windy at Rosa's house on Friday",
         {"location": "Rosa's house", "when": "Friday", "about": "wind"}),
    ],
)  # fmt: skip
async def test_asks_for_the_weather(talk, results, said, arguments):
    talk.will("get_weather_info", results.done("No, no rain is expected."))
    reply = await talk.say(said)
    assert reply.call == ("get_weather_info", arguments)
    assert reply.text == "No, no rain is expected."


async def test_the_weather_at_the_job_spoken_of(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    reply = await talk.say("will it rain there on Friday")
    assert reply.call == ("get_weather_info", {"location": JOB, "when": "Friday", "about": "rain"})


async def test_a_missing_place_is_asked_for_and_the_day_is_kept(talk, results):
    asking = results.refused(ToolErrorType.VALIDATION, "For which place?", field="location")
    talk.will("get_weather_info", asking)
    asked = await talk.say("will it rain tomorrow")
    assert asked.text == "For which place?"
    reply = await talk.say("in Fort Collins")
    assert reply.call == (
        "get_weather_info",
        {"location": "Fort Collins", "when": "tomorrow", "about": "rain"},
    )


@pytest.mark.parametrize("answer", ["the one in Illinois", "Illinois", "the second one"])
async def test_one_of_several_places_is_picked(talk, results, answer):
    places = ("Springfield, Missouri", "Springfield, Illinois")
    question = "Do you mean Springfield, Missouri or Springfield, Illinois?"
    talk.will(
        "get_weather_info",
        results.refused(ToolErrorType.AMBIGUOUS, question, field="location", candidates=places),
    )
    asked = await talk.say("what's the weather in Springfield on Friday")
    assert asked.text == question
    reply = await talk.say(answer)
    assert reply.call == ("get_weather_info", {"location": "Springfield, Illinois", "when": "Friday"})


async def test_an_unknown_place_is_asked_for_again(talk, results):
    question = "I couldn't find Zork. Which place do you mean?"
    talk.will("get_weather_info", results.refused(ToolErrorType.NOT_FOUND, question, field="location"))
    assert (await talk.say("what's the weather in Zork")).text == question
    assert (await talk.say("New York")).call == ("get_weather_info", {"location": "New York"})


async def test_without_weather_it_says_so_and_leaves_it(talk, results):
    talk.will("get_weather_info", results.refused(ToolErrorType.UNAVAILABLE, SORRY))
    assert (await talk.say("will it snow tonight")).text == SORRY
    assert talk.brain.state.frame is None


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("and on Friday?", {"location": "Denver", "when": "Friday", "about": "rain"}),
        ("what about Boulder?", {"location": "Boulder", "when": "tomorrow", "about": "rain"}),
        ("and at the Lee job?", {"location": "the Lee job", "when": "tomorrow", "about": "rain"}),
        ("how about in Austin on Saturday", {"location": "Austin", "when": "Saturday", "about": "rain"}),
    ],
)
async def test_the_same_elsewhere_or_on_another_day(talk, said, arguments):
    await talk.say("will it rain in Denver tomorrow")
    assert (await talk.say(said)).call == ("get_weather_info", arguments)


async def test_the_weather_while_something_is_open(talk, results):
    talk.will("get_weather_info", results.done("No, no rain is expected on Thursday."))
    assert (await talk.say("schedule a gutter cleaning on Thursday")).text == "Who is it for?"
    between = await talk.say("will it rain on Thursday")
    assert between.call[0] == "get_weather_info"
    assert between.text.endswith("Who is it for?")


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("bill job 1042 six hundred", "create_invoice", {"job": "job 1042", "amount": "600"}),
        ("Bill job ten forty two six hundred.", "create_invoice", {"job": "job ten forty two", "amount": "600"}),
        ("invoice the Miller job for 600", "create_invoice", {"job": "the Miller job", "amount": "600"}),
        ("quote the Miller job at 2,300", "create_estimate", {"job": "the Miller job", "amount": "2300"}),
        ("write an estimate for job 12 for nine hundred dollars", "create_estimate",
         {"job": "job 12", "amount": "900"}),
    ],
)  # fmt: skip
async def test_a_paper_for_a_job_asks_nobody_s_name(talk, said, tool, arguments):
    assert (await talk.say(said)).call == (tool, arguments)


async def test_a_paper_for_a_job_asks_only_for_the_amount(talk):
    assert (await talk.say("bill job 1042")).text == "How much should I bill?"
    assert (await talk.say("six hundred dollars")).call == (
        "create_invoice",
        {"job": "job 1042", "amount": "600"},
    )


async def test_it_is_the_job_just_spoken_of_that_is_billed(talk, results):
    talk.will("get_job_details", results.about_job("It is on Friday."))
    await talk.say("tell me about the garcia job")
    assert (await talk.say("bill it six hundred")).call == (
        "create_invoice",
        {"job": JOB, "contact": MARIA, "amount": "600"},
    )


async def test_a_job_of_nobody_asks_who_is_to_be_billed(talk, results):
    asking = results.refused(ToolErrorType.VALIDATION, "Who should I bill?", field="contact")
    talk.will("create_invoice", asking)
    assert (await talk.say("bill job 1042 six hundred")).text == "Who should I bill?"
    assert (await talk.say("Kevin Banks")).call == (
        "create_invoice",
        {"job": "job 1042", "amount": "600", "contact": "Kevin Banks"},
    )


async def test_without_a_job_it_still_asks_who(talk):
    assert (await talk.say("bill six hundred dollars")).text == "Who should I bill?"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("show me all prospects", "prospect"),
        ("who are our past clients", "past_client"),
        ("list all qualified leads", "qualified_lead"),
    ],
)
async def test_a_search_by_relationship_needs_no_name(talk, said, status):
    assert (await talk.say(said)).call == ("search_contacts", {"relationship_status": status})
