//! Whether one history explains what is in the database. Pure: notes and rows in, a verdict out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use super::race::{Deed, Op, Outcome};

/// What `crates/store/examples/bookings.rs` read.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Facts {
    pub referrals: Vec<Referral>,
    pub appointments: Vec<Appointment>,
    pub events: Vec<Event>,
    pub commands: Vec<Command>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Referral {
    pub id: String,
    pub service: String,
    pub state: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Appointment {
    pub id: String,
    pub referral: String,
    pub resource: String,
    pub place: i64,
    pub state: String,
    pub start: String,
    /// When the command began that made it (ms since 1970).
    pub created: i64,
    /// With buffers (ms since 1970).
    pub from_ms: i64,
    pub to_ms: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub id: String,
    pub referral: String,
    pub kind: String,
    pub why: String,
    pub appointment: String,
}

/// A command that was carried out, by its key.
#[derive(Debug, Clone, Deserialize)]
pub struct Command {
    pub key: String,
    pub command: String,
    pub at: i64,
}

impl Facts {
    pub fn has(&self, key: &str) -> bool {
        self.commands.iter().any(|row| row.key == key)
    }
}

/// What is wrong, in numbers and in words.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Acknowledged and not there, or ended by nobody.
    pub lost: usize,
    /// Commands with more than one effect.
    pub doubled: usize,
    /// Effects that no command of ours explains, or that were refused.
    pub unexplained: usize,
    /// Pairs that share a clinician's place now.
    pub overlaps: usize,
    /// Pairs that shared one at some moment.
    pub overlapped: usize,
    /// Spans of holding that the notes prove, and that were compared.
    pub spans: usize,
    /// Cancellations that had an effect.
    pub given_back: usize,
    pub faults: Vec<String>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Which booking a command made: referral, resource, start, and when the command began.
type Deal<'a> = (&'a str, &'a str, &'a str, i64);

/// Compares the notes with the rows. `before` is what was there when the run began.
pub fn judge(history: &[Op], before: &Facts, after: &Facts) -> Verdict {
    let mut verdict = Verdict::default();
    let known: BTreeSet<&str> = before.appointments.iter().map(|row| row.id.as_str()).collect();
    let told: BTreeSet<&str> = before.events.iter().map(|row| row.id.as_str()).collect();
    let made: Vec<&Appointment> =
        after.appointments.iter().filter(|row| !known.contains(row.id.as_str())).collect();
    let events: Vec<&Event> = after.events.iter().filter(|row| !told.contains(row.id.as_str())).collect();
    let commands: BTreeMap<&str, &Command> =
        after.commands.iter().map(|row| (row.key.as_str(), row)).collect();
    let ops: BTreeMap<&str, &Op> = history.iter().map(|op| (op.key.as_str(), op)).collect();

    answers(history, &commands, &mut verdict);
    for command in after.commands.iter().filter(|row| !before.has(&row.key)) {
        if !ops.contains_key(command.key.as_str()) {
            verdict.unexplained(format!("{} ({}) was never sent", command.key, command.command));
        }
    }
    let deals = bookings(history, &commands, &made, &mut verdict);
    cancellations(history, &commands, &events, &mut verdict);
    endings(&made, &events, after, &mut verdict);
    overlaps_now(after, &mut verdict);
    overlaps_on_the_way(&spans(&deals, &ops, &commands, &events), &mut verdict);
    verdict
}

impl Verdict {
    fn lost(&mut self, why: String) {
        self.lost += 1;
        self.faults.push(format!("lost: {why}"));
    }

    fn doubled(&mut self, why: String) {
        self.doubled += 1;
        self.faults.push(format!("doubled: {why}"));
    }

    fn unexplained(&mut self, why: String) {
        self.unexplained += 1;
        self.faults.push(format!("unexplained: {why}"));
    }
}

/// What was acknowledged was carried out, and what was refused was not.
fn answers(history: &[Op], commands: &BTreeMap<&str, &Command>, verdict: &mut Verdict) {
    for op in history {
        let is_there = commands.contains_key(op.key.as_str());
        match (op.outcome, &op.deed) {
            (Outcome::Done, Deed::Book { .. }) if !is_there => {
                verdict.lost(format!("{} left no trace", op.key))
            }
            (Outcome::Refused, _) if is_there => {
                verdict.unexplained(format!("{} was refused, and done", op.key))
            }
            _ => {}
        }
    }
}

