//! Messages: how many a second beside the bare statements, and none after a STOP.

use super::{Bench, Group, Place, figure, rounded};

/// Share of the bare rows a second that messages are to reach.
const LEAST_SHARE: f64 = 0.5;
const WORKERS: u64 = 4;

pub const ABOUT: &str = "Due reminders to as many patients, each put into its last words, checked against opt-outs, handed over by \
    HTTP to a stand-in provider in the same process, and settled with its row in the trace, by 4 dispatchers at once. The \
    yardstick: as many rows, by as many dispatchers, leased and marked as sent by the same batched statements in lots of 200, with \
    nothing prepared, fenced, handed over or written to the trace. Then numbers are stopped one after the other while two dispatchers \
    send to them: what the stand-in received of each after its stop was answered is counted.";

pub fn measure(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    let said = bench.crowd(place, "messages", &[bench.plan.messages, WORKERS, bench.plan.seed])?;
    let share = figure(&said, "sent_per_second") / figure(&said, "bare_per_second").max(f64::EPSILON);
    let mut sent = Group::new(format!("{database}: reminders"));
    sent.add("due", said["messages"].clone(), "");
    sent.add("dispatchers", said["workers"].clone(), "");
    sent.add("handed over", said["handed_over"].clone(), "");
    sent.must("handed over twice", said["twice"].clone(), "", "0");
    sent.must("left behind", said["left"].clone(), "", "0");
    sent.add("sent per second", figure(&said, "sent_per_second").round(), "");
    sent.add("bare rows per second", figure(&said, "bare_per_second").round(), "");
    sent.must("sent to bare rows", rounded(share), "", &format!("≥ {LEAST_SHARE}"));
    let mut good =
        share >= LEAST_SHARE && said["twice"].as_u64() == Some(0) && said["left"].as_i64() == Some(0);
    let said = bench.crowd(place, "stops", &[bench.plan.stops, bench.plan.seed + 1])?;
    let mut stops = Group::new(format!("{database}: stops"));
    stops.add("numbers stopped", said["stops"].clone(), "");
    stops.add("messages handed over before", said["handed_over_before"].clone(), "");
    stops.must("messages handed over after", said["handed_over_after"].clone(), "", "0");
    good &= said["handed_over_after"].as_u64() == Some(0);
    Ok((vec![sent, stops], good))
}
