//! Channels and the delivery states of a message.

use crate::coded;

coded! {
    /// How a message leaves.
    Channel {
        Sms = "sms",
        Email = "email",
        Push = "push",
        InApp = "in-app",
        Letter = "letter",
    }
}

coded! {
    /// Delivery states after the GOV.UK Notify client documentation, with `unknown` for an outcome that
    /// could not be learned after a crash or a time-out.
    DeliveryState {
        /// Written with the change; nobody has tried yet.
        Created = "created",
        /// Leased by a dispatcher.
        Sending = "sending",
        /// Handed over; whether it left is not known and must be looked up before any resend.
        Unknown = "unknown",
        /// Accepted by the provider.
        Pending = "pending",
        /// Left the provider; no receipt is to be expected or none has come yet.
        Sent = "sent",
        /// Received by the phone, the mail server or the push service's device.
        Delivered = "delivered",
        /// Our fault or the provider's; tried again until the schedule ends.
        TechnicalFailure = "technical-failure",
        /// Gave up for now; may be sent again by a person.
        TemporaryFailure = "temporary-failure",
        /// The address is wrong: stop using it.
        PermanentFailure = "permanent-failure",
        /// Not sent on purpose: out of date, withdrawn, or the person opted out.
        Withheld = "withheld",
    }
}

impl DeliveryState {
    /// Nothing more will happen by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::TemporaryFailure | Self::PermanentFailure | Self::Withheld)
    }

    /// It has not arrived, and will not by itself.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::TemporaryFailure | Self::PermanentFailure | Self::Withheld)
    }

    /// Order in which receipts may move a message: a late `sent` never undoes a `delivered`.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Created => 0,
            Self::Sending => 1,
            Self::TechnicalFailure => 2,
            Self::Unknown => 3,
            Self::Pending => 4,
            Self::Sent => 5,
            Self::TemporaryFailure => 6,
            Self::PermanentFailure => 7,
            Self::Delivered => 8,
            Self::Withheld => 9,
        }
    }

    /// The state after a receipt says `next`: forward only.
    pub fn advanced_by(self, next: Self) -> Self {
        if next.rank() > self.rank() { next } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_receipt_never_undoes_a_delivery() {
        assert_eq!(DeliveryState::Delivered.advanced_by(DeliveryState::Sent), DeliveryState::Delivered);
        assert_eq!(DeliveryState::Pending.advanced_by(DeliveryState::Delivered), DeliveryState::Delivered);
    }
}
