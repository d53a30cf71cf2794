//! Messages: how many a second beside the bare statements, how late, and what faults, refusals and falsified calls leave.

use serde_json::Value;

use super::{Bench, Group, Place, figure, rounded};

/// Share of the bare rows a second that messages are to reach.
const LEAST_SHARE: f64 = 0.5;
/// Share of the bare cryptography that notices are to reach.
const LEAST_NOTICES: f64 = 0.6;
const WORKERS: u64 = 4;
/// Messages a second that fall due while bookings are made, for so many seconds, and the bookings.
const RATE: u64 = 50;
const SECONDS: u64 = 60;
const BOOKINGS: u64 = 400;
/// What 99 of 100 may be late, in seconds.
const MOST_LATE_S: f64 = 5.0;
/// Of the kills, those at a provider that lists nothing.
const DEAF_SHARE: u64 = 3;
const NOTICES: u64 = 20_000;

pub const ABOUT: [&str; 6] = [
    "Reminders: due ones to as many patients, each put into its last words, checked against opt-outs, passed through the fence, \
     handed over by HTTP to a stand-in provider in the same process, and settled with its row in the trace, by 4 dispatchers at \
     once. The yardstick: as many rows, by as many dispatchers, leased and marked as sent by the same batched statements in lots \
     of as many rows, with nothing prepared, fenced, handed over or written to the trace.",
    "Lateness: messages that fall due one after the other, sent as the server sends, while 8 clients book times as fast as they \
     are answered; counted from when each was due until the stand-in had it.",
    "Kills: a process of its own sends, and dies by `kill -9`, in turn at 12 named places: after the lease, after the words, after \
     the fence, before the provider took it, after it took it and before its answer was read, after the answer, after the outcome \
     was written, in looking up, in planning reminders, in a receipt, in going on by another way, and in a STOP. Others go on \
     until nothing is due. The first stand-in lists what it took, as a provider does that can be asked; the second lists nothing, \
     and one message is sent to it at a time. A development build: a release has no such places.",
    "Stops: numbers are stopped one after the other while two dispatchers send to them, each number with a due message of its own; \
     what the stand-in received of each after its stop was answered is counted. The product's own functions over the real \
     database, interleaved as two cores interleave them.",
    "Calls: receipts and texts over HTTP to the product's own routes by 8 clients, right, repeated, out of order, or with one bit \
     turned in body, address or signature. After each receipt the message's state is compared with what the calls so far say.",
    "Notices: encrypted (RFC 8291) and signed (RFC 8292) by the product, beside a key, an agreement, the derivations, AES-128-GCM \
     and a signature by the same libraries and nothing else, in turns in one process.",
];

pub fn measure(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    let mut good = true;
    let mut groups = Vec::new();
    let mut keep = |(group, is_good): (Group, bool)| {
        groups.push(group);
        good &= is_good;
    };
    keep(reminders(bench, place, database)?);
    keep(stops(bench, place, database)?);
    keep(lateness(bench, place, database)?);
    keep(calls(bench, place, database)?);
    let kills = u64::from(bench.plan.kills);
    keep(killed(bench, place, database, kills - kills / DEAF_SHARE, false)?);
    keep(killed(bench, place, database, kills / DEAF_SHARE, true)?);
    Ok((groups, good))
}

/// Once, whatever the database.
pub fn notices(bench: &Bench) -> anyhow::Result<(Group, bool)> {
    let said = bench.notices(NOTICES)?;
    let share = figure(&said, "sealed_per_second") / figure(&said, "bare_per_second").max(f64::EPSILON);
    let mut group = Group::new("Notices");
    group.add("notices", said["notices"].clone(), "");
    group.add("encrypted and signed per second", figure(&said, "sealed_per_second").round(), "");
    group.add("bare cryptography per second", figure(&said, "bare_per_second").round(), "");
    group.must("notices to bare cryptography", rounded(share), "", &format!("≥ {LEAST_NOTICES}"));
    Ok((group, share >= LEAST_NOTICES))
}

/// Adds figures that have to be 0; answers whether they are.
fn none(group: &mut Group, said: &Value, figures: &[(&str, &str)]) -> bool {
    for (name, key) in figures {
        group.must(name, said[*key].clone(), "", "0");
    }
    figures.iter().all(|(_, key)| said[*key].as_i64() == Some(0))
}

