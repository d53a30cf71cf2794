//! How a message's words become an SMS, a mail and a page.

use super::{Rendered, To};
use crate::segments;

/// Room of one GSM 7-bit message.
const ONE_SMS: usize = 160;
/// Longest first name that a greeting repeats; a longer one is left out.
const LONGEST_NAME: usize = 30;

/// The parts in which patients' messages differ.
pub(super) struct Words<'a> {
    pub subject: &'a str,
    /// Follows "Organisation: " and is followed by the link.
    pub sms: &'a str,
    pub body: &'a [&'a str],
    pub action: &'a str,
    pub push: &'a str,
}

/// One patient's message in the form of each channel.
pub(super) fn compose(to: &To<'_>, words: Words<'_>) -> Rendered {
    let organisation = clean(to.organisation);
    let phone = clean(to.phone);
    let name = to.first_name.map(clean).filter(|n| !n.is_empty() && n.chars().count() <= LONGEST_NAME);
    let greeting = name.as_ref().map_or_else(|| "Hello,".to_owned(), |n| format!("Hello {n},"));
    let questions = format!("Questions? Call {organisation} on {phone}.");

    let mut text = format!("{greeting}\n\n");
    for line in words.body {
        text.push_str(line);
        text.push_str("\n\n");
    }
    text.push_str(&format!("{}: {}\n\n{questions}\n", words.action, to.link));

    let mut lines = vec![greeting];
    lines.extend(words.body.iter().map(|l| (*l).to_owned()));
    Rendered {
        sms: sms(name.as_deref(), &organisation, &phone, words.sms, to.link),
        subject: words.subject.to_owned(),
        html: page(words.subject, &lines, Some((words.action, to.link)), &questions),
        text,
        push: words.push.to_owned(),
    }
}

/// The fullest form that fits into one message: with name and phone, without the name, without the phone. The
/// link and who is speaking are always there.
fn sms(name: Option<&str>, organisation: &str, phone: &str, words: &str, link: &str) -> String {
    let named = name.map(|n| format!("{n}, ")).unwrap_or_default();
    let call = format!(" Tel {phone}");
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
pub(super) fn page(title: &str, lines: &[String], action: Option<(&str, &str)>, foot: &str) -> String {
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
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family:Arial,sans-serif;font-size:18px;line-height:1.5;color:#212b32;max-width:36em\">\n\
         {body}</body>\n</html>\n",
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
