//! The words of messages: the product's own, and those that an organisation writes in their place.

use domain::notice::StaffNotice;
use server::adapters::Catalogue;
use service::ports::{MessageFacts, Template, Words};
use sha2::{Digest, Sha256};

fn facts(notice: StaffNotice) -> MessageFacts {
    let at = |text: &str| text.parse().expect("an instant");
    MessageFacts {
        first_name: "Ann <b>".to_owned(),
        organisation: "North & South\r\nTrust".to_owned(),
        phone: Some("020 7946 0018".to_owned()),
        visit: Some((at("2026-09-30T09:10:00Z"), chrono_tz::Europe::London)),
        until: Some(at("2027-01-02T17:00:00Z")),
        now: at("2026-09-01T09:00:00Z"),
        place: String::new(),
        link: "https://waymark.example/r/8Qx2Lk9ZpT7wVb3R?a=1&b=2".to_owned(),
        reference: "WM-7F3K-21".to_owned(),
        code: "123456".to_owned(),
        standing_in: Some(("Dr “Jo” O’Neill".to_owned(), "from Monday until Friday".to_owned())),
        notice: Some(notice),
        clinical: Some(("Margaret Hale, born 31 March 1948".to_owned(), "Sinus rhythm.\n\nNo  visits. {when}".to_owned())),
    }
}

#[test]
fn the_product_s_own_words_stay_as_agreed() {
    let words = Catalogue { default_country: "44".to_owned() };
    let mut said = String::new();
    let mut say = |template: Template, facts: &MessageFacts, name: String| {
        let rendered = words.render(template, facts);
        let page = hex::encode(Sha256::digest(rendered.html.as_bytes()));
        said.push_str(&format!(
            "== {name}\n{}\n{}\n{}\n{}page {page}\n\n",
            rendered.sms, rendered.subject, rendered.push, rendered.text
        ));
    };
    for template in Template::ALL {
        say(*template, &facts(StaffNotice::ReportReady), template.to_string());
        say(*template, &MessageFacts::default(), format!("{template}, with nothing"));
    }
    for notice in StaffNotice::ALL {
        say(Template::StaffNotice, &facts(*notice), format!("staff-notice, {notice}"));
    }
    insta::assert_snapshot!(said);
}
