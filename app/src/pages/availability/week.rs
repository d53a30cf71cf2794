//! The week of a clinician: a column for each day, sessions as blocks with the visits in them, busy times beside.

use contract::{AvailabilityPage, DayPage, DiaryLine, SessionBlock, WeekDay, WeekView};
use leptos::prelude::*;

use crate::components::{LinkButton, Look, Notice, NoticeKind};
use crate::pages::console::{to, with_query};
use crate::words;

/// The week with the ways to other weeks.
pub fn week(data: &AvailabilityPage) -> AnyView {
    let another = |label: &'static str, day: &str| {
        let href = with_query("/availability", &[("resource", &data.resource), ("week", day)]);
        view! { <LinkButton label href look=Look::Link /> }
    };
    let days = data.week.days.iter().map(|day| column(day, Some(&data.resource))).collect_view();
    view! {
        <section class="app-stack">
            <h2>"The week"</h2>
            {freshness(&data.week)}
            <nav class="app-cluster app-screen-only" aria-label="Weeks">
                {another("The week before", &data.week.before)} {another("This week", "")}
                {another("The week after", &data.week.after)}
            </nav>
            <div class="app-week">{days}</div>
        </section>
    }
    .into_any()
}

/// One day, for the screen and for paper.
pub fn day(data: &DayPage) -> AnyView {
    let another = |label: &'static str, day: &str| {
        let href = to(format!("/availability/{}/day/{day}", data.resource));
        view! { <LinkButton label href look=Look::Link /> }
    };
    let back = with_query("/availability", &[("resource", &data.resource), ("week", &data.week.from)]);
    let days = data.week.days.iter().map(|day| column(day, None)).collect_view();
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">{format!("All times are {}. Printed {}.", data.zone, data.printed)}</p>
            {freshness(&data.week)}
            <nav class="app-cluster app-screen-only" aria-label="Days">
                {another("The day before", &data.week.before)} {another("The day after", &data.week.after)}
                <LinkButton label="The week" href=back look=Look::Link />
            </nav>
            <div class="app-week app-week--day">{days}</div>
        </div>
    }
    .into_any()
}

fn freshness(week: &WeekView) -> AnyView {
    let unknown = week.unknown.then(|| {
        view! {
            <Notice kind=NoticeKind::Warning title="What is known of a calendar is too old, or does not reach these days">
                <p>"Busy times are shown as far as they are known. Nobody is offered a time then, until it is read again."</p>
            </Notice>
        }
    });
    let fresh = match &week.fresh {
        Some(fresh) => format!("Busy times are hatched. {fresh}."),
        None => "No calendar is read here: busy times are not known.".to_owned(),
    };
    view! {
        {unknown}
        <p class="app-hint">{fresh}</p>
    }
    .into_any()
}

fn column(day: &WeekDay, resource: Option<&str>) -> AnyView {
    // Side by side the days are narrow; one alone has the whole width.
    let name = if resource.is_some() { words::short_day(&day.day) } else { day.day.clone() };
    let title = if day.is_today { format!("Today, {name}") } else { name };
    let heading = match resource {
        Some(resource) => {
            let href = to(format!("/availability/{resource}/day/{}", day.date));
            view! { <a href=href>{title}</a> }.into_any()
        }
        None => title.into_any(),
    };
    let nothing = (day.sessions.is_empty() && day.beside.is_empty())
        .then(|| view! { <p class="app-hint">"Nothing"</p> });
    let sessions = day.sessions.iter().map(|session| (session.at, block(session, resource)));
    let beside = day.beside.iter().map(|one| (one.at, line(one)));
    let mut all: Vec<(i64, AnyView)> = sessions.chain(beside).collect();
    // A day is read from morning to evening; what begins with a session comes after it.
    all.sort_by_key(|(at, _)| *at);
    let all: Vec<AnyView> = all.into_iter().map(|(_, shown)| shown).collect();
    view! {
        <div class="app-week__day">
            <h3>{heading}</h3>
            {all}
            {nothing}
        </div>
    }
    .into_any()
}