fn reminders(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Group, bool)> {
    let said = bench.crowd(place, "messages", &[bench.plan.messages, WORKERS, bench.plan.seed])?;
    let share = figure(&said, "sent_per_second") / figure(&said, "bare_per_second").max(f64::EPSILON);
    let mut sent = Group::new(format!("{database}: reminders"));
    sent.add("due", said["messages"].clone(), "");
    sent.add("dispatchers", said["workers"].clone(), "");
    sent.add("handed over", said["handed_over"].clone(), "");
    let good = none(&mut sent, &said, &[("handed over twice", "twice"), ("left behind", "left")]);
    sent.add("sent per second", figure(&said, "sent_per_second").round(), "");
    sent.add("bare rows per second", figure(&said, "bare_per_second").round(), "");
    sent.must("sent to bare rows", rounded(share), "", &format!("≥ {LEAST_SHARE}"));
    Ok((sent, good && share >= LEAST_SHARE))
}

fn stops(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Group, bool)> {
    let said = bench.crowd(place, "stops", &[bench.plan.stops, bench.plan.seed + 1])?;
    let mut stops = Group::new(format!("{database}: stops"));
    stops.add("numbers stopped", said["stops"].clone(), "");
    stops.add("messages handed over before", said["handed_over_before"].clone(), "");
    let good = none(&mut stops, &said, &[("messages handed over after", "handed_over_after")]);
    Ok((stops, good))
}

fn lateness(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Group, bool)> {
    bench.crowd(place, "specialists", &[60, 5, bench.plan.seed])?;
    let said = bench.crowd(place, "lateness", &[SECONDS, RATE, BOOKINGS])?;
    let mut group = Group::new(format!("{database}: lateness"));
    group.add("messages", said["messages"].clone(), "");
    group.must("handed over", said["handed_over"].clone(), "", &(SECONDS * RATE).to_string());
    group.add("bookings per second meanwhile", figure(&said, "booked_per_second").round(), "");
    group.add("late, p50", rounded(figure(&said, "p50_s")), "s");
    group.must("late, p99", rounded(figure(&said, "p99_s")), "s", &format!("≤ {MOST_LATE_S}"));
    group.add("late at most", rounded(figure(&said, "most_s")), "s");
    let good = said["handed_over"].as_u64() == Some(SECONDS * RATE) && figure(&said, "p99_s") <= MOST_LATE_S;
    Ok((group, good))
}

fn calls(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Group, bool)> {
    let said = bench.crowd(place, "hooks", &[bench.plan.calls, bench.plan.seed])?;
    let mut group = Group::new(format!("{database}: calls of a provider"));
    group.add("calls", said["calls"].clone(), "");
    group.add("of these repeated", said["repeated"].clone(), "");
    group.add("of these receipts behind what was known", said["out_of_order"].clone(), "");
    group.add("of these falsified", said["falsified"].clone(), "");
    group.add("receipts that moved a message", said["receipts"].clone(), "");
    group.add("texts taken", said["texts"].clone(), "");
    let good = none(
        &mut group,
        &said,
        &[
            ("falsified and accepted", "falsified_accepted"),
            ("accepted twice", "accepted_twice"),
            ("right and refused", "refused_wrongly"),
            ("states other than the calls say", "state_differs"),
        ],
    );
    Ok((group, good))
}

fn killed(
    bench: &Bench,
    place: &Place,
    database: &str,
    kills: u64,
    deaf: bool,
) -> anyhow::Result<(Group, bool)> {
    let said = bench.crowd_to_kill(place, &[kills, u64::from(deaf)])?;
    let whom = if deaf { "a provider that lists nothing" } else { "a provider that lists what it took" };
    let mut group = Group::new(format!("{database}: kills, {whom}"));
    group.add("kills (`kill -9`)", said["kills"].clone(), "");
    group.add("places", said["places"].clone(), "");
    group.add("messages", said["messages"].clone(), "");
    group.add("of these once in doubt", said["unknown"].clone(), "");
    let mut good = none(&mut group, &said, &[("lost", "lost")]);
    if deaf {
        group.add("sent twice", said["duplicates"].clone(), "");
        let asked = [
            ("crashes with more than one sent twice", "more_than_one"),
            ("sent twice and never in doubt", "unmarked"),
        ];
        good &= none(&mut group, &said, &asked);
    } else {
        good &= none(&mut group, &said, &[("sent twice", "duplicates")]);
    }
    for fault in said["faults"].as_array().into_iter().flatten().take(10) {
        eprintln!("{database}: {fault}");
    }
    Ok((group, good))
}
