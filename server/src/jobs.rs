//! Timers: what the product does by itself. Each runs alone, ends when told to stop, and logs what broke.

use std::future::Future;
use std::time::Duration;

use domain::delivery::Channel;
use service::{Desk, ServiceError, clock, jobs};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::session::SqlSessions;

/// Starts all timers; they end when `stop` turns true.
pub fn start(desk: &Desk, sessions: &SqlSessions, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for channel in jobs::CHANNELS {
        tasks.spawn(dispatch(desk.clone(), channel, stop.clone()));
    }
    let d = desk.clone();
    tasks.spawn(every("rescue-messages", Duration::from_secs(5), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::rescue(&desk, clock::now()).await.map(|_| ()) }
    }));
    tasks.spawn(fill(desk.clone(), stop.clone()));
    let d = desk.clone();
    tasks.spawn(every("see-on", Duration::from_secs(5), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::see_on(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("lapse-holds", Duration::from_secs(5), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::lapse_holds(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("carry-out-plans", Duration::from_secs(1), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::carry_out_plans(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("send-to-many", Duration::from_secs(2), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::send_to_many(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("watch-windows", Duration::from_secs(300), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::watch_windows(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("clock-rules", Duration::from_secs(24 * 3600), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::replan(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("reminder-rules", Duration::from_secs(10), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::replan_reminders(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("chase", Duration::from_secs(60), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::chase(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("escalate", Duration::from_secs(60), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::escalate(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("letters", Duration::from_secs(300), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::look_after_letters(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("tell-clinicians", Duration::from_secs(20), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::tell_clinicians(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("end-terms", Duration::from_secs(60), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::end_terms(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("scan", Duration::from_secs(2), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::scan(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("seal", Duration::from_millis(500), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::seal(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("fold-tallies", Duration::from_secs(10), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::fold_tallies(&desk).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("downtime", Duration::from_secs(3600), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::downtime(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("anchor", Duration::from_secs(300), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::anchor(&desk, clock::now()).await }
    }));
    let d = desk.clone();
    tasks.spawn(every("refresh-calendars", Duration::from_secs(60), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::refresh_calendars(&desk, clock::now()).await.map(|_| ()) }
    }));
    let d = desk.clone();
    tasks.spawn(every("count-waits", Duration::from_secs(3600), stop.clone(), move || {
        let desk = d.clone();
        async move { jobs::count_waits(&desk, clock::now()).await.map(|_| ()) }
    }));
    let (d, s) = (desk.clone(), sessions.clone());
    tasks.spawn(every("tidy", Duration::from_secs(3600), stop.clone(), move || {
        let (desk, sessions) = (d.clone(), s.clone());
        async move {
            jobs::tidy(&desk, clock::now()).await?;
            sessions.purge().await?;
            Ok(())
        }
    }));
    tasks
}

/// Fills times from the waiting list: at once when one has come free, and each minute for what the clock alone changes.
async fn fill(desk: Desk, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = jobs::fill_from_waiting_list(&desk, clock::now()).await {
            tracing::error!(%error, job = "waiting-list", "job failed");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = desk.time_freed() => {}
            () = tokio::time::sleep(Duration::from_secs(60)) => {}
        }
    }
}

/// Sends one channel's messages: at once when one was written, and each second for those that fall due. A provider that is slow
/// holds up its own channel alone.
async fn dispatch(desk: Desk, channel: Channel, mut stop: watch::Receiver<bool>) {
    let mut letters = desk.letters();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            _ = letters.changed() => {}
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        loop {
            match jobs::round(&desk, channel, clock::now()).await {
                Ok(0) => break,
                Ok(_) if *stop.borrow() => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, job = "dispatch", channel = %channel, "job failed");
                    break;
                }
            }
        }
    }
}

async fn every<F, W>(name: &'static str, pause: Duration, mut stop: watch::Receiver<bool>, work: W)
where
    W: Fn() -> F + Send,
    F: Future<Output = Result<(), ServiceError>> + Send,
{
    loop {
        if let Err(error) = work().await {
            tracing::error!(%error, job = name, "job failed");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
