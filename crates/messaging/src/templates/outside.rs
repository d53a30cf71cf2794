//! Letters to clinicians who have no account: the one place where a message carries what is clinical, because nobody could
//! read it otherwise. They go by post, or to a mailbox that was given for patients' data.

use super::layout::{clean, page};
use super::{Rendered, StaffNotice, notice_words};
use crate::segments;

/// To whom, about whom, and what.
#[derive(Debug, Clone, Copy)]
pub struct Outside<'a> {
    pub person: &'a str,
    pub organisation: &'a str,
    pub phone: &'a str,
    pub reference: &'a str,
    /// The patient: name, date of birth, number.
    pub about: &'a str,
    /// The report, or what the patient was told; may be empty. Its lines are kept.
    pub text: &'a str,
}

/// A letter to the referrer. The subject, which stands in lists, names the reference alone.
pub fn outside_referrer(notice: StaffNotice, to: &Outside<'_>) -> Rendered {
    let (what, _) = notice_words(notice);
    let (person, organisation, phone) = (clean(to.person), clean(to.organisation), clean(to.phone));
    let subject = format!("Referral {} {what}", clean(to.reference));
    let mut lines = vec![format!("Dear {person},"), format!("{subject}. It is about {}.", clean(to.about))];
    lines.extend(to.text.lines().map(clean).filter(|line| !line.is_empty()));
    let questions = match phone.is_empty() {
        true => String::new(),
        false => format!("Questions? Call {organisation} on {phone}."),
    };
    lines.extend(Some(questions).filter(|line| !line.is_empty()));
    lines.push(organisation.clone());
    Rendered {
        sms: segments::plain(&subject),
        text: format!("{}\n", lines.join("\n\n")),
        html: page(&subject, &lines, None, &organisation),
        push: subject.clone(),
        subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_names_the_patient_inside_and_never_in_its_subject() {
        let to = Outside {
            person: "Dr Jane Roe\r\nBcc: x",
            organisation: "North Harbour",
            phone: "020 7946 0018",
            reference: "WM-7F3K-21",
            about: "Margaret Hale, born 31 March 1948",
            text: "Sinus rhythm.\n\nNo further visits. <b>",
        };
        let letter = outside_referrer(StaffNotice::ReportReady, &to);
        assert_eq!(letter.subject, "Referral WM-7F3K-21 has a report");
        for words in
            ["Dear Dr Jane Roe", "Margaret Hale, born 31 March 1948", "Sinus rhythm.", "020 7946 0018"]
        {
            assert!(letter.text.contains(words), "{words}: {}", letter.text);
        }
        assert!(!letter.text.contains("\r"));
        assert!(
            !letter.html.contains("<b>") && !letter.push.contains("Hale") && !letter.sms.contains("Hale")
        );
    }
}
