//! The coming fourteen days: visits, and busy times from calendars.

use contract::{AvailabilityPage, DiaryLine};
use leptos::prelude::*;

use crate::components::{Empty, Level};
use crate::pages::console::to;

pub fn diary(data: &AvailabilityPage) -> AnyView {
    let days: Vec<_> = by_day(&data.diary)
        .into_iter()
        .map(|(day, lines)| {
            let title = if day == data.today { format!("Today, {day}") } else { day.to_owned() };
            let lines: Vec<_> = lines.into_iter().map(entry).collect();
            view! {
                <div class="app-week__day">
                    <h3>{title}</h3>
                    {lines}
                </div>
            }
        })
        .collect();
    let body = if days.is_empty() {
        view! {
            <Empty title="Nothing is booked in the next 14 days" level=Level::Three>
                <p>"Visits and busy times from the calendars appear here, day by day."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <div class="app-week">{days}</div> }.into_any()
    };
    view! {
        <section class="app-stack">
            <h2>"Next 14 days"</h2>
            {body}
        </section>
    }
    .into_any()
}

fn entry(line: &DiaryLine) -> AnyView {
    let (class, word) = match line.kind.as_str() {
        "busy" => ("app-week__busy", "Busy"),
        "held" => ("app-week__booking", "Held"),
        "seen" => ("app-week__session", "Seen"),
        "missed" => ("app-week__busy", "Did not attend"),
        _ => ("app-week__booking", "Booked"),
    };
    let what = match &line.referral {
        Some(referral) => {
            view! { <a href=to(format!("/referrals/{referral}"))>{line.what.clone()}</a> }.into_any()
        }
        None if line.what.eq_ignore_ascii_case(word) => ().into_any(),
        None => line.what.clone().into_any(),
    };
    view! {
        <div class=class>
            <p>
                <strong>{line.clock.clone()}</strong>
                {format!(" {word}")}
            </p>
            <p>{what}</p>
        </div>
    }
    .into_any()
}

fn by_day(lines: &[DiaryLine]) -> Vec<(&str, Vec<&DiaryLine>)> {
    let mut days: Vec<(&str, Vec<&DiaryLine>)> = Vec::new();
    for line in lines {
        match days.last_mut() {
            Some((day, list)) if *day == line.day => list.push(line),
            _ => days.push((&line.day, vec![line])),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_diary_is_grouped_by_day_in_order() {
        let line = |day: &str| DiaryLine {
            day: day.into(),
            clock: String::new(),
            what: String::new(),
            referral: None,
            kind: "busy".into(),
        };
        let lines = [line("Mon"), line("Mon"), line("Tue")];
        let days: Vec<_> = by_day(&lines).into_iter().map(|(day, list)| (day, list.len())).collect();
        assert_eq!(days, [("Mon", 2), ("Tue", 1)]);
    }
}
