//! Words of the administrators' pages.

/// A clock's name in a form, in working days unless it says otherwise.
pub fn duration(name: &str) -> &'static str {
    match name {
        "send_days" => "Finish a draft",
        "acknowledge_days" => "Confirm receipt",
        "triage_routine_days" => "Decide, routine",
        "triage_urgent_days" => "Decide, urgent",
        "triage_two_week_days" => "Decide, suspected cancer",
        "information_days" => "Get information that was asked for",
        "advice_days" => "Answer a request for advice",
        "contact_routine_days" => "Contact the patient, routine (calendar days)",
        "contact_urgent_days" => "Contact the patient, urgent (calendar days)",
        "contact_two_week_days" => "Contact the patient, suspected cancer (calendar days)",
        "book_routine_days" => "Book a time, routine",
        "book_urgent_days" => "Book a time, urgent",
        "book_two_week_days" => "Book a time, suspected cancer",
        "rebook_days" => "Rebook after a missed visit",
        "report_days" => "Send the report (calendar days)",
        "acknowledge_report_days" => "Acknowledge the report",
        "cancellation_days" => "Confirm a cancellation",
        "pause_days" => "Look again at a pause",
        "escalate_days" => "Escalate once more",
        _ => "Another clock",
    }
}

/// A field of a form, as the history names it.
pub fn setting(field: &str) -> &'static str {
    match field {
        "name" => "name",
        "team" => "team",
        "phone" => "phone",
        "specialty_code" => "treatment function code",
        "specialty" => "specialty",
        "keywords" => "conditions it sees",
        "site" => "site",
        "visit_min" => "length of a visit",
        "patient_note" => "what to bring and know",
        "required" => "required documents",
        "questions" => "questions",
        "criteria" => "whom the service takes",
        "priorities" => "priorities",
        "reminders" => "reminders",
        "address" => "address",
        "latitude" => "latitude",
        "longitude" => "longitude",
        "map_url" => "map",
        "step_free" => "getting in without a step",
        "members" => "members",
        "escalate_to" => "who is told of what is overdue",
        "active" => "takes referrals",
        "zone" => "time zone",
        "language" => "language of messages to patients",
        "approved" => "version that is sent",
        "holidays" => "holidays",
        "roles" => "roles",
        "act" => "what it is for",
        "label" => "words of the reason",
        "comment_forced" => "needs a comment",
        "patient_line" => "what the patient could read",
        "offered" => "offered in forms",
        "title" => "title",
        "text" => "text",
        "subject" => "subject of the mail",
        "sms" => "text message",
        "body" => "mail",
        "action" => "words on the mail’s link",
        "push" => "notice on a phone",
        "audience" => "who reads it",
        "standing" => "standing",
        "credentials" => "way in",
        "last_day" => "last day",
        "last_day_referrer" => "last day as a referrer",
        "last_day_specialist" => "last day as a specialist",
        "last_day_coordinator" => "last day as a coordinator",
        "last_day_quality" => "last day as a quality lead",
        "last_day_administrator" => "last day as an administrator",
        "sessions" => "open sessions",
        "privacy_contact" => "who is told of emergency access",
        "approve_many_above" => "how many patients one person may write to at once",
        other => duration(other),
    }
}

/// A thing whose settings were changed, by its kind and its name.
pub fn set_thing(entity: &str, name: &str) -> String {
    match entity {
        "template" => match name.split_once(' ') {
            Some((code, tag)) => {
                format!("Message “{}” in {}", super::template(code), domain::language::name(tag))
            }
            None => format!("Message “{}”", super::template(name)),
        },
        _ => name.to_owned(),
    }
}

/// A step of setting up an organisation: what to do, and why.
pub fn setup_step(step: &str) -> (&'static str, &'static str) {
    match step {
        "organisation" => (
            "Name the organisation and its phone number",
            "Patients and colleagues read both. Time zone and holidays decide when things are due.",
        ),
        "site" => (
            "Add the place where people are seen",
            "Its address and map go to patients with the appointment.",
        ),
        "service" => {
            ("Add a service that takes referrals", "A clinic with its team and the length of a visit.")
        }
        "form" => (
            "Say what the service asks",
            "Questions, documents and rules, so that no referral arrives incomplete.",
        ),
        "coordinator" => ("Invite a coordinator", "Somebody confirms receipt, books and answers the phone."),
        "specialist" => ("Invite a specialist", "Somebody decides, sees the patient and writes the report."),
        "reviewer" => (
            "Say who reviews emergency access",
            "Nobody reviews their own. Name a privacy contact, or invite a second administrator or somebody who leads quality.",
        ),
        "sessions" => (
            "Enter weekly sessions",
            "Free times are made from them. Clinicians add calendars to take busy times off.",
        ),
        "urgency" => (
            "Decide on urgency suggestions",
            "They are off until somebody in your organisation answers for them.",
        ),
        _ => ("Receive the first referral", "A practice sends it, or a coordinator keys one in."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clock_has_its_words() {
        for name in domain::referral::Clocks::DURATIONS {
            assert_ne!(duration(name), "Another clock", "{name}");
        }
    }
}
