//! What a service reminds its patients of, and when.

use chrono::{Duration, NaiveTime};
use contract::{FieldError, RemindedLine, ReminderInput, RemindersInput, RemindersPage};
use domain::calendar_days::at_wall;
use domain::delivery::Channel;
use domain::form::{Problem, fresh_code};
use domain::reminders::{OnlyIf, Rules as Reminders, Skipped, Step, plan, skipped};
use domain::{ServiceId, dates, spoken};

use super::{change, find};
use crate::{Call, Desk, ServiceError};

/// Days ahead of the visit that the preview shows at first.
const AHEAD: i64 = 21;

/// The form, and when a visit that is booked now for a day and time would be reminded. Administrators.
pub async fn reminders_page(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    (day, time): (&str, &str),
) -> Result<RemindersPage, ServiceError> {
    let (row, rules) = find(desk, call, id).await?;
    let rules = rules.reminders;
    let organisation = domain::OrganisationId(row.organisation_id);
    let own = store::directory::organisation(desk.store.reader(), organisation).await?;
    let zone = own.and_then(|own| own.zone.parse().ok()).unwrap_or(chrono_tz::Europe::London);
    let today = call.now.with_timezone(&zone).date_naive();
    let day = dates::day(day).unwrap_or(today + Duration::days(AHEAD));
    let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap_or_default();
    let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap_or(ten);
    let start = at_wall(day, time, zone);
    let (steps, quiet, now) = (&rules.visit, desk.settings.quiet, call.now);
    let mut preview: Vec<(chrono::DateTime<chrono::Utc>, RemindedLine)> =
        plan(steps, start, zone, quiet, now, false)
            .into_iter()
            .map(|one| {
                let when = spoken::instant(one.at, zone, now);
                (one.at, RemindedLine { when, moved: one.moved, ..line(one.step) })
            })
            .collect();
    preview.sort_by_key(|(at, _)| *at);
    let left_out = skipped(steps, start, zone, quiet, now, false)
        .into_iter()
        .map(|(step, why)| RemindedLine { left_out: code(why).to_owned(), ..line(step) });
    Ok(RemindersPage {
        id: row.id.to_string(),
        service: row.name,
        input: input_of(&rules),
        is_usual: rules == Reminders::default(),
        day: day.to_string(),
        time: time.format("%H:%M").to_string(),
        visit: spoken::instant(start, zone, now),
        preview: left_out.chain(preview.into_iter().map(|(_, line)| line)).collect(),
    })
}

fn line(step: &Step) -> RemindedLine {
    RemindedLine {
        what: before(step),
        when: String::new(),
        moved: false,
        left_out: String::new(),
        unconfirmed: step.only_if == OnlyIf::Unconfirmed,
    }
}

const fn code(why: Skipped) -> &'static str {
    match why {
        Skipped::Passed => "passed",
        Skipped::TooNear => "too-near",
        Skipped::Confirmed => "confirmed",
        Skipped::Same => "same",
    }
}

/// "14 days before, at 09:00".
fn before(step: &Step) -> String {
    let of =
        |number: u32, one: &str| if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") };
    match (step.before_days, step.before_hours) {
        (Some(0), _) => format!("on the day, at {}", step.time().format("%H:%M")),
        (Some(days), _) => format!("{} before, at {}", of(days, "day"), step.time().format("%H:%M")),
        (None, hours) => format!("{} before", of(hours.unwrap_or_default(), "hour")),
    }
}

/// Sets what a service reminds of. Visits to come that have reminders which have not gone are planned anew, a little later.
/// Administrators.
///
/// Errors: `Invalid` with the fields `step-N-days` and so on, or those of the form.
pub async fn save_reminders(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    input: &RemindersInput,
) -> Result<(), ServiceError> {
    change(desk, call, id, "save-reminders", input, |rules| {
        let known: Vec<&str> = rules.reminders.visit.iter().map(|step| step.code.as_str()).collect();
        let (read, places) = read(input, &known)?;
        let wrong: Vec<FieldError> =
            read.problems().into_iter().map(|problem| at_field(&problem, &places)).collect();
        if !wrong.is_empty() {
            return Err(ServiceError::Invalid(wrong));
        }
        rules.reminders = read;
        Ok("reminders".to_owned())
    })
    .await
}