/// As many bookings as commands that book, for the same referral, clinician, start and instant. Gives those that belong
/// together beyond doubt.
fn bookings<'a>(
    history: &'a [Op],
    commands: &BTreeMap<&str, &'a Command>,
    made: &[&'a Appointment],
    verdict: &mut Verdict,
) -> Vec<(&'a Op, &'a Appointment)> {
    let mut sides: BTreeMap<Deal, (Vec<&Op>, Vec<&Appointment>)> = BTreeMap::new();
    for op in history {
        if let (Deed::Book { resource, start }, Some(command)) = (&op.deed, commands.get(op.key.as_str())) {
            sides.entry((&op.referral, resource, start, command.at)).or_default().0.push(op);
        }
    }
    for row in made {
        sides.entry((&row.referral, &row.resource, &row.start, row.created)).or_default().1.push(row);
    }
    let mut pairs = Vec::new();
    for ((referral, _, start, _), (asked, rows)) in sides {
        match (asked.len(), rows.len()) {
            (1, 1) => pairs.push((asked[0], rows[0])),
            (asked, rows) if asked > rows => verdict.lost(format!("{start} for {referral}")),
            (0, _) => verdict.unexplained(format!("{start} for {referral} was never asked for")),
            (asked, rows) if asked < rows => verdict.doubled(format!("{start} for {referral}")),
            _ => {}
        }
    }
    pairs
}

/// Each cancellation carried out has one event, which quotes its key.
fn cancellations(
    history: &[Op],
    commands: &BTreeMap<&str, &Command>,
    events: &[&Event],
    verdict: &mut Verdict,
) {
    let mut quoted: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == "appointment_cancelled") {
        *quoted.entry(&event.why).or_default() += 1;
    }
    for op in history.iter().filter(|op| op.deed == Deed::GiveBack) {
        let done = commands.contains_key(op.key.as_str());
        match (done, quoted.remove(op.key.as_str()).unwrap_or(0)) {
            (true, 0) => verdict.lost(format!("the event of {}", op.key)),
            (true, 1) => verdict.given_back += 1,
            (false, 0) => {}
            (false, _) => verdict.unexplained(format!("{} has an event and was not carried out", op.key)),
            (true, _) => verdict.doubled(op.key.clone()),
        }
    }
    for (why, _) in quoted {
        verdict.unexplained(format!("a cancellation that says {why:?}"));
    }
}

/// Each referral has at most one booking; every other one was ended by a cancellation that names it, or by a move.
fn endings(made: &[&Appointment], events: &[&Event], after: &Facts, verdict: &mut Verdict) {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut cancelled: BTreeSet<&str> = BTreeSet::new();
    let mut moves: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        match event.kind.as_str() {
            "appointment_booked" => *told.entry(&event.appointment).or_default() += 1,
            "appointment_moved" => {
                *told.entry(&event.appointment).or_default() += 1;
                *moves.entry(&event.referral).or_default() += 1;
            }
            "appointment_cancelled" => {
                cancelled.insert(&event.appointment);
            }
            _ => {}
        }
    }
    let mut standing: BTreeMap<&str, usize> = BTreeMap::new();
    for row in made {
        match told.get(row.id.as_str()) {
            Some(1) => {}
            None => verdict.lost(format!("the event of booking {}", row.id)),
            Some(_) => verdict.doubled(format!("the event of booking {}", row.id)),
        }
        match (row.state.as_str(), cancelled.contains(row.id.as_str())) {
            ("booked", false) => *standing.entry(&row.referral).or_default() += 1,
            ("booked", true) => verdict.lost(format!("the cancellation of {}", row.id)),
            ("cancelled", true) => {}
            ("cancelled", false) => match moves.get_mut(row.referral.as_str()) {
                Some(left) if *left > 0 => *left -= 1,
                _ => verdict.lost(format!("{} was given back and nobody did it", row.id)),
            },
            (state, _) => verdict.unexplained(format!("{} is {state}", row.id)),
        }
    }
    for (referral, left) in moves.into_iter().filter(|(_, left)| *left > 0) {
        verdict.unexplained(format!("{left} moves of {referral} gave nothing back"));
    }
    for referral in &after.referrals {
        let standing = standing.get(referral.id.as_str()).copied().unwrap_or(0);
        if standing > 1 || (standing == 1 && referral.state != "booked") {
            verdict.unexplained(format!("{} is {} with {standing} bookings", referral.id, referral.state));
        }
    }
}

