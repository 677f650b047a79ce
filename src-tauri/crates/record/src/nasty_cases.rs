//! What Curlew shows for data that misleads a careless viewer. Every row names the test that holds it, in `tests/`.
//!
//! | case | what Curlew shows | test |
//! |---|---|---|
//! | modifier extension nobody understands | the line with a red mark: it may change or negate the meaning, read the source; its extension by path and address in the source drawer; never joined with a line without it, never merged into another's CPR decision | `a_modifier_that_is_not_understood_and_a_negation_are_marked`, `a_form_alone_an_ended_decision_and_one_with_a_modifier_are_never_the_decision` |
//! | negation: not done, not given, not taken, do not perform | the line with a red "not done" or "not taken", in the past list of medicines unless another source says active, which is then said | `a_modifier_that_is_not_understood_and_a_negation_are_marked`, `everything_planted_is_found_and_told` |
//! | entered in error | no line anywhere; named by type and id under Gaps, and counted there | `what_is_not_shown_is_named_and_the_books_balance` |
//! | unit mismatch | a series for each unit, never converted, never one line on a chart; each value with its own unit and digits | `results_keep_their_digits_their_units_apart_and_say_what_was_before`, `blood_pressure_is_two_numbers_in_one_unit_or_not_one_at_all` |
//! | time zone | moments with an offset on the clocks of the United Kingdom of that day, and in their true order; a time without an offset as written | `times_are_on_the_clocks_of_the_united_kingdom`, `summer_time_began_and_ended_on_the_right_days` |
//! | partial date | `Oct-2026` with "Day not recorded"; never filled up, and no exact age made of it | `partial_dates_stay_partial_and_late_recording_is_told`, `an_age_from_a_partial_date_of_birth_is_never_made_exact` |
//! | conflicting identity: a resource about another patient | never shown; named under Gaps, with whom to tell | `another_record_of_the_person_is_said_and_nothing_of_another_patient_is_shown` |
//! | conflicting identity: a second record of the person | a warning in the banner and an entry under Gaps; allergies and resuscitation are "unavailable" rather than "not recorded"; the records are never merged by likeness | `another_record_of_the_person_is_said_and_nothing_of_another_patient_is_shown` |
//! | conflicting identity: an NHS number that is not verified or fails its check | the number with its status in words | `verification_status_is_shown_for_anything_but_01`, `modulus_11_accepts_known_numbers_and_refuses_others` |
//! | an element that cannot be read | the rest of the line with an amber mark; the element by path and reason under Gaps | `what_is_not_shown_is_named_and_the_books_balance` |
//! | referred to, and not there | named under Gaps by type and id; an allergy or medicine so missed makes "none known" unavailable | `what_is_referred_to_and_missing_is_named_and_what_is_there_is_not` |
//! | a section whose list was sent empty | the section says whether it is empty, not asked, not shared or not available, in whose words and since when; never "nothing" | `an_empty_section_says_whether_it_is_empty_not_asked_not_shared_or_not_known` |
//! | an empty allergy list that says why | "Allergies unavailable", with the source's words; never "No known allergies" | `an_allergy_list_the_source_could_not_fill_is_not_no_known_allergies_and_hides_nothing_else` |
//! | "no known allergies" beside an allergy | the allergy stands, and the disagreement is said | `none_known_beside_an_allergy_is_said_to_be_a_disagreement` |
//! | two sources of one allergy, two reactions | one line with each source's reaction, and a mark that sources differ | `sources_of_one_allergy_that_differ_about_the_reaction_are_both_told` |
//! | resolved or refuted allergy | a line with a mark; never among the known ones | `ended_and_refuted_allergies_never_look_active` |
//! | one order number on many results | many lines: an identifier joins only what has the same code | `one_order_number_on_different_tests_does_not_join_them` |
//! | one fact from two feeds | one line with both sources and the rule that joined them | `an_allergy_known_to_two_feeds_is_one_line_that_says_why` |
//! | two facts that look alike | two lines | `near_misses_are_left_apart` |
//! | stopped in one place, active or still given in another | one current medicine, and a sentence that says who says what; nobody is chosen | `stopped_in_one_and_active_in_another_stays_current_and_is_said`, `a_dose_given_after_a_stop_makes_it_current_and_is_said` |
//! | doses in units that cannot be compared: 500 mg and 1 tablet | "Dosage is worded differently", never "Dose differs" | `doses_in_units_that_cannot_be_compared_are_not_said_to_differ` |
//! | stopped, nobody says when; or only said to be taken on a day | an open end without a date; "recorded as taken", never "started" | `an_unknown_end_stays_unknown_and_a_partial_date_spans_what_it_can_mean`, `what_is_only_said_on_a_day_did_not_start_or_stop_on_it` |
//! | an early warning score with a reading missing, in another unit, or of a child | no total by Curlew, and the reason; a recorded total stands as recorded, and a difference is said | `nothing_is_counted_when_any_one_reading_is_missing_and_it_is_named`, `a_unit_that_is_not_the_charts_is_not_converted_and_nothing_is_counted`, `children_pregnancy_and_an_unknown_age_are_not_counted` |
//! | opposite CPR decisions, or one with the form in two places | both, newest first, each saying that sources differ | `opposite_cpr_decisions_stand_apart_and_both_say_so`, `a_cpr_decision_stands_on_the_strip_with_where_the_form_is_newest_first` |
//! | parts that contain each other in a ring | every one on a line | `a_ring_of_parts_hides_nothing` |
