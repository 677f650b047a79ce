//! Conformance of the display text, one test a rule, named by the rule's id.
//! What whole lists and tables show is in `display_rules.rs`, with the list of every rule, where it is held, and which
//! do not apply and why.

#![allow(clippy::unwrap_used)] // Helpers of tests: a panic is a failed test.

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use curlew_record::{
    display::{
        self, AllergyWords, MedicationWords, Moment, NameParts, NhsNumberError, dose_number, dose_unit,
        plain_text,
    },
    view::SpanStyle,
};

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn name(family: &str, given: &[&str], prefix: &[&str]) -> String {
    let given: Vec<String> = given.iter().map(|g| (*g).to_owned()).collect();
    let prefix: Vec<String> = prefix.iter().map(|p| (*p).to_owned()).collect();
    display::name(NameParts {
        family: Some(family),
        given: &given,
        prefix: &prefix,
        text: None,
    })
}

fn age(born: &str, now: &str) -> Option<String> {
    display::age(&Moment::parse(born).unwrap(), at(now))
}

#[test]
fn num_0001_nhs_number_is_grouped_three_three_four_with_single_spaces() {
    assert_eq!(display::nhs_number("9434765919"), "943 476 5919");
    assert_eq!(display::nhs_number(" 943-476-5919 "), "943 476 5919");
}

#[test]
fn num_0003_what_is_not_ten_digits_is_shown_as_written() {
    assert_eq!(display::nhs_number("ABCD 12345"), "ABCD 12345");
}

#[test]
fn num_0010_old_and_temporary_numbers_are_refused() {
    assert_eq!(
        display::parse_nhs_number("ABC1234567"),
        Err(NhsNumberError::NotTenDigits)
    );
    assert_eq!(
        display::parse_nhs_number("123"),
        Err(NhsNumberError::NotTenDigits)
    );
}

#[test]
fn modulus_11_accepts_known_numbers_and_refuses_others() {
    assert_eq!(
        display::parse_nhs_number("943 476 5919").as_deref(),
        Ok("9434765919")
    );
    assert_eq!(
        display::parse_nhs_number("9000000009").as_deref(),
        Ok("9000000009")
    );
    assert_eq!(
        display::parse_nhs_number("1234567890"),
        Err(NhsNumberError::CheckDigit)
    );
    assert_eq!(
        display::parse_nhs_number("0000000000"),
        Err(NhsNumberError::AllZeros)
    );
}

#[test]
fn verification_status_is_shown_for_anything_but_01() {
    assert_eq!(display::nhs_number_status("01"), None);
    for code in ["02", "03", "04", "05", "06", "07", "08", "99"] {
        assert!(display::nhs_number_status(code).is_some(), "{code}");
    }
    assert_eq!(
        display::nhs_number_status("03").as_deref(),
        Some("Trace required")
    );
}

#[test]
fn nid_0001_family_in_capitals_comma_given_in_title_case_title_in_brackets() {
    assert_eq!(name("Smith", &["john"], &["MR"]), "SMITH, John (Mr)");
    assert_eq!(name("o'neill", &["MARY-ANN"], &["Ms"]), "O'NEILL, Mary-Ann (Ms)");
}

#[test]
fn nid_0010_a_title_has_no_full_stop() {
    assert_eq!(name("Smith", &["John"], &["Dr."]), "SMITH, John (Dr)");
}

#[test]
fn nid_0012_a_name_is_never_shortened_and_mixed_case_is_its_owners_spelling() {
    let long = "Wolfeschlegelsteinhausenbergerdorff";
    assert_eq!(
        name(long, &["DeShawn", "Marmaduke", "Theophilus"], &[]),
        format!("{}, DeShawn Marmaduke Theophilus", long.to_uppercase())
    );
}

#[test]
fn pab_unknown_identity_is_not_known_and_never_a_question_mark() {
    assert_eq!(display::name(NameParts::default()), "Not Known");
    assert_eq!(display::gender(None), "Not Known");
}

#[test]
fn d_ta_0002_dates_are_two_digit_day_three_letter_month_four_digit_year() {
    let day = NaiveDate::from_ymd_opt(2009, 1, 5).unwrap();
    assert_eq!(display::date(day), "05-Jan-2009");
    assert_eq!(Moment::parse("2009-01-05").unwrap().text(), "05-Jan-2009");
}

#[test]
fn d_ta_0017_a_weekday_may_go_before_the_date() {
    assert_eq!(
        display::weekday_date(NaiveDate::from_ymd_opt(2009, 1, 6).unwrap()),
        "Tue 06-Jan-2009"
    );
}

