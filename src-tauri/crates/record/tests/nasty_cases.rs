//! The page of nasty cases names tests. A test that is renamed or gone must not leave the page claiming it.

#[test]
fn every_test_that_the_page_names_exists() {
    const PAGE: &str = include_str!("../src/nasty_cases.rs");
    const TESTS: [&str; 8] = [
        include_str!("over_time.rs"),
        include_str!("early_warning.rs"),
        include_str!("standard.rs"),
        include_str!("display_rules.rs"),
        include_str!("history.rs"),
        include_str!("first_look.rs"),
        include_str!("display_conformance.rs"),
        include_str!("../../../../tests/tests/stories.rs"),
    ];
    let mut named = 0;
    for row in PAGE.lines().filter(|line| line.starts_with("//! | ")) {
        let Some(last) = row.trim_end_matches([' ', '|']).rsplit(" | ").next() else {
            continue;
        };
        for test in last.split('`').filter(|word| word.contains('_')) {
            named += 1;
            let function = format!("fn {test}(");
            assert!(
                TESTS.iter().any(|file| file.contains(&function)),
                "no test is called {test}"
            );
        }
    }
    assert!(named >= 20, "only {named} tests are named");
}
