//! Quality: one question per panel, the answer as a sentence, then the chart, then the table.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::{QualityPage, StageLine};
use leptos::prelude::*;
use service::quality;

use super::console::{Console, Section};
use crate::components::{Bar, BarChart, Column, DataTable, Empty, Level, Row};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words::event;
use crate::words::patient::SURVEY_ANSWERS;

pub fn routes() -> Router<Web> {
    Router::new().route("/quality", get(show))
}

/// Quality leads and administrators. Counts only, nobody's record.
async fn show(State(web): State<Web>, staff: Staff) -> Result<Response, Refused> {
    let data = quality::page(&web.desk, &staff.call).await?;
    let console = Console::new(&staff, Section::Quality, &Kept::default());
    Ok(page(&web, "Quality", Alive::Plain, move || console.page("Quality", body(&data))).await)
}

fn body(data: &QualityPage) -> AnyView {
    let stages: Vec<_> = data.stages.iter().map(stage).collect();
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">"How long people wait at each step, and how it was for them."</p>
            <div class="app-panels">{stages}</div>
            {reasons(data)}
            {super::waiting::groups(&data.offers)}
            {survey(data)}
            {comments(data)}
        </div>
    }
    .into_any()
}

fn stage(line: &StageLine) -> AnyView {
    let bars: Vec<Bar> = [("Half within", line.median_days), ("8 of 10 within", line.p80_days)]
        .into_iter()
        .filter_map(|(label, days)| {
            days.map(|days| Bar { label: label.to_owned(), value: days, shown: span(days) })
        })
        .collect();
    let chart = (!bars.is_empty()).then(|| {
        view! { <BarChart caption="Time taken" label_heading="Share of people" value_heading="Time" bars /> }
    });
    let columns = vec![Column::new("Referrals"), Column::number("Number")];
    let rows = vec![
        Row::text(["Have passed this step".to_owned(), line.finished.to_string()]),
        Row::text(["Still waiting at it".to_owned(), line.waiting.to_string()]),
    ];
    view! {
        <section class="app-stack app-panel">
            <h2>{line.leg.clone()}</h2>
            <p>{line.sentence.clone()}</p>
            {chart}
            <DataTable caption="How many" columns rows />
        </section>
    }
    .into_any()
}

/// Why referrals were declined, asked about, cancelled.
fn reasons(data: &QualityPage) -> AnyView {
    let list = if data.reasons.is_empty() {
        view! { <Empty title="No reason has been noted yet" level=Level::Three /> }.into_any()
    } else {
        let columns = vec![Column::new("What"), Column::new("Reason"), Column::number("Number")];
        let rows = data
            .reasons
            .iter()
            .map(|line| Row::text([event(&line.kind), line.label.clone(), line.count.to_string()]))
            .collect();
        view! { <DataTable caption="Reasons of the last year" columns rows /> }.into_any()
    };
    view! {
        <section class="app-stack app-panel">
            <h2>"Why do we decline, ask and cancel?"</h2>
            {list}
        </section>
    }
    .into_any()
}

fn survey(data: &QualityPage) -> AnyView {
    let chart = data.spread.map(|spread| {
        let bars: Vec<Bar> = SURVEY_ANSWERS
            .iter()
            .zip(spread)
            .map(|((_, label), count)| {
                #[expect(clippy::cast_precision_loss, reason = "counts of answers are small")]
                let value = count as f64;
                Bar { label: (*label).to_owned(), value, shown: count.to_string() }
            })
            .collect();
        view! { <BarChart caption="Answers" label_heading="Answer" value_heading="People" bars /> }
    });
    let percent = |value: Option<f64>| match value {
        Some(value) => format!("{value:.0} %"),
        None => "not shown, too few answers".to_owned(),
    };
    let columns = vec![Column::new("Survey"), Column::number("Number")];
    let rows = vec![
        Row::text(["Invited".to_owned(), data.invited.to_string()]),
        Row::text(["Answered".to_owned(), data.answered.to_string()]),
        Row::text(["Very good or good".to_owned(), percent(data.positive)]),
        Row::text(["Poor or very poor".to_owned(), percent(data.negative)]),
    ];
    view! {
        <section class="app-stack app-panel">
            <h2>"How was it for the people?"</h2>
            <p>{data.sentence.clone()}</p>
            {chart}
            <DataTable caption="Survey" columns rows />
        </section>
    }
    .into_any()
}

fn comments(data: &QualityPage) -> AnyView {
    let lines: Vec<_> = data
        .comments
        .iter()
        .map(|(service, comment)| {
            view! {
                <li>
                    <q>{comment.clone()}</q>
                    <p class="app-quiet">{service.clone()}</p>
                </li>
            }
        })
        .collect();
    let list = if lines.is_empty() {
        let why = match data.spread {
            None => "Comments are shown once enough people have answered that nobody can be recognised.",
            Some(_) => "Nobody has written one yet.",
        };
        view! {
            <Empty title="No comments to show" level=Level::Three>
                <p>{why}</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="app-plain-list">{lines}</ul> }.into_any()
    };
    view! {
        <section class="app-stack">
            <h2>"What people wrote"</h2>
            {list}
        </section>
    }
    .into_any()
}

/// A span of days in words, rounded up as the sentence beside it is: minutes, hours from 2, days from 2.
fn span(days: f64) -> String {
    let (minutes, hours) = (days * 1440.0, days * 24.0);
    let (number, unit) = match (hours, days) {
        (..2.0, _) => (minutes, "minute"),
        (_, ..2.0) => (hours, "hour"),
        _ => (days, "day"),
    };
    // A hair is taken off, so that whole numbers that went through a division stay whole.
    let number = (number - 1e-6).ceil().max(1.0);
    format!("{number:.0} {unit}{}", if number == 1.0 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    #[test]
    fn spans_are_rounded_up_in_the_unit_that_fits() {
        for (days, words) in
            [(0.02, "29 minutes"), (0.0, "1 minute"), (1.0, "24 hours"), (2.0, "2 days"), (2.4, "3 days")]
        {
            assert_eq!(span(days), words, "{days}");
        }
    }

    #[test]
    fn with_too_few_answers_neither_figures_nor_comments_are_shown() {
        let data = QualityPage {
            stages: Vec::new(),
            invited: 4,
            answered: 2,
            positive: None,
            negative: None,
            sentence: "Too few".into(),
            spread: None,
            comments: Vec::new(),
            reasons: Vec::new(),
            offers: Vec::new(),
        };
        let html = render(|| body(&data));
        assert!(html.contains("not shown, too few answers"), "{html}");
        assert!(html.contains("No comments to show"), "{html}");
    }
}
