from __future__ import annotations

from conversation.history import History, call_items


def test_items_come_in_the_order_they_happened():
    history = History()
    turn = history.begin("who owes me")
    turn.items += call_items("c1", "get_pending_invoices", "{}", '{"ok": true}')
    turn.assistant = "Sarah does."
    history.begin("thanks")
    assert history.input_items() == [
        {"role": "user", "content": "who owes me"},
        {"type": "function_call", "call_id": "c1", "name": "get_pending_invoices", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": '{"ok": true}'},
        {"role": "assistant", "content": "Sarah does."},
        {"role": "user", "content": "thanks"},
    ]


def test_what_was_not_heard_is_not_there():
    history = History()
    history.begin("hello")
    assert history.input_items() == [{"role": "user", "content": "hello"}]


def test_the_oldest_turns_go_and_calls_keep_their_outputs():
    history = History(max_turns=3)
    for number in range(10):
        turn = history.begin(str(number))
        turn.items += call_items(f"c{number}", "tool", "{}", "{}")
    assert [turn.user for turn in history.turns] == ["7", "8", "9"]
    items = history.input_items()
    calls = {item["call_id"] for item in items if item.get("type") == "function_call"}
    outputs = {item["call_id"] for item in items if item.get("type") == "function_call_output"}
    assert calls == outputs == {"c7", "c8", "c9"}


def test_a_withdrawn_turn_is_forgotten_and_only_it():
    history = History()
    kept = history.begin("hello")
    gone = history.begin("hello")
    history.withdraw(gone)
    assert [turn for turn in history.turns if turn is kept] == [kept]
    history.withdraw(gone)
    assert len(history.turns) == 1
