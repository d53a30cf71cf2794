//! What the administrators' forms share.

use contract::{ChangeLine, ClockField};
use leptos::prelude::*;

use crate::components::{Column, DataTable, Density, Empty, Level, Need, Row, TextField, TextKind, Width};
use crate::web::{Kept, Typed};
use crate::words;

/// Names of the clocks' controls begin so.
const CLOCK: &str = "clock-";

/// The clocks that a form sent: name and days.
pub fn durations(typed: &Typed) -> Vec<(String, String)> {
    typed
        .pairs
        .iter()
        .filter_map(|(name, days)| Some((name.strip_prefix(CLOCK)?.to_owned(), days.clone())))
        .collect()
}

/// The controls of all clocks behind one button.
pub fn clocks(fields: &[ClockField], kept: &Kept) -> AnyView {
    let is_wrong = kept.errors.iter().any(|error| error.field.starts_with(CLOCK));
    let is_set = fields.iter().any(|field| !field.days.is_empty());
    let controls: Vec<_> = fields
        .iter()
        .map(|field| {
            let name = format!("{CLOCK}{}", field.name);
            view! {
                <TextField
                    name=name.clone()
                    label=words::duration(&field.name)
                    hint=format!("{} when empty", field.otherwise)
                    kind=TextKind::Digits
                    width=Width::Short
                    need=Need::Optional
                    value=kept.value(&name, &field.days)
                    error=kept.error(&name)
                />
            }
        })
        .collect();
    view! {
        <details class="app-filters" open=is_wrong || is_set>
            <summary class="app-filters__summary">"Clocks, in working days"</summary>
            <div class="app-filters__fields">{controls}</div>
        </details>
    }
    .into_any()
}

/// What was changed, newest first.
pub fn changes(lines: &[ChangeLine]) -> AnyView {
    if lines.is_empty() {
        return view! { <Empty title="Nothing has been changed yet" level=Level::Three /> }.into_any();
    }
    let rows = lines
        .iter()
        .map(|line| {
            let shown = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
            Row::new(vec![
                line.when.clone().into_any(),
                line.who.clone().into_any(),
                format!("{}, {}", line.what, words::setting(&line.field)).into_any(),
                shown(&line.before).into_any(),
                shown(&line.after).into_any(),
            ])
        })
        .collect();
    let columns = ["When", "Who", "What", "Before", "After"].map(Column::new).to_vec();
    view! { <DataTable caption="What was changed, the newest first" columns rows density=Density::Dense /> }
        .into_any()
}
