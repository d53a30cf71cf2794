//! The letter with the words that led to a suggestion, and what the specialist wrote back.

use contract::{ReferralPage, SuggestionReason, UrgencySuggestion};
use leptos::prelude::*;

use crate::components::{Card, Level, StatusTag};
use crate::words;

/// A piece of the letter.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Marked(&'a str),
}

/// Cuts the letter at the reasons. A reason that does not lie on character boundaries, or inside one before it, is not
/// marked; the letter is always shown whole.
fn pieces<'a>(letter: &'a str, reasons: &[SuggestionReason]) -> Vec<Piece<'a>> {
    let mut spans: Vec<(usize, usize)> = reasons.iter().map(|reason| (reason.start, reason.end)).collect();
    spans.sort_unstable();
    let mut pieces = Vec::new();
    let mut at = 0;
    for (start, end) in spans {
        if start < at || start >= end {
            continue;
        }
        let (Some(before), Some(marked)) = (letter.get(at..start), letter.get(start..end)) else {
            continue;
        };
        if !before.is_empty() {
            pieces.push(Piece::Plain(before));
        }
        pieces.push(Piece::Marked(marked));
        at = end;
    }
    if let Some(rest) = letter.get(at..).filter(|rest| !rest.is_empty()) {
        pieces.push(Piece::Plain(rest));
    }
    pieces
}

/// The letter and, beside the words that led to it, the suggested urgency.
pub fn letter(data: &ReferralPage) -> AnyView {
    let reasons = data.suggestion.as_ref().map_or(&[][..], |suggestion| &suggestion.reasons);
    let text: Vec<AnyView> = pieces(&data.letter, reasons)
        .into_iter()
        .map(|piece| match piece {
            Piece::Plain(text) => text.to_owned().into_any(),
            Piece::Marked(text) => view! { <mark>{text.to_owned()}</mark> }.into_any(),
        })
        .collect();
    let codes = data.reason_codes.join(", ");
    let letter = if data.letter.trim().is_empty() {
        view! { <p class="app-quiet">"Nothing is written yet."</p> }.into_any()
    } else {
        view! { <div class="app-letter" dir="auto">{text}</div> }.into_any()
    };
    view! {
        <section class="app-stack">
            <h2>"Letter"</h2>
            <p class="app-quiet">
                {format!("From {}, {}", data.referrer, data.referring_organisation)}
            </p>
            {letter}
            {(!codes.is_empty()).then(|| view! { <p>{format!("Coded reason: {codes}")}</p> })}
            {data.suggestion.as_ref().map(suggestion)}
        </section>
    }
    .into_any()
}

fn suggestion(suggestion: &UrgencySuggestion) -> AnyView {
    let (meaning, label) = words::urgency(&suggestion.label);
    let reasons: Vec<_> = suggestion
        .reasons
        .iter()
        .map(|reason| {
            view! {
                <li>
                    <q>{reason.words.clone()}</q>
                    {format!(" – {}", reason.area.replace('_', " "))}
                    <p class="app-quiet">{reason.source.clone()}</p>
                </li>
            }
        })
        .collect();
    let why =
        if reasons.is_empty() { "No words of the letter led to it." } else { "Because the letter says:" };
    let model = format!("Rules: {}", suggestion.model);
    view! {
        <Card title="Suggested urgency" level=Level::Three meaning>
            <p>
                <StatusTag meaning label />
            </p>
            <p>{why}</p>
            <ul>{reasons}</ul>
            <p>
                <strong>"A person decides."</strong>
                " The suggestion knows only the words of the letter, and it never makes a referral less urgent."
            </p>
            <p class="app-quiet">{model}</p>
        </Card>
    }
    .into_any()
}

/// Notes and reports of the specialist, newest as they come.
pub fn reports(data: &ReferralPage) -> AnyView {
    let reports: Vec<_> = data
        .reports
        .iter()
        .map(|report| {
            let title = if report.interim { "Note" } else { "Report" };
            let read = match &report.acknowledged {
                Some(when) => format!("Acknowledged {when}"),
                None if report.interim => String::new(),
                None => "Not acknowledged yet".to_owned(),
            };
            view! {
                <section class="app-stack app-stack--tight">
                    <h2>{title}</h2>
                    <p class="app-quiet">{format!("{}, {}", report.who, report.when)}</p>
                    <div class="app-letter" dir="auto">{report.text.clone()}</div>
                    {super::patient::enclosed(&data.id, &report.documents)}
                    <p class="app-quiet">{read}</p>
                </section>
            }
            .into_any()
        })
        .collect();
    reports.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(start: usize, end: usize) -> SuggestionReason {
        SuggestionReason { start, end, words: String::new(), area: String::new(), source: String::new() }
    }

    fn check(letter: &str, spans: &[(usize, usize)], expected: &[Piece]) {
        let reasons: Vec<_> = spans.iter().map(|(start, end)| reason(*start, *end)).collect();
        assert_eq!(pieces(letter, &reasons), expected, "{letter:?} {spans:?}");
    }

    #[test]
    fn the_letter_is_cut_at_the_reasons_and_always_shown_whole() {
        use Piece::{Marked, Plain};
        check("", &[], &[]);
        check("plain", &[], &[Plain("plain")]);
        check("has haematuria now", &[(4, 14)], &[Plain("has "), Marked("haematuria"), Plain(" now")]);
        check("ab", &[(1, 2), (0, 1)], &[Marked("a"), Marked("b")]);
        check("abcd", &[(0, 3), (1, 2)], &[Marked("abc"), Plain("d")]);
    }

    #[test]
    fn a_reason_outside_the_letter_or_inside_a_character_is_not_marked() {
        check("ä", &[(1, 2)], &[Piece::Plain("ä")]);
        check("ab", &[(1, 9), (5, 2)], &[Piece::Plain("ab")]);
    }
}
