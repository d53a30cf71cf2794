//! E-mail over real SMTP to a scripted stand-in on loopback.
#![allow(clippy::unwrap_used)]

use messaging::email::{Email, EmailConfig, Invitation, Letter, Method, Tls};
use messaging::{DeliveryState, SendError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const ICS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@clinic.example\r\nDTSTAMP:20261122T180000Z\r\nDTSTART:20261203T093000Z\r\nSUMMARY:Appointment\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// What the stand-in says to each step; an empty answer hangs up.
#[derive(Clone, Copy)]
struct Script {
    rcpt: &'static str,
    data: &'static str,
    end: &'static str,
    auth: &'static str,
}

const FINE: Script = Script { rcpt: "250 ok", data: "354 go on", end: "250 queued", auth: "235 welcome" };

/// Serves one connection; gives the commands it saw and the raw message.
async fn server(script: Script) -> (u16, JoinHandle<(Vec<String>, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let (read, mut write) = socket.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut commands, mut raw) = (Vec::new(), String::new());
        write.write_all(b"220 stand-in ESMTP\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            let verb = line.to_uppercase();
            let answer = if verb.starts_with("EHLO") {
                "250-stand-in\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"
            } else if verb.starts_with("AUTH") {
                script.auth
            } else if verb.starts_with("RCPT") {
                script.rcpt
            } else if verb == "DATA" {
                script.data
            } else if verb == "QUIT" {
                "221 bye"
            } else {
                "250 ok"
            };
            commands.push(line);
            if answer.is_empty() {
                break;
            }
            write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
            if answer.starts_with("354") {
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    raw.push_str(&line);
                    raw.push('\n');
                }
                if script.end.is_empty() {
                    break;
                }
                write.write_all(format!("{}\r\n", script.end).as_bytes()).await.unwrap();
            }
        }
        (commands, raw)
    });
    (port, task)
}

fn email(port: u16, user: &str, tls: Tls) -> Email {
    rustls::crypto::ring::default_provider().install_default().ok();
    Email::new(EmailConfig { tls, user: user.to_owned(), ..config(port) }).unwrap()
}

fn config(port: u16) -> EmailConfig {
    EmailConfig {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        user: String::new(),
        password: "secret".to_owned(),
        from: "Waymark <no-reply@clinic.example>".to_owned(),
        bounces: String::new(),
    }
}

fn letter<'a>(subject: &'a str, invitation: Option<Invitation<'a>>) -> Letter<'a> {
    Letter {
        to: "ann@patients.example",
        subject,
        text: "Hello Zoë,\n\nyour appointment is booked.\n.\nA line with a dot alone came before.\n",
        html: "<p>Hello Zoë</p>",
        message_id: "01JABC-7",
        invitation,
        unsubscribe: None,
        bounce_token: None,
        now: "2026-11-22T18:00:00Z".parse().unwrap(),
    }
}

async fn outcome(script: Script) -> Result<messaging::Handed, SendError> {
    let (port, task) = server(script).await;
    let result = email(port, "", Tls::None).send(&letter("Your appointment is booked", None)).await;
    task.await.unwrap();
    result
}

#[tokio::test]
async fn an_invitation_travels_as_an_alternative_and_as_a_file() {
    let (port, task) = server(FINE).await;
    let invitation = Some(Invitation { ics: ICS, method: Method::Request });
    let handed =
        email(port, "user", Tls::None).send(&letter("Your appointment is booked", invitation)).await.unwrap();
    assert_eq!(handed.provider_ref, "01JABC-7@clinic.example");
    assert_eq!(handed.state, DeliveryState::Sent);

    let (commands, raw) = task.await.unwrap();
    assert!(commands.iter().any(|c| c.starts_with("AUTH PLAIN")));
    assert!(commands.iter().any(|c| c.starts_with("MAIL FROM:<no-reply@clinic.example>")));
    assert!(commands.iter().any(|c| c.starts_with("RCPT TO:<ann@patients.example>")));
    assert!(raw.contains("Auto-Submitted: auto-generated\n"));
    assert!(raw.contains("Message-ID: <01JABC-7@clinic.example>\n"));
    assert!(raw.contains("Date: Sun, 22 Nov 2026 18:00:00 +0000\n"));
    let at = |text: &str| raw.find(text).unwrap_or_else(|| panic!("{text} is missing in:\n{raw}"));
    let order = [
        at("Content-Type: multipart/mixed"),
        at("Content-Type: multipart/alternative"),
        at("Content-Type: text/plain; charset=utf-8"),
        at("Content-Type: text/html; charset=utf-8"),
        at("Content-Type: text/calendar; charset=utf-8; method=REQUEST"),
        at("Content-Disposition: attachment; filename=\"invite.ics\""),
    ];
    assert!(order.is_sorted(), "{order:?}");
    // A long header is folded (RFC 5322 section 2.2.3).
    assert!(
        raw.contains("Content-Type: application/ics; charset=utf-8; method=REQUEST;\n name=\"invite.ics\""),
        "{raw}"
    );
    assert_eq!(raw.matches("METHOD:REQUEST").count(), 2, "{raw}");
}

