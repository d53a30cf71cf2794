//! The rows, as they are stored. What each table and column means is written in the migrations.

macro_rules! entities {
    ($( $module:ident = $table:literal ( $($key:ident : $key_type:ty),+ ) { $($field:ident : $type:ty),* $(,)? } )+) => {$(
        pub mod $module {
            #[allow(unused_imports)]
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $(#[sea_orm(primary_key, auto_increment = false)] pub $key: $key_type,)+
                $(pub $field: $type,)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    )+};
}

entities! {
    organisation = "organisation" (id: Uuid) {
        name: String, phone: Option<String>, zone: String, clocks: String,
        urgency_accepted_by: Option<String>, urgency_accepted_at: Option<i64>, created_at: i64,
        escalate_to: Option<Uuid>, privacy_contact: Option<Uuid>, language: String,
        approve_many_above: i64,
    }
    external_identifier = "external_identifier" (organisation_id: Uuid, kind: String, system: String, value: String) {
        entity_id: Uuid,
    }
    site = "site" (organisation_id: Uuid, id: Uuid) {
        name: String, address: Option<String>, phone: Option<String>, zone: String,
        latitude: Option<f64>, longitude: Option<f64>, map_url: Option<String>, step_free: bool,
    }
    team = "team" (organisation_id: Uuid, id: Uuid) {
        name: String, phone: Option<String>,
    }
    team_member = "team_member" (organisation_id: Uuid, team_id: Uuid, person_id: Uuid) {}
    service = "service" (organisation_id: Uuid, id: Uuid) {
        site_id: Option<Uuid>, name: String, specialty_code: Option<String>, team: String, phone: Option<String>,
        patient_note: Option<String>, visit_min: i64, required: String, active: bool,
        specialty: Option<String>, keywords: String,
        clocks: String, escalate_to: Option<Uuid>, form: String, form_version: i64, criteria: String,
        priorities: String, team_id: Option<Uuid>, reminders: String,
    }
    person = "person" (organisation_id: Uuid, id: Uuid) {
        name: String, email: String, password_hash: Option<String>, totp_secret: Option<Vec<u8>>,
        totp_last_step: i64, status: String, created_at: i64,
        valid_until: Option<String>, last_sign_in_at: Option<i64>,
    }
    person_role = "person_role" (organisation_id: Uuid, person_id: Uuid, role: String) { valid_until: Option<String> }
    postcode = "postcode" (code: String) { latitude: f64, longitude: f64 }
    service_wait = "service_wait" (organisation_id: Uuid, service_id: Uuid) {
        waits: i64, median_days: Option<i64>, p90_days: Option<i64>, first_at: i64, last_at: i64, computed_at: i64,
    }
    service_choice = "service_choice" (organisation_id: Uuid, referral_id: Uuid) {
        at: i64, offered: String, reason: String, by_name: String,
    }
    outside_referrer = "outside_referrer" (organisation_id: Uuid, referral_id: Uuid) {
        came: String, received_day: String, entered_at: i64, entered_by: String, person: String,
        organisation: String, email: Option<String>, address: String,
    }
    delegation = "delegation" (organisation_id: Uuid, id: Uuid) {
        clinician_id: Uuid, delegate_id: Uuid, from_day: String, until_day: String, created_at: i64,
        created_by: String, ended_at: Option<i64>, ended_by: Option<String>,
    }
    note = "note" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, at: i64, author: String, author_name: String, author_organisation_id: Uuid,
        audience: String, text: String,
    }
    task = "task" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, referral_organisation_id: Uuid, referral_id: Uuid, text: String, asked_by: String,
        created_at: i64, done_at: Option<i64>, note_id: Option<Uuid>, asked_by_id: Option<Uuid>,
        kind: String, message_id: Option<Uuid>,
    }
    saved_view = "saved_view" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, list: String, name: String, query: String, audience: String, created_at: i64,
    }
    likeness = "likeness" (organisation_id: Uuid, first_id: Uuid, second_id: Uuid) {
        verdict: String, decided_by: String, decided_by_name: String, decided_at: i64,
    }
    change = "change" (organisation_id: Uuid, id: Uuid) {
        at: i64, actor: String, actor_name: String, entity: String, entity_id: Uuid, entity_name: String,
        field: String, before: String, after: String,
    }
    reason = "reason" (organisation_id: Uuid, id: Uuid) {
        act: String, code: String, label: String, comment_forced: bool, patient_line: String, active: bool,
        position: i64,
    }
    reply = "reply" (organisation_id: Uuid, id: Uuid) {
        title: String, text: String, audience: String, act: String, active: bool,
    }
    words_version = "words_version" (organisation_id: Uuid, template: String, language: String, version: i64) {
        subject: String, sms: String, body: String, action: String, push: String,
        written_at: i64, written_by: Option<Uuid>, written_by_name: String, from_version: Option<i64>,
        approved_at: Option<i64>, approved_by: Option<Uuid>, approved_by_name: Option<String>,
    }
    invitation = "invitation" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, token_hash: String, created_at: i64, expires_at: i64, used_at: Option<i64>,
    }
    recovery_code = "recovery_code" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, code_hash: String, created_at: i64, used_at: Option<i64>,
    }
    passkey = "passkey" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, credential: String, name: String, data: String, created_at: i64,
        last_used_at: Option<i64>,
    }
    sign_on = "sign_on" (issuer: String, subject: String) {
        organisation_id: Uuid, person_id: Uuid, linked_at: i64,
    }
    emergency = "emergency" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, person_name: String, referral_organisation_id: Uuid, referral_id: Uuid,
        reference: String, patient_organisation_id: Uuid, patient_id: Uuid, reason: String, opened_at: i64,
        expires_at: i64, reviewed_at: Option<i64>, reviewed_by: Option<String>, finding: Option<String>,
        finding_note: Option<String>,
    }
    api_client = "api_client" (organisation_id: Uuid, id: Uuid) {
        name: String, token_hash: String, created_at: i64, revoked_at: Option<i64>,
    }
    patient = "patient" (organisation_id: Uuid, id: Uuid) {
        nhs_number: Option<String>, family: String, given: String, birth_date: Option<String>, sex: String,
        phone: Option<String>, email: Option<String>, address: Option<String>, language: Option<String>,
        deceased: bool, created_at: i64, latitude: Option<f64>, longitude: Option<f64>,
        zone: Option<String>, prefers: Option<String>,
    }
    death = "death" (organisation_id: Uuid, id: Uuid) {
        patient_id: Uuid, source: String, died_on: Option<String>, recorded_at: i64, recorded_by_name: String,
        undone_at: Option<i64>, undone_by_name: Option<String>, undone_why: Option<String>,
    }
    clinical_item = "clinical_item" (organisation_id: Uuid, id: Uuid) {
        patient_id: Uuid, kind: String, code_system: Option<String>, code: Option<String>, words: String,
        value: Option<String>, on_date: Option<String>, active: bool,
    }
    referral = "referral" (organisation_id: Uuid, id: Uuid) {
        reference: String, referrer_organisation_id: Uuid, referrer_id: Option<Uuid>, referrer_name: String,
        patient_organisation_id: Uuid, patient_id: Uuid, service_id: Uuid, state: String, priority: String,
        requested_priority: String, reason: String, reason_codes: String,
        owner_organisation_id: Option<Uuid>, owner_person_id: Option<Uuid>, owner_name: Option<String>,
        next_action: Option<String>, due_at: Option<i64>, due_zone: Option<String>, due_wall: Option<String>,
        patient_line: Option<String>, appointment_id: Option<Uuid>, version: i64, created_at: i64,
        sent_at: Option<i64>, received_at: Option<i64>, decided_at: Option<i64>, ended_at: Option<i64>,
        state_since: i64, escalation: i64, escalated_at: Option<i64>, paused_from: Option<String>,
        parent_organisation_id: Option<Uuid>, parent_id: Option<Uuid>,
        kind: String, patient_sees: bool, may_turn: bool,
        asked_of: Option<String>, next_step: Option<String>, next_step_note: Option<String>,
        next_resource_id: Option<Uuid>, parent_kind: Option<String>, visit_kind: Option<String>,
        wishes: String,
    }
    event = "event" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, at: i64, kind: String, actor: String, actor_name: String,
        from_state: Option<String>, to_state: String, why: Option<String>, detail: String,
    }
    letter_version = "letter_version" (organisation_id: Uuid, referral_id: Uuid, version: i64) {
        reason: String, priority: String, replaced_at: i64, replaced_by: String, replaced_by_name: String,
    }
    document = "document" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, kind: String, file_name: String, media_type: String, size_bytes: i64, sha256: String,
        storage_key: String, added_by: String, added_by_name: String, created_at: i64,
        scan: String, scan_note: Option<String>, scanned_at: Option<i64>,
        audience: String, author_organisation_id: Option<Uuid>, enclosed_in: Option<Uuid>,
        version: i64, replaces: Option<Uuid>,
    }
    answer_sheet = "answer_sheet" (organisation_id: Uuid, referral_id: Uuid) {
        answers: String, form: String, form_version: i64, overrides: String, saved_at: i64,
    }
    report = "report" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, kind: String, text: String, author: String, author_name: String, created_at: i64,
        acknowledged_at: Option<i64>, acknowledged_by: Option<String>,
    }
    survey = "survey" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, service_id: Uuid, invited_at: i64, answered_at: Option<i64>, overall: Option<i64>,
        comment: Option<String>,
    }
    suggestion = "suggestion" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, kind: String, suggested: String, reasons: String, model: String, shown_at: i64,
        decided: Option<String>, decided_at: Option<i64>,
    }
    resource = "resource" (organisation_id: Uuid, id: Uuid) {
        kind: String, person_id: Option<Uuid>, name: String,
        places: i64, daily_limit: Option<i64>, languages: String, is_machine: bool,
        ended_at: Option<i64>,
    }
    availability_rule = "availability_rule" (organisation_id: Uuid, id: Uuid) {
        resource_id: Uuid, service_id: Uuid, weekdays: String, from_wall: String, to_wall: String, zone: String,
        slot_min: i64, capacity: i64, buffer_before_min: i64, buffer_after_min: i64, valid_from: String,
        valid_to: Option<String>,
        pool: String, also: String, visits: String, step_min: Option<i64>, every_weeks: i64, dates: String,
        daily_limit: Option<i64>, notice_min: Option<i64>, site_id: Option<Uuid>,
    }
    leave = "leave" (organisation_id: Uuid, id: Uuid) {
        resource_id: Uuid, from_at: i64, to_at: i64, zone: String, from_wall: String, to_wall: String, note: String,
        created_at: i64, created_by_name: String,
    }
    closure = "closure" (organisation_id: Uuid, id: Uuid) {
        resource_id: Option<Uuid>, rule_id: Option<Uuid>, from_day: String, to_day: String, note: String,
        created_at: i64, created_by_name: String,
    }
    service_booking = "service_booking" (organisation_id: Uuid, service_id: Uuid) {
        notice_hours: Option<i64>, horizon_days: Option<i64>, holds_at_acceptance: bool,
    }
    rebooking = "rebooking" (organisation_id: Uuid, id: Uuid) {
        appointment_id: Uuid, referral_id: Uuid, resource_id: Uuid, start_at: i64, cause: String, cause_id: Uuid,
        created_at: i64, created_by_name: String, settled_at: Option<i64>, settled_by_name: Option<String>,
    }
    zone_edition = "zone_edition" (edition: String) { at: i64 }
    replanned = "replanned" (organisation_id: Uuid, id: Uuid) {
        appointment_id: Uuid, referral_id: Uuid, resource_id: Uuid, zone: String, start_wall: String, from_at: i64,
        to_at: i64, edition: String, at: i64,
    }
    calendar = "calendar" (organisation_id: Uuid, id: Uuid) {
        resource_id: Option<Uuid>, name: String, url: Option<String>, etag: Option<String>, content: Vec<u8>,
        sha256: String, fetched_at: i64, checked_at: Option<i64>, last_error: Option<String>,
        expanded_from: Option<i64>, expanded_to: Option<i64>, kind: String, last_modified: Option<String>,
        next_at: Option<i64>, failures: i64, refresh_min: Option<i64>, username: Option<String>, secret: Option<Vec<u8>>,
        stale_hours: i64, when_stale: String, expand_after: Option<i64>, unsure_since: Option<i64>,
    }
    private_feed = "private_feed" (organisation_id: Uuid, id: Uuid) {
        kind: String, whose: Uuid, made_by: Option<Uuid>, token_hash: String, created_at: i64,
        revoked_at: Option<i64>, etag: String, modified_at: i64, told: String, recorded_day: String,
    }
    private_feed_reading = "private_feed_reading" (
        organisation_id: Uuid, feed_id: Uuid, day: String, program: String
    ) {
        times: i64, last_at: i64,
    }
    appointment = "appointment" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, service_id: Uuid, resource_id: Uuid, state: String, start_at: i64, end_at: i64,
        zone: String, start_wall: String, buffer_before_min: i64, buffer_after_min: i64, place: i64,
        overbook_reason: Option<String>, hold_expires_at: Option<i64>, sequence: i64,
        cancel_reason: Option<String>, booked_by: String, created_at: i64, changed_at: i64,
        offered_by: Option<String>, site_id: Option<Uuid>, patient_confirmed_at: Option<i64>,
        replan_at: Option<i64>, plan_no: i64,
    }
    follow_up = "follow_up" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, kind: String, what: String, due_on: String, due_at: i64, state: String,
        owner_person_id: Option<Uuid>, owner_name: String, note: Option<String>, child_id: Option<Uuid>,
        created_at: i64, created_by_name: String, changed_at: i64,
    }
    waitlist_entry = "waitlist_entry" (organisation_id: Uuid, id: Uuid) {
        referral_id: Uuid, service_id: Uuid, state: String, since: i64, weekdays: String, parts: String,
        notice_hours: i64, channel: String, seen: String, added_by: String, added_by_name: String,
        created_at: i64, changed_at: i64, ended_at: Option<i64>, end_reason: Option<String>,
        sites: String, clinicians: String, only_these: bool,
    }
    waitlist_offer = "waitlist_offer" (organisation_id: Uuid, id: Uuid) {
        entry_id: Uuid, referral_id: Uuid, appointment_id: Uuid, service_id: Uuid,
        patient_organisation_id: Uuid, patient_id: Uuid, resource_id: Uuid, start_at: i64, zone: String,
        offered_at: i64, tell_at: i64, until_at: i64, outcome: Option<String>, answered_at: Option<i64>,
        priority: String, channel: String, age_band: String, why: String, passed: String, sex: String,
        language: String, distance: String,
    }
    matching_plan = "matching_plan" (organisation_id: Uuid, id: Uuid) {
        created_at: i64, created_by: String, created_by_name: String, question: String, fingerprint: String,
        plan: String, applied_as: Option<String>, applied_at: Option<i64>, applied_by_name: Option<String>,
        outcome: String, applied_by: Option<Uuid>, done_at: Option<i64>,
    }
    slot_ledger = "slot_ledger" (organisation_id: Uuid, resource_id: Uuid, quantum: i64, place: i64) {
        appointment_id: Uuid, among: Option<i64>,
    }
    message = "message" (organisation_id: Uuid, id: Uuid) {
        dedupe_key: String, referral_id: Option<Uuid>, recipient: String, channel: String, template: String,
        address: String, subject: String, body: String, html: String, calendar: Option<Vec<u8>>,
        calendar_method: Option<String>, state: String, due_at: i64, expires_at: Option<i64>, attempts: i64,
        leased_until: Option<i64>, lease: Option<Uuid>, provider_ref: Option<String>, error: Option<String>,
        created_at: i64, handed_at: Option<i64>, final_at: Option<i64>,
        rank: i64, polite: bool, patient_organisation_id: Option<Uuid>, patient_id: Option<Uuid>,
        person_id: Option<Uuid>, appointment_id: Option<Uuid>, rule_id: Option<String>, step: Option<String>,
        campaign_id: Option<Uuid>, parent_id: Option<Uuid>, zone: String, wish_at: Option<i64>,
        handing_at: Option<i64>, look_at: Option<i64>, looks: i64, fall_back_at: Option<i64>,
        read_at: Option<i64>, facts: Option<String>, language: Option<String>, words_version: Option<i64>,
        encoding: Option<String>, segments: Option<i64>, provider: Option<String>, error_code: Option<String>,
        needs_person: Option<String>, task_id: Option<Uuid>,
    }
    contact_point = "contact_point" (channel: String, address: String) {
        stopped_at: Option<i64>, bad_since: Option<i64>, bad_code: Option<String>,
    }
    day_notice = "day_notice" (organisation_id: Uuid, person_id: Uuid) {
        daily: String, at_wall: String, if_empty: bool, changes: String, within_hours: i64,
        report_days: Option<i64>, digest: String, channel: String, phone: Option<String>, changed_at: i64,
    }
    visit_change = "visit_change" (organisation_id: Uuid, id: Uuid) {
        person_id: Uuid, referral_id: Uuid, before_at: Option<i64>, after_at: Option<i64>, at: i64, own: bool,
        told_at: Option<i64>,
    }
    consent_event = "consent_event" (id: Uuid) {
        at: i64, channel: String, address: String, what: String, wording: String, source: String, actor: String,
        organisation_id: Option<Uuid>, patient_id: Option<Uuid>, message_id: Option<Uuid>,
    }
    received_message = "received_message" (organisation_id: Uuid, id: Uuid) {
        at: i64, channel: String, address: String, provider_ref: String, body: String, meaning: String,
        reason: String, outcome: String, message_id: Option<Uuid>, referral_id: Option<Uuid>,
        patient_organisation_id: Option<Uuid>, patient_id: Option<Uuid>, task_id: Option<Uuid>,
    }
    push_subscription = "push_subscription" (organisation_id: Uuid, id: Uuid) {
        patient_id: Uuid, endpoint: String, p256dh: String, auth: String, created_at: i64, gone_at: Option<i64>,
    }
    chase = "chase" (organisation_id: Uuid, referral_id: Uuid, what: String) {
        since: i64, asked_at: Option<i64>, next_at: Option<i64>, done_at: Option<i64>,
    }
    campaign = "campaign" (organisation_id: Uuid, id: Uuid) {
        name: String, purpose: String, words: String, others: String, letters: bool, told_hours: i64,
        filter: String, start_at: Option<i64>, per_minute: Option<i64>, state: String, version: i64,
        set_hash: String, previewed_at: i64, recipients: i64, left_out: i64, difference: Option<String>,
        made_at: i64, made_by: Option<Uuid>, made_by_name: String, confirmed_at: Option<i64>,
        confirmed_by: Option<Uuid>, confirmed_by_name: Option<String>, approved_at: Option<i64>,
        approved_by_name: Option<String>, next_due_at: Option<i64>, ended_at: Option<i64>,
        ended_by_name: Option<String>,
    }
    campaign_recipient = "campaign_recipient" (organisation_id: Uuid, campaign_id: Uuid, patient_organisation_id: Uuid, patient_id: Uuid) {
        seq: i64, referral_id: Uuid, state: String, reason: Option<String>, channel: String,
        address: String, language: String, facts: String, appointment_id: Option<Uuid>,
        encoding: Option<String>, segments: Option<i64>, written_at: Option<i64>,
    }
    patient_link = "patient_link" (organisation_id: Uuid, id: Uuid) {
        token_hash: String, referral_id: Uuid, created_at: i64, expires_at: i64, revoked_at: Option<i64>,
        asks: Option<String>, about_id: Option<Uuid>,
    }
    one_time_code = "one_time_code" (id: Uuid) {
        organisation_id: Uuid, referral_id: Uuid, code_hash: String, created_at: i64, expires_at: i64,
        attempts: i64, used_at: Option<i64>,
    }
    idempotency = "idempotency" (actor: String, key: String) {
        command: String, fingerprint: String, answer: String, at: i64,
    }
    audit = "audit" (organisation_id: Uuid, id: Uuid) {
        at: i64, actor: String, actor_name: String, action: String, entity: String, entity_id: Option<Uuid>,
        patient_id: Option<Uuid>, outcome: String, request_id: Uuid,
    }
    audit_pending = "audit_pending" (organisation_id: Uuid, audit_id: Uuid) {}
    audit_seal = "audit_seal" (organisation_id: Uuid, seq: i64) {
        audit_id: Uuid, hash: String, sealed_at: i64,
    }
}
