"""The ranker on sentences that are not among its examples, and its committed weights."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from conversation.brain.frames import FRAMES
from conversation.understanding.examples import examples_hash, load_examples
from conversation.understanding.local import InProcessUnderstanding
from conversation.understanding.ranker import MODEL_FILE, IntentRanker, Weights
from conversation.understanding.text import mask
from media.engines.minilm import MiniLmEmbedder

REQUESTS = {
    "create_job": (
        "can you get a toilet repair for Ramon Vega onto the calendar for Thursday morning",
        "put in a new job for the Ellisons, sump pump, next Monday",
    ),
    "get_upcoming_jobs": (
        "how full is my week",
        "tell me what jobs we've got lined up for the next four days",
    ),
    "update_job_status": ("the Vega job is all wrapped up", "set job two oh seven to on hold please"),
    "get_job_details": (
        "what are we supposed to do at the Ellison job",
        "could you read me the details of job 88",
    ),
    "reschedule_job": (
        "the Vega job has to go to Wednesday at eleven instead",
        "can you slide the gutter job to next Thursday",
    ),
    "get_jobs_by_status": ("give me everything that's in progress right now", "which jobs got cancelled"),
    "get_today_jobs": ("so what does today hold for me, any jobs", "which jobs am I on today"),
    "get_project_status": (
        "are we still on schedule with the Ellison addition",
        "where does the bathroom renovation stand",
    ),
    "update_project_progress": (
        "put the Ellison addition down as eighty percent complete",
        "we reached 45 percent on the deck project",
    ),
    "get_active_projects": ("which of our projects are still running", "list every active project"),
    "create_invoice": (
        "write Ramon a bill over six hundred dollars for the boiler",
        "go ahead and invoice the Ellisons 1,400 dollars",
    ),
    "get_invoice_status": ("did Ramon Vega ever pay that bill", "is invoice 77 still open"),
    "send_invoice_reminder": (
        "please give Ramon a little nudge about his overdue bill",
        "send out a payment reminder for invoice 77",
    ),
    "get_pending_invoices": ("which customers still owe us money", "what invoices are still unpaid"),
    "create_estimate": (
        "draw up a quote for Ramon, 2,300 for the new furnace",
        "please do an estimate for Mrs. Ellison for the deck",
    ),
    "convert_estimate_to_invoice": (
        "make Ramon's quote into an invoice please",
        "go ahead and convert estimate 19 into an invoice",
    ),
    "get_pending_estimates": ("which estimates haven't been answered yet", "what quotes are still open"),
    "update_estimate_status": ("Mrs. Ellison accepted our quote", "Ramon said no to the estimate"),
    "get_contact_info": ("what's the phone number of Ramon Vega", "I need Mrs. Ellison's address"),
    "add_contact_interaction": (
        "note that I spoke with Ramon about the warranty",
        "log a meeting with Mrs. Ellison, she likes the plan",
    ),
    "schedule_follow_up": (
        "remind me to check back with Ramon next Wednesday",
        "set up a follow-up with Mrs. Ellison for Friday",
    ),
    "search_contacts": (
        "do we have anybody named Ellison in our contacts",
        "look through the customers for Vega",
    ),
    "get_business_summary": (
        "give me an overview of how the company is doing",
        "how's business going overall",
    ),
    "get_current_time": ("do you happen to know what time it is", "what's today's date please"),
    "set_reminder": (
        "remind me at six to load the truck",
        "set a reminder for tomorrow at seven to buy drywall screws",
    ),
    "get_weather_info": (
        "is it supposed to rain on Thursday",
        "what's the weather looking like for tomorrow",
    ),
}
NONE = (
    "put on some classical music",
    "who discovered penicillin",
    "good evening my friend",
    "thanks that's everything",
    "what's the square root of eighty one",
    "how do you make pancakes",
    "I had a terrible lunch",
    "you're pretty clever",
)


@pytest.fixture(scope="module")
def ranker() -> IntentRanker:
    return IntentRanker(MiniLmEmbedder())


@pytest.mark.parametrize(
    ("tool", "text"), [(tool, text) for tool, texts in REQUESTS.items() for text in texts]
)
def test_the_right_tool_comes_first(ranker, tool, text):
    ranked = ranker.rank(text)
    assert ranked[0].tool == tool, ranked


@pytest.mark.parametrize(("tool", "text"), [(tool, texts[0]) for tool, texts in REQUESTS.items()])
def test_as_a_recogniser_writes_it(ranker, tool, text):
    plain = "".join(char for char in text.lower() if char.isalnum() or char in " '")
    assert tool in {reading.tool for reading in ranker.rank(plain)[:3]}


@pytest.mark.parametrize("text", NONE)
def test_none_of_its_business(ranker, text):
    assert ranker.rank(text)[0].tool is None


def test_scores_are_probabilities_best_first(ranker):
    ranked = ranker.rank("move the Vega job to Monday")
    assert len(ranked) == 5
    scores = [reading.score for reading in ranked]
    assert scores == sorted(scores, reverse=True)
    assert 0 < sum(scores) <= 1.001


@pytest.mark.parametrize("text", ["", "   ", "...", "?!"])
def test_without_words_it_is_nothing(ranker, text):
    assert ranker.rank(text)[0].tool is None


def test_the_committed_weights_are_of_these_examples():
    assert Weights.load().examples_hash == examples_hash(), "run: python -m conversation.understanding.train"
    assert MODEL_FILE.stat().st_size < 2_000_000


def test_there_are_enough_examples_of_every_tool():
    examples = load_examples()
    for tool in FRAMES:
        assert sum(example.tool == tool for example in examples) >= 100, tool
    assert sum(example.tool is None for example in examples) >= 300
    assert load_examples() == examples


def test_names_and_numbers_are_masked():
    assert mask("Bill Sarah Johnson $1,250.50 for job 42") == mask(
        "bill priya patel three hundred for job ten forty two"
    )
    assert mask("Is Okonkwo's invoice paid?") == mask("is kim's invoice paid")


def test_ranking_needs_no_scikit_learn():
    code = (
        "import sys, json\n"
        "from conversation.understanding.ranker import IntentRanker\n"
        "from media.engines.minilm import MiniLmEmbedder\n"
        "IntentRanker(MiniLmEmbedder()).rank('who owes me money')\n"
        "print(json.dumps([name for name in ('sklearn', 'scipy') if name in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == []


async def test_in_process_understanding_is_the_ranker(ranker):
    assert await InProcessUnderstanding(ranker).rank("what's my day") == ranker.rank("what's my day")


def test_ranking_does_not_depend_on_what_came_before(ranker):
    first = ranker.rank("what projects are active")
    for text in NONE:
        ranker.rank(text)
    again = ranker.rank("what projects are active")
    assert [r.tool for r in first] == [r.tool for r in again]
    assert np.allclose([r.score for r in first], [r.score for r in again])
