//! The audit: a write's row commits with the change; a read's row is durable before its answer leaves.

use chrono::{DateTime, Utc};
use domain::{Actor, OrganisationId, PatientId};
use store::entity::audit::Model as AuditRow;
use store::{Store, StoreError};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

mod trail;

pub use trail::Trail;

use crate::{Call, Desk, ServiceError, ids};

/// Whose data was touched, and what of it.
#[derive(Debug, Clone)]
pub struct Touched {
    pub organisation: OrganisationId,
    pub entity: &'static str,
    pub id: Option<Uuid>,
    pub patient: Option<PatientId>,
}

/// Whether it was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    Refused,
}

pub fn row(actor: &Actor, now: DateTime<Utc>, action: &str, touched: &Touched, outcome: Outcome) -> AuditRow {
    AuditRow {
        organisation_id: touched.organisation.0,
        id: ids::fresh(now),
        at: now.timestamp_millis(),
        actor: actor.key(),
        actor_name: actor.label(),
        action: action.to_owned(),
        entity: touched.entity.to_owned(),
        entity_id: touched.id,
        patient_id: touched.patient.map(|patient| patient.0),
        outcome: match outcome {
            Outcome::Allowed => "allowed",
            Outcome::Refused => "refused",
        }
        .to_owned(),
        request_id: actor.request,
    }
}

/// Collects reads' rows from all requests and commits them in groups.
#[derive(Clone)]
pub struct ReadAudit {
    rows: mpsc::Sender<(Vec<AuditRow>, oneshot::Sender<bool>)>,
}

impl ReadAudit {
    pub fn start(store: Store) -> Self {
        let (sender, mut receiver) = mpsc::channel::<(Vec<AuditRow>, oneshot::Sender<bool>)>(4096);
        tokio::spawn(async move {
            while let Some(first) = receiver.recv().await {
                let mut group = vec![first];
                while group.len() < 500
                    && let Ok(next) = receiver.try_recv()
                {
                    group.push(next);
                }
                let rows = group.iter().flat_map(|(rows, _)| rows.iter().cloned()).collect();
                let written = write(&store, rows).await;
                if let Err(error) = &written {
                    tracing::error!(%error, "audit rows of reads could not be written");
                }
                for (_, done) in group {
                    // A reader that has gone away no longer waits for its answer.
                    let _ = done.send(written.is_ok());
                }
            }
        });
        Self { rows: sender }
    }

    async fn record(&self, rows: Vec<AuditRow>) -> Result<(), ServiceError> {
        let (done, written) = oneshot::channel();
        let gone = || ServiceError::Broken("the audit writer has stopped".to_owned());
        self.rows.send((rows, done)).await.map_err(|_| gone())?;
        if written.await.map_err(|_| gone())? {
            Ok(())
        } else {
            Err(ServiceError::Broken("the read could not be recorded, so nothing was shown".to_owned()))
        }
    }
}

async fn write(store: &Store, rows: Vec<AuditRow>) -> Result<(), StoreError> {
    let tx = store.write_tx().await?;
    store::audit::record(&tx, rows).await?;
    tx.commit().await
}

impl Desk {
    /// Records reads before their answer leaves.
    pub(crate) async fn record_reads(
        &self,
        call: &Call,
        action: &str,
        touched: &[Touched],
    ) -> Result<(), ServiceError> {
        if touched.is_empty() {
            return Ok(());
        }
        let rows = touched
            .iter()
            .map(|touched| row(&call.actor, call.now, action, touched, Outcome::Allowed))
            .collect();
        self.reads.record(rows).await?;
        touched.iter().for_each(|touched| call.trail.left(touched.id, Outcome::Allowed));
        Ok(())
    }

    /// Records one read before its answer leaves.
    pub(crate) async fn record_read(&self, call: &Call, touched: Touched) -> Result<(), ServiceError> {
        self.record_reads(call, "read", &[touched]).await
    }

    /// At the end of a request: each command on a record that came to nothing – a form that was not taken, a conflict –
    /// leaves a row, unless the record has one from this request.
    pub fn record_attempts(&self, call: &Call) {
        for (command, touched) in call.trail.open_attempts() {
            self.record_refusal(call, command, &touched);
        }
    }

    /// At the end of a request that was turned away: records from which page or function, with the id that was asked for,
    /// unless the service has recorded the refusal with more to say.
    pub fn record_denial(&self, call: &Call, action: &str, id: Option<Uuid>) {
        self.record_attempts(call);
        if call.trail.has_refusal() {
            return;
        }
        let organisation = call.actor.organisation().unwrap_or(OrganisationId(Uuid::nil()));
        self.record_refusal(call, action, &Touched { organisation, entity: "page", id, patient: None });
    }

    /// Records that something was refused. The refusal reveals nothing, so its answer does not wait for the row; and a
    /// command that is refused may hold the only writing connection, on which the row has to wait.
    pub(crate) fn record_refusal(&self, call: &Call, action: &str, touched: &Touched) {
        call.trail.left(touched.id, Outcome::Refused);
        let row = row(&call.actor, call.now, action, touched, Outcome::Refused);
        let (done, _) = oneshot::channel();
        if self.reads.rows.try_send((vec![row], done)).is_err() {
            tracing::error!(request = %call.actor.request, "a refusal could not be recorded");
        }
    }
}