/// `visit[1].before_days` stands in the form where that step was typed.
fn at_field(problem: &Problem, places: &[usize]) -> FieldError {
    let inner = problem.path.strip_prefix("visit[").and_then(|rest| rest.split_once("]."));
    let Some((index, field)) = inner else {
        let field = if problem.path == "visit" { "step-0-days" } else { &problem.path };
        return FieldError::new(field, problem.remedy.clone());
    };
    let place = index.parse().ok().and_then(|index: usize| places.get(index)).copied().unwrap_or_default();
    let field = match field {
        "before_days" | "code" => "days",
        "before_hours" => "hours",
        "say_cost" => "how",
        other => other,
    };
    FieldError::new(&format!("step-{place}-{field}"), problem.remedy.clone())
}

/// The rules that were typed, and where in the form each step stands.
fn read(input: &RemindersInput, known: &[&str]) -> Result<(Reminders, Vec<usize>), ServiceError> {
    if input.whole != "1" {
        return Err(ServiceError::invalid("step-0-days", "Open the page anew and set the reminders there."));
    }
    let mut wrong = Vec::new();
    let mut whole = |field: &str, typed: &str| match typed.trim() {
        "" => None,
        typed => typed.parse::<u32>().map_or_else(
            |_| {
                wrong.push(FieldError::new(field, "Give a whole number, or leave it empty."));
                None
            },
            Some,
        ),
    };
    let (mut visit, mut places): (Vec<Step>, Vec<usize>) = (Vec::new(), Vec::new());
    for (place, typed) in input.steps.iter().enumerate() {
        if typed.days.trim().is_empty() && typed.hours.trim().is_empty() {
            continue;
        }
        let days = whole(&format!("step-{place}-days"), &typed.days);
        let hours = whole(&format!("step-{place}-hours"), &typed.hours);
        let at = Some(typed.at.trim().to_owned()).filter(|at| !at.is_empty() && days.is_some());
        let mut step = Step {
            code: String::new(),
            before_days: days,
            at: at.filter(|at| at != "09:00"),
            before_hours: hours,
            only_if: if typed.unconfirmed == "1" { OnlyIf::Unconfirmed } else { OnlyIf::Always },
            by: Channel::from_code(&typed.by),
            ask_confirm: typed.ask_confirm == "1",
            say_cost: typed.say_cost == "1",
        };
        let words = match (days, hours) {
            (Some(1), _) => "1-day".to_owned(),
            (Some(days), _) => format!("{days}-days"),
            (None, hours) => format!("{}-hours", hours.unwrap_or_default()),
        };
        // A reminder that stays keeps its code, so that what was sent under it is not sent again.
        let kept = known.contains(&typed.code.as_str()) && visit.iter().all(|other| other.code != typed.code);
        step.code = match kept {
            true => typed.code.clone(),
            false => fresh_code(&words, "reminder", |code| {
                known.contains(&code) || visit.iter().any(|other| other.code == code)
            }),
        };
        visit.push(step);
        places.push(place);
    }
    let missed_days = whole("missed_days", &input.missed_days);
    let still_needed_weeks = whole("still_needed_weeks", &input.still_needed_weeks);
    let survey_days = whole("survey_days", &input.survey_days);
    let mut numbers = |field: &str, typed: &str| {
        let parts = typed.split([',', ' ', ';']).filter(|part| !part.is_empty());
        parts.map(str::parse::<u32>).collect::<Result<Vec<_>, _>>().unwrap_or_else(|_| {
            wrong.push(FieldError::new(field, "Give numbers of days with commas between, like 3, 7, 14."));
            Vec::new()
        })
    };
    let choose_time_days = numbers("choose_time_days", &input.choose_time_days);
    let documents_days = numbers("documents_days", &input.documents_days);
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let missed_cost = input.missed_cost.trim().to_owned();
    let rules = Reminders {
        visit,
        missed_cost,
        choose_time_days,
        documents_days,
        missed_days,
        still_needed_weeks,
        survey_days,
    };
    Ok((rules, places))
}

