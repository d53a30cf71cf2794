//! Live notices by server-sent events: after each change, the referral's new version. The page then reads again what
//! it may see; nothing about the referral travels here.

use std::convert::Infallible;
use std::time::Duration;

use app::web::{Patient, Refused, Staff, Web};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use domain::ReferralId;
use futures::{Stream, StreamExt};
use service::{Call, Notice, ServiceError, clock, patient, referrals, sign_in};
use tokio::sync::broadcast::error::RecvError;
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::Stopping;
use crate::rim;
use crate::session::SqlSessions;

/// How often it is asked whether the reader is still let in; together with the answer's own time below the 5 seconds of
/// PROMISES P8.
const RECHECK: Duration = Duration::from_secs(3);

/// Streams changes of one referral to whoever may see it. Ends when the server stops or the person is suspended.
pub async fn live(
    State(web): State<Web>,
    Path(referral): Path<String>,
    staff: Option<Staff>,
    patient: Option<Patient>,
    session: Session,
    Extension(stopping): Extension<Stopping>,
    Extension(sessions): Extension<SqlSessions>,
) -> Result<Response, Refused> {
    let id: ReferralId = referral.parse().map_err(|_| ServiceError::NotFound)?;
    let call = match (&patient, &staff) {
        (Some(patient), _) => {
            patient::status(&web.desk, &patient.call, id).await?;
            patient.call.clone()
        }
        (None, Some(staff)) => {
            referrals::watch(&web.desk, &staff.call, id).await?;
            staff.call.clone()
        }
        (None, None) => return Err(ServiceError::NotAllowed.into()),
    };
    let keep = KeepAlive::new().interval(Duration::from_secs(15)).text("ping");
    Ok(Sse::new(changes(web, call, id, stopping, Signed { session: session.id(), sessions }))
        .keep_alive(keep)
        .into_response())
}

/// Tells an open page of staff that its reader is no longer let in: `ended`, within seconds, so that nobody reads on in
/// a page that was left open. It begins with who listens, `you`, for a page that comes back after a new sign-in. Staff.
pub async fn presence(
    State(web): State<Web>,
    staff: Option<Staff>,
    // A patient at this door is turned away, and is seen doing so.
    _: Option<Patient>,
    session: Session,
    Extension(stopping): Extension<Stopping>,
    Extension(sessions): Extension<SqlSessions>,
) -> Result<Response, Refused> {
    let Some(Staff { call, .. }) = staff else { return Err(ServiceError::NotAllowed.into()) };
    let domain::Principal::Staff { person, .. } = call.actor.principal else {
        return Err(ServiceError::NotAllowed.into());
    };
    let you = Event::default().event("you").data(person.to_string());
    let signed = Signed { session: session.id(), sessions };
    let stay = futures::stream::once(stays(web, call, stopping, signed)).filter_map(std::future::ready);
    let events = futures::stream::once(std::future::ready(you)).chain(stay).map(Ok::<_, Infallible>);
    let keep = KeepAlive::new().interval(Duration::from_secs(15)).text("ping");
    Ok(Sse::new(events).keep_alive(keep).into_response())
}

/// Waits until somebody is no longer let in, and says so; nothing when the server stops first.
async fn stays(web: Web, call: Call, stopping: Stopping, signed: Signed) -> Option<Event> {
    let (mut stop, mut recheck) = (stopping.0, tokio::time::interval(RECHECK));
    loop {
        tokio::select! {
            () = rim::stopped(&mut stop) => return None,
            _ = recheck.tick() => {
                if !still_allowed(&web, &call, &signed).await {
                    return Some(Event::default().event("ended").data("1"));
                }
            }
        }
    }
}

fn changes(
    web: Web,
    call: Call,
    id: ReferralId,
    stopping: Stopping,
    signed: Signed,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let changes = web.desk.watch();
    let recheck = tokio::time::interval(RECHECK);
    futures::stream::unfold(
        (web, call, changes, stopping.0, recheck, signed),
        move |(web, call, mut changes, mut stop, mut recheck, signed)| async move {
            loop {
                let event = tokio::select! {
                    () = rim::stopped(&mut stop) => return None,
                    _ = recheck.tick() => {
                        if !still_allowed(&web, &call, &signed).await {
                            return None;
                        }
                        continue;
                    }
                    notice = changes.recv() => match notice {
                        Ok(Notice { referral, version }) if referral == id => {
                            Event::default().event("changed").data(version.to_string())
                        }
                        Ok(_) => continue,
                        // Some were missed: the page reads again to be sure.
                        Err(RecvError::Lagged(_)) => Event::default().event("changed").data("0"),
                        Err(RecvError::Closed) => return None,
                    },
                };
                return Some((Ok(event), (web, call, changes, stop, recheck, signed)));
            }
        },
    )
}

/// The session that a stream belongs to.
struct Signed {
    session: Option<Id>,
    sessions: SqlSessions,
}

/// The stream of somebody who signed out, or was suspended, ends within seconds. Watching does not count as use of the
/// session.
async fn still_allowed(web: &Web, call: &Call, signed: &Signed) -> bool {
    let alive = match &signed.session {
        Some(id) => matches!(signed.sessions.is_alive(id).await, Ok(true)),
        None => false,
    };
    match call.actor.principal {
        _ if !alive => false,
        domain::Principal::Staff { organisation, person, .. } => {
            let staff = sign_in::Staff { organisation, person };
            matches!(sign_in::current(&web.desk, &staff, clock::now()).await, Ok(Some(_)))
        }
        _ => true,
    }
}
