"""
What a bot that trades has to hold, each with the tests that hold it: this table is where a reader begins.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent

ACCEPTANCE: Final[Mapping[str, tuple[str, ...]]] = {
    "1 a slash command, a private card, a yes: one order, whose message is edited until it is filled": (
        "acceptance_ordering: test_1_a_slash_command_a_private_card_and_a_yes_are_one_order_whose_message_ends_filled",
        "acceptance_telling: test_from_the_slash_command_to_the_live_message_that_says_filled",
        "stories: test_an_order_by_slash_command_is_confirmed_and_fills_in_parts_in_one_message",
    ),
    "2 the same by a mention, and directly": (
        "acceptance_ordering: test_2_a_mention_shows_the_words_to_all_and_the_card_to_its_trader_alone",
        "acceptance_ordering: test_2_a_direct_message_is_a_card_and_answers_change_its_text",
        "stories: test_a_mention_is_asked_for_its_day_and_the_reply_completes_it",
        "stories: test_an_order_in_direct_messages_is_replaced_by_a_form_and_cancelled_by_a_button",
    ),
    "3 another person presses; no role, or suspended meanwhile; another guild, channel, thread; no channel": (
        "forged: test_no_forged_payload_moves_an_order_and_the_true_press_places_one",
        "chat_gate: test_only_who_is_let_in_by_every_rule_is_let_in",
        "bot_presses: test_who_may_is_asked_anew_at_each_press",
        "bot_commands: test_roles_are_those_that_discord_names_now",
        "bot_odd_places: test_a_thread_of_a_channel_where_no_orders_are_taken_does_not_count",
    ),
    "4 pressed twice; events delivered twice; two processes": (
        "acceptance_ordering: test_4_a_double_click_and_an_event_that_is_delivered_twice_are_one_order",
        "acceptance_ordering: test_4_a_line_that_is_delivered_twice_is_one_order",
        "acceptance_ordering: test_4_two_processes_that_hear_everything_are_one_order",
    ),
    "5 a yes after its time, after a restart, in an outage": (
        "acceptance_ordering: test_5_a_yes_after_its_time_sends_nothing_and_the_line_can_be_placed_anew",
        "acceptance_ordering: test_5_a_card_is_confirmed_after_a_restart",
        "acceptance_ordering: test_5_a_yes_in_an_outage_is_heard_after_it",
    ),
    "6 cut off before the sign; killed after the sign, and after the order was sent": (
        "acceptance_ordering: test_6_without_a_sign_nothing_is_confirmed_and_the_offer_stays_open",
        "stories: test_a_service_that_is_killed_right_after_the_sign_sends_one_order_or_none_and_tells_which",
        "stories: test_a_service_that_is_killed_between_press_and_fill_places_one_order_and_tells_it_once",
        "telling_away: test_a_kill_between_posting_and_noting_tells_nothing_twice",
    ),
    "7 whatever Discord answers: 40060, 500 behind what it did, 429, 10008, 50013; late (10062): not sent": (
        "acceptance_ordering: test_6_what_fails_behind_the_sign_touches_no_order",
        "acceptance_telling: test_no_answer_of_discord_to_an_edit_touches_the_order_and_the_end_is_shown",
        "acceptance_telling: test_what_discord_answers_to_a_post_makes_no_second_message",
        "acceptance_telling: test_where_the_bot_may_not_write_its_trader_is_told_directly_and_with_more",
        "bot_presses: test_what_was_pressed_is_done_only_where_discord_took_the_sign_and_else_that_is_said",
        "bot_commands: test_an_answer_that_is_sent_again_stands_there_once",
    ),
    "8 hostile text is only text, and nothing mentions anyone": (
        "autocomplete: test_hostile_text_is_text_wherever_it_is_shown",
        "bot_commands: test_nothing_that_is_sent_may_mention_anyone",
    ),
    "9 a burst of fills": ("acceptance_telling: test_a_burst_of_fifty_fills_is_a_few_edits_and_the_last_one_is_right",),
    "10 told to stop with orders in flight: drained, exit 0": (
        "stories: test_a_service_that_is_told_to_stop_ends_what_it_has_in_hand_and_ends_with_0",
        "bot_lives: test_at_the_end_what_is_in_hand_is_finished_and_what_is_due_is_told_before_the_connection_closes",
    ),
    "11 a wrong token, an intent that is off: one line, exit 3, the token in no output": (
        "starting: test_a_start_that_discord_refuses_ends_with_3_and_one_line_and_tells_the_token_nowhere",
        "bot_logging: test_no_token_is_in_anything_that_is_logged_even_at_debug",
    ),
    "12 an old message after a resume": (
        "bot_lines: test_after_an_outage_what_is_older_than_a_minute_is_refused_and_what_is_new_is_heard",
        "bot_commands: test_what_lies_longer_than_a_minute_is_not_acted_upon",
    ),
    "13 commands are told to Discord on change alone; an old one is answered": (
        "discord_setup: test_where_nothing_differs_nothing_is_told_unless_it_is_forced",
        "bot_commands: test_a_command_of_another_day_is_answered_and_nothing_is_done_by_halves",
    ),
    "14 chat is away for ten minutes, and a malformed event": (
        "telling_away: test_fills_while_discord_is_away_for_ten_minutes_are_told_afterwards_once_in_order",
        "bot_lives: test_an_event_that_breaks_the_bot_builds_another_and_what_the_old_one_had_in_hand_is_finished",
    ),
}


def test_every_row_has_its_tests():
    missing = []
    for tests in ACCEPTANCE.values():
        for each in tests:
            module, name = each.split(": ")
            text = (HERE / f"test_{module}.py").read_text("utf-8")
            if re.search(rf"^(async )?def {name}\(", text, re.MULTILINE) is None:
                missing.append(each)
    assert not missing
