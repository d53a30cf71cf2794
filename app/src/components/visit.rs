use contract::AppointmentView;
use leptos::prelude::*;

use super::Fact;
use crate::words;

/// Place, who, how long, and what to bring.
pub fn facts(visit: &AppointmentView) -> Vec<Fact> {
    let place = match &visit.address {
        Some(address) => format!("{}, {address}", visit.place),
        None => visit.place.clone(),
    };
    let mut facts = vec![match visit.map.clone() {
        None => Fact::text("Where", place),
        Some(map) => Fact::new(
            "Where",
            view! { {place} " " <a href=map rel="noopener noreferrer">"Map"</a> }.into_any(),
        ),
    }];
    if !visit.who.is_empty() {
        facts.push(Fact::text("Who", visit.who.clone()));
    }
    facts.push(Fact::text("How long", words::patient::length(visit.length_min)));
    if let Some(bring) = &visit.bring {
        facts.push(Fact::text("Good to know", bring.clone()));
    }
    facts
}