#[test]
fn d_ta_long_form_is_for_letters_and_screen_readers() {
    assert_eq!(
        display::long_date(NaiveDate::from_ymd_opt(2009, 1, 5).unwrap()),
        "05 January 2009"
    );
}

#[test]
fn partial_dates_stay_partial_and_say_what_they_lack() {
    let month = Moment::parse("2026-10").unwrap();
    assert_eq!(month.text(), "Oct-2026");
    assert_eq!(month.missing(), Some("Day not recorded"));
    let year = Moment::parse("1999").unwrap();
    assert_eq!(year.text(), "1999");
    assert_eq!(year.missing(), Some("Month and day not recorded"));
    assert_eq!(Moment::parse("2026-13"), None);
    assert_eq!(Moment::parse("yesterday"), None);
}

#[test]
fn d_tb_0001_times_are_24_hour_after_the_date_with_midnight_00_00() {
    assert_eq!(
        Moment::parse("2026-11-22T00:00:00Z").unwrap().text(),
        "22-Nov-2026 00:00"
    );
    assert_eq!(
        Moment::parse("2026-11-22T14:05:59Z").unwrap().text(),
        "22-Nov-2026 14:05"
    );
    assert_eq!(display::approximate_time(2, 0), "Approx 02:00");
}

#[test]
fn times_are_on_the_clocks_of_the_united_kingdom() {
    assert_eq!(
        Moment::parse("2026-07-01T23:30:00Z").unwrap().text(),
        "02-Jul-2026 00:30"
    );
    assert_eq!(
        Moment::parse("2026-07-01T09:00:00+01:00").unwrap().text(),
        "01-Jul-2026 09:00"
    );
    assert_eq!(
        Moment::parse("2026-01-01T09:00:00-05:00").unwrap().text(),
        "01-Jan-2026 14:00"
    );
}

#[test]
fn durations_have_no_space_inside_a_pair_and_leave_zeros_out() {
    assert_eq!(
        display::duration(TimeDelta::seconds(4 * 3600 + 32 * 60 + 16)),
        "4hr 32min 16sec"
    );
    assert_eq!(display::duration(TimeDelta::seconds(2 * 3600)), "2hr");
    assert_eq!(display::duration(TimeDelta::zero()), "0min");
}

#[test]
fn ages_follow_the_age_table() {
    assert_eq!(
        age("2026-11-23T06:00:00Z", "2026-11-23T07:30:00Z").as_deref(),
        Some("90min")
    );
    assert_eq!(
        age("2026-11-22T06:00:00Z", "2026-11-23T08:30:00Z").as_deref(),
        Some("26hrs")
    );
    assert_eq!(age("2026-10-27", "2026-11-23T08:30:00Z").as_deref(), Some("27d"));
    assert_eq!(
        age("2026-10-25", "2026-11-23T08:30:00Z").as_deref(),
        Some("4w 1d")
    );
    assert_eq!(
        age("2025-11-15", "2026-11-23T08:30:00Z").as_deref(),
        Some("12m 8d")
    );
    assert_eq!(
        age("2022-10-23", "2026-11-23T08:30:00Z").as_deref(),
        Some("4y 1m")
    );
    assert_eq!(age("1965-11-23", "2026-11-23T08:30:00Z").as_deref(), Some("61y"));
    assert_eq!(age("1965-11-24", "2026-11-23T08:30:00Z").as_deref(), Some("60y"));
}

#[test]
fn an_age_changes_on_the_right_side_of_each_boundary() {
    assert_eq!(
        age("2026-11-23T06:00:00Z", "2026-11-23T07:59:00Z").as_deref(),
        Some("119min")
    );
    assert_eq!(
        age("2026-11-23T06:00:00Z", "2026-11-23T08:00:00Z").as_deref(),
        Some("2hrs")
    );
    assert_eq!(
        age("2026-11-23T06:00:00Z", "2026-11-25T06:00:00Z").as_deref(),
        Some("2d")
    );
    assert_eq!(age("2026-10-26", "2026-11-23T12:00:00Z").as_deref(), Some("4w"));
    assert_eq!(
        age("2024-11-24", "2026-11-23T12:00:00Z").as_deref(),
        Some("23m 30d")
    );
    assert_eq!(age("2024-11-23", "2026-11-23T12:00:00Z").as_deref(), Some("2y"));
    assert_eq!(
        age("2008-11-24", "2026-11-23T12:00:00Z").as_deref(),
        Some("17y 11m")
    );
    assert_eq!(age("2008-11-23", "2026-11-23T12:00:00Z").as_deref(), Some("18y"));
    assert_eq!(age("2027-01-01", "2026-11-23T12:00:00Z"), None);
}

