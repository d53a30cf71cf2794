//! The landing page: what this is, and the two ways in.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use leptos::prelude::*;

use super::console::first_page;
use crate::components::{Card, LinkButton, Look, PageFooter, PatientHeader};
use crate::web::{Alive, Patient, Staff, Web, page};

pub fn routes() -> Router<Web> {
    Router::new().route("/", get(show))
}

/// Anybody. Who is signed in goes on to where their work or their referral is.
async fn show(State(web): State<Web>, staff: Option<Staff>, patient: Option<Patient>) -> Response {
    if let Some(page) = staff.as_ref().and_then(|staff| first_page(staff.principal())) {
        return Redirect::to(page).into_response();
    }
    if patient.is_some() {
        return Redirect::to("/my").into_response();
    }
    page(&web, "Welcome", Alive::Plain, || landing().into_any()).await
}

fn landing() -> impl IntoView {
    view! {
        <div class="app-frame">
            <PatientHeader nav=Vec::new() home="/" />
            <main id="main" tabindex="-1" class="app-main app-main--patient">
                <h1>"From your doctor to the specialist, without losing the way"</h1>
                <p class="app-lead">
                    "Waymark shows where a referral is, who has it now, and what happens next."
                </p>
                <Card title="I am a patient">
                    <p>"See where your referral is, choose your appointment, and send what the clinic asks for."</p>
                    <LinkButton label="See my referral" href="/start" />
                </Card>
                <Card title="I work here">
                    <p>"Refer, decide, book, report. You need your password and your authenticator app."</p>
                    <LinkButton label="Sign in" href="/sign-in" look=Look::Secondary />
                </Card>
            </main>
            <PageFooter note="Not for emergencies: call 999." />
        </div>
    }
}