#[tokio::test]
async fn reply_codes_decide_between_trying_again_and_giving_up() {
    assert!(outcome(FINE).await.is_ok());
    let code_of = |r: Result<messaging::Handed, SendError>| match r {
        Err(SendError::Permanent { code, why }) => {
            assert!(!why.contains('@'));
            code
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        code_of(outcome(Script { rcpt: "550 no such user ann@patients.example", ..FINE }).await),
        "550"
    );
    assert_eq!(
        code_of(outcome(Script { rcpt: "550 5.1.1 no such user ann@patients.example", ..FINE }).await),
        "5.1.1"
    );
    assert_eq!(code_of(outcome(Script { end: "554 spam", ..FINE }).await), "554");
    for script in [
        Script { rcpt: "451 greylisted", ..FINE },
        Script { end: "452 full", ..FINE },
        Script { data: "", ..FINE },
        Script { rcpt: "", ..FINE },
    ] {
        let result = outcome(script).await;
        assert!(matches!(result, Err(SendError::Temporary { .. })), "{result:?}");
    }
    assert!(matches!(outcome(Script { end: "", ..FINE }).await, Err(SendError::Unknown { .. })));
}

#[tokio::test]
async fn our_own_settings_are_never_the_letters_fault() {
    let (port, task) = server(Script { auth: "535 wrong", ..FINE }).await;
    let refused = email(port, "user", Tls::None).send(&letter("x", None)).await;
    assert!(matches!(refused, Err(SendError::Temporary { .. })), "{refused:?}");
    task.await.unwrap();

    // STARTTLS was asked for and is not offered: nothing goes out in the clear.
    let (port, task) = server(FINE).await;
    let refused = email(port, "user", Tls::StartTls).send(&letter("x", None)).await;
    assert!(matches!(refused, Err(SendError::Temporary { .. })), "{refused:?}");
    let (commands, _) = task.await.unwrap();
    assert!(!commands.iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")), "{commands:?}");

    let refused = email(9, "", Tls::None).send(&letter("x", None)).await;
    assert!(matches!(refused, Err(SendError::Temporary { .. })), "{refused:?}");
}

#[tokio::test]
async fn nothing_can_be_smuggled_into_the_headers() {
    let (port, task) = server(FINE).await;
    email(port, "", Tls::None)
        .send(&letter("Hello\r\nBcc: eve@evil.example\r\n\r\nbody", None))
        .await
        .unwrap();
    let (commands, raw) = task.await.unwrap();
    assert!(raw.contains("Subject: Hello Bcc: eve@evil.example body\n"), "{raw}");
    assert_eq!(commands.iter().filter(|c| c.starts_with("RCPT")).count(), 1);

    let sender = email(9, "", Tls::None);
    for to in ["ann@x.example\r\nRCPT TO:<eve@evil.example>", "a@b@c", "", "Ann <ann@x.example>"] {
        let refused = sender.send(&Letter { to, ..letter("x", None) }).await;
        assert!(matches!(refused, Err(SendError::Permanent { .. })), "{to}");
    }
    let refused = sender.send(&Letter { message_id: "1>\r\nX: y", ..letter("x", None) }).await;
    assert!(matches!(refused, Err(SendError::Permanent { .. })));
}

#[tokio::test]
async fn a_mail_says_how_it_is_ended_and_whom_a_report_is_about() {
    let (port, task) = server(FINE).await;
    let sender =
        Email::new(EmailConfig { bounces: "bounces@clinic.example".to_owned(), ..config(port) }).unwrap();
    let mail = Letter {
        unsubscribe: Some(
            "https://waymark.example/unsubscribe/0123456789abcdef0123456789abcdef-0123456789abcdef0123",
        ),
        bounce_token: Some("0123456789abcdef0123456789abcdef-0123456789abcdef0123"),
        ..letter("Your appointment is coming up", None)
    };
    sender.send(&mail).await.unwrap();
    let (commands, raw) = task.await.unwrap();
    let returns = "MAIL FROM:<bounces+0123456789abcdef0123456789abcdef-0123456789abcdef0123@clinic.example>";
    assert!(commands.iter().any(|line| line.starts_with(returns)), "{commands:?}");
    assert!(raw.contains("From: Waymark <no-reply@clinic.example>\n"), "{raw}");
    let unfolded = raw.replace("\n ", " ");
    assert!(unfolded.contains("List-Unsubscribe: <https://waymark.example/unsubscribe/0123456789abcdef0123456789abcdef-0123456789abcdef0123>"), "{raw}");
    assert!(unfolded.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"), "{raw}");
    assert!(Email::new(EmailConfig { bounces: "nobody".to_owned(), ..config(port) }).is_err());
}
