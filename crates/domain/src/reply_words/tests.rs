use proptest::prelude::*;

use super::*;

const REPLIES: &str = include_str!("replies.txt");

/// (open question, expected, words) of every line; `any` is each question and none.
fn replies() -> &'static [(Option<Question>, String, String)] {
    static ALL: std::sync::OnceLock<Vec<(Option<Question>, String, String)>> = std::sync::OnceLock::new();
    ALL.get_or_init(read_replies)
}

fn read_replies() -> Vec<(Option<Question>, String, String)> {
    let all = [None, Some(Question::Visit), Some(Question::Offer), Some(Question::StillNeeded)];
    let lines = REPLIES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .flat_map(|line| {
            let mut parts = line.splitn(3, '|').map(str::trim);
            let (open, expected) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let words = parts.next().expect(line).replace("\\n", "\n");
            let open = match open {
                "any" => all.to_vec(),
                "-" => vec![None],
                "visit" => vec![Some(Question::Visit)],
                "offer" => vec![Some(Question::Offer)],
                "need" => vec![Some(Question::StillNeeded)],
                other => panic!("no such question: {other}"),
            };
            open.into_iter().map(move |open| (open, expected.to_owned(), words.clone()))
        })
        .collect()
}

fn said(reading: Reading) -> String {
    format!("{}{}", reading.meaning, if reading.for_person { "!" } else { "" })
}

#[test]
fn what_patients_answer_is_read_as_it_is_meant() {
    let wrong: Vec<String> = replies()
        .iter()
        .filter_map(|(open, expected, words)| {
            let reading = read(words, *open);
            let said = said(reading);
            (said != *expected)
                .then(|| format!("{words:?} ({open:?}): {said} ({}), not {expected}", reading.reason))
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_is_long_and_has_every_meaning() {
    assert!(REPLIES.lines().count() > 350);
    for meaning in Meaning::ALL {
        assert!(replies().iter().any(|(_, expected, _)| expected.trim_end_matches('!') == meaning.code()));
    }
}

#[test]
fn why_it_is_read_so_is_said() {
    let visit = Some(Question::Visit);
    for (words, open, reason) in [
        ("STOP", None, Reason::Keyword),
        ("please stop texting me", None, Reason::Refusal),
        ("stop texting me at night", None, Reason::PerhapsRefusal),
        ("stop texting me and cancel my appointment", visit, Reason::RefusalAndMore),
        ("wrong number", None, Reason::WrongPerson),
        ("yes", visit, Reason::Answer),
        ("yes", None, Reason::NothingAsked),
        ("yes but can't make it", visit, Reason::Contradiction),
        ("I can't make it", visit, Reason::Wish),
        ("thanks", visit, Reason::Courtesy),
        (" ", visit, Reason::Empty),
        ("where do I park", visit, Reason::FreeText),
    ] {
        assert_eq!(read(words, open).reason, reason, "{words}");
    }
}

/// What people and phones put around words without meaning anything by it.
fn dressed(words: &str, how: u8) -> String {
    match how {
        0 => words.to_uppercase(),
        1 => words.to_lowercase(),
        2 => format!("  \t{}\u{200b} ", words.replace(' ', "  ")),
        3 => format!("{words} 🙂🙏"),
        4 => format!("“{words}”"),
        5 => format!("\u{feff}{words}\r\n"),
        6 => words.replace('\'', "’"),
        _ => format!("{words}!"),
    }
}

fn question() -> impl Strategy<Value = Option<Question>> {
    prop::option::of(prop::sample::select(Question::ALL))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn case_spaces_signs_and_quotes_change_nothing(which in any::<prop::sample::Index>(), how in 0..8u8) {
        let all = replies();
        let (open, expected, words) = &all[which.index(all.len())];
        // Marks of phones are known by their capitals; our own words in quotes are not dressed.
        prop_assume!(!words.contains(['“', '"', '«', '>', '‘']) && !words.is_empty());
        // A message of signs alone stays one.
        let dressed = dressed(words, how);
        prop_assert_eq!(&said(read(&dressed, *open)), expected, "{}", dressed);
    }

    #[test]
    fn no_message_is_too_odd_to_be_read(words in ".{0,400}", open in question()) {
        let reading = read(&words, open);
        // Nothing is dropped: what is not understood goes to a person, unless there is nothing to read.
        if reading.meaning == Meaning::Other && !reading.for_person {
            prop_assert!(matches!(reading.reason, Reason::Courtesy | Reason::Empty));
        }
    }

    #[test]
    fn only_start_and_unstop_bring_anybody_back(words in "[a-z ]{0,40}", open in question()) {
        let said = words.replace(' ', "");
        if read(&words, open).meaning == Meaning::Return {
            prop_assert!(said.contains("start") || said.contains("unstop"));
        }
    }

    #[test]
    fn nothing_is_confirmed_or_denied_that_nobody_asked(words in "(yes|y|ok|no|n|c|stop|but|not|i will|come| ){1,6}") {
        prop_assert!(!matches!(read(&words, None).meaning, Meaning::Confirm | Meaning::No));
    }

    #[test]
    fn a_refusal_is_found_whatever_stands_before_it(
        before in "(hello|thank you|I am well|my knee hurts|yes|no|ok|I come on Friday|please)",
        refusal in prop::sample::select(vec![
            "stop texting me", "don't message me again", "remove me from this list", "no more texts", "unsubscribe me",
            "I don't want these messages", "STOP",
        ]),
        open in question(),
    ) {
        let words = format!("{before}. {refusal}");
        prop_assert_eq!(read(&words, open).meaning, Meaning::Stop, "{}", words);
    }

    #[test]
    fn an_opt_out_word_beside_answers_is_never_an_answer(
        words in prop::collection::vec(prop::sample::select(vec!["yes", "y", "ok", "no", "stop", "please", "stopall", "c"]), 1..5),
        open in question(),
    ) {
        let stops = words.iter().any(|word| word.starts_with("stop"));
        let reading = read(&words.join(" "), open);
        prop_assert_eq!(reading.meaning == Meaning::Stop, stops, "{:?}", words);
    }
}
