//! Words of the audit, as staff read it.

use super::patient;

/// What somebody did, after their name: "looked at it", "changed settings".
pub fn did(action: &str) -> String {
    let said = match action {
        "read" => "looked at it",
        "list" => "saw it in a list",
        "search" => "saw it in a search",
        "begin" => "began it",
        "register" => "added it",
        "import" => "brought it in from a file",
        "export" => "took it out as a file",
        "key-in" => "entered it from paper or phone",
        "configure" => "changed settings",
        "make-campaign" => "wrote a message to many",
        "change-campaign" => "changed a message to many",
        "look-at-campaign" => "worked out anew who gets a message to many",
        "confirm-campaign" => "confirmed a message to many",
        "approve-campaign" => "agreed to a message to many",
        "give-back-campaign" => "gave a message to many back unsent",
        "begin-campaign" => "began to send a message to many",
        "finish-campaign" => "sent all of a message to many",
        "pause-campaign" => "paused a message to many",
        "resume-campaign" => "let a message to many go on",
        "cancel-campaign" => "cancelled what had not left of a message to many",
        "test-words" => "sent themselves a test of a message",
        "urgency-suggestions" => "switched urgency suggestions on or off",
        "pass-booking" => "left finding a time to the clinic",
        "print-letter" => "printed a letter",
        "unprint-letter" => "noted that a letter was not printed",
        "post-letter" => "posted a letter",
        "unpost-letter" => "noted that a letter was not posted",
        "letter-returned" => "noted that a letter came back",
        "told-otherwise" => "told the patient in another way than by letter",
        "choose-day-notices" => "chose what they are told",
        "record-death" => "recorded that the patient has died",
        "undo-death" => "took back that the patient has died",
        "stop-messages" => "asked for no more messages",
        "want-messages" => "asked for messages again",
        "read-feed" => "had it read by a calendar program",
        "make-feed" => "made a secret address for a calendar program",
        "end-feed" => "took back a secret address for a calendar program",
        "read-calendar" => "had a calendar read",
        "subscribe-calendar" => "subscribed to a calendar",
        "change-calendar" => "changed a calendar",
        "replace-calendar" => "replaced a calendar's file with a newer one",
        "change-source" => "changed where a calendar is read from",
        "remove-calendar" => "took a calendar away",
        "keep-calendar" => "updated it",
        "add-rule" => "added a weekly session",
        "change-rule" => "changed a weekly session",
        "remove-rule" => "took a weekly session away",
        "close-days" => "closed days for everybody",
        "open-days" => "opened closed days again",
        "take-hours" => "added sessions from a calendar file",
        "doubt-visit" => "listed its visit as in doubt",
        "keep-visit" => "left its visit in doubt as it is booked",
        "save-view" => "kept filters",
        "rename-view" => "renamed filters",
        "remove-view" => "removed filters",
        "finish-task" => "finished a task",
        "record-visit" => "recorded the visit",
        "no-show" => "recorded a missed visit",
        "arrive" => "noted that the patient had come",
        "refer-on" => "referred on as well",
        "advise" => "answered a request for advice",
        "turn-into-referral" => "made a referral of a request for advice",
        "remind" => "sent a reminder",
        "note-wishes" => "noted what the patient needs",
        "join-waiting-list" => "put the patient on the waiting list",
        "leave-waiting-list" => "took the patient off the waiting list",
        "request-code" => "sent a code to sign in",
        "prove-identity" => "proved who they are",
        "review-emergency" => "reviewed an emergency access",
        other => {
            let words = other.replace('-', " ");
            let said = patient::looked(&words);
            return if said.starts_with("changed it (") { words } else { said };
        }
    };
    said.to_owned()
}

/// What it was done to.
pub fn touched(entity: &str) -> String {
    match entity {
        "people" => "List of people",
        "person" => "A colleague",
        "delegations" | "delegation" => "Who acts for whom",
        "access" => "Who has access",
        "audit" => "This audit",
        "emergency" => "Emergency access",
        "downtime-list" => "Downtime list",
        "campaign" => "A message to many",
        "record" => "Whole record",
        "page" => "A page",
        "import" => "A file",
        other => return super::capitalised(&other.replace('-', " ")),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_is_never_called_changing() {
        for action in ["read", "list", "search", "print", "export", "something-new"] {
            assert!(!did(action).contains("chang"), "{action}: {}", did(action));
        }
    }

    #[test]
    fn every_act_is_said_as_staff_say_it() {
        for act in domain::referral::Act::ALL {
            let said = did(act.code());
            assert!(!said.contains('-') && !said.contains("you"), "{act}: {said}");
        }
    }
}