/// No two bookings share a clinician's place, buffers included.
fn overlaps_now(after: &Facts, verdict: &mut Verdict) {
    let mut held: Vec<&Appointment> =
        after.appointments.iter().filter(|row| matches!(row.state.as_str(), "booked" | "held")).collect();
    held.sort_by(|a, b| (&a.resource, a.place, a.from_ms).cmp(&(&b.resource, b.place, b.from_ms)));
    for pair in held.windows(2) {
        let same = (&pair[0].resource, pair[0].place) == (&pair[1].resource, pair[1].place);
        if same && pair[1].from_ms < pair[0].to_ms {
            verdict.overlaps += 1;
            verdict.faults.push(format!("overlap: {} and {}", pair[0].id, pair[1].id));
        }
    }
}

/// A span in which a booking held its time beyond doubt: since its answer, until somebody asked for something that
/// ended it.
struct Span<'a> {
    row: &'a Appointment,
    from: Duration,
    until: Duration,
}

fn spans<'a>(
    deals: &[(&'a Op, &'a Appointment)],
    ops: &BTreeMap<&str, &Op>,
    commands: &BTreeMap<&str, &Command>,
    events: &[&Event],
) -> Vec<Span<'a>> {
    let enders: BTreeMap<&str, &str> = events
        .iter()
        .filter(|event| event.kind == "appointment_cancelled")
        .map(|event| (event.appointment.as_str(), event.why.as_str()))
        .collect();
    let mut moves: BTreeMap<&str, Vec<&Op>> = BTreeMap::new();
    for op in ops.values().filter(|op| op.deed != Deed::GiveBack && commands.contains_key(op.key.as_str())) {
        moves.entry(&op.referral).or_default().push(op);
    }
    let mut spans = Vec::new();
    for (op, row) in deals {
        let Some(from) = op.answered else { continue };
        let until = match (row.state.as_str(), enders.get(row.id.as_str())) {
            ("booked", _) => Some(Duration::MAX),
            (_, Some(key)) => ops.get(key).map(|ender| ender.invoked),
            // A move ended it: the earliest one that may have come after it.
            _ => moves
                .get(row.referral.as_str())
                .into_iter()
                .flatten()
                .filter(|other| other.key != op.key && other.answered.is_none_or(|at| at >= op.invoked))
                .map(|other| other.invoked)
                .min(),
        };
        if let Some(until) = until.filter(|until| *until > from) {
            spans.push(Span { row, from, until });
        }
    }
    spans
}