#[test]
fn an_age_from_a_partial_date_of_birth_is_never_made_exact() {
    assert_eq!(age("1965", "2026-11-23T12:00:00Z").as_deref(), Some("60y or 61y"));
    assert_eq!(age("1965-03", "2026-11-23T12:00:00Z").as_deref(), Some("61y"));
    assert_eq!(age("2020", "2026-11-23T12:00:00Z"), None);
}

#[test]
fn someone_born_on_29_february_ages_on_28_february_in_common_years() {
    assert_eq!(age("2000-02-29", "2026-02-27T12:00:00Z").as_deref(), Some("25y"));
    assert_eq!(age("2000-02-29", "2026-02-28T12:00:00Z").as_deref(), Some("26y"));
}

#[test]
fn mpb_0034_gender_and_sex_are_full_words() {
    assert_eq!(display::gender(Some("male")), "Male");
    assert_eq!(display::gender(Some("female")), "Female");
    assert_eq!(display::gender(Some("other")), "Other Specific");
    assert_eq!(display::gender(Some("unknown")), "Not Known");
    assert_eq!(display::sex("indeterminate"), Some("Indeterminate"));
    assert_eq!(display::sex("F"), Some("Female"));
}

#[test]
fn isb_1500_addresses_are_one_line_with_the_postcode_in_capitals() {
    assert_eq!(
        display::address(
            ["12 Marine Parade", "Southend-on-Sea", "Southend-on-Sea"],
            Some("ss12ab")
        ),
        "12 Marine Parade, Southend-on-Sea, SS1 2AB"
    );
    assert_eq!(
        display::address(["81 Highland Avenue", "Salem"], Some("01970")),
        "81 Highland Avenue, Salem, 01970"
    );
}

#[test]
fn isb_1508_telephone_numbers_are_grouped_by_the_numbering_plan() {
    assert_eq!(display::phone("02079460018"), "020 7946 0018");
    assert_eq!(display::phone("01632960123"), "01632 960123");
    assert_eq!(display::phone("+447700900123"), "07700 900123");
    assert_eq!(display::phone("01134960000"), "0113 496 0000");
    assert_eq!(display::phone("555-212-4444"), "555-212-4444");
}

fn diltiazem() -> MedicationWords {
    MedicationWords {
        drug: "Diltiazem".into(),
        brand: Some("Calcicard CR".into()),
        form: Some("modified-release tablet".into()),
        dose: Some("120 mg".into()),
        route: Some("oral".into()),
        frequency: Some("three times a day".into()),
        ..MedicationWords::default()
    }
}

#[test]
fn medi_051_parts_stand_in_the_fixed_order_with_spaced_em_dashes() {
    assert_eq!(
        plain_text(&display::medication_line(&diltiazem())),
        "diltiazem \u{2014} CALCICARD CR \u{2014} modified-release tablet \u{2014} DOSE 120 mg \u{2014} oral \u{2014} three times a day"
    );
    let full = MedicationWords {
        drug: "A".into(),
        brand: Some("b".into()),
        strength: Some("strength".into()),
        form: Some("form".into()),
        dose: Some("dose".into()),
        rate: Some("rate".into()),
        duration: Some("duration".into()),
        route: Some("route".into()),
        frequency: Some("frequency".into()),
        text: Some("text".into()),
    };
    let text = plain_text(&display::medication_line(&full));
    assert_eq!(
        text.split(" \u{2014} ").collect::<Vec<_>>(),
        [
            "A",
            "B",
            "strength",
            "form",
            "DOSE dose",
            "rate",
            "duration",
            "route",
            "frequency",
            "text"
        ]
    );
}

#[test]
fn medi_generic_is_bold_lower_case_and_the_dose_is_bold() {
    let line = display::medication_line(&diltiazem());
    let strong: Vec<&str> = line
        .iter()
        .filter(|s| s.style == SpanStyle::Strong)
        .map(|s| s.text.as_str())
        .collect();
    assert_eq!(strong, ["diltiazem", "120 mg"]);
}

#[test]
fn medi_a_drug_name_is_never_shortened_and_meaningful_capitals_stay() {
    assert_eq!(
        display::drug_name("Hydrochlorothiazide 25 MG Oral Tablet"),
        "hydrochlorothiazide 25 mg oral tablet"
    );
    assert_eq!(
        display::drug_name("Cyanocobalamin (Vitamin B12)"),
        "cyanocobalamin (vitamin B12)"
    );
    assert_eq!(display::drug_name("Insulin NPH"), "insulin NPH");
    assert_eq!(display::drug_name("WARFARIN 3 MG"), "warfarin 3 mg");
    assert_eq!(
        display::drug_name("Co-codamol 8mg/500mg tablets"),
        "co-codamol 8mg/500mg tablets"
    );
}

