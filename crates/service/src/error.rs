//! Why a service function did not do what it was asked.

pub use contract::Conflict;
use contract::FieldError;
use domain::referral::Refusal;
use store::StoreError;

/// The closed set of outcomes besides success.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Not there, or not theirs.
    #[error("not found")]
    NotFound,
    /// They may see it but not do this.
    #[error("not allowed")]
    NotAllowed,
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Too often; how many minutes to wait.
    #[error("too many attempts")]
    TooMany { wait_min: u32 },
    /// Ours; the cause goes to the log, never to the page.
    #[error("broken: {0}")]
    Broken(String),
}

impl ServiceError {
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Conflict(Conflict::Stale),
            StoreError::Duplicate(store::Unique::SlotLedger) => Self::Conflict(Conflict::SlotTaken),
            // Two at once put somebody on the list, or offered them a time: the second sees the first's.
            StoreError::Duplicate(store::Unique::WaitingList) => Self::Conflict(Conflict::Stale),
            StoreError::Duplicate(key) => Self::Broken(format!("unexpected duplicate: {key:?}")),
            StoreError::Broken(cause) => Self::Broken(cause.to_string()),
        }
    }
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFromHere { state } => Self::Conflict(Conflict::State { state }),
            Refusal::NotYourRole => Self::NotAllowed,
        }
    }
}
