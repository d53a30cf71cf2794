//! How a message's words become an SMS, a mail and a page.

use domain::language;
use domain::template::Template;

use super::built_in::{CODE_PUSH, NOTICE_ACTION};
use super::fill::{Filling, Said};
use super::{Rendered, To};
use crate::segments;

/// Room of one GSM 7-bit message.
const ONE_SMS: usize = 160;
/// Longest first name that a greeting repeats; a longer one is left out.
const LONGEST_NAME: usize = 30;

/// A message with its words in the form of each channel.
pub(super) fn lay_out(template: Template, said: Said, with: &Filling<'_>) -> Rendered {
    match template {
        Template::OneTimeCode => code(said, with.language),
        // Its subject names the organisation already.
        Template::StaffInvitation => colleague(said, with, ""),
        Template::DelegateNamed | Template::PrivacyNotice | Template::DayNotice => {
            let foot = format!("\n{}\n", clean(with.to.organisation));
            colleague(said, with, &foot)
        }
        Template::StaffNotice => notice(said, with),
        Template::OutsideReferrer => outside(said, with),
        _ => patient(&with.to, said, with.language),
    }
}

fn patient(to: &To<'_>, said: Said, tag: &str) -> Rendered {
    let organisation = clean(to.organisation);
    let phone = clean(to.phone);
    let name = to.first_name.map(clean).filter(|n| !n.is_empty() && n.chars().count() <= LONGEST_NAME);
    let (greeting, questions) = frame(name.as_deref(), &organisation, &phone, tag);

    let mut text = if greeting.is_empty() { String::new() } else { format!("{greeting}\n\n") };
    for line in &said.body {
        text.push_str(line);
        text.push_str("\n\n");
    }
    text.push_str(&format!("{}: {}\n\n{questions}\n", said.action, to.link));

    let mut lines: Vec<String> = Some(greeting).filter(|line| !line.is_empty()).into_iter().collect();
    lines.extend(said.body);
    Rendered {
        sms: sms(name.as_deref(), &organisation, &phone, &said.sms, to.link),
        html: page(tag, &said.subject, &lines, Some((&said.action, to.link)), &questions),
        subject: said.subject,
        text,
        push: said.push,
    }
}

/// How a mail begins and ends. In another language than the product's nothing is said but names and a number.
fn frame(name: Option<&str>, organisation: &str, phone: &str, tag: &str) -> (String, String) {
    if !language::is_product(tag) {
        let greeting = name.map_or(String::new(), |name| format!("{name},"));
        let end = if phone.is_empty() { organisation.to_owned() } else { format!("{organisation}: {phone}") };
        return (greeting, end);
    }
    let greeting = name.map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},"));
    let on = if phone.is_empty() { String::new() } else { format!(" on {phone}") };
    (greeting, format!("Questions? Call {organisation}{on}."))
}

/// No link and no greeting.
fn code(said: Said, tag: &str) -> Rendered {
    Rendered {
        sms: segments::plain(&said.sms),
        text: format!("{}\n", said.body.join("\n\n")),
        html: page(tag, &said.subject, &said.body, None, ""),
        push: CODE_PUSH.to_owned(),
        subject: said.subject,
    }
}

/// A mail to a colleague; `foot` ends its plain text.
fn colleague(said: Said, with: &Filling<'_>, foot: &str) -> Rendered {
    let link = with.to.link;
    Rendered {
        sms: segments::plain(&format!("{}: {link}", said.subject)),
        text: format!("{}\n\n{}: {link}\n{foot}", said.body.join("\n\n"), said.action),
        html: page(
            language::PRODUCT,
            &said.subject,
            &said.body,
            Some((&said.action, link)),
            &clean(with.to.organisation),
        ),
        push: said.subject.clone(),
        subject: said.subject,
    }
}

/// A mail about a referral: reference number and link only.
fn notice(said: Said, with: &Filling<'_>) -> Rendered {
    let (organisation, link) = (clean(with.to.organisation), with.to.link);
    Rendered {
        sms: segments::plain(&format!("{}: {link}", said.subject)),
        text: format!(
            "{}\n\n{}: {link}\n\n{organisation}\nThis mail carries no clinical content on purpose.\n",
            said.body.join("\n\n"),
            if said.action == NOTICE_ACTION { "Open it" } else { &said.action },
        ),
        html: page(
            language::PRODUCT,
            &said.subject,
            &said.body,
            Some((&said.action, link)),
            &format!("{organisation}. This mail carries no clinical content on purpose."),
        ),
        push: said.subject.clone(),
        subject: said.subject,
    }
}

/// A letter to a clinician who has no account: the one place where a message carries what is clinical, because nobody could
/// read it otherwise. It goes by post, or to a mailbox that was given for patients' data. Its subject stands in lists.
fn outside(said: Said, with: &Filling<'_>) -> Rendered {
    let (organisation, phone) = (clean(with.to.organisation), clean(with.to.phone));
    let mut lines = said.body;
    lines.extend(with.text.lines().map(clean).filter(|line| !line.is_empty()));
    if !phone.is_empty() {
        lines.push(format!("Questions? Call {organisation} on {phone}."));
    }
    lines.push(organisation.clone());
    Rendered {
        sms: segments::plain(&said.subject),
        text: format!("{}\n", lines.join("\n\n")),
        html: page(language::PRODUCT, &said.subject, &lines, None, &organisation),
        push: said.subject.clone(),
        subject: said.subject,
    }
}

/// The fullest form that fits into one message: with name and phone, without the name, without the phone. The
/// link and who is speaking are always there.
fn sms(name: Option<&str>, organisation: &str, phone: &str, words: &str, link: &str) -> String {
    let named = name.map(|n| format!("{n}, ")).unwrap_or_default();
    let call = if phone.is_empty() { String::new() } else { format!(" Tel {phone}") };
    let forms = [
        format!("{organisation}: {named}{words} {link}{call}"),
        format!("{organisation}: {words} {link}{call}"),
        format!("{organisation}: {words} {link}"),
    ]
    .map(|form| segments::plain(&form));
    let fits = |form: &&String| {
        let cost = segments::cost(form);
        cost.encoding == segments::Encoding::Gsm7 && cost.units <= ONE_SMS
    };
    // If nothing fits, two parts with the phone say more than two parts without it.
    forms.iter().find(fits).unwrap_or(&forms[1]).clone()
}

/// One line of plain text: no line breaks or control characters, no runs of spaces.
pub(super) fn clean(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A whole HTML page of plain paragraphs; escapes all that it is given.
pub(super) fn page(
    tag: &str,
    title: &str,
    lines: &[String],
    action: Option<(&str, &str)>,
    foot: &str,
) -> String {
    let mut body = String::new();
    for line in lines {
        body.push_str(&format!("<p dir=\"auto\">{}</p>\n", escape(line)));
    }
    if let Some((label, link)) = action {
        let (label, link) = (escape(label), escape(link));
        body.push_str(&format!(
            "<p><a href=\"{link}\" style=\"display:inline-block;padding:12px 20px;background:#1d4f91;color:#ffffff;\
             text-decoration:none;border-radius:4px\">{label}</a></p>\n<p style=\"color:#4c6272\">{link}</p>\n"
        ));
    }
    if !foot.is_empty() {
        body.push_str(&format!("<p>{}</p>\n", escape(foot)));
    }
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family:Arial,sans-serif;font-size:18px;line-height:1.5;color:#212b32;max-width:36em\">\n\
         {body}</body>\n</html>\n",
        escape(tag),
        escape(title)
    )
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