#[test]
fn medi_numbers_have_a_leading_zero_no_trailing_zero_and_a_comma_from_1000() {
    assert_eq!(dose_number(".5"), "0.5");
    assert_eq!(dose_number("1.0"), "1");
    assert_eq!(dose_number("0.250"), "0.25");
    assert_eq!(dose_number("10"), "10");
    assert_eq!(dose_number("1000"), "1,000");
    assert_eq!(dose_number("1234567.50"), "1,234,567.5");
    assert_eq!(dose_number("999"), "999");
    assert_eq!(dose_number("1e3"), "1e3");
    assert_eq!(dose_number("one"), "one");
}

#[test]
fn medi_units_are_words_where_letters_have_killed() {
    for written in ["U", "IU", "iu", "[iU]", "units"] {
        assert_eq!(dose_unit(written), "units");
    }
    for written in ["ug", "mcg", "\u{b5}g", "microgram"] {
        assert_eq!(dose_unit(written), "micrograms");
    }
    assert_eq!(dose_unit("ml"), "mL");
    assert_eq!(dose_unit("mg."), "mg");
    assert_eq!(dose_unit("mL/h"), "mL per hour");
    assert_eq!(dose_unit("ug/kg/min"), "micrograms per kg per min");
}

#[test]
fn medi_nothing_we_compose_contains_a_forbidden_sign() {
    let composed = plain_text(&display::medication_line(&MedicationWords {
        rate: Some(format!("{} {}", dose_number("0.10"), dose_unit("ug/kg/h"))),
        ..diltiazem()
    }));
    assert!(
        !composed.contains(['@', '|', '>', '<', '/', '\\', '&', '\u{b0}']),
        "{composed}"
    );
}

#[test]
fn results_keep_the_digits_they_were_sent_with() {
    assert_eq!(display::quantity(None, "5.0", "mmol/L"), "5.0 mmol/L");
    assert_eq!(
        display::quantity(Some("<"), "0.10", "mg/L"),
        "less than 0.10 mg/L"
    );
    assert_eq!(display::quantity(None, "48", "%"), "48%");
    assert_eq!(display::quantity(None, "7", ""), "7");
}

#[test]
fn results_show_ucum_as_laboratories_print_it() {
    assert_eq!(display::result_unit("mm[Hg]"), "mmHg");
    assert_eq!(display::result_unit("Cel"), "\u{b0}C");
    assert_eq!(display::result_unit("10*9/L"), "10\u{2079}/L");
    assert_eq!(display::result_unit("mL/min/{1.73_m2}"), "mL/min/1.73 m\u{b2}");
    assert_eq!(display::result_unit("kg/m2"), "kg/m\u{b2}");
    assert_eq!(display::result_unit("mg/dL"), "mg/dL");
}

#[test]
fn units_are_the_same_only_when_nothing_but_spelling_differs() {
    assert!(display::same_unit("mm[Hg]", "mmHg"));
    assert!(!display::same_unit("mg/L", "mg/dL"));
    assert!(!display::same_unit("mmol/L", "mmol/mol"));
}

#[test]
fn adr_0010_coded_agent_is_bold_lower_case_and_uncoded_is_normal_weight_as_written() {
    let row = display::allergy_row(&AllergyWords {
        agent: "Penicillin".into(),
        coded: true,
        episodes: vec![],
    });
    assert_eq!(
        (row[0].text.as_str(), row[0].style),
        ("penicillin", SpanStyle::Strong)
    );
    let row = display::allergy_row(&AllergyWords {
        agent: "Blue Tablets".into(),
        coded: false,
        episodes: vec![],
    });
    assert_eq!(
        (row[0].text.as_str(), row[0].style),
        ("Blue Tablets", SpanStyle::Plain)
    );
}

#[test]
fn adr_0020_simultaneous_reactions_join_with_plus_and_episodes_with_a_comma() {
    let episodes = [
        vec!["rash".to_owned(), "vomiting".to_owned()],
        vec!["anaphylaxis".to_owned()],
    ];
    assert_eq!(display::reactions(&episodes), "rash + vomiting, anaphylaxis");
}

#[test]
fn summer_time_began_and_ended_on_the_right_days() {
    let before = Moment::Instant(Utc.with_ymd_and_hms(2026, 3, 29, 0, 59, 0).unwrap());
    let after = Moment::Instant(Utc.with_ymd_and_hms(2026, 3, 29, 1, 0, 0).unwrap());
    assert_eq!(
        (before.text().as_str(), after.text().as_str()),
        ("29-Mar-2026 00:59", "29-Mar-2026 02:00")
    );
}