fn input_of(rules: &Reminders) -> RemindersInput {
    let typed = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
    let tick = |is: bool| if is { "1" } else { "" }.to_owned();
    let list = |numbers: &[u32]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let step = |step: &Step| ReminderInput {
        code: step.code.clone(),
        days: typed(step.before_days),
        at: step.before_days.map_or(String::new(), |_| step.time().format("%H:%M").to_string()),
        hours: typed(step.before_hours),
        unconfirmed: tick(step.only_if == OnlyIf::Unconfirmed),
        by: step.by.map_or(String::new(), |by| by.code().to_owned()),
        ask_confirm: tick(step.ask_confirm),
        say_cost: tick(step.say_cost),
    };
    RemindersInput {
        steps: rules.visit.iter().map(step).collect(),
        whole: "1".to_owned(),
        missed_cost: rules.missed_cost.clone(),
        choose_time_days: list(&rules.choose_time_days),
        documents_days: list(&rules.documents_days),
        missed_days: typed(rules.missed_days),
        still_needed_weeks: typed(rules.still_needed_weeks),
        survey_days: typed(rules.survey_days),
    }
}

/// The rules for the history, each in a line.
pub(super) fn lines(rules: &Reminders) -> Vec<String> {
    let step = |step: &Step| {
        let mut line = before(step);
        if step.only_if == OnlyIf::Unconfirmed {
            line.push_str(", if not confirmed");
        }
        if let Some(by) = step.by {
            line.push_str(&format!(", by {by}"));
        }
        if step.ask_confirm {
            line.push_str(", asks");
        }
        if step.say_cost {
            line.push_str(&format!(", says “{}”", rules.missed_cost));
        }
        line
    };
    let days = |numbers: &[u32]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let number = |number: Option<u32>| number.map_or("never".to_owned(), |number| number.to_string());
    let mut all: Vec<String> = rules.visit.iter().map(step).collect();
    all.push(format!("no time chosen: after days {}", days(&rules.choose_time_days)));
    all.push(format!("something missing: after days {}", days(&rules.documents_days)));
    all.push(format!("missed: after days {}", number(rules.missed_days)));
    all.push(format!("still needed: every weeks {}", number(rules.still_needed_weeks)));
    all.push(format!("survey: after days {}", number(rules.survey_days)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_survive_their_own_form() {
        let own: Reminders = serde_json::from_str(
            r#"{"visit":[{"code":"a","before_days":7,"at":"17:30","only_if":"unconfirmed","by":"email","ask_confirm":true},
                {"code":"b","before_hours":3,"say_cost":true}],"missed_cost":"about £160","choose_time_days":[2],
                "documents_days":[],"missed_days":"never","still_needed_weeks":4,"survey_days":2}"#,
        )
        .unwrap();
        for rules in [Reminders::default(), own] {
            let known: Vec<&str> = rules.visit.iter().map(|step| step.code.as_str()).collect();
            let (read, _) = read(&input_of(&rules), &known).unwrap();
            assert_eq!(read, rules);
        }
    }

    #[test]
    fn a_new_reminder_gets_a_code_of_its_own_and_an_empty_line_none() {
        let typed = |code: &str, days: &str| ReminderInput {
            code: code.into(),
            days: days.into(),
            ..ReminderInput::default()
        };
        let steps = vec![
            typed("14-days", "10"),
            typed("", ""),
            typed("", "14"),
            typed("14-days", "3"),
            typed("x", "1"),
        ];
        let (rules, places) =
            read(&RemindersInput { steps, whole: "1".into(), ..RemindersInput::default() }, &["14-days"])
                .unwrap();
        let codes: Vec<&str> = rules.visit.iter().map(|step| step.code.as_str()).collect();
        assert_eq!((codes, places), (vec!["14-days", "14-days-2", "3-days", "1-day"], vec![0, 2, 3, 4]));
    }

    #[test]
    fn what_cannot_be_read_is_named_where_it_was_typed() {
        let steps =
            vec![ReminderInput::default(), ReminderInput { days: "soon".into(), ..ReminderInput::default() }];
        let input = RemindersInput {
            whole: "1".into(),
            steps,
            choose_time_days: "3, x".into(),
            survey_days: "-1".into(),
            ..RemindersInput::default()
        };
        let Err(ServiceError::Invalid(wrong)) = read(&input, &[]) else { panic!("it was taken") };
        let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["step-1-days", "survey_days", "choose_time_days"]);
        let problem = Problem::new("visit[1].say_cost", "Say what it costs.");
        assert_eq!(at_field(&problem, &[0, 3]).field, "step-3-how");
    }
}