fn overlaps_on_the_way(spans: &[Span], verdict: &mut Verdict) {
    verdict.spans = spans.len();
    let mut by_place: BTreeMap<(&str, i64), Vec<&Span>> = BTreeMap::new();
    for span in spans {
        by_place.entry((&span.row.resource, span.row.place)).or_default().push(span);
    }
    for mut spans in by_place.into_values() {
        spans.sort_by_key(|span| span.from);
        for (at, span) in spans.iter().enumerate() {
            for later in spans[at + 1..].iter().take_while(|later| later.from < span.until) {
                if later.row.from_ms < span.row.to_ms && span.row.from_ms < later.row.to_ms {
                    verdict.overlapped += 1;
                    let pair = format!("overlap on the way: {} and {}", span.row.id, later.row.id);
                    verdict.faults.push(pair);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn book(key: &str, referral: &str, invoked: u64, answered: u64) -> Op {
        Op {
            key: key.into(),
            referral: referral.into(),
            deed: Deed::Book { resource: "dr".into(), start: "nine".into() },
            invoked: ms(invoked),
            answered: Some(ms(answered)),
            outcome: Outcome::Done,
            worst_status: 303,
        }
    }

    fn cancel(key: &str, referral: &str, invoked: u64) -> Op {
        Op { deed: Deed::GiveBack, ..book(key, referral, invoked, invoked + 1) }
    }

    fn row(id: &str, referral: &str, state: &str, created: i64) -> Appointment {
        Appointment {
            id: id.into(),
            referral: referral.into(),
            resource: "dr".into(),
            place: 0,
            state: state.into(),
            start: "nine".into(),
            created,
            from_ms: 0,
            to_ms: 10,
        }
    }

    fn event(kind: &str, referral: &str, appointment: &str, why: &str) -> Event {
        let id = format!("{kind}-{appointment}");
        Event {
            id,
            referral: referral.into(),
            kind: kind.into(),
            why: why.into(),
            appointment: appointment.into(),
        }
    }

    fn command(key: &str, at: i64) -> Command {
        Command { key: key.into(), command: "staff-book".into(), at }
    }

    fn referral(id: &str, state: &str) -> Referral {
        Referral { id: id.into(), service: "skin".into(), state: state.into() }
    }

    /// One booking, given back, and the time booked for somebody else.
    fn sound() -> (Vec<Op>, Facts) {
        let history = vec![book("k1", "r1", 0, 10), cancel("k2", "r1", 20), book("k3", "r2", 30, 40)];
        let facts = Facts {
            referrals: vec![referral("r1", "appointment-cancelled"), referral("r2", "booked")],
            appointments: vec![row("a1", "r1", "cancelled", 1), row("a2", "r2", "booked", 3)],
            events: vec![
                event("appointment_booked", "r1", "a1", ""),
                event("appointment_cancelled", "r1", "a1", "k2"),
                event("appointment_booked", "r2", "a2", ""),
            ],
            commands: vec![command("k1", 1), command("k2", 2), command("k3", 3)],
        };
        (history, facts)
    }

    fn verdict(change: impl FnOnce(&mut Vec<Op>, &mut Facts)) -> Verdict {
        let (mut history, mut facts) = sound();
        change(&mut history, &mut facts);
        judge(&history, &Facts::default(), &facts)
    }

    #[test]
    fn a_sound_history_is_good() {
        let verdict = verdict(|_, _| {});
        assert!(verdict.is_good(), "{verdict:?}");
        assert_eq!((verdict.spans, verdict.given_back), (2, 1));
    }

    #[test]
    fn an_acknowledged_booking_without_trace_is_lost() {
        let verdict = verdict(|_, facts| {
            facts.commands.pop();
            facts.appointments.pop();
            facts.events.pop();
            facts.referrals.pop();
        });
        assert_eq!(verdict.lost, 1, "{verdict:?}");
    }

    #[test]
    fn a_booking_that_nobody_ended_is_lost() {
        let verdict = verdict(|_, facts| facts.appointments[1].state = "cancelled".into());
        assert_eq!(verdict.lost, 1, "{verdict:?}");
    }

    #[test]
    fn a_second_effect_is_found() {
        let verdict = verdict(|_, facts| {
            let twin =
                Appointment { id: "a3".into(), from_ms: 20, to_ms: 30, ..facts.appointments[1].clone() };
            facts.appointments.push(twin);
        });
        assert!(verdict.doubled > 0, "{verdict:?}");
    }

    #[test]
    fn an_effect_of_a_refused_call_is_found() {
        let verdict = verdict(|history, _| history[2].outcome = Outcome::Refused);
        assert_eq!(verdict.unexplained, 1, "{verdict:?}");
    }

    #[test]
    fn an_overlap_now_is_found() {
        let verdict = verdict(|history, facts| {
            history.remove(1);
            facts.commands.remove(1);
            facts.events.remove(1);
            facts.appointments[0].state = "booked".into();
            facts.referrals[0].state = "booked".into();
        });
        assert_eq!((verdict.overlaps, verdict.overlapped), (1, 1), "{verdict:?}");
    }

    #[test]
    fn an_overlap_that_has_passed_is_found() {
        let verdict = verdict(|history, _| history[1].invoked = ms(50));
        assert_eq!((verdict.overlaps, verdict.overlapped), (0, 1), "{verdict:?}");
    }

    #[test]
    fn a_move_explains_what_it_gave_back() {
        let verdict = verdict(|history, facts| {
            history[1] = Op { deed: history[0].deed.clone(), ..history[1].clone() };
            facts.events[1] = event("appointment_moved", "r1", "a3", "");
            facts.appointments.push(Appointment { from_ms: 20, to_ms: 30, ..row("a3", "r1", "booked", 2) });
            facts.referrals[0].state = "booked".into();
        });
        assert!(verdict.is_good(), "{verdict:?}");
    }
}