/// A session; on the screen of the week it leads to its form.
fn block(session: &SessionBlock, resource: Option<&str>) -> AnyView {
    let place = session.site.clone().map(|site| format!(", {site}")).unwrap_or_default();
    let state = match &session.closed {
        Some(note) if note.is_empty() => "Does not take place".to_owned(),
        Some(note) => format!("Does not take place: {note}"),
        None => words::booked(session.booked),
    };
    let class = if session.closed.is_some() { "app-week__closed" } else { "app-week__session" };
    let lines = session.lines.iter().map(line).collect_view();
    let times = view! { <strong>{session.times.clone()}</strong> };
    let times = match resource.filter(|_| !session.rule.is_empty()) {
        Some(resource) => {
            let href = to(format!("/availability/{resource}/rules/{}", session.rule));
            let of = format!(", {}: change this session", session.service);
            view! { <a href=href>{times}<span class="app-visually-hidden">{of}</span></a> }.into_any()
        }
        None => times.into_any(),
    };
    view! {
        <div class=class>
            <p>
                {times}
                {format!(" {}{place}", session.service)}
            </p>
            <p>{state}</p>
            {lines}
        </div>
    }
    .into_any()
}

/// A visit, a busy time or leave.
fn line(line: &DiaryLine) -> AnyView {
    let (class, word) = match line.kind.as_str() {
        "busy" => ("app-week__busy", "Busy"),
        "leave" => ("app-week__busy", "Leave"),
        "held" => ("app-week__booking", "Held"),
        "offered" => ("app-week__booking", "Offered"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, what: &str) -> DiaryLine {
        DiaryLine {
            day: "Mon".into(),
            clock: "9am to 9:30am".into(),
            what: what.into(),
            referral: (kind == "booked").then(|| "r1".to_owned()),
            kind: kind.into(),
            at: 2,
        }
    }

    #[test]
    fn a_day_shows_sessions_with_their_visits_and_what_lies_beside() {
        let day = WeekDay {
            date: "2026-03-02".into(),
            day: "Monday 2 March".into(),
            is_today: true,
            sessions: vec![SessionBlock {
                times: "9am to 12pm".into(),
                service: "Heart clinic".into(),
                site: Some("North".into()),
                closed: None,
                rule: "r1".into(),
                at: 1,
                booked: 1,
                lines: vec![entry("booked", "Ann Lee · WM-1")],
            }],
            beside: vec![entry("busy", "busy"), entry("leave", "Conference")],
        };
        let html = crate::components::render(|| column(&day, Some("d1")));
        for wanted in [
            "Today, Mon 2 Mar<",
            "9am to 12pm",
            "1 visit",
            "Ann Lee",
            "Conference",
            "/availability/d1/day/2026-03-02",
            "href=\"/availability/d1/rules/r1\"",
        ] {
            assert!(html.contains(wanted), "{wanted}: {html}");
        }
        assert_eq!(html.matches("app-week__busy").count(), 2, "{html}");
        let alone = crate::components::render(|| column(&day, None));
        assert!(alone.contains("Today, Monday 2 March"), "{alone}");
        assert!(!alone.contains("/rules/"), "paper leads nowhere: {alone}");
    }

    #[test]
    fn a_visit_before_a_session_stands_before_it() {
        let session = SessionBlock {
            times: "9am to 12pm".into(),
            service: "Heart clinic".into(),
            site: None,
            closed: None,
            rule: String::new(),
            at: 100,
            booked: 0,
            lines: Vec::new(),
        };
        let day = WeekDay {
            date: "2026-03-02".into(),
            day: "Monday 2 March".into(),
            is_today: false,
            sessions: vec![session],
            beside: vec![
                DiaryLine { at: 50, ..entry("booked", "Ann Early") },
                DiaryLine { at: 200, ..entry("booked", "Bob Late") },
            ],
        };
        let html = crate::components::render(|| column(&day, None));
        let at = |what: &str| html.find(what).unwrap_or_else(|| panic!("{what}: {html}"));
        assert!(at("Ann Early") < at("Heart clinic") && at("Heart clinic") < at("Bob Late"), "{html}");
    }

    #[test]
    fn a_session_that_does_not_take_place_says_so() {
        let closed = SessionBlock {
            times: "9am to 12pm".into(),
            service: "Heart clinic".into(),
            site: None,
            closed: Some("Training".into()),
            rule: "r1".into(),
            at: 0,
            booked: 0,
            lines: Vec::new(),
        };
        let html = crate::components::render(|| block(&closed, Some("d1")));
        assert!(html.contains("Does not take place: Training"), "{html}");
    }
}
