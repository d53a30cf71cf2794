use contract::AppointmentView;

use super::Fact;
use crate::words;

/// Place, who, how long, and what to bring.
pub fn facts(visit: &AppointmentView) -> Vec<Fact> {
    let place = match &visit.address {
        Some(address) => format!("{}, {address}", visit.place),
        None => visit.place.clone(),
    };
    let mut facts = vec![Fact::text("Where", place)];
    if !visit.who.is_empty() {
        facts.push(Fact::text("Who", visit.who.clone()));
    }
    facts.push(Fact::text("How long", words::patient::length(visit.length_min)));
    if let Some(bring) = &visit.bring {
        facts.push(Fact::text("Good to know", bring.clone()));
    }
    facts
}
