//! The roles in which somebody acts.

use crate::coded;

coded! {
    /// A role. `System` is the product itself: a timer, an import, a callback.
    Role {
        Patient = "patient",
        Referrer = "referrer",
        Specialist = "specialist",
        Coordinator = "coordinator",
        Quality = "quality",
        Administrator = "administrator",
        System = "system",
    }
}

impl Role {
    /// The roles that a member of staff can hold.
    pub const STAFF: [Role; 5] =
        [Role::Referrer, Role::Specialist, Role::Coordinator, Role::Quality, Role::Administrator];
}
